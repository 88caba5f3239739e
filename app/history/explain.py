"""Why a step ran, was reused, or would be: in one sentence, with what changed and what is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from pipelift.app.history.compare import Change, Comparison, compare_ingredients
from pipelift.app.history.state import State, StepRun
from pipelift.app.running import Forecast
from pipelift.compiler import ir
from pipelift.runtime.contract import reasons
from pipelift.runtime.contract.parts import read_part
from pipelift.runtime.contract.paths import STATE
from pipelift.runtime.contract.record import GOOD, INGREDIENTS, MadeOf

_NOTHING = Comparison((), ())
_NAMED = 3
"""How many changes one line names."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one step of a run (None: a planned run) ran or not: `status` as in records, or ``runs`` if it would run.

    `compared_with` is the run before; `because` explains the upstream steps that made new results.
    """

    step: str
    name: str
    run: str | None
    status: str
    sentence: str
    compared_with: str | None
    changed: tuple[Change, ...]
    same: tuple[str, ...]
    because: tuple[Explanation, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Plain data, with the fields of the class."""
        return asdict(self)


def explain_finished(state: State, record: StepRun) -> Explanation:
    """Explain a step of a run that has started it."""
    before = _find_earlier(state, record)
    lists = partial(read_part, str(state.folder))
    compared = _compare_records(_add_own_parts(lists, before, record), before, record.made_of)
    run = state.run(record.run)
    return Explanation(
        step=record.step,
        name=record.name,
        run=record.run,
        status=record.status,
        sentence=_describe_record(state, record, before, compared),
        compared_with=before.run if before else None,
        changed=compared.changes,
        same=compared.same,
        because=tuple(
            explain_finished(state, upstream)
            for name in _new_results(compared)
            if run is not None and (upstream := run.step(name)) is not None
        ),
    )


def explain_planned(
    state: State, pipeline: ir.Pipeline, forecasts: Mapping[str, Forecast], step: str
) -> Explanation:
    """Explain what a run that started now would do with the step (by id)."""
    forecast = forecasts[step]
    before = next(_select_results(state.earlier(step, pipeline.id)), None)
    compared = _compare_records(
        _add_own_parts(_collect_parts(state, pipeline), before), before, forecast.made_of
    )
    waits = [producer for producer in _upstream_ids(forecast) if forecasts[producer].reused_from is None]
    return Explanation(
        step=step,
        name=forecast.name,
        run=None,
        status="reused" if forecast.reused_from else "runs",
        sentence=describe_forecast(forecast, before.run if before else None, compared.changes),
        compared_with=before.run if before else None,
        changed=tuple(
            change for change in compared.changes if change.kind != "step" or change.name not in waits
        ),
        same=compared.same,
        because=tuple(explain_planned(state, pipeline, forecasts, producer) for producer in waits),
    )


def describe_forecast(forecast: Forecast, before: str | None, changes: tuple[Change, ...]) -> str:
    """Describe in one sentence what would happen to a step."""
    if forecast.reused_from:
        return f"would be reused (run {forecast.reused_from})"
    if forecast.why == reasons.CANNOT_START:
        return f"would run into: {forecast.detail}"
    if forecast.why == reasons.UPSTREAM:
        return f"would run: {forecast.detail} would run before and make a new result"
    return f"would run: {_describe_cause(forecast.why, forecast.detail, before, changes)}"


def describe_forecasts(
    folder: Path, pipeline: ir.Pipeline, forecasts: Mapping[str, Forecast]
) -> dict[str, str]:
    """Describe for each step (by id) whether an earlier result is reused; empty if nothing has run in `folder`."""
    if not (folder / STATE).is_dir():
        return {}
    state = State(folder / STATE)
    return {step: _add_changes(explain_planned(state, pipeline, forecasts, step)) for step in forecasts}


def _add_changes(explanation: Explanation) -> str:
    if explanation.status == "reused" or explanation.because or not explanation.changed:
        return explanation.sentence
    named = "; ".join(change.text for change in explanation.changed[:_NAMED])
    more = len(explanation.changed) - _NAMED
    return f"{explanation.sentence} ({named}{f' and {more} more' if more > 0 else ''})"


