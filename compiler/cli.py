"""The command line: the only module that reads the environment; commands import what they need when they run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipelift.compiler.reuse.commands import cache, explain, runs
from pipelift.compiler.shared import shared_options

if TYPE_CHECKING:
    from pipelift.compiler.driver import Analysis
    from pipelift.compiler.options import Options

FAULT = 70
"""The exit status of a fault of pipelift's own (sysexits.h: EX_SOFTWARE)."""

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
_REST = click.argument("arguments", nargs=-1, type=click.UNPROCESSED)


def _common(command: F) -> F:
    """FILE, the options that all commands share which read one, and the arguments of FILE."""
    return _FILE(_REST(shared_options(command)))


class _Group(click.Group):
    """The group of commands: turns usage errors of the library into exit 2, and our own faults into exit 70."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            sys.exit(0)
        except Exception as error:
            from pipelift.compiler.output.refused import OutputRefused
            from pipelift.compiler.report import render_diagnostic
            from pipelift.compiler.target import Missing, UnknownTarget

            if isinstance(error, OutputRefused):
                click.echo(render_diagnostic(error.diagnostic, {}), err=True, nl=False)
                sys.exit(2)
            if isinstance(error, (Missing, UnknownTarget)):
                raise click.UsageError(str(error)) from None
            _tell_fault(error)
            sys.exit(FAULT)


def _tell_fault(error: Exception) -> None:
    """A fault of ours, without a traceback; PIPELIFT_TRACEBACK=1 shows it for a report."""
    if os.environ.get("PIPELIFT_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    click.echo(
        f"pipelift: a fault of its own, not of your pipeline: {type(error).__name__}: {error}", err=True
    )
    click.echo("Please report it; PIPELIFT_TRACEBACK=1 adds what we need to find it.", err=True)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pipelift")
def main() -> None:
    """Compile Azure ML SDK v1 pipelines to Kubeflow, Airflow or Docker Compose, and run them here.

    FILE is the .py file or notebook that builds the pipeline. It is read, never executed. Arguments after --
    are those of FILE.
    """


@main.command("compile")
@_common
@click.option(
    "--target", "-t", required=True, help="kubeflow, airflow, compose or ir; see `pipelift targets`."
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="The output folder; else build/TARGET beside FILE.",
)
@click.option("--force", is_flag=True, help="Overwrite files that were edited since they were generated.")
@click.option("--verify/--no-verify", default=True, help="Check the output with the target's own loader.")
def compile_command(
    file: Path, target: str, output: Path | None, force: bool, verify: bool, **common: Any
) -> None:
    """Compile FILE to a target."""
    from pipelift.compiler.api import compile_file

    output = output or file.parent / "build" / target
    compiled = compile_file(file, target, output, options(common), force=force, verify=verify)
    show(compiled.analysis, file)
    if compiled.analysis.failed:
        sys.exit(1)
    for written in compiled.written:
        state = "written" if written.replaced else "already up to date"
        click.echo(
            f"{_shown(written.directory)}: {len(written.files)} files, {state}. Read REPORT.md there first."
        )


@main.command()
@_common
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif", "github"]), default="text")
def check(file: Path, form: str, **common: Any) -> None:
    """Report everything that is wrong or worth knowing about FILE."""
    from pipelift.compiler.driver import analyse

    analysis = analyse(file, options(common))
    show(analysis, file, form, to_stdout=True)
    if form == "text" and not list(analysis.reporter):
        click.echo("No findings.")
    sys.exit(1 if analysis.failed else 0)


_NOT_THE_GRAPH = frozenset({"PL112", "PL206", "PL207", "PL300", "PL304", "PL501"})
"""Errors that leave the graph known: `graph` prints it all the same."""


@main.command()
@_common
@click.option("--format", "form", type=click.Choice(["json", "mermaid", "dot"]), default="mermaid")
def graph(file: Path, form: str, **common: Any) -> None:
    """Print the graph of FILE: steps and edges."""
    import json

    from pipelift.compiler.driver import analyse
    from pipelift.compiler.pictures import dot, graph_data, mermaid

    analysis = analyse(file, options(common), snapshots=False)
    show(analysis, file)
    if any(error.code not in _NOT_THE_GRAPH for error in analysis.reporter.errors):
        sys.exit(1)
    if form == "json":
        click.echo(json.dumps(graph_data(analysis.pipelines), indent=2, ensure_ascii=False))
        return
    draw = mermaid if form == "mermaid" else dot
    for pipeline in analysis.pipelines:
        click.echo(draw(pipeline))


@main.command()
@_common
@click.option("--dry-run", is_flag=True, help="Show what would run; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines on standard output, the summary last.")
@click.option("--python", metavar="PATH", help="The Python that runs the steps.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="How many steps may run at once.")
@click.option("--no-reuse", is_flag=True, help="Run every step, whatever earlier runs left.")
@click.option("--refresh", multiple=True, metavar="STEP", help="Run this step in any case.")
def run(
    file: Path,
    dry_run: bool,
    as_json: bool,
    python: str | None,
    jobs: int | None,
    no_reuse: bool,
    refresh: tuple[str, ...],
    **common: Any,
) -> None:
    """Run FILE's pipeline on this machine."""
    import json

    from pipelift.compiler.api import prepare_run
    from pipelift.compiler.driver import analyse
    from pipelift.compiler.progress import open_progress
    from pipelift.compiler.running import load_runner

    if dry_run:
        _print_plan(file, as_json, common, reuse=not no_reuse, refresh=refresh)
        return
    analysis = analyse(file, options(common))
    prepared = prepare_run(
        analysis, {}, python=python, jobs=jobs, reuse=not no_reuse, refresh=refresh, environ=dict(os.environ)
    )
    show(analysis, file)
    if prepared is None:
        sys.exit(1)
    pipeline, request = prepared
    stream = sys.stdout if as_json else sys.stderr
    with open_progress(len(pipeline.steps), stream, as_json=as_json) as progress:
        summary = load_runner().run(pipeline, request, progress.tell)
        progress.finish(summary)
    if as_json:
        click.echo(json.dumps(summary.as_json(), ensure_ascii=False))
    sys.exit({"completed": 0, "failed": 3, "cancelled": 130}[summary.status])


