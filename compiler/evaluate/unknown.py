"""The unknown: what cannot be known without running code, and the chain of its causes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipelift.compiler.diagnostics import Cause, Diagnostic
from pipelift.compiler.diagnostics.span import Span


@dataclass(frozen=True, slots=True)
class Gap:
    """What the user has not given: a file, with the places where it was looked for, a variable, an argument."""

    kind: Literal["file", "variable", "argument"]
    name: str
    supply: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """What cannot be known without running code: contagious, and reported only where it reaches the graph.

    `cause` is the unknown that this one comes from. `finding` is the diagnostic that tells of its first
    cause already; `supply` names the option that would make it known, as in ``--env NAME=VALUE``. `many` marks the one
    item that stands for all items of an unknown iterable: none, one or several. `absent` marks what is not there,
    such as an environment variable that nobody gives, though a run elsewhere may have it. `unread` marks what could
    be known, but pipelift does not look at it. `secret` says that it is one, and what that is called where it lies: a
    variable, an entry of a vault. A step is given it when it runs. `gap` is what the user would have to give.
    """

    reason: str
    span: Span | None = None
    cause: Unknown | None = None
    finding: Diagnostic | None = None
    supply: str = ""
    many: bool = False
    absent: bool = False
    unread: bool = False
    secret: str = ""
    gap: Gap | None = None

    def chain(self) -> tuple[Cause, ...]:
        """The way back to the first cause, nearest first; steps on one line are told once."""
        links: list[Cause] = []
        link: Unknown | None = self
        while link is not None:
            last = link.cause is None
            if last or not links or _locate_line(link.span) != _locate_line(links[-1].span):
                links.append(Cause(link.reason, link.span))
            link = link.cause
        return tuple(links)

    @property
    def root(self) -> Unknown:
        """The first cause."""
        link = self
        while link.cause is not None:
            link = link.cause
        return link


def _locate_line(span: Span | None) -> tuple[str, int] | None:
    return (span.file, span.line) if span else None


def derived(reason: str, span: Span | None, cause: Unknown, *, many: bool = False) -> Unknown:
    """The unknown that follows from `cause`."""
    return Unknown(reason, span, cause, cause.finding, cause.supply, many)
