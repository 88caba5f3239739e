"""What a page shows about a selected shape of a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from pipelift.app.pictures.scene import Node, Scene, source_title
from pipelift.compiler import ir
from pipelift.compiler.diagnostics.rendering.excerpt import visible
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.ir import wire
from pipelift.runtime.contract.secrets import HIDDEN, looks_secret


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about a shape: a heading, and one text per line; with `code` the texts are source code."""

    name: str
    values: tuple[str, ...]
    code: bool = False


def collect_details(pipeline: ir.Pipeline, scene: Scene) -> dict[str, JsonValue]:
    """For each node's id its kind, its whole name and its facts, as plain data."""
    readers = _find_readers(pipeline)
    return {node.id: _node_data(node, _list_facts(pipeline, node, readers)) for node in scene.nodes}


def _find_readers(pipeline: ir.Pipeline) -> dict[tuple[str, str], tuple[str, ...]]:
    """Find the readers of each output (a step's id and a port), and the names of their ports."""
    readers: dict[tuple[str, str], tuple[str, ...]] = {}
    for reader in pipeline.steps:
        for port in reader.inputs:
            if isinstance(port.source, ir.StepSource):
                key = (port.source.step, port.source.port)
                readers[key] = (*readers.get(key, ()), f"{reader.name} as {port.name}")
    return readers


def _node_data(node: Node, facts: Iterator[Fact]) -> JsonValue:
    return {"kind": node.kind, "title": visible(node.title), "facts": facts_data(facts)}


def facts_data(facts: Iterable[Fact]) -> list[JsonValue]:
    """The facts that have values, as plain data."""
    return [
        {"name": fact.name, "values": [visible(value) for value in fact.values], "code": fact.code}
        for fact in facts
        if fact.values
    ]


def step_facts(pipeline: ir.Pipeline, step: ir.Step) -> list[JsonValue]:
    """The facts of one step as plain data."""
    return facts_data(_describe_step(pipeline, step))


def pipeline_facts(pipeline: ir.Pipeline) -> Iterator[Fact]:
    """List the facts about the pipeline as a whole."""
    yield Fact("Description", (pipeline.description,) if pipeline.description else ())
    yield Fact("Experiment", (pipeline.experiment,) if pipeline.experiment else ())
    yield Fact(
        "Parameters",
        tuple(
            f"{parameter.name} ({parameter.type}) = {_default_text(parameter)}"
            for parameter in pipeline.parameters
        ),
    )
    yield Fact("Data parameters", tuple(parameter.name for parameter in pipeline.data_parameters))
    yield Fact("Tags", tuple(f"{tag.name}: {tag.value}" for tag in pipeline.tags))


def _default_text(parameter: ir.Parameter) -> str:
    return HIDDEN if looks_secret(parameter.name) else str(parameter.default)


def _list_facts(
    pipeline: ir.Pipeline, node: Node, readers: Mapping[tuple[str, str], tuple[str, ...]]
) -> Iterator[Fact]:
    match node.kind:
        case "step":
            return _describe_step(pipeline, pipeline.step(node.key))
        case "dataset":
            return _describe_dataset(pipeline.dataset(node.key))
        case "store":
            return _describe_store(next((store for store in pipeline.stores if store.name == node.key), None))
        case "output":
            step, _, port = node.key.rpartition(".")
            return _describe_output(pipeline.step(step), port, readers.get((step, port), ()))


def _describe_step(pipeline: ir.Pipeline, step: ir.Step) -> Iterator[Fact]:
    run = step.run
    program = (run.interpreter, run.path) if isinstance(run, ir.Script) else (run.program,)
    origins = {port.name: source_title(pipeline, port) for port in step.inputs}
    names = {other.id: other.name for other in pipeline.steps}
    yield Fact("Runs", (" ".join(program),), code=True)
    yield Fact("Arguments", tuple(render_arguments(step)), code=True)
    yield Fact("Inputs", tuple(f"{port.name} ← {origins[port.name]} ({port.mode})" for port in step.inputs))
    yield Fact(
        "Outputs", tuple(f"{port.name} → {_join_path(port.store, port.path)}" for port in step.outputs)
    )
    yield Fact("Runs after", tuple(names[edge.before] for edge in pipeline.order if edge.after == step.id))
    yield Fact("Parameters", step.parameters)
    yield from _describe_environment(pipeline.environment(step.environment))
    yield Fact("Variables", tuple(_render_variables(step)), code=True)
    yield Fact("Resources", tuple(_render_resources(step.resources)))
    yield Fact("Reuse", ("allowed" if step.reuse.allowed else "not allowed: runs every time",))
    yield Fact("Retries", (str(step.retries),) if step.retries else ())
    yield Fact("Timeout", (f"{step.timeout:g} s",) if step.timeout is not None else ())
    yield Fact("Not supported", (step.unsupported,) if step.unsupported else ())
    yield Fact("Sources", (_describe_snapshot(pipeline.snapshots, step.snapshot),))
    yield Fact("Type", (step.origin,))
    yield from _describe_place(step.span)


