"""`REPORT.md`: for each step whether the target keeps it exactly, nearly or not at all, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.ir import Pipeline, Script, Step
from pipelift.compiler.ir.graph import upstream
from pipelift.compiler.provenance import GitFacts

_ORDER = ("exact", "approximated", "dropped")


def report_page(
    pipeline: Pipeline,
    target: str,
    git: GitFacts | None,
    diagnostics: Iterable[Diagnostic],
    instructions: str = "",
) -> str:
    """The page as Markdown. `instructions` is Markdown of the target's on how to build and run the output."""
    found = list(diagnostics)
    losses = [diagnostic for diagnostic in found if diagnostic.fidelity]
    others = [diagnostic for diagnostic in found if not diagnostic.fidelity]
    sections = [
        f"# {_text(pipeline.name)}: what {_text(target)} keeps\n\n{_head(pipeline, target, git)}",
        _steps(pipeline, losses),
        _losses(losses),
    ]
    if others:
        sections.append(_others(others))
    if instructions:
        sections.append(f"## How to build and run\n\n{instructions.strip()}\n")
    return "\n".join(sections)


def step_fidelity(step: Step, losses: Iterable[Diagnostic]) -> str:
    """`exact`, `approximated` or `dropped`: the worst that is said of `step`."""
    said = [loss.fidelity for loss in losses if loss.step in (step.name, step.id) and loss.fidelity]
    return max(said, key=_ORDER.index, default="exact")


def _head(pipeline: Pipeline, target: str, git: GitFacts | None) -> str:
    source = _text(pipeline.source)
    if git:
        branch = f" on {_text(git.branch)}" if git.branch else ""
        changes = ", with uncommitted changes" if git.dirty else ""
        source += f", commit {git.commit[:12]}{branch}{changes}"
    rows = [("Pipeline", _text(pipeline.name)), ("Target", _text(target)), ("Source", source)]
    if pipeline.description:
        rows.insert(1, ("Description", _text(pipeline.description)))
    return _table(("", ""), rows)


def _steps(pipeline: Pipeline, losses: Sequence[Diagnostic]) -> str:
    names = {step.id: step.name for step in pipeline.steps}
    kept = [step_fidelity(step, losses) for step in pipeline.steps]
    rows = [
        (
            _text(step.name),
            f"**{fidelity}**" if fidelity != "exact" else fidelity,
            _text(step.run.path if isinstance(step.run, Script) else step.run.program),
            _text(", ".join(names[before] for before in upstream(pipeline, step)) or "–"),
            "allowed" if step.reuse.allowed else "never",
            _text(str(step.span)) if step.span else "–",
        )
        for step, fidelity in zip(pipeline.steps, kept, strict=True)
    ]
    counts = ", ".join(f"{kept.count(word)} {word}" for word in _ORDER)
    table = _table(("Step", "Kept", "Runs", "Waits for", "Reuse", "Source"), rows)
    return f"## Steps\n\n{len(kept)} in all: {counts}.\n\n{table}"


def _losses(losses: Sequence[Diagnostic]) -> str:
    if not losses:
        return "## What differs\n\nNothing: the target keeps every step as the source has it.\n"
    rows = [
        (
            _text(loss.step or "the pipeline"),
            f"{loss.fidelity}",
            loss.code,
            _text(loss.message),
            _text(loss.help),
        )
        for loss in losses
    ]
    return "## What differs\n\n" + _table(("Where", "Kept", "Code", "What", "What to do"), rows)


def _others(others: Sequence[Diagnostic]) -> str:
    rows = [
        (
            diagnostic.severity.value,
            diagnostic.code,
            _text(diagnostic.message),
            _text(diagnostic.help),
            _text(str(diagnostic.span)) if diagnostic.span else "–",
        )
        for diagnostic in others
    ]
    return "## Also found in the source\n\n" + _table(("", "Code", "What", "What to do", "Source"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _text(text: str) -> str:
    """`text` as Markdown that shows just it, in one line: it may come from the user's source."""
    line = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", "".join(char for char in line if char.isprintable()))
