"""What every container target's output folder holds: environments, sources, launch specs, runtime, images."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path
from typing import cast

from pipelift.backends.containers import clients, images
from pipelift.backends.containers.packages import name_of
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.rendering.data import dump
from pipelift.compiler.ir.names import slug
from pipelift.compiler.ir.uses import store_uses
from pipelift.compiler.ir.walk import plain
from pipelift.compiler.reading.contents import Content, digest_of
from pipelift.compiler.target import Compilation
from pipelift.runtime.contract.digests import digest
from pipelift.runtime.contract.spec import SCHEMA_VERSION, Identity, Parameter, Spec

TAG_LENGTH = 12
IMAGES_FILE = "images.json"
"""Lists the images of an output folder, for `pipelift build`."""
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*")
_LONGEST_COMPONENT = 80
_ENGINES_OWN = frozenset({"resources", "retries", "unsupported", "origin"})
_SPAN = ("span",)


@dataclass(frozen=True, slots=True)
class Image:
    """The image of one step: how it is called, and how it is built with the output folder as the context.

    `arguments` are the Dockerfile's build arguments. `tag` is a digest of all that goes in, so the same
    content has the same tag.
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

    files: Mapping[str, Content]
    images: Mapping[str, Image]


@dataclass(frozen=True, slots=True)
class _Part:
    """Files that go into several images together, by path in the output folder, and their digest."""

    files: Mapping[str, Content]
    digest: str


def bundle(
    pipeline: ir.Pipeline,
    compilation: Compilation,
    target: str,
    *,
    entry: bool = True,
    uses: clients.Uses = store_uses,
) -> Bundle:
    """The common files and the images of `pipeline` on `target`. Reports what no container can keep (PL40x, PL41x).

    An engine that always gives a whole command (Kubeflow, whose local Docker runner would append it to the entry
    point) wants images without `entry`. `uses` says which stores the launcher reaches.
    """
    _report_steps(pipeline, compilation.reporter)
    runtime = _part(runtime_files())
    needed = clients.by_environment(pipeline, compilation.config, target, uses)
    environments = _environments(pipeline, compilation, entry, needed)
    sources = {
        snapshot: _part(_source_files(snapshot, compilation.contents.get(snapshot, {})))
        for snapshot in dict.fromkeys(step.snapshot for step in pipeline.steps)
    }
    files: dict[str, Content] = {}
    for part in (*environments.values(), *sources.values(), runtime):
        files.update(part.files)
    images: dict[str, Image] = {}
    for step in pipeline.steps:
        spec = _json(_without_defaults(step_spec(pipeline, step, compilation.config.reuse.identity)))
        files[f"steps/{step.id}.json"] = spec
        parts = (environments[step.environment], sources[step.snapshot], runtime, _part({"step.json": spec}))
        images[step.id] = _image(pipeline, step, compilation.config.images.registry, parts)
    files[IMAGES_FILE] = _json([_list_entry(image) for image in images.values()])
    return Bundle(files, images)


def step_spec(pipeline: ir.Pipeline, step: ir.Step, identity: Identity = "definition") -> Spec:
    """The launch spec of `step` as plain JSON data: the IR's own shapes, without places in the source."""
    datasets = _datasets(step)
    stores = {use.name for use in store_uses(pipeline, step)}
    environment = pipeline.environment(step.environment)
    spec = {
        "schema_version": SCHEMA_VERSION,
        "pipeline": {
            "id": pipeline.id,
            "name": pipeline.name,
            "experiment": pipeline.experiment,
            "default_store": pipeline.default_store,
        },
        "step": _step_data(step),
        "snapshot_digest": pipeline.snapshot(step.snapshot).digest,
        "datasets": [_as_plain(entry) for entry in pipeline.datasets if entry.id in datasets],
        "stores": [_store_data(store) for store in pipeline.stores if store.name in stores],
        "parameters": [
            plain(entry, exclude=("secret", "span"))  # engines give the values
            for entry in pipeline.parameters
            if entry.name in step.parameters
        ],
        "environment": _environment_data(environment),
        "identity": identity,
    }
    return cast(
        Spec, spec
    )  # the nodes are dumped as plain data, whose schema a test compares with what comes out


def _store_data(store: ir.Store) -> object:
    """A store without the address that it had on Azure: that is for people, and must not change an image."""
    return plain(store, exclude=("address", "span"))


def _step_data(step: ir.Step) -> object:
    """The step as the launcher needs it. What only the engine sees is left out: another size of the machine must
    not change the image, which Kubeflow's cache takes for another step."""
    return {
        name: value
        for name, value in cast("dict[str, object]", plain(step, exclude=_SPAN)).items()
        if name not in _ENGINES_OWN
    }


