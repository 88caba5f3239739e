"""Hand-built IR for tests of what stands behind it: no front end involved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.config.file import read_tables
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.output import IR_NAME, ir_text
from pipelift.compiler.output.folder import Output
from pipelift.compiler.output.manifest import NAME, make_manifest
from pipelift.compiler.output.needs import NOTHING

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
    files = {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }
    manifest = make_manifest(pipeline, target, None, files, (), (), NOTHING)
    (directory / IR_NAME).write_text(ir_text(pipeline))
    (directory / NAME).write_text(manifest.text())
    return Output(directory, manifest, pipeline)