@main.command()
@_common
@click.option("--json", "as_json", is_flag=True, help="The plan as JSON.")
def plan(file: Path, as_json: bool, **common: Any) -> None:
    """Show what a run of FILE would do; the same as `run --dry-run`."""
    _print_plan(file, as_json, common)


def _print_plan(
    file: Path, as_json: bool, common: dict[str, Any], *, reuse: bool = True, refresh: tuple[str, ...] = ()
) -> None:
    """The plan, with what earlier runs would spare."""
    import json

    from pipelift.compiler.api import foresee
    from pipelift.compiler.driver import analyse
    from pipelift.compiler.plan import plan_data, plan_lines
    from pipelift.compiler.reuse.explain import tell_forecasts

    analysis = analyse(file, options(common))
    show(analysis, file)
    if analysis.failed:
        sys.exit(1)
    foreseen = [
        (one, tell_forecasts(analysis.folder, one, foresee(analysis, one, reuse=reuse, refresh=refresh)))
        for one in analysis.pipelines
    ]
    if as_json:
        data = [plan_data(pipeline, {}, told) for pipeline, told in foreseen]
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    for pipeline, told in foreseen:
        click.echo(plan_lines(pipeline, {}, told))


@main.command()
@_common
@click.option("--force", is_flag=True, help="Overwrite a pipelift.toml that is there.")
def init(file: Path, force: bool, **common: Any) -> None:
    """Write a commented pipelift.toml with every name found in FILE."""
    from pipelift.compiler.driver import analyse
    from pipelift.compiler.starter import starter_config

    analysis = analyse(file, options(common), snapshots=False)
    path = common["config"] or file.parent / "pipelift.toml"
    if path.exists() and not force:
        raise click.UsageError(f"{path} is there already; --force overwrites it")
    show(analysis, file)
    path.write_text(starter_config(analysis.pipelines), encoding="utf-8")
    click.echo(f"{_shown(path)} written: every line is a comment until you change it.")


main.add_command(explain)
main.add_command(runs)
main.add_command(cache)


@main.command()
def targets() -> None:
    """List the targets, and whether what they need is installed."""
    from importlib.util import find_spec

    from pipelift.compiler.target import backend_names, load_backend

    for name in backend_names():
        backend = load_backend(name)
        missing = [module for module in backend.requires if find_spec(module) is None]
        state = f"needs: pip install 'pipelift[{name}]'" if missing else "ready"
        click.echo(f"{name:10} {backend.summary} [{state}]")
    click.echo(f"{'ir':10} The intermediate representation as JSON. [ready]")


@main.command()
def schema() -> None:
    """Print the JSON Schema of the intermediate representation."""
    from pipelift.compiler.ir.schema import schema_text

    click.echo(schema_text(), nl=False)


@main.command()
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
def build(directory: Path) -> None:
    """Build the images of a compiled pipeline with Docker."""
    from pipelift.compiler.target import BuildFailed, load_builder

    try:
        load_builder()(directory, click.echo)
    except BuildFailed as error:
        raise click.ClickException(str(error)) from None


def options(common: dict[str, Any]) -> Options:
    """The shared options as the library takes them. Raises `click.UsageError` for a text that is no NAME=VALUE."""
    from pipelift.compiler.codes import CODES
    from pipelift.compiler.evaluate.library.environ import variables_of
    from pipelift.compiler.options import Options

    environment: dict[str, str] = {}
    for path in common["env_file"]:
        try:
            environment.update(variables_of(path, path.read_text(encoding="utf-8", errors="replace")))
        except ValueError as error:
            raise click.UsageError(f"--env-file {path}: {error}") from None
    environment.update(_pairs(common["env"], "--env"))
    for code in common["allow"]:
        if code not in CODES or not CODES[code].fidelity:
            raise click.UsageError(f"--allow {code}: not the code of a loss; `pipelift explain CODE` tells")
    return Options(
        environment=environment,
        arguments=common["arguments"],
        parameters=_pairs(common["params"], "--param"),
        bindings=_pairs(common["bind"], "--bind"),
        config=common["config"],
        allowed=common["allow"],
        pipeline=common["pipeline"],
    )


def _pairs(texts: tuple[str, ...], option: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise click.UsageError(f"{option} {text}: write it as NAME=VALUE")
        pairs[name] = value
    return pairs


def show(analysis: Analysis, file: Path, form: str = "brief", *, to_stdout: bool = False) -> None:
    """Print the diagnostics: places are shown from the current folder, where a terminal can open them."""
    from pipelift.compiler.report import from_folder, render

    diagnostics = list(analysis.reporter)
    if not diagnostics and form in ("text", "brief", "github"):
        return
    prefix = os.path.relpath(file.parent)
    shown, sources = from_folder(diagnostics, analysis.sources, prefix)
    stream = sys.stdout if to_stdout else sys.stderr
    color = form in ("text", "brief") and stream.isatty() and not os.environ.get("NO_COLOR")
    click.echo(render(shown, sources, form, color=color), file=stream, color=color or None, nl=False)


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
