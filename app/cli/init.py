"""``init``: the configuration to begin with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from pipelift.app.cli.common import Ended, build_options, common, display_path, show
from pipelift.app.cli.printing import echo


@click.command()
@common
@click.option("--force", is_flag=True, help="Overwrite an existing pipelift.toml.")
def init(file: Path, force: bool, **shared: Any) -> None:
    """Write a commented pipelift.toml with every name that FILE uses."""
    from pipelift.app.starter import render_starter
    from pipelift.compiler.driver import analyse
    from pipelift.runtime.contract.files import write_text

    analysis = analyse(file, build_options(shared), snapshots=False)
    path = shared["config"] or file.parent / "pipelift.toml"
    if os.path.lexists(path) and not force:
        raise click.UsageError(f"{path} already exists; --force overwrites it")
    show(analysis, file)
    write_text(path, render_starter(analysis.pipelines))
    echo(f"{display_path(path)} written: every line is a comment until you change it.")
    raise Ended(0)
