"""What every container target's output folder holds: environments, sources, launch specs, the runtime, the images."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path

from pipelift.backends import images
from pipelift.compiler import ir
from pipelift.compiler.target import Compilation

TAG_LENGTH = 12
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*")
_LONGEST_COMPONENT = 80


@dataclass(frozen=True, slots=True)
class Image:
    """The image of one step: how it is called, and how it is built with the output folder as the context.

    `arguments` are the Dockerfile's build arguments. `tag` is a digest of all that goes in: same content, same tag.
    """

    step: str
    repository: str
    tag: str
    dockerfile: str
    arguments: tuple[tuple[str, str], ...]

    @property
    def reference(self) -> str:
        """The name to run it by, ``repository:tag``."""
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True, slots=True)
class Bundle:
    """`files` by path in the output folder, and the `images` by step id."""

    files: Mapping[str, bytes]
    images: Mapping[str, Image]


@dataclass(frozen=True, slots=True)
class StoreUse:
    """A store that a step needs at hand: to read from it, or to write there (and to read)."""

    name: str
    writes: bool


def bundle(pipeline: ir.Pipeline, compilation: Compilation) -> Bundle:
    """The common files and the images of `pipeline`. Reports what no container target can keep (PL40x, PL41x)."""
    _report_steps(pipeline, compilation)
    runtime = runtime_files()
    environments = {
        environment.id: images.files(images.recipe(environment, compilation.reporter))
        for environment in pipeline.environments
        if any(step.environment == environment.id for step in pipeline.steps)
    }
    sources = {
        snapshot: _source_files(snapshot, compilation.contents.get(snapshot, {}))
        for snapshot in dict.fromkeys(step.snapshot for step in pipeline.steps)
    }
    found: dict[str, bytes] = {}
    for group in (*environments.values(), *sources.values(), runtime):
        found.update(group)
    made: dict[str, Image] = {}
    for step in pipeline.steps:
        spec = _json(step_spec(pipeline, step, compilation.config.reuse.identity))
        found[f"steps/{step.id}.json"] = spec
        content = {**environments[step.environment], **sources[step.snapshot], **runtime, "step.json": spec}
        made[step.id] = _image(pipeline, step, compilation.config.images.registry, content)
    found["images.json"] = _json([_listed(image) for image in made.values()])
    return Bundle(found, made)


def step_spec(pipeline: ir.Pipeline, step: ir.Step, identity: str = "definition") -> dict[str, object]:
    """The launch spec of `step` as plain JSON data: the IR's own shapes, without places in the source."""
    datasets = [_plain(dataset) for dataset in pipeline.datasets if dataset.id in _datasets(step)]
    stores = {use.name for use in store_uses(pipeline, step)}
    environment = pipeline.environment(step.environment)
    return {
        "schema_version": ir.SCHEMA_VERSION,
        "pipeline": {
            "id": pipeline.id,
            "name": pipeline.name,
            "experiment": pipeline.experiment,
            "default_store": pipeline.default_store,
        },
        "step": _plain(step),
        "snapshot_digest": pipeline.snapshot(step.snapshot).digest,
        "datasets": datasets,
        "stores": [_plain(store) for store in pipeline.stores if store.name in stores],
        "parameters": [_plain(entry) for entry in pipeline.parameters if entry.name in step.parameters],
        "environment": {
            "variables": [_plain(variable) for variable in environment.variables],
            "digest": environment.digest,
        },
        "identity": identity,
    }


def store_uses(pipeline: ir.Pipeline, step: ir.Step) -> tuple[StoreUse, ...]:
    """The stores that `step` reads its inputs from or writes its outputs to, each once, in the IR's order."""
    written = {output.store for output in step.outputs}
    read = {
        location.store
        for dataset in pipeline.datasets
        if dataset.id in _datasets(step)
        for location in dataset.locations
        if location.store is not None
    }
    for port in step.inputs:
        if isinstance(port.source, ir.StepSource):
            outputs = pipeline.step(port.source.step).outputs
            read.update(output.store for output in outputs if output.name == port.source.port)
    declared = [store.name for store in pipeline.stores]
    names = [*declared, *sorted((written | read).difference(declared))]
    return tuple(StoreUse(name, name in written) for name in names if name in written | read)


def file_name(text: str) -> str:
    """`text` as one safe component of a path or an image's name; two texts never give the same name by accident."""
    if _COMPONENT.fullmatch(text) and len(text) <= _LONGEST_COMPONENT:
        return text
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[: _LONGEST_COMPONENT - 9].strip("-")
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{slug}-{digest}" if slug else digest


@cache
def runtime_files() -> Mapping[str, bytes]:
    """Our runtime package as it travels into images: its Python files, below ``runtime/pipelift/runtime/``."""
    root = Path(str(package_files("pipelift.runtime")))
    return {
        f"runtime/pipelift/runtime/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in sorted(root.rglob("*.py"))
    }


def _source_files(snapshot: str, contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files below ``sources/``; a folder that would be empty gets a marker, since nothing else would keep it."""
    return {f"sources/{snapshot}/{path}": data for path, data in (contents or {".empty": b""}).items()}


def _image(pipeline: ir.Pipeline, step: ir.Step, registry: str | None, content: Mapping[str, bytes]) -> Image:
    parts = [registry.strip("/")] if registry else []
    return Image(
        step=step.id,
        repository="/".join([*parts, file_name(pipeline.id), file_name(step.id)]),
        tag=_digest(content),
        dockerfile=f"environments/{step.environment}/Dockerfile",
        arguments=(("SOURCE", step.snapshot), ("STEP", step.id)),
    )


def _digest(content: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path, data in sorted(content.items()):
        digest.update(f"{path}\0{hashlib.sha256(data).hexdigest()}\n".encode())
    return digest.hexdigest()[:TAG_LENGTH]


def _datasets(step: ir.Step) -> set[str]:
    return {port.source.dataset for port in step.inputs if isinstance(port.source, ir.DatasetSource)}


def _plain(node: ir.model.Node) -> object:
    return _without_spans(node.model_dump(mode="json"))


def _without_spans(data: object) -> object:
    """A line that moves in the source must not change an image."""
    if isinstance(data, dict):
        return {key: _without_spans(value) for key, value in data.items() if key != "span"}
    if isinstance(data, list):
        return [_without_spans(value) for value in data]
    return data


def _listed(image: Image) -> dict[str, object]:
    return {
        "reference": image.reference,
        "dockerfile": image.dockerfile,
        "arguments": dict(image.arguments),
    }


def _json(data: object) -> bytes:
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def _report_steps(pipeline: ir.Pipeline, compilation: Compilation) -> None:
    for step in pipeline.steps:
        environment = pipeline.environment(step.environment)
        if step.unsupported is not None:
            compilation.reporter.report(
                "PL410",
                f"step '{step.name}' ({step.origin}) cannot run: {step.unsupported}",
                step.span,
                step=step.name,
            )
        elif (
            isinstance(step.run, ir.Script)
            and step.run.interpreter == "Rscript"
            and environment.image is None
            and environment.dockerfile is None
        ):
            compilation.reporter.report(
                "PL411",
                f"step '{step.name}' is an R script, and environment '{environment.name or environment.id}' "
                "has no image with R",
                step.span,
                step=step.name,
            )