def render_arguments(step: ir.Step) -> Iterator[str]:
    """Render the arguments, ports and parameters in ``<…>``; a value with the name of a secret is hidden."""
    previous = ""
    for argument in step.arguments:
        text = render_argument(argument)
        hidden = isinstance(argument, ir.Literal) and previous.startswith("-") and looks_secret(previous)
        yield HIDDEN if hidden else text
        previous = text


def render_argument(argument: ir.Argument) -> str:
    """Render one argument; ports and parameters in ``<…>``."""
    match argument:
        case ir.Literal():
            return argument.value
        case ir.InputPath():
            return f"<input {argument.port}>"
        case ir.OutputPath():
            return f"<output {argument.port}>"
        case ir.ParameterValue():
            return f"<parameter {argument.parameter}>"
        case ir.SecretValue():
            return f"<secret {argument.secret}>"
        case ir.Concatenation():
            return "".join(render_argument(part) for part in argument.parts)


def _describe_environment(environment: ir.Environment) -> Iterator[Fact]:
    named = environment.name or environment.id
    version = f" {environment.version}" if environment.version else ""
    yield Fact("Environment", (f"{named}{version}, Python {environment.python}",))
    yield Fact("Image", (environment.image,) if environment.image else (), code=True)
    yield Fact("Conda packages", environment.conda, code=True)
    yield Fact("Pip packages", environment.pip, code=True)


def _render_variables(step: ir.Step) -> Iterator[str]:
    for variable in step.variables:
        yield f"{variable.name}={HIDDEN if looks_secret(variable.name) else variable.value}"
    for secret in step.secrets:
        yield f"{secret.name} = secret {secret.secret}"


def _render_resources(resources: ir.Resources) -> Iterator[str]:
    facts: Mapping[str, object] = wire.as_data(resources, exclude={"span"}, exclude_defaults=True)
    for name, value in facts.items():
        text = f"{value:g}" if isinstance(value, float) else str(value)
        yield f"{name.replace('_', ' ')}: {text}{' GiB' if name == 'memory' else ''}"


def _describe_snapshot(snapshots: Sequence[ir.Snapshot], snapshot_id: str) -> str:
    """Describe the source directory; the number of files is known only if the snapshots were read."""
    snapshot = next((candidate for candidate in snapshots if candidate.id == snapshot_id), None)
    if snapshot is None:
        return snapshot_id
    number = len(snapshot.files)
    return snapshot.directory + (f" ({number} file{'' if number == 1 else 's'})" if number else "")


def _describe_dataset(dataset: ir.Dataset) -> Iterator[Fact]:
    yield Fact("Name", (dataset.name,) if dataset.name else ())
    yield Fact("Version", (dataset.version,) if dataset.version else ())
    yield Fact("Lies in", tuple(_render_location(place) for place in dataset.locations))
    yield Fact("Table", (dataset.table.kind.replace("_", " "),) if dataset.table else ())
    yield from _describe_place(dataset.span)


def _render_location(place: ir.Location) -> str:
    text = _join_path(place.store, place.path) if place.store else place.path
    return f"{text}: {place.query}" if place.query else text


def _describe_store(store: ir.Store | None) -> Iterator[Fact]:
    if store is not None:
        yield Fact("Kind", (store.kind,))
        yield Fact("Address in the source", (store.address,) if store.address else ())
        yield from _describe_place(store.span)


def _describe_output(step: ir.Step, port: str, readers: tuple[str, ...]) -> Iterator[Fact]:
    output = next(candidate for candidate in step.outputs if candidate.name == port)
    yield Fact("Made by", (step.name,))
    yield Fact("Read by", readers)
    yield Fact("Lies in", (_join_path(output.store, output.path),))
    yield Fact("Written to", (output.path_on_compute,) if output.path_on_compute else ())
    yield Fact("Registered as", (output.register_as.name,) if output.register_as else ())
    yield from _describe_place(output.span)


def _describe_place(span: Span | None) -> Iterator[Fact]:
    yield Fact("In the source", (f"{span.file}:{span.line}",) if span else ())


def _join_path(store: str, path: str) -> str:
    return f"{store}/{path.lstrip('/')}"
