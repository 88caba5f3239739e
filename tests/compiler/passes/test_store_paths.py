"""Paths that leave their store, and stores whose names are paths: refused when compiling, and in a run."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from pipelift.app.api import run_file
from pipelift.app.cli.main import main
from pipelift.compiler.config import Config
from pipelift.compiler.config.places import Folder, is_store_name, place
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.driver import analyse
from pipelift.compiler.ir import Dataset, Location, Output
from pipelift.compiler.options import Options
from pipelift.compiler.passes.store_paths import report_ways_out
from pipelift.runtime import locations
from pipelift.runtime.contract.spec import OutputPort
from pipelift.runtime.errors import LauncherError
from pipelift.runtime.outputs import Output as RunningOutput
from pipelift.runtime.outputs import destination
from tests.support.samples import two_steps

SOURCE = """\
from azureml.core import Dataset, Datastore, Workspace
from azureml.data import OutputFileDatasetConfig
from azureml.data.data_reference import DataReference
from azureml.data.datapath import DataPath, DataPathComputeBinding
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter, Schedule
from azureml.pipeline.steps import PythonScriptStep
ws = Workspace.from_config()
store = Datastore(ws, "good")
arguments, inputs, outputs = [], [], []
{body}
step = PythonScriptStep("a.py", arguments=arguments, inputs=inputs, outputs=outputs, source_directory="src",
                        compute_target="STANDARD_D2_V2")
