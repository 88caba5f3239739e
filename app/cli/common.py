"""What the commands share: FILE with its options, the `Options` built from them, and the display of findings."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from pipelift.app.cli.printing import echo_rendered

if TYPE_CHECKING:
    from pipelift.compiler.diagnostics import Refused, Reporter
    from pipelift.compiler.driver import Analysis
    from pipelift.compiler.options import Options

F = TypeVar("F", bound=Callable[..., Any])


class Ended(SystemExit):
    """The end of a command whose result is a run or files: a failure to print does not change the status."""


class RegularFile(click.Path):
    """A regular file: a fifo or a device may have no end."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Return the path; fail with click's own error for anything else."""
        path = super().convert(value, param, ctx)
        if os.path.exists(path) and not os.path.isfile(path):
            self.fail(f"'{value}' is not a regular file.", param, ctx)
        return path


_SHARED = (
    click.option("--pipeline", metavar="NAME", help="The pipeline to take, if FILE builds several."),
    click.option(
        "--param", "-p", "params", multiple=True, metavar="NAME=VALUE", help="The value of a parameter."
    ),
    click.option(
        "--env",
        "-e",
        "env",
        multiple=True,
        metavar="NAME=VALUE",
        help="An environment variable that FILE reads.",
    ),
    click.option(
        "--env-file",
        multiple=True,
        type=RegularFile(path_type=Path, exists=True, dir_okay=False),
        help="A .env file of such variables, or a YAML file of Azure DevOps variables.",
    ),
    click.option(
        "--bind",
        multiple=True,
        metavar="NAME=VALUE",
        help="The value of a variable of FILE: a Python literal, else a text.",
    ),
    click.option(
        "--file",
        "files",
        multiple=True,
        metavar="NAME=PATH",
        help="The file PATH for one that FILE reads as NAME.",
    ),
    click.option(
        "--workdir",
        metavar="DIR",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="The folder in which FILE is to be run: its relative paths start there. Default: the current folder, "
        "else FILE's own.",
    ),
    click.option(
        "--config",
        type=RegularFile(path_type=Path, dir_okay=False),
        help="The configuration file; default: pipelift.toml beside FILE.",
    ),
    click.option(
        "--allow", multiple=True, metavar="CODE", help="Accept the loss with this code, such as PL423."
    ),
    click.option(
        "--allow-read",
        multiple=True,
        metavar="DIR",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="A folder outside the project that FILE and its source folders may read.",
    ),
    click.option(
        "--python-path",
        multiple=True,
        metavar="DIR",
        envvar="PYTHONPATH",
        type=click.Path(path_type=Path, file_okay=False),
        help="A folder with modules that FILE imports, beside those that the project's files tell of. "
        "Default: PYTHONPATH.",
    ),
)


def shared_options(command: F) -> F:
    """`command` with the options of all commands that read a pipeline; `build_options` reads them."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


_FILE = click.argument("file", type=RegularFile(path_type=Path, exists=True, dir_okay=False))
_ARGUMENTS = click.argument("arguments", nargs=-1, type=click.UNPROCESSED)


def common(command: F) -> F:
    """`command` with FILE, the shared options of the commands that read one, and the arguments of FILE."""
    return _FILE(_ARGUMENTS(shared_options(command)))


def build_options(option_values: dict[str, Any]) -> Options:
    """Build the `Options` of the library from the shared options. Raises `click.UsageError` for a wrong value."""
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
            raise click.UsageError(
                f"--allow {code}: this is not the code of a loss; `pipelift explain CODE` describes a code"
            )
    return Options(
        environment=environment,
        arguments=option_values["arguments"],
        parameters=parse_pairs(option_values["params"], "--param"),
        bindings=parse_pairs(option_values["bind"], "--bind"),
        config=option_values["config"],
        allowed=allowed,
        pipeline=option_values["pipeline"],
        readable=option_values["allow_read"],
        python_path=option_values["python_path"],
        workdir=option_values["workdir"],
        files=_parse_files(option_values["files"]),
    )


def _parse_files(texts: tuple[str, ...]) -> dict[str, Path]:
    """Parse the NAME=PATH texts of ``--file``. Raises `click.UsageError`, also for a PATH that is no regular file."""
    files = {name: Path(path) for name, path in parse_pairs(texts, "--file").items()}
    for name, path in files.items():
        if not path.is_file():
            raise click.UsageError(f"--file {name}={path}: there is no such file")
    return files


def parse_pairs(texts: tuple[str, ...], option: str) -> dict[str, str]:
    """Parse the NAME=VALUE texts of `option`. Raises `click.UsageError`."""
    values = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise click.UsageError(f"{option}: write it as NAME=VALUE")
        values[name] = value
    return values


def end_refused(refused: Refused) -> NoReturn:
    """Show the refusal without secrets, and end the command with its status."""
    from pipelift.compiler.diagnostics.rendering import render_diagnostic
    from pipelift.compiler.secrets.secrecy import clean_text_of_all

    for diagnostic in refused.diagnostics:
        echo_rendered(clean_text_of_all(render_diagnostic(diagnostic, {})), err=True)
    sys.exit(refused.status)


def show(analysis: Analysis, file: Path, form: str = "brief", *, to_stdout: bool = False) -> None:
    """Print the diagnostics, with paths relative to the current folder, which a terminal can open."""
    from pipelift.compiler.diagnostics.rendering import from_folder, render
    from pipelift.compiler.reading.reach import relative_path

    diagnostics = list(analysis.reporter)
    if not diagnostics and form in ("text", "brief", "github"):
        return
    prefix = relative_path(file.parent, os.curdir)
    relocated, sources = from_folder(diagnostics, analysis.sources, prefix)
    stream = sys.stdout if to_stdout else sys.stderr
    color = form in ("text", "brief") and stream.isatty() and not os.environ.get("NO_COLOR")
    echo_rendered(render(relocated, sources, form, color=color), err=not to_stdout, color=color or None)


@contextmanager
def showing(reporter: Reporter, show: Callable[[], None]) -> Iterator[None]:
    """After the block, `show` what `reporter` has; a refusal in the block joins it and ends the command."""
    from pipelift.compiler.diagnostics import Refused

    try:
        yield
    except Refused as refused:
        reporter.add(refused.diagnostics)
        show()
        sys.exit(refused.status)
    show()


def display_path(path: Path) -> str:
    """`path` relative to the current folder; a path that leads out of this folder stays as it is."""
    from pipelift.compiler.reading.reach import relative_path

    relative = relative_path(path, os.curdir)
    return str(path) if relative.startswith("..") else relative


def read_target(directory: Path) -> str:
    """Read which target wrote the output folder `directory`. Raises `Refused` for any other folder."""
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
