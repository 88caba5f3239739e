"""The stores of a local run that are behind URLs: what the launcher is told of them, and what would keep it out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelift.app.running import LocalRun
from pipelift.backends.local.checks import store_folders, toml_key, used_stores
from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.config.places import Database, Remote, place
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.runtime import clients, databases, places
from pipelift.runtime.context import Context
from pipelift.runtime.contract import paths
from pipelift.runtime.contract.secrets import variable
from pipelift.runtime.errors import LauncherError
from pipelift.runtime.locations import Missing
from pipelift.runtime.mirrors import Mirror
from pipelift.runtime.secrets import Secrets

SECRETS = f"{paths.STATE}/{paths.SECRETS}"
"""Beside the pipeline file: a file or a folder a secret."""


def remotes(pipeline: ir.Pipeline, config: Config) -> dict[str, places.Place]:
    """The stores of the steps that are files or a database behind a URL, by name, as the launcher takes them."""
    found = {name: place(config, name, "local") for name in used_stores(pipeline)}
    return {
        name: places.Place(where.url, dict(where.options), where.secret)
        for name, where in found.items()
        if isinstance(where, Remote)
    }


def secrets(run: LocalRun) -> Secrets:
    """The secrets of this machine: in variables, and in files beside the pipeline."""
    return Secrets(str(run.base / SECRETS), run.request.environ)


def check_remotes(run: LocalRun, reporter: Reporter) -> None:
    """Report clients that are not installed, secrets that are not there, and stores of the wrong kind.

    Asks no network.
    """
    known, at_hand = remotes(run.pipeline, run.config), secrets(run)
    spans = {store.name: store.span for store in run.pipeline.stores}
    for name, where in known.items():
        missing = None if run.request.docker else clients.missing(where)
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
    for step in run.pipeline.steps:
        for given in step.secrets:
            if not at_hand.holds(given.secret):
                text = f"'{step.name}' gets {given.name} from the secret '{given.secret}', which is not there"
                reporter.report("PL522", text, step.span, step=step.name, help=_put(given.secret))
    _check_kinds(run, reporter)


def reach(run: LocalRun) -> None:
    """Ask every remote store whether it lets us in and has the source data of the steps. Raises `Refused`."""
    known = remotes(run.pipeline, run.config)
    if not known:
        return
    context = launch_context(run)
    read = _read(run.pipeline)
    for name, where in known.items():
        try:
            if where.is_database:
                databases.check(name, where, context.secrets)
                continue
            mirror = Mirror(name, context)
            for path in read.get(name, ()):
                mirror.named(path)
            if name not in read:
                mirror.look()
        except Missing as missing:
            raise Refused("PL524", _not_there(name, missing)) from None
        except LauncherError as error:
            raise Refused("PL523", str(error)) from None


def launch_context(run: LocalRun, **more: Any) -> Context:
    """The launcher's context of a run of these stores, without what differs from step to step."""
    given = {name: str(value) for name, value in run.request.parameters.items() if value is not None}
    fields: dict[str, Any] = {
        "run_id": "planned",
        "state": str((run.base / paths.STATE).absolute()),
        "stores": store_folders(run.pipeline, run.config),
        "source": str(Path()),
        "parameters": given,
        "reuse": run.request.reuse and not run.pipeline.regenerate,
        "refresh": run.request.refresh,
        "remotes": remotes(run.pipeline, run.config),
        "secrets": secrets(run),
    }
    return Context(**{**fields, **more})


def step_context(run: LocalRun, step: ir.Step, **more: Any) -> Context:
    """The launcher's context for an attempt at `step`: of the parameters it gets those that it names."""
    values = run.request.parameters.items()
    texts = {name: str(value) for name, value in values if value is not None and name in step.parameters}
    return launch_context(run, parameters=texts, **more)


def _read(pipeline: ir.Pipeline) -> dict[str, tuple[str, ...]]:
    """The paths that the steps' datasets name, by store."""
    bound = {
        port.source.dataset
        for step in pipeline.steps
        for port in step.inputs
        if isinstance(port.source, ir.DatasetSource)
    }
    found: dict[str, dict[str, None]] = {}
    for dataset in pipeline.datasets:
        for location in dataset.locations if dataset.id in bound else ():
            if location.store is not None and location.query is None:
                found.setdefault(location.store, {})[location.path] = None
    return {store: tuple(paths) for store, paths in found.items()}


def _not_there(store: str, missing: Missing) -> str:
    what = f"'{missing.path}'" if missing.path else "bucket or container"
    return (
        f"the store '{store}' has no {what} (looked for {missing.looked_for}): put the data there, or say in "
        f"pipelift.toml where the store is: [stores.{toml_key(store)}] url"
    )


def _check_kinds(run: LocalRun, reporter: Reporter) -> None:
    """Report queries of what is no database, and files of what is one."""
    kinds = {name: place(run.config, name, "local") for name in used_stores(run.pipeline)}
    for dataset in run.pipeline.datasets:
        for location in dataset.locations:
            where = kinds.get(location.store or "")
            if where is None or (location.query is not None) == isinstance(where, Database):
                continue
            is_query = location.query is not None
            asked = "rows of a query" if is_query else f"the files '{location.path}'"
            kind = "is no database" if is_query else "is a database"
            text = f"the dataset '{dataset.name or dataset.id}' is {asked}, but the store '{location.store}' {kind}"
            reporter.report("PL525", text, dataset.span)
    for step in run.pipeline.steps:
        for output in step.outputs:
            if isinstance(kinds.get(output.store), Database):
                text = (
                    f"'{step.name}' writes '{output.name}' to the store '{output.store}', which is a database"
                )
                reporter.report("PL525", text, output.span or step.span, step=step.name)


def _put(secret: str) -> str:
    return f"Put it into the variable {variable(secret)} or the file {SECRETS}/{secret}."
