"""The SDK by its own signatures: which modules, classes, functions and members it has, with what parameters.

The table is read from the installed SDK by `tools/signatures.py` (azureml-core 1.61, the other packages 1.62). A file
of `table/` has the modules of one part of the SDK, as ``azureml.core``, by their names; `internal.json` those of
private parts that public classes come from. Under a name stands

- a text: the full name of what is only imported there;
- a list with one text: a function, by its parameters as Python writes them;
- an object: a class. `bases` are its base classes, `init` is what it is called with, `members` has its methods by their
  parameters (without `self`; an ``@`` before those of static and class methods) and its attributes (null);
- null: a constant.

A default that is no literal stands as ``...``. Each file is loaded when a name of it is asked for.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeAlias

TABLE = Path(__file__).with_name("table")
CLOSED = frozenset({"Enum", "enum.Enum", "object", "ABC", "abc.ABC"})
"""Base classes outside the SDK that add no public members."""

Entry: TypeAlias = "str | list[str] | dict[str, object] | None"


@dataclass(frozen=True)
class Outline:
    """A class of the SDK as the table has it: `init` is None where it has no initializer of its own."""

    path: str
    bases: tuple[str, ...] = ()
    init: str | None = None
    members: Mapping[str, str | None] = field(default_factory=dict)

    def order(self) -> Iterator[Outline]:
        """The class and those of the SDK that it derives from, depth first."""
        yield self
        for base in self.bases:
            found = find_class(base)
            if found is not None:
                yield from found.order()

    def find(self, name: str) -> tuple[Outline, str | None] | None:
        """The class that defines the member, and the member's entry; None where none has it."""
        return next(((cls, cls.members[name]) for cls in self.order() if name in cls.members), None)

    def list_names(self) -> frozenset[str]:
        """All public members, inherited ones too."""
        return frozenset(name for cls in self.order() for name in cls.members if name[:1] != "_")

    @property
    def is_open(self) -> bool:
        """Whether it may have members that the table does not: of a base outside the SDK, or made as they are asked."""
        return any(
            "__getattr__" in cls.members or any(find_class(b) is None and b not in CLOSED for b in cls.bases)
            for cls in self.order()
        )

    @property
    def signature(self) -> inspect.Signature | None:
        """What the class is called with; None where a base outside the SDK says it."""
        text = next((cls.init for cls in self.order() if cls.init is not None), None)
        if text is None:
            return None if self.is_open else inspect.Signature()
        return read_signature(text)

    @property
    def is_exception(self) -> bool:
        """Whether it derives from one of Python's exceptions."""
        return any(base.endswith(("Exception", "Error")) for cls in self.order() for base in cls.bases)


@cache
def _load(part: str) -> Mapping[str, Mapping[str, Entry]]:
    file = TABLE / f"{part}.json"
    if not file.is_file():
        return {}
    loaded: dict[str, dict[str, Entry]] = json.loads(file.read_text("utf-8"))
    return loaded


def _load_part_of(module: str) -> Mapping[str, Mapping[str, Entry]]:
    part = [*module.split("."), "root"][1]
    return _load("internal" if part[:1] == "_" else part)


def list_modules() -> list[str]:
    """The names of all modules, the private ones too. Loads the whole table."""
    return sorted(module for file in TABLE.glob("*.json") for module in _load(file.stem))


def has_module(path: str) -> bool:
    """Whether the SDK has a module or package of this name."""
    part = _load_part_of(path)
    return path in part or any(module.startswith(f"{path}.") for module in part)


def list_names(module: str) -> frozenset[str]:
    """What a program may import from a module: its own names, and its packages."""
    part = _load_part_of(module)
    inner = {name[len(module) + 1 :].partition(".")[0] for name in part if name.startswith(f"{module}.")}
    return frozenset({*part.get(module, ()), *inner})


def list_members(module: str) -> list[str]:
    """The classes and functions among a module's names, and what it imports of others."""
    return [name for name, entry in _load_part_of(module).get(module, {}).items() if entry is not None]


def find_entry(path: str) -> tuple[str, Entry] | None:
    """The full name and the entry of what a dotted name leads to; None where the SDK has no such name."""
    module, _, name = path.rpartition(".")
    entries = _load_part_of(module).get(module, {})
    if name not in entries:
        return None
    entry = entries[name]
    return find_entry(entry) if isinstance(entry, str) else (path, entry)


@cache
def find_class(path: str) -> Outline | None:
    """The class that a dotted name leads to; None where it leads to something else."""
    found = find_entry(path) if path.startswith("azureml.") else None
    home, entry = found if found is not None else (path, None)
    if not isinstance(entry, dict):
        return None
    bases, members, init = entry.get("bases", []), entry.get("members", {}), entry.get("init")
    assert isinstance(bases, list) and isinstance(members, dict)
    return Outline(home, tuple(bases), init if isinstance(init, str) else None, members)


@cache
def read_signature(text: str) -> inspect.Signature:
    """A signature from its text in the table, where ``@`` before it means nothing."""
    parsed = ast.parse(f"def f({text.removeprefix('@')}): pass").body[0]
    assert isinstance(parsed, ast.FunctionDef)
    found = parsed.args
    kind = inspect.Parameter
    bare = len(found.args) - len(found.defaults)
    parameters = [
        kind(
            one.arg, kind.POSITIONAL_OR_KEYWORD, default=_read(None if n < bare else found.defaults[n - bare])
        )
        for n, one in enumerate(found.args)
    ]
    if found.vararg is not None:
        parameters.append(kind(found.vararg.arg, kind.VAR_POSITIONAL))
    for one, default in zip(found.kwonlyargs, found.kw_defaults, strict=True):
        parameters.append(kind(one.arg, kind.KEYWORD_ONLY, default=_read(default)))
    if found.kwarg is not None:
        parameters.append(kind(found.kwarg.arg, kind.VAR_KEYWORD))
    return inspect.Signature(parameters)


def _read(default: ast.expr | None) -> object:
    return inspect.Parameter.empty if default is None else ast.literal_eval(default)
