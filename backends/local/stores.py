"""The stores of a local run that are behind URLs: what the launcher is told of them, and what would keep it out."""

from __future__ import annotations

from collections.abc import Iterator

from pipelift.backends.local.checks import toml_key, used_stores
from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.places import Remote, place
from pipelift.compiler.running import CannotRun, RunRequest
from pipelift.runtime import clients, databases, places
from pipelift.runtime.context import Context
from pipelift.runtime.errors import LauncherError
from pipelift.runtime.locations import Missing
from pipelift.runtime.mirrors import Mirror
from pipelift.runtime.secrets import Secrets

SECRETS = ".pipelift/secrets"
"""Beside the pipeline's configuration: a file or a folder a secret."""


def remotes(pipeline: ir.Pipeline, config: Config) -> dict[str, places.Place]:
    """The stores of the steps that are files or a database behind a URL, by name, as the launcher takes them."""
    found = {name: place(config, name, "local") for name in used_stores(pipeline)}
    return {
        name: places.Place(where.url, dict(where.options), where.secret)
        for name, where in found.items()
        if isinstance(where, Remote)
    }


def secrets(request: RunRequest) -> Secrets:
    """The secrets of this machine: in variables, and in files beside the configuration."""
    return Secrets(str(request.config.folder / SECRETS), request.environ)


def check_remotes(pipeline: ir.Pipeline, request: RunRequest, reporter: Reporter) -> None:
    """Report clients that are not installed, secrets that are not there, and stores of the wrong kind.

    Asks no network.
    """
    known, at_hand = remotes(pipeline, request.config), secrets(request)
    spans = {store.name: store.span for store in pipeline.stores}
    for name, where in known.items():
        missing = None if request.docker else clients.missing(where)
        if not clients.is_known(where):
            text = f"the store '{name}' is at {where.url}, and no client is known for '{where.scheme}://'"
            reporter.report("PL521", text, spans.get(name))
        elif missing:
            text = f"the store '{name}' is at {where.url}, but the module '{missing}' is not installed here"
            line = f"pip install 'pipelift[{clients.extra(where)}]'"
            reporter.report("PL521", text, spans.get(name), help=f"Install it:\n{line}")
        if where.secret and not at_hand.holds(where.secret):
            text = f"the store '{name}' logs in with the secret '{where.secret}', which is not there"
            reporter.report("PL522", text, spans.get(name), help=_put(where.secret))
    for step in pipeline.steps:
        for variable in step.secrets:
            if not at_hand.holds(variable.secret):
                text = f"'{step.name}' gets the variable {variable.name} from the secret '{variable.secret}', "
                reporter.report(
                    "PL522", text + "which is not there", step.span, step=step.name, help=_put(variable.secret)
                )
    _check_kinds(pipeline, known, reporter)


def _put(secret: str) -> str:
    name = places_of(secret)
    return f"Put it into the variable {name} or the file {SECRETS}/{secret}."


def places_of(secret: str) -> str:
    """The variable of a secret."""
    from pipelift.runtime.secrets import variable

    return variable(secret)
