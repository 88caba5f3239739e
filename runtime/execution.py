"""A step that runs: source and inputs in place, the script, then its outputs published or set aside."""

import os
from functools import partial
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from . import (
    attempts,
    command,
    files,
    inputs,
    links,
    masking,
    metrics,
    outputs,
    process,
    publishing,
    records,
    reuse,
    written,
)
from .context import Context, Result
from .contract.files import write_whole
from .contract.paths import COLLECTED
from .contract.record import Output, Record
from .contract.spec import Location, Spec
from .contract.untrusted import below
from .errors import CANCELLED, LauncherError


class Prepared(NamedTuple("Prepared", [("values", Mapping[str, str]), ("upstream", Mapping[str, Record])])):
    """What is known before the script starts: parameter texts by name, records by upstream step."""


def execute(
    spec: Spec,
    context: Context,
    place: records.StepPlace,
    prepared: Prepared,
    record: Record,
    publication: publishing.Publication,
) -> Result:
    """Run the step's script and publish what it made, as far as the `publication` is committed; fills `record`.

    Raises `LauncherError`, `OSError`.
    """
    stores = [] if context.artifacts else [port["store"] for port in spec["step"]["outputs"]]
    attempt = attempts.Attempt(place, [context.stores[store] for store in stores if store in context.stores])
    publication.enter_context(attempt)
    record["attempt"] = attempt.name
    staging = outputs.plan(spec["step"], context, place, attempt.name)
    publication.callback(staging.discard)
    result = None
    try:
        ending, ready = _run_script(spec, context, place, prepared, staging)
        input_paths = [path for port in ready.values() for path in port.shows]
        _collect(place, input_paths, context)
        result = _verdict(ending, place)
        if result.status == "completed":
            _publish(spec, context, place, staging, input_paths, publication, record)
            result.outputs = {name: output.final for name, output in staging.outputs.items()}
            result.result_id = reuse.result_id(record["outputs"])
        else:
            record["failed_outputs"] = staging.keep_failed(place)
        return result
    finally:
        if context.defer is not None and result is not None and result.status == "completed":
            publication.callback(_remove_folders, place)
        else:
            _remove_folders(place)


def _remove_folders(place: records.StepPlace) -> None:
    """Remove what the attempt alone has used. Raises `OSError`."""
    files.remove(place.work)
    files.remove(place.inputs)


def paths(described: Mapping[str, Output], stores: Mapping[str, str]) -> Dict[str, str]:
    """The absolute path of each output of a record, by port. Raises `untrusted.Outside`."""
    return {
        name: below(os.path.abspath(stores[entry["store"]]), entry["path"])
        for name, entry in described.items()
    }


def _run_script(
    spec: Spec, context: Context, place: records.StepPlace, prepared: Prepared, staging: outputs.Staging
) -> Tuple[process.Ending, Dict[str, inputs.Input]]:
    files.copy(context.source, place.work)
    for name in COLLECTED:
        os.makedirs(os.path.join(place.work, name), exist_ok=True)
    ready = inputs.prepare(spec, context, place, prepared.upstream)
    written.open_places(staging, place.work)
    values = command.Values(ready, staging.outputs, prepared.values, context.secrets)
    arguments, hidden = command.conceal_secrets(spec, context, command.command(spec, context, values))
    environment = command.environment(spec, context, values, place, context.secrets.without(os.environ))
    environment.update(context.variables)
    environment.update(hidden)
    write_whole(place.context, files.json_line(_describe_step(spec, context, place, values)))
    mask = masking.Listener(context.secrets.mask, place.folder, environment)
    ending = process.run(
        arguments,
        place.work,
        environment,
        place.log,
        context.emit,
        context.cancel,
        timeout=spec["step"]["timeout"],
        mask=mask,
        guard=context.guard,
    )
    written.bring_in(staging, place.work)
    mask.catch_up()
    masking.clean(place, context.secrets.mask)
    return ending, ready


