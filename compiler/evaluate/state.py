"""What changes while a program is evaluated: scopes, and the journal that lets an undecided branch be undone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.containers import Container
from pipelift.compiler.evaluate.kinds import describe_kind
from pipelift.compiler.evaluate.values import PLAIN, Modelled, Unknown, Value, derived

COMPARISONS = 6
"""How many comparisons of two items take as long as a step of the meter."""


@dataclass(slots=True)
class Changes:
    """What a loop has changed so far: values that the program sees, and namespaces with what they held before."""

    values: dict[int, Container] = field(default_factory=dict)
    names: dict[int, tuple[dict[str, Value], dict[str, Value]]] = field(default_factory=dict)


@dataclass(slots=True)
class Branch:
    """What one run of a branch changed: each container's content before and after, by identity.

    `born` are containers that it made itself: the other branch has none of them, and no content to join.
    """

    before: dict[int, tuple[Container, Container]] = field(default_factory=dict)
    after: dict[int, Container] = field(default_factory=dict)
    born: dict[int, Container] = field(default_factory=dict)


class Journal:
    """Records what branches change. With no branch open it costs nothing but a look."""

    def __init__(self) -> None:
        self._open: list[Branch] = []
        self._changes: Changes | None = None

    def touch_value(self, container: Container) -> None:
        """As `touch`, for a value that the program sees."""
        if self._changes is not None:
            self._changes.values[id(container)] = container
        self.touch(container)

    def touch_names(self, names: dict[str, Value]) -> None:
        """As `touch`, for a namespace: of a module or function, a class or an object."""
        if self._changes is not None and id(names) not in self._changes.names:
            self._changes.names[id(names)] = names, dict(names)
        self.touch(names)

    @contextmanager
    def watch(self) -> Iterator[Changes]:
        """Note what the body of the ``with`` changes, and leave it so."""
        self._changes = Changes()
        try:
            yield self._changes
        finally:
            self._changes = None

    def touch(self, container: Container) -> None:
        """Remember `container` as it is; to be called before each change of it."""
        entry: tuple[Container, Container] | None = None
        for branch in reversed(self._open):
            if id(container) in branch.before:
                return  # and so it is in all branches around this one
            if entry is None:
                meter.charge(container)
                meter.charge(
                    container
                )  # the end of the branch copies it again, and must not be stopped there
                entry = (container, _copy_content(container))
            branch.before[id(container)] = entry

    @property
    def is_open(self) -> bool:
        """Whether a branch is being tried."""
        return bool(self._open)

    def note_birth(self, container: Container) -> None:
        """Remember that `container` is new: branches that end before this one began do not know it."""
        if self._open:
            self._open[-1].born[id(container)] = container

    @contextmanager
    def branch(self) -> Iterator[Branch]:
        """Run the body of the ``with`` as a trial: at its end all changes are recorded and undone."""
        branch = Branch()
        self._open.append(branch)
        try:
            yield branch
        finally:
            self._open.pop()
            if self._open:
                self._open[-1].born.update(branch.born)
            for key, (container, content) in branch.before.items():
                branch.after[key] = _copy_content(container)
                _replace_content(container, content)

    def commit(self, branch: Branch) -> None:
        """Make the changes of a trial real."""
        for key, (container, _) in branch.before.items():
            self.touch(container)
            _replace_content(container, branch.after[key])

    @staticmethod
    def join_branches(first: Branch, second: Branch, span: Span, cause: Unknown | None) -> Branch:
        """The trial that holds whichever of the two happens; `cause` is the condition that decides."""
        result = Branch({**second.before, **first.before}, born={**second.born, **first.born})
        for key, (_, content) in result.before.items():
            left, right = first.after.get(key, content), second.after.get(key, content)
            meter.spend(2)
            meter.index(len(left))
            if key in result.born:
                result.after[key] = left if key in first.born else right
            else:
                result.after[key] = _join_contents(left, right, span, cause)
        return result


def _copy_content(container: Container) -> Container:
    return container.copy()


def _replace_content(container: Container, content: Container) -> None:
    container.clear()
    if isinstance(container, set):
        container.update(content)
    elif isinstance(container, (list, deque)):
        container.extend(content)
    elif isinstance(container, dict) and isinstance(content, dict):
        container.update(content)


def _join_contents(left: Container, right: Container, span: Span, cause: Unknown | None) -> Container:
    if isinstance(left, dict) and isinstance(right, dict):
        joined = dict(left)
        for key, value in right.items():
            joined[key] = join(left[key], value, span, cause) if key in left else value
        return joined
    if isinstance(left, set) and isinstance(right, set):
        return left | right
    return _join_items(list(left), list(right), span, cause)


def _join_items(first: list[Value], second: list[Value], span: Span, cause: Unknown | None) -> list[Value]:
    """Items of either list.

    Objects are kept (a step that a condition adds); of texts and numbers it is not known whether they are there:
    an argument too many would be worse than a question.
    """
    meter.index(len(first) + len(second))
    if len(first) == len(second) and not any(map(_is_object, (*first, *second))):
        return [join(left, right, span, cause) for left, right in zip(first, second, strict=True)]
    shared = _count_shared(first, second)
    differing = (len(first) - shared) * len(second) + (len(second) - shared) * len(first)
    meter.spend(differing // COMPARISONS)
    joined = [
        _mark_uncertain(item, second)
        for item in first[shared:]
        if _is_object(item) or _is_among(item, second)
    ]
    joined += [
        _mark_uncertain(item, first)
        for item in second[shared:]
        if _is_object(item) and not _is_among(item, first)
    ]
    for item in joined:
        if isinstance(item, Modelled) and not (_is_among(item, first) and _is_among(item, second)):
            item.__dict__["_undecided"] = _make_undecided(
                "a condition that is not known decides", span, cause
            )
    joined = [*first[:shared], *joined]
    if any(
        not _is_object(item) and not _is_among(item, joined) for item in (*first[shared:], *second[shared:])
    ):
        joined.append(
            replace(_make_undecided("a condition decides whether it is in the list", span, cause), many=True)
        )
    return joined


def _count_shared(first: Sequence[Value], second: Sequence[Value]) -> int:
    """How many items at the beginning of both are the same objects."""
    pairs = zip(first, second, strict=False)
    return next(
        (position for position, (left, right) in enumerate(pairs) if left is not right),
        min(len(first), len(second)),
    )


def _mark_uncertain(item: Value, others: list[Value]) -> Value:
    """An item that stands in one of two lists: something unknown there may be several things, or none."""
    if isinstance(item, Unknown) and not _is_among(item, others):
        return replace(item, many=True)
    return item


def _is_object(item: Value) -> bool:
    return not isinstance(item, (*PLAIN, list, tuple, dict, set, frozenset)) or isinstance(item, Unknown)


def _is_among(item: Value, items: list[Value]) -> bool:
    return any(is_same(item, other) for other in items)


def _make_undecided(reason: str, span: Span, cause: Unknown | None) -> Unknown:
    return Unknown(reason, span) if cause is None else derived(reason, span, cause)


def is_same(left: Value, right: Value) -> bool:
    """Whether two values cannot be told apart: one object, or equal plain values of one type."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(is_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(is_same(value, right[key]) for key, value in left.items())
    return isinstance(left, PLAIN) and bool(left == right)


