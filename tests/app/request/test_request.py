"""One request, checked once: the same words, refused with the same code and the same sentence, on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipelift.app import run_file
from pipelift.app.cli.main import main
from pipelift.app.deploying import deploy_output
from pipelift.app.request import RunRequest, check_request
from pipelift.app.running import RunSummary
from pipelift.backends.compose import TARGET
from pipelift.backends.supervision.run_file import RunFile
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.ir.wire import from_data
from tests.support.engines import ENGINES, Compose, Engine, Local, two_labelled_steps
from tests.support.samples import output_of


@pytest.fixture(params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """Each of the four."""
    with ENGINES[request.param](tmp_path, monkeypatch) as one:
        yield one


REFUSED: dict[str, tuple[dict[str, object], str, str]] = {
    "unknown step": (
        {"refresh": ["trian it"]},
        "PL530",
        "--refresh names 'trian it', which is no step of 'sample'; did you mean 'train it'?",
    ),
    "step like none": (
        {"refresh": ["???"]},
        "PL530",
        "--refresh names '???', which is no step of 'sample'; there are: prepare it, train it",
    ),
    "unknown parameter": (
        {"parameters": {"rates": "0.5"}},
        "PL502",
        "pipeline 'sample' has no parameter 'rates' (did you mean 'rate'?)",
    ),
    "text of a wrong type": (
        {"parameters": {"rate": "much"}},
        "PL503",
        "parameter 'rate' is of type float; 'much' is not",
    ),
    "value of a wrong type": (
        {"parameters": {"rate": True}},
        "PL503",
        "parameter 'rate' is of type float; 'True' is not",
    ),
}


@pytest.mark.parametrize(("words", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_a_mistake_is_refused_alike(
    engine: Engine, words: dict[str, object], code: str, message: str
) -> None:
    pipeline, contents = two_labelled_steps(rate=0.5)
    with pytest.raises(Refused) as refused:
        engine.ask(pipeline, contents, RunRequest(**words))  # type: ignore[arg-type]
    assert [(one.code, one.message) for one in refused.value.diagnostics] == [(code, message)]


def test_a_parameter_without_a_value_is_refused_alike(engine: Engine) -> None:
    pipeline, contents = two_labelled_steps(rate=0.5, wanted=None)
    with pytest.raises(Refused) as refused:
        engine.ask(pipeline, contents, RunRequest())
    assert [(one.code, one.message) for one in refused.value.diagnostics] == [
        ("PL518", "the parameter 'wanted' has no value")
    ]


def test_the_value_of_a_secret_is_refused_where_all_who_see_a_run_see_it(engine: Engine) -> None:
    pipeline, contents = two_labelled_steps(rate=None)
    (rate,) = pipeline.parameters
    pipeline = replace(pipeline, parameters=(replace(rate, secret="rate-key"),))
    request = RunRequest(parameters={"rate": "7319.25"})
    if isinstance(engine, Local | Compose):
        assert engine.ask(pipeline, contents, request) == set()
        return
    with pytest.raises(Refused) as refused:
        engine.ask(pipeline, contents, request)
    (told,) = refused.value.diagnostics
    assert told.code == "PL554" and "the secret 'rate-key'" in told.message
    assert "7319.25" not in told.message


def test_all_mistakes_are_told_at_once(engine: Engine) -> None:
    pipeline, contents = two_labelled_steps(rate=0.5)
    with pytest.raises(Refused) as refused:
        engine.ask(pipeline, contents, RunRequest(parameters={"rates": "1", "rate": "x"}, refresh=["a", "b"]))
    assert sorted(one.code for one in refused.value.diagnostics) == ["PL502", "PL503", "PL530", "PL530"]


@pytest.mark.parametrize("called", ["train", "train it", "The train step"], ids=["id", "name", "label"])
def test_a_step_is_known_by_id_name_and_label(engine: Engine, called: str) -> None:
    pipeline, contents = two_labelled_steps(rate=0.5)
    assert {one.split("-")[0] for one in engine.ask(pipeline, contents, RunRequest(refresh=called))} == {
        "train"
    }


def test_nothing_is_run_anew_that_nobody_names(engine: Engine) -> None:
    pipeline, contents = two_labelled_steps(rate=0.5, wanted=None)
    assert engine.ask(pipeline, contents, RunRequest(parameters={"wanted": "1"})) == set()


# --- the run that goes on: where an engine can


def _foreign(state: Path) -> str:
    run = RunFile(state, "another", {})
    run.end(RunSummary(run.run_id, "another", "failed", ()), print)
    return run.run_id


def test_the_run_of_another_pipeline_does_not_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline, contents = two_labelled_steps(rate=0.5)
    said = []
    for name, state in (("local", ".pipelift"), ("compose", "state")):
        (tmp_path / name).mkdir()
        run = _foreign(tmp_path / name / state)
        words = {"resume": run} if name == "local" else {"settings": {"resume": run}}
        with (
            ENGINES[name](tmp_path / name, monkeypatch) as engine,
            pytest.raises(Refused) as refused,
        ):
            engine.ask(pipeline, contents, RunRequest(**words))
        said.append((refused.value.code, refused.value.message.replace(run, "ID")))
    assert said == [("PL532", "run ID is of the pipeline 'another', not of 'sample'")] * 2


@pytest.mark.parametrize("target", ["kubeflow", "airflow"])
def test_engines_that_keep_no_runs_of_ours_have_no_such_option(tmp_path: Path, target: str) -> None:
    pipeline, _ = two_labelled_steps()
    output_of(tmp_path, pipeline, target)
    done = CliRunner().invoke(main, ["deploy", str(tmp_path), "--set", "resume=last"])
    assert done.exit_code == 2 and f"{target} has no option 'resume'" in done.output


# --- the request itself

VALUES: st.SearchStrategy[ir.Scalar] = st.one_of(
    st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
TYPES = st.sampled_from(["string", "integer", "float", "boolean"])


@given(TYPES, VALUES)
def test_checking_twice_changes_nothing(kind: str, value: ir.Scalar) -> None:
    pipeline, _ = two_labelled_steps()
    parameter = from_data(ir.Parameter, {"name": "p", "type": kind, "default": None})
    pipeline = replace(pipeline, parameters=(parameter,))
    try:
        once = check_request(pipeline, RunRequest(parameters={"p": value}, refresh=["The train step"]))
    except Refused as refused:
        assert refused.code == "PL503"
        return
    types = {"string": str, "integer": int, "float": float, "boolean": bool}
    assert type(once.parameters["p"]) is types[kind]
    assert check_request(pipeline, once) == once


@given(TYPES, VALUES)
def test_a_value_and_its_text_are_the_same(kind: str, value: ir.Scalar) -> None:
    pipeline, _ = two_labelled_steps()
    parameter = from_data(ir.Parameter, {"name": "p", "type": kind, "default": None})
    pipeline = replace(pipeline, parameters=(parameter,))
    try:
        typed = check_request(pipeline, RunRequest(parameters={"p": value}))
    except Refused:
        return
    assert check_request(pipeline, RunRequest(parameters={"p": str(value)})) == typed


def test_a_request_does_not_show_the_variables_of_the_shell() -> None:
    assert "canary" not in repr(RunRequest(environ={"TOKEN": "canary"}))


def test_a_secret_among_the_words_is_known_to_what_shows_messages(tmp_path: Path) -> None:
    (tmp_path / "pipeline.py").write_text(
        "from azureml.core import Workspace\n"
        "from azureml.pipeline.core import Pipeline, PipelineParameter\n"
        "from azureml.pipeline.steps import PythonScriptStep\n"
        "password = PipelineParameter('db_password', 1)\n"
        "step = PythonScriptStep(script_name='one.py', source_directory='src', arguments=[password])\n"
        "Pipeline(Workspace.from_config(), steps=[step])\n"
    )
    (tmp_path / "src").mkdir()
    (tmp_path / "src/one.py").write_text("print(1)\n")
    ran = run_file(tmp_path / "pipeline.py", parameters={"db_password": "canary-4b7e"})
    assert [entry.code for entry in ran.analysis.reporter.errors] == ["PL503"]
    ran.analysis.reporter.report("PL504", "the server refuses canary-4b7e")
    assert not [entry for entry in ran.analysis.reporter if "canary" in entry.message]


# --- the words


def test_run_file_takes_a_request_or_its_words(tmp_path: Path) -> None:
    (tmp_path / "pipeline.py").write_text("print('no pipeline')\n")
    by_words = run_file(tmp_path / "pipeline.py", only=["a"], reuse=False)
    by_request = run_file(tmp_path / "pipeline.py", request=RunRequest(only=["a"], reuse=False))
    assert by_words.analysis.reporter.failed
    assert list(by_words.analysis.reporter) == list(by_request.analysis.reporter)
    with pytest.raises(TypeError, match="ony"):
        run_file(tmp_path / "pipeline.py", ony=["a"])


@pytest.mark.parametrize("word", ["start", "wait", "settings"])
def test_words_about_deployments_are_none_of_a_run_here(tmp_path: Path, word: str) -> None:
    words: dict[str, Any] = {word: {"a": "b"}}
    with pytest.raises(ValueError, match=f"does not know '{word}'"):
        run_file(tmp_path / "pipeline.py", **words)


@pytest.mark.parametrize("word", ["only", "from_", "until", "resume", "python", "jobs", "docker"])
def test_words_about_runs_here_are_none_of_a_deployment(tmp_path: Path, word: str) -> None:
    pipeline, _ = two_labelled_steps()
    request = RunRequest(**{word: "1"})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=f"does not know '{word}'"):
        deploy_output(TARGET, output_of(tmp_path, pipeline, "compose"), request, Reporter(), print)


def test_every_word_is_about_a_run_a_deployment_or_both() -> None:
    both = {"parameters", "reuse", "refresh", "environ"}
    here = {"only", "from_", "until", "resume", "python", "jobs", "docker"}
    assert {one.name for one in fields(RunRequest)} == both | here | {"start", "wait", "settings"}


def test_a_plan_is_refused_as_the_run_would_be(tmp_path: Path) -> None:
    step = 'PythonScriptStep(script_name="one.py", name="one", source_directory="src")'
    (tmp_path / "src").mkdir()
    (tmp_path / "src/one.py").write_text("print(1)\n")
    (tmp_path / "pipeline.py").write_text(
        "from azureml.core import Workspace\nfrom azureml.pipeline.core import Pipeline\n"
        "from azureml.pipeline.steps import PythonScriptStep\n"
        f"Pipeline(Workspace.from_config(), steps=[{step}])\n"
    )
    _foreign(tmp_path / ".pipelift")
    before = sorted(tmp_path.rglob("*"))
    for words, code in (
        (["--refresh", "two"], "PL530"),
        (["--only", "two"], "PL530"),
        (["--resume"], "PL532"),
        (["-p", "x=1"], "PL502"),
    ):
        said = [
            CliRunner().invoke(main, ["run", str(tmp_path / "pipeline.py"), *words, *more])
            for more in ([], ["--dry-run"])
        ]
        assert [one.exit_code for one in said] == [1, 1] and f"error[{code}]" in said[0].output
        assert said[0].output == said[1].output
    assert sorted(tmp_path.rglob("*")) == before
