"""What changes while a program is evaluated: scopes, and the journal that lets an undecided branch be undone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.containers import Container
from pipelift.compiler.evaluate.values import PLAIN, Modelled, Unknown, Value, derived

COMPARISONS = 20
"""How many comparisons of two items take as long as a step of the budget."""


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
        entry: tuple[Container, Container] | None = None
        for branch in reversed(self._open):
            if id(container) in branch.before:
                return  # and so it is in all branches around this one
            entry = entry or (container, _copy(container))
            branch.before[id(container)] = entry

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
    def effort(first: Branch, second: Branch) -> int:
        """How many steps of a budget `joined` takes: two for each container, more for lists that differ."""
        total = 0
        for key in first.before.keys() | second.before.keys():
            content = (first if key in first.before else second).before[key][1]
            one, other = (branch.after.get(key, content) for branch in (first, second))
            total += 2
            if isinstance(one, (list, deque)) and isinstance(other, (list, deque)):
                alike = _alike(one, other)
                total += ((len(one) - alike) * len(other) + (len(other) - alike) * len(one)) // COMPARISONS
        return total

    @staticmethod
    def joined(first: Branch, second: Branch, span: Span, cause: Unknown | None) -> Branch:
        """The trial that holds whichever of the two happens; `cause` is the condition that decides."""
        result = Branch({**second.before, **first.before})
        for key, (_, content) in result.before.items():
            one, other = first.after.get(key, content), second.after.get(key, content)
            result.after[key] = _join_contents(one, other, span, cause)
        return result


def _copy(container: Container) -> Container:
    return container.copy()


def _replace(container: Container, content: Container) -> None:
    container.clear()
    if isinstance(container, set):
        container.update(content)
    elif isinstance(container, (list, deque)):
        container.extend(content)
    elif isinstance(container, dict) and isinstance(content, dict):
        container.update(content)


def _join_contents(one: Container, other: Container, span: Span, cause: Unknown | None) -> Container:
    if isinstance(one, dict) and isinstance(other, dict):
        joined = dict(one)
        for key, value in other.items():
            joined[key] = join(one[key], value, span, cause) if key in one else value
        return joined
    if isinstance(one, set) and isinstance(other, set):
        return one | other
    return _join_items(list(one), list(other), span, cause)


def _join_items(one: list[Value], other: list[Value], span: Span, cause: Unknown | None) -> list[Value]:
    """Items of either list.

    Objects are kept (a step that a condition adds); of texts and numbers it is not known whether they are there:
    an argument too many would be worse than a question.
    """
    if len(one) == len(other) and not any(map(_is_object, (*one, *other))):
        return [join(left, right, span, cause) for left, right in zip(one, other, strict=True)]
    alike = _alike(one, other)
    kept = [_maybe(item, other) for item in one[alike:] if _is_object(item) or _among(item, other)]
    kept += [_maybe(item, one) for item in other[alike:] if _is_object(item) and not _among(item, one)]
    for item in kept:
        if isinstance(item, Modelled) and not (_among(item, one) and _among(item, other)):
            item.__dict__["_undecided"] = _undecided("a condition that is not known decides", span, cause)
    kept = [*one[:alike], *kept]
    if any(not _is_object(item) and not _among(item, kept) for item in (*one[alike:], *other[alike:])):
        kept.append(
            replace(_undecided("a condition decides whether it is in the list", span, cause), many=True)
        )
    return kept


def _alike(one: Sequence[Value], other: Sequence[Value]) -> int:
    """How many items at the beginning of both are the same objects."""
    pairs = zip(one, other, strict=False)
    return next(
        (at for at, (left, right) in enumerate(pairs) if left is not right), min(len(one), len(other))
    )


def _maybe(item: Value, others: list[Value]) -> Value:
    """An item that stands in one of two lists: something unknown there may be several things, or none."""
    if isinstance(item, Unknown) and not _among(item, others):
        return replace(item, many=True)
    return item


def _is_object(item: Value) -> bool:
    return not isinstance(item, (*PLAIN, list, tuple, dict, set, frozenset)) or isinstance(item, Unknown)


def _among(item: Value, items: list[Value]) -> bool:
    return any(same(item, known) for known in items)


def _undecided(reason: str, span: Span, cause: Unknown | None) -> Unknown:
    return Unknown(reason, span) if cause is None else derived(reason, span, cause)


def same(one: Value, other: Value) -> bool:
    """Whether two values cannot be told apart: one object, or equal plain values of one type."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return isinstance(one, PLAIN) and bool(one == other)


def join(one: Value, other: Value, span: Span, cause: Unknown | None = None) -> Value:
    """The value after an undecided branch at `span` that leaves `one` or `other`; `cause` is its condition.

    A None or an unknown gives way to the other value (the measured idiom: look something up, else create it), but not
    what pipelift does not look at: it would find it. Objects of the SDK may know how to become one (`merged_with`);
    else it is not known which.
    """
    for value in (one, other):
        if isinstance(value, Unknown) and value.root.unread:
            return value
    if _says_nothing(other) or same(one, other):
        return one
    if _says_nothing(one):
        return other
    merged = one.merged_with(other) if isinstance(one, Modelled) else None
    if merged is not None:
        return merged
    if isinstance(one, list) and isinstance(other, list):
        return _join_items(one, other, span, cause)
    if isinstance(one, dict) and isinstance(other, dict):
        return _join_contents(one, other, span, cause)
    return _undecided(f"it is {describe(one)} or {describe(other)}, depending on a condition", span, cause)


def _says_nothing(value: Value) -> bool:
    return value is None or isinstance(value, Unknown)


def describe(value: Value) -> str:
    """A few words for a value in a message; texts are not quoted, since they may be secret."""
    if isinstance(value, (bool, int, float, type(None))):
        return repr(value)
    if isinstance(value, str):
        return "a text"
    name = type(value).__name__
    return f"an {name}" if name[0] in "AEIOUaeiou" else f"a {name}"
