"""The services of a project that differ in more than names: what Compose says of these holds for all of them.

Compose looks at each service by itself, in a time that grows faster than their number: 1,000 steps take it four times
as long as the whole compilation. What it says of several together is that a service they depend on is missing, that
two have one name, or that they wait for each other: the first two are looked for here, and then nothing is left out;
the third is PL301, before any target is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_SERVICES = re.compile(r"^services:\n", re.MULTILINE)
_TOP = re.compile(r"^\S", re.MULTILINE)
_SERVICE = re.compile(r'^ {2}"?([\w.-]+)"?:$', re.MULTILINE)
_DEPENDENCIES = re.compile(r"^ {4}depends_on:\n((?: {6}.*\n?)*)", re.MULTILINE)
_DEPENDENCY = re.compile(r'^ {6}"?([\w.-]+)"?:$', re.MULTILINE)
_REMARK = re.compile(r"^(?: {2}#.*)?\n", re.MULTILINE)
_TAG = re.compile(r':[0-9a-f]{12}(?="?$)', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Text:
    """A file as it is printed: what stands before its services, these by name, and what stands behind them."""

    before: str
    services: Mapping[str, str]
    behind: str

    def print(self, services: Mapping[str, str]) -> str:
        """The file with `services` in place of its own."""
        return f"{self.before}{''.join(services.values())}{self.behind}" if services else "services: {}\n"


def sample_project(main: str, override: str) -> tuple[str, str] | None:
    """``compose.yaml`` and ``compose.gpu.yaml`` with one service of each kind; None where all have to be looked at.

    Of a kind are services that are the same in both files but for their own names, those of the services that they
    wait for, the tags of their images and remarks.
    """
    texts = _split(main), _split(override)
    if texts[0] is None or texts[1] is None:
        return None
    whole, extra = texts[0].services, texts[1].services
    dependencies = {name: _DEPENDENCY.findall(_part(block)) for name, block in whole.items()}
    if not whole.keys() >= {*extra, *(name for names in dependencies.values() for name in names)}:
        return None
    kinds: dict[tuple[str, str], str] = {}
    for name, block in whole.items():
        names = [name, *dependencies[name]]
        kinds.setdefault((_mask(block, names), _mask(extra.get(name, ""), names)), name)
    chosen = dict.fromkeys(kinds.values())
    if len(chosen) == len(whole):
        return None
    waited_for = {name for kind in chosen for name in dependencies[kind] if name not in chosen}
    stubs = {name: f'  "{name}":\n    image: stub\n' for name in sorted(waited_for)}
    return (
        texts[0].print({**{name: whole[name] for name in chosen}, **stubs}),
        texts[1].print({name: extra[name] for name in chosen if name in extra}),
    )


def _split(text: str) -> _Text | None:
    """The parts of a file; None where it is not laid out as we print it, or has a service twice."""
    start = _SERVICES.search(text)
    if start is None:
        return _Text(text, {}, "") if re.search(r"^services: \{\}$", text, re.MULTILINE) else None
    end = _TOP.search(text, start.end())
    limit = len(text) if end is None else end.start()
    marks = list(_SERVICE.finditer(text, start.end(), limit))
    edges = [mark.start() for mark in marks] + [limit]
    services = {mark[1]: text[edges[index] : edges[index + 1]] for index, mark in enumerate(marks)}
    if len(services) < len(marks) or not marks:
        return None
    return _Text(text[: edges[0]], services, text[limit:])


def _part(block: str) -> str:
    match = _DEPENDENCIES.search(block)
    return "" if match is None else match[1]


def _mask(block: str, names: list[str]) -> str:
    """The service without what may differ in one kind; `names` are its own and those that it waits for."""
    own = names[0]
    pattern = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    masked = re.sub(
        rf"(?<![\w-])(?:{pattern})(?![\w-])", lambda match: "<own>" if match[0] == own else "<other>", block
    )
    return _TAG.sub(":<tag>", _REMARK.sub("", masked))
