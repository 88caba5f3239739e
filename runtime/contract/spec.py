"""The launch spec, ``steps/STEP.json``: what the launcher is told of a step (`schemas/spec.json`).

Its shapes are those of the compiler's IR (`compiler/ir/model.py` says what the fields mean), without places in the
source and without what only an engine needs.
"""

from typing import List, Optional, Union

from .typed import Literal, Scalar, TypedDict

SCHEMA_VERSION = "1"

Mode = Literal["mount", "download", "upload", "direct", "hdfs", "link"]
ParameterType = Literal["string", "integer", "float", "boolean"]
ColumnKind = Literal["string", "integer", "float", "boolean", "datetime"]
TableKind = Literal["delimited", "parquet", "json_lines", "query", "by_name"]
OperationKind = Literal["take", "skip", "keep_columns", "drop_columns", "take_sample", "split", "time_range"]
Interpreter = Literal["python", "Rscript"]
Identity = Literal["definition", "content"]

_StepKind = Literal["step"]
_DatasetKind = Literal["dataset"]
_LiteralKind = Literal["literal"]
_InputKind = Literal["input"]
_OutputKind = Literal["output"]
_ParameterKind = Literal["parameter"]
_SecretKind = Literal["secret"]
_ConcatKind = Literal["concat"]
_ScriptKind = Literal["script"]
_CommandKind = Literal["command"]


class NamedValue(TypedDict):
    """An environment variable of the script."""

    name: str
    value: str


class SecretVariable(TypedDict):
    """An environment variable `name` whose value is the secret `secret`."""

    name: str
    secret: str


class StepSource(TypedDict):
    """An input that is the output `port` of another step (an id)."""

    kind: _StepKind
    step: str
    port: str


class DatasetSource(TypedDict):
    """An input that is source data, by the dataset's id."""

    kind: _DatasetKind
    dataset: str


class LiteralText(TypedDict):
    """An argument that is plain text."""

    kind: _LiteralKind
    value: str


class ParameterValue(TypedDict):
    """An argument that is the value of a parameter."""

    kind: _ParameterKind
    parameter: str


TextPiece = Union[LiteralText, ParameterValue]


class ColumnType(TypedDict):
    """The type that a table's column is read as."""

    column: str
    type: ColumnKind
    formats: List[str]
    decimal_mark: str


class RowOperation(TypedDict):
    """What is done with a table's rows and columns before a step gets it."""

    kind: OperationKind
    count: Optional[int]
    columns: List[str]
    fraction: Optional[float]
    seed: Optional[int]
    rest: bool
    start: Optional[str]
    end: Optional[str]
    inclusive: bool


class TableFormat(TypedDict):
    """How files are read into a table."""

    kind: TableKind
    separator: str
    header: bool
    encoding: str
    include_path: bool
    first_header: bool
    infer_types: bool
    empty_as_text: bool
    skip_invalid: bool
    partition_format: Optional[str]
    types: List[ColumnType]
    operations: List[RowOperation]


class InputPort(TypedDict):
    """An input of the step; `table` says how another step's output is read into one.

    Below one that is `writable` the script may write: its folder need not be there yet.
    """

    name: str
    source: Union[StepSource, DatasetSource]
    mode: Mode
    path_on_compute: Optional[str]
    table: Optional[TableFormat]
    writable: bool


class Registration(TypedDict):
    """A name under which an output is registered as a dataset, and as which table."""

    name: str
    description: Optional[str]
    tags: List[NamedValue]
    table: Optional[TableFormat]


class OutputPort(TypedDict):
    """An output of the step; `path_on_compute` is where the script writes it, if not where its argument says. `pieces`
    are what a path with parameters is put together from."""

    name: str
    mode: Mode
    store: str
    path: str
    explicit: bool
    create: bool
    overwrite: bool
    globs: List[str]
    register_as: Optional[Registration]
    path_on_compute: Optional[str]
    pieces: List[TextPiece]


class InputPath(TypedDict):
    """An argument that is the path of an input port."""

    kind: _InputKind
    port: str


class OutputPath(TypedDict):
    """An argument that is the path of an output port."""

    kind: _OutputKind
    port: str


class SecretValue(TypedDict):
    """An argument that is the secret `secret`."""

    kind: _SecretKind
    secret: str


Piece = Union[LiteralText, InputPath, OutputPath, ParameterValue, SecretValue]


class Concatenation(TypedDict):
    """An argument that is several pieces put together."""

    kind: _ConcatKind
    parts: List[Piece]


Argument = Union[LiteralText, InputPath, OutputPath, ParameterValue, SecretValue, Concatenation]


class Script(TypedDict):
    """A file of the source, run with an interpreter."""

    kind: _ScriptKind
    interpreter: Interpreter
    path: str


class Command(TypedDict):
    """A program to run."""

    kind: _CommandKind
    program: str


class KeyPart(TypedDict):
    """One named ingredient of a reuse key, as a digest."""

    name: str
    digest: str


class Reuse(TypedDict):
    """Whether an earlier result may stand in for the step, and the half of the key that the compiler knows."""

    allowed: bool
    key: str
    parts: List[KeyPart]


class StepSpec(TypedDict):
    """The step itself; `timeout` is in seconds."""

    id: str
    name: str
    label: str
    run: Union[Script, Command]
    arguments: List[Argument]
    inputs: List[InputPort]
    outputs: List[OutputPort]
    parameters: List[str]
    environment: str
    variables: List[NamedValue]
    secrets: List[SecretVariable]
    snapshot: str
    reuse: Reuse
    timeout: Optional[float]


class Place(TypedDict):
    """A path or a glob in a store, or (`store` None) a URL of the web."""

    store: Optional[str]
    path: str


class Location(Place, total=False):
    """Where data of a dataset lie; `query` is the SQL text for a database, `pieces` what a path with parameters is put
    together from."""

    query: Optional[str]
    pieces: List[TextPiece]


class Dataset(TypedDict):
    """Source data; one that is known by its registered `name` alone has no locations. `pieces` are what a name with
    parameters is put together from."""

    id: str
    name: Optional[str]
    version: Optional[str]
    locations: List[Location]
    table: Optional[TableFormat]
    pieces: List[TextPiece]


class Store(TypedDict):
    """A store that the step uses."""

    name: str
    kind: str


class NamedParameter(TypedDict):
    """A parameter that the step uses."""

    name: str
    type: ParameterType


class Parameter(NamedParameter, total=False):
    """And its value, where an engine gives none; images hold none."""

    default: Scalar


class InstalledEnvironment(TypedDict):
    """The digest of what the step needs installed, and the variables of its script."""

    variables: List[NamedValue]
    digest: str
    python: str


class Environment(InstalledEnvironment, total=False):
    """And what the digest stands for, to tell what has changed."""

    pip: List[str]
    conda: List[str]
    image: str


class PipelineFacts(TypedDict):
    """The pipeline that the step is of."""

    id: str
    name: str
    experiment: Optional[str]
    default_store: str


class Spec(TypedDict):
    """All that the launcher is told; `identity` says what makes two datasets the same."""

    schema_version: str
    pipeline: PipelineFacts
    step: StepSpec
    snapshot_digest: str
    datasets: List[Dataset]
    stores: List[Store]
    parameters: List[Parameter]
    environment: Environment
    identity: Identity
