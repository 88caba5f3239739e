"""``compile`` and ``build``: a pipeline file becomes artifacts, and artifacts become images."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from pipelift.app.cli.common import Ended, build_options, common, display_path, read_target, show
from pipelift.app.cli.printing import echo


@click.command("compile")
@common
@click.option(
    "--target", "-t", required=True, help="The target to compile for; `pipelift targets` lists the names."
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="The output folder; default: build/TARGET beside FILE.",
)
@click.option("--force", is_flag=True, help="Overwrite files that were edited since they were generated.")
@click.option("--verify/--no-verify", default=True, help="Check the output with the target's own loader.")
def compile_command(
    file: Path, target: str, output: Path | None, force: bool, verify: bool, **shared: Any
) -> None:
    """Compile FILE for a target.

    Exit status: 0 the output folder is complete, 1 nothing is written.
    """
    from pipelift.compiler.api import compile_file

    output = output or _default_output(file, target)
    compiled = compile_file(file, target, output, build_options(shared), force=force, verify=verify)
    show(compiled.analysis, file)
    if compiled.analysis.failed:
        sys.exit(1)
    for written in compiled.written:
        state = "written" if written.replaced else "already up to date"
        echo(
            f"{display_path(written.directory)}: {len(written.files)} files, {state}. Read REPORT.md there first."
        )
    raise Ended(0)


def _default_output(file: Path, target: str) -> Path:
    """The folder beside FILE. Raises `click.UsageError` for a link, which a foreign project may bring."""
    folder = file.parent / "build"
    if folder.is_symlink():
        raise click.UsageError(
            f"{display_path(folder)} is a link to {folder.readlink()}: name the output folder with -o"
        )
    return folder / target


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--push",
    is_flag=False,
    flag_value="",
    metavar="[REGISTRY]",
    help="Push the images too; without REGISTRY, to the registry in their names.",
)
@click.option(
    "--pip-config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A pip.conf with the login of a package index; only the build reads it.",
)
@click.option("--verbose", "-v", is_flag=True, help="Show all output of Docker.")
def build(directory: Path, push: str | None, pip_config: Path | None, verbose: bool) -> None:
    """Build the missing images of the output folder DIRECTORY with Docker.

    Exit status: 0 all images exist, 1 an image cannot be built or pushed.
    """
    from pipelift.compiler.target import load_builder

    builder = load_builder(read_target(directory))
    builder.build(directory, echo, push=push, pip_config=pip_config, verbose=verbose)
    raise Ended(0)