def _without_defaults(spec: Spec) -> Spec:
    """Engines give every parameter a value, so that another default must not change the image either."""
    parameters: list[Parameter] = [
        {"name": entry["name"], "type": entry["type"]} for entry in spec["parameters"]
    ]
    return {**spec, "parameters": parameters}


def _environment_data(environment: ir.Environment) -> dict[str, object]:
    """What a step needs installed: reuse sees the digest alone, the rest is there to tell what has changed."""
    packages = {"conda": list(environment.conda), "pip": list(environment.pip)}
    facts: dict[str, object] = {
        "variables": [_as_plain(variable) for variable in environment.variables],
        "digest": environment.digest,
        "python": environment.python,
        **{name: entries for name, entries in packages.items() if entries},
    }
    return facts | ({"image": environment.image} if environment.image else {})


def file_name(text: str) -> str:
    """`text` as one safe component of a path or an image's name; a digest keeps what had to change unique."""
    if _COMPONENT.fullmatch(text) and len(text) <= _LONGEST_COMPONENT:
        return text
    short = slug(text)[: _LONGEST_COMPONENT - 9].strip("-")
    mark = digest(text)[:8]
    return f"{short}-{mark}" if short else mark


@cache
def runtime_files() -> Mapping[str, bytes]:
    """Our runtime package as it travels into images: its modules and schemas, by path in the output folder."""
    root = Path(str(package_files("pipelift.runtime")))
    return {
        f"runtime/pipelift/runtime/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.suffix in (".py", ".json")
    }


def _source_files(snapshot: str, contents: Mapping[str, Content]) -> dict[str, Content]:
    """Files below ``sources/``; an empty folder gets a marker, since nothing else would keep it."""
    return {f"sources/{snapshot}/{path}": data for path, data in (contents or {".empty": b""}).items()}


def _environments(
    pipeline: ir.Pipeline, compilation: Compilation, entry: bool, needed: Mapping[str, tuple[str, ...]]
) -> dict[str, _Part]:
    """The files of each environment that a step uses, by its id."""
    used = {step.environment for step in pipeline.steps}
    parts = {}
    for environment in pipeline.environments:
        if environment.id not in used:
            continue
        recipe = images.recipe(environment, compilation.reporter)
        made = images.files(recipe, entry=entry, clients=needed.get(environment.id, ()))
        context = compilation.contents.get(environment.context or "", {})
        folder = images.context_folder(environment.id)
        parts[environment.id] = _part(
            {**{f"{folder}/{path}": content for path, content in context.items()}, **made}
        )
    return parts


def _image(pipeline: ir.Pipeline, step: ir.Step, registry: str | None, parts: Iterable[_Part]) -> Image:
    prefix = [registry.strip("/")] if registry else []
    return Image(
        step=step.id,
        repository="/".join([*prefix, file_name(pipeline.id), file_name(step.id)]),
        tag=digest("".join(part.digest for part in parts))[:TAG_LENGTH],
        dockerfile=f"environments/{step.environment}/Dockerfile",
        arguments=(("SOURCE", step.snapshot), ("STEP", step.id)),
    )


def _part(files: Mapping[str, Content]) -> _Part:
    lines = "".join(f"{path}\0{digest_of(content)}\n" for path, content in sorted(files.items()))
    return _Part(files, digest(lines))


def _datasets(step: ir.Step) -> set[str]:
    return {port.source.dataset for port in step.inputs if isinstance(port.source, ir.DatasetSource)}


def _as_plain(node: ir.Node) -> object:
    """The node without places: a line that moves in the source must not change an image."""
    return plain(node, exclude=_SPAN)


def _list_entry(image: Image) -> dict[str, object]:
    return {
        "reference": image.reference,
        "dockerfile": image.dockerfile,
        "arguments": dict(image.arguments),
    }


def _json(data: object) -> bytes:
    return dump(data).encode()


def _report_steps(pipeline: ir.Pipeline, reporter: Reporter) -> None:
    for step in pipeline.steps:
        if step.unsupported is not None:
            message = f"step '{step.name}' ({step.origin}) cannot run: {step.unsupported}"
            reporter.report("PL410", message, step.span, step=step.name)
        elif _lacks_r(step, pipeline.environment(step.environment)):
            message = f"step '{step.name}' is an R script, and its environment names no image that has R"
            reporter.report("PL411", message, step.span, step=step.name)


def _lacks_r(step: ir.Step, environment: ir.Environment) -> bool:
    is_r = isinstance(step.run, ir.Script) and step.run.interpreter == "Rscript"
    has_r = any(name_of(package) in ("r-base", "r-essentials", "r") for package in environment.conda)
    return is_r and environment.image is None and environment.dockerfile is None and not has_r
