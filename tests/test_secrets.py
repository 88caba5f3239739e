"""Canaries: a marker in every parameter that takes a credential, and a search of every byte that pipelift writes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipelift.app.cli.main import main
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from pipelift.compiler.passes.parameters import typed_values
from pipelift.compiler.secrets.masking import holds_secret, mask_text
from pipelift.compiler.secrets.secrecy import Secrets, find_credentials, shows_credential
from pipelift.runtime.contract.secrets import PARAMETERS, names_credential
from pipelift.runtime.errors import USAGE
from tests.support.folders import ROOT, write_program
from tests.support.runtime_world import World, launcher
from tests.support.samples import two_steps


def canary(name: str) -> str:
    """A text that stands nowhere else, as a storage key looks: letters, digits and signs that URLs and JSON quote."""
    return f"cNry{hashlib.sha256(name.encode()).hexdigest()[:18]}+/="


STORES = {
    "blob key": "Datastore.register_azure_blob_container(ws, 's1', 'c', account_name='a', account_key={0!r})",
    "blob signature": "Datastore.register_azure_blob_container(ws, 's2', 'c', account_name='a', sas_token={0!r})",
    "blob, by place": "Datastore.register_azure_blob_container(ws, 's3', 'c', 'a', {0!r}, {1!r})",
    "share key": "Datastore.register_azure_file_share(ws, 's4', 'c', account_name='a', account_key={0!r})",
    "share, by place": "Datastore.register_azure_file_share(ws, 's5', 'c', 'a', None, {0!r})",
    "gen1": "Datastore.register_azure_data_lake(ws, 's6', 'n', 't', 'i', {0!r})",
    "gen2": "Datastore.register_azure_data_lake_gen2(ws, 's7', 'f', 'a', client_secret={0!r})",
    "sql": "Datastore.register_azure_sql_database(ws, 's8', 'h', 'd', username='u', password={0!r})",
    "sql principal": "Datastore.register_azure_sql_database(ws, 's9', 'h', 'd', client_secret={0!r})",
    "postgresql": "Datastore.register_azure_postgre_sql(ws, 's10', 'h', 'd', 'u', {0!r})",
    "mysql": "Datastore.register_azure_my_sql(ws, 's11', 'h', 'd', 'u', user_password={0!r})",
    "hdfs": "Datastore.register_hdfs(ws, 's12', 'https', 'h:1', None, 'r', 'k', 'p', kerberos_password={0!r})",
    "put together": "Datastore.register_azure_blob_container(ws, 's13', 'c', 'a', account_key={0!r}[:9] + {0!r}[9:])",
    "a class": "AzureBlobDatastore(ws, 's14', 'c', 'a', account_key={0!r})",
}
OTHERS = {
    "principal": "ServicePrincipalAuthentication('t', 'i', {0!r})",
    "principal, by name": "ServicePrincipalAuthentication(tenant_id='t', service_principal_id='i', "
    "service_principal_password={0!r})",
    "arm": "ArmTokenAuthentication({0!r})",
    "token": "AzureMLTokenAuthentication(azureml_access_token={0!r})",
    "workspace": "Workspace('s', 'g', 'w', auth=ServicePrincipalAuthentication('t', 'i', {0!r}))",
    "vault": "ws.get_default_keyvault().set_secret('n', {0!r})",
    "vault, several": "ws.get_default_keyvault().set_secrets({{'n': {0!r}, 'm': {1!r}}})",
    "databricks": "DatabricksCompute.attach_configuration(resource_group='g', access_token={0!r})",
    "databricks, by place": "DatabricksCompute.attach_configuration('g', 'w', 'id', {0!r})",
    "remote": "RemoteCompute.attach_configuration(username='u', address='h', password={0!r})",
    "remote key": "RemoteCompute.attach_configuration('u', private_key_file='f', private_key_passphrase={0!r})",
    "hdinsight": "HDInsightCompute.attach_configuration(username='u', address='h', ssh_port=22, password={0!r})",
    "cluster": "AmlCompute.provisioning_configuration(vm_size='STANDARD_D2_V2', admin_user_password={0!r})",
    "kusto": "KustoCompute.attach_configuration(kusto_connection_string={0!r}, application_key={1!r})",
    "not known": "unheard.connect(ws, name='n', password={0!r})",
    "registry": "run_config.environment.docker.base_image_registry.password = {0!r}",
    "an error follows": "Datastore.register_azure_blob_container(ws, account_key={0!r}, nonsense=1)",
}
CREDENTIALS = {**STORES, **OTHERS}

PROGRAM = """\
import os
import unheard
from azureml.core import *
from azureml.core.authentication import *
from azureml.core.compute import *
from azureml.core.runconfig import RunConfiguration
from azureml.data.azure_storage_datastore import AzureBlobDatastore
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
run_config = RunConfiguration()
{credentials}
run_config.environment_variables = {{"DB_PASSWORD": {variable!r}, "MODE": "fast"}}
run_config.environment.environment_variables = {{"SERVICE_TOKEN": {token!r}, "PLAIN": {hidden!r}}}
password = PipelineParameter("api_password", {default!r})
out = PipelineData("out", datastore=ws.get_default_datastore())
first = PythonScriptStep("a.py", name="first", arguments=["--out", out], outputs=[out], source_directory="src",
    runconfig=run_config, compute_target="STANDARD_D2_V2")
