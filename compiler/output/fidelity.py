"""`REPORT.md`: for each step whether the target keeps it exactly, nearly or not at all, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pipelift.compiler.diagnostics import Diagnostic, Severity
from pipelift.compiler.ir import Pipeline, Script, Step, StepSource
from pipelift.compiler.ir.graph import upstream
from pipelift.compiler.output.needs import NOTHING, GpuNeed, Needs, SecretNeed
from pipelift.compiler.repository.provenance import GitFacts

_KINDS = {
    "folder": "a folder",
    "volume": "a volume",
    "claim": "a volume claim",
    "files": "remote files",
    "database": "a database",
}
_ORDER = ("exact", "approximated", "dropped")


def report_page(
    pipeline: Pipeline,
    target: str,
    git: GitFacts | None,
    diagnostics: Iterable[Diagnostic],
    needs: Needs = NOTHING,
) -> str:
    """The page as Markdown. `needs` is what has to be there when the output runs."""
    found = list(diagnostics)
    losses = [diagnostic for diagnostic in found if diagnostic.fidelity]
    losses += _starved(pipeline, losses)
    others = [diagnostic for diagnostic in found if not diagnostic.fidelity]
    sections = [
        f"# {_text(pipeline.name)}: what {_text(target)} keeps\n\n{_head(pipeline, target, git)}",
        _steps(pipeline, losses),
        _losses(losses),
        *_needs(needs),
    ]
    if others:
        sections.append(_others(others))
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
            _reuse(pipeline, step),
            _text(str(step.span)) if step.span else "–",
        )
        for step, fidelity in zip(pipeline.steps, kept, strict=True)
    ]
    counts = ", ".join(f"{kept.count(word)} {word}" for word in _ORDER)
    table = _table(("Step", "Kept", "Runs", "Waits for", "Reuse", "Source"), rows)
    return f"## Steps\n\n{len(kept)} in all: {counts}.\n\n{table}"


def _reuse(pipeline: Pipeline, step: Step) -> str:
    if pipeline.regenerate:
        return "never (regenerate_outputs)"
    return "allowed" if step.reuse.allowed else "never"


def _starved(pipeline: Pipeline, losses: Sequence[Diagnostic]) -> list[Diagnostic]:
    """A loss for each step that reads, maybe over others, what a step writes that the target drops."""
    readers: dict[str, list[Step]] = {}
    for step in pipeline.steps:
        for port in step.inputs:
            if isinstance(port.source, StepSource):
                readers.setdefault(port.source.step, []).append(step)
    waiting = [step for step in pipeline.steps if step_fidelity(step, losses) == "dropped"]
    lost = {step.id for step in waiting}
    found = []
    while waiting:
        before = waiting.pop()
        for step in readers.get(before.id, ()):
            if step.id not in lost:
                lost.add(step.id)
                waiting.append(step)
                found.append(_starve(step, before))
    return found


def _starve(step: Step, before: Step) -> Diagnostic:
    message = f"step '{step.name}' reads what step '{before.name}' writes, and that has no data for it"
    remedy = f"Provide the data of '{before.name}' in another way."
    return Diagnostic("PL410", Severity.WARNING, message, step.span, (), remedy, step.name, "dropped")


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


def _needs(needs: Needs) -> Iterator[str]:
    """What the output needs, as far as there is any of it; no section where it needs nothing."""
    parts = []
    if needs.stores:
        rows = [
            (
                _text(store.name),
                _KINDS[store.kind] + ("" if store.configured else " (our default)"),
                _text(store.where),
                _text(store.secret or "–"),
                _text(", ".join(store.read_by) or "–"),
                _text(", ".join(store.written_by) or "–"),
            )
            for store in needs.stores
        ]
        parts.append(_table(("Store", "Is", "Where", "Secret", "Has source data of", "Written by"), rows))
    lines = [
        *(f"Secret **{_text(one.name)}**: {_secret_use(one)}." for one in needs.secrets),
        *(f"Parameter **{_text(name)}** has no default: give it a value." for name in needs.parameters),
        *(f"**{_text(one.step)}** asks for {_gpus(one)}." for one in needs.gpus),
    ]
    parts += ["".join(f"- {line}\n" for line in lines)] if lines else []
    if parts:
        hint = "`pipelift doctor` on this folder says which of it is missing; pipelift.toml changes it.\n"
        yield "## What it needs\n\n" + "\n".join([hint, *parts])


def _secret_use(secret: SecretNeed) -> str:
    uses = [f"the credentials of {_text(', '.join(secret.stores))}"] if secret.stores else []
    uses += [f"the variable {_text(', '.join(secret.variables))} of steps"] if secret.variables else []
    uses += [f"an argument of {_text(', '.join(secret.arguments))}"] if secret.arguments else []
    uses += [f"the value of the parameter {_text(', '.join(secret.parameters))}"] if secret.parameters else []
    return " and ".join(uses)


def _gpus(need: GpuNeed) -> str:
    return f"{need.count} GPU{'s' if need.count > 1 else ''}" + (
        f" ({_text(need.model)})" if need.model else ""
    )


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
