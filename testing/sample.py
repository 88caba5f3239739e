"""A pipeline that uses every field of the IR: what a target is asked to keep, all at once."""

from __future__ import annotations

from collections.abc import Mapping

from pipelift.compiler import ir
from pipelift.runtime.contract.digests import digest

Contents = Mapping[str, Mapping[str, bytes]]

_FILES: Contents = {
    "src": {"make.py": b"print('make')\n", "use.py": b"print('use')\n", "fit.R": b"cat('fit')\n"},
    "lib": {"make.py": b"print('another')\n", "use.py": b"print('another')\n", "fit.R": b"cat('another')\n"},
}


def sample() -> tuple[ir.Pipeline, Contents]:
    """The pipeline, and the bytes of its snapshots: make and look (from data), then use, then say (a command)."""
    pipeline = ir.Pipeline(
        id="sample",
        name="Sample",
        description="What a pipeline can say.",
        experiment="trial",
        source="pipeline.py",
        default_store="blobs",
        parameters=(
            ir.Parameter(name="rate", type="float", default=0.5),
            ir.Parameter(name="month", type="string", default="may"),
        ),
        data_parameters=(
            ir.DataParameter(name="month", kind="path", store="blobs", path="may", dataset="d", table=True),
        ),
        stores=(
            ir.Store(name="blobs", kind="blob", address="https://account.example.com/blobs"),
            ir.Store(name="lake", kind="adls", address="https://account.example.com/lake"),
        ),
        datasets=_datasets(),
        environments=_environments(),
        snapshots=tuple(_snapshot(name, files) for name, files in _FILES.items()),
        steps=(_make("make"), _make("look"), _use(), _say()),
        order=(ir.OrderEdge(before="look", after="say"),),
        continue_on_failure=True,
        tags=(ir.NamedValue(name="team", value="blue"),),
        schedules=_schedules(),
        published=(
            ir.Publication(
                name="Sample", version="2", description="for all", endpoint="samples", default=True
            ),
        ),
    )
    return pipeline, _FILES


def _snapshot(name: str, files: Mapping[str, bytes]) -> ir.Snapshot:
    entries = tuple(
        ir.SnapshotFile(path=path, sha256=digest(data), size=len(data)) for path, data in files.items()
    )
    return ir.Snapshot(id=name, directory=name, files=entries, digest=digest(name))


def _datasets() -> tuple[ir.Dataset, ...]:
    table = ir.TableFormat(
        kind="delimited",
        partition_format="{year:yyyy}/",
        types=(ir.ColumnType(column="when", type="datetime", formats=("%Y",), decimal_mark=","),),
        operations=(
            ir.RowOperation(kind="take", count=5),
            ir.RowOperation(kind="keep_columns", columns=("when",)),
            ir.RowOperation(kind="take_sample", fraction=0.5, seed=3),
            ir.RowOperation(kind="time_range", columns=("when",), start="2024-01-01", end="2024-02-01"),
        ),
    )
    images = (
        ir.Location(
            store="blobs",
            path="of/may",
            pieces=(ir.Literal(value="of/"), ir.ParameterValue(parameter="month")),
        ),
        ir.Location(store="lake", path="more/"),
    )
    return (
        ir.Dataset(id="images", name="images", version="3", locations=images),
        ir.Dataset(
            id="named",
            name="named-may",
            pieces=(ir.Literal(value="named-"), ir.ParameterValue(parameter="month")),
        ),
        ir.Dataset(
            id="rows",
            name="rows",
            version="1",
            locations=(ir.Location(store="lake", path="rows"),),
            table=table,
        ),
    )


def _environments() -> tuple[ir.Environment, ...]:
    return (
        ir.Environment(
            id="plain",
            name="Plain",
            version="1",
            python="3.10",
            pip=("requests==2.31.0",),
            conda=("pandas=1.5",),
            channels=("conda-forge",),
            variables=(ir.NamedValue(name="LEVEL", value="info"),),
            digest="a" * 64,
        ),
        ir.Environment(
            id="own",
            python="3.10",
            pip=("numpy==1.26.0",),
            image="registry.example.com/own:1",
            digest="b" * 64,
        ),
        ir.Environment(
            id="managed",
            python="3.10",
            dockerfile="FROM python:3.10\nCOPY . /data\n",
            context="src",
            user_managed=True,
            interpreter="/usr/bin/python3",
            digest="c" * 64,
        ),
    )


