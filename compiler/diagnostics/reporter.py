"""What pipelift tells the user about a pipeline: diagnostics, and the reporter that collects them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from pipelift.compiler.diagnostics.codes import Fidelity, find_code
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.secrets.secrecy import Secrets


class Severity(str, Enum):
    """How bad a diagnostic is: an `error` stops the output (exit 1), the others do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Cause:
    """One link of the chain that explains a diagnostic, nearest first."""

    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    `code` has a row in `pipelift.compiler.diagnostics.codes`; `message` one sentence; `help` says what to do;
    `step` names the step that it concerns, if one. A diagnostic whose code has a fidelity (`approximated` or
    `dropped`) is a loss on a target, and is listed in that target's REPORT.md.
    """

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    causes: tuple[Cause, ...] = ()
    help: str = ""
    step: str | None = None
    fit: Fidelity | None = None

    @property
    def fidelity(self) -> Fidelity | None:
        """`approximated`, `dropped`, or None for a diagnostic that is no loss; `fit`, where targets differ in it."""
        return self.fit or find_code(self.code).fidelity

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Source order; what has no place in the source comes last."""
        span = self.span
        place = (span.file, span.line, span.column) if span else ("", 0, 0)
        return (span is None, *place, self.code, self.message)


class Reporter:
    """Collects diagnostics: every part of pipelift reports on the user's pipeline through it.

    A code's default severity is in its table row. `allowed` holds the codes given with ``--allow``: an error
    of such a code becomes a warning. `secrets` are those that the analysis meets, at any time: what is given out is
    cleaned of them.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self.allowed = frozenset(allowed)
        self.secrets = Secrets()
        self._diagnostics: dict[Diagnostic, None] = {}
        self._failed = False

    def report(
        self,
        code: str,
        message: str,
        span: Span | None = None,
        *,
        causes: Iterable[Cause] = (),
        help: str = "",
        step: str | None = None,
        fidelity: Fidelity | None = None,
    ) -> None:
        """Add a diagnostic; one that was reported before is not repeated.

        `fidelity` is that of a loss which is not everywhere what its row says: such a one is a warning if it is
        approximated, and an error if it is dropped. Raises `KeyError` for a code that is in no table: a fault of ours.
        """
        row = find_code(code)
        severity = Severity(row.severity)
        if fidelity is not None and fidelity != row.fidelity:
            severity = Severity.WARNING if fidelity == "approximated" else Severity.ERROR
        if severity is Severity.ERROR and code in self.allowed and row.fidelity:
            severity = Severity.WARNING
        remedy = help or row.remedy
        self.add([Diagnostic(code, severity, message, span, tuple(causes), remedy, step, fidelity)])

    def add(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Take over diagnostics that were collected elsewhere: by another reporter, or in a refusal."""
        for diagnostic in diagnostics:
            self._diagnostics.setdefault(diagnostic)
            self._failed = self._failed or diagnostic.severity is Severity.ERROR

    def __iter__(self) -> Iterator[Diagnostic]:
        """The diagnostics in source order, without any secret."""
        cleaned = dict.fromkeys(_clean_diagnostic(entry, self.secrets) for entry in self._diagnostics)
        return iter(sorted(cleaned, key=lambda diagnostic: diagnostic.sort_key))

    @property
    def failed(self) -> bool:
        """Whether there are errors."""
        return self._failed

    @property
    def errors(self) -> list[Diagnostic]:
        """The diagnostics that stop the output."""
        return [diagnostic for diagnostic in self if diagnostic.severity is Severity.ERROR]


def _clean_diagnostic(diagnostic: Diagnostic, secrets: Secrets) -> Diagnostic:
    if not secrets:
        return diagnostic
    return replace(
        diagnostic,
        message=secrets.clean(diagnostic.message),
        causes=tuple(replace(cause, message=secrets.clean(cause.message)) for cause in diagnostic.causes),
        help=secrets.clean(diagnostic.help),
        step=None if diagnostic.step is None else secrets.clean(diagnostic.step),
    )
