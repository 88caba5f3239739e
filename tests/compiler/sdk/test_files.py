"""What the SDK reads from files: pipelines, run configurations and parallel run configurations in YAML."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sdk_world import read

PIPELINE = """
pipeline:
  description: a pipeline from a file
  parameters:
    Epochs: {type: int, default: 3}
    Place: {type: datapath, default: {datastore: workspaceblobstore, path_on_datastore: in}}
  data_references:
    raw: {datastore: workspaceblobstore, path_on_datastore: raw}
    known: {dataset_name: registered}
  default_compute: cpu
  steps:
    Prepare:
      type: PythonScriptStep
      name: prepare
      script_name: prepare.py
      source_directory: src
      allow_reuse: false
      arguments: [--raw, "input:raw", --out, "output:out", --fixed, "1"]
      inputs:
        raw: {source: raw, bind_mode: download}
        place: {source: Place}
      outputs:
        out: {destination: prepared, datastore: workspaceblobstore, bind_mode: mount}
    Train:
      python_script_step:
        name: train
        script_name: train.py
        source_directory: src
      runconfig: run.yml
      arguments: [--in, "input:it", --epochs, "parameter:epochs"]
      parameters:
        epochs: {source: Epochs}
      inputs:
        it: {source: prepared}
        known: {source: known}
"""

RUN = """
target: gpu
nodeCount: 2
environment:
  name: mine
  environmentVariables: {A: b}
  python: {condaDependenciesFile: conda.yml, userManagedDependencies: false}
  docker: {baseImage: "python:3.10"}
mpi: {processCountPerNode: 4}
"""

CONDA = "channels: [conda-forge]\ndependencies: [python=3.9, numpy, {pip: [pandas==1.5]}]\n"

BATCHES = """
parallel_run_config:
  environment_name: env
  entry_script: score.py
  source_directory: src
  compute_target: cpu
  node_count: 2
  mini_batch_size: "5"
  error_threshold: 1
  output_action: append_row
"""

FILES = {"pipeline.yml": PIPELINE, "run.yml": RUN, "conda.yml": CONDA, "batches.yml": BATCHES}


def test_a_pipeline_from_a_file(tmp_path: Path) -> None:
    reading = read(tmp_path, "p = Pipeline.load_yaml(ws, 'pipeline.yml')", FILES)
    assert reading.edges == [
        "* -> prepare.raw download",
        "* -> prepare.workspaceblobstore_1 mount",
        "prepare.out -> train.it mount",
        "* -> train.known mount",
    ]
    assert reading.arguments("prepare") == [
        "--raw",
        {"input": "raw"},
        "--out",
        {"output": "out"},
        "--fixed",
        "1",
    ]
    assert reading.arguments("train") == ["--in", {"input": "it"}, "--epochs", {"parameter": "Epochs"}]
    (pipeline,) = reading.pipelines
    assert pipeline.description == "a pipeline from a file"
    prepare, train = pipeline.steps
    assert (prepare.reuse.allowed, prepare.resources.compute) == (False, "cpu")
    assert (train.resources.nodes, train.resources.processes) == (2, 4)


def test_a_run_configuration_from_a_file(tmp_path: Path) -> None:
    source = "run = RunConfiguration.load('run.yml')\nPipeline(ws, PythonScriptStep('a.py', runconfig=run))"
    (pipeline,) = read(tmp_path, source, FILES).pipelines
    (environment,) = pipeline.environments
    assert (environment.name, environment.python, environment.image) == ("mine", "3.9", "python:3.10")
    assert (environment.pip, environment.conda) == (("pandas==1.5",), ("numpy",))
    assert pipeline.steps[0].resources.compute == "gpu"


def test_a_run_configuration_by_name(tmp_path: Path) -> None:
    source = "run = RunConfiguration.load('.', 'mine')\nPipeline(ws, PythonScriptStep('a.py', runconfig=run))"
    reading = read(tmp_path, source, {".azureml/mine.runconfig": "target: cluster"})
    assert reading.step.resources.compute == "cluster"


def test_a_parallel_run_configuration_from_a_file(tmp_path: Path) -> None:
    source = """
    c = ParallelRunConfig.load_yaml(ws, "batches.yml")
    Pipeline(ws, ParallelRunStep("p", c, [files.as_named_input("i")], data("o")))
    """
    step = read(tmp_path, source, FILES).graphs[0]["steps"][0]
    assert step["script"] == "score.py"


WRONG = {
    "no file": ("Pipeline.load_yaml(ws, 'none.yml')", {}, "PL243"),
    "no section": ("Pipeline.load_yaml(ws, 'p.yml')", {"p.yml": "steps: {}"}, "PL243"),
    "no steps": ("Pipeline.load_yaml(ws, 'p.yml')", {"p.yml": "pipeline: {}"}, "PL243"),
    "no YAML": ("Pipeline.load_yaml(ws, 'p.yml')", {"p.yml": "a: [}"}, "PL243"),
    "a step that is a number": (
        "Pipeline.load_yaml(ws, 'p.yml')",
        {"p.yml": "pipeline: {steps: {a: 3}}"},
        "PL243",
    ),
    "parameters in a list": (
        "Pipeline.load_yaml(ws, 'p.yml')",
        {"p.yml": "pipeline: {parameters: [1], steps: {}}"},
        "PL243",
    ),
    "a default that is a list": (
        "Pipeline.load_yaml(ws, 'p.yml')",
        {"p.yml": "pipeline: {parameters: {a: {type: int, default: [1]}}, steps: {}}"},
        "PL243",
    ),
    "packages that are a number": (
        "Environment.from_conda_specification('e', 'c.yml')",
        {"c.yml": "dependencies: 3"},
        "PL206",
    ),
    "channels that are a text": (
        "Environment.from_conda_specification('e', 'c.yml')",
        {"c.yml": "{channels: defaults, dependencies: []}"},
        "PL206",
    ),
    "packages of a run configuration that are a number": (
        "RunConfiguration.load('r.yml')",
        {"r.yml": "environment: {python: {condaDependencies: {dependencies: 3}}}"},
        "PL206",
    ),
    "a type that is none": (
        "Pipeline.load_yaml(ws, 'p.yml')",
        {"p.yml": "pipeline: {steps: {A: {type: EstimatorStep}}}"},
        "PL243",
    ),
    "a parameter that is none": (
        "Pipeline.load_yaml(ws, 'p.yml')",
        {"p.yml": PIPELINE.replace("source: Epochs", "source: Other")},
        "PL243",
    ),
    "an output without destination": (
        "Pipeline.load_yaml(ws, 'p.yml')",
        {"p.yml": PIPELINE.replace("destination: prepared, ", "")},
        "PL243",
    ),
    "a bind mode that is none": (
        "Pipeline.load_yaml(ws, 'p.yml')",
        {"p.yml": PIPELINE.replace("bind_mode: download", "bind_mode: upload")},
        "PL243",
    ),
    "no run configuration": ("RunConfiguration.load('none.yml')", {}, "PL206"),
    "a run configuration that is none": ("RunConfiguration.load('r.yml')", {"r.yml": "- a"}, "PL206"),
    "no parallel run configuration": ("ParallelRunConfig.load_yaml(ws, 'none.yml')", {}, "PL206"),
    "no conda file": ("Environment.from_conda_specification('e', 'none.yml')", {}, "PL206"),
}


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_files_that_are_wrong(case: str, tmp_path: Path) -> None:
    source, files, code = WRONG[case]
    assert code in read(tmp_path, source, files).codes
