"""One attempt at a step, from its spec to its record: the path that every engine takes."""

import errno
import os
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Dict, Iterator, List, Mapping, NamedTuple, Tuple

from . import (
    adoption,
    attempts,
    execution,
    identity,
    ingredients,
    privacy,
    process,
    publishing,
    records,
    reuse,
)
from . import spec as specs
from .context import Artifacts, Context, Ending, Result
from .contract import reasons
from .contract.record import GOOD, Record
from .contract.secrets import looks_secret
from .contract.spec import Spec
from .errors import CANCELLED, IO, NOT_REUSED, UPSTREAM, LauncherError
from .inputs import list_lost_places, make_places, missing_data

__all__ = ["Artifacts", "Context", "Result", "look_up", "missing_data", "run_step"]


def run_step(spec: Spec, context: Context) -> Result:
    """Reuse an earlier result of the step, or run its script; write the record either way.

    What goes wrong with the step comes back as a failed `Result` with one of the exit codes of `errors` and a
    reason for people. Raises `LauncherError` only where `spec` is no launch spec.
    """
    started = time.monotonic()
    specs.check(spec)
    place, record = _begin(spec, context)
    with ExitStack() as held:
        publication = held.enter_context(publishing.Publication(place))
        result = _attempt_guarded(spec, context, place, record, publication)
        result.seconds = round(time.monotonic() - started, 3)
        result.reason = context.secrets.scrubbed(result.reason)
        result.metrics = context.secrets.mask.data(result.metrics)
        try:
            if not result.kept:
                _conclude(spec, context, place, record, result, publication)
        except OSError as error:
            result = Result("failed", IO, result.seconds, reason="cannot write the record: {}".format(error))
        if context.defer is not None and result.status == "completed":
            context.defer(partial(_finish, held.pop_all(), place, record, publication))
            return result
    if context.artifacts is None and not result.kept:
        _settle(context, place, record)
    return result


def _finish(
    held: ExitStack, place: records.StepPlace, record: Record, publication: publishing.Publication
) -> None:
    """What is left to do for a step that has its record, and that no other step waits for. Raises `OSError`.

    Until the disk has the record nothing is forgotten that could put back what was published.
    """
    try:
        with held:
            try:
                place.make_durable()
            finally:  # others have seen the record: it decides, even where the disk could not take it for good
                publication.commit()
    finally:
        adoption.settle(place, record)


def _attempt_guarded(
    spec: Spec,
    context: Context,
    place: records.StepPlace,
    record: Record,
    publication: publishing.Publication,
) -> Result:
    """As `_attempt`; what goes wrong is a result too."""
    try:
        _repair(context)
        return _attempt(spec, context, place, record, publication)
    except LauncherError as error:
        ended: Ending = "cancelled" if error.status == CANCELLED else "failed"
        return Result(ended, error.status, reason=str(error))
    except OSError as error:
        return Result("failed", IO, reason=str(error))
    except UnicodeEncodeError as error:
        return Result("failed", IO, reason=process.explain_unencodable(error))


def look_up(spec: Spec, context: Context) -> Result:
    """Reuse an earlier result of the step as `run_step` would; never run its script.

    Where none is reused, or that cannot be told, the result is "missed" with a reason and nothing is written.
    `context.source` need not exist. Raises `LauncherError` only where `spec` is no launch spec.
    """
    started = time.monotonic()
    specs.check(spec)
    place, record = _begin(spec, context)
    try:
        if _is_cancelled(context, place):
            return Result("missed", NOT_REUSED, reason="the run was cancelled")
        spec = specs.fill_paths(spec, context.parameters)
        decision = _decide(spec, context, place, record, bool(list_lost_places(spec, context)))
        if decision.found.record is None:
            return Result("missed", NOT_REUSED, reason=decision.found.detail or decision.found.why)
        result = _reuse_result(decision.found, context, record)
        result.seconds = round(time.monotonic() - started, 3)
        privacy.close(context.state)
        _keep(spec, context, place, decision)
        with publishing.Publication(place) as nothing:
            _conclude(spec, context, place, record, result, nothing)
        _settle(context, place, record)
    except (LauncherError, OSError) as error:
        return Result("missed", NOT_REUSED, reason=context.secrets.scrubbed(str(error)))
    return result


