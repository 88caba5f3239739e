"""Two sets of ingredients of a step's reuse key, compared: what is the same and what changed, by name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipelift.runtime.contract.record import DataIdentity, MadeOf, Upstream

Parts = Callable[[str], Mapping[str, object] | None]
"""From a digest to the list of files or packages that it stands for; None if no list is kept."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: `kind` and `name` say what, `before` and `after` how (None: absent).

    Both are None if only the fact of a change is known or may be shown.
    """

    kind: str
    name: str
    before: str | None = None
    after: str | None = None
    what: str = "changed"

    @property
    def text(self) -> str:
        """The change as one line."""
        subject = f"{self.kind} {self.name}".strip()
        if self.what != "changed" or (self.before is None and self.after is None):
            return f"{subject} {self.what}"
        return f"{subject}: {self.before} -> {self.after}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is the same, for people, and what changed."""

    same: tuple[str, ...]
    changes: tuple[Change, ...]


def compare_ingredients(before: MadeOf, after: MadeOf, parts: Parts) -> Comparison:
    """Compare the ingredients of two runs of one step, in the order in which people look for causes."""
    groups: tuple[tuple[str, list[Change]], ...] = (
        ("source", list(_compare_source(before, after, parts))),
        ("name", list(_compare_scalar("name", before["name"], after["name"]))),
        ("script", list(_compare_command(before, after))),
        ("arguments", list(argument_changes(before["arguments"], after["arguments"]))),
        ("parameters", list(mapping_changes("parameter", before["parameters"], after["parameters"]))),
        ("datasets", list(_compare_datasets(before["datasets"], after["datasets"], parts))),
        ("upstream results", list(_compare_upstream(before["upstream"], after["upstream"]))),
        ("inputs", list(mapping_changes("input", before["inputs"], after["inputs"]))),
        ("outputs", list(mapping_changes("output", before["outputs"], after["outputs"]))),
        ("variables", list(mapping_changes("variable", before["variables"], after["variables"]))),
        ("environment", list(_compare_environment(before["environment"], after["environment"], parts))),
    )
    parts_after = {
        "parameters": after["parameters"],
        "datasets": after["datasets"],
        "upstream results": after["upstream"],
        "variables": after["variables"],
    }
    same = [name for name, changes in groups if not changes and parts_after.get(name, True)]
    return Comparison(tuple(same), tuple(change for _, changes in groups for change in changes))


def _compare_scalar(kind: str, before: str | None, after: str | None) -> Iterator[Change]:
    if before != after:
        yield Change(kind, "", _render_value(before), _render_value(after))


def _compare_command(before: MadeOf, after: MadeOf) -> Iterator[Change]:
    yield from _compare_scalar("script", before["command"], after["command"])
    yield from _compare_scalar("interpreter", before["interpreter"], after["interpreter"])


def _compare_source(before: MadeOf, after: MadeOf, parts: Parts) -> Iterator[Change]:
    if before["snapshot"] == after["snapshot"]:
        return
    changes = list(file_changes("file", parts(before["snapshot"]), parts(after["snapshot"])))
    yield from changes or [Change("source", "", what="changed (the list of its files is not kept)")]


def file_changes(
    kind: str, before: Mapping[str, object] | None, after: Mapping[str, object] | None
) -> Iterator[Change]:
    """Files (digests by path) that are new, gone or different; nothing if a list is unknown."""
    if before is None or after is None:
        return
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            what = "added" if name not in before else "removed" if name not in after else "changed"
            yield Change(kind, name, what=what)


