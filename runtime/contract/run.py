"""What ``run.json`` says of a run under supervision (`schemas/run.json`)."""

from typing import Dict, List, Mapping, Optional, Union, cast

from . import record, shapes
from .typed import Literal, Scalar, TypedDict
from .untrusted import read_json

SCHEMA_VERSION = "1"

_Running = Literal["running"]
_Skipped = Literal["skipped"]

RunStatus = Literal["completed", "failed", "cancelled"]
"""How a run ends."""
Status = Union[_Running, RunStatus]
StepStatus = Union[record.Status, _Skipped]


class Git(TypedDict):
    """The commit that the pipeline was in, its branch (None: a detached head), and whether files differed from it."""

    commit: str
    branch: Optional[str]
    dirty: bool


class EndedStep(TypedDict):
    """A step, by the name that the source gives it."""

    name: str
    status: StepStatus


class Step(EndedStep, total=False):
    """And how it ended: seconds, the paths of its outputs by port, what it has logged."""

    seconds: float
    outputs: Dict[str, str]
    metrics: Dict[str, object]


class Run(TypedDict, total=False):
    """A run, as far as it is known: each field may be missing, in a file that is old or was damaged.

    `started` and `resumed` are moments of ISO 8601; `seconds` counts all parts of a resumed run. `withheld` names
    the parameters whose values sound like secrets and stand nowhere.
    """

    schema_version: str
    run_id: str
    pipeline: str
    engine: str
    parameters: Dict[str, Scalar]
    withheld: List[str]
    started: str
    seconds: float
    resumed: List[str]
    git: Git
    status: Status
    steps: List[Step]


def as_run(data: Optional[Mapping[str, object]]) -> Run:
    """`data` as a run's: what has not the form that is written is left out."""
    return cast(Run, shapes.drop_misfits(data, "run"))


def read_run(path: str) -> Run:
    """What the file `path` says of a run, as far as it can be read."""
    return as_run(read_json(path))