def _begin(spec: Spec, context: Context) -> Tuple[records.StepPlace, Record]:
    """The step's place in the run, and a record of what is known before anything is looked at."""
    context.secrets.note_parameters(spec, context.parameters)
    place = records.Run(context.state, context.run_id).step(spec["step"]["id"])
    record: Record = {
        "run": context.run_id,
        "step": spec["step"]["id"],
        "name": spec["step"]["name"],
        "pipeline": spec["pipeline"]["id"],
        "started": round(time.time(), 3),
    }
    return place, record


def _is_cancelled(context: Context, place: records.StepPlace) -> bool:
    if context.supervised:
        return context.cancel.is_set()
    return context.cancel.is_set() or bool(place.run.cancelled_by - {place.step_id})


def _attempt(
    spec: Spec,
    context: Context,
    place: records.StepPlace,
    record: Record,
    publication: publishing.Publication,
) -> Result:
    """Fill `record` as far as the attempt comes, and say how it ended."""
    if _is_cancelled(context, place):
        return Result("cancelled", CANCELLED, reason="the run was cancelled before the step started")
    spec = specs.fill_paths(spec, context.parameters)
    lost = make_places(spec, context)
    decision = _decide(spec, context, place, record, lost)
    if decision.found.record is not None:
        _keep(spec, context, place, decision)
        return _reuse_result(decision.found, context, record)
    with _where_the_state_is_ours():
        adoption.expect(place)
    attempts.sweep_step(place)
    place.clear()
    if context.artifacts is None:
        _keep(spec, context, place, decision)
    result = execution.execute(spec, context, place, decision.prepared, record, publication)
    if result.status == "completed" and context.artifacts is None:
        record["changed_inputs"] = _changed_inputs(spec, context, decision.prepared.upstream)
    return result


def _repair(context: Context) -> None:
    """Make the state folder what it has to be, and put in order what killed launchers have left. Raises `OSError`."""
    with _where_the_state_is_ours():
        privacy.close(context.state)
        context.seal.make()
        if context.artifacts is None:
            adoption.settle_all(context.state, own=context.run_id if context.defer else None)
    for store in context.stores.values():
        attempts.sweep_store(store, context.state)


def _changed_inputs(spec: Spec, context: Context, upstream: Mapping[str, Record]) -> List[str]:
    """The ports that read what lies at a destination of the pipeline's choice and is no longer what their upstream
    step has made: the script may have read another run's files. Told to the log. Raises `LauncherError`."""
    changed = []
    for port in spec["step"]["inputs"]:
        source = port["source"]
        if source["kind"] != "step":
            continue
        output = upstream[source["step"]].get("outputs", {}).get(source["port"])
        if output is not None and output.get("explicit") and not reuse.is_as_made(output, context):
            message = (
                "pipelift: input '{}': what step '{}' has made in {}/{} was changed since, by another step "
                "or run; this result is not kept for reuse"
            )
            context.emit(message.format(port["name"], source["step"], output["store"], output["path"]))
            changed.append(port["name"])
    return changed


class _Decision(
    NamedTuple(
        "_Decision",
        [("found", reuse.Lookup), ("prepared", execution.Prepared), ("known", identity.Identities)],
    )
):
    """Whether an earlier result stands in for the step, and what was learned on the way."""


def _decide(spec: Spec, context: Context, place: records.StepPlace, record: Record, lost: bool) -> _Decision:
    """Make the key and look it up; fills `record`. Writes no file. Raises `LauncherError`, `OSError`.

    `lost` says that a folder which the script may write below an input was gone: no result stands in for that.
    """
    values = specs.parameter_texts(spec, context.parameters)
    upstream = _upstream(spec, context, place.run)
    results = {step: entry.get("result") for step, entry in upstream.items()}
    identities = identity.datasets(spec, context)
    key = reuse.reuse_key(spec, values, results, identities.identities, context.seal)
    record["key"], record["key_parts"] = key.digest, list(key.parts)
    record["parameters"] = {name: text for name, text in values.items() if not looks_secret(name)}
    record["made_of"] = ingredients.made_of(spec, values, results, identities.identities, context.seal)
    lookup = reuse.look_up_kept(place.read(), key, spec["step"], context) if context.resume else None
    lookup = lookup or reuse.find_bar(spec["step"], context)
    if lookup is None:
        reuse.note_use(key.digest, context.state)
        lookup = reuse.lookup(key, spec["step"], context)
    if lost and lookup.record is not None:
        lookup = reuse.Lookup(None, reasons.LOST, "a folder that the step may write below an input is gone")
    record["decision"] = {"why": lookup.why, "detail": lookup.detail}
    return _Decision(lookup, execution.Prepared(values, upstream), identities)