def argument_changes(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """Arguments that differ, named by the option that they follow."""
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for old, new in _pair_indices(range(i1, i2), range(j1, j2)):
            words, index = (before, old) if old is not None else (after, new)
            assert index is not None  # one of the two is there
            option = words[index - 1] if index and words[index - 1].startswith("-") else str(index + 1)
            yield difference(
                "argument",
                option,
                None if old is None else before[old],
                None if new is None else after[new],
            )


def _pair_indices(old: range, new: range) -> Iterator[tuple[int | None, int | None]]:
    for index in range(max(len(old), len(new))):
        yield (old[index] if index < len(old) else None), (new[index] if index < len(new) else None)


def mapping_changes(kind: str, before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Change]:
    """Entries that are new, gone or different, by name."""
    for name in [*before, *(name for name in after if name not in before)]:
        if before.get(name) != after.get(name):
            yield difference(kind, name, before.get(name), after.get(name))


def difference(kind: str, name: str, before: object, after: object) -> Change:
    """Describe the change from one value to another; None is no value, and the digest of a secret stays hidden."""
    if isinstance(before, Mapping) or isinstance(after, Mapping) or "<secret " in f"{before}{after}":
        return Change(kind, name, what="changed (its value is secret)")
    if before is None:
        return Change(kind, name, None, _render_value(after), f"added: {_render_value(after)}")
    if after is None:
        return Change(kind, name, _render_value(before), None, f"removed: {_render_value(before)}")
    return Change(kind, name, _render_value(before), _render_value(after))


def _compare_datasets(
    before: Mapping[str, DataIdentity], after: Mapping[str, DataIdentity], parts: Parts
) -> Iterator[Change]:
    for port in [*before, *(port for port in after if port not in before)]:
        old, new = before.get(port), after.get(port)
        if old is None or new is None:
            yield Change("dataset", f"of input {port}", what="added" if old is None else "removed")
            continue
        name = f"'{new['dataset']}' of input {port}"
        if _join_places(old) != _join_places(new):
            yield Change("dataset", name, _join_places(old), _join_places(new))
        for key in ("version", "table"):
            if old.get(key) != new.get(key):
                yield Change(
                    "dataset", f"{name}, {key}", _render_value(old.get(key)), _render_value(new.get(key))
                )
        if old.get("content") != new.get("content"):
            yield from _compare_data_files(name, old.get("content"), new.get("content"), parts)


def _compare_data_files(name: str, before: str | None, after: str | None, parts: Parts) -> Iterator[Change]:
    if before is None or after is None:
        yield Change(
            "dataset",
            name,
            what="is judged by its content now" if after else "is judged by its definition now",
        )
        return
    changes = list(file_changes("data file", parts(before), parts(after)))
    yield from changes or [Change("dataset", name, what="has other data")]


def _join_places(identity: DataIdentity) -> str:
    return (
        ", ".join(f"{location['store'] or 'web'}:{location['path']}" for location in identity["locations"])
        or "no place"
    )


def _compare_upstream(before: Mapping[str, Upstream], after: Mapping[str, Upstream]) -> Iterator[Change]:
    for port in [*before, *(port for port in after if port not in before)]:
        old, new = before.get(port), after.get(port)
        if old is None or new is None:
            yield Change(
                "input", port, what="from another step added" if old is None else "from another step removed"
            )
        elif (old["step"], old["port"]) != (new["step"], new["port"]):
            yield Change(
                "input", f"{port}, made by", f"{old['step']}.{old['port']}", f"{new['step']}.{new['port']}"
            )
        elif old["result"] != new["result"]:
            yield Change("step", new["step"], what="made a new result")


def _compare_environment(before: str, after: str, parts: Parts) -> Iterator[Change]:
    if before == after:
        return
    old, new = parts(before), parts(after)
    changes: list[Change] = []
    if old is not None and new is not None:
        for key in ("python", "image"):
            if old.get(key) != new.get(key):
                changes.append(difference("environment", key, old.get(key), new.get(key)))
        for key in ("conda", "pip"):
            packages = (
                packages_by_name(_text_items(old.get(key))),
                packages_by_name(_text_items(new.get(key))),
            )
            changes += mapping_changes("package", *packages)
    yield from changes or [Change("environment", "", what="changed (its image, channels or other settings)")]


def _text_items(value: object) -> list[str]:
    """Return the texts of a list that a step wrote; it may hold anything."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def packages_by_name(entries: Sequence[str]) -> dict[str, str]:
    """Requirements by the name of their package."""
    return {re.split(r"[\s=<>!~;\[@]", entry, maxsplit=1)[0] or entry: entry for entry in entries}


def _render_value(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