def join(left: Value, right: Value, span: Span, cause: Unknown | None = None) -> Value:
    """The value after an undecided branch at `span` that leaves `left` or `right`; `cause` is its condition.

    A None or an unknown gives way to the other value (the measured idiom: look something up, else create it), but not
    what pipelift does not look at: it would find it. Objects of the SDK may know how to become one (`merged_with`);
    else it is not known which.
    """
    for value in (left, right):
        if isinstance(value, Unknown) and value.root.unread:
            return value
    if is_same(left, right):
        return left
    if _is_empty(left) or _is_empty(right):
        kept, given = (left, right) if _is_empty(right) else (right, left)
        if given is None and isinstance(kept, Modelled):
            kept.doubt(_make_undecided("a condition decides whether it is there", span, cause))
        return kept
    merged = left.merged_with(right) if isinstance(left, Modelled) else None
    if merged is not None:
        return merged
    if isinstance(left, list) and isinstance(right, list):
        return _join_items(left, right, span, cause)
    if isinstance(left, dict) and isinstance(right, dict):
        return _join_contents(left, right, span, cause)
    return _make_undecided(
        f"it is {describe(left)} or {describe(right)}, depending on a condition", span, cause
    )


def _is_empty(value: Value) -> bool:
    return value is None or isinstance(value, Unknown)


def describe(value: Value) -> str:
    """A few words for a value in a message; texts are not quoted, since they may be secret."""
    if isinstance(value, (bool, int, float, type(None))):
        return repr(value)
    return describe_kind(value)