second = PythonScriptStep("b.py", name="second", arguments=["--in", out, "--password", password], inputs=[out],
    source_directory=".", compute_target="STANDARD_D2_V2")
Experiment(ws, "secrets").submit(Pipeline(ws, [second]))
"""
FIRST = """\
import hashlib, os, sys
told = os.environ["DB_PASSWORD"] + os.environ["SERVICE_TOKEN"] + os.environ["PLAIN"]
os.makedirs(sys.argv[2], exist_ok=True)
open(sys.argv[2] + "/told", "w").write(hashlib.sha256(told.encode()).hexdigest())
"""
SECOND = "import sys\nassert sys.argv[3] == '--password' and len(sys.argv[4]) > 8\nsys.exit({code})\n"


@dataclass
class Project:
    """A pipeline full of canaries in a folder of its own, and all that pipelift has said of it."""

    folder: Path
    canaries: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def plant(self, name: str) -> str:
        """A new canary, to be looked for from now on."""
        made = canary(name)
        self.canaries.append(made)
        return made

    def write(self, code: int = 0) -> Path:
        """The project's files: its program holds a canary in each place."""
        (self.folder / "src").mkdir()
        lines = [
            form.format(self.plant(name), self.plant(f"{name}, the other"))
            for name, form in CREDENTIALS.items()
        ]
        lines = [line for line in lines if "nonsense" not in line]
        hidden = canary("blob key")  # a variable whose value is known as a secret from elsewhere
        text = PROGRAM.format(
            credentials="\n".join(lines),
            variable=self.plant("variable"),
            token=self.plant("token variable"),
            hidden=hidden,
            default=self.plant("default"),
        )
        (self.folder / "pipeline.py").write_text(text)
        (self.folder / "src" / "a.py").write_text(FIRST)
        (self.folder / "b.py").write_text(SECOND.format(code=code))
        (self.folder / ".env").write_text(f"STORE_KEY={self.plant('dotenv')}\n")
        return self.folder / "pipeline.py"

    def call(self, *words: str, exits: int | None = 0, env: dict[str, str] | None = None) -> str:
        """What a command writes to its streams."""
        result = CliRunner().invoke(main, list(words), env=env)
        self.said += [result.stdout, result.stderr, repr(result.exception)]
        if exits is not None:
            assert result.exit_code == exits, result.output
        return result.stdout

    def search(self) -> None:
        """Look for each canary, in each form, in all that was said and in every file that is not the user's."""
        forms = {form.encode(): one for one in self.canaries for form in forms_of(one)}
        for number, text in enumerate(self.said):
            assert found(text.encode("utf-8", "replace"), forms) == [], f"said in call {number // 3}"
        own = {"pipeline.py", ".env"}
        paths = [Path(at, name) for at, _, names in os.walk(self.folder) for name in names]
        written = [path for path in paths if path.relative_to(self.folder).as_posix() not in own]
        found_in = {
            path.relative_to(self.folder).as_posix(): found(path.read_bytes(), forms) for path in written
        }
        assert {path: names for path, names in found_in.items() if names} == {}