def _keep(spec: Spec, context: Context, place: records.StepPlace, decision: _Decision) -> None:
    """Keep what explains the key, and what makes the next one cheaper: where the state can only be read the former in
    the step's own folder, the latter nowhere, as a step must not say what others read. Raises `OSError`."""
    is_ours = not os.path.isdir(context.state) or os.access(context.state, os.W_OK)
    ingredients.keep_parts(spec, context, context.state if is_ours else place.folder)
    identity.keep_lists(decision.known, context, context.state if is_ours else place.folder)
    if is_ours:
        identity.keep_digests(decision.known, context)


def _upstream(spec: Spec, context: Context, run: records.Run) -> Dict[str, Record]:
    """What each step that this one reads from has left, by id. Raises `LauncherError`."""
    if context.artifacts is not None:
        results = context.artifacts.results
        return {
            step: {"result": results[step]} if step in results else {} for step in specs.upstream_steps(spec)
        }
    records_by_step = {}
    for step in specs.upstream_steps(spec):
        entry = run.step(step).read()
        if entry is None or entry.get("status") not in GOOD:
            message = "step '{}', whose output this step reads, has no result in run {}"
            raise LauncherError(UPSTREAM, message.format(step, run.id))
        records_by_step[step] = entry
    return records_by_step


def _reuse_result(lookup: reuse.Lookup, context: Context, record: Record) -> Result:
    earlier = lookup.record
    assert earlier is not None  # the caller has seen to it
    record["outputs"] = earlier["outputs"]
    record["reused_from"] = {"run": earlier["run"], "step": earlier["step"]}
    paths = execution.paths(earlier["outputs"], context.stores)
    is_kept = lookup.why == reasons.KEPT
    return Result(
        "reused",
        0,
        outputs=paths,
        metrics=earlier.get("metrics"),
        result_id=earlier.get("result"),
        reason=reasons.RESUMED if is_kept else "",
        kept=is_kept,
    )


def _conclude(
    spec: Spec,
    context: Context,
    place: records.StepPlace,
    record: Record,
    result: Result,
    publication: publishing.Publication,
) -> None:
    """Write the record, with which what was published stays; after success the result can be reused, once the record
    is taken over. What was published is only committed here where nobody does so later. Raises `OSError`."""
    assert result.status != "missed"  # whoever only looks writes nothing
    if result.status == "completed":
        publication.complete()
    else:
        publication.undo()
    ending: Record = {
        "ended": round(time.time(), 6),
        "status": result.status,
        "exit_code": result.exit_code,
        "seconds": result.seconds,
        "metrics": result.metrics,
        "reason": result.reason,
        "reusable": bool(spec["step"]["reuse"]["allowed"]) and not record.get("changed_inputs"),
    }
    record.update(ending)
    if result.result_id is not None:
        record["result"] = result.result_id
    is_last = context.defer is None or result.status != "completed"
    place.write(record, durable=is_last)
    if is_last:
        publication.commit()


def _settle(context: Context, place: records.StepPlace, record: Record) -> None:
    """Take over what the step has left. It comes last: until then an entry tells the next run where to clear away."""
    try:
        with _where_the_state_is_ours():
            adoption.settle(place, record)
    except OSError as error:  # the step has its result all the same; the next run takes it over
        context.emit("pipelift: the result cannot be kept for reuse yet: {}".format(error))


@contextmanager
def _where_the_state_is_ours() -> Iterator[None]:
    """In a step's container the state can only be read: who has started it does the rest."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
