"""What pipelift tells the user about a pipeline: diagnostics, and the reporter that collects them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from pipelift.compiler.diagnostics.codes import Fidelity, Purpose, find_code
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.diagnostics.spelling import spell_out
from pipelift.compiler.secrets.secrecy import Secrets, find_credentials


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

    An error is what makes the result wrong, nothing else. A code's row says how bad it is where the result depends on
    it; what does not count so is a warning:

    - a finding of the evaluation (`find`), until the graph needs a value that follows from it (`blame`);
    - what the program does after it has submitted or published the last time (`mark`, `excuse_rest`);
    - what is missing beside the graph, where `purpose` is the graph alone;
    - a loss that is accepted: `allowed` holds the codes given with ``--allow``.

    `secrets` are those that the analysis meets, at any time: what is given out is cleaned of them.
    """

    def __init__(self, allowed: Iterable[str] = (), purpose: Purpose = "run") -> None:
        self.allowed = frozenset(allowed)
        self.purpose = purpose
        self.secrets = Secrets()
        self._diagnostics: dict[Diagnostic, Severity] = {}
        self._mark: int | None = None

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
        hides: Purpose | None = None,
    ) -> None:
        """Add a diagnostic; one that was reported before is not repeated.

        `hides` says what is hidden where that is not always what the row says.
        `fidelity` is that of a loss which is not everywhere what its row says: such a one is a warning if it is
        approximated, and an error if it is dropped. Raises `KeyError` for a code that is in no table: a fault of ours.
        """
        row = find_code(code)
        severity = Severity(row.severity)
        if fidelity is not None and fidelity != row.fidelity:
            severity = Severity.WARNING if fidelity == "approximated" else Severity.ERROR
        accepted = code in self.allowed and row.fidelity is not None
        if severity is Severity.ERROR and (
            accepted or ((hides or row.hides) == "run" and self.purpose == "graph")
        ):
            severity = Severity.WARNING
        remedy = help or row.remedy
        self.add([Diagnostic(code, severity, message, span, tuple(causes), remedy, step, fidelity)])

    def find(self, code: str, message: str, span: Span | None = None, *, help: str = "") -> Diagnostic:
        """Report what is wrong in the program with a value: a warning, until the result is found to need the value.

        What is returned goes into the `Unknown` that the value becomes, for whoever has to `blame` it.
        """
        row = find_code(code)
        finding = Diagnostic(code, Severity(row.severity), message, span, (), help or row.remedy)
        self._diagnostics.setdefault(finding, Severity.WARNING)
        return finding

    def blame(self, finding: Diagnostic) -> None:
        """The result is wrong because of what `find` returned: it is as bad as its row says."""
        if find_code(finding.code).hides == "graph" or self.purpose == "run":
            self._diagnostics[finding] = finding.severity

    def blame_all(self) -> None:
        """Nothing comes of the program: whatever was found may be the reason."""
        for finding in self._diagnostics:
            self.blame(finding)

    def mark(self) -> None:
        """The program submits or publishes: all that was reported before may have changed what it hands over."""
        self._mark = len(self._diagnostics)

    def excuse_rest(self) -> None:
        """The program has ended: errors since the last `mark`, if there is one, change nothing of the result."""
        for diagnostic in list(self._diagnostics)[self._mark :] if self._mark is not None else ():
            if self._diagnostics[diagnostic] is Severity.ERROR:
                self._diagnostics[diagnostic] = Severity.WARNING

    def add(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Take over diagnostics that were collected elsewhere: by another reporter, or in a refusal."""
        for diagnostic in diagnostics:
            self._diagnostics[diagnostic] = diagnostic.severity

    def __iter__(self) -> Iterator[Diagnostic]:
        """The diagnostics in source order, without any secret."""
        counted = (replace(entry, severity=severity) for entry, severity in self._diagnostics.items())
        cleaned = dict.fromkeys(_clean_diagnostic(entry, self.secrets) for entry in counted)
        return iter(sorted(cleaned, key=lambda diagnostic: diagnostic.sort_key))

    @property
    def failed(self) -> bool:
        """Whether there are errors."""
        return Severity.ERROR in self._diagnostics.values()

    @property
    def errors(self) -> list[Diagnostic]:
        """The diagnostics that stop the output."""
        return [diagnostic for diagnostic in self if diagnostic.severity is Severity.ERROR]


def _clean_diagnostic(diagnostic: Diagnostic, secrets: Secrets) -> Diagnostic:
    """The diagnostic without secrets, and in texts that UTF-8 has: what a program names may be none."""

    def clean(text: str) -> str:
        shown = find_credentials(text)  # what a message quotes of a file may never have been a value
        return spell_out((secrets.and_also(shown) if shown else secrets).clean(text))

    return replace(
        diagnostic,
        message=clean(diagnostic.message),
        span=_clean_span(diagnostic.span),
        causes=tuple(
            replace(cause, message=clean(cause.message), span=_clean_span(cause.span))
            for cause in diagnostic.causes
        ),
        help=clean(diagnostic.help),
        step=None if diagnostic.step is None else clean(diagnostic.step),
    )


def _clean_span(span: Span | None) -> Span | None:
    return span if span is None or span.file.isascii() else replace(span, file=spell_out(span.file))