def forms_of(text: str) -> set[str]:
    raw = text.encode()
    quoted = {quote(raw), quote(raw, safe=""), quote_plus(raw), json.dumps(text)[1:-1], repr(text)[1:-1]}
    encoded = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode(), raw.hex()}
    return {text, text.lower(), *quoted, *encoded}


def found(data: bytes, forms: dict[bytes, str]) -> list[str]:
    return sorted({name for form, name in forms.items() if form in data})


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path / "project")
    made.folder.mkdir()
    monkeypatch.chdir(tmp_path)
    return made


def given_words(project: Project) -> list[str]:
    """Options that hold canaries themselves."""
    return [
        *("--env", f"STORAGE_ACCOUNT_KEY={project.plant('--env')}"),
        *("--env-file", str(project.folder / ".env")),
        *("--bind", f"client_secret={project.plant('--bind')}"),
        *("-p", f"api_password={project.plant('--param')}"),
    ]


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_no_secret_in_findings(project: Project, form: str) -> None:
    file = str(project.write())
    project.call(
        "check", file, "--format", form, *given_words(project), "--", "--token", project.plant("--token")
    )
    project.search()


@pytest.mark.parametrize("form", ["json", "mermaid", "dot", "svg", "html"])
def test_no_secret_in_a_picture(project: Project, form: str) -> None:
    project.call("graph", str(project.write()), "--format", form, *given_words(project))
    project.search()


@pytest.mark.parametrize("target", ["ir", "kubeflow", "airflow", "compose"])
def test_no_secret_in_artifacts(project: Project, target: str) -> None:
    file = str(project.write())
    out = str(project.folder / "out")
    project.call(
        "compile", file, "--target", target, "-o", out, "--no-verify", *given_words(project), exits=None
    )
    assert (project.folder / "out" / "manifest.json").is_file(), project.said
    written = json.loads((project.folder / "out" / "pipeline.ir.json").read_text())
    (first,) = (step for step in written["steps"] if step["name"] == "first")
    assert [one["name"] for one in first["secrets"]] == ["DB_PASSWORD", "PLAIN", "SERVICE_TOKEN"]
    assert [one["name"] for one in first["variables"]] == ["MODE"]
    parameter = written["parameters"][0]
    assert (parameter["default"], parameter["secret"]) == (None, "api-password")
    assert "pipeline.py" not in [file["path"] for one in written["snapshots"] for file in one["files"]]
    project.search()


def test_no_secret_in_a_plan_and_a_configuration(project: Project) -> None:
    file = str(project.write())
    project.call("plan", file, *given_words(project))
    project.call("plan", file, "--json")
    project.call("init", file)

    project.search()


@pytest.mark.parametrize("code", [0, 1], ids=["well", "failing"])
def test_no_secret_in_what_a_run_leaves(project: Project, code: int) -> None:
    file = str(project.write(code))
    told = [project.plant(name) for name in ("given one", "given two", "given three")]
    names = ("PIPELIFT_SECRET_DB_PASSWORD", "PIPELIFT_SECRET_SERVICE_TOKEN", "PIPELIFT_SECRET_PLAIN")
    environ = dict(zip(names, told, strict=True))
    words = ("run", file, "--json", "-p", f"api_password={project.plant('--param')}")
    project.call(*words, exits=3 if code else 0, env=environ)
    (marker,) = project.folder.glob(".pipelift/**/told")
    assert marker.read_text() == hashlib.sha256("".join((told[0], told[1], told[2])).encode()).hexdigest()
    for command in (["runs", file], ["explain", "first"]):
        project.call(*command, exits=None)
    environ["PIPELIFT_SECRET_API_PASSWORD"] = project.plant("of the secret")
    project.call("run", file, "--json", exits=3 if code else 0, env=environ)
    del environ["PIPELIFT_SECRET_API_PASSWORD"]
    assert "PL522" in project.call("run", file, exits=1, env=environ) + project.said[-2]
    project.search()