def _make(name: str) -> ir.Step:
    return ir.Step(
        id=name,
        name=f"{name} it",
        label=f"{name} it",
        origin="PythonScriptStep",
        run=ir.Script(path="make.py"),
        arguments=(
            ir.Literal(value="--in"),
            ir.InputPath(port="images"),
            ir.Literal(value="--out"),
            ir.OutputPath(port="made"),
            ir.SecretValue(secret="api"),
        ),
        inputs=(
            ir.Input(name="images", source=ir.DatasetSource(dataset="images"), path_on_compute="/tmp/images"),
            ir.Input(name="rows", source=ir.DatasetSource(dataset="rows"), mode="direct"),
            ir.Input(name="named", source=ir.DatasetSource(dataset="named"), writable=True),
        ),
        outputs=(_output("made"), _output("rest")),
        parameters=("month",),
        environment="plain",
        variables=(ir.NamedValue(name="MODE", value="fast"),),
        secrets=(ir.SecretVariable(name="KEY", secret="key"),),
        snapshot="src",
        resources=ir.Resources(
            compute="cluster",
            size="STANDARD_NC6",
            cpus=6,
            memory=56,
            gpus=1,
            gpu_model="NVIDIA Tesla K80",
            shm_size=2,
            nodes=2,
            processes=2,
        ),
        reuse=ir.Reuse(key="d" * 64, parts=(ir.KeyPart(name="snapshot", digest="e" * 64),)),
        retries=2,
        timeout=600,
    )


def _output(name: str) -> ir.Output:
    return ir.Output(
        name=name,
        mode="upload",
        store="blobs",
        path="out/{run-id}/{output-name}/may",
        explicit=True,
        create=True,
        globs=("*.csv",),
        register_as=ir.Registration(
            name=name,
            description="what was made",
            tags=(ir.NamedValue(name="stage", value="raw"),),
            table=ir.TableFormat(kind="delimited"),
        ),
        path_on_compute="results",
        pieces=(
            ir.Literal(value="out/{run-id}/{output-name}/"),
            ir.ParameterValue(parameter="month"),
        ),
    )


def _use() -> ir.Step:
    parts = (ir.Literal(value="--at="), ir.InputPath(port="data"), ir.ParameterValue(parameter="month"))
    return ir.Step(
        id="use",
        name="use it",
        label="use it",
        origin="RScriptStep",
        run=ir.Script(interpreter="Rscript", path="fit.R"),
        arguments=(
            ir.Concatenation(parts=parts),
            ir.ParameterValue(parameter="rate"),
            ir.OutputPath(port="used"),
        ),
        inputs=(
            ir.Input(name="data", source=ir.StepSource(step="make", port="made"), mode="download"),
            ir.Input(
                name="other",
                source=ir.StepSource(step="look", port="rest"),
                mode="direct",
                table=ir.TableFormat(kind="by_name", operations=(ir.RowOperation(kind="take", count=5),)),
            ),
        ),
        outputs=(
            ir.Output(name="used", store="lake", path="azureml/{run-id}/{output-name}", overwrite=True),
        ),
        parameters=("rate", "month"),
        environment="own",
        snapshot="src",
    )


def _say() -> ir.Step:
    return ir.Step(
        id="say",
        name="say it",
        label="say it",
        origin="CommandStep",
        run=ir.Command(program="echo"),
        arguments=(ir.Literal(value="done"),),
        environment="managed",
        snapshot="lib",
        reuse=ir.Reuse(allowed=False, key="f" * 64),
    )


def _schedules() -> tuple[ir.Schedule, ...]:
    weekly = ir.Recurrence(
        frequency="week",
        start="2024-01-01T06:00:00",
        time_zone="Europe/Berlin",
        zone_name="W. Europe Standard Time",
        hours=(6,),
        minutes=(30,),
        week_days=("monday",),
    )
    daily = ir.Recurrence(frequency="day", start="2024-01-01T06:00:00", hours=(6,), minutes=(30,))
    return (
        ir.Schedule(id="daily", name="Daily", trigger=daily),
        ir.Schedule(
            id="weekly",
            name="Weekly",
            description="at work",
            experiment="weekly",
            trigger=weekly,
            parameters=(ir.ParameterSetting(name="rate", value=0.7),),
        ),
        ir.Schedule(
            id="arrival",
            name="Arrival",
            trigger=ir.Polling(store="blobs", path="may", interval=7, parameter="month"),
        ),
    )
