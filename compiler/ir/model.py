"""The IR's nodes: frozen dataclasses, tuples only, a source span on each, versioned by `schema_version`.

What is wrong with a node's types the type checker says; files are checked where they are read (`wire.py`).
Rule of change: an optional field whose absence means the old behaviour keeps the version; anything else
raises it. `schema.json` beside this file is printed from these classes and compared in a test.
"""

from __future__ import annotations

import typing
from dataclasses import dataclass, field
from typing import Annotated

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.ir.arguments import Argument, TextPiece
from pipelift.compiler.ir.node import NamedValue, Node, Scalar, Tagged
from pipelift.compiler.ir.tables import TableFormat
from pipelift.compiler.ir.timing import Publication, Schedule

SCHEMA_VERSION = "1"

Mode = typing.Literal["mount", "download", "upload", "direct", "hdfs", "link"]
ParameterType = typing.Literal["string", "integer", "float", "boolean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(Node):
    """A value that the person who starts a run may change. `default` has the type that `type` names; one that is a
    secret is not here: `secret` is its name."""

    name: str
    type: ParameterType
    default: Scalar = None
    secret: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataParameter(Node):
    """A parameter that stands for data: a path in a store (`kind` path) or a dataset.

    `dataset` is the registered name of the default, if it has one; `table` says that it is a table. What a run may
    change are `Parameter`s only: for a path there is one of the same name, a text; a dataset is fixed to its default.
    """

    name: str
    kind: typing.Literal["path", "dataset"]
    store: str | None = None
    path: str | None = None
    dataset: str | None = None
    table: bool = False
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Store(Node):
    """A place that holds data: `name` is looked up in the configuration; `kind` is only a description.

    `address` is where the source says that it was, as a URL that could stand in the configuration: no credentials.
    """

    name: str
    kind: str = "folder"
    address: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Location(Node):
    """Where a dataset's data are: a path or glob in a store, or (with `store` None) a web URL.

    In a database `query` is the SQL text that gives the rows, and `path` is empty. Where parameters stand in the path,
    `pieces` are what it is put together from when a step starts; `path` has the parameters' defaults.
    """

    store: str | None
    path: str
    query: str | None = None
    pieces: tuple[TextPiece, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset(Node):
    """Source data. `id` is unique in the pipeline; `table` is None for plain files.

    A dataset known only by its registered name has no locations; `name` and `version` say which. Where parameters
    stand in that name, `pieces` are what it is put together from when a step starts.
    """

    id: str
    name: str | None = None
    version: str | None = None
    locations: tuple[Location, ...] = ()
    table: TableFormat | None = None
    pieces: tuple[TextPiece, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment(Node):
    """What a step needs installed.

    `python` is a version as the source names it (``3.10`` or ``3.8.13``). `image` or `dockerfile` is set where
    the source names its own; `context` is the snapshot whose files the Dockerfile copies from. `user_managed`: the
    image holds all that the step needs, with `interpreter` as the path of its Python, where one is named. `isolated`:
    what is installed stands beside the image's own Python. `digest` is the sha256 of the content, without names: it
    is what reuse keys see.
    """

    id: str
    name: str | None = None
    version: str | None = None
    python: str
    pip: tuple[str, ...] = ()
    conda: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    image: str | None = None
    dockerfile: str | None = None
    context: str | None = None
    user_managed: bool = False
    isolated: bool = False
    interpreter: str | None = None
    variables: tuple[NamedValue, ...] = ()
    digest: str
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotFile(Node):
    """One file of a snapshot: its path (``/``-separated, relative), the sha256 of its bytes, its size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot(Node):
    """The files that travel with a step: a source directory less what its ignore file names.

    `directory` is the path as the source resolves it, relative to the folder compiled from. `digest` is the
    sha256 over paths and contents: no file times, no machine.
    """

    id: str
    directory: str
    files: tuple[SnapshotFile, ...]
    digest: str
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSource(Node):
    """An input that is the output `port` of step `step` (an id)."""

    kind: typing.Literal["step"] = "step"
    step: str
    port: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSource(Node):
    """An input that is source data: `dataset` is a Dataset's id."""

    kind: typing.Literal["dataset"] = "dataset"
    dataset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Input(Node):
    """An input port: where its data comes from, and how the script wants it (`mode`).

    `table` says how the data of another step becomes a table; source data says so itself (`Dataset.table`).
    `writable` says that what the script writes below a mounted input stays in the store: datasets are mounted to be
    read only, the older references also to be written.
    """

    name: str
    source: Annotated[StepSource | DatasetSource, Tagged("kind")]
    mode: Mode = "mount"
    path_on_compute: str | None = None
    table: TableFormat | None = None
    writable: bool = False
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration(Node):
    """A request to register an output under a name once the step has completed; `table`: as the table that it says."""

    name: str
    description: str | None = None
    tags: tuple[NamedValue, ...] = ()
    table: TableFormat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Node):
    """An output port.

    `path` is a template below the store's root: ``{run-id}`` is the run of the step, ``{output-name}`` the port. Where
    parameters stand in it, `pieces` are what it is put together from when the step starts; `path` has their defaults.
    `explicit` says that the source asked for this destination. `create` says that the directory exists
    before the script starts (an OutputFileDatasetConfig); otherwise the script makes the path itself.
    `path_on_compute` is where the script writes, whatever its argument says: a path from the folder that it runs in,
    or an absolute one.
    """

    name: str
    mode: Mode = "mount"
    store: str
    path: str
    explicit: bool = False
    create: bool = False
    overwrite: bool = False
    globs: tuple[str, ...] = ()
    register_as: Registration | None = None
    path_on_compute: str | None = None
    pieces: tuple[TextPiece, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretVariable(Node):
    """An environment variable `name` whose value is the secret `secret`: a reference, never the value."""

    name: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Script(Node):
    """Run a file of the snapshot with an interpreter: `python` (the environment's) or `Rscript`."""

    kind: typing.Literal["script"] = "script"
    interpreter: typing.Literal["python", "Rscript"] = "python"
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Node):
    """Run a program; its arguments are the step's."""

    kind: typing.Literal["command"] = "command"
    program: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources(Node):
    """The hardware that the step asked for. None means: not said. `memory` and `shm_size`, shared memory, are in GiB.

    `compute` and `size` are the source's names for it; `nodes` and `processes` are those of a distributed job.
    """

    compute: str | None = None
    size: str | None = None
    cpus: float | None = None
    memory: float | None = None
    gpus: int = 0
    gpu_model: str | None = None
    shm_size: float | None = None
    nodes: int = 1
    processes: int = 1
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPart(Node):
    """One named ingredient of a reuse key, as a digest that can be compared between runs."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reuse(Node):
    """Whether an earlier result may stand in for a run of the step, and the half of the key known now.

    `key` is the sha256 over `parts`; the launcher adds parameter values, dataset identities and upstream
    results when the step starts.
    """

    allowed: bool = True
    key: str = ""
    parts: tuple[KeyPart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Node):
    """One step. `id` is a slug, unique in the pipeline; `name` is what the source calls it, made unique;
    `label` is the source's name as it stands.

    `origin` is the class that it had in the source, opaque to everything behind the IR. `parameters` are the
    names of the pipeline parameters that it uses; `secrets` are variables that hold secrets. `retries` counts
    further attempts; `timeout` is in seconds.
    """

    id: str
    name: str
    label: str
    origin: str
    run: Annotated[Script | Command, Tagged("kind")]
    arguments: tuple[Argument, ...] = ()
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    parameters: tuple[str, ...] = ()
    environment: str
    variables: tuple[NamedValue, ...] = ()
    secrets: tuple[SecretVariable, ...] = ()
    snapshot: str
    resources: Resources = Resources()
    reuse: Reuse = Reuse()
    retries: int = 0
    timeout: float | None = None
    unsupported: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEdge(Node):
    """Step `after` (an id) starts only when step `before` has completed, with no data between them."""

    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline(Node):
    """A whole pipeline; steps stand in the order in which the source adds them to the graph.

    `id` is a slug of `name`. `experiment` is what the runs are filed under. `default_store` receives outputs
    that name no store. `continue_on_failure` lets steps that do not depend on a failed one go on;
    `regenerate` asks for every step to run anew.
    """

    schema_version: typing.Literal["1"] = "1"
    id: str
    name: str
    description: str | None = None
    experiment: str | None = None
    source: str
    default_store: str
    parameters: tuple[Parameter, ...] = ()
    data_parameters: tuple[DataParameter, ...] = ()
    stores: tuple[Store, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    environments: tuple[Environment, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    steps: tuple[Step, ...] = ()
    order: tuple[OrderEdge, ...] = ()
    continue_on_failure: bool = False
    regenerate: bool = False
    tags: tuple[NamedValue, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    published: tuple[Publication, ...] = ()
    span: Span | None = None
    _steps_by_id: dict[str, Step] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Steps are asked for once an edge: a scan would make long chains quadratic."""
        object.__setattr__(self, "_steps_by_id", {step.id: step for step in self.steps})

    def step(self, step_id: str) -> Step:
        """The step of that id. Raises `KeyError` if there is none."""
        return self._steps_by_id[step_id]

    def environment(self, environment_id: str) -> Environment:
        """The environment of that id. Raises `KeyError` if there is none."""
        return _by(self.environments, "id", environment_id)

    def dataset(self, dataset_id: str) -> Dataset:
        """The dataset of that id. Raises `KeyError` if there is none."""
        return _by(self.datasets, "id", dataset_id)

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """The snapshot of that id. Raises `KeyError` if there is none."""
        return _by(self.snapshots, "id", snapshot_id)

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name. Raises `KeyError` if there is none."""
        return _by(self.parameters, "name", name)


T = typing.TypeVar("T", Environment, Dataset, Snapshot, Parameter)


def _by(nodes: tuple[T, ...], field: str, value: str) -> T:
    for node in nodes:
        if getattr(node, field) == value:
            return node
    raise KeyError(value)
