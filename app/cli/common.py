"""What the commands share: FILE with its options, the library's `Options` of them, and how findings are shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from pipelift.compiler.diagnostics import Refused, Reporter
    from pipelift.compiler.driver import Analysis
    from pipelift.compiler.options import Options

F = TypeVar("F", bound=Callable[..., Any])


class Ended(SystemExit):
    """The end of a command whose result is a run, or files: the status holds whatever became of what it printed."""


class RegularFile(click.Path):
    """A file that can be read to its end: no fifo and no device, which may never end."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """The path. Fails as click does."""
        path = super().convert(value, param, ctx)
        if os.path.exists(path) and not os.path.isfile(path):
            self.fail(f"'{value}' is no regular file.", param, ctx)
        return path


def shared_options(command: F) -> F:
    """`command` with the options that all commands which read a pipeline share; `build_options` reads them."""
    shared = (
        click.option("--pipeline", metavar="NAME", help="Which pipeline, where the file has several."),
        click.option(
            "--param", "-p", "params", multiple=True, metavar="NAME=VALUE", help="A parameter's value."
        ),
        click.option(
            "--env",
            "-e",
            "env",
            multiple=True,
            metavar="NAME=VALUE",
            help="An environment variable that the file reads.",
        ),
        click.option(
            "--env-file",
            multiple=True,
            type=RegularFile(path_type=Path, exists=True, dir_okay=False),
            help="A .env file of such variables, or Azure DevOps variables in YAML.",
        ),
        click.option(
            "--bind",
            multiple=True,
            metavar="NAME=VALUE",
            help="The value of a variable of FILE: a Python literal, else a text.",
        ),
        click.option(
            "--config",
            type=RegularFile(path_type=Path, dir_okay=False),
            help="The configuration; else pipelift.toml beside FILE.",
        ),
        click.option("--allow", multiple=True, metavar="CODE", help="Accept a loss, as in PL423."),
        click.option(
            "--allow-read",
            multiple=True,
            metavar="DIR",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="A folder outside the project that FILE and its source folders may read.",
        ),
    )
    for option in reversed(shared):
        command = option(command)
    return command


_FILE = click.argument("file", type=RegularFile(path_type=Path, exists=True, dir_okay=False))
_ARGUMENTS = click.argument("arguments", nargs=-1, type=click.UNPROCESSED)


def common(command: F) -> F:
    """`command` with FILE, the options that all commands share which read one, and the arguments of FILE."""
    return _FILE(_ARGUMENTS(shared_options(command)))


def build_options(option_values: dict[str, Any]) -> Options:
    """The shared options as the library takes them. Raises `click.UsageError` for a text that is no NAME=VALUE."""
    from pipelift.compiler.diagnostics.codes import REPLACED, all_codes
    from pipelift.compiler.evaluate.library.dotenv import parse_variables_file
    from pipelift.compiler.evaluate.outside import MAX_READ
    from pipelift.compiler.options import Options
    from pipelift.compiler.reading.reach import read_regular

    environment: dict[str, str] = {}
    for path in option_values["env_file"]:
        try:
            text = read_regular(path, MAX_READ).decode("utf-8", "replace")
            environment.update(parse_variables_file(path, text))
        except OSError as error:
            raise click.UsageError(f"--env-file {path}: {error.strerror}") from None
        except ValueError as error:
            raise click.UsageError(f"--env-file {path}: {error}") from None
    environment.update(parse_pairs(option_values["env"], "--env"))
    losses = {code for code, row in all_codes().items() if row.fidelity} if option_values["allow"] else set()
    allowed = tuple(REPLACED.get(code, code) for code in option_values["allow"])
    for code in allowed:
        if code not in losses:
            raise click.UsageError(f"--allow {code}: not the code of a loss; `pipelift explain CODE` tells")
    return Options(
        environment=environment,
        arguments=option_values["arguments"],
        parameters=parse_pairs(option_values["params"], "--param"),
        bindings=parse_pairs(option_values["bind"], "--bind"),
        config=option_values["config"],
        allowed=allowed,
        pipeline=option_values["pipeline"],
        readable=option_values["allow_read"],
    )


def parse_pairs(texts: tuple[str, ...], option: str) -> dict[str, str]:
    """The NAME=VALUE texts of `option` as a mapping. Raises `click.UsageError`."""
    values = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise click.UsageError(f"{option}: write it as NAME=VALUE")
        values[name] = value
    return values


def end_refused(refused: Refused) -> NoReturn:
    """End the command with the refusal shown, which may hold no secret, and its status."""
    from pipelift.compiler.diagnostics.rendering import render_diagnostic
    from pipelift.compiler.secrets.secrecy import clean_text_of_all

    for diagnostic in refused.diagnostics:
        click.echo(clean_text_of_all(render_diagnostic(diagnostic, {})), err=True, nl=False)
    sys.exit(refused.status)


def show(analysis: Analysis, file: Path, form: str = "brief", *, to_stdout: bool = False) -> None:
    """Print the diagnostics: places are shown from the current folder, where a terminal can open them."""
    from pipelift.compiler.diagnostics.rendering import from_folder, render
    from pipelift.compiler.reading.reach import relative_path

    diagnostics = list(analysis.reporter)
    if not diagnostics and form in ("text", "brief", "github"):
        return
    prefix = relative_path(file.parent, os.curdir)
    relocated, sources = from_folder(diagnostics, analysis.sources, prefix)
    stream = sys.stdout if to_stdout else sys.stderr
    color = form in ("text", "brief") and stream.isatty() and not os.environ.get("NO_COLOR")
    click.echo(render(relocated, sources, form, color=color), file=stream, color=color or None, nl=False)


@contextmanager
def showing(reporter: Reporter, show: Callable[[], None]) -> Iterator[None]:
    """After the block, `show` what `reporter` has; a refusal of the block is among it, and ends the command."""
    from pipelift.compiler.diagnostics import Refused

    try:
        yield
    except Refused as refused:
        reporter.add(refused.diagnostics)
        show()
        sys.exit(refused.status)
    show()


def display_path(path: Path) -> str:
    """`path` as it is reached from the current folder; a way that climbs out of it stays as it was given."""
    from pipelift.compiler.reading.reach import relative_path

    relative = relative_path(path, os.curdir)
    return str(path) if relative.startswith("..") else relative


def read_target(directory: Path) -> str:
    """The target that the output folder `directory` is of. Raises `Refused` for a folder that is not ours."""
    from pipelift.compiler.output.manifest import read_manifest

    return read_manifest(directory).target


def refuse_unknown(target: str, settings: Mapping[str, str]) -> None:
    """Raise `click.UsageError` for an option (``--set``) that the target does not have."""
    from pipelift.compiler.config.section import list_deploy_options, suggestion
    from pipelift.compiler.target import load_target

    names = [*list_deploy_options(load_target(target).settings)]
    for name in sorted(set(settings) - set(names)):
        hint = f"{suggestion(name, names)}there are: {', '.join(names) or 'none'}"
        raise click.UsageError(f"{target} has no option '{name}' (--set); {hint}")
