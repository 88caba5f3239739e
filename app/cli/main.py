"""The command line: the group of the commands, and the exit status of each exception."""

from __future__ import annotations

import atexit
import errno
import functools
import gc
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
from pipelift.app.cli.printing import echo
from pipelift.app.cli.running import plan, run
from pipelift.app.interrupts import interruptible

FAULT = 70
"""The exit status of a fault of pipelift (sysexits.h: EX_SOFTWARE)."""

LOST = 74
"""The exit status of a command that cannot print its result (sysexits.h: EX_IOERR)."""

_POSIX = ("fcntl", "grp", "pwd", "resource", "termios")
"""Modules that Python lacks on Windows; code that runs steps, or looks whether one runs, imports them."""


class _Group(click.Group):
    """The group of commands: what they raise becomes an exit status.

    A refusal gives the status of its code, a fault of ours 70, an interruption the status of a cancelled run.
    """

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command on steady streams, and report output that could not be written."""
        _relax_collector()
        with streams.steady():
            try:
                return super().main(*args, **kwargs)
            except SystemExit as end:
                failure = streams.find_failure(sys.stdout)
                if failure is None:
                    raise
                echo(f"pipelift: standard output cannot be written: {failure.strerror}", err=True)
                sys.exit(end.code if isinstance(end, Ended) else LOST)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with interruptible():
                return super().invoke(ctx)
        except click.exceptions.Exit:
            raise
        except click.ClickException as error:
            raise _clean_message(error) from None
        except (KeyboardInterrupt, click.Abort):
            from pipelift.app.running import EXIT_STATUS

            echo("pipelift: interrupted", err=True)
            sys.exit(EXIT_STATUS["cancelled"])
        except Exception as error:
            from pipelift.app.cli.common import end_refused
            from pipelift.compiler.diagnostics import Refused

            if isinstance(error, OSError) and _is_disk_error(error):
                named = f": {error.filename}" if error.filename else ""
                error = Refused("PL539", f"{error.strerror}{named}")
            if isinstance(error, (MemoryError, RecursionError)):
                lacking = "memory" if isinstance(error, MemoryError) else "room for nested calls"
                error = Refused("PL508", f"it takes more {lacking} than there is")
            if isinstance(error, ModuleNotFoundError) and error.name in _POSIX:
                error = Refused("PL507", "this command needs POSIX, and this system has none")
            if isinstance(error, Refused):
                end_refused(error)
            _show_fault(error)
            sys.exit(FAULT)


@functools.cache
def _relax_collector() -> None:
    """Let the garbage collector look seldom, and not at all when the process ends.

    Nearly all that a command makes lives to its end, in trees without cycles. Python's thresholds (700 new objects)
    are for programs that leave cycles: with them a fifth of `check` is spent walking libcst's classes.
    """
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)


def _clean_message(error: click.ClickException) -> click.ClickException:
    """The same error; what is hidden in its message (names of a stranger's steps) is seen."""
    from pipelift.compiler.diagnostics.rendering.excerpt import visible

    message = error.format_message()
    cleaned = "\n".join(visible(line) for line in message.split("\n"))
    if cleaned == message:
        return error
    return click.UsageError(cleaned, getattr(error, "ctx", None))


def _is_disk_error(error: OSError) -> bool:
    """Whether a file or the disk is the cause: any other `OSError` that arrives here is a fault of ours."""
    return error.filename is not None or error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)


def _show_fault(error: Exception) -> None:
    """Show a fault of ours without secrets, and with PIPELIFT_TRACEBACK=1 its traceback."""
    from pipelift.compiler.secrets.secrecy import clean_text_of_all

    if os.environ.get("PIPELIFT_TRACEBACK"):
        import traceback

        echo(clean_text_of_all("".join(traceback.format_exception(error))), err=True, nl=False)
    description = clean_text_of_all(f"{type(error).__name__}: {error}")
    echo(f"pipelift: a fault of its own, not of your pipeline: {description}", err=True)
    echo("Please report it; PIPELIFT_TRACEBACK=1 adds what we need to find it.", err=True)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pipelift")
def main() -> None:
    """Compile Azure ML SDK v1 pipelines for other engines, and run them here.

    FILE is the .py file or notebook that builds the pipeline. It is read, never executed. Arguments after --
    are those of FILE. `pipelift targets` lists the engines.

    Exit status: 0 success, 1 the pipeline has errors or the work cannot be done, 2 wrong usage, 3 a step failed,
    70 a fault of pipelift, 74 the result cannot be printed, 130 interrupted.
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
