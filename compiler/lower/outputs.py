"""Outputs of steps: where they lie, where the script writes them, and what they are registered as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from pipelift.compiler import ir
from pipelift.compiler.evaluate.values import Interpolated, Value
from pipelift.compiler.ir.model import Mode
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.lower.datasets import Sources
from pipelift.compiler.lower.parameters import Text
from pipelift.compiler.lower.read import Reader, glance
from pipelift.compiler.lower.tables import read_table
from pipelift.compiler.sdk.data.datastores import Datastore, name_of
from pipelift.compiler.sdk.data.outputs import OutputFileDatasetConfig
from pipelift.compiler.sdk.data.pipeline_data import DEFAULT_MODE, PipelineData, PipelineParameter
from pipelift.compiler.sdk.steps.ports import OutPort
from pipelift.runtime.contract import paths

PIPELINE_DATA_PATH = paths.PIPELINE_OUTPUTS + "/{run-id}/{output-name}"
"""Where PipelineData lies in its store (by Microsoft's documentation; the service decides)."""

OUTPUT_DATASET_PATH = paths.DATASET_OUTPUTS + "/{run-id}/{output-name}"
"""Where an OutputFileDatasetConfig without destination lies in its store (by the documentation)."""

MODES: tuple[Mode, ...] = get_args(Mode)

NAMELESS = "unknown"
"""The name of a port whose name is not known, which is reported elsewhere."""


@dataclass(slots=True)
class Outputs:
    """The outputs of one pipeline's steps."""

    lowering: Lowering
    default_store: str
    sources: Sources
    _names: dict[str, OutPort] = field(default_factory=dict)

    def lower(self, port: OutPort, step: str) -> ir.Output | None:
        """The output; None, with a report, if it is not known."""
        data = port.data
        owner = f"the output '{glance(port.name, str) or NAMELESS}' of step '{step}'"
        read = Reader(self.lowering, owner, port.span, step)
        self.lowering.report_undecided(f"whether there is {owner}", port.undecided, port.span)
        name = read.required_text(port.name, "the name", "graph")
        if name is None or data is None:
            return None
        if isinstance(data, OutputFileDatasetConfig):
            return self._lower_dataset(data, name, read)
        return self._lower_data(port, data, name, read)

    def _lower_data(self, port: OutPort, data: PipelineData, name: str, read: Reader) -> ir.Output:
        self._check_name(port, data, read)
        register, table = data.origin.registration or (None, {})
        return ir.Output(
            name=name,
            mode=read.choice(data.output_mode, "output_mode", MODES, "graph") or DEFAULT_MODE,
            store=self._add_store(data.datastore, read),
            path=PIPELINE_DATA_PATH,
            register_as=_read_registration(read, register, table),
            path_on_compute=read.text(data.written_to, "output_path_on_compute", "graph"),
            span=data.span,
        )

    def _check_name(self, port: OutPort, data: PipelineData, read: Reader) -> None:
        """The SDK refuses two outputs of one pipeline output name."""
        output_name = read.text(data.pipeline_output_name, "pipeline_output_name", "setting")
        if output_name is not None and self._names.setdefault(output_name, port) is not port:
            message = f"there is an output '{output_name}' of the pipeline already"
            self.lowering.reporter.report("PL236", message, port.span, step=read.step)

    def _add_store(self, store: Value, read: Reader) -> str:
        """The name of `store`; the pipeline's default store if there is none or it is not known."""
        name = read.text(name_of(store), "the store")
        if name is None:
            return self.default_store
        self.sources.add_store(name, glance(store, Datastore))
        return name

    def _lower_dataset(self, data: OutputFileDatasetConfig, name: str, read: Reader) -> ir.Output:
        options = data.options
        store, path = _read_destination(data, read)
        text = self._read_destination_path(path, read)
        table, description, tags = data.table_format, options.get("description"), options.get("tags")
        return ir.Output(
            name=name,
            mode=read.choice(data.mode, "the mode", MODES, "graph") or DEFAULT_MODE,
            store=self._add_store(store, read),
            path=text.value.strip("/") or OUTPUT_DATASET_PATH,
            pieces=text.pieces,
            explicit=path is not None,
            create=True,
            overwrite=read.flag(options.get("overwrite"), "overwrite") or False,
            globs=read.texts(options.get("globs"), "source_globs"),
            register_as=_read_registration(read, options.get("register"), table, description, tags),
            path_on_compute=read.text(data.source, "source", "graph"),
            span=data.span,
        )

    def _read_destination_path(self, path: Value, read: Reader) -> Text:
        """The path of a destination; an empty one where there is none, or it is reported."""
        if isinstance(path, Interpolated) and any(
            not isinstance(part, (str, PipelineParameter)) for part in path.parts
        ):
            message = f"the destination of {read.owner} holds the path of data, which only its step knows"
            self.lowering.reporter.report("PL313", message, read.span, step=read.step)
            return Text("")
        text = None if path is None else self.sources.parameters.text(read, path, "the destination")
        return text or Text("")


def _read_registration(
    read: Reader, name: Value, table: Mapping[str, Value], description: Value = None, tags: Value = None
) -> ir.Registration | None:
    """What the output is registered as, and as which table; None if it is not, or the name is not known."""
    text = read.text(name, "the registered name")
    if text is None:
        return None
    return ir.Registration(
        name=text,
        description=read.text(description, "the description", "setting"),
        tags=read.labels(tags, "the tag"),
        table=read_table(table, read),
    )


def _read_destination(data: OutputFileDatasetConfig, read: Reader) -> tuple[Value, Value]:
    """The store and the path of an output's destination: a pair of them, or the store alone."""
    if isinstance(data.destination, tuple):
        return read.pair(data.destination, "the destination")
    return data.destination, None
