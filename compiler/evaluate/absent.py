"""Arguments of the program that nobody gives and that are None then: where one is the reason, it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelift.compiler.diagnostics.span import Span

_MOST = 5
"""How many arguments are named."""


@dataclass(slots=True)
class Absent:
    """The arguments that were left out, by how they are given (``--name VALUE``), with the places that read them."""

    reads: dict[str, set[Span]] = field(default_factory=dict)
    _attributes: dict[tuple[object, str], str] = field(default_factory=dict)

    def note(self, supply: str, owner: object = None, name: str = "") -> None:
        """An argument is not given, and has no default; its value is the attribute `name` of `owner`, if of one."""
        self.reads.setdefault(supply, set())
        if owner is not None:
            self._attributes[owner, name] = supply

    def note_read(self, owner: object, name: str, span: Span) -> None:
        """The program reads an attribute that is None."""
        supply = self._attributes.get((owner, name))
        if supply is not None:
            self.reads[supply].add(span)

    def explain(self, message: str, span: Span) -> tuple[str, str]:
        """A message on a None at `span` with the arguments that it may come from, and the remedy: "" if there are none.

        Those that are read at `span` itself; if none is, all that are read; else all that are absent.
        """
        here = [name for name, spans in self.reads.items() if any(_holds(span, one) for one in spans)]
        names = here or [name for name, spans in self.reads.items() if spans] or list(self.reads)
        if not names:
            return message, ""
        words = " and ".join(name.split()[0] for name in names[:_MOST])
        more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
        verb = "are" if len(names) > 1 else "is"
        given = " ".join(names[:_MOST])
        return f"{message} ({words}{more} {verb} not given, and so None)", f"Give it: -- {given}"


def _holds(outer: Span, inner: Span) -> bool:
    return (
        outer.file == inner.file
        and (outer.line, outer.column) <= (inner.line, inner.column)
        and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )
