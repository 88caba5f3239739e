"""How a step in a pod gets at a store's source data: a volume claim, mounted where the launcher looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelift.backends.kubeflow.names import Scope, slug
from pipelift.compiler import ir
from pipelift.compiler.config import Config, StoreSection
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.span import Span

STORES = "/pipelift/stores"
SECRETS = "/pipelift/secrets"


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim that holds a store's data; `constant` is its name in the file. `secret` goes along if set."""

    store: str
    constant: str
    name: str
    secret: str | None


@dataclass(frozen=True, slots=True)
class Mount:
    """A claim at a path in a step's container, and a secret's files at another."""

    claim: Claim

    @property
    def path(self) -> str:
        """Where the launcher looks for the store."""
        return f"{STORES}/{self.claim.store}"

    @property
    def secret_path(self) -> str:
        """Where the files of the store's secret appear."""
        return f"{SECRETS}/{self.claim.store}"


def claims(pipeline: ir.Pipeline, config: Config, reporter: Reporter) -> dict[str, Claim]:
    """The claims by store, for all with source data; reports what the user must set (PL420 to PL422)."""
    used = {
        port.source.dataset
        for step in pipeline.steps
        for port in step.inputs
        if isinstance(port.source, ir.DatasetSource)
    }
    names = dict.fromkeys(
        name for dataset in pipeline.datasets if dataset.id in used for name in _stores(dataset)
    )
    spans = {store.name: store.span for store in pipeline.stores}
    constants = Scope()
    found = {}
    for name in names:
        claim = _claim(name, config, reporter, spans.get(name))
        if claim is not None:
            constant = constants.add(f"{slug(name)}_CLAIM".upper(), "STORE")
            found[name] = Claim(name, constant, claim, _secret(config.stores.get(name)))
    return found


def mounts(
    step: ir.Step, datasets: Mapping[str, ir.Dataset], found: Mapping[str, Claim]
) -> tuple[Mount, ...]:
    """What `step` mounts: each store that its datasets lie in, once."""
    names = dict.fromkeys(
        name
        for port in step.inputs
        if isinstance(port.source, ir.DatasetSource)
        for name in _stores(datasets[port.source.dataset])
    )
    return tuple(Mount(found[name]) for name in names if name in found)


def _stores(dataset: ir.Dataset) -> list[str]:
    return [location.store for location in dataset.locations if location.store is not None]


def _claim(name: str, config: Config, reporter: Reporter, span: Span | None) -> str | None:
    url = config.store_url(name, "kubeflow")
    line = f'[stores.{name}.kubeflow] url = "pvc:CLAIM"'
    if url is not None and url.startswith("pvc:"):
        return url.removeprefix("pvc:")
    if url is not None and "://" in url:
        reporter.report(
            "PL422",
            f"store '{name}' is at {url.split('://')[0]}://…, which steps in Kubeflow cannot read yet",
            span,
            help=f"Copy its data to a volume claim and name it in pipelift.toml: {line}.",
        )
        return None
    claim = slug(name)
    if url is None:
        reporter.report(
            "PL420",
            f"the source data of store '{name}' is read from the volume claim '{claim}'",
            span,
            help=f"Create the claim and fill it, or name another in pipelift.toml: {line}.",
        )
        return claim
    reporter.report(
        "PL421",
        f"store '{name}' is '{url}', which a cluster cannot see; the volume claim '{claim}' takes its place",
        span,
        help=f"Copy its data to a volume claim and name it in pipelift.toml: {line}.",
    )
    return claim


def _secret(section: StoreSection | None) -> str | None:
    return None if section is None else section.kubeflow.secret or section.secret
