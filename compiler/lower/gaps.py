"""What the user has not given and the pipeline needs: files, environment variables, arguments. One error a cause.

A missing file is one error, whatever comes from it; so are all variables and arguments that nobody gives, where they
are several: one list, to be filled in.
"""

from __future__ import annotations

import re
import shlex
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pipelift.compiler.diagnostics import Cause, Reporter
from pipelift.compiler.diagnostics.codes import Purpose, find_code
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.folders import Folders
from pipelift.compiler.evaluate.library.dotenv import parse_variables_file
from pipelift.compiler.evaluate.outside import MAX_READ, Outside, TooManyFiles
from pipelift.compiler.evaluate.unknown import Gap, Unknown
from pipelift.compiler.reading.reach import project_root, relative_path

_SHOWN = 8
"""How many needs of a file, or variables, are shown one by one."""

_LOOKED_AT = 5_000
"""How many files of a project are looked at by name for those that hold variables."""

_VARIABLES = re.compile(r"\.env(\..+)?|.+\.env|.*variables.*\.ya?ml", re.IGNORECASE)
"""Files in which repositories keep variables, or examples of them."""


@dataclass(frozen=True, slots=True)
class Need:
    """What something missing is needed for: how it would be reported alone."""

    code: str
    what: str
    unknown: Unknown
    span: Span
    step: str | None


@dataclass(slots=True)
class Gaps:
    """What is missing, each with what it is needed for, in the order in which that was found."""

    _needs: dict[Gap, list[Need]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._needs)

    def add(self, gap: Gap, need: Need) -> None:
        """Note that `gap` is needed."""
        self._needs.setdefault(gap, []).append(need)

    def report(self, reporter: Reporter, outside: Outside) -> None:
        """Report all that is missing."""
        others = {gap: needs for gap, needs in self._needs.items() if gap.kind != "file"}
        for gap, needs in self._needs.items():
            if gap.kind == "file":
                _report_file(gap, needs, reporter)
            elif len(others) == 1:
                report_need(needs[0], reporter)
        if len(others) > 1:
            _report_list(others, reporter, outside)


def report_need(need: Need, reporter: Reporter) -> None:
    """Report what is not known, with the way back to its first cause."""
    root = need.unknown.root
    supply = need.unknown.supply or root.supply
    remedy = f"Supply it: {supply}." if supply else ""
    message = f"{need.what} is not known: {root.reason}"
    reporter.report(need.code, message, need.span, causes=need.unknown.chain(), help=remedy, step=need.step)


def _report_file(gap: Gap, needs: Sequence[Need], reporter: Reporter) -> None:
    what = _cut([f"{need.what} comes from it" for need in needs], [need.span for need in needs])
    causes = (*(Cause(f"it was looked for as {place}") for place in gap.places), *what)
    name = shlex.quote(gap.name.replace("\\", "/").rpartition("/")[2])
    reporter.report(
        "PL116",
        f"the file '{gap.name}' is missing",
        needs[0].unknown.root.span,
        causes=causes,
        help=f"Give it: --file {name}=PATH.",
        hides=_find_purpose(needs),
    )


def _report_list(gaps: dict[Gap, list[Need]], reporter: Reporter, outside: Outside) -> None:
    variables = [gap.name for gap in gaps if gap.kind == "variable"]
    arguments = [gap.name for gap in gaps if gap.kind == "argument"]
    first = [needs[0] for needs in gaps.values()]
    texts = [f"{gap.name}: {need.what}" for gap, need in zip(gaps, first, strict=True)]
    counted = (
        f"{len(names)} {word}{'s' if len(names) > 1 else ''}"
        for names, word in ((variables, "environment variable"), (arguments, "argument"))
        if names
    )
    reporter.report(
        "PL117",
        f"{' and '.join(counted)} that the pipeline needs are not given: {', '.join((*variables, *arguments))}",
        first[0].unknown.root.span,
        causes=_cut(texts, [need.span for need in first]),
        help=" ".join((*_advise_variables(variables, outside), *_advise_arguments(gaps))),
        hides=_find_purpose([need for needs in gaps.values() for need in needs]),
    )


def _advise_variables(names: Sequence[str], outside: Outside) -> Iterator[str]:
    if not names:
        return
    lines = "".join(f"\n{name}=" for name in names)
    yield f"Fill them in, in a file that you give with --env-file FILE:{lines}\n"
    for path, found in find_variable_files(outside, frozenset(names)):
        shown = relative_path(path, outside.start)
        count = "all of them" if len(found) == len(names) else f"{len(found)} of them"
        yield f"{shown} has {count}: --env-file {shlex.quote(shown)}."


def _advise_arguments(gaps: Iterable[Gap]) -> Iterator[str]:
    words = [gap.supply.removeprefix("-- ") for gap in gaps if gap.kind == "argument"]
    if words:
        yield f"Give the arguments after all else: -- {' '.join(words)}."


def find_variable_files(outside: Outside, names: frozenset[str]) -> list[tuple[Path, frozenset[str]]]:
    """The project's files that hold some of the variables `names`, those with most of them first; three at most."""
    found: list[tuple[Path, frozenset[str]]] = []
    for path in _list_variable_files(outside):
        with suppress(OSError, ValueError):
            text = outside.read(str(path), MAX_READ).decode("utf-8", "replace")
            held = names & parse_variables_file(path, text).keys()
            found += [(path, held)] if held else []
    return sorted(found, key=lambda entry: -len(entry[1]))[:3]


def _list_variable_files(outside: Outside) -> Iterator[Path]:
    """The project's files with such a name, those near its top first: of a large project, as far as it is looked at."""
    folders = Folders(outside, _LOOKED_AT, lambda steps: None)
    pending = deque([str(project_root(outside.folder))])
    with suppress(OSError, TooManyFiles):
        while pending:
            folder = pending.popleft()
            for name, entry in folders.list_entries(folder).items():
                if entry.refusal is None and not entry.folder and _VARIABLES.fullmatch(name):
                    yield Path(folder, name)
                elif entry.folder and not entry.link:
                    pending.append(f"{folder}/{name}")


def _find_purpose(needs: Iterable[Need]) -> Purpose:
    """What is hidden by all needs together."""
    return "graph" if any(find_code(need.code).hides == "graph" for need in needs) else "run"


def _cut(texts: Sequence[str], spans: Sequence[Span]) -> tuple[Cause, ...]:
    """The first of several things, each once, and how many more there are."""
    causes = list(dict.fromkeys(Cause(text, span) for text, span in zip(texts, spans, strict=True)))
    more = len(causes) - _SHOWN
    return (*causes[:_SHOWN], Cause(f"and {more} more")) if more > 0 else tuple(causes)
