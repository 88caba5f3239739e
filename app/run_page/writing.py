"""Reading what the page of a run needs, and writing the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from pipelift.app.history.state import Run, State
from pipelift.app.pictures.layout import lay_out
from pipelift.app.pictures.page import render_page
from pipelift.app.pictures.scene import build_scene
from pipelift.app.pictures.svg import render_svg_part
from pipelift.app.run_page.facts import run_data, step_statuses
from pipelift.app.run_page.recent import RecentState
from pipelift.app.run_page.recorded import recorded_scene
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.ir.wire import as_json, read_pipeline
from pipelift.runtime.contract.files import write_text

NAME = "report.html"
PIPELINE = "pipeline.json"
"""The pipeline as it was run, beside the run's records; engines that only start containers leave none."""

PREFIX = "p1-"


def keep_pipeline(folder: Path, pipeline: Pipeline) -> None:
    """Write the pipeline beside the records of its run, to make the page again from it. Raises `OSError`.

    Lists of files are left out: they are long, and ``parts/`` has them.
    """
    bare = tuple(replace(snapshot, files=()) for snapshot in pipeline.snapshots)
    compact = replace(pipeline, snapshots=bare)
    write_text(folder / PIPELINE, as_json(compact))


def write_page(
    state: Path, run_id: str, output: Path | None = None, pipeline: Pipeline | None = None
) -> Path:
    """Write the page of a run from its records into the run's folder, or to `output`; return its path.

    `pipeline` is what ran, for a run that has not kept it.

    Raises `LookupError` for an unknown run, and `OSError`.
    """
    recent = RecentState(state, run_id)
    run = recent.run(run_id)
    if run is None:
        raise LookupError(run_id)
    target = output or run.folder / NAME
    write_text(target, render_run_page(recent, run, target.parent, _read_kept(run) or pipeline))
    return target


def render_run_page(state: State, run: Run, folder: Path, pipeline: Pipeline | None) -> str:
    """The page as text; links to logs and files lead there from `folder`."""
    scene = build_scene(pipeline, step_statuses(run)) if pipeline else recorded_scene(run)
    ids = {node.key: PREFIX + node.id for node in scene.nodes if node.kind == "step"}
    data = run_data(state, run, pipeline, ids, folder)
    return render_page(
        f"{run.pipeline}: {run.status}", "report", data, [render_svg_part(lay_out(scene), PREFIX)]
    )


def _read_kept(run: Run) -> Pipeline | None:
    try:
        return read_pipeline((run.folder / PIPELINE).read_bytes())
    except (OSError, ValidationError):
        return None
