"""``targets`` and ``schema``: what this installation offers."""

from __future__ import annotations

import click

from pipelift.app.cli.printing import echo, echo_rendered


@click.command()
def targets() -> None:
    """List the targets, and whether what they need is installed."""
    from pipelift.compiler.target import IR, target_names

    for name in target_names():
        echo(_describe_target(name))
    echo(f"{IR:10} The intermediate representation as JSON. [ready]")


def _describe_target(name: str) -> str:
    from importlib.util import find_spec

    from pipelift.compiler.diagnostics import Refused
    from pipelift.compiler.plugins import distribution_of
    from pipelift.compiler.target import load_target

    try:
        target = load_target(name)
    except Refused as error:
        return f"{name:10} [broken] {error}"
    missing = [module for module in target.requires if find_spec(module) is None]
    state = f"needs: pip install '{distribution_of(name)}[{name}]'" if missing else "ready"
    return f"{name:10} {target.summary} [{state}]"


@click.command()
def schema() -> None:
    """Print the JSON Schema of the intermediate representation."""
    from pipelift.compiler.ir.schema import schema_text

    echo_rendered(schema_text())
