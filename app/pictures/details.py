"""What a page tells about each shape of a picture when it is chosen."""

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
    """One thing about a shape: a heading, and one text a line; `code` is shown as it would be typed."""

    name: str
    values: tuple[str, ...]
    code: bool = False


def details(pipeline: ir.Pipeline, scene: Scene) -> dict[str, JsonValue]:
    """For each node's id its kind, its whole name and its facts, as plain data."""
    readers = _readers(pipeline)
    return {node.id: _entry(node, _facts(pipeline, node, readers)) for node in scene.nodes}


def _readers(pipeline: ir.Pipeline) -> dict[tuple[str, str], tuple[str, ...]]:
    """Who reads an output (a step's id and a port), and as what."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for reader in pipeline.steps:
        for port in reader.inputs:
            if isinstance(port.source, ir.StepSource):
                key = (port.source.step, port.source.port)
                found[key] = (*found.get(key, ()), f"{reader.name} as {port.name}")
    return found


def _entry(node: Node, facts: Iterator[Fact]) -> JsonValue:
    return {"kind": node.kind, "title": visible(node.title), "facts": as_data(facts)}


def as_data(facts: Iterable[Fact]) -> list[JsonValue]:
    """The facts that say anything as plain data."""
    return [
        {"name": fact.name, "values": [visible(value) for value in fact.values], "code": fact.code}
        for fact in facts
        if fact.values
    ]


def step_facts(pipeline: ir.Pipeline, step: ir.Step) -> list[JsonValue]:
    """The facts of one step as plain data."""
    return as_data(_step(pipeline, step))


def pipeline_facts(pipeline: ir.Pipeline) -> Iterator[Fact]:
    """What there is to say about the pipeline as a whole."""
    yield Fact("Description", (pipeline.description,) if pipeline.description else ())
    yield Fact("Experiment", (pipeline.experiment,) if pipeline.experiment else ())
    yield Fact("Parameters", tuple(f"{one.name} ({one.type}) = {_value(one)}" for one in pipeline.parameters))
    yield Fact("Data parameters", tuple(one.name for one in pipeline.data_parameters))
    yield Fact("Tags", tuple(f"{one.name}: {one.value}" for one in pipeline.tags))


def _value(parameter: ir.Parameter) -> str:
    return HIDDEN if looks_secret(parameter.name) else str(parameter.default)


def _facts(
    pipeline: ir.Pipeline, node: Node, readers: Mapping[tuple[str, str], tuple[str, ...]]
) -> Iterator[Fact]:
    match node.kind:
        case "step":
            return _step(pipeline, pipeline.step(node.key))
        case "dataset":
            return _dataset(pipeline.dataset(node.key))
        case "store":
            return _store(next((one for one in pipeline.stores if one.name == node.key), None))
        case "output":
            step, _, port = node.key.rpartition(".")
            return _output(pipeline.step(step), port, readers.get((step, port), ()))


def _step(pipeline: ir.Pipeline, step: ir.Step) -> Iterator[Fact]:
    run = step.run
    program = (run.interpreter, run.path) if isinstance(run, ir.Script) else (run.program,)
    origins = {port.name: source_title(pipeline, port) for port in step.inputs}
    names = {one.id: one.name for one in pipeline.steps}
    yield Fact("Runs", (" ".join(program),), code=True)
    yield Fact("Arguments", tuple(argument_texts(step)), code=True)
    yield Fact("Inputs", tuple(f"{port.name} ← {origins[port.name]} ({port.mode})" for port in step.inputs))
    yield Fact("Outputs", tuple(f"{one.name} → {_joined(one.store, one.path)}" for one in step.outputs))
    yield Fact("Runs after", tuple(names[edge.before] for edge in pipeline.order if edge.after == step.id))
    yield Fact("Parameters", step.parameters)
    yield from _environment(pipeline.environment(step.environment))
    yield Fact("Variables", tuple(_variables(step)), code=True)
    yield Fact("Resources", tuple(_resources(step.resources)))
    yield Fact("Reuse", ("allowed" if step.reuse.allowed else "not allowed: runs every time",))
    yield Fact("Retries", (str(step.retries),) if step.retries else ())
    yield Fact("Timeout", (f"{step.timeout:g} s",) if step.timeout is not None else ())
    yield Fact("Not supported", (step.unsupported,) if step.unsupported else ())
    yield Fact("Sources", (_snapshot(pipeline.snapshots, step.snapshot),))
    yield Fact("Type", (step.origin,))
    yield from _place(step.span)


def argument_texts(step: ir.Step) -> Iterator[str]:
    """The arguments as they stand in the pipeline, ports and parameters in ``<…>``; what sounds secret is hidden."""
    previous = ""
    for argument in step.arguments:
        text = argument_text(argument)
        hidden = isinstance(argument, ir.Literal) and previous.startswith("-") and looks_secret(previous)
        yield HIDDEN if hidden else text
        previous = text


def argument_text(argument: ir.Argument) -> str:
    """One argument; ports and parameters in ``<…>``."""
    match argument:
        case ir.Literal():
            return argument.value
        case ir.InputPath():
            return f"<input {argument.port}>"
        case ir.OutputPath():
            return f"<output {argument.port}>"
        case ir.ParameterValue():
            return f"<parameter {argument.parameter}>"
        case ir.Concatenation():
            return "".join(argument_text(part) for part in argument.parts)


def _environment(environment: ir.Environment) -> Iterator[Fact]:
    named = environment.name or environment.id
    version = f" {environment.version}" if environment.version else ""
    yield Fact("Environment", (f"{named}{version}, Python {environment.python}",))
    yield Fact("Image", (environment.image,) if environment.image else (), code=True)
    yield Fact("Conda packages", environment.conda, code=True)
    yield Fact("Pip packages", environment.pip, code=True)


def _variables(step: ir.Step) -> Iterator[str]:
    for one in step.variables:
        yield f"{one.name}={HIDDEN if looks_secret(one.name) else one.value}"
    for secret in step.secrets:
        yield f"{secret.name} = secret {secret.secret}"


def _resources(resources: ir.Resources) -> Iterator[str]:
    facts: Mapping[str, object] = wire.as_data(resources, exclude={"span"}, exclude_defaults=True)
    for name, value in facts.items():
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        yield f"{name.replace('_', ' ')}: {shown}{' GiB' if name == 'memory' else ''}"


def _snapshot(snapshots: Sequence[ir.Snapshot], wanted: str) -> str:
    """The source directory; how many files travel is known only where the snapshots were read."""
    found = next((one for one in snapshots if one.id == wanted), None)
    if found is None:
        return wanted
    number = len(found.files)
    return found.directory + (f" ({number} file{'' if number == 1 else 's'})" if number else "")


def _dataset(dataset: ir.Dataset) -> Iterator[Fact]:
    yield Fact("Name", (dataset.name,) if dataset.name else ())
    yield Fact("Version", (dataset.version,) if dataset.version else ())
    yield Fact("Lies in", tuple(_location(place) for place in dataset.locations))
    yield Fact("Table", (dataset.table.kind.replace("_", " "),) if dataset.table else ())
    yield from _place(dataset.span)


def _location(place: ir.Location) -> str:
    text = _joined(place.store, place.path) if place.store else place.path
    return f"{text}: {place.query}" if place.query else text


def _store(store: ir.Store | None) -> Iterator[Fact]:
    if store is not None:
        yield Fact("Kind", (store.kind,))
        yield Fact("Address in the source", (store.address,) if store.address else ())
        yield from _place(store.span)


def _output(step: ir.Step, port: str, readers: tuple[str, ...]) -> Iterator[Fact]:
    output = next(one for one in step.outputs if one.name == port)
    yield Fact("Made by", (step.name,))
    yield Fact("Read by", readers)
    yield Fact("Lies in", (_joined(output.store, output.path),))
    yield Fact("Registered as", (output.register_as.name,) if output.register_as else ())
    yield from _place(output.span)


def _place(span: Span | None) -> Iterator[Fact]:
    yield Fact("In the source", (f"{span.file}:{span.line}",) if span else ())


def _joined(store: str, path: str) -> str:
    return f"{store}/{path.lstrip('/')}"
