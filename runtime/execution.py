"""A step that runs: source and inputs in place, the script, then its outputs published or set aside."""

import os
from typing import Dict, List, Mapping, NamedTuple, Optional

from . import attempts, command, files, inputs, metrics, outputs, process, records, reuse
from .context import Context, Result
from .errors import CANCELLED, LauncherError

COLLECTED = ("outputs", "logs")
"""The folders of the working directory that are kept with the run, as the service keeps them."""


class Prepared(NamedTuple("Prepared", [("values", Mapping[str, str]), ("upstream", Mapping[str, dict])])):
    """What is known before the script starts: parameter texts by name, records by upstream step."""


def execute(
    spec: dict, context: Context, place: records.StepPlace, prepared: Prepared, record: dict
) -> Result:
    """Run the step's script and publish what it made; fills `record`. Raises `LauncherError`, `OSError`."""
    place.clear()
    if place.step_id in place.run.cancelled_by:
        files.append_line(place.run.events, {"kind": "resume", "step": place.step_id})
    attempts.sweep(context.state, context.stores)
    stores = [] if context.artifacts else [port["store"] for port in spec["step"]["outputs"]]
    attempt = attempts.Attempt(context.state, place, stores)
    with attempt:
        return _attempt(spec, context, place, prepared, record, attempt.name)


def _attempt(
    spec: dict, context: Context, place: records.StepPlace, prepared: Prepared, record: dict, attempt: str
) -> Result:
    staging = outputs.plan(spec["step"], context, place, attempt)
    try:
        ending = _run_script(spec, context, place, prepared, staging)
        _collect(place)
        result = _verdict(ending, place)
        if result.status == "completed":
            try:
                _publish(spec, context, place, staging, record)
            except LauncherError:
                record["failed_outputs"] = staging.keep_failed(place)
                raise
            result.outputs = {name: output.final for name, output in staging.outputs.items()}
            result.result_id = reuse.result_id(record["outputs"])
        else:
            record["failed_outputs"] = staging.keep_failed(place)
        return result
    finally:
        staging.discard()
        files.remove(place.work)
        files.remove(place.inputs)


def paths(described: Mapping[str, dict], stores: Mapping[str, str]) -> Dict[str, str]:
    """The absolute path of each output of a record, by port."""
    return {
        name: os.path.join(os.path.abspath(stores[entry["store"]]), *entry["path"].split("/"))
        for name, entry in described.items()
    }


def _run_script(
    spec: dict, context: Context, place: records.StepPlace, prepared: Prepared, staging: outputs.Staging
) -> process.Ending:
    files.copy(context.source, place.work)
    for name in COLLECTED:
        os.makedirs(os.path.join(place.work, name), exist_ok=True)
    ready = inputs.prepare(spec, context, place, prepared.upstream)
    values = command.Values(ready, staging.outputs, prepared.values)
    arguments = command.command(spec, context, values)
    environment = command.environment(spec, context, values, place, context.secrets.without(os.environ))
    environment.update(context.variables)
    files.write_json(place.context, _described(spec, context, place, values))
    return process.run(
        arguments,
        place.work,
        environment,
        place.log,
        context.emit,
        context.cancel,
        timeout=spec["step"]["timeout"],
        mask=context.secrets.mask,
    )


def _described(spec: dict, context: Context, place: records.StepPlace, values: command.Values) -> dict:
    """What the stand-in for `azureml` reads: the run and where everything of it lies. No parameter values."""
    pipeline = spec["pipeline"]
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
        "outputs": {name: port.staged for name, port in values.outputs.items()},
        "datasets": [entry for entry in spec["datasets"] if entry.get("name")],
    }


def _collect(place: records.StepPlace) -> None:
    """Keep the script's own ``outputs`` and ``logs``; what it has uploaded under the same name stays."""
    for name in COLLECTED:
        made, kept = os.path.join(place.work, name), os.path.join(place.folder, name)
        if not os.path.isdir(made):
            continue
        if not os.path.exists(kept):
            files.move(made, kept)
            continue
        for relative, path in files.walk(made):
            target = os.path.join(kept, *relative.split("/"))
            if not os.path.exists(target):
                files.move(path, target)


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
    said = _last_status(events)
    if said is not None and said["value"] == "Canceled":
        return Result("cancelled", CANCELLED, metrics=values, reason="the script cancelled its step")
    if said is not None and said["value"] == "Failed":
        reason = "the script called run.fail(): {}".format(said.get("message") or "no reason given")
        return Result("failed", 1, metrics=values, reason=reason)
    return Result("completed", 0, metrics=values)


def _last_status(events: List[dict]) -> Optional[dict]:
    said = [event for event in events if event.get("kind") == "status"]
    return said[-1] if said else None


def _publish(
    spec: dict, context: Context, place: records.StepPlace, staging: outputs.Staging, record: dict
) -> None:
    outputs.publish(staging, context, lambda text: context.emit("pipelift: " + text))
    content = spec["identity"] == "content"
    record["outputs"] = {name: reuse.described(output, content) for name, output in staging.outputs.items()}
    for output in staging.outputs.values():
        asked = output.port["register_as"]
        if asked and context.artifacts is None:
            location = {"store": output.store, "path": output.path}
            records.register_dataset(place.run.state, asked["name"], [location], asked.get("description"))
