"""What a run would do: the steps by stage, with their arguments and data; writes nothing."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from pipelift.compiler import ir
from pipelift.compiler.ir.graph import digraph, in_order
from pipelift.compiler.ir.wire import as_data


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """An input port: `origin` is ``<step.port>`` or ``<store/path>``."""

    port: str
    origin: str
    mode: str


@dataclass(frozen=True, slots=True)
class PlannedOutput:
    """An output port: `path` is the template below the root of `store`."""

    port: str
    store: str
    path: str
    mode: str


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step as a run would start it.

    `command` is the program and its arguments; a path that only a run knows is shown as ``<step.port>`` or
    ``<store/path>``. `after` names the steps it waits for without data. `resources` holds what was asked for;
    `timeout` is in seconds. `forecast` says what earlier runs would spare, where there are any.
    """

    name: str
    type: str
    command: tuple[str, ...]
    source: str
    inputs: tuple[PlannedInput, ...]
    outputs: tuple[PlannedOutput, ...]
    after: tuple[str, ...]
    environment: str
    python: str
    resources: dict[str, object]
    reuse: bool
    retries: int
    timeout: float | None
    forecast: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a pipeline by stage: those of one stage may run side by side.

    A parameter whose value is a secret's has ``<secret NAME>`` in `parameters`.
    """

    pipeline: str
    parameters: dict[str, ir.Scalar]
    stages: tuple[tuple[PlannedStep, ...], ...]


_NOTHING: Mapping[str, str] = {}


def plan(
    pipeline: ir.Pipeline, parameters: Mapping[str, ir.Scalar], forecasts: Mapping[str, str] = _NOTHING
) -> Plan:
    """Plan a run with the `parameters` given; others have their defaults. Same arguments, same plan.

    `forecasts` are sentences about reuse, by step id.

    Raises `networkx.NetworkXUnfeasible` for a cycle, which `passes.cycles` has reported before.
    """
    graph = digraph(pipeline)
    names = {step.id: step.name for step in pipeline.steps}
    values = {entry.name: _value_of(entry, parameters) for entry in pipeline.parameters}
    after: dict[str, list[str]] = {}
    for edge in pipeline.order:
        after.setdefault(edge.after, []).append(names[edge.before])
    stage: dict[str, int] = {}
    stages: list[list[PlannedStep]] = []
    for step in in_order(pipeline):
        stage[step.id] = max((stage[before] + 1 for before in graph.predecessors(step.id)), default=0)
        if stage[step.id] == len(stages):
            stages.append([])
        planned = _plan_step(pipeline, step, values, names, tuple(after.get(step.id, ())))
        stages[stage[step.id]].append(replace(planned, forecast=forecasts.get(step.id)))
    return Plan(pipeline.name, values, tuple(tuple(steps) for steps in stages))


def plan_data(
    pipeline: ir.Pipeline, parameters: Mapping[str, ir.Scalar], forecasts: Mapping[str, str] = _NOTHING
) -> dict[str, object]:
    """The plan as plain JSON data, with the fields of `Plan`."""
    return asdict(plan(pipeline, parameters, forecasts))


def render_plan(
    pipeline: ir.Pipeline, parameters: Mapping[str, ir.Scalar], forecasts: Mapping[str, str] = _NOTHING
) -> str:
    """The plan as text for people."""
    planned = plan(pipeline, parameters, forecasts)
    lines = [
        f"{planned.pipeline}: {_count_noun(len(pipeline.steps), 'step')} in {_count_noun(len(planned.stages), 'stage')}"
    ]
    for entry in pipeline.parameters:
        value = planned.parameters[entry.name]
        lines.append(f"  parameter {entry.name} = {value if _is_secret(entry, parameters) else repr(value)}")
    for number, steps in enumerate(planned.stages, start=1):
        lines += ["", f"stage {number}" + (f": {len(steps)} steps side by side" if len(steps) > 1 else "")]
        for step in steps:
            lines.append(f"  {step.name}")
            lines += [f"    {title:<8} {text}" for title, text in _render_rows(step)]
    return "\n".join(lines) + "\n"


def _value_of(entry: ir.Parameter, parameters: Mapping[str, ir.Scalar]) -> ir.Scalar:
    return (
        f"<secret {entry.secret}>"
        if _is_secret(entry, parameters)
        else parameters.get(entry.name, entry.default)
    )


def _is_secret(entry: ir.Parameter, parameters: Mapping[str, ir.Scalar]) -> bool:
    """Whether a run takes the value of a parameter from a secret, as nobody gives it."""
    return entry.secret is not None and parameters.get(entry.name) is None


def _plan_step(
    pipeline: ir.Pipeline,
    step: ir.Step,
    values: Mapping[str, ir.Scalar],
    names: Mapping[str, str],
    after: tuple[str, ...],
) -> PlannedStep:
    origins = {port.name: _describe_origin(pipeline, port, names) for port in step.inputs}
    environment = pipeline.environment(step.environment)
    run = step.run
    program = (run.interpreter, run.path) if isinstance(run, ir.Script) else (run.program,)
    return PlannedStep(
        name=step.name,
        type=step.origin,
        command=(
            *program,
            *(_render_argument(argument, step, origins, values) for argument in step.arguments),
        ),
        source=pipeline.snapshot(step.snapshot).directory,
        inputs=tuple(PlannedInput(port.name, origins[port.name], port.mode) for port in step.inputs),
        outputs=tuple(PlannedOutput(port.name, port.store, port.path, port.mode) for port in step.outputs),
        after=after,
        environment=environment.name or environment.id,
        python=environment.python,
        resources=as_data(step.resources, exclude={"span"}, exclude_defaults=True),
        reuse=step.reuse.allowed and not pipeline.regenerate,
        retries=step.retries,
        timeout=step.timeout,
    )


def _describe_origin(pipeline: ir.Pipeline, port: ir.Input, names: Mapping[str, str]) -> str:
    if isinstance(port.source, ir.StepSource):
        return f"<{names[port.source.step]}.{port.source.port}>"
    dataset = pipeline.dataset(port.source.dataset)
    if not dataset.locations:
        return f"<dataset {dataset.name or dataset.id}>"
    places = (
        _join_path(place.store, place.path) if place.store else place.path for place in dataset.locations
    )
    return f"<{', '.join(places)}>"


def _render_argument(
    argument: ir.Argument, step: ir.Step, origins: Mapping[str, str], values: Mapping[str, ir.Scalar]
) -> str:
    match argument:
        case ir.Literal():
            return argument.value
        case ir.InputPath():
            # an input of a step that is not run has no origin here: only its outputs are read
            return origins.get(argument.port, f"<{argument.port}>")
        case ir.OutputPath():
            return f"<{step.name}.{argument.port}>"
        case ir.ParameterValue():
            return str(values[argument.parameter])
        case ir.SecretValue():
            return f"<secret {argument.secret}>"
        case ir.Concatenation():
            return "".join(_render_argument(part, step, origins, values) for part in argument.parts)


def _render_rows(step: PlannedStep) -> Iterator[tuple[str, str]]:
    yield "runs", " ".join(_quote_word(word) for word in step.command)
    for port in step.inputs:
        yield "reads", f"{port.port} from {port.origin} ({port.mode})"
    for output in step.outputs:
        yield "writes", f"{output.port} to {_join_path(output.store, output.path)} ({output.mode})"
    for name in step.after:
        yield "after", name
    yield "in", f"{step.environment} (Python {step.python}), source {step.source}"
    if step.resources:
        yield "asks for", ", ".join(f"{name} {value}" for name, value in step.resources.items())
    if step.retries:
        yield "retries", str(step.retries)
    if step.timeout is not None:
        yield "timeout", f"{step.timeout:g} s"
    yield "reuse", step.forecast or ("allowed" if step.reuse else "not allowed: runs every time")


def _quote_word(word: str) -> str:
    """Quote a word of the command line for a shell; the marks ``<…>`` stay bare, for people."""
    return word if word.startswith("<") and word.endswith(">") else shlex.quote(word)


def _join_path(store: str, path: str) -> str:
    return f"{store}/{path.lstrip('/')}"


def _count_noun(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
