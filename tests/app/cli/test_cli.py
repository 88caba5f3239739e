"""The command line as scripts use it: exit statuses, streams, and clear answers to bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelift.app.cli.main import main

GOOD = """\
from azureml.core import Workspace, Datastore, Dataset, Experiment
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
store = ws.get_default_datastore()
words = Dataset.File.from_files((store, "words/"))
counts = PipelineData("counts", datastore=store)
times = PipelineParameter("times", default_value=1)
count = PythonScriptStep(
    name="count words",
    script_name="count.py",
    arguments=["--words", words.as_named_input("words").as_mount(), "--counts", counts, "--times", times],
    outputs=[counts],
    compute_target="STANDARD_D2_V2",
    source_directory="src",
)
show = PythonScriptStep("show.py", arguments=[counts], inputs=[counts], source_directory="src", allow_reuse=False)
Experiment(ws, "Words").submit(Pipeline(ws, steps=[show]))
"""

COUNT = """\
import argparse, os
from azureml.core import Run
parser = argparse.ArgumentParser()
for name in ("--words", "--counts", "--times"):
    parser.add_argument(name)
args = parser.parse_args()
os.makedirs(args.counts, exist_ok=True)
total = 0
for name in sorted(os.listdir(args.words)):
    with open(os.path.join(args.words, name), encoding="utf-8") as file:
        total += len(file.read().split())
with open(os.path.join(args.counts, "count.txt"), "w") as file:
    file.write(str(total * int(args.times)))
