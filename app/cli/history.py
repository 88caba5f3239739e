"""The commands about earlier runs: ``explain``, ``runs`` and ``cache``."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipelift.app.cli.common import build_options, display_path, shared_options, show, showing
from pipelift.app.cli.printing import echo, echo_json
from pipelift.app.log_text import clean_line
from pipelift.runtime.contract.paths import LOG_FILE, STATE

if TYPE_CHECKING:
    from pipelift.app.history.cache import Entry
    from pipelift.app.history.explain import Explanation
    from pipelift.app.history.state import Run, State, StepRun
    from pipelift.compiler.ir import Pipeline

F = TypeVar("F", bound=Callable[..., Any])

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|m|s)?")
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_PATH = click.Path(path_type=Path, exists=True, dir_okay=False)


def _state_options(command: F) -> F:
    """`command` with the options that name the state folder: beside FILE, `--state`, or the current folder."""
    command = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)
    return click.option(
        "--state",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="The state folder; default: .pipelift beside FILE, or in the current folder.",
    )(command)


@click.command()
@click.argument("what", metavar="CODE_OR_STEP")
@click.argument("file", type=_PATH, required=False)
@_state_options
@click.option("--run", "run_id", metavar="RUN", help="The run of the step; default: the last one.")
@click.option("--planned", is_flag=True, help="Explain what a run of FILE would do with the step now.")
@shared_options
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def explain(
    what: str,
    file: Path | None,
    state: Path | None,
    as_json: bool,
    run_id: str | None,
    planned: bool,
    **common: Any,
) -> None:
    """Explain a diagnostic CODE, or why a STEP ran, was reused, or would be.

    The explanation is about the last run of the step, the run of --run, or with --planned a run of FILE now.
    """
    from pipelift.app.history.explain import explain_finished, render_explanation

    if _is_code(what.upper()):
        _explain_code(what)
        return
    if planned:
        explanation = _explain_planned(what, file, common)
    else:
        explanation = explain_finished(*_find_step(_open_state(file, state), what, run_id))
    if as_json:
        echo_json(explanation.as_json())
        return
    for line in render_explanation(explanation):
        echo(line)


@click.command()
@click.argument("run", required=False)
@click.argument("file", type=_PATH, required=False)
@_state_options
@click.option("--log", metavar="STEP", help="Print the log of this step of RUN; default: of the last run.")
@click.option("--report", is_flag=True, help="Write the page report.html of RUN.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="The file that --report writes."
)
@click.option(
    "--compiled",
    type=click.Path(path_type=Path, exists=True),
    help="The output folder that an engine ran; --report then shows steps that never started.",
)
def runs(
    run: str | None,
    file: Path | None,
    state: Path | None,
    as_json: bool,
    log: str | None,
    report: bool,
    output: Path | None,
    compiled: Path | None,
) -> None:
    """List earlier runs, or show one RUN in detail or as a page."""
    from pipelift.app.history.tables import render_run, render_runs, run_data

    if run is not None and file is None and Path(run).is_file():
        file = Path(run)
        run = None
    history = _open_state(file, state)
    if report or output or compiled:
        _write_report(history, run, output, compiled)
        return
    if log is not None:
        _print_log(history, run, log)
        return
    selected = history.runs if run is None else (_find_run(history, run),)
    if as_json:
        data: Any = [run_data(entry) for entry in selected]
        echo_json(data if run is None else data[0])
        return
    for line in render_runs(selected) if run is None else render_run(selected[0]):
        echo(line)


def _print_log(state: State, run: str | None, what: str) -> None:
    """Print the log of a step; a reused step has the log of the run that made its result."""
    from pipelift.app.history.left import open_leftover

    _, step = _find_step(state, what, run or next((latest.id for latest in state.runs), None))
    origin_run = state.run(step.origin[0]) if step.origin else None
    origin_step = origin_run.step(step.origin[1]) if origin_run and step.origin else None
    try:
        stream = open_leftover((origin_step or step).folder / LOG_FILE)
    except OSError:
        raise click.UsageError(f"there is no log of step '{step.name}' of run {step.run}") from None
    with stream:
        if not sys.stdout.isatty():
            shutil.copyfileobj(stream, sys.stdout.buffer)  # byte for byte, for files and programs
            return
        for line in io.TextIOWrapper(stream, "utf-8", "replace", newline="\n"):
            click.echo(clean_line(line.rstrip("\r\n")))


def _write_report(state: State, run: str | None, output: Path | None, compiled: Path | None) -> None:
    from pipelift.app.run_page import write_page

    chosen = _find_run(state, run) if run else next(iter(state.runs), None)
    if chosen is None:
        raise click.UsageError("there is no run to report: nothing has run there")
    pipeline = _find_pipeline(chosen, compiled) if compiled else None
    try:
        echo(f"{display_path(write_page(state.folder, chosen.id, output, pipeline))} written")
    except OSError as error:
        raise click.UsageError(f"the report cannot be written: {error.strerror}") from None


def _find_pipeline(run: Run, compiled: Path) -> Pipeline:
    """The pipeline of that run in an output folder. Raises `Refused` and `click.UsageError`."""
    from pipelift.app.diff.reading import read_compiled

    pipelines = read_compiled(compiled)
    matches = [pipeline for pipeline in pipelines if run.pipeline in (pipeline.name, pipeline.id)]
    if not matches:
        raise click.UsageError(f"{compiled} holds no pipeline '{run.pipeline}', the pipeline of this run")
    return matches[0]


@click.group()
def cache() -> None:
    """List or remove the results that are kept for reuse."""


@cache.command("list")
@click.argument("file", type=_PATH, required=False)
@_state_options
def list_command(file: Path | None, state: Path | None, as_json: bool) -> None:
    """List the results that are kept for reuse, with size and time of last use."""
    from pipelift.app.history.tables import entry_data, render_entries

    results = _list_results(_open_state(file, state))
    if as_json:
        echo_json([entry_data(entry) for entry in results])
        return
    for line in render_entries(results, time.time()):
        echo(line)


@cache.command()
@click.argument("file", type=_PATH, required=False)
@_state_options
@click.option("--older-than", metavar="SPAN", help="Remove results unused for this long: 30d, 12h, 90m.")
@click.option(
    "--keep", type=click.IntRange(min=0), help="Keep this many results of each step, the last ones."
)
@click.option(
    "--unused", is_flag=True, help="Remove results that the last run of their pipeline does not use."
)
@click.option("--yes", is_flag=True, help="Remove without asking.")
def prune(
    file: Path | None,
    state: Path | None,
    as_json: bool,
    older_than: str | None,
    keep: int | None,
    unused: bool,
    yes: bool,
) -> None:
    """Remove results, and what failed steps left.

    A result goes if all given options select it. Outputs at destinations that the pipeline names stay, and so do
    results that a running run may read. Without a terminal the command removes nothing unless --yes is given.
    """
    from pipelift.app.history.cache import Rule, choose_results, remove_result
    from pipelift.app.history.tables import entry_data, render_entries

    if older_than is None and keep is None and not unused:
        raise click.UsageError("name what to remove: --older-than SPAN, --keep N, or --unused")
    history, now = _open_state(file, state), time.time()
    rule = Rule(None if older_than is None else _parse_span(older_than), keep, unused)
    chosen = choose_results(_list_results(history), history, rule, now)
    if not as_json:
        for line in render_entries(chosen, now):
            echo(line)
    agreed = yes or (bool(chosen) and sys.stdin.isatty() and not as_json and click.confirm("Remove these?"))
    removed = [entry for entry in chosen if agreed and remove_result(entry, now)]
    if as_json:
        echo_json([{**entry_data(entry), "removed": entry in removed} for entry in chosen])
    elif chosen:
        echo(f"{len(removed)} removed." if agreed else "Nothing removed; --yes removes them.")


def _is_code(word: str) -> bool:
    """Whether `word` is a code: it looks like one of ours, or an installed target defines it."""
    from pipelift.compiler.diagnostics.codes import all_codes

    return re.fullmatch(r"PL\d{3}", word) is not None or (
        re.fullmatch(r"[A-Z][A-Z0-9]*\d\d", word) is not None and word in all_codes()
    )


def _explain_code(code: str) -> None:
    from pipelift.compiler.diagnostics.codes import REPLACED, all_codes
    from pipelift.compiler.diagnostics.suggestion import suggest

    codes = all_codes()
    if code.upper() in REPLACED:
        echo(f"{code.upper()} is now part of {REPLACED[code.upper()]}.\n")
    row = codes.get(REPLACED.get(code.upper(), code.upper()))
    if row is None:
        raise click.UsageError(f"there is no code {code.upper()}{suggest(code.upper(), codes)}")
    echo(f"{row.code} ({row.severity}): {row.title}\n\n{click.wrap_text(row.why, 88)}\n\nExample:\n")
    echo("\n".join(f"    {line}" for line in row.example.splitlines()))
    echo("\n" + click.wrap_text(f"What to do: {row.remedy}", 88))
    if row.fidelity:
        echo(f"\nThis is a loss on a target ({row.fidelity}); `--allow {row.code}` accepts it.")


def _explain_planned(what: str, file: Path | None, common: dict[str, Any]) -> Explanation:
    from pipelift.app import api
    from pipelift.app.history.explain import explain_planned
    from pipelift.app.history.state import State
    from pipelift.app.request import RunRequest
    from pipelift.app.request.preparation import make_run
    from pipelift.compiler.diagnostics import raise_errors
    from pipelift.compiler.driver import analyse

    if file is None:
        raise click.UsageError("--planned needs FILE")
    analysis = analyse(file, build_options(common))
    with showing(analysis.reporter, lambda: show(analysis, file)):
        raise_errors(analysis.reporter)
    for pipeline in analysis.pipelines:
        step = next(
            (
                candidate
                for candidate in pipeline.steps
                if what in (candidate.id, candidate.name, candidate.label)
            ),
            None,
        )
        if step is not None:
            forecasts = api.foresee(make_run(analysis, pipeline, RunRequest()))
            return explain_planned(State(analysis.folder / STATE), pipeline, forecasts, step.id)
    raise _unknown_step_error(what, [step.name for pipeline in analysis.pipelines for step in pipeline.steps])


def _open_state(file: Path | None, folder: Path | None) -> State:
    from pipelift.app.history.state import State

    folder = folder or (file.parent if file else Path()) / STATE
    if not folder.is_dir():
        if os.path.lexists(folder):
            raise click.UsageError(
                f"{folder} is no folder: move it away, or name the state folder with --state"
            )
        raise click.UsageError(
            f"there is no {folder}: nothing has run there; name FILE, or the folder with --state"
        )
    return State(folder.absolute())


def _list_results(state: State) -> tuple[Entry, ...]:
    from pipelift.app.history.cache import list_results
    from pipelift.compiler.config.file import FILE_NAME, load_config
    from pipelift.compiler.diagnostics import Reporter, raise_errors

    reporter = Reporter()
    config = load_config(state.folder.parent / FILE_NAME, reporter, required=False)
    raise_errors(reporter)
    return list_results(state, config)


def _find_run(state: State, run_id: str) -> Run:
    run = state.run(run_id)
    if run is None:
        from pipelift.compiler.diagnostics.suggestion import suggest

        hint = suggest(run_id, [known_run.id for known_run in state.runs])
        raise click.UsageError(f"there is no run '{run_id}'{hint}")
    return run


def _find_step(state: State, what: str, run_id: str | None) -> tuple[State, StepRun]:
    """Find the step in the run `run_id`, or without one in the last run that started it."""
    searched = state.runs if run_id is None else (_find_run(state, run_id),)
    for run in searched:
        step = run.step(what)
        if step is not None and (run_id or step.status != "unfinished"):
            return state, step
    raise _unknown_step_error(what, [step.name for run in searched for step in run.steps])


def _unknown_step_error(what: str, names: list[str]) -> click.UsageError:
    listing = ", ".join(f"'{name}'" for name in dict.fromkeys(names)) or "none"
    return click.UsageError(
        f"'{what}' is neither a code such as PL101 nor a known step; the steps are: {listing}"
    )


def _parse_span(text: str) -> float:
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise click.UsageError(f"--older-than {text}: write a number and d, h, m or s, as in 30d")
    return float(match[1]) * _SECONDS[match[2] or "d"]
