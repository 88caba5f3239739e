"""Hand-built IR for tests of what stands behind it: no front end involved."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.config.file import read_tables
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.output import IR_NAME, ir_text
from pipelift.compiler.output.folder import Output
from pipelift.compiler.output.manifest import NAME, make_manifest
from pipelift.compiler.output.needs import NOTHING
from tests.support.folders import read_files

Contents = dict[str, dict[str, bytes]]


def configured(tables: Mapping[str, object], folder: Path = Path()) -> Config:
    """The configuration of a `pipelift.toml` in `folder` that holds `tables`."""
    config, problems = read_tables(tables, folder)
    assert problems == []
    return config


PREPARE = b"""\
import argparse, os
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--input")
parser.add_argument("--output")
args = parser.parse_args()
os.makedirs(args.output, exist_ok=True)
lines = []
for name in sorted(os.listdir(args.input)):
    with open(os.path.join(args.input, name)) as file:
        lines += file.read().split()
with open(os.path.join(args.output, "words.txt"), "w") as file:
    file.write("\\n".join(sorted(lines)))
run = Run.get_context()
run.log("words", len(lines))
"""

TRAIN = b"""\
import argparse, os, sys
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--prepped_data")
parser.add_argument("--training_results")
parser.add_argument("--rate", type=float)
args = parser.parse_args()
words = open(os.path.join(args.prepped_data, "words.txt")).read().split()
os.makedirs(args.training_results, exist_ok=True)
with open(os.path.join(args.training_results, "model.txt"), "w") as file:
    file.write(str(len(words) * args.rate))