DOCKER = """\
#!/bin/sh
echo "$@" >> {log}
[ "$1" != cp ] || cat > {log}.tar
"""


def test_no_secret_on_a_command_line_of_docker(project: Project, tmp_path: Path) -> None:
    program = project.write()
    program.write_text(program.read_text().replace('"--out", out]', '"--out", out, "--password", password]'))
    file, log, docker = str(program), tmp_path / "docker.log", tmp_path / "bin" / "docker"
    write_program(docker, DOCKER.format(log=log))
    environ = {
        "PATH": f"{docker.parent}:{os.environ['PATH']}",
        **{
            f"PIPELIFT_SECRET_{name}": project.plant(name)
            for name in ("DB_PASSWORD", "SERVICE_TOKEN", "PLAIN")
        },
    }
    parameter = f"api_password={project.plant('--param')}"
    project.call("run", file, "--docker", "-p", parameter, exits=3, env=environ)
    project.said.append(log.read_text())
    assert "--env" not in project.said[-1], "an engine shows the variables of a container"
    project.search()
    with tarfile.open(f"{log}.tar") as archive:
        files = {one.name: archive.extractfile(one) for one in archive}
        given = {name: file.read().decode() for name, file in files.items() if file}
        assert {one.mode for one in archive} == {0o400}
    assert given == {
        "pipelift/parameters/api_password": parameter.partition("=")[2],
        "pipelift/secrets/db-password": environ["PIPELIFT_SECRET_DB_PASSWORD"],
        "pipelift/secrets/plain": environ["PIPELIFT_SECRET_PLAIN"],
        "pipelift/secrets/service-token": environ["PIPELIFT_SECRET_SERVICE_TOKEN"],
    }


def test_a_wrong_value_of_a_secret_parameter_is_not_told() -> None:
    pipeline, _ = two_steps()
    added = ir.Parameter(name="pin_token", type="integer", default=0)
    reporter = Reporter()
    typed_values(
        replace(pipeline, parameters=(added,)),
        {"pin_token": "canary", "pwd": "canary-2"},
        reporter,
    )
    assert [entry.code for entry in reporter] == ["PL502", "PL503"]
    assert "canary" not in "".join(entry.message for entry in reporter)


def test_a_hidden_parameter_reaches_the_script_and_no_other_variable(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.parameter("api_token", None)
    seen = "print(os.environ['AML_PARAMETER_api_token'][::-1], [v for v in os.environ if 'SECRET' in v])"
    world.step(f"import os\n{seen}")
    world.write_spec()
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "api_token").write_text("hidden-1")
    ways = (
        ('{"api_token": "hidden-1"}', "none", 0),
        ("{}", "parameters", 0),
        ("hidden-1", "none", USAGE),
    )
    for hidden, folder, status in ways:
        environ = {**os.environ, PARAMETERS: hidden}
        command = launcher(
            "step", "--run=r", "--no-reuse", f"--parameters={tmp_path / folder}", *world.options()
        )
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
        assert done.returncode == status, done.stderr
        assert done.stdout.splitlines()[:1] == (["1-neddih []"] if status == 0 else [])
        assert "hidden-1" not in done.stderr
    texts = [path.read_text("utf-8", "replace") for path in world.state.rglob("*") if path.is_file()]
    assert [text for text in texts if "hidden-1" in text and "hidden-1 []" not in text] == []


@pytest.mark.parametrize("name", CREDENTIALS, ids=str)
def test_each_credential_is_reported_and_hidden_in_its_excerpt(name: str, project: Project) -> None:
    line = CREDENTIALS[name].format(project.plant(name), project.plant(f"{name}, the other"))
    head = PROGRAM.split("{credentials}", 1)[0]
    (project.folder / "pipeline.py").write_text(f"{head}{line}\nPipeline(ws, [])\n")
    said = project.call("check", str(project.folder / "pipeline.py"), exits=1)
    assert "PL204" in said
    project.search()


