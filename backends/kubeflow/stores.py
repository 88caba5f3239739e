"""How a step in a pod gets at source data: a volume claim, mounted where the launcher looks, or a URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelift.backends.kubeflow.names import Scope, slug
from pipelift.backends.wiring import remotes
from pipelift.compiler import ir
from pipelift.compiler.config.places import Claim as ClaimPlace
from pipelift.compiler.config.places import Folder, Remote, Volume
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.ir.names import slug as plain_slug
from pipelift.compiler.ir.uses import source_uses
from pipelift.compiler.target import Compilation
from pipelift.runtime.contract import paths

TARGET = "kubeflow"


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim that holds a store's data; `constant` is its name in the file."""

    store: str
    constant: str
    name: str

    @property
    def path(self) -> str:
        """Where the launcher looks for the store."""
        return f"{paths.STORES_PATH}/{self.store}"


@dataclass(frozen=True, slots=True)
class Secret:
    """A Kubernetes Secret that a task's container sees as files; `source` is what the launcher calls it."""

    source: str

    @property
    def name(self) -> str:
        """What Kubernetes calls it."""
        return plain_slug(self.source)

    @property
    def path(self) -> str:
        """Where the launcher looks for it."""
        return f"{paths.SECRETS_PATH}/{self.source}"


@dataclass(frozen=True, slots=True)
class Stores:
    """How stores with source data are reached, by name: a claim, or a URL that is a parameter of the pipeline.

    `uses` are the names of those that a step (its id) reads.
    """

    claims: Mapping[str, Claim]
    remote: Mapping[str, Remote]
    uses: Mapping[str, tuple[str, ...]]

    def mounts(self, step: ir.Step) -> tuple[Claim, ...]:
        """The claims that `step` mounts."""
        return tuple(self.claims[name] for name in self.uses[step.id] if name in self.claims)

    def addresses(self, step: ir.Step) -> dict[str, Remote]:
        """The remote stores that `step` reads, by name."""
        return {name: self.remote[name] for name in self.uses[step.id] if name in self.remote}

    def secrets(self, step: ir.Step) -> tuple[Secret, ...]:
        """The secrets that `step` needs, for stores and as variables."""
        return tuple(Secret(name) for name in remotes.secrets(step, self.addresses(step).values()))


def stores(pipeline: ir.Pipeline, compilation: Compilation) -> Stores:
    """Decide for every store with source data; reports what the user must set (PL420, PL421, PL41x, PL45x)."""
    places = remotes.places(pipeline, compilation, TARGET, source_uses)
    remotes.report(pipeline, compilation, places, source_uses, remotes.kubernetes_advice)
    spans = {store.name: store.span for store in pipeline.stores}
    constants = Scope()
    claims = {}
    for name, place in places.items():
        if not isinstance(place, Remote):
            claim = _claim(name, place, compilation.reporter, spans.get(name))
            claims[name] = Claim(name, constants.add(f"{slug(name)}_CLAIM".upper(), "STORE"), claim)
    uses = {step.id: tuple(use.name for use in source_uses(pipeline, step)) for step in pipeline.steps}
    return Stores(claims, {name: place for name, place in places.items() if isinstance(place, Remote)}, uses)


def _claim(name: str, place: Folder | Volume | ClaimPlace, reporter: Reporter, span: Span | None) -> str:
    if isinstance(place, ClaimPlace):
        return place.name
    claim = slug(name)
    line = f'[stores.{name}.kubeflow] url = "pvc:CLAIM"'
    if isinstance(place, Folder) and place.written is None:
        reporter.report(
            "PL420",
            f"the source data of store '{name}' is read from the volume claim '{claim}'",
            span,
            help=f"Create the claim and fill it, or name another in pipelift.toml: {line}; or a URL, s3://…",
        )
        return claim
    text = place.written if isinstance(place, Folder) else f"volume:{place.name}"
    reporter.report(
        "PL421",
        f"store '{name}' is '{text}', which a cluster cannot see; the volume claim '{claim}' takes its place",
        span,
        help=f"Copy its data to a volume claim and name it in pipelift.toml: {line}; or to a URL, s3://…",
    )
    return claim
