"""What changes while a program is evaluated: scopes, and the journal that lets an undecided branch be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pipelift.compiler.evaluate.values import Unknown, Value
from pipelift.compiler.span import Span

Container = Any
"""A dict, list or set: all state that a program can change lies in these (a scope's names are a dict)."""


@dataclass(slots=True, eq=False)
class Scope:
    """The names of a module, function or class body; functions see `parent` too, and modules `builtins`."""

    names: dict[str, Value]
    parent: Scope | None = None
    is_class: bool = False
    globals: Scope | None = None
    outer_names: dict[str, Scope] = field(default_factory=dict)

    def holder(self, name: str) -> Scope | None:
        """The scope in which `name` is found from here; class bodies are not seen from functions inside."""
        if name in self.outer_names:
            return self.outer_names[name] if name in self.outer_names[name].names else None
        if name in self.names:
            return self
        scope = self.parent
        while scope is not None:
            if not scope.is_class and name in scope.names:
                return scope
            scope = scope.parent
        return None

    def target(self, name: str) -> Scope:
        """The scope in which an assignment to `name` lands (``global`` and ``nonlocal`` move it)."""
        return self.outer_names.get(name, self)


@dataclass(slots=True)
class Branch:
    """What one run of a branch changed: each container's content before and after, by identity."""

    before: dict[int, tuple[Container, Container]] = field(default_factory=dict)
    after: dict[int, Container] = field(default_factory=dict)


class Journal:
    """Records what branches change. With no branch open it costs nothing but a look."""

    def __init__(self) -> None:
        self._open: list[Branch] = []

    def touch(self, container: Container) -> None:
        """Remember `container` as it is; to be called before each change of it."""
        for branch in self._open:
            if id(container) not in branch.before:
                branch.before[id(container)] = (container, _copy(container))

    @contextmanager
    def branch(self) -> Iterator[Branch]:
        """Run the body of the ``with`` as a trial: at its end all changes are recorded and undone."""
        branch = Branch()
        self._open.append(branch)
        try:
            yield branch
        finally:
            self._open.pop()
            for key, (container, content) in branch.before.items():
                branch.after[key] = _copy(container)
                _replace(container, content)

    def commit(self, branch: Branch) -> None:
        """Make the changes of a trial real."""
        for key, (container, _) in branch.before.items():
            self.touch(container)
            _replace(container, branch.after[key])

    @staticmethod
    def joined(first: Branch, second: Branch, span: Span) -> Branch:
        """The trial that holds whichever of the two happens."""
        result = Branch({**second.before, **first.before})
        for key, (_, content) in result.before.items():
            one, other = first.after.get(key, content), second.after.get(key, content)
            result.after[key] = _join_contents(one, other, span)
        return result


def _copy(container: Container) -> Container:
    return container.copy()


def _replace(container: Container, content: Container) -> None:
    if isinstance(container, list):
        container[:] = content
    else:
        container.clear()
        container.update(content)


def _join_contents(one: Container, other: Container, span: Span) -> Container:
    if isinstance(one, dict):
        joined = dict(one)
        for key, value in other.items():
            joined[key] = join(one[key], value, span) if key in one else value
        return joined
    if isinstance(one, list):
        return one + [item for item in other if not any(same(item, known) for known in one)]
    return one | other


def same(one: Value, other: Value) -> bool:
    """Whether two values cannot be told apart: one object, or equal plain values of one type."""
    if one is other:
        return True
    if type(one) is not type(other) or isinstance(one, (list, dict, set)):
        return False
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, (str, bytes, bool, int, float, type(None))) and bool(one == other)


def join(one: Value, other: Value, span: Span) -> Value:
    """The value after an undecided branch at `span` that leaves `one` or `other`.

    A None or an unknown gives way to the other value (the measured idiom: look something up, else create it);
    objects of the SDK may know how to become one (`merged_with`); else it is not known which.
    """
    if same(one, other) or _says_nothing(other):
        return one
    if _says_nothing(one):
        return other
    merge: Callable[[Value], Value] | None = getattr(one, "merged_with", None)
    merged = merge(other) if merge else None
    if merged is not None:
        return merged
    if isinstance(one, list) and isinstance(other, list):
        return _join_contents(one, other, span)
    return Unknown(f"it is {describe(one)} or {describe(other)}, depending on a condition", span)


def _says_nothing(value: Value) -> bool:
    return value is None or isinstance(value, Unknown)


def describe(value: Value) -> str:
    """A few words for a value in a message; texts are not quoted, since they may be secret."""
    if isinstance(value, (bool, int, float, type(None))):
        return repr(value)
    if isinstance(value, str):
        return "a text"
    return f"a {type(value).__name__}"
