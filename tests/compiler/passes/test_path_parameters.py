"""Parameters that stand for paths: a run of any engine may choose another path in the same store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelift.app.api import run_file
from pipelift.compiler import ir
from pipelift.compiler.options import Options
from pipelift.runtime import spec
from pipelift.runtime.errors import LauncherError
from tests.support.compiling import compile_for
from tests.support.samples import Contents
from tests.support.sdk_world import read

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
    status, codes = run(project, {"months": "march"})
    assert (status, codes) == ("refused", "PL512")


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
    assert (location.path, location.parameter) == ("january", "months")


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


LAUNCHED: Any = {"datasets": [{"locations": [{"store": "raw", "path": "january", "parameter": "months"}]}]}


@pytest.mark.parametrize(
    ("given", "path"),
    [({}, "january"), ({"months": "february/x"}, "february/x"), ({"other": "y"}, "january")],
)
def test_the_launcher_looks_where_the_parameter_says(given: Mapping[str, str], path: str) -> None:
    assert spec.locate_data(LAUNCHED, given)["datasets"][0]["locations"][0]["path"] == path


@pytest.mark.parametrize("path", ["../secrets", "a/../../b", "a\\..\\..\\b", "*/../../b"])
def test_no_path_leaves_the_store(path: str) -> None:
    with pytest.raises(LauncherError, match="leaves the store"):
        spec.locate_data(LAUNCHED, {"months": path})