ARGUMENTS = {
    "from the environment": "[os.environ['STORAGE_ACCOUNT_KEY']]",
    "inside a text": "['--url=https://host/?key=' + os.environ['STORAGE_ACCOUNT_KEY']]",
    "put together with a parameter": "[f\"{os.environ['STORAGE_ACCOUNT_KEY']}-{PipelineParameter('x', '1')}\"]",
    "after an option": "['--password', %r]",
    "in an option": "['--api-key=' + %r]",
}

REFERENCES = dict(zip(ARGUMENTS, [*["storage-account-key"] * 3, "password", "api-key"], strict=True))


@pytest.mark.parametrize("case", ARGUMENTS, ids=str)
def test_an_argument_that_is_a_secret_becomes_a_reference(case: str, project: Project) -> None:
    arguments = ARGUMENTS[case] % project.plant("argument") if "%r" in ARGUMENTS[case] else ARGUMENTS[case]
    head = PROGRAM.split("{credentials}", 1)[0]
    step = f"PythonScriptStep('a.py', arguments={arguments}, compute_target='c', source_directory='src')"
    (project.folder / "src").mkdir()
    (project.folder / "src" / "a.py").write_text("")
    (project.folder / "pipeline.py").write_text(f"{head}Pipeline(ws, [{step}])\n")
    environ = ("--env", f"STORAGE_ACCOUNT_KEY={project.plant('--env')}")
    file = str(project.folder / "pipeline.py")
    said = project.call("check", file, "--format", "json", *environ)
    assert {"PL245", "PL246"} & {one["code"] for one in json.loads(said)}
    out = str(project.folder / "out")
    for target in ("ir", "kubeflow", "airflow", "compose"):
        words = ("--target", target, "-o", f"{out}-{target}", "--no-verify")
        project.call("compile", file, *words, *environ)
    (step,) = json.loads((project.folder / "out-ir" / "pipeline.ir.json").read_text())["steps"]
    assert REFERENCES[case] in json.dumps(step["arguments"])
    report = (project.folder / "out-compose" / "REPORT.md").read_text()
    assert f"Secret **{REFERENCES[case]}**: an argument of a" in report
    project.call("graph", file, "--format", "json", *environ)
    project.search()


PLACES = {
    "a step's name": "PythonScriptStep('a.py', name=key, compute_target='c', source_directory='src')",
    "an output's path": "PythonScriptStep('a.py', outputs=[OutputFileDatasetConfig('o', (store, key + '/x'))], "
    "arguments=[], compute_target='c', source_directory='src')",
    "a package's address": "PythonScriptStep('a.py', compute_target='c', source_directory='src', "
    "runconfig=RunConfiguration(conda_dependencies=CondaDependencies.create("
    "pip_packages=['--extra-index-url https://user:' + key + '@host/simple', 'x'])))",
    "a compute target": "PythonScriptStep('a.py', compute_target='c' + key, source_directory='src')",
}


@pytest.mark.parametrize("case", PLACES, ids=str)
def test_a_secret_anywhere_else_in_the_graph_is_an_error(case: str, project: Project) -> None:
    head = PROGRAM.split("{credentials}", 1)[0]
    program = (
        f"{head}from azureml.core.conda_dependencies import CondaDependencies\n"
        "from azureml.data import OutputFileDatasetConfig\nstore = ws.get_default_datastore()\n"
        f"key = os.environ['ACCOUNT_KEY']\nPipeline(ws, [{PLACES[case]}])\n"
    )
    (project.folder / "src").mkdir()
    (project.folder / "src" / "a.py").write_text("")
    (project.folder / "pipeline.py").write_text(program)
    environ = ("--env", f"ACCOUNT_KEY={project.plant('--env')}")
    file = str(project.folder / "pipeline.py")
    said = project.call("check", file, "--format", "json", *environ, exits=1)
    assert "PL248" in {one["code"] for one in json.loads(said)}
    project.call("compile", file, "--target", "ir", *environ, exits=1)
    project.call("graph", file, *environ)
    project.call("plan", file, *environ, exits=1)
    project.search()


FILES: dict[str, Callable[[str], str]] = {
    "a known secret": lambda key: f"token: {key}\n",
    "a storage key": lambda key: f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={key};\n",
    "a signature": lambda key: f"https://a.blob.core.windows.net/c?sv=2020&sig={quote(key, safe='')}&se=1\n",
    "a private key": lambda key: "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx0\nabcdefghijklmnop\n",
    "a key of S3": lambda key: f"aws_secret_access_key = {'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYab'}\n",
}


