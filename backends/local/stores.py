"""The stores of a local run that are behind URLs: what the launcher is told of them, and what would keep it out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelift.app.running import LocalRun
from pipelift.backends.local.checks import store_folders, toml_key, used_stores
from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.config.places import Database, Remote, place
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.ir.uses import secret_uses
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
    places_of = {name: place(config, name, "local") for name in used_stores(pipeline)}
    return {
        name: places.Place(location.url, dict(location.options), location.secret)
        for name, location in places_of.items()
        if isinstance(location, Remote)
    }


def secrets(run: LocalRun) -> Secrets:
    """The secrets of this machine: in variables, and in files beside the pipeline."""
    return Secrets(str(run.base / SECRETS), run.request.environ)


def parameter_values(run: LocalRun) -> dict[str, ir.Scalar]:
    """The values that the run is given, and those of parameters that are secrets, as far as these are there."""
    values, available = dict(run.request.parameters), secrets(run)
    for entry in run.pipeline.parameters:
        if entry.secret is not None and values.get(entry.name) is None and available.holds(entry.secret):
            values[entry.name] = available.text(entry.secret, entry.secret)
    return values


def check_remotes(run: LocalRun, reporter: Reporter) -> None:
    """Report clients that are not installed, secrets that are not there, and stores of the wrong kind.

    Asks no network.
    """
    remote_stores, available = remotes(run.pipeline, run.config), secrets(run)
    spans = {store.name: store.span for store in run.pipeline.stores}
    for name, location in remote_stores.items():
        missing = None if run.request.docker else clients.missing(location)
        if not clients.is_known(location):
            text = (
                f"the store '{name}' is at {location.url}, and no client is known for '{location.scheme}://'"
            )
            reporter.report("PL521", text, spans.get(name))
        elif missing:
            text = (
                f"the store '{name}' is at {location.url}, but the module '{missing}' is not installed here"
            )
            line = f"pip install 'pipelift[{clients.extra(location)}]'"
            reporter.report("PL521", text, spans.get(name), help=f"Install it:\n{line}")
        if location.secret and not available.holds(location.secret):
            text = f"the store '{name}' logs in with the secret '{location.secret}', which is not there"
            reporter.report("PL522", text, spans.get(name), help=_advise_secret(location.secret))
    given = parameter_values(run)
    for entry in run.pipeline.parameters:
        if entry.secret is not None and given.get(entry.name) is None:
            text = f"the parameter '{entry.name}' has its value from the secret '{entry.secret}', which is not there"
            reporter.report("PL522", text, entry.span, help=_advise_secret(entry.secret))
    for step in run.pipeline.steps:
        for use in secret_uses(step):
            if not available.holds(use.secret):
                text = f"'{step.name}' gets {use} from the secret '{use.secret}', which is not there"
                reporter.report("PL522", text, step.span, step=step.name, help=_advise_secret(use.secret))
    _check_kinds(run, reporter)


def reach(run: LocalRun) -> None:
    """Ask every remote store whether it lets us in and has the source data of the steps. Raises `Refused`."""
    remote_stores = remotes(run.pipeline, run.config)
    if not remote_stores:
        return
    context = launch_context(run)
    paths_of = _list_read_paths(run.pipeline)
    for name, location in remote_stores.items():
        try:
            if location.is_database:
                databases.check(name, location, context.secrets)
                continue
            mirror = Mirror(name, context)
            for path in paths_of.get(name, ()):
                mirror.named(path)
            if name not in paths_of:
                mirror.look()
        except Missing as missing:
            raise Refused("PL524", _describe_missing(name, missing)) from None
        except LauncherError as error:
            raise Refused("PL523", str(error)) from None


def launch_context(run: LocalRun, **more: Any) -> Context:
    """The launcher's context of a run of these stores, without what differs from step to step."""
    values = {name: str(value) for name, value in parameter_values(run).items() if value is not None}
    fields = {"run_id": "planned", "source": str(Path()), "parameters": values, **_share_fields(run)}
    return Context(**{**fields, "secrets": secrets(run), **more})


def step_contexts(run: LocalRun, **shared: Any) -> Callable[..., Context]:
    """What makes the launcher's contexts of the attempts at the steps of one run, with the `shared` fields.

    It takes the step, and the fields that are its own. Of the parameters a step gets those that it names. What all
    steps share is made once: the stores alone are found by looking at every step.
    """
    fields = {**_share_fields(run), **shared}
    values = parameter_values(run).items()

    def make(step: ir.Step, **own: Any) -> Context:
        texts = {name: str(value) for name, value in values if value is not None and name in step.parameters}
        return Context(**{**fields, "parameters": texts, "secrets": secrets(run), **own})

    return make


def _share_fields(run: LocalRun) -> dict[str, Any]:
    """The fields of contexts that are the same for all steps of a run."""
    return {
        "state": str((run.base / paths.STATE).absolute()),
        "stores": store_folders(run.pipeline, run.config),
        "reuse": run.request.reuse and not run.pipeline.regenerate,
        "refresh": run.request.refresh,
        "remotes": remotes(run.pipeline, run.config),
    }


def _list_read_paths(pipeline: ir.Pipeline) -> dict[str, tuple[str, ...]]:
    """The paths that the steps' datasets name, by store."""
    bound = {
        port.source.dataset
        for step in pipeline.steps
        for port in step.inputs
        if isinstance(port.source, ir.DatasetSource)
    }
    paths_of: dict[str, dict[str, None]] = {}
    for dataset in pipeline.datasets:
        for location in dataset.locations if dataset.id in bound else ():
            if location.store is not None and location.query is None:
                paths_of.setdefault(location.store, {})[location.path] = None
    return {store: tuple(paths) for store, paths in paths_of.items()}


def _describe_missing(store: str, missing: Missing) -> str:
    subject = f"'{missing.path}'" if missing.path else "bucket or container"
    return (
        f"the store '{store}' has no {subject} (looked for {missing.looked_for}): put the data there, or say in "
        f"pipelift.toml where the store is: [stores.{toml_key(store)}] url"
    )


def _check_kinds(run: LocalRun, reporter: Reporter) -> None:
    """Report queries of what is no database, and files of what is one."""
    kinds = {name: place(run.config, name, "local") for name in used_stores(run.pipeline)}
    for dataset in run.pipeline.datasets:
        for location in dataset.locations:
            store_place = kinds.get(location.store or "")
            if store_place is None or (location.query is not None) == isinstance(store_place, Database):
                continue
            is_query = location.query is not None
            subject = "rows of a query" if is_query else f"the files '{location.path}'"
            kind = "is no database" if is_query else "is a database"
            text = f"the dataset '{dataset.name or dataset.id}' is {subject}, but the store '{location.store}' {kind}"
            reporter.report("PL525", text, dataset.span)
    for step in run.pipeline.steps:
        for output in step.outputs:
            if isinstance(kinds.get(output.store), Database):
                text = (
                    f"'{step.name}' writes '{output.name}' to the store '{output.store}', which is a database"
                )
                reporter.report("PL525", text, output.span or step.span, step=step.name)


def _advise_secret(secret: str) -> str:
    return f"Put it into the variable {variable(secret)} or the file {SECRETS}/{secret}."
