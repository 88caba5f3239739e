"""Steps, their ports and arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelift.compiler import ir
from pipelift.compiler.evaluate.values import Interpolated, Unknown, Value
from pipelift.compiler.lower.context import Lowering, slug, unique
from pipelift.compiler.lower.datasets import Sources
from pipelift.compiler.lower.environments import Environments
from pipelift.compiler.lower.parameters import Parameters
from pipelift.compiler.lower.resources import resources_of
from pipelift.compiler.lower.secrets import secret_variables
from pipelift.compiler.sdk.datastores import DataPath, Datastore
from pipelift.compiler.sdk.output_data import OutputFileDatasetConfig
from pipelift.compiler.sdk.pipeline import Pipeline
from pipelift.compiler.sdk.pipeline_data import PipelineData, PipelineOutputFileDataset, PipelineParameter
from pipelift.compiler.sdk.ports import InPort, OutPort, PortRef
from pipelift.compiler.sdk.steps import PipelineStep
from pipelift.runtime.contract import paths

PIPELINE_DATA_PATH = paths.PIPELINE_OUTPUTS + "/{run-id}/{output-name}"
"""Where PipelineData lies in its store (by Microsoft's documentation; the service decides)."""

OUTPUT_DATASET_PATH = paths.DATASET_OUTPUTS + "/{run-id}/{output-name}"
"""Where an OutputFileDatasetConfig without destination lies in its store (by the documentation)."""


@dataclass(slots=True)
class Parts:
    """The parts of one pipeline while its steps are lowered; tuples once it is done."""

    lowering: Lowering
    pipeline: Pipeline
    default_store: str
    identifiers: dict[int, str]
    sources: Sources
    environment_table: Environments
    parameter_table: Parameters
    folders: dict[str, ir.Snapshot] = field(default_factory=dict)
    lowered: list[ir.Step] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    snapshot_ids: set[str] = field(default_factory=set)
    output_names: dict[str, OutPort] = field(default_factory=dict)

    @property
    def steps(self) -> tuple[ir.Step, ...]:
        """The steps in the order of their nodes."""
        return tuple(self.lowered)

    @property
    def stores(self) -> tuple[ir.Store, ...]:
        """The stores that hold anything, by name."""
        return self.sources.stores

    @property
    def datasets(self) -> tuple[ir.Dataset, ...]:
        """The datasets in the order of their first use."""
        return self.sources.datasets

    @property
    def environments(self) -> tuple[ir.Environment, ...]:
        """The distinct environments in the order of their first use."""
        return self.environment_table.found

    @property
    def parameters(self) -> tuple[ir.Parameter, ...]:
        """The parameters by name."""
        return self.parameter_table.found

    @property
    def data_parameters(self) -> tuple[ir.DataParameter, ...]:
        """The parameters that stand for data, by name."""
        return self.parameter_table.data

    @property
    def snapshots(self) -> tuple[ir.Snapshot, ...]:
        """The source directories, files not read yet."""
        return tuple(self.folders.values())


def lower_steps(
    lowering: Lowering, pipeline: Pipeline, nodes: Sequence[PipelineStep], default_store: str
) -> Parts:
    """Lower all steps of a pipeline, in the order of `nodes`."""
    taken: set[str] = set()
    identifiers = {id(node): slug(_label(node).removesuffix(".py"), taken, "step") for node in nodes}
    sources = Sources(lowering)
    sources.add_store(default_store, None)
    environments = Environments(lowering)
    parts = Parts(
        lowering,
        pipeline,
        default_store,
        identifiers,
        sources,
        environments,
        Parameters(lowering),
        environments.folders,
        snapshot_ids=environments.snapshot_ids,
    )
    for node in nodes:
        parts.lowered.append(_lower_step(parts, node))
    return parts


def _label(node: PipelineStep) -> str:
    return node.name if isinstance(node.name, str) else "step"


def _lower_step(parts: Parts, node: PipelineStep) -> ir.Step:
    lowering, label = parts.lowering, _label(node)
    name = unique(parts.names, label)
    lowering.unknown("PL110", "the name of a step", node.name, node.span)
    if node._in_unknown_loop:
        message = (
            f"step '{name}' is made in a loop over something that is not known: how many there are is open"
        )
        lowering.reporter.report("PL113", message, node.span, step=name)
    environment, variables = parts.environment_table.of_step(node, name)
    outputs = [_output(parts, port, name) for port in node.ports.outputs]
    inputs = [_input(parts, node, port, name) for port in node.ports.inputs]
    lowering.unknown("PL110", f"a parameter of step '{name}'", node.open_parameters, node.span, name)
    paths = [port.source for port in node.ports.inputs if _is_path_parameter(port.source)]
    parameters = [parts.parameter_table.add(parameter) for parameter in (*node.parameters, *paths)]
    return ir.Step(
        id=parts.identifiers[id(node)],
        name=name,
        label=label,
        origin=type(node).__name__,
        run=_run(parts, node, name),
        arguments=tuple(_argument(parts, value, node, name) for value in node.ports.arguments),
        inputs=tuple(one for one in inputs if one is not None),
        outputs=tuple(one for one in outputs if one is not None),
        parameters=tuple(dict.fromkeys(parameters)),
        environment=environment,
        variables=variables,
        secrets=secret_variables(lowering, node, name),
        snapshot=_snapshot(parts, node, name),
        resources=resources_of(lowering, node, name),
        reuse=ir.Reuse(allowed=_allow_reuse(lowering, node, name)),
        timeout=_timeout(node),
        unsupported=node.refused,
        span=node.span,
    )


def _run(parts: Parts, node: PipelineStep, name: str) -> ir.Script | ir.Command:
    if node.interpreter is None and node.script is None:
        program = node.program
        if isinstance(program, PortRef):
            program = Unknown("the program of a step is data", node.span)
        return ir.Command(
            program=parts.lowering.text(f"the command of step '{name}'", program, node.span, name)
        )
    path = parts.lowering.text(f"the script of step '{name}'", node.script, node.span, name)
    interpreter = "Rscript" if node.interpreter == "Rscript" else "python"
    return ir.Script(path=path, interpreter=interpreter)


def _allow_reuse(lowering: Lowering, node: PipelineStep, name: str) -> bool:
    if lowering.unknown("PL110", f"allow_reuse of step '{name}'", node.allow_reuse, node.span, name):
        return False
    return bool(node.allow_reuse)


def _timeout(node: PipelineStep) -> float | None:
    seconds = getattr(node.runconfig, "max_run_duration_seconds", None)
    return float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else None


def _snapshot(parts: Parts, node: PipelineStep, name: str) -> str:
    """The id of the step's source directory; the pipeline's default, else the current one (measured)."""
    directory = node.source_directory
    if directory is None:
        directory = parts.pipeline.default_source_directory
    what = f"the source directory of step '{name}'"
    text = parts.lowering.text(what, directory, node.span, name, default=".")
    place = _place(parts.lowering, text or ".", node.script)
    if place not in parts.folders:
        last = place.rstrip("/").rsplit("/", 1)[-1].strip(".") or "source"
        found = slug(last, parts.snapshot_ids, "source")
        parts.folders[place] = ir.Snapshot(id=found, directory=place, files=(), digest="", span=node.span)
    return parts.folders[place].id


def _place(lowering: Lowering, directory: str, script: Value) -> str:
    """The folder that `directory` means: where the script is, from the current folder or beside the file."""
    outside = lowering.outside
    for start in (outside.cwd, outside.folder):
        candidate = str(start / directory)
        if isinstance(script, str) and outside.is_file(f"{candidate}/{script}"):
            return lowering.relative(outside.resolve(candidate))
    return lowering.relative(outside.resolve(directory))


def _argument(parts: Parts, value: Value, node: PipelineStep, name: str) -> ir.Argument:
    if isinstance(value, Interpolated):
        pieces = [_argument(parts, part, node, name) for part in value.parts]
        return ir.Concatenation(parts=tuple(one for one in pieces if not isinstance(one, ir.Concatenation)))
    if isinstance(value, PortRef):
        port_name = _port_name(value.port.name)
        return (
            ir.InputPath(port=port_name) if isinstance(value.port, InPort) else ir.OutputPath(port=port_name)
        )
    if isinstance(value, PipelineParameter):
        return ir.ParameterValue(parameter=parts.parameter_table.add(value))
    return ir.Literal(value=parts.lowering.text(f"an argument of step '{name}'", value, node.span, name))


def _port_name(name: Value) -> str:
    return name if isinstance(name, str) else "unknown"


def _input(parts: Parts, node: PipelineStep, port: InPort, name: str) -> ir.Input | None:
    lowering = parts.lowering
    what = f"the input '{_port_name(port.name)}' of step '{name}'"
    unknown = [
        lowering.unknown("PL110", what, one, port.span, name) for one in (port.name, port.source, port.mode)
    ]
    if any(unknown):
        return None
    if isinstance(port.source, PipelineParameter):
        parts.parameter_table.add_data(port.source)
    source: ir.StepSource | ir.DatasetSource | None
    if isinstance(port.source, (PipelineData, OutputFileDatasetConfig)):
        source = _step_source(parts, port, name)
    else:
        source = parts.sources.dataset(port, name)
    if source is None:
        return None
    mode = "direct" if getattr(port.source, "options", {}).get("table") else port.mode
    compute = port.path_on_compute if isinstance(port.path_on_compute, str) else None
    return ir.Input(name=str(port.name), source=source, mode=mode, path_on_compute=compute, span=port.span)


def _is_path_parameter(source: Value) -> bool:
    return isinstance(source, PipelineParameter) and isinstance(source.default_value, DataPath)


def _step_source(parts: Parts, port: InPort, name: str) -> ir.StepSource | None:
    origin = port.source.origin
    identifier = parts.identifiers.get(id(origin.producer))
    if identifier is None:
        message = f"input '{port.name}' of step '{name}' is not connected to any previous step"
        parts.lowering.reporter.report("PL302", message, port.span, step=name)
        return None
    if isinstance(port.data, PipelineOutputFileDataset) and not origin.promoted:
        message = f"input '{port.name}' of step '{name}' is a dataset, but its producer writes plain data"
        parts.lowering.reporter.report("PL234", message, port.span, step=name)
    return ir.StepSource(step=identifier, port=str(origin.port))


def _output(parts: Parts, port: OutPort, name: str) -> ir.Output | None:
    lowering, data = parts.lowering, port.data
    what = f"the output '{_port_name(port.name)}' of step '{name}'"
    if lowering.unknown("PL110", what, port.name, port.span, name):
        return None
    if isinstance(data, PipelineData):
        _check_pipeline_output(parts, port, name)
        store = _store(parts, data.datastore, what, name)
        return ir.Output(
            name=port.name, mode=data.output_mode, store=store, path=PIPELINE_DATA_PATH, span=data.span
        )
    return _dataset_output(parts, port, data, what, name)


def _check_pipeline_output(parts: Parts, port: OutPort, name: str) -> None:
    """The SDK refuses two outputs of one pipeline output name."""
    shown = port.data.pipeline_output_name
    if isinstance(shown, str) and parts.output_names.setdefault(shown, port) is not port:
        message = f"there is an output '{shown}' of the pipeline already"
        parts.lowering.reporter.report("PL236", message, port.span, step=name)


def _store(parts: Parts, store: Value, what: str, name: str) -> str:
    if isinstance(store, Datastore):
        lowered = parts.lowering.text(
            f"the store of {what}", store.name, store.span, name, parts.default_store
        )
        parts.sources.add_store(lowered, store)
        return lowered
    if store is not None:
        parts.lowering.unknown("PL112", f"the store of {what}", store, parts.pipeline.span, name)
    return parts.default_store


def _dataset_output(
    parts: Parts, port: OutPort, data: OutputFileDatasetConfig, what: str, name: str
) -> ir.Output:
    lowering, options = parts.lowering, data.options
    destination = data.destination if isinstance(data.destination, tuple) else (data.destination, None)
    path = destination[1] if len(destination) > 1 else None
    explicit = path is not None
    if isinstance(path, Interpolated):
        message = f"the destination of {what} holds a parameter or data, which the SDK does not fill in"
        lowering.reporter.report("PL313", message, port.span, step=name)
        path = None
    text = lowering.text(f"the destination of {what}", path, port.span, name, OUTPUT_DATASET_PATH)
    register = options.get("register")
    globs = options.get("globs")
    return ir.Output(
        name=str(port.name),
        mode=data.mode,
        store=_store(parts, destination[0], what, name),
        path=text.strip("/") or OUTPUT_DATASET_PATH,
        explicit=explicit,
        create=True,
        overwrite=options.get("overwrite") is True,
        globs=tuple(map(str, globs)) if isinstance(globs, list) else ((str(globs),) if globs else ()),
        register_as=ir.Registration(name=str(register)) if isinstance(register, str) else None,
        span=data.span,
    )
