"""`run_file`: run a pipeline file on this machine, for use from Python."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pipelift.app.request import RunRequest, refuse_words
from pipelift.app.request.preparation import prepare_run
from pipelift.app.running import Forecast, LocalRun, RunSummary, Tell, load_runner
from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.driver import Analysis, analyse
from pipelift.compiler.options import Options

_NOT_HERE = ("start", "wait", "settings")
"""The words of a request that are about deployments."""


@dataclass(frozen=True, slots=True)
class Ran:
    """The outcome of `run_file`: the analysis, and the run's summary (None where errors stopped it)."""

    analysis: Analysis
    summary: RunSummary | None = None


def run_file(
    path: Path,
    options: Options | None = None,
    request: RunRequest | None = None,
    *,
    tell: Tell = lambda event: None,
    **words: object,
) -> Ran:
    """Run the pipeline of `path` on this machine as `request` says; `words` are fields of a `RunRequest` too.

    `run_file(path, only=["train"])` is the same as `run_file(path, request=RunRequest(only=["train"]))`. `tell` is
    called with each `Event`. What would make the run fail is found before it starts, and is in the analysis's
    reporter; then `summary` is None. A file with several pipelines needs `options.pipeline`.

    Raises `TypeError` for a word that `RunRequest` does not have, and `ValueError` for one that is about deployments.
    """
    full_request = replace(request or RunRequest(), **words)  # type: ignore[arg-type]  # its own fields check the names
    refuse_words(full_request, _NOT_HERE, "a run on this machine")
    analysis = analyse(path, options or Options())
    try:
        return Ran(analysis, load_runner().run(prepare_run(analysis, full_request), tell))
    except Refused as refused:
        analysis.reporter.add(refused.diagnostics)
        return Ran(analysis)


def foresee(run: LocalRun) -> dict[str, Forecast]:
    """What `run` would do with each step, by its id. Writes nothing."""
    return {forecast.step: forecast for forecast in load_runner().foresee(run)}
