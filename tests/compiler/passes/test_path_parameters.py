"""Parameters that stand for paths: a run of any engine may choose another path in the same store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelift.app.api import run_file
from pipelift.backends.containers.bundle import step_spec
from pipelift.compiler import ir
from pipelift.compiler.options import Options
from pipelift.compiler.passes.parameters import located
from pipelift.runtime import spec
from pipelift.runtime.errors import LauncherError
from tests.support.compiling import compile_for
from tests.support.folders import write_files
from tests.support.samples import Contents
from tests.support.sdk_world import PRELUDE, read

PIPELINE = """\
from azureml.core import Datastore, Experiment, Workspace
from azureml.data.datapath import DataPath, DataPathComputeBinding
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
store = Datastore.get(ws, "raw")
months = PipelineParameter("months", DataPath(store, "january"))
data = (months, DataPathComputeBinding(mode="mount"))
copy = PipelineData("copy")
step = PythonScriptStep("copy.py", name="copy", arguments=[data, copy], inputs=[data], outputs=[copy],
                        compute_target="local", source_directory="src")
Experiment(ws, "Months").submit(Pipeline(ws, [step]))
"""
COPY = "import os, shutil, sys\nshutil.copytree(sys.argv[1], sys.argv[2])\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/copy.py").write_text(COPY)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    for month in ("january", "february"):
        (tmp_path / ".pipelift/stores/raw" / month).mkdir(parents=True)
        (tmp_path / ".pipelift/stores/raw" / month / "month.txt").write_text(month)
    return tmp_path


def run(project: Path, parameters: Mapping[str, str]) -> tuple[str, str | None]:
    """The status of the step, and what it copied; the codes of the errors where nothing ran."""
    done = run_file(Path("pipeline.py"), Options(cwd=project), parameters=parameters)
    if done.summary is None:
        return "refused", " ".join(one.code for one in done.analysis.reporter if one.severity == "error")
    (step,) = done.summary.steps
    copied = Path(step.outputs["copy"], "month.txt") if "copy" in step.outputs else None
    return step.status, copied.read_text() if copied else None


def test_a_local_run_takes_another_path(project: Path) -> None:
    assert run(project, {}) == ("completed", "january")
    assert run(project, {"months": "february"}) == ("completed", "february")
    assert run(project, {}) == ("reused", "january")
    assert run(project, {"months": "february"}) == ("reused", "february")


def test_a_path_that_is_not_there_is_told_before_anything_runs(project: Path) -> None:
    assert run(project, {"months": "march.csv"}) == ("refused", "PL512")
    assert run(project, {"months": "mar*"}) == ("refused", "PL512")


def test_a_folder_that_the_step_may_have_to_write_is_told_and_made(project: Path) -> None:
    done = run_file(Path("pipeline.py"), Options(cwd=project), parameters={"months": "march"})
    assert "PL526" in [one.code for one in done.analysis.reporter]
    assert (project / ".pipelift/stores/raw/march").is_dir()


def pipeline_of(folder: Path) -> ir.Pipeline:
    source = """
    data = (PipelineParameter("months", DataPath(store, "january")), DataPathComputeBinding())
    Pipeline(ws, py("copy", arguments=[data], inputs=[data]))
    """
    reading = read(folder, source)
    assert reading.codes == ["PL330"]
    return reading.pipelines[0]


def test_what_it_is_in_the_ir(tmp_path: Path) -> None:
    pipeline = pipeline_of(tmp_path)
    (parameter,) = pipeline.parameters
    assert (parameter.name, parameter.type, parameter.default) == ("months", "string", "january")
    assert pipeline.steps[0].parameters == ("months",)
    (location,) = pipeline.datasets[0].locations
    assert (location.path, location.pieces) == ("january", (ir.ParameterValue(parameter="months"),))


IN_PATHS = {
    "a reference": ("d = DataReference(store, 'd', p)\nstep = py('a', inputs=[d], arguments=[d])", "x"),
    "a path of a reference": (
        "d = store.path('in').path(p, 'd')\nstep = py('a', inputs=[d], arguments=[d])",
        "in/x",
    ),
    "files": ("step = py('a', arguments=[Dataset.File.from_files((store, p)).as_named_input('d')])", "x"),
    "a text of files": (
        "step = py('a', arguments=[Dataset.File.from_files([(store, f'in/{p}.csv')]).as_named_input('d')])",
        "in/x.csv",
    ),
    "a table": (
        "d = Dataset.Tabular.from_delimited_files((store, 'in/%s.csv' % p))\n"
        "step = py('a', inputs=[d.as_named_input('d')])",
        "in/x.csv",
    ),
    "a path": (
        "d = Dataset.File.from_files(DataPath(store, p))\nstep = py('a', inputs=[d.as_named_input('d')])",
        "x",
    ),
    "a destination": ("step = py('a', arguments=[OutputFileDatasetConfig('o', (store, p))])", "x"),
    "a text of a destination": (
        "step = py('a', arguments=[OutputFileDatasetConfig('o', (store, f'to/{p}/{{run-id}}'))])",
        "to/x/{run-id}",
    ),
    "a name": ("step = py('a', inputs=[Dataset.get_by_name(ws, p).as_named_input('d')])", "x"),
    "a text of a name": (
        "step = py('a', inputs=[Dataset.get_by_name(ws, f'data-{p}').as_named_input('d')])",
        "data-x",
    ),
}


@pytest.mark.parametrize("case", IN_PATHS)
def test_a_parameter_stands_in_each_kind_of_path(case: str, tmp_path: Path) -> None:
    program, expected = IN_PATHS[case]
    reading = read(tmp_path, f"p = PipelineParameter('p', 'x')\n{program}\nPipeline(ws, step)")
    assert reading.codes == []
    (pipeline,) = reading.pipelines
    assert [(one.name, one.default) for one in pipeline.parameters] == [("p", "x")]
    assert reading.step.parameters == ("p",)
    for value in ("x", "other"):
        assert expected.replace("x", value, 1) in _paths(located(pipeline, {"p": value}))


def _paths(pipeline: ir.Pipeline) -> set[str | None]:
    places = {place.path for dataset in pipeline.datasets for place in dataset.locations}
    return places | {one.name for one in pipeline.datasets} | {one.path for one in pipeline.steps[0].outputs}


def test_a_parameter_of_another_type_is_written_as_the_launcher_writes_it(tmp_path: Path) -> None:
    program = (
        "p = PipelineParameter('p', 2024)\nd = Dataset.File.from_files((store, f'in/{p}'))\n"
        "Pipeline(ws, py('a', inputs=[d.as_named_input('d')]))"
    )
    (pipeline,) = read(tmp_path, program).pipelines
    launched = step_spec(pipeline, pipeline.steps[0])
    assert pipeline.datasets[0].locations[0].path == "in/2024"
    assert spec.fill_paths(launched, {"p": "2025.0"})["datasets"][0]["locations"][0]["path"] == "in/2025"


NO_PATHS = {
    "data in a destination": ("OutputFileDatasetConfig('o', (store, f'{data()}/x'))", "PL313"),
    "data in a path": ("Dataset.File.from_files((store, f'{data()}/x')).as_named_input('i')", "PL217"),
    "a parameter in an address": (
        "Dataset.File.from_files(f'https://e.com/{p}').as_named_input('i')",
        "PL217",
    ),
    "a parameter as the name of an input": ("DataReference(store, p)", "PL217"),
}


@pytest.mark.parametrize("case", NO_PATHS)
def test_what_no_run_can_decide_is_an_error(case: str, tmp_path: Path) -> None:
    made, code = NO_PATHS[case]
    program = f"p = PipelineParameter('p', 'x')\nPipeline(ws, py('a', arguments=[{made}]))"
    assert code in read(tmp_path, program).codes


EVERYWHERE = """
p = PipelineParameter("p", "a")
reference = DataReference(store, "reference", path_on_datastore=p)
files = Dataset.File.from_files((store, f"in/{p}")).as_named_input("files").as_mount()
named = Dataset.get_by_name(ws, f"named-{p}").as_named_input("named").as_mount()
made = OutputFileDatasetConfig("made", (store, f"out/{p}"))
first = py("first", inputs=[reference], arguments=[reference, files, named, made])
second = py("second", arguments=[made.as_input("i")])
Experiment(ws, "e").submit(Pipeline(ws, [first, second]))
"""
GATHER = """
import os, sys
if len(sys.argv) == 2:
    print(open(os.path.join(sys.argv[1], "all.txt")).read())