def _describe_step(
    spec: Spec, context: Context, place: records.StepPlace, values: command.Values
) -> Dict[str, Any]:
    """What the stand-in for `azureml` reads: the run and where everything of it lies. No parameter values, no secrets:
    the script has these as variables and arguments, so their names and places are enough."""
    pipeline, run = spec["pipeline"], spec["step"]["run"]
    return {
        "run": place.run.id,
        "step": place.step_id,
        "name": spec["step"]["label"],
        "experiment": pipeline["experiment"] or pipeline["name"],
        "state": place.run.state,
        "kept": context.artifacts is None,
        "work": place.work,
        "stores": {name: os.path.abspath(folder) for name, folder in context.stores.items()},
        "remotes": sorted(context.remotes),
        "default_store": pipeline["default_store"],
        "inputs": {name: port.described() for name, port in values.inputs.items()},
        "outputs": {name: port.written for name, port in values.outputs.items()},
        "datasets": [entry for entry in spec["datasets"] if entry.get("name")],
        "secrets": command.secret_variables(spec),
        "script": run["path"] if run["kind"] == "script" else None,
        "secret_arguments": command.secret_places(spec),
    }


def _collect(place: records.StepPlace, input_paths: Sequence[str], context: Context) -> None:
    """Keep the script's own ``outputs`` and ``logs``; what it has uploaded under the same name stays.

    Unlike an output these are no promise to another step: a link that cannot be kept is left out, and told.
    """
    for name in COLLECTED:
        source, target_folder = os.path.join(place.work, name), os.path.join(place.folder, name)
        if links.kind(source) != "folder":
            continue
        links.settle_loosely(source, input_paths, partial(_warn_of_folder, context, name))
        if not os.path.lexists(target_folder):
            files.move(source, target_folder)
            continue
        for relative, path in files.contents(source):
            target = below(target_folder, relative)
            if not os.path.lexists(target):
                files.move(path, target)


def _warn_of_folder(context: Context, folder: str, text: str) -> None:
    _warn(context, "in '{}' of the run: {}".format(folder, text))


def _warn(context: Context, text: str) -> None:
    """Say something of our own in the step's log, as far as it is followed."""
    context.emit("pipelift: " + context.secrets.scrubbed(text))


def _verdict(ending: process.Ending, place: records.StepPlace) -> Result:
    """How the attempt ended: what the process says, and what the script has said through its run."""
    values = metrics.collect(files.read_lines(place.metrics))
    events = files.read_lines(place.events)
    if any(event.get("kind") == "cancel_run" for event in events):
        code = ending.exit_code or CANCELLED
        return Result(
            "cancelled", code, metrics=values, reason="the script cancelled the run", cancels_run=True
        )
    if ending.cancelled:
        return Result("cancelled", ending.exit_code, metrics=values, reason=ending.reason)
    if ending.exit_code:
        return Result("failed", ending.exit_code, metrics=values, reason=ending.reason)
    last = _last_status(events)
    if last is not None and last.get("value") == "Canceled":
        return Result("cancelled", CANCELLED, metrics=values, reason="the script cancelled its step")
    if last is not None and last.get("value") == "Failed":
        reason = "the script called run.fail(): {}".format(last.get("message") or "no reason given")
        return Result("failed", 1, metrics=values, reason=reason)
    return Result("completed", 0, metrics=values)


def _last_status(events: List[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    statuses = [event for event in events if event.get("kind") == "status"]
    return statuses[-1] if statuses else None


def _publish(
    spec: Spec,
    context: Context,
    place: records.StepPlace,
    staging: outputs.Staging,
    input_paths: Sequence[str],
    publication: publishing.Publication,
    record: Record,
) -> None:
    """Publish the outputs and describe them in the `record`. Raises `LauncherError`, `OSError`."""
    try:
        outputs.publish(staging, context, input_paths, publication, partial(_warn, context))
    except (LauncherError, OSError):
        publication.undo()
        record["failed_outputs"] = staging.keep_failed(place)
        raise
    content = spec["identity"] == "content"
    record["outputs"] = {
        name: reuse.describe_output(output, content) for name, output in staging.outputs.items()
    }
    for output in staging.outputs.values():
        asked = output.port["register_as"]
        if asked and context.artifacts is None:
            location: Location = {"store": output.store, "path": output.path}
            tags = {entry["name"]: entry["value"] for entry in asked.get("tags", ())}
            records.register_dataset(
                place.run.state, asked["name"], [location], asked.get("description"), asked.get("table"), tags
            )
