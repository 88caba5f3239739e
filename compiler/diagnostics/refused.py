"""`Refused`: the one exception for what cannot go on, and how collected errors become it."""

from __future__ import annotations

from collections.abc import Iterable

from pipelift.compiler.diagnostics.codes import find_code
from pipelift.compiler.diagnostics.reporter import Diagnostic, Reporter


class Refused(Exception):
    """Why a command, a run or a deployment cannot go on: raised where it is known, shown once, at the edge.

    `code` is a row of the table of codes, `message` one sentence, `help` what to do (the row's remedy, if empty).
    `diagnostics` are what to show, errors all: this one, and the others where several were collected.
    """

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        reporter = Reporter()
        reporter.report(code, message, help=help)
        self.code = code
        self.message = message
        self.diagnostics: tuple[Diagnostic, ...] = tuple(reporter)

    @property
    def help(self) -> str:
        """What to do."""
        return self.diagnostics[0].help

    @property
    def status(self) -> int:
        """The exit status of a command that ends with this refusal: the highest of its codes' rows."""
        return max(find_code(diagnostic.code).status for diagnostic in self.diagnostics)


def refuse_all(diagnostics: Iterable[Diagnostic]) -> Refused:
    """One refusal for several errors; its code and message are those of the first.

    Raises `ValueError` where there is no error.
    """
    errors = tuple(diagnostics)
    if not errors:
        raise ValueError("nothing is refused")
    refused = Refused(errors[0].code, errors[0].message, errors[0].help)
    refused.diagnostics = errors
    return refused


def raise_errors(reporter: Reporter) -> None:
    """Raise the errors that `reporter` has collected as one `Refused`; return where there are none."""
    if reporter.failed:
        raise refuse_all(reporter.errors)
