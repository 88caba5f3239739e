"""What ``record.json`` says of a step of a run, and ``reuse/KEY.json`` of a result (`schemas/record.json`)."""

from typing import Dict, List, Mapping, Optional, Union, cast

from . import shapes
from .spec import KeyPart, Location
from .typed import Literal, TypedDict
from .untrusted import read_json

SCHEMA_VERSION = "1"

Status = Literal["completed", "reused", "failed", "cancelled"]

GOOD = ("completed", "reused")
"""Of steps that have a result."""


class StepOfRun(TypedDict):
    """A step (by id) in a run."""

    run: str
    step: str


class Place(TypedDict):
    """A path below the folder of a store."""

    store: str
    path: str


class Output(Place, total=False):
    """A published output. `names` lists its files where the folder may hold others; `stamp` and, on request,
    `content` tell whether it is as it was made; `explicit`: the pipeline has named the destination."""

    names: Optional[List[str]]
    stamp: str
    explicit: bool
    content: str


class ValuedKeyPart(KeyPart, total=False):
    """An ingredient of a reuse key, and its value where it is a parameter that is no secret."""

    value: str


class Decision(TypedDict):
    """Why the step ran or was reused (`reasons.py`)."""

    why: str
    detail: str


class Upstream(TypedDict):
    """The result of another step that an input reads; None where it was not known."""

    step: str
    port: str
    result: Optional[str]


class Data(TypedDict):
    """A dataset, by its name or id, and where it was."""

    dataset: str
    locations: List[Location]


class DataIdentity(Data, total=False):
    """And what else tells it from others; `content` is a digest of its bytes."""

    table: object
    version: Optional[str]
    content: str


class Sealed(TypedDict):
    """A secret's digest, under the key of the state folder."""

    secret: str


class MadeOf(TypedDict, total=False):
    """The ingredients of a reuse key, readable: what `pipelift explain` compares."""

    name: str
    command: Optional[str]
    interpreter: Optional[str]
    arguments: List[str]
    inputs: Dict[str, str]
    outputs: Dict[str, str]
    variables: Dict[str, Union[str, Sealed]]
    snapshot: str
    environment: str
    parameters: Dict[str, Union[str, Sealed]]
    datasets: Dict[str, DataIdentity]
    upstream: Dict[str, Upstream]


class Record(TypedDict, total=False):
    """A record, as far as it is known: each field may be missing, in one that is being made, is old, or was damaged.

    Times are in seconds since 1970, lengths of time in seconds. `exit_code` is the script's, or one of the launcher's
    `errors`. `result` is what consumers know the result by, `reusable` whether it may be taken over for reuse,
    `attempt` the name of the attempt's private folders, `failed_outputs` where what a failed script has left was put,
    `changed_inputs` the ports whose data others have changed meanwhile.
    """

    schema_version: str
    run: str
    step: str
    name: str
    pipeline: str
    started: float
    ended: float
    seconds: float
    status: Status
    exit_code: int
    reason: str
    result: str
    key: str
    key_parts: List[ValuedKeyPart]
    parameters: Dict[str, str]
    made_of: MadeOf
    decision: Decision
    outputs: Dict[str, Output]
    metrics: Dict[str, object]
    reused_from: StepOfRun
    reusable: bool
    attempt: str
    failed_outputs: Dict[str, Place]
    changed_inputs: List[str]


_RESULT = (
    "run",
    "step",
    "name",
    "pipeline",
    "started",
    "ended",
    "key",
    "key_parts",
    "result",
    "outputs",
    "metrics",
)

INGREDIENTS = frozenset(MadeOf.__annotations__)
"""All that a reuse key is made of; two runs can be compared that have them."""


def as_record(data: Optional[Mapping[str, object]]) -> Record:
    """`data` as a record: what has not the form that the launcher gives it is left out."""
    return cast(Record, shapes.drop_misfits(data, "record"))


def read_record(path: str) -> Optional[Record]:
    """The record of a step or of a result in the file `path`, as far as it is one; None where there is none."""
    data = read_json(path)
    return None if data is None else as_record(data)


def is_result(record: Record) -> bool:
    """Whether a record has all that a result's needs."""
    return shapes.is_a(record, "Result", "record")


def result_of(record: Record) -> Record:
    """What the record of a result keeps of the step's."""
    return cast(Record, {name: value for name, value in record.items() if name in _RESULT})
