"""Secrets in arguments and variables as references: which, what they are called, and what stays as it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pipelift.compiler import ir
from pipelift.compiler.driver import Analysis, analyse
from pipelift.compiler.ir.detaching import detach_secrets
from pipelift.compiler.ir.walk import plain, texts
from pipelift.compiler.options import Options
from pipelift.compiler.secrets.naming import Names
from tests.support.folders import write_files
from tests.support.sdk_world import PRELUDE

KEY = "cNry7f3a+/="
QUOTED = "cNry7f3a%2B%2F%3D"
VAULT = "vault = ws.get_default_keyvault()\n"
READING = "import os\n"


def analysed(
    folder: Path, source: str, *, environ: dict[str, str] | None = None, allowed: str = ""
) -> Analysis:
    write_files(folder, {"pipeline.py": PRELUDE + source})
    options = Options(cwd=folder, environment=environ or {}, allowed=(allowed,) if allowed else ())
    return analyse(Path("pipeline.py"), options, snapshots=False)


def arguments(analysis: Analysis, step: int = 0) -> list[str]:
    """The arguments as texts, with ``<…>`` for references."""
    assert not analysis.failed, [(one.code, one.message) for one in analysis.reporter]
    (pipeline,) = analysis.pipelines
    return ["".join(map(shown, getattr(one, "parts", (one,)))) for one in pipeline.steps[step].arguments]


def shown(piece: ir.Argument) -> str:
    if isinstance(piece, ir.Literal):
        return piece.value
    return f"<{piece.secret}>" if isinstance(piece, ir.SecretValue) else "<…>"


def one_step(words: str, **more: str) -> str:
    options = "".join(f", {name}={value}" for name, value in more.items())
    return f"Pipeline(ws, [py('a', arguments={words}{options})])\n"


UNKNOWN = {
    "os.environ['API_TOKEN']": ["<api-token>"],
    "os.getenv('API_TOKEN')": ["<api-token>"],
    "os.environ.get('API_TOKEN')": ["<api-token>"],
    "vault.get_secret('Storage-Key')": ["<storage-key>"],
    "vault.get_secret(name='x')": ["<x>"],
    "vault.get_secrets(['x', 'y'])['y']": ["<y>"],
    "f\"--key={vault.get_secret('x')}\"": ["--key=<x>"],
    "'--key=' + vault.get_secret('x')": ["--key=<x>"],
    "vault.get_secret('x') + ';end'": ["<x>;end"],
    "vault.get_secret('x') + vault.get_secret('y')": ["<x><y>"],
    "'u:%s@%s' % (vault.get_secret('x'), 'h')": ["u:<x>@h"],
    "'u:{}@{h}'.format(vault.get_secret('x'), h='h')": ["u:<x>@h"],
    "f\"{vault.get_secret('x')}{PipelineParameter('p', 1)}\"": ["<x><…>"],
    "'--password', unheard_of.read()": ["--password", "<password>"],
    "'--db-password', open('/etc/shadow').read()": ["--db-password", "<db-password>"],
}


@pytest.mark.parametrize("words", UNKNOWN)
def test_a_secret_that_nobody_gives_is_a_reference(tmp_path: Path, words: str) -> None:
    found = analysed(tmp_path, f"{READING}import unheard_of\n{VAULT}{one_step(f'[{words}]')}")
    assert arguments(found) == UNKNOWN[words]
    assert [one.code for one in found.reporter if one.fidelity == "approximated"].count("PL245") >= 1


def test_a_name_does_not_change_with_what_is_given(tmp_path: Path) -> None:
    source = READING + one_step("['--key', os.environ['API_TOKEN'], f\"x={os.environ['API_TOKEN']}\"]")
    names = ["--key", "<api-token>", "x=<api-token>"]
    assert arguments(analysed(tmp_path, source)) == names
    given = analysed(tmp_path, source, environ={"API_TOKEN": KEY})
    assert arguments(given) == names
    assert not [text for text in texts(given.pipelines[0]) if KEY in text]


WRITTEN = {
    f"'--password', '{KEY}'": ["--password", "<password>"],
    f"'--password={KEY}'": ["--password=<password>"],
    "'--password', 'hunter'": ["--password", "<password>"],
    "'--pin-token', '4711'": ["--pin-token", "<pin-token>"],
    "'--password', ''": ["--password", ""],
    "'--use-auth-token', 'True'": ["--use-auth-token", "True"],
    "'--password', '--verbose'": ["--password", "--verbose"],
    "'--password', '$AML_PARAMETER_x'": ["--password", "$AML_PARAMETER_x"],
    f"'DefaultEndpointsProtocol=https;AccountName=a;AccountKey={KEY};EndpointSuffix=x'": [
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=<account-key>;EndpointSuffix=x"
    ],
    f"'--at', 'https://a.blob.core.windows.net/c/f.csv?sv=2020&se=1&sig={QUOTED}&sp=r'": [
        *("--at", "https://a.blob.core.windows.net/c/f.csv?<sas-token>")
    ],
    f"'--db', 'postgresql://u:{KEY[:8]}@h/db'": ["--db", "postgresql://u:<password>@h/db"],
    "'--max-tokens', '512'": ["--max-tokens", "512"],
    f"'--password', '{KEY}', '--again', '{KEY}'": ["--password", "<password>", "--again", "<password>"],
    f"'--password', '{KEY}', '--password', 'other{KEY}'": [
        *("--password", "<password>", "--password", "<password-2>")
    ],
    "'--password', 'naïve–pass “w” \\\\ \\'; $(x) \\n'": ["--password", "<password>"],
}


@pytest.mark.parametrize("words", WRITTEN)
def test_a_secret_that_is_written_down_is_a_reference(tmp_path: Path, words: str) -> None:
    found = analysed(tmp_path, one_step(f"[{words}]"))
    assert arguments(found) == WRITTEN[words]
    told = json.dumps(
        [plain(found.pipelines[0]), *found.sources.values(), *(one.help for one in found.reporter)]
    )
    assert KEY not in told and QUOTED not in told


def test_what_sounds_like_a_secret_stays_where_that_is_allowed(tmp_path: Path) -> None:
    found = analysed(tmp_path, one_step("['--api-token', 'abc']"), allowed="PL246")
    assert arguments(found) == ["--api-token", "abc"]


def test_what_one_step_shows_to_be_a_secret_another_one_does_not_tell(tmp_path: Path) -> None:
    steps = (
        f"a = py('a', arguments=['--at', 'x-{KEY}-y'])\nrun.environment_variables = {{'AT': 'z-{KEY}'}}\n"
        f"b = py('b', arguments=['--password', '{KEY}'], runconfig=run)\nPipeline(ws, [a, b])\n"
    )
    found = analysed(tmp_path, steps)
    assert arguments(found) == ["--at", "x-<at>-y"]
    assert arguments(found, 1) == ["--password", "<at>"]
    assert [(one.name, one.secret) for one in found.pipelines[0].steps[1].secrets] == [("AT", "at-2")]


def test_a_word_that_follows_an_option_is_no_secret_elsewhere(tmp_path: Path) -> None:
    found = analysed(tmp_path, "Pipeline(ws, [py('train', arguments=['--password', 'train', 'train'])])\n")
    assert arguments(found) == ["--password", "<password>", "train"]
    assert found.pipelines[0].steps[0].name == "train"


def test_a_variable_put_together_with_a_secret_is_one_as_a_whole(tmp_path: Path) -> None:
    variables = "{'AT': f\"u:{vault.get_secret('x')}\", 'KEY': vault.get_secret('x'), 'MODE': 'fast'}"
    source = f"{VAULT}run.environment_variables = {variables}\n{one_step('[]', runconfig='run')}"
    (step,) = analysed(tmp_path, source).pipelines[0].steps
    assert [(one.name, one.secret) for one in step.secrets] == [("AT", "at"), ("KEY", "key")]
    assert [one.name for one in step.variables] == ["MODE"]


def test_an_unknown_text_that_is_no_secret_is_an_error_still(tmp_path: Path) -> None:
    found = analysed(tmp_path, READING + one_step("['--user', os.environ['DB_USER']]"))
    assert "PL110" in {one.code for one in found.reporter.errors}


def test_a_secret_in_the_name_of_data_is_an_error_still(tmp_path: Path) -> None:
    source = VAULT + "Pipeline(ws, [py('a' + vault.get_secret('x'))])\n"
    assert "PL110" in {one.code for one in analysed(tmp_path, source).reporter.errors}


def test_variables_of_one_name_with_two_values_are_two_secrets(tmp_path: Path) -> None:
    steps = "".join(
        f"run{n} = RunConfiguration()\nrun{n}.environment_variables = {{'DB_PASSWORD': 'canary-{n}'}}\n"
        f"s{n} = py('s{n}', runconfig=run{n})\n"
        for n in (1, 2, 1)
    )
    steps_of = analysed(tmp_path, f"{steps}Pipeline(ws, [s1, s2])\n").pipelines[0].steps
    assert [step.secrets[0].secret for step in steps_of] == ["db-password", "db-password-2"]


@pytest.mark.parametrize(
    "wanted", ["", "—", "x" * 300, "../../etc", "parameters", "PARAMETERS", "ключ", "a b\n{{c}}"]
)
def test_names_are_such_as_every_engine_takes(wanted: str) -> None:
    names = Names({})
    name = names.choose(wanted, "value")
    assert name == names.choose("another", "value") != names.choose(wanted, "other")
    assert name.strip("abcdefghijklmnopqrstuvwxyz0123456789-") == "" and 0 < len(name) <= 50
    assert name != "parameters"


PARAMETERS = {
    "'api_password', 'canary-pw-1'": ("api_password", "api-password"),
    "'api_token', vault.get_secret('tok')": ("api_token", "api-token"),
    "'api_token', os.environ['API_TOKEN']": ("api_token", "api-token"),
}


@pytest.mark.parametrize("given", PARAMETERS)
def test_a_parameter_that_is_a_secret_has_its_name(tmp_path: Path, given: str) -> None:
    source = f"{READING}{VAULT}p = PipelineParameter({given})\n" + one_step("['--as', p]")
    found = analysed(tmp_path, source)
    (parameter,) = found.pipelines[0].parameters
    name, secret = PARAMETERS[given]
    assert (parameter.name, parameter.secret, parameter.default) == (name, secret, None)
    assert [one.code for one in found.reporter if one.code == "PL247"]
    assert "canary" not in json.dumps(plain(found.pipelines[0]))
    detached = detach_secrets(found.pipelines[0])
    (step,) = detached.steps
    assert (detached.parameters, step.parameters) == ((), ())
    assert step.arguments == (ir.Literal(value="--as"), ir.SecretValue(secret=secret))
    assert step.secrets == (ir.SecretVariable(name=f"AML_PARAMETER_{name}", secret=secret),)


def test_a_parameter_whose_value_alone_is_a_secret_is_one_of_the_step(tmp_path: Path) -> None:
    text = f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={KEY}"
    source = f"p = PipelineParameter('where', '{text}')\n" + one_step("[f'--at={p}']")
    found = analysed(tmp_path, source)
    assert found.pipelines[0].parameters == ()
    assert arguments(found) == ["--at=<where>"]


def test_what_a_schedule_gives_to_such_a_parameter_is_left_out(tmp_path: Path) -> None:
    source = (
        "pipeline = Pipeline(ws, [py('a', arguments=[PipelineParameter('api_password', 'canary-1'), "
        "PipelineParameter('rate', 1)])])\npublished = pipeline.publish('p')\n"
        "Schedule.create(ws, 's', published.id, 'e', ScheduleRecurrence('Day', 1), "
        "pipeline_parameters={'api_password': 'canary-2', 'rate': 2})\n"
    )
    found = analysed(tmp_path, source)
    assert not found.failed, [(one.code, one.message) for one in found.reporter]
    (schedule,) = found.pipelines[0].schedules
    assert [(one.name, one.value) for one in schedule.parameters] == [("rate", 2)]
    assert [one.code for one in found.reporter].count("PL247") == 2


SHOWN = {
    "'Authorization: Bearer {0}'": "'Authorization: Bearer <…>'",
    "'https://h/?api_key={0}&x=1'": "'https://h/?api_key=<…>&x=1'",
    "'--url=https://h/?user=u&access_token={0}'": "'--url=https://h/?user=u&access_token=<…>'",
    "'https://{0}@github.com/o/r.git'": "'https://<…>@github.com/o/r.git'",
    "'https://conda.host/t/{0}/c'": "'https://conda.host/t/<…>/c'",
    "'password={0};user=u'": "'password=<…>;user=u'",
    "'-p', 'ghp_{0}'": "'-p', '<…>'",
    "'AWS_SECRET_ACCESS_KEY={0}'": "'AWS_SECRET_ACCESS_KEY=<…>'",
}
TOKEN = "cNry7f3a0b1c2d3e4f5a6b7c8d"


@pytest.mark.parametrize("words", SHOWN)
def test_a_credential_that_a_text_shows_is_found(tmp_path: Path, words: str) -> None:
    found = analysed(tmp_path, one_step(f"[{words.format(TOKEN)}]"))
    texts_found = arguments(found)
    secret = next(iter(re.findall("<[a-z0-9-]+>", "".join(texts_found))))
    assert str(texts_found) == f"[{SHOWN[words].replace('<…>', secret)}]"
    assert TOKEN not in json.dumps(plain(found.pipelines[0]))


DOCKERFILES = (
    "ARG API_KEY={0}",
    "ENV DB_PASSWORD {0}",
    "ENV A=1 B_TOKEN={0} C=2",
    "ENV A=1 \\\n    D_SECRET='{0}'",
    "RUN pip install --index-url https://u:{0}@h/simple x",
    'RUN curl -H "Authorization: Bearer {0}" https://h/x',
    "RUN export MY_PASSWORD={0} && x",
    "RUN az login --username u --password {0}",
    "RUN az login \\\n  --password {0}",
    "RUN git clone https://{0}@github.com/o/r",
    'LABEL a="b" auth_token="{0}"',
)
HARMLESS = (
    "ARG API_KEY\nENV API_KEY=$API_KEY\nENV DB_PASSWORD=${DB_PASSWORD}\nENV KEY_VAULT_NAME=vault\n"
    "RUN --mount=type=secret,id=token apt-key adv --recv-key 0xB1998361219BD9C9\nRUN x --password <password>\n"
)


@pytest.mark.parametrize("line", [*DOCKERFILES, HARMLESS])
def test_a_credential_in_a_dockerfile_is_found(tmp_path: Path, line: str) -> None:
    dockerfile = f"FROM python:3.10\n{line.format(TOKEN) if line != HARMLESS else line}\n"
    source = f"e = Environment('e')\ne.docker.base_image = None\ne.docker.base_dockerfile = {dockerfile!r}\n"
    found = analysed(tmp_path, f"{source}run.environment = e\n{one_step('[]', runconfig='run')}")
    codes = [one.code for one in found.reporter.errors]
    assert codes == ([] if line == HARMLESS else ["PL248"])
    assert TOKEN not in json.dumps([plain(one) for one in found.pipelines])


def test_what_only_people_read_goes_without_the_secret(tmp_path: Path) -> None:
    source = (
        f"p = Pipeline(ws, [py('a')], description='with password={KEY}; or AccountKey={KEY}')\n"
        f"Experiment(ws, 'e').submit(p, tags={{'where': 'AccountKey={KEY}'}})\n"
        f"p.publish('p', description='AccountKey={KEY}')\n"
    )
    found = analysed(tmp_path, source)
    assert not found.failed and [one.code for one in found.reporter].count("PL248") == 3
    assert KEY not in json.dumps(plain(found.pipelines[0]))
    assert "***" in str(found.pipelines[0].description)


def test_a_parameter_in_a_path_stays_one(tmp_path: Path) -> None:
    source = (
        "p = PipelineParameter('folder_token', 'canary-1')\nout = OutputFileDatasetConfig('o', (store, f'a/{p}'))\n"
        "Pipeline(ws, [py('a', arguments=[p, out])])\n"
    )
    found = analysed(tmp_path, source)
    (pipeline,) = found.pipelines
    assert detach_secrets(pipeline).parameters == pipeline.parameters != ()
    assert "canary" not in json.dumps(plain(pipeline))
