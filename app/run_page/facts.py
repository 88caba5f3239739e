"""The data of a run's page: the run, its steps with times, reasons, metrics, outputs, logs and files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from pydantic import JsonValue

from pipelift.app.history.explain import Explanation, explain_finished
from pipelift.app.history.left import files_below, is_file
from pipelift.app.history.state import Run, State, StepRun
from pipelift.app.pictures.details import step_facts
from pipelift.app.run_page.logs import read_log
from pipelift.app.run_page.metrics import Images, metric_shapes
from pipelift.compiler.diagnostics.rendering.excerpt import visible
from pipelift.compiler.ir import Pipeline
from pipelift.runtime.contract.paths import COLLECTED, LOG_FILE, UPLOADS
from pipelift.runtime.contract.record import Output
from pipelift.runtime.contract.run import Git
from pipelift.runtime.contract.secrets import HIDDEN, looks_secret

FILES = 60
"""Files of a step (its ``outputs/``, ``logs/`` and ``uploads/``) that a page links to."""


def step_statuses(run: Run) -> dict[str, str]:
    """The status of each step, by id and by name; ``skipped`` where the run ended before it started."""
    recorded: dict[str, str] = {entry["name"]: entry["status"] for entry in run.about.get("steps", ())}
    return recorded | {key: step.status for step in run.steps for key in (step.step, step.name)}


def run_data(
    state: State, run: Run, pipeline: Pipeline | None, nodes: Mapping[str, str], folder: Path
) -> dict[str, JsonValue]:
    """What the page's script reads; `nodes` are the ids of the steps' shapes, links lead there from `folder`."""
    images = Images()
    paths = {entry["name"]: entry.get("outputs", {}) for entry in run.about.get("steps", ())}
    started_steps = {step.step for step in run.steps}
    steps = [
        _step_data(state, run, step, nodes, paths.get(step.name, {}), images, folder) for step in run.steps
    ]
    if pipeline is not None:
        known_statuses = step_statuses(run)
        waiting = [step for step in pipeline.steps if step.id not in started_steps]
        steps += [
            _unstarted_data(step.name, known_statuses.get(step.name, "skipped"), nodes.get(step.id))
            for step in waiting
        ]
        facts = {step.id: step_facts(pipeline, step) for step in pipeline.steps}
        by_name = {step.name: step.id for step in pipeline.steps}
        for entry in steps:
            entry["facts"] = facts.get(by_name.get(str(entry["name"]), ""), [])
    return {
        "run": visible(run.id),
        "pipeline": visible(run.pipeline),
        "status": run.status,
        "started": round(run.started, 3),
        "seconds": round(run.seconds, 3),
        "engine": visible(run.about.get("engine", "")),
        "resumed": len(run.about.get("resumed", ())),
        "parameters": _value_data(run.about.get("parameters", {})) + _withheld_data(run),
        "git": _git_data(run.about.get("git")),
        "steps": [*steps],
    }


def _step_data(
    state: State,
    run: Run,
    step: StepRun,
    nodes: Mapping[str, str],
    paths: Mapping[str, str],
    images: Images,
    folder: Path,
) -> dict[str, JsonValue]:
    origin = _find_origin(state, step)
    log_file = origin / LOG_FILE
    log, left_out = read_log(log_file, len(run.steps))
    return {
        "name": visible(step.name),
        "node": nodes.get(step.step),
        "status": step.status,
        "started": round(step.started, 3),
        "seconds": round(step.seconds, 3),
        "exit_code": step.data.get("exit_code"),
        "reason": visible(step.data.get("reason", "")),
        "why": _explanation_data(explain_finished(state, step)),
        "parameters": _value_data(step.data.get("parameters", {})),
        "outputs": [*_output_data(step.data.get("outputs", {}), paths)],
        "metrics": metric_shapes(origin, step.data.get("metrics", {}), images),
        "log": {"text": log, "left_out": left_out, "link": _find_link(log_file, folder)},
        "files": [*_list_files(origin, folder)],
    }


def _unstarted_data(name: str, status: str, node: str | None) -> dict[str, JsonValue]:
    return {"name": visible(name), "node": node, "status": status}


def _find_origin(state: State, step: StepRun) -> Path:
    """The folder with metrics and log: for a reused step that of the run that it stands for."""
    run = state.run(step.origin[0]) if step.origin else None
    before = run.step(step.origin[1]) if run and step.origin else None
    return before.folder if before else step.folder


def _explanation_data(explanation: Explanation) -> dict[str, JsonValue]:
    because = [f"{upstream.name}: {upstream.sentence}" for upstream in explanation.because]
    return {
        "sentence": visible(explanation.sentence),
        "compared_with": explanation.compared_with,
        "changed": [visible(change.text) for change in explanation.changed],
        "same": [*explanation.same],
        "because": [visible(text) for text in because],
    }


def _output_data(places: Mapping[str, Output], paths: Mapping[str, str]) -> Iterator[JsonValue]:
    for port, place in places.items():
        path = f"{place['store']}/{place['path']}"
        yield {"port": visible(port), "place": visible(path), "path": visible(paths.get(port, ""))}


def _value_data(values: Mapping[str, object]) -> list[JsonValue]:
    return [
        [visible(str(name)), HIDDEN if looks_secret(str(name)) else visible(str(value))]
        for name, value in values.items()
    ]


def _withheld_data(run: Run) -> list[JsonValue]:
    """Parameters whose values no record holds."""
    return [[visible(name), HIDDEN] for name in run.about.get("withheld", ())]


def _git_data(facts: Git | None) -> JsonValue:
    if facts is None:
        return None
    return {
        "commit": visible(facts["commit"]),
        "branch": visible(facts["branch"] or ""),
        "dirty": facts["dirty"],
    }


def _list_files(step: Path, folder: Path) -> Iterator[JsonValue]:
    paths = (path for kind in (*COLLECTED, UPLOADS) for path in files_below(step / kind))
    for _, path in zip(range(FILES), paths, strict=False):
        name = path.relative_to(step).as_posix()
        yield {"name": visible(name), "size": path.stat().st_size, "link": _find_link(path, folder)}


def _find_link(path: Path, folder: Path) -> str | None:
    """The link from the page to a file of the run; None if there is no such file."""
    if not is_file(path):
        return None
    return quote(os.fsencode(Path(os.path.relpath(path, folder)).as_posix()))
