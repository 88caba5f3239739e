"""What stands in the picture of a pipeline: steps, the data between them, source data and stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pipelift.compiler.ir import (
    Dataset,
    DatasetSource,
    Environment,
    Input,
    Pipeline,
    Script,
    Step,
    StepSource,
)

Kind = Literal["step", "output", "dataset", "store"]


@dataclass(frozen=True, slots=True)
class Node:
    """A shape: its `title`, smaller `lines` below it, and short `marks` such as ``GPU``.

    `id` is unique in the scene and safe anywhere; `key` is its name in the details of a page.
    `status` is that of a step's run, where the picture is one of a run.
    """

    id: str
    kind: Kind
    key: str
    title: str
    lines: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A line from one node to another (ids); `order` says that no data goes along it. `label` names the port."""

    before: str
    after: str
    label: str = ""
    order: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """The whole picture."""

    name: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]


def build_scene(pipeline: Pipeline, statuses: Mapping[str, str] | None = None) -> Scene:
    """The picture of a pipeline; `statuses` are those of a run, by step id."""
    nodes = (
        *_store_nodes(pipeline),
        *_dataset_nodes(pipeline),
        *_step_nodes(pipeline, statuses or {}),
        *_output_nodes(pipeline),
    )
    return Scene(pipeline.name, nodes, tuple(_list_links(pipeline)))


def gpu_mark(step: Step) -> tuple[str, ...]:
    """``GPU`` or ``GPU ×2``, or nothing."""
    gpus = step.resources.gpus
    return (f"GPU ×{gpus}" if gpus > 1 else "GPU",) if gpus else ()


def dataset_title(dataset: Dataset) -> str:
    """Its registered name, else where it lies."""
    return dataset.name or ", ".join(location.path for location in dataset.locations) or dataset.id


def source_title(pipeline: Pipeline, port: Input) -> str:
    """Where the data of an input come from: ``step.port``, or the title of the dataset."""
    if isinstance(port.source, StepSource):
        return f"{pipeline.step(port.source.step).name}.{port.source.port}"
    return dataset_title(pipeline.dataset(port.source.dataset))


def _store_nodes(pipeline: Pipeline) -> Iterator[Node]:
    """The stores that source data comes from; those of the outputs would only tangle the lines."""
    kinds = {store.name: store.kind for store in pipeline.stores}
    for name, node in _number_stores(pipeline).items():
        kind = kinds.get(name, "folder")
        yield Node(node, "store", name, name, (kind,) if kind != "folder" else ())


def _dataset_nodes(pipeline: Pipeline) -> Iterator[Node]:
    for node, dataset in zip(_number_datasets(pipeline).values(), pipeline.datasets, strict=True):
        lines = (f"version {dataset.version}",) if dataset.version else ()
        yield Node(
            node, "dataset", dataset.id, dataset_title(dataset), lines, ("table",) if dataset.table else ()
        )


def _step_nodes(pipeline: Pipeline, statuses: Mapping[str, str]) -> Iterator[Node]:
    environments = {environment.id: environment for environment in pipeline.environments}
    for number, step in enumerate(pipeline.steps, start=1):
        marks = (*gpu_mark(step), *(() if step.reuse.allowed else ("no reuse",)))
        lines = (*_run_line(step), _environment_line(environments[step.environment]))
        yield Node(f"step{number}", "step", step.id, step.name, lines, marks, statuses.get(step.id))


def _run_line(step: Step) -> tuple[str, ...]:
    text = step.run.path if isinstance(step.run, Script) else step.run.program
    return () if text == step.name else (text,)


def _environment_line(environment: Environment) -> str:
    named = environment.name or environment.image or environment.id
    return f"{named} · Python {environment.python}"


def _output_nodes(pipeline: Pipeline) -> Iterator[Node]:
    ids = _number_outputs(pipeline)
    for step in pipeline.steps:
        for port in step.outputs:
            lines = (f"registered as {port.register_as.name}",) if port.register_as else ()
            yield Node(ids[step.id, port.name], "output", f"{step.id}.{port.name}", port.name, lines)


def _list_links(pipeline: Pipeline) -> Iterator[Link]:
    stores, datasets, outputs = (
        _number_stores(pipeline),
        _number_datasets(pipeline),
        _number_outputs(pipeline),
    )
    steps = {step.id: f"step{number}" for number, step in enumerate(pipeline.steps, start=1)}
    for dataset in pipeline.datasets:
        for store in dict.fromkeys(location.store for location in dataset.locations if location.store):
            yield Link(stores[store], datasets[dataset.id])
    for step in pipeline.steps:
        for output in step.outputs:
            yield Link(steps[step.id], outputs[step.id, output.name], output.name)
        for port in step.inputs:
            source = port.source
            if isinstance(source, DatasetSource):
                yield Link(datasets[source.dataset], steps[step.id], port.name)
            else:
                yield Link(outputs[source.step, source.port], steps[step.id], port.name)
    for edge in pipeline.order:
        yield Link(steps[edge.before], steps[edge.after], order=True)


def _number_stores(pipeline: Pipeline) -> dict[str, str]:
    used = (place.store for dataset in pipeline.datasets for place in dataset.locations if place.store)
    return {name: f"store{number}" for number, name in enumerate(dict.fromkeys(used), start=1)}


def _number_datasets(pipeline: Pipeline) -> dict[str, str]:
    return {dataset.id: f"data{number}" for number, dataset in enumerate(pipeline.datasets, start=1)}


def _number_outputs(pipeline: Pipeline) -> dict[tuple[str, str], str]:
    ports = ((step.id, port.name) for step in pipeline.steps for port in step.outputs)
    return {port: f"output{number}" for number, port in enumerate(dict.fromkeys(ports), start=1)}