Run.get_context().log("words", total)
"""

SHOW = "import os, sys\nprint(open(os.path.join(sys.argv[1], 'count.txt')).read())\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "my wörds"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "count.py").write_text(COUNT)
    (folder / "src" / "show.py").write_text(SHOW)
    (folder / "pipeline.py").write_text(GOOD)
    return folder


def provide_data(project: Path) -> None:
    data = project / ".pipelift" / "stores" / "workspaceblobstore" / "words"
    data.mkdir(parents=True)
    (data / "a b.txt").write_text("één twee\ndrie", encoding="utf-8")


def call(*arguments: object, status: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == status, result.output + result.stderr
    assert "Traceback" not in result.output + result.stderr
    return result


def test_graph_prints_exactly_the_graph(project: Path) -> None:
    graph = json.loads(call("graph", project / "pipeline.py", "--format", "json").stdout)
    (pipeline,) = graph["pipelines"]
    assert pipeline["name"] == "Words"
    assert pipeline["steps"] == [
        {"name": "count words", "type": "PythonScriptStep", "script": "count.py", "allow_reuse": True},
        {"name": "show.py", "type": "PythonScriptStep", "script": "show.py", "allow_reuse": False},
    ]
    assert [(e["from"], e["to"], e["to_port"], e["kind"], e["mode"]) for e in pipeline["edges"]] == [
        (None, "count words", "words", "source", "mount"),
        ("count words", "show.py", "counts", "data", "mount"),
    ]
    assert pipeline["parameters"] == [{"name": "times", "type": "int", "default": 1}]


@pytest.mark.parametrize("form", ["mermaid", "dot"])
def test_graph_draws(project: Path, form: str) -> None:
    assert "count words" in call("graph", project / "pipeline.py", "--format", form).stdout


@pytest.mark.parametrize("target", ["airflow", "compose", "kubeflow", "ir"])
def test_compile_to_each_target(project: Path, target: str) -> None:
    output = project / "out" / target
    call("compile", project / "pipeline.py", "-t", target, "-o", output, "--no-verify")
    files = {path.name for path in output.iterdir()}
    expected = {"airflow": "words_dag.py", "compose": "compose.yaml", "kubeflow": "pipeline.yaml"}
    assert {"pipeline.ir.json", "manifest.json", "REPORT.md"} <= files
    assert expected.get(target, "REPORT.md") in files
    again = call("compile", project / "pipeline.py", "-t", target, "-o", output, "--no-verify")
    assert "already up to date" in again.stdout


def test_the_folder_for_outputs_is_never_a_link_by_default(project: Path) -> None:
    elsewhere = project.parent / "elsewhere"
    elsewhere.mkdir()
    (project / "build").symlink_to(elsewhere)
    result = call("compile", project / "pipeline.py", "--target", "compose", status=2)
    assert "is a link to" in result.stderr and "-o" in result.stderr
    assert not list(elsewhere.iterdir())


def test_run_from_nothing_to_reuse(project: Path) -> None:
    missing = call("run", project / "pipeline.py", status=1)
    assert "workspaceblobstore" in missing.stderr and "words" in missing.stderr and "url =" in missing.stderr
    provide_data(project)
    lines = call("run", project / "pipeline.py", "--json").stdout.splitlines()
    summary = json.loads(lines[-1])
    assert summary["status"] == "completed" and summary["pipeline"] == "Words"
    assert [step["status"] for step in summary["steps"]] == ["completed", "completed"]
    (counted,) = [step for step in summary["steps"] if step["name"] == "count words"]
    assert counted["metrics"] == {"words": 3}
    assert Path(counted["outputs"]["counts"], "count.txt").read_text() == "3"
    again = json.loads(call("run", project / "pipeline.py", "--json").stdout.splitlines()[-1])
    assert {step["name"]: step["status"] for step in again["steps"]} == {
        "count words": "reused",
        "show.py": "completed",
    }
    changed = json.loads(
        call("run", project / "pipeline.py", "--json", "-p", "times=2").stdout.splitlines()[-1]
    )
    (counted,) = [step for step in changed["steps"] if step["name"] == "count words"]
    assert Path(counted["outputs"]["counts"], "count.txt").read_text() == "6"


def test_a_failing_step_ends_the_run_with_3(project: Path) -> None:
    provide_data(project)
    (project / "src" / "count.py").write_text("import sys; sys.exit(7)")
    result = call("run", project / "pipeline.py", status=3)
    assert "7" in result.stderr


def test_a_dry_run_writes_nothing(project: Path) -> None:
    before = sorted(project.rglob("*"))
    shown = call("run", project / "pipeline.py", "--dry-run")
    assert "count words" in shown.stdout and "count.py" in shown.stdout
    assert call("plan", project / "pipeline.py").stdout == shown.stdout
    assert sorted(project.rglob("*")) == before


BAD = {
    "not Python": ("steps = [1, 2", "PL102"),
    "an undefined name": (GOOD.replace("steps=[show]", "steps=[shwo]"), "PL103"),
    "a missing script": (GOOD.replace('"count.py"', '"cuont.py"'), "PL311"),
    "a missing source directory": (GOOD.replace('"src",\n', '"srcs",\n'), "PL310"),
    "a cycle": (GOOD.replace("Experiment(ws", "count.run_after(show)\nExperiment(ws"), "PL301"),
    "two writers": (GOOD.replace("inputs=[counts]", "outputs=[counts]"), "PL224"),
    "an unknown class": (GOOD.replace("PythonScriptStep", "PythonScripStep"), "PL202"),
    "a wrong argument": (GOOD.replace("script_name=", "script="), "PL201"),
    "an empty pipeline": (GOOD.replace("steps=[show]", "steps=[]"), "PL304"),
    "no pipeline": ("print('hello')", "PL300"),
    "an exception": ("import json\njson.loads('{')", "PL106"),
    "a program without an end": ("def f(n): return f([n] * 10**6)\nf(0)", "PL107"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_a_clear_answer(project: Path, case: str) -> None:
    source, code = BAD[case]
    output = project / "out"
    call("compile", project / "pipeline.py", "-t", "compose", "-o", output, "--no-verify")
    before = {path: path.read_bytes() for path in output.rglob("*") if path.is_file()}
    (project / "pipeline.py").write_text(source)
    result = call("compile", project / "pipeline.py", "-t", "compose", "-o", output, "--no-verify", status=1)
    assert f"error[{code}]" in result.stderr
    assert "pipeline.py:" in result.stderr and "= help:" in result.stderr
    assert {path: path.read_bytes() for path in output.rglob("*") if path.is_file()} == before
    found = json.loads(call("check", project / "pipeline.py", "--format", "json", status=1).stdout)
    assert code in {diagnostic["code"] for diagnostic in found}


def test_undefined_names_are_told_in_one_run(project: Path) -> None:
    (project / "pipeline.py").write_text("a = first\nb = second\nc = first\n")
    found = json.loads(call("check", project / "pipeline.py", "--format", "json", status=1).stdout)
    assert [one["code"] for one in found] == ["PL103", "PL103"]


def test_a_folder_that_is_not_ours_stays(project: Path) -> None:
    output = project / "out"
    output.mkdir()
    (output / "thesis.txt").write_text("years of work")
    for options in ((), ("--force",)):
        result = call("compile", project / "pipeline.py", "-t", "ir", "-o", output, *options, status=2)
        assert "error[PL541]" in result.stderr
    assert [path.name for path in output.iterdir()] == ["thesis.txt"]


def test_an_edited_file_is_kept_unless_forced(project: Path) -> None:
    output = project / "out"
    arguments = ("compile", project / "pipeline.py", "-t", "compose", "-o", output, "--no-verify")
    call(*arguments)
    edited = output / "compose.yaml"
    edited.write_text(edited.read_text() + "# mine\n")
    refused = call(*arguments, status=2).stderr
    assert "error[PL540]" in refused and "compose.yaml" in refused
    assert edited.read_text().endswith("# mine\n")
    call(*arguments, "--force")
    assert not edited.read_text().endswith("# mine\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("compile", "{file}", "-t", "nomad"),
        ("compile", "{file}"),
        ("run", "nowhere.py"),
        ("run", "{file}", "-p", "times"),
        ("run", "{file}", "--allow", "PL103"),
        ("explain", "PL999"),
        ("init", "{file}"),
    ],
)
def test_wrong_usage_is_2(project: Path, arguments: tuple[str, ...]) -> None:
    (project / "pipelift.toml").write_text("")
    call(*(one.format(file=project / "pipeline.py") for one in arguments), status=2)


@pytest.mark.parametrize(("given", "code"), [("tims=2", "PL502"), ("times=many", "PL503")])
def test_parameters_are_checked_before_anything_runs(project: Path, given: str, code: str) -> None:
    provide_data(project)
    assert code in call("run", project / "pipeline.py", "-p", given, status=1).stderr
    assert not (project / ".pipelift" / "runs").exists()


def test_a_mistake_in_the_configuration(project: Path) -> None:
    (project / "pipelift.toml").write_text('[stores.workspaceblobstore]\nurll = "x"\n')
    assert "PL501" in call("check", project / "pipeline.py", status=1).stdout


def test_init_writes_a_file_that_changes_nothing(project: Path) -> None:
    before = call("graph", project / "pipeline.py", "--format", "json").stdout
    call("init", project / "pipeline.py")
    text = (project / "pipelift.toml").read_text()
    assert 'stores."workspaceblobstore"' in text and 'compute."STANDARD_D2_V2"' in text
    assert call("graph", project / "pipeline.py", "--format", "json").stdout == before
    uncommented = "\n".join(
        line.removeprefix("# ") for line in text.splitlines() if " = " in line or "[" in line
    )
    (project / "pipelift.toml").write_text(uncommented)
    call("graph", project / "pipeline.py", "--format", "json")


def test_explain_targets_and_schema() -> None:
    assert "hash_paths" in call("explain", "pl214").stdout
    assert all(name in call("targets").stdout for name in ("airflow", "compose", "kubeflow", "ir"))
    assert json.loads(call("schema").stdout)["title"] == "Pipeline"


def test_a_literal_key_reaches_no_output(project: Path) -> None:
    key = "c2VjcmV0LWNhbmFyeQ=="
    register = f'Datastore.register_azure_blob_container(ws, "w", "c", "a", account_key="{key}")\n'
    (project / "pipeline.py").write_text(GOOD.replace("words = ", register + "words = "))
    for target in ("compose", "airflow", "kubeflow"):
        call("compile", project / "pipeline.py", "-t", target, "-o", project / "out" / target, "--no-verify")
    written = [path for path in (project / "out").rglob("*") if path.is_file()]
    assert written and not [path for path in written if key.encode() in path.read_bytes()]
    checked = call("check", project / "pipeline.py").stdout
    assert "PL204" in checked