@pytest.mark.parametrize("case", FILES, ids=str)
def test_a_file_of_a_snapshot_that_holds_a_secret_is_an_error_unless_allowed(
    case: str, project: Project
) -> None:
    file = str(project.write())
    (project.folder / "src" / "config.txt").write_text(FILES[case](canary("blob key")))
    said = project.call("check", file, "--format", "json", exits=1)
    errors = [one for one in json.loads(said) if one["severity"] == "error"]
    assert errors and all(one["code"] == "PL316" and "src/config.txt" in one["message"] for one in errors)
    project.call("check", file, "--format", "json", "--allow", "PL316")
    (project.folder / ".amlignore").write_text("config.txt\n")
    (project.folder / "src" / ".amlignore").write_text("config.txt\n")
    project.call("check", file)


def test_what_a_cell_has_printed_stops_no_pipeline(project: Project) -> None:
    file = project.write()
    link = f"https://a.blob.core.windows.net/c?sv=2020&sig={quote(project.plant('printed'), safe='')}&se=1"
    output = {"output_type": "stream", "name": "stdout", "text": [link]}
    cell = {"cell_type": "code", "source": ["1"], "metadata": {}, "outputs": [output]}
    notebook = project.folder / "src" / "look at it.ipynb"
    notebook.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    out = project.folder / "out"
    project.call("compile", str(file), "-t", "compose", "-o", str(out), "--no-verify")
    assert not list(out.rglob("*.ipynb")) and "look at it.ipynb" in (out / "REPORT.md").read_text()
    file.write_text(file.read_text().replace('"--out", out]', '"--out", out, "in/look at it.ipynb"]'))
    assert "PL316" in project.call("check", str(file), exits=1)
    notebook.unlink()
    project.search()


BROKEN = {
    "a mapping that breaks off": 'variables:\n  DB_PASSWORD: "{0}\n  x: [1\n',
    "a list with a wrong indent": "variables:\n  - name: DB_PASSWORD\n    value: {0}\n   bad: {0}\n",
}


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_a_file_of_variables_that_is_broken_is_not_repeated(case: str, project: Project) -> None:
    file = str(project.write())
    variables = project.folder / "src" / "vars.yml"
    variables.write_text(BROKEN[case].format(project.plant("variables")))
    project.call("check", file, "--env-file", str(variables), exits=2)
    assert "line" in project.said[1]
    variables.unlink()
    project.search()


CONFIGURATIONS = {
    "a password in a URL": '[stores.x]\nurl = "postgresql://u:{0}@h/db"\n',
    "a signature in a URL": '[stores.x]\nurl = "https://h/c?sv=1&sig={0}"\n',
    "a key among the options": '[stores.x]\nurl = "abfs://c@a"\noptions = {{ account_key = "{0}" }}\n',
    "a key as the secret's name": '[stores.x]\nurl = "abfs://c@a"\nsecret = "{0}"\n',
    "a key of no section": '[stores.x]\naccount_key = "{0}"\n',
    "no TOML": '[stores.x]\nsecret = "{0}\n',
}


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=str)
def test_a_secret_in_the_configuration_is_refused_and_not_repeated(case: str, project: Project) -> None:
    file = str(project.write())
    config = project.folder / "pipelift.toml"
    config.write_text(CONFIGURATIONS[case].format(project.plant("configuration")))
    said = project.call("check", file, exits=1)
    assert "PL501" in said
    config.unlink()
    project.search()


def test_a_notebook_with_a_secret_stays_behind_too(project: Project) -> None:
    program = project.write()
    head, rest = program.read_text().split("run_config.environment_variables", 1)
    cells = [
        {"cell_type": "code", "source": text.splitlines(keepends=True), "metadata": {}, "outputs": []}
        for text in (head, f"run_config.environment_variables{rest}")
    ]
    notebook = project.folder / "pipeline.ipynb"
    notebook.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    program.unlink()
    said = project.call("check", str(notebook), "--format", "json")
    assert "PL315" in {one["code"] for one in json.loads(said)}
    project.call("compile", str(notebook), "-t", "compose", "-o", str(project.folder / "out"), "--no-verify")
    notebook.unlink()
    project.search()


