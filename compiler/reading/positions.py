"""Where each node of a libcst tree stands: what libcst's PositionProvider says, in a third of its time.

libcst finds positions by printing the tree again. Its own printer splits every token by a regular expression and makes
three objects a node, which takes twice as long as parsing did; this one counts only what it needs. The test of this
module holds the two against each other.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from libcst._nodes.internal import CodegenState

if TYPE_CHECKING:
    from libcst import CSTNode, Module

Place = tuple[int, int]
"""Line, from 1, and column, from 0."""

Range = tuple[Place, Place]
"""Where a node starts and where it ends, without the whitespace around it."""


def locate_nodes(module: Module) -> dict[CSTNode, Range]:
    """The place of every node of `module`."""
    printer = _Printer(module.default_indent, module.default_newline)
    module._codegen(printer)
    return printer.ranges


class _Printer(CodegenState):
    """What libcst prints a tree into: here only the place is kept, not the text."""

    def __init__(self, indent: str, newline: str) -> None:
        super().__init__(indent, newline)
        self.ranges: dict[CSTNode, Range] = {}
        self._place: Place = (1, 0)
        self._starts: list[Place] = []

    def add_token(self, value: str) -> None:
        line, column = self._place
        if "\n" not in value and "\r" not in value:
            self._place = (line, column + len(value))
            return
        lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._place = (line + len(lines) - 1, len(lines[-1]))

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.add_token(token)

    def pop_trailing_newline(self) -> None:
        """Nothing is printed, so there is nothing to take back."""

    def before_codegen(self, node: CSTNode) -> None:
        self._starts.append(self._place)

    def after_codegen(self, node: CSTNode) -> None:
        start = self._starts.pop()
        if node not in self.ranges:  # else `record_syntactic_position` knows better
            self.ranges[node] = (start, self._place)

    def record_syntactic_position(  # type: ignore[override]  # a context manager, without a generator's cost
        self, node: CSTNode, *, start_node: CSTNode | None = None, end_node: CSTNode | None = None
    ) -> _Recording:
        return _Recording(self, node, start_node, end_node)

    def record(self, node: CSTNode, start: Place, first: CSTNode | None, last: CSTNode | None) -> None:
        ranges = self.ranges
        ranges[node] = (
            start if first is None else ranges[first][0],
            self._place if last is None else ranges[last][1],
        )

    @property
    def place(self) -> Place:
        """Where the next token goes."""
        return self._place


class _Recording:
    """The text of one node without the whitespace around it, as it is printed."""

    __slots__ = ("_first", "_last", "_node", "_printer", "_start")

    def __init__(self, printer: _Printer, node: CSTNode, first: CSTNode | None, last: CSTNode | None) -> None:
        self._printer = printer
        self._node = node
        self._first = first
        self._last = last

    def __enter__(self) -> None:
        self._start = self._printer.place

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._printer.record(self._node, self._start, self._first, self._last)
