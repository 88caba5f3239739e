"""The chain that most benchmarks use: COUNT steps, each of which takes what the one before it made."""

from __future__ import annotations

from pathlib import Path

PIPELINE = """\
from azureml.core import Experiment, Workspace
from azureml.pipeline.core import Pipeline, PipelineData
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
store = ws.get_default_datastore()

steps = []
previous = None
for number in range({count}):
    words = PipelineData("words_" + str(number), datastore=store)
    steps.append(PythonScriptStep(
        name="step " + str(number),
        script_name="step.py",
        source_directory="src",
        arguments=["--output", words] if previous is None else ["--input", previous, "--output", words],
        inputs=[] if previous is None else [previous],
        outputs=[words],
        compute_target="cpu-cluster",
    ))
    previous = words

Experiment(ws, "chain").submit(Pipeline(workspace=ws, steps=steps))
"""

STEP = """\
import sys

with open(sys.argv[-1], "w") as file:
    file.write("done\\n")
"""

KFP = """\
from kfp import compiler, dsl


@dsl.container_component
def first(words: dsl.Output[dsl.Artifact]):
    return dsl.ContainerSpec("python:3.10-slim", ["python", "step.py"], ["--output", words.path])


@dsl.container_component
def step(previous: dsl.Input[dsl.Artifact], words: dsl.Output[dsl.Artifact]):
    return dsl.ContainerSpec(
        "python:3.10-slim", ["python", "step.py"], ["--input", previous.path, "--output", words.path]
    )


@dsl.pipeline(name="chain")
def chain():
    task = first()
    for _ in range({count} - 1):
        task = step(previous=task.outputs["words"])


compiler.Compiler().compile(chain, "chain.yaml")
"""


def write(folder: Path, count: int) -> Path:
    """Write a chain of `count` steps into `folder`, for the SDK v1 (the path returned) and for kfp."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "step.py").write_text(STEP, encoding="utf-8")
    (folder / "kfp_chain.py").write_text(KFP.format(count=count), encoding="utf-8")
    pipeline = folder / "pipeline.py"
    pipeline.write_text(PIPELINE.format(count=count), encoding="utf-8")
    return pipeline
