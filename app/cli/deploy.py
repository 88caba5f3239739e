"""``deploy``: an output folder of ``compile`` runs on its target."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelift.app.cli.common import Ended, parse_pairs, refuse_unknown, showing
from pipelift.app.cli.printing import echo, echo_json, echo_rendered

if TYPE_CHECKING:
    from pipelift.app.deploying import Deploys
    from pipelift.app.request import RunRequest


class _Command(click.Command):
    """A command whose help lists the options of each target, from the settings of the target."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from pipelift.app.deploying import deployment_options

        for target, options in deployment_options().items():
            if options:
                with formatter.section(f"Options of {target} (--set NAME=VALUE)"):
                    formatter.write_dl(list(options.items()))


@click.command(cls=_Command)
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--param", "-p", "params", multiple=True, metavar="NAME=VALUE", help="The value of a parameter."
)
@click.option("--no-start", is_flag=True, help="Put everything in place; start nothing.")
@click.option("--no-wait", is_flag=True, help="Start a run and return; default: follow it to its end.")
@click.option("--no-reuse", is_flag=True, help="Run every step; reuse no result of an earlier run.")
@click.option(
    "--refresh", multiple=True, metavar="STEP", help="Run this step even if its result can be reused."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="An option of the target; the list is below.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON lines on standard output, the summary last.")
def deploy(directory: Path, as_json: bool, **option_values: Any) -> None:
    """Deploy the output folder DIRECTORY on its target, and follow the run. It is safe to repeat.

    Exit status: 0 the run completed, 1 it cannot be deployed, 3 a step failed, 130 it was cancelled.
    """
    from pipelift.app.deploying import deploy_output
    from pipelift.app.progress import open_progress
    from pipelift.app.running import EXIT_STATUS
    from pipelift.compiler.diagnostics import Reporter
    from pipelift.compiler.diagnostics.rendering import render
    from pipelift.compiler.output.folder import read_output

    output, request, reporter = read_output(directory), _build_request(option_values), Reporter()
    deployer = _load_deployer(output.manifest.target, request.settings)
    stream = sys.stdout if as_json else sys.stderr
    with (
        showing(reporter, lambda: echo_rendered(render(list(reporter), {}, "brief"), err=True)),
        open_progress(len(output.pipeline.steps), stream, as_json=as_json) as progress,
    ):
        deployed = deploy_output(deployer, output, request, reporter, progress.tell)
        if deployed.run is not None:
            progress.finish(deployed.run)
    for line in deployed.lines:
        echo(line, err=as_json)
    if deployed.run is None:
        raise Ended(0)
    if as_json:
        echo_json(deployed.run.as_json(), indent=None)
    raise Ended(EXIT_STATUS[deployed.run.status])


def _build_request(option_values: dict[str, Any]) -> RunRequest:
    from pipelift.app.request import RunRequest

    return RunRequest(
        parameters=parse_pairs(option_values["params"], "--param"),
        reuse=not option_values["no_reuse"],
        refresh=option_values["refresh"],
        environ=dict(os.environ),
        start=not option_values["no_start"],
        wait=not option_values["no_wait"],
        settings=parse_pairs(option_values["settings"], "--set"),
    )


def _load_deployer(target: str, settings: Mapping[str, str]) -> Deploys:
    """Load the deployer of `target`. Raises `Refused` without one, `click.UsageError` for an unknown setting."""
    from pipelift.app.deploying import load_deployer

    deployer = load_deployer(target)
    refuse_unknown(target, settings)
    return deployer
