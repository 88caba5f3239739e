"""Two graphs of one program, pipelift's and the recorded one: what differs, after random names are matched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelift.app.pictures.formats import graph_data
from pipelift.compiler import ir
from pipelift.runtime.contract.secrets import HIDDEN

Json = Any
"""Data as `json.load` gives it."""

RANDOM = "_#"
"""What marks a name in a recording that the SDK made up: ``input_#1``."""


def graphs(pipelines: Sequence[ir.Pipeline]) -> list[Json]:
    """The data of ``graph --format json``, with each step's arguments added as recordings have them."""
    found = []
    data: Json = graph_data(pipelines)
    for pipeline, graph in zip(pipelines, data["pipelines"], strict=True):
        by_name = {step.name: step for step in pipeline.steps}
        for step in graph["steps"]:
            step["arguments"] = [_argument(one) for one in by_name[step["name"]].arguments]
        found.append(graph)
    return found


def _argument(argument: ir.Argument) -> Json:
    if isinstance(argument, ir.Literal):
        return argument.value
    if isinstance(argument, ir.InputPath):
        return {"input": argument.port}
    if isinstance(argument, ir.OutputPath):
        return {"output": argument.port}
    if isinstance(argument, ir.ParameterValue):
        return {"parameter": argument.parameter}
    if isinstance(argument, ir.SecretValue):
        return HIDDEN  # as the recording is, once it is cleaned of what pipelift takes for a credential
    return {"concat": [_argument(part) for part in argument.parts]}


def differences(ours: Json, recorded: Json) -> list[str]:
    """What differs between two pipelines, a line each; none where they agree."""
    comparison = _Comparison()
    return [
        *comparison.steps(ours["steps"], recorded["steps"]),
        *comparison.edges(ours["edges"], recorded["edges"]),
        *_parameters(ours["parameters"], recorded["parameters"]),
    ]


@dataclass(slots=True)
class _Comparison:
    """One comparison. `names` maps pipelift's numbered names to the made-up names of the recording."""

    names: dict[str, str] = field(default_factory=dict)

    def steps(self, ours: Json, recorded: Json) -> Iterator[str]:
        mine = {step["name"]: step for step in ours}
        theirs = {step["name"]: step for step in recorded}
        yield from (f"step '{name}' is missing" for name in theirs if name not in mine)
        yield from (f"step '{name}' is too many" for name in mine if name not in theirs)
        for name in sorted(mine.keys() & theirs.keys()):
            for key in ("type", "script", "allow_reuse"):
                if mine[name][key] != theirs[name][key]:
                    yield f"step '{name}': {key} is {mine[name][key]!r}, not {theirs[name][key]!r}"
            of_module = theirs[name]["type"] == "ModuleStep"
            mend = _by_data_names if of_module else list
            yield from self._arguments(name, mend(mine[name]["arguments"]), mend(theirs[name]["arguments"]))

    def _arguments(self, step: str, ours: Json, recorded: Json) -> Iterator[str]:
        if len(ours) != len(recorded):
            yield f"step '{step}' has {len(ours)} arguments, not {len(recorded)}: {ours}, not {recorded}"
            return
        for mine, theirs in zip(ours, recorded, strict=True):
            if not self._same(mine, theirs):
                yield f"step '{step}': argument {mine!r}, not {theirs!r}"

    def _same(self, ours: Json, recorded: Json) -> bool:
        if not isinstance(ours, dict) or not isinstance(recorded, dict) or ours.keys() != recorded.keys():
            return bool(ours == recorded)
        (kind,) = ours
        if kind == "data":
            return bool(ours == recorded)
        if kind == "concat":
            parts, others = _joined(ours[kind]), _joined(recorded[kind])
            return len(parts) == len(others) and all(map(self._same, parts, others))
        return self._same_name(ours[kind], recorded[kind])

    def _same_name(self, ours: str | None, recorded: str | None) -> bool:
        """Whether the names are equal; a made-up name stands for one of ours throughout."""
        if ours is None or recorded is None or RANDOM not in recorded:
            return ours == recorded
        if ours not in self.names and recorded in self.names.values():
            return False
        return self.names.setdefault(ours, recorded) == recorded

    def edges(self, ours: Json, recorded: Json) -> Iterator[str]:
        """Pair the edges: first those whose names are known, then those that only a made-up name tells apart."""
        left, missing = list(ours), []
        for theirs in sorted(recorded, key=lambda edge: RANDOM in str(edge["to_port"])):
            found = next((mine for mine in left if self._same_edge(mine, theirs)), None)
            if found is None:
                missing.append(theirs)
            else:
                left.remove(found)
        yield from (f"edge missing: {_told(edge)}" for edge in missing)
        yield from (f"edge too many: {_told(edge)}" for edge in left)

    def _same_edge(self, ours: Json, recorded: Json) -> bool:
        if any(ours[key] != recorded[key] for key in ("from", "to", "kind", "mode")):
            return False
        before = dict(self.names)
        same = all(self._same_name(ours[key], recorded[key]) for key in ("to_port", "from_port"))
        if not same:
            self.names = before
        return same


def _by_data_names(arguments: Json) -> list[Json]:
    """A ModuleStep's arguments with references in the order of their first use.

    The recording has the names of the data in them where pipelift has those of the module's ports.
    """
    first: dict[str, int] = {}
    mended: list[Json] = []
    for one in arguments:
        kind = next(iter(one)) if isinstance(one, dict) else ""
        if kind not in ("input", "output"):
            mended.append(one)
        else:
            mended.append({"data": first.setdefault(f"{kind} {one[kind]}", len(first))})
    return mended


def _joined(parts: Json) -> list[Json]:
    """The parts of a text with neighbouring literals as one."""
    joined: list[Json] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return joined


def _told(edge: Json) -> str:
    return f"{edge['from']}.{edge['from_port']} → {edge['to']}.{edge['to_port']} ({edge['kind']}, {edge['mode']})"


def _parameters(ours: Json, recorded: Json) -> Iterator[str]:
    mine = {one["name"]: one for one in ours}
    theirs = {one["name"]: one for one in recorded}
    for name in sorted(mine.keys() | theirs.keys()):
        if mine.get(name) != theirs.get(name):
            yield f"parameter '{name}': {mine.get(name)}, not {theirs.get(name)}"