def test_no_secret_in_a_difference(project: Project) -> None:
    file = project.write()
    other = project.folder / "src" / "other.py"
    other.write_text(file.read_text().replace('name="first"', 'name="begin"'))
    project.call("diff", str(file), str(other), exits=None)
    other.unlink()
    project.search()


def test_what_only_sounds_like_a_secret_stays(project: Project) -> None:
    head = PROGRAM.split("{credentials}", 1)[0]
    words = "['--max-tokens', '512', '--key', 'id', '--tokenizer', 'bert', '--partition-key', 'date']"
    (project.folder / "src").mkdir()
    (project.folder / "src" / "a.py").write_text("")
    step = f"PythonScriptStep('a.py', arguments={words}, compute_target='c', source_directory='src')"
    (project.folder / "pipeline.py").write_text(f"{head}Pipeline(ws, [{step}])\n")
    environ = ("--env", "KEY_VAULT_NAME=bert", "--env", "TOKENIZER=date")
    said = project.call("check", str(project.folder / "pipeline.py"), "--format", "json", *environ)
    assert not {one["code"] for one in json.loads(said)} & {"PL204", "PL245", "PL246", "PL247", "PL248"}


NAMES = {
    True: "password DB_PASSWORD account_key STORAGE_KEY apiKey sas_token clientSecret SAS AccessToken "
    "connection_string AZURE_CLIENT_SECRET private-key --api-token credentials",
    False: "key KEY_VAULT_NAME max_tokens pad_token tokenizer partition_key primary_key secret_name key_path "
    "monkey password_file public_key",
}


@pytest.mark.parametrize(
    ("secret", "name"), [(kind, name) for kind, names in NAMES.items() for name in names.split()]
)
def test_which_names_are_those_of_credentials(secret: bool, name: str) -> None:
    assert names_credential(name) is secret


def is_odd(text: str) -> bool:
    """Whether a text is long enough to be a secret, and no placeholder."""
    core = text.strip()
    return len(core) >= 8 and not core.startswith(("<", "{", "$", "...")) and bool(core.strip("xX*.-_ "))


_SIGNS = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n'\"\\{}$`%&<>")
ODD = st.text(_SIGNS, min_size=8, max_size=30).filter(is_odd)
LITERALS: tuple[object, ...] = (repr, json.dumps, ascii, lambda text: f"{text[:4]!r} {text[4:]!r}")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(secret="THE 0000", literal=repr)
@example(secret="my old gods", literal=repr)
@given(secret=ODD, literal=st.sampled_from(LITERALS))
def test_odd_canaries_are_hidden_too(tmp_path: Path, secret: str, literal: object) -> None:
    assert callable(literal)
    program = (
        "from azureml.core import *\nfrom azureml.pipeline.core import Pipeline\nws = Workspace.from_config()\n"
        f"Datastore.register_azure_blob_container(ws, 's', 'c', 'a', account_key={literal(secret)})\n"
        f"Dataset.get_by_name(ws, [{literal(secret)}][0]).take(1)\nraise ValueError({literal(secret)})\n"
    )
    file = tmp_path / "pipeline.py"
    file.write_text(program, encoding="utf-8")
    analysis = analyse(file, Options())
    assert "PL204" in {one.code for one in analysis.reporter}
    told = [
        text
        for one in analysis.reporter
        for text in (one.message, one.help, *(c.message for c in one.causes))
    ]
    core = secret.strip()
    shown = [*told, *analysis.sources.values()]
    assert [text for text in shown for form in (core, *escaped(core)) if form in text] == []
    assert [len(line) for line in analysis.sources["pipeline.py"].split("\n")] == [
        len(line) for line in program.split("\n")
    ]
    assert holds_secret(program, Secrets([secret]))


def escaped(text: str) -> Iterable[str]:
    return repr(text)[1:-1], json.dumps(text)[1:-1], ascii(text)[1:-1]


