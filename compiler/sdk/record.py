"""What a program did with the SDK that the graph needs: its pipelines, what became of them, and the numbering."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.values import Call, Value
from pipelift.compiler.secrets.secrecy import Secrets

if TYPE_CHECKING:
    from pipelift.compiler.sdk.datastores import Datastore
    from pipelift.compiler.sdk.environment import Environment
    from pipelift.compiler.sdk.pipeline import Pipeline


@dataclass(slots=True)
class Submission:
    """What the program does with a pipeline, and as what.

    `kind` is submitted, published, addressed (it joins an endpoint), started (a published one) or scheduled.
    """

    pipeline: Pipeline
    kind: str
    name: Value
    span: Span
    options: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True)
class Record:
    """The notebook of one evaluation, in the order of creation; `secrets` are the values that no output may hold.

    `stores` are the registered stores by name: one that is only looked up is the same. So are `environments`.
    """

    pipelines: list[Pipeline] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    secrets: Secrets = field(default_factory=Secrets)
    stores: dict[Value, Datastore] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    _numbers: Counter[str] = field(default_factory=Counter)
    _published: dict[int, tuple[Value, Pipeline]] = field(default_factory=dict)

    def note_published(self, identity: Value, pipeline: Pipeline) -> None:
        """Note that `identity`, an id that only the service knows, is that of `pipeline`."""
        self._published[id(identity)] = (identity, pipeline)

    def published(self, identity: Value) -> Pipeline | None:
        """The pipeline of an id that the service gave; None where the program did not publish it."""
        found = self._published.get(id(identity))
        return found[1] if found else None

    def numbered(self, prefix: str) -> str:
        """The next name with `prefix`, as in ``output_1``: the SDK takes random ones, which defeat reuse."""
        self._numbers[prefix] += 1
        return f"{prefix}_{self._numbers[prefix]}"


def record_of(call: Call) -> Record:
    """The notebook of the evaluation that the call belongs to."""
    assert isinstance(call.record, Record)
    return call.record
