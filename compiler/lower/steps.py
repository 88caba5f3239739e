"""Steps, their ports and arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from pipelift.compiler import ir
from pipelift.compiler.evaluate.values import Interpolated, Unknown, Value
from pipelift.compiler.ir.model import Mode
from pipelift.compiler.lower.context import Lowering, make_slug, make_unique
from pipelift.compiler.lower.datasets import Sources
from pipelift.compiler.lower.environments import Environments
from pipelift.compiler.lower.parameters import Parameters
from pipelift.compiler.lower.read import Reader, glance
from pipelift.compiler.lower.resources import lower_resources
from pipelift.compiler.lower.secrets import lower_secret_variables, refer_argument
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.data.datastores import DataPath, Datastore, name_of
from pipelift.compiler.sdk.data.outputs import OutputFileDatasetConfig
from pipelift.compiler.sdk.data.pipeline_data import (
    DEFAULT_MODE,
    Origin,
    PipelineData,
    PipelineOutputFileDataset,
    PipelineParameter,
)
from pipelift.compiler.sdk.pipeline.pipeline import Pipeline
from pipelift.compiler.sdk.steps.ports import InPort, OutPort, PortRef
from pipelift.compiler.sdk.steps.step import PipelineStep
from pipelift.runtime.contract import paths

PIPELINE_DATA_PATH = paths.PIPELINE_OUTPUTS + "/{run-id}/{output-name}"
"""Where PipelineData lies in its store (by Microsoft's documentation; the service decides)."""

OUTPUT_DATASET_PATH = paths.DATASET_OUTPUTS + "/{run-id}/{output-name}"
"""Where an OutputFileDatasetConfig without destination lies in its store (by the documentation)."""

_MODES: tuple[Mode, ...] = get_args(Mode)

_NAMELESS = "unknown"
"""The name of a port whose name is not known, which is reported elsewhere."""


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
        """The stores that the pipeline uses, by name."""
        return self.sources.stores

    @property
    def datasets(self) -> tuple[ir.Dataset, ...]:
        """The datasets in the order of their first use."""
        return self.sources.datasets

    @property
    def environments(self) -> tuple[ir.Environment, ...]:
        """The distinct environments in the order of their first use."""
        return self.environment_table.entries

    @property
    def parameters(self) -> tuple[ir.Parameter, ...]:
        """The parameters by name."""
        return self.parameter_table.entries

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
    identifiers = {
        id(node): make_slug(_read_label(node).removesuffix(".py"), taken, "step") for node in nodes
    }
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


def _read_label(node: PipelineStep) -> str:
    """The name of a step in the source; `_lower_step` reports one that is no text."""
    return glance(node.name, str) or "step"


def _lower_step(parts: Parts, node: PipelineStep) -> ir.Step:
    lowering = parts.lowering
    label = Reader(lowering, "a step", node.span).text(node.name, "the name", "graph") or "step"
    name = make_unique(parts.names, label)
    read = Reader(lowering, f"step '{name}'", node.span, name)
    for finding in node._findings:
        lowering.reporter.blame(finding)
    if node._in_unknown_loop:
        message = (
            f"step '{name}' is made in a loop over something that is not known: how many there are is open"
        )
        lowering.reporter.report("PL113", message, node.span, step=name)
    runconfig = read.part(node.runconfig, RunConfiguration, "the run configuration")
    environment, variables = parts.environment_table.add_step(node, runconfig, name)
    outputs = [_lower_output(parts, port, name) for port in node.ports.outputs]
    inputs = [_lower_input(parts, port, name) for port in node.ports.inputs]
    lowering.report_unknown("PL110", f"a parameter of step '{name}'", node.open_parameters, node.span, name)
    paths = [
        path_parameter
        for port in node.ports.inputs
        if (path_parameter := _find_path_parameter(port)) is not None
    ]
    parameters = [parts.parameter_table.add(parameter) for parameter in (*node.parameters, *paths)]
    return ir.Step(
        id=parts.identifiers[id(node)],
        name=name,
        label=label,
        origin=type(node).__name__,
        run=_lower_run(read, node),
        arguments=_lower_arguments(parts, node.ports.arguments, read),
        inputs=tuple(port for port in inputs if port is not None),
        outputs=tuple(port for port in outputs if port is not None),
        parameters=tuple(dict.fromkeys(parameters)),
        environment=environment,
        variables=variables,
        secrets=lower_secret_variables(lowering, node, runconfig, name),
        snapshot=_add_snapshot(parts, node, read),
        resources=lower_resources(lowering, node, runconfig, name),
        reuse=ir.Reuse(allowed=read.flag(node.allow_reuse, "allow_reuse", "graph") or False),
        timeout=None if runconfig is None else _read_timeout(read, runconfig),
        unsupported=node.refused,
        span=node.span,
    )


def _lower_run(read: Reader, node: PipelineStep) -> ir.Script | ir.Command:
    if node.interpreter is None and node.script is None:
        program = node.program
        if isinstance(program, PortRef):
            program = Unknown("the program of a step is data", node.span)
        return ir.Command(program=read.text(program, "the command", "graph") or "")
    path = (read.text(node.script, "the script", "graph") or "").replace("\\", "/")  # it runs on Linux
    interpreter: Literal["python", "Rscript"] = "Rscript" if node.interpreter == "Rscript" else "python"
    return ir.Script(path=path, interpreter=interpreter)


def _read_timeout(read: Reader, runconfig: RunConfiguration) -> float | None:
    return read.seconds(runconfig.max_run_duration_seconds, "max_run_duration_seconds", "setting")


def _add_snapshot(parts: Parts, node: PipelineStep, read: Reader) -> str:
    """The id of the step's source directory; the pipeline's default, else the current one (measured)."""
    directory = node.source_directory
    if directory is None:
        directory = parts.pipeline.default_source_directory
    text = read.text(directory, "the source directory", "graph")
    place = _find_folder(parts.lowering, text or ".", glance(node.script, str))
    if place not in parts.folders:
        last = place.rstrip("/").rsplit("/", 1)[-1].strip(".") or "source"
        identifier = make_slug(last, parts.snapshot_ids, "source")
        parts.folders[place] = ir.Snapshot(
            id=identifier, directory=place, files=(), digest="", span=node.span
        )
    return parts.folders[place].id


def _find_folder(lowering: Lowering, directory: str, script: str | None) -> str:
    """The folder that `directory` means: relative to the current folder or to the file, whichever has the script."""
    outside = lowering.outside
    for start in (outside.cwd, outside.folder):
        candidate = str(start / directory)
        if script is not None and outside.is_file(f"{candidate}/{script}"):
            return lowering.relative(outside.resolve(candidate))
    return lowering.relative(outside.resolve(directory))


def _lower_arguments(parts: Parts, values: Sequence[Value], read: Reader) -> tuple[ir.Argument, ...]:
    options = ("", *(glance(value, str) or "" for value in values))
    return tuple(
        _lower_argument(parts, value, read, option) for option, value in zip(options, values, strict=False)
    )


def _lower_argument(parts: Parts, value: Value, read: Reader, option: str = "") -> ir.Argument:
    """An argument, or a piece of one; `option` is the argument before it, if that is a text."""
    if isinstance(value, Interpolated):
        pieces = (_lower_argument(parts, part, read) for part in value.parts)
        flat = (piece.parts if isinstance(piece, ir.Concatenation) else (piece,) for piece in pieces)
        return ir.Concatenation(parts=tuple(piece for parts in flat for piece in parts))
    if isinstance(value, PortRef):
        name = glance(value.port.name, str) or _NAMELESS
        return ir.InputPath(port=name) if isinstance(value.port, InPort) else ir.OutputPath(port=name)
    if isinstance(value, PipelineParameter):
        return ir.ParameterValue(parameter=parts.parameter_table.add(value))
    if isinstance(value, Unknown):
        secret = refer_argument(parts.lowering, value, option, read.span, read.step or "")
        if secret is not None:
            return secret
    return ir.Literal(value=read.text(value, "an argument", "graph") or "")


def _lower_input(parts: Parts, port: InPort, step: str) -> ir.Input | None:
    lowering = parts.lowering
    owner = f"the input '{glance(port.name, str) or _NAMELESS}' of step '{step}'"
    read = Reader(lowering, owner, port.span, step)
    name = read.required_text(port.name, "the name", "graph")
    mode = read.choice(port.mode, "the mode", _MODES, "graph") or DEFAULT_MODE
    if lowering.report_unknown("PL110", owner, port.source, port.span, step) or name is None:
        return None
    if isinstance(port.source, PipelineParameter):
        parts.parameter_table.add_data(port.source)
    source: ir.StepSource | ir.DatasetSource | None
    if isinstance(port.source, (PipelineData, OutputFileDatasetConfig)):
        source = _lower_step_source(parts, port, port.source.origin, read)
    else:
        source = parts.sources.add_dataset(port, step)
    if source is None:
        return None
    if isinstance(port.source, OutputFileDatasetConfig) and port.source.options.get("table"):
        mode = "direct"
    where = read.text(port.path_on_compute, "path_on_compute", "setting")
    return ir.Input(name=name, source=source, mode=mode, path_on_compute=where, span=port.span)


def _find_path_parameter(port: InPort) -> PipelineParameter | None:
    """The parameter that an input takes its path from, if it does."""
    source = glance(port.source, PipelineParameter)
    return source if source is not None and isinstance(source.default_value, DataPath) else None


def _lower_step_source(parts: Parts, port: InPort, origin: Origin, read: Reader) -> ir.StepSource | None:
    identifier, reporter = parts.identifiers.get(id(origin.producer)), parts.lowering.reporter
    if identifier is None:
        message = f"{read.owner.removeprefix('the ')} is not connected to any previous step"
        reporter.report("PL302", message, port.span, step=read.step)
        return None
    if isinstance(port.data, PipelineOutputFileDataset) and not origin.promoted:
        message = f"{read.owner.removeprefix('the ')} is a dataset, but its producer writes plain data"
        reporter.report("PL234", message, port.span, step=read.step)
    name = read.text(origin.port, "the source", "graph") or _NAMELESS
    return ir.StepSource(step=identifier, port=name)


def _lower_output(parts: Parts, port: OutPort, step: str) -> ir.Output | None:
    data = port.data
    owner = f"the output '{glance(port.name, str) or _NAMELESS}' of step '{step}'"
    read = Reader(parts.lowering, owner, port.span, step)
    name = read.required_text(port.name, "the name", "graph")
    if name is None or data is None:
        return None
    if isinstance(data, OutputFileDatasetConfig):
        return _lower_dataset_output(parts, data, name, read)
    _check_pipeline_output(parts, port, data, read)
    mode = read.choice(data.output_mode, "output_mode", _MODES, "graph") or DEFAULT_MODE
    store = _add_store(parts, data.datastore, read)
    return ir.Output(name=name, mode=mode, store=store, path=PIPELINE_DATA_PATH, span=data.span)


def _check_pipeline_output(parts: Parts, port: OutPort, data: PipelineData, read: Reader) -> None:
    """The SDK refuses two outputs of one pipeline output name."""
    output_name = read.text(data.pipeline_output_name, "pipeline_output_name", "setting")
    if output_name is not None and parts.output_names.setdefault(output_name, port) is not port:
        message = f"there is an output '{output_name}' of the pipeline already"
        parts.lowering.reporter.report("PL236", message, port.span, step=read.step)


def _add_store(parts: Parts, store: Value, read: Reader) -> str:
    """The name of `store`; the pipeline's default store if there is none or it is not known."""
    name = read.text(name_of(store), "the store")
    if name is None:
        return parts.default_store
    parts.sources.add_store(name, glance(store, Datastore))
    return name


def _lower_dataset_output(parts: Parts, data: OutputFileDatasetConfig, name: str, read: Reader) -> ir.Output:
    options = data.options
    store, path = _read_destination(data, read)
    explicit = path is not None
    if isinstance(path, Interpolated):
        message = f"the destination of {read.owner} holds a parameter or data, which the SDK does not fill in"
        read.lowering.reporter.report("PL313", message, read.span, step=read.step)
        path = None
    text = read.text(path, "the destination", "graph") or ""
    register = read.text(options.get("register"), "the registered name")
    return ir.Output(
        name=name,
        mode=read.choice(data.mode, "the mode", _MODES, "graph") or DEFAULT_MODE,
        store=_add_store(parts, store, read),
        path=text.strip("/") or OUTPUT_DATASET_PATH,
        explicit=explicit,
        create=True,
        overwrite=read.flag(options.get("overwrite"), "overwrite") or False,
        globs=read.texts(options.get("globs"), "source_globs"),
        register_as=ir.Registration(name=register) if register is not None else None,
        span=data.span,
    )


def _read_destination(data: OutputFileDatasetConfig, read: Reader) -> tuple[Value, Value]:
    """The store and the path of an output's destination: a pair of them, or the store alone."""
    if isinstance(data.destination, tuple):
        return read.pair(data.destination, "the destination")
    return data.destination, None