def test_columns_stay_where_a_secret_is_masked() -> None:
    text = "a = f('é', \"top-secret-1\"); b = 'x'  # top-secret-1\nc = ('top-' 'secret-1')\n"
    shown = mask_text(text, Secrets(["top-secret-1"]))
    assert "secret" not in shown and shown.startswith(
        "a = f('é', \"************\"); b = 'x'  # ************\n"
    )
    assert [len(line) for line in shown.splitlines()] == [len(line) for line in text.splitlines()]


def test_what_a_program_gives_to_the_name_of_a_credential_is_not_shown() -> None:
    text = 'account_key = "QUJD-1"; f(token="pw", name="pw"); d = {"password": "QUJD-2"}; account_key = ""\n'
    shown = mask_text(text, Secrets())
    assert "QUJD" not in shown and 'token="**"' in shown and len(shown) == len(text)
    assert mask_text('f("k3y")', Secrets(["k3y"])) == 'f("***")'
    assert holds_secret(text, Secrets()) and not holds_secret('account_key = ""\nname = "x"\n', Secrets())


def test_a_short_secret_is_hidden_as_a_word_only() -> None:
    secrets = Secrets(["test", "pw", "<your key>", "password"])
    assert (
        secrets.clean("test of test-data with pw and <your key>") == "*** of test-data with pw and <your key>"
    )
    assert secrets.clean("--password password of db_password") == "--password *** of db_password"
    assert secrets.is_literal("pw")


def test_credentials_are_known_by_their_form() -> None:
    text = "AccountKey=abcdefgh12==;x https://u:pa55word@h/ https://h/?a=1&sig=abcdefgh%3D&b and https://h:80/x@y"
    assert not shows_credential(
        b"f(a, sig=signature_of_text) AccountKey=your-account-key mysql://u:password@h/db"
    )
    assert find_credentials(text) == ("abcdefgh12==", "abcdefgh%3D", "pa55word")


EXAMPLES = sorted(path.parent for path in ROOT.glob("examples/*/pipeline.py"))
PLANTED = """\
from azureml.core import Datastore as _Store, Workspace as _Workspace
_Store.register_azure_blob_container(_Workspace.from_config(), "planted", "c", "a", account_key={0!r})
_Workspace.from_config().get_default_keyvault().set_secret("n", {1!r})
"""


@pytest.mark.parametrize("target", ["ir", "kubeflow", "airflow", "compose"])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_no_secret_in_the_artifacts_of_an_example(example: Path, target: str, project: Project) -> None:
    ignored = shutil.ignore_patterns(".pipelift", "build")
    shutil.copytree(example, project.folder, dirs_exist_ok=True, ignore=ignored)
    file = project.folder / "pipeline.py"
    planted = PLANTED.format(project.plant("planted"), project.plant("vault"))
    file.write_text(planted + file.read_text("utf-8"), "utf-8")
    environ = ("--env", f"STORAGE_KEY={project.plant('--env')}")
    out = str(project.folder / "out")
    project.call("compile", str(file), "--target", target, "-o", out, "--no-verify", *environ)
    for command in (["check", str(file)], ["plan", str(file)], ["graph", str(file)]):
        project.call(*command, *environ)
    project.search()


GOLDEN = sorted(path for path in (ROOT / "tests" / "golden").rglob("*") if path.is_file())


def test_the_examples_and_golden_files_hold_no_credential() -> None:
    files = [*GOLDEN, *(path for example in EXAMPLES for path in example.rglob("*.py"))]
    assert len(files) > 50
    shown = [path.relative_to(ROOT) for path in files if find_credentials(path.read_text("utf-8", "replace"))]
    assert shown == []


def test_a_fault_of_ours_shows_no_secret(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    key = project.plant("--env")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"unexpected {key}")

    monkeypatch.setattr("pipelift.compiler.driver.lower", fail)
    project.write()
    file = str(project.folder / "pipeline.py")
    for environ in ({}, {"PIPELIFT_TRACEBACK": "1"}):
        project.call("check", file, "--env", f"ACCOUNT_KEY={key}", exits=70, env=environ)
    project.said = [text for text in project.said if not text.startswith("SystemExit")]
    project.search()
