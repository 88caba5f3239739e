"""What one evaluation notes for the graph: a part for each family of models, secrets, and the numbering."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TypeVar

from pipelift.compiler.evaluate.values import Call
from pipelift.compiler.secrets.secrecy import Secrets

P = TypeVar("P")


@dataclass(slots=True)
class Record:
    """The record of one evaluation; `secrets` are the values that no output may contain.

    The module of a family of models defines the family's part, so that this module depends on none of them.
    """

    secrets: Secrets = field(default_factory=Secrets)
    _parts: dict[type, object] = field(default_factory=dict)
    _numbers: Counter[str] = field(default_factory=Counter)

    def part(self, kind: type[P]) -> P:
        """The part of class `kind`: the same one in all of the evaluation, at first as ``kind()`` makes it."""
        if kind not in self._parts:
            self._parts[kind] = kind()
        part = self._parts[kind]
        assert isinstance(part, kind)
        return part

    def next_name(self, prefix: str) -> str:
        """The next name with `prefix`, as in ``output_1``: the SDK takes random ones, which defeat reuse."""
        self._numbers[prefix] += 1
        return f"{prefix}_{self._numbers[prefix]}"


def record_of(call: Call) -> Record:
    """The record of the evaluation that the call belongs to."""
    assert isinstance(call.record, Record)
    return call.record