Run.get_context().log("rate", args.rate)
"""


def snapshot(directory: str, files: Mapping[str, bytes]) -> ir.Snapshot:
    entries = tuple(
        ir.SnapshotFile(path=path, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        for path, data in sorted(files.items())
    )
    digest = hashlib.sha256("".join(f"{e.path}\0{e.sha256}\n" for e in entries).encode()).hexdigest()
    return ir.Snapshot(id=directory, directory=directory, files=entries, digest=digest)


def two_steps() -> tuple[ir.Pipeline, Contents]:
    """prepare (from a folder of the default store) → train (on a GPU, with a parameter, after prepare too)."""
    contents: Contents = {"prep_src": {"prepare.py": PREPARE}, "train_src": {"train.py": TRAIN}}
    snapshots = tuple(snapshot(name, files) for name, files in contents.items())
    environment = ir.Environment(
        id="howto",
        python="3.10",
        conda=("pandas", "scikit-learn"),
        pip=("pyarrow",),
        digest="e" * 64,
        span=Span("pipeline.py", 12, 1, 12, 30),
    )
    prepare = ir.Step(
        id="prepare",
        name="prepare.py",
        label="prepare.py",
        origin="PythonScriptStep",
        run=ir.Script(path="prepare.py"),
        arguments=(
            ir.Literal(value="--input"),
            ir.InputPath(port="input1"),
            ir.Literal(value="--output"),
            ir.OutputPath(port="output_data1"),
        ),
        inputs=(ir.Input(name="input1", source=ir.DatasetSource(dataset="train-images"), mode="download"),),
        outputs=(
            ir.Output(name="output_data1", store="workspaceblobstore", path="azureml/{run-id}/{output-name}"),
        ),
        environment="howto",
        snapshot="prep_src",
        resources=ir.Resources(compute="cpu-cluster", size="STANDARD_D2_V2", cpus=2, memory=7),
        reuse=ir.Reuse(allowed=True, key="a" * 64, parts=(ir.KeyPart(name="snapshot", digest="s" * 64),)),
        span=Span("pipeline.py", 40, 18, 48, 2),
    )
    train = ir.Step(
        id="train",
        name="train model",
        label="train model",
        origin="PythonScriptStep",
        run=ir.Script(path="train.py"),
        arguments=(
            ir.Literal(value="--prepped_data"),
            ir.InputPath(port="output_data1"),
            ir.Literal(value="--training_results"),
            ir.OutputPath(port="training_results"),
            ir.Literal(value="--rate"),
            ir.ParameterValue(parameter="rate"),
        ),
        inputs=(ir.Input(name="output_data1", source=ir.StepSource(step="prepare", port="output_data1")),),
        outputs=(
            ir.Output(
                name="training_results", store="workspaceblobstore", path="azureml/{run-id}/{output-name}"
            ),
        ),
        parameters=("rate",),
        environment="howto",
        snapshot="train_src",
        resources=ir.Resources(
            compute="aml-compute",
            size="STANDARD_NC6",
            cpus=6,
            memory=56,
            gpus=1,
            gpu_model="NVIDIA Tesla K80",
        ),
        reuse=ir.Reuse(allowed=False, key="b" * 64),
        retries=1,
        timeout=3600,
        span=Span("pipeline.py", 55, 14, 63, 2),
    )
    pipeline = ir.Pipeline(
        id="compare-models-exp",
        name="Compare_Models_Exp",
        experiment="Compare_Models_Exp",
        source="pipeline.py",
        default_store="workspaceblobstore",
        parameters=(ir.Parameter(name="rate", type="float", default=0.5),),
        stores=(ir.Store(name="workspaceblobstore", kind="blob"),),
        datasets=(
            ir.Dataset(
                id="train-images",
                locations=(ir.Location(store="workspaceblobstore", path="train-images/"),),
            ),
        ),
        environments=(environment,),
        snapshots=snapshots,
        steps=(prepare, train),
        order=(ir.OrderEdge(before="prepare", after="train"),),
    )
    return pipeline, contents


def output_of(directory: Path, pipeline: ir.Pipeline, target: str) -> Output:
    """`directory` as an output folder of `target`, with a manifest that lists the files that are there."""
    manifest = make_manifest(pipeline, target, None, read_files(directory), (), (), NOTHING)
    (directory / IR_NAME).write_text(ir_text(pipeline))
    (directory / NAME).write_text(manifest.text())
    return Output(directory, manifest, pipeline)


def step(step_id: str, *after: str, **fields: Any) -> ir.Step:
    """A script with the output `out`, which reads the output `out` of the steps `after`; `fields` replace its own."""
    inputs = tuple(
        ir.Input(name=f"from_{before}", source=ir.StepSource(step=before, port="out")) for before in after
    )
    template = ir.Step(
        id=step_id,
        name=step_id,
        label=step_id,
        origin="PythonScriptStep",
        run=ir.Script(path="main.py"),
        inputs=inputs,
        outputs=(ir.Output(name="out", store="store", path="{run-id}/{output-name}"),),
        environment="env",
        snapshot="src",
    )
    return replace(template, **fields)


def pipeline_of(*steps: ir.Step, **fields: Any) -> tuple[ir.Pipeline, Contents]:
    """A pipeline of such steps, which share environment, store and snapshot; `fields` replace its own."""
    contents: Contents = {"src": {"main.py": b"print(1)\n"}}
    pipeline = ir.Pipeline(
        id="sample",
        name="sample",
        source="pipeline.py",
        default_store="store",
        stores=(ir.Store(name="store"),),
        environments=(ir.Environment(id="env", python="3.11", digest="e" * 64),),
        snapshots=(snapshot("src", contents["src"]),),
        steps=steps,
    )
    return replace(pipeline, **fields), contents


def change_step(pipeline: ir.Pipeline, index: int, **fields: Any) -> ir.Pipeline:
    """The pipeline with the step at `index` changed."""
    steps = list(pipeline.steps)
    steps[index] = replace(steps[index], **fields)
    return replace(pipeline, steps=tuple(steps))


def scripts(
    *sources: tuple[str, str, tuple[str, ...]], order: tuple[tuple[str, str], ...] = (), **fields: Any
) -> tuple[ir.Pipeline, Contents]:
    """Steps of (id, script, arguments), one snapshot each; `fields` change every step."""
    sample, _ = two_steps()
    contents = {step_id: {"main.py": text.encode()} for step_id, text, _ in sources}
    steps = tuple(
        step(
            step_id,
            **{
                "name": f"step {step_id}",
                "arguments": tuple(ir.Literal(value=word) for word in words),
                "outputs": (),
                "environment": "howto",
                "snapshot": step_id,
                "reuse": ir.Reuse(allowed=False, key="c" * 64),
                **fields,
            },
        )
        for step_id, _, words in sources
    )
    edges = tuple(ir.OrderEdge(before=before, after=after) for before, after in order)
    snapshots = tuple(snapshot(name, files) for name, files in contents.items())
    changes: dict[str, Any] = {
        "steps": steps,
        "order": edges,
        "snapshots": snapshots,
        "datasets": (),
        "parameters": (),
    }
    return replace(sample, **changes), contents


def many_steps(number: int) -> ir.Pipeline:
    """A generated pipeline: each step reads one or two of the eight before it."""
    pipeline, _ = two_steps()
    chance = random.Random(7)
    steps = []
    for index in range(number):
        sources = sorted({max(0, index - chance.randint(1, 8)) for _ in range(2)}) if index else []
        inputs = tuple(
            ir.Input(name=f"from_{one}", source=ir.StepSource(step=f"s{one}", port="out")) for one in sources
        )
        first = (ir.Input(name="raw", source=ir.DatasetSource(dataset="train-images")),)
        given: dict[str, Any] = {
            "id": f"s{index}",
            "name": f"step {index}",
            "label": f"step {index}",
            "arguments": (),
        }
        outputs = (ir.Output(name="out", store="workspaceblobstore", path="out"),)
        model = pipeline.steps[index % 2]
        steps.append(replace(model, **given, inputs=inputs or first, outputs=outputs))
    order = (ir.OrderEdge(before="s0", after=f"s{number - 1}"),)
    return replace(pipeline, steps=tuple(steps), order=order)


def named(name: str) -> ir.Pipeline:
    """The two steps, with a name for all: of the pipeline, and before that of each step."""
    pipeline, _ = two_steps()
    steps = tuple(replace(one, name=f"{name}{one.id}") for one in pipeline.steps)
    return replace(pipeline, name=name, steps=steps)
