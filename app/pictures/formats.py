"""The graph of pipelines for other eyes: the data of `graph --format json`, Mermaid, and Graphviz DOT."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from pipelift.app.pictures.scene import dataset_title, gpu_mark
from pipelift.compiler.diagnostics.rendering.excerpt import visible
from pipelift.compiler.ir import DataParameter, Dataset, DatasetSource, Parameter, Pipeline, Script, Step

# The SDK's own words; it declares a parameter whose default is a bool as an int
_TYPES = {"string": "string", "integer": "int", "float": "float", "boolean": "int"}

Edge = tuple[str | None, str | None, str, str | None, str, str | None]


def graph_data(pipelines: Sequence[Pipeline]) -> dict[str, JsonValue]:
    """What ``graph --format json`` prints, a contract.

    Pipelines stand in the source's order; steps and parameters are sorted by name, edges by the step and port
    that they lead to, then by those that they come from. An order edge has neither ports nor mode.
    """
    return {"pipelines": [_pipeline_data(pipeline) for pipeline in pipelines]}


def render_mermaid(pipeline: Pipeline) -> str:
    """Render the graph as a Mermaid flowchart."""
    lines = ["flowchart TD"]
    for node in _list_nodes(pipeline):
        left, right = _MERMAID_SHAPES[node.kind]
        mark = ":::gpu" if node.gpu else ""
        lines.append(f'    {node.id}{left}"{_join_lines(node.lines, _escape_mermaid, "<br/>")}"{right}{mark}')
    for link in _list_links(pipeline):
        label = f'|"{_join_lines(link.lines, _escape_mermaid, "<br/>")}"|' if link.lines else ""
        lines.append(f"    {link.before} {'-.->' if link.order else '-->'}{label} {link.after}")
    lines.append("    classDef gpu stroke-width:3px")
    return "\n".join(lines) + "\n"


def render_dot(pipeline: Pipeline) -> str:
    """Render the graph in the language of Graphviz."""
    lines = [
        f"digraph {_quote_dot((pipeline.name,))} {{",
        "    rankdir=TB",
        '    node [fontname="Helvetica"]',
        '    edge [fontname="Helvetica", fontsize=10]',
    ]
    for node in _list_nodes(pipeline):
        peripheries = ", peripheries=2" if node.gpu else ""
        lines.append(
            f"    {node.id} [label={_quote_dot(node.lines)}, shape={_DOT_SHAPES[node.kind]}{peripheries}]"
        )
    for link in _list_links(pipeline):
        marks = [f"label={_quote_dot(link.lines)}"] if link.lines else []
        marks += ["style=dashed"] if link.order else []
        lines.append(f"    {link.before} -> {link.after}" + (f" [{', '.join(marks)}]" if marks else ""))
    return "\n".join([*lines, "}"]) + "\n"


def _pipeline_data(pipeline: Pipeline) -> dict[str, JsonValue]:
    names = ("from", "from_port", "to", "to_port", "kind", "mode")
    edges = sorted(_list_edges(pipeline), key=_edge_key)
    data = {
        parameter.name for parameter in pipeline.data_parameters
    }  # a path is both; it is shown as what it is in the source
    plain = [parameter for parameter in pipeline.parameters if parameter.name not in data]
    parameters: list[Parameter | DataParameter] = [*plain, *pipeline.data_parameters]
    return {
        "name": pipeline.name,
        "steps": [_step_data(step) for step in sorted(pipeline.steps, key=lambda step: step.name)],
        "edges": [dict(zip(names, edge, strict=True)) for edge in edges],
        "parameters": [
            _parameter_data(parameter)
            for parameter in sorted(parameters, key=lambda parameter: parameter.name)
        ],
    }


def _step_data(step: Step) -> dict[str, JsonValue]:
    return {
        "name": step.name,
        "type": step.origin,
        "script": step.run.path if isinstance(step.run, Script) else None,
        "allow_reuse": step.reuse.allowed,
    }


def _parameter_data(parameter: Parameter | DataParameter) -> dict[str, JsonValue]:
    if isinstance(parameter, DataParameter):
        return _data_parameter_data(parameter)
    return {"name": parameter.name, "type": _TYPES[parameter.type], "default": parameter.default}


def _data_parameter_data(parameter: DataParameter) -> dict[str, JsonValue]:
    if parameter.kind == "path":
        place: dict[str, JsonValue] = {"datastore": parameter.store, "path": parameter.path}
        return {"name": parameter.name, "type": "datapath", "default": place}
    kind = "TabularDataset" if parameter.table else "FileDataset"
    dataset: dict[str, JsonValue] = {"dataset": parameter.dataset, "kind": kind}
    return {"name": parameter.name, "type": "dataset", "default": dataset}


def _list_edges(pipeline: Pipeline) -> Iterator[Edge]:
    names = {step.id: step.name for step in pipeline.steps}
    for step in pipeline.steps:
        for port in step.inputs:
            if isinstance(port.source, DatasetSource):
                yield None, port.name, step.name, port.name, "source", port.mode
            else:
                yield names[port.source.step], port.source.port, step.name, port.name, "data", port.mode
    for edge in pipeline.order:
        yield names[edge.before], None, names[edge.after], None, "order", None


def _edge_key(edge: Edge) -> tuple[str, ...]:
    before, from_port, after, to_port, kind, _ = edge
    return (after, to_port or "", before or "", from_port or "", kind)


Kind = Literal["step", "dataset", "store"]

_MERMAID_SHAPES: dict[Kind, tuple[str, str]] = {
    "step": ("[", "]"),
    "dataset": ("[/", "/]"),
    "store": ("[(", ")]"),
}
_DOT_SHAPES: dict[Kind, str] = {"step": "box", "dataset": "note", "store": "cylinder"}


@dataclass(frozen=True, slots=True)
class _Node:
    id: str
    kind: Kind
    lines: tuple[str, ...]
    gpu: bool = False


@dataclass(frozen=True, slots=True)
class _Link:
    before: str
    after: str
    lines: tuple[str, ...] = ()
    order: bool = False


def _list_nodes(pipeline: Pipeline) -> Iterator[_Node]:
    for store, name in _number_stores(pipeline).items():
        yield _Node(name, "store", (store,))
    for dataset, name in zip(pipeline.datasets, _number_datasets(pipeline).values(), strict=True):
        yield _Node(name, "dataset", _dataset_lines(dataset))
    for step, name in zip(pipeline.steps, _number_steps(pipeline).values(), strict=True):
        mark = gpu_mark(step)
        yield _Node(name, "step", (step.name, *mark), gpu=bool(mark))


def _list_links(pipeline: Pipeline) -> Iterator[_Link]:
    stores, datasets, steps = _number_stores(pipeline), _number_datasets(pipeline), _number_steps(pipeline)
    for dataset in pipeline.datasets:
        for store in dict.fromkeys(location.store for location in dataset.locations if location.store):
            yield _Link(stores[store], datasets[dataset.id])
    for step in pipeline.steps:
        for port in step.inputs:
            if isinstance(port.source, DatasetSource):
                yield _Link(datasets[port.source.dataset], steps[step.id], (port.name,))
            else:
                label = dict.fromkeys((port.source.port, port.name))
                yield _Link(steps[port.source.step], steps[step.id], (" → ".join(label),))
    for edge in pipeline.order:
        yield _Link(steps[edge.before], steps[edge.after], order=True)


def _dataset_lines(dataset: Dataset) -> tuple[str, ...]:
    title = dataset_title(dataset)
    return (title, f"version {dataset.version}") if dataset.version else (title,)


def _number_stores(pipeline: Pipeline) -> dict[str, str]:
    """The stores that source data comes from; those of the outputs would only tangle the lines."""
    used = (
        location.store for dataset in pipeline.datasets for location in dataset.locations if location.store
    )
    return _number_keys("store", used)


def _number_datasets(pipeline: Pipeline) -> dict[str, str]:
    return _number_keys("data", (dataset.id for dataset in pipeline.datasets))


def _number_steps(pipeline: Pipeline) -> dict[str, str]:
    return _number_keys("step", (step.id for step in pipeline.steps))


def _number_keys(word: str, keys: Iterable[str]) -> dict[str, str]:
    """Number the keys to get node ids: the names of users are no identifiers in either language."""
    return {key: f"{word}{number}" for number, key in enumerate(dict.fromkeys(keys), start=1)}


def _join_lines(lines: Iterable[str], escape: Callable[[str], str], between: str) -> str:
    return between.join(escape(visible(line)) for line in lines) or " "  # Mermaid refuses an empty label


def _escape_mermaid(text: str) -> str:
    """Escape every character with a meaning in Mermaid, HTML or Markdown (a list: ``1. ``) by its number."""
    return re.sub(r"[^\w ./,:()→×-]|^-|\.(?= )", lambda match: f"#{ord(match[0])};", text)


def _escape_dot(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _quote_dot(lines: Iterable[str]) -> str:
    return f'"{_join_lines(lines, _escape_dot, chr(92) + "n")}"'
