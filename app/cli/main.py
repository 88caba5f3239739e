"""The command line: the group of the commands, and how what they raise becomes an exit status."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

import click

from pipelift.app import streams
from pipelift.app.cli.about import schema, targets
from pipelift.app.cli.checking import check, graph
from pipelift.app.cli.common import Ended
from pipelift.app.cli.compiling import build, compile_command
from pipelift.app.cli.deploy import deploy
from pipelift.app.cli.diff import diff
from pipelift.app.cli.doctor import doctor
from pipelift.app.cli.history import cache, explain, runs
from pipelift.app.cli.init import init
from pipelift.app.cli.running import plan, run
from pipelift.app.interrupts import interruptible

FAULT = 70
"""The exit status of a fault of pipelift's own (sysexits.h: EX_SOFTWARE)."""

LOST = 74
"""The exit status of a command that prints its result, where that could not be written (sysexits.h: EX_IOERR)."""

_POSIX = ("fcntl", "grp", "pwd", "resource", "termios")
"""Modules of Python that Windows lacks: what runs steps, or looks whether one runs, imports them."""


class _Group(click.Group):
    """The group of commands: what they raise becomes an exit status.

    A refusal gives the status of its code, a fault of ours 70, an interruption the status of a cancelled run.
    """

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command on streams that nothing disturbs; what it was to print and could not is told."""
        with streams.steady():
            try:
                return super().main(*args, **kwargs)
            except SystemExit as end:
                failure = streams.find_failure(sys.stdout)
                if failure is None:
                    raise
                click.echo(f"pipelift: standard output cannot be written: {failure.strerror}", err=True)
                sys.exit(end.code if isinstance(end, Ended) else LOST)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with interruptible():
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (KeyboardInterrupt, click.Abort):
            from pipelift.app.running import EXIT_STATUS

            click.echo("pipelift: interrupted", err=True)
            sys.exit(EXIT_STATUS["cancelled"])
        except Exception as error:
            from pipelift.app.cli.common import end_refused
            from pipelift.compiler.diagnostics import Refused

            if isinstance(error, OSError) and _is_disk_error(error):
                named = f": {error.filename}" if error.filename else ""
                error = Refused("PL539", f"{error.strerror}{named}")
            if isinstance(error, ModuleNotFoundError) and error.name in _POSIX:
                error = Refused("PL507", "this needs POSIX, which this system is not")
            if isinstance(error, Refused):
                end_refused(error)
            _show_fault(error)
            sys.exit(FAULT)


def _is_disk_error(error: OSError) -> bool:
    """Whether a file, or the disk, is why: no fault of ours, as an address that nobody has handled would be."""
    return error.filename is not None or error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)


def _show_fault(error: Exception) -> None:
    """A fault of ours, without a traceback; PIPELIFT_TRACEBACK=1 shows it for a report. Neither shows a secret."""
    from pipelift.compiler.secrets.secrecy import clean_text_of_all

    if os.environ.get("PIPELIFT_TRACEBACK"):
        import traceback

        click.echo(clean_text_of_all("".join(traceback.format_exception(error))), err=True, nl=False)
    description = clean_text_of_all(f"{type(error).__name__}: {error}")
    click.echo(f"pipelift: a fault of its own, not of your pipeline: {description}", err=True)
    click.echo("Please report it; PIPELIFT_TRACEBACK=1 adds what we need to find it.", err=True)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pipelift")
def main() -> None:
    """Compile Azure ML SDK v1 pipelines to Kubeflow, Airflow or Docker Compose, and run them here.

    FILE is the .py file or notebook that builds the pipeline. It is read, never executed. Arguments after --
    are those of FILE.
    """


for _command in (
    compile_command,
    run,
    plan,
    check,
    graph,
    init,
    build,
    deploy,
    diff,
    doctor,
    explain,
    runs,
    cache,
    targets,
    schema,
):
    main.add_command(_command)