pipeline = Pipeline(ws, steps=[step])
"""

REFUSED = {
    "a dataset": "inputs = [Dataset.File.from_files((store, '../x')).as_named_input('a')]",
    "one of several": "inputs = [Dataset.File.from_files([(store, 'y'), (store, 'a/../../x')]).as_named_input('a')]",
    "a pattern": "inputs = [Dataset.File.from_files((store, '../*.csv')).as_named_input('a')]",
    "dots after a pattern": "inputs = [Dataset.File.from_files((store, '*/../../x')).as_named_input('a')]",
    "backslashes": "inputs = [Dataset.File.from_files((store, '..\\\\x')).as_named_input('a')]",
    "a null byte": "inputs = [Dataset.File.from_files((store, 'x\\0y')).as_named_input('a')]",
    "a table": "inputs = [Dataset.Tabular.from_delimited_files((store, '../t.csv')).as_named_input('a')]",
    "a DataPath": "inputs = [Dataset.File.from_files(DataPath(store, '../x')).as_named_input('a')]",
    "a DataReference": "inputs = [DataReference(store, 'a', path_on_datastore='../x')]",
    "a parameter's default": "inputs = [(PipelineParameter('p', DataPath(store, '../x')), DataPathComputeBinding())]",
    "a dataset by name": "inputs = [Dataset.get_by_name(ws, '../../x').as_named_input('a')]",
    "a destination": "arguments = [OutputFileDatasetConfig('a', destination=(store, '../x'))]",
    "a destination that comes back": "arguments = [OutputFileDatasetConfig('a', destination=(store, 'b/../x'))]",
    "a destination with a template": "arguments = [OutputFileDatasetConfig('a', (store, '{{run-id}}/../../x'))]",
    "the launcher's folder": "arguments = [OutputFileDatasetConfig('a', destination=(store, '.pipelift/x'))]",
    "the root": "arguments = [OutputFileDatasetConfig('a', destination=(store, './.'))]",
    "an output's name": "outputs = [PipelineData('../../x', datastore=store)]",
}
NO_NAMES = ("../../../x", "..", ".", "", " ", "/etc", "a/b", "a\\\\b", "a\\0b", "x" * 300, "a\\nb")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "deep" / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("import sys\nprint(sys.argv)\n")
    monkeypatch.chdir(folder)
    return folder


def write(project: Path, body: str) -> Path:
    (project / "pipeline.py").write_text(SOURCE.format(body=body))
    return project / "pipeline.py"


def codes(file: Path) -> set[str]:
    return {one.code for one in analyse(file, Options(cwd=file.parent)).reporter.errors}


@pytest.mark.parametrize("case", REFUSED)
def test_a_path_out_of_its_store_is_told_with_its_place(project: Path, case: str) -> None:
    file = write(project, REFUSED[case].replace("{{", "{").replace("}}", "}"))
    code = "PL217" if case == "a null byte" else "PL318"  # no text of a file holds one
    found = [one for one in analyse(file, Options(cwd=project)).reporter.errors if one.code == code]
    assert found
    assert all(one.span is not None for one in found)


@pytest.mark.parametrize("target", ["ir", "compose", "airflow", "kubeflow"])
def test_no_target_is_compiled(project: Path, target: str) -> None:
    file = write(project, REFUSED["a dataset"])
    result = CliRunner().invoke(main, ["compile", str(file), "-t", target, "-o", "out"])
    assert (result.exit_code, (project / "out").exists()) == (1, False)


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_store_is_called_by_no_path(project: Path, name: str) -> None:
    file = write(
        project, f'inputs = [Dataset.File.from_files((Datastore(ws, "{name}"), "x")).as_named_input("a")]'
    )
    before = sorted(project.parent.parent.rglob("*"))
    assert ("PL217" if "\\0" in name else "PL319") in codes(file)
    for command in ("run", "plan"):
        assert CliRunner().invoke(main, [command, str(file)]).exit_code == 1
    assert sorted(project.parent.parent.rglob("*")) == before


def test_a_path_below_the_root_may_begin_there(project: Path) -> None:
    body = "arguments = [OutputFileDatasetConfig('a', destination=(store, '/x/{run-id}'))]\n"
    body += "inputs = [Dataset.File.from_files((store, '/data/..x/x../*.csv')).as_named_input('b')]"
    (project / "pipeline.py").write_text(SOURCE.replace("{body}", body))
    assert codes(project / "pipeline.py") == set()


def test_what_to_write_instead_is_told_where_it_is_plain(project: Path) -> None:
    file = write(project, REFUSED["a destination that comes back"])
    (found,) = analyse(file, Options(cwd=project)).reporter.errors
    assert found.help == "Write it as 'x'."


def test_a_value_of_a_parameter_is_no_way_out_either(project: Path) -> None:
    data = project / ".pipelift" / "stores" / "good" / "x"
    data.mkdir(parents=True)
    file = write(project, REFUSED["a parameter's default"].replace("../x", "x"))
    ran = run_file(file, Options(cwd=project), parameters={"p": "../secret"}, python=sys.executable)
    assert {one.code for one in ran.analysis.reporter.errors} == {"PL318"}
    assert ran.summary is None
    for command in (["check"], ["run"], ["compile", "-t", "ir", "-o", "out"]):
        assert CliRunner().invoke(main, [*command, str(file), "-p", "p=../secret"]).exit_code == 1


TEXTS = st.lists(
    st.sampled_from(["..", ".", "a", "*", "/", "\\", "..a", " ", "é", "?", "[a]"]), max_size=8
).map("".join)


@given(path=TEXTS)
@example(path="*/../../x")
def test_compiler_and_launcher_refuse_the_same_data(
    tmp_path_factory: pytest.TempPathFactory, path: str
) -> None:
    pipeline, _ = two_steps()
    dataset = Dataset(id="d", locations=(Location(store="good", path=path),))
    reporter = Reporter()
    report_ways_out(replace(pipeline, datasets=(dataset,)), reporter)
    folder = tmp_path_factory.getbasetemp()
    try:
        locations.find({"store": "good", "path": path}, {"good": str(folder)})
        refused = False
    except locations.Missing as missing:
        refused = missing.why == "the path leaves the store"
    assert bool(reporter.errors) == refused


@given(path=TEXTS, name=st.sampled_from(["a", "..", "../x", "a b"]))
def test_compiler_and_launcher_refuse_the_same_outputs(path: str, name: str) -> None:
    pipeline, _ = two_steps()
    output = Output(name=name, store="good", path=path + "{output-name}")
    steps = (replace(pipeline.steps[0], outputs=(output,)),)
    reporter = Reporter()
    report_ways_out(replace(pipeline, steps=steps, datasets=()), reporter)
    try:
        destination(cast(OutputPort, {"name": name, "path": output.path}), "run-1")
        refused = False
    except LauncherError:
        refused = True
    assert bool(reporter.errors) == refused


@given(path=TEXTS.filter(bool))
@example(path="/")
@example(path="a\\..\\..")
@example(path="/tmp/x")
@example(path="a\0b")
def test_compiler_and_launcher_refuse_the_same_places_of_outputs_on_the_machine(path: str) -> None:
    pipeline, _ = two_steps()
    output = Output(name="o", store="good", path="{output-name}", path_on_compute=path)
    steps = (replace(pipeline.steps[0], outputs=(output,)),)
    reporter = Reporter()
    report_ways_out(replace(pipeline, steps=steps, datasets=()), reporter)
    port = cast(OutputPort, {"name": "o", "store": "good", "path_on_compute": path})
    try:
        written = RunningOutput(port, "", "", "staged", "/work").written
    except LauncherError:
        written = None
    assert bool(reporter.errors) == (written is None)
    assert written is None or path.startswith("/") or written.startswith("/work/")


@given(name=st.text(max_size=250) | TEXTS)
@example(name="..")
@example(name="a/../../b")
@example(name="\ud800")
def test_any_name_of_a_store_is_one_folder(name: str) -> None:
    where = place(Config(folder=Path("/project")), name, "local")
    assert isinstance(where, Folder)
    assert where.path.parent == Path("/project/.pipelift/stores")
    assert where.path.name not in ("", ".", "..")
    assert len(os.fsencode(where.path.name)) <= 255
    assert is_store_name(where.path.name)
    assert not is_store_name(name) or where.path.name == name