else:
    texts = [open(os.path.join(folder, "x.txt")).read() for folder in sys.argv[1:4]]
    open(os.path.join(sys.argv[4], "all.txt"), "w").write(" ".join(texts))
"""


def test_a_local_run_finds_and_writes_data_where_the_parameter_says(tmp_path: Path) -> None:
    store = tmp_path / ".pipelift/stores/workspaceblobstore"
    texts = {
        f"{folder}{name}/x.txt": folder + name for name in "ab" for folder in ("", "in/", "datasets/named-")
    }
    write_files(store, texts)
    write_files(tmp_path, {"src/a.py": GATHER, "pipeline.py": PRELUDE + EVERYWHERE})
    for value, status in (("a", "completed"), ("b", "completed"), ("a", "reused")):
        done = run_file(Path("pipeline.py"), Options(cwd=tmp_path), parameters={"p": value})
        assert done.summary is not None, list(done.analysis.reporter)
        assert [step.status for step in done.summary.steps] == [status, status]
        expected = f"{value} in/{value} datasets/named-{value}"
        assert (store / "out" / value / "all.txt").read_text() == expected
    assert sorted(path.name for path in (store / "out").iterdir()) == ["a", "b"]


def test_it_is_a_text_on_every_target(tmp_path: Path) -> None:
    pipeline = pipeline_of(tmp_path)
    contents: Contents = {one.id: {} for one in pipeline.snapshots}
    made = {
        target: compile_for(target, pipeline, contents, base=tmp_path, output=tmp_path).files
        for target in ("airflow", "compose", "kubeflow")
    }
    assert b'"months": Param(' in next(
        data for name, data in made["airflow"].items() if name.endswith("dag.py")
    )
    assert b'PARAM_months="january"' in made["compose"][".env"]
    inputs = next(yaml.safe_load_all(made["kubeflow"]["pipeline.yaml"]))["root"]["inputDefinitions"][
        "parameters"
    ]
    assert inputs["months"] == {"defaultValue": "january", "isOptional": True, "parameterType": "STRING"}


PIECES: Any = [{"kind": "literal", "value": "of/"}, {"kind": "parameter", "parameter": "months"}]
LAUNCHED: Any = {
    "datasets": [
        {
            "name": "of/january",
            "pieces": PIECES,
            "locations": [
                {"store": "raw", "path": "of/january", "pieces": PIECES},
                {"store": "raw", "path": "x"},
            ],
        }
    ],
    "step": {"outputs": [{"path": "of/january", "pieces": PIECES}, {"path": "y"}]},
    "parameters": [{"name": "months", "type": "string", "default": "january"}],
}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, "of/january"),
        ({"months": "may\\x"}, "of/may/x"),
        ({"other": "y"}, "of/january"),
        ({"months": ""}, "of/"),
    ],
)
def test_the_launcher_looks_where_the_parameter_says(given: Mapping[str, str], path: str) -> None:
    filled = spec.fill_paths(LAUNCHED, given)
    (dataset,) = filled["datasets"]
    assert [place["path"] for place in dataset["locations"]] == [path, "x"]
    assert dataset["name"] == path
    assert [port["path"] for port in filled["step"]["outputs"]] == [path, "y"]


@pytest.mark.parametrize("path", ["../secrets", "a/../../b", "a\\..\\..\\b", "*/../../b"])
def test_no_path_leaves_the_store(path: str) -> None:
    with pytest.raises(LauncherError, match="leaves the store"):
        spec.fill_paths(LAUNCHED, {"months": path})
