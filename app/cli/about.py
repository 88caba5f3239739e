"""``targets`` and ``schema``: what this installation offers."""

from __future__ import annotations

import click


@click.command()
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


@click.command()
def schema() -> None:
    """Print the JSON Schema of the intermediate representation."""
    from pipelift.compiler.ir.schema import schema_text

    click.echo(schema_text(), nl=False)