def render_explanation(explanation: Explanation, indent: str = "") -> Iterator[str]:
    """The explanation as text for people."""
    where = f" in run {explanation.run}" if explanation.run else ""
    yield f"{indent}{explanation.name}{where}: {explanation.sentence}"
    if explanation.compared_with:
        yield f"{indent}  compared with run {explanation.compared_with}"
    for change in explanation.changed:
        yield f"{indent}    {change.text}"
    if explanation.compared_with and explanation.same:
        yield f"{indent}    the same: {', '.join(explanation.same)}"
    for upstream in explanation.because:
        yield from render_explanation(upstream, indent + "  ")


def _describe_record(state: State, record: StepRun, before: StepRun | None, compared: Comparison) -> str:
    decision = record.data.get("decision")
    outcome = "" if record.status == "completed" else f" and {record.status}"
    if record.status == "reused":
        return f"reused the result of run {record.origin[0] if record.origin else None}"
    if decision is None:
        reason = record.data.get("reason")
        return f"{record.status}, before its key was known" + (f": {reason}" if reason else "")
    cause = _describe_cause(
        decision["why"], decision["detail"], before.run if before else None, compared.changes
    )
    last = next(state.earlier(record.step, record.pipeline, record.started), None)
    if last is not None and last.status == "failed" and not compared.changes:
        cause += f"; its last run, {last.run}, failed, and a failure is never reused"
    return f"ran{outcome}: {cause}"


def _describe_cause(why: str, detail: str, before: str | None, changes: tuple[Change, ...]) -> str:
    sentences = {
        reasons.NOT_ALLOWED: "it runs every time, as it does not allow reuse (allow_reuse=False)",
        reasons.SWITCHED_OFF: "reuse was switched off for the run (--no-reuse, or regenerate_outputs=True)",
        reasons.REFRESHED: "it was asked to (--refresh)",
        reasons.LOST: detail,
    }
    if why in sentences:
        return sentences[why]
    if before is None:
        return "no result of an earlier run is known"
    if changes:
        number = f"{len(changes)} parts of its reuse key" if len(changes) > 1 else "a part of its reuse key"
        return f"{number} changed since run {before}"
    return f"no known part changed since run {before}, but its result cannot be reused"


def _find_earlier(state: State, record: StepRun) -> StepRun | None:
    """Find the record to compare with: that of the run that it reuses, else of the last one with a result."""
    if record.origin:
        run = state.run(record.origin[0])
        return run.step(record.origin[1]) if run else None
    return next(_select_results(state.earlier(record.step, record.pipeline, record.started)), None)


def _select_results(records: Iterable[StepRun]) -> Iterator[StepRun]:
    return (record for record in records if record.status in GOOD and record.made_of is not None)


def _compare_records(
    parts: Callable[[str], Mapping[str, object] | None], before: StepRun | None, after: MadeOf | None
) -> Comparison:
    earlier = None if before is None else before.made_of
    if earlier is None or after is None or not earlier.keys() & after.keys() >= INGREDIENTS:
        return _NOTHING
    return compare_ingredients(earlier, after, parts)


def _add_own_parts(
    parts: Callable[[str], Mapping[str, object] | None], *steps: StepRun | None
) -> Callable[[str], Mapping[str, object] | None]:
    """Add to the kept lists those in the folders of the compared steps, which describe these steps alone."""

    def part(digest: str) -> Mapping[str, object] | None:
        own = (read_part(str(step.folder), digest) for step in steps if step is not None)
        return parts(digest) or next((entries for entries in own if entries is not None), None)

    return part


def _new_results(compared: Comparison) -> tuple[str, ...]:
    return tuple(dict.fromkeys(change.name for change in compared.changes if change.kind == "step"))


def _upstream_ids(forecast: Forecast) -> tuple[str, ...]:
    upstream = forecast.made_of.get("upstream", {}) if forecast.made_of else {}
    return tuple(dict.fromkeys(entry["step"] for entry in upstream.values()))


def _collect_parts(state: State, pipeline: ir.Pipeline) -> Callable[[str], Mapping[str, object] | None]:
    """Add to the kept lists those of the current pipeline, which no run has kept yet."""
    lists: dict[str, Mapping[str, object]] = {
        snapshot.digest: {file.path: file.sha256 for file in snapshot.files}
        for snapshot in pipeline.snapshots
    }
    for environment in pipeline.environments:
        lists[environment.digest] = {
            "python": environment.python,
            "image": environment.image,
            "pip": environment.pip,
            "conda": environment.conda,
        }
    return lambda digest: lists.get(digest) or read_part(str(state.folder), digest)
