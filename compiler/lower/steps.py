"""Steps, their ports and arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipelift.compiler import ir
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.evaluate.values import Interpolated, Unknown, Value
from pipelift.compiler.evaluate.whereabouts import tell_places
from pipelift.compiler.lower.context import Lowering, make_slug, make_unique
from pipelift.compiler.lower.datasets import Sources, is_path_of_store
from pipelift.compiler.lower.environments import Environments
from pipelift.compiler.lower.outputs import MODES, NAMELESS, Outputs
from pipelift.compiler.lower.parameters import Parameters
from pipelift.compiler.lower.read import Reader, glance
from pipelift.compiler.lower.resources import lower_resources
from pipelift.compiler.lower.secrets import lower_secret_variables, refer_argument
from pipelift.compiler.lower.tables import read_table, report_lost_operations
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.data.outputs import OutputFileDatasetConfig
from pipelift.compiler.sdk.data.pipeline_data import (
    DEFAULT_MODE,
    Origin,
    PipelineData,
    PipelineOutputFileDataset,
    PipelineParameter,
)
from pipelift.compiler.sdk.pipeline.pipeline import Pipeline
from pipelift.compiler.sdk.steps.ports import InPort, PortRef
from pipelift.compiler.sdk.steps.step import PipelineStep


@dataclass(slots=True)
class Parts:
    """The parts of one pipeline while its steps are lowered; tuples once it is done."""

    lowering: Lowering
    pipeline: Pipeline
    default_store: str
    identifiers: dict[int, str]
    sources: Sources
    output_table: Outputs
    environment_table: Environments
    parameter_table: Parameters
    folders: dict[str, ir.Snapshot] = field(default_factory=dict)
    places: dict[tuple[str, str | None], list[Path]] = field(default_factory=dict)
    lowered: list[ir.Step] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    snapshot_ids: set[str] = field(default_factory=set)

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
    parameters = Parameters(lowering)
    sources = Sources(lowering, parameters)
    sources.add_store(default_store, None)
    environments = Environments(lowering)
    parts = Parts(
        lowering,
        pipeline,
        default_store,
        identifiers,
        sources,
        Outputs(lowering, default_store, sources),
        environments,
        parameters,
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
    outputs = [parts.output_table.lower(port, name) for port in node.ports.outputs]
    inputs = [_lower_input(parts, port, name) for port in node.ports.inputs]
    lowering.report_unknown("PL110", f"a parameter of step '{name}'", node.open_parameters, node.span, name)
    parameters = [parts.parameter_table.add(parameter) for parameter in node.parameters]
    parameters += _list_path_parameters(parts, inputs, outputs)
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
    is_known = (text is not None or directory is None) and not isinstance(node.script, Unknown)
    place = _find_folder(parts, text or ".", glance(node.script, str), read if is_known else None)
    if place not in parts.folders:
        last = place.rstrip("/").rsplit("/", 1)[-1].strip(".") or "source"
        identifier = make_slug(last, parts.snapshot_ids, "source")
        parts.folders[place] = ir.Snapshot(
            id=identifier, directory=place, files=(), digest="", span=node.span
        )
    return parts.folders[place].id


def _find_folder(parts: Parts, directory: str, script: str | None, read: Reader | None) -> str:
    """The folder that `directory` means; the steps share most folders, and what is on disk is asked once.

    Where it is found is told of the step that `read` reads, if one is given.
    """
    lowering, outside = parts.lowering, parts.lowering.outside
    found = parts.places.get((directory, script))
    if found is None:
        found = parts.places[directory, script] = _list_folders(outside, directory, script)
    if read is None:
        outside.guessed.add(str(found[0]))
    else:
        tell_places(outside, directory, found, lowering.reporter, read.span, read.step)
    outside.spellings[str(found[0])] = directory
    return lowering.relative(found[0])


def _list_folders(outside: Outside, directory: str, script: str | None) -> list[Path]:
    """What `directory` may mean, relative to the current folder or to the file: whichever has the script, if any."""
    places = outside.list_places(directory) or [outside.resolve(directory)]
    with_script = [place for place in places if script is not None and outside.is_file(f"{place}/{script}")]
    return with_script or places


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
        name = glance(value.port.name, str) or NAMELESS
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
    owner = f"the input '{glance(port.name, str) or NAMELESS}' of step '{step}'"
    read = Reader(lowering, owner, port.span, step)
    name = read.required_text(port.name, "the name", "graph")
    lowering.report_undecided(f"whether there is {owner}", port.undecided, port.span)
    mode = read.choice(port.mode, "the mode", MODES, "graph") or DEFAULT_MODE
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
    table = None
    if isinstance(source, ir.StepSource) and port.consumed is not None:
        mode = "direct" if port.consumed.is_table else mode
        table = read_table(port.consumed.table_format, read)
        report_lost_operations(port.consumed, read)
    where = read.text(port.path_on_compute, "path_on_compute", "setting")
    return ir.Input(
        name=name,
        source=source,
        mode=mode,
        path_on_compute=where,
        table=table,
        writable=mode == "mount" and is_path_of_store(port.source),
        span=port.span,
    )


def _list_path_parameters(
    parts: Parts, inputs: Sequence[ir.Input | None], outputs: Sequence[ir.Output | None]
) -> list[str]:
    """The parameters that stand in the paths of a step's data, which it needs to find them."""
    sources = [port.source.dataset for port in inputs if port and isinstance(port.source, ir.DatasetSource)]
    names = [name for dataset in sources for name in parts.sources.names_of_parameters(dataset)]
    pieces = (piece for port in outputs if port for piece in port.pieces)
    return names + [piece.parameter for piece in pieces if isinstance(piece, ir.ParameterValue)]


def _lower_step_source(parts: Parts, port: InPort, origin: Origin, read: Reader) -> ir.StepSource | None:
    identifier, reporter = parts.identifiers.get(id(origin.producer)), parts.lowering.reporter
    if identifier is None:
        message = f"{read.owner.removeprefix('the ')} is not connected to any previous step"
        reporter.report("PL302", message, port.span, step=read.step)
        return None
    if isinstance(port.data, PipelineOutputFileDataset) and not origin.promoted:
        message = f"{read.owner.removeprefix('the ')} is a dataset, but its producer writes plain data"
        reporter.report("PL234", message, port.span, step=read.step)
    name = read.text(origin.port, "the source", "graph") or NAMELESS
    return ir.StepSource(step=identifier, port=name)
