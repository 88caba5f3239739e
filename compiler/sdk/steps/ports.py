"""From a step's arguments, inputs and outputs to its ports: the SDK's rules (`azureml-sdk-v1.md` §3.1).

Where the published documentation does what the SDK refuses, the documentation is followed, with a warning.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import PurePath

from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.kinds import describe_kind, quote_name
from pipelift.compiler.evaluate.values import (
    PLAIN,
    Call,
    Interpolated,
    Modelled,
    Unknown,
    Value,
)
from pipelift.compiler.sdk.data.consumption import DatasetConsumptionConfig
from pipelift.compiler.sdk.data.datasets import AbstractDataset
from pipelift.compiler.sdk.data.datastores import DataPath, DataPathComputeBinding, DataReference
from pipelift.compiler.sdk.data.outputs import OutputFileDatasetConfig
from pipelift.compiler.sdk.data.pipeline_data import (
    InputPortBinding,
    PipelineData,
    PipelineOutputFileDataset,
    PipelineParameter,
    Producer,
)
from pipelift.compiler.sdk.data.tables import Consumable
from pipelift.compiler.sdk.enums import plain_value
from pipelift.compiler.sdk.record import record_of

WITH_ORIGIN = (PipelineData, OutputFileDatasetConfig, PipelineOutputFileDataset)
"""The classes with an `Origin`: they know which step makes them."""

_INPUTS = (*WITH_ORIGIN, InputPortBinding, DatasetConsumptionConfig, DataReference)
"""The classes that can be an input without a wrapper."""


@dataclass(slots=True)
class InPort:
    """An input: `data` is what the program gave, `source` the data or dataset behind it.

    `consumed` is the data as its consumer sees it, with the operations on it; None where there is nothing to say of it.
    `undecided` is why it is not known whether the step has the input at all.
    """

    name: Value
    data: Value
    source: Value
    mode: Value
    span: Span
    path_on_compute: Value = None

    consumed: Consumable | None = field(init=False)
    undecided: Unknown | None = field(init=False)

    def __post_init__(self) -> None:
        """Keep the data as its consumer sees it: before the program can change what wraps it."""
        self.consumed = _find_consumed(self.data)
        self.undecided = self.data._undecided if isinstance(self.data, Modelled) else None


@dataclass(slots=True)
class OutPort:
    """An output. `data` is the SDK's object for it; None if that is not known. `undecided`: as of an `InPort`."""

    name: Value
    data: PipelineData | OutputFileDatasetConfig | None
    span: Span
    undecided: Unknown | None = field(init=False)

    def __post_init__(self) -> None:
        """Keep what decides whether the data was in the list that the step was given."""
        self.undecided = None if self.data is None else self.data._undecided


@dataclass(frozen=True, slots=True)
class PortRef:
    """An argument that stands for a port's path."""

    port: InPort | OutPort


@dataclass(slots=True)
class Ports:
    """The ports of one step, in the order in which the SDK collects them."""

    step: Producer
    call: Call
    inputs: list[InPort] = field(default_factory=list)
    outputs: list[OutPort] = field(default_factory=list)
    arguments: list[Value] = field(default_factory=list)

    def collect(self, arguments: list[Value], inputs: list[Value], outputs: list[Value]) -> None:
        """Fill the ports: the lists first, then what only the arguments name."""
        for data in outputs:
            self._add_output(data)
        for data in inputs:
            self._add_input(data)
        self.arguments = [self._convert_argument(argument) for argument in arguments]
        self._check_names()

    def _refuse(self, code: str, message: str) -> Diagnostic:
        return self.step._report_refusal(self.call, code, message)

    def _add_output(self, data: Value) -> OutPort | None:
        if isinstance(data, PipelineOutputFileDataset):
            data = data.pipeline_data
            data.origin.promoted = True
        if isinstance(data, Unknown):
            self.outputs.append(OutPort(data, None, self.call.span))
            return None
        if not isinstance(data, (PipelineData, OutputFileDatasetConfig)):
            self._refuse("PL223", "an output of a step is PipelineData or an OutputFileDatasetConfig")
            return None
        name = data.output_name if isinstance(data, PipelineData) else data.name
        origin = data.origin
        if origin.producer is not None and origin.producer is not self.step:
            other = origin.producer.name
            message = f"two steps write the output '{name}': it is already an output of step '{other}'"
            self._refuse("PL224", message)
            return None
        self.call.touch(origin.__dict__)
        origin.producer, origin.port = self.step, name
        if isinstance(data, PipelineData) and data.training_output is not None and not self.step.training:
            kind = type(self.step).__name__
            self._refuse("PL235", f"the output '{name}' has a TrainingOutput, which a {kind} does not take")
        port = OutPort(name, data, data.span)
        self.outputs.append(port)
        return port

    def _add_input(self, data: Value) -> InPort | None:
        port = self._make_input(data)
        if port is not None:
            self.inputs.append(port)
        return port

    def _make_input(self, data: Value) -> InPort | None:
        span = data.span if isinstance(data, _INPUTS) else self.call.span
        if isinstance(data, PipelineData):
            return InPort(data.name, data, data, "mount", span)
        if isinstance(data, InputPortBinding):
            behind = _unwrap_binding(data.bind_object)
            return InPort(data.name, data, behind, data.bind_mode, span, data.path_on_compute)
        if isinstance(data, DatasetConsumptionConfig):
            return InPort(data.name, data, data.dataset, data.mode, span, data.path_on_compute)
        if isinstance(data, PipelineOutputFileDataset):
            return InPort(data.name, data, data.pipeline_data, data.mode, span, data.path_on_compute)
        if isinstance(data, OutputFileDatasetConfig):
            return InPort(record_of(self.call).next_name("input"), data, data, "mount", span)
        if isinstance(data, DataReference):
            return InPort(data.data_reference_name, data, data, data.mode, span, data.path_on_compute)
        if isinstance(data, tuple) and len(data) == 2:
            return self._make_path_input(data)
        if isinstance(data, Unknown):
            return InPort(data, data, data, "mount", self.call.span)
        if isinstance(data, AbstractDataset):
            self._refuse("PL225", "a dataset is no input by itself: call as_named_input(name) on it")
            return None
        self._refuse("PL225", f"{describe_kind(data)} is no input of a step")
        return None

    def _make_path_input(self, pair: tuple[Value, ...]) -> InPort | None:
        source, binding = pair
        if isinstance(source, Unknown):
            return InPort(source, pair, source, "mount", self.call.span)
        default = source.default_value if isinstance(source, PipelineParameter) else source
        if isinstance(default, Unknown) or isinstance(binding, Unknown):
            mode = binding if isinstance(binding, Unknown) else "mount"
            return InPort(record_of(self.call).next_name("input"), pair, default, mode, self.call.span)
        if not isinstance(default, DataPath) or not isinstance(binding, DataPathComputeBinding):
            self._refuse(
                "PL225", "a pair as input is (DataPath or PipelineParameter, DataPathComputeBinding)"
            )
            return None
        name = default.name or record_of(self.call).next_name(_name_prefix(default))
        span = source.span if isinstance(source, PipelineParameter) else default.span
        return InPort(name, pair, source, binding.mode, span, binding.path_on_compute)

    def _convert_argument(self, argument: Value) -> Value:
        argument = plain_value(argument)
        if isinstance(argument, str) and argument.startswith("parameter:"):
            return self.step.params.get(argument.removeprefix("parameter:"), argument)
        if isinstance(argument, (str, Unknown, PipelineParameter)):
            return argument
        if isinstance(argument, Interpolated):
            return Interpolated(tuple(self._convert_argument(part) for part in argument.parts))
        if isinstance(argument, (list, dict)):
            kind = describe_kind(argument)
            return self._refuse_argument("PL226", f"an argument of a step cannot be {kind}")
        if isinstance(argument, AbstractDataset):
            message = "a dataset is no argument by itself: call as_named_input(name) on it"
            return self._refuse_argument("PL225", message)
        if isinstance(argument, (Modelled, tuple)):
            return self._convert_data(argument)
        if isinstance(argument, (*PLAIN, PurePath, datetime.date, datetime.timedelta, Decimal)):
            return str(argument)
        return Unknown(f"pipelift does not know the text of {describe_kind(argument)}", self.call.span)

    def _convert_data(self, data: Value) -> Value:
        port = self._find_port(data)
        if port is not None:
            return PortRef(port)
        if isinstance(data, OutputFileDatasetConfig):
            port = self._add_output(data)
        elif isinstance(data, PipelineData):
            port = self._add_unlisted_data(data)
        else:
            port = self._add_unlisted_input(data)
        if port is None:
            return Unknown("the argument is refused", self.call.span, finding=self.step._findings[-1])
        return PortRef(port)

    def _refuse_argument(self, code: str, message: str) -> Unknown:
        return Unknown("the argument is refused", self.call.span, finding=self._refuse(code, message))

    def _find_port(self, data: Value) -> InPort | OutPort | None:
        """The port of `data` if the lists name it: the same object, or the data behind a binding."""
        for port in self.outputs:
            if port.data is data:
                return port
        for inner in self.inputs:
            if inner.data is data or (isinstance(data, PipelineData) and inner.source is data):
                return inner
        origin = data.origin if isinstance(data, WITH_ORIGIN) else None
        for port in self.outputs:
            if origin is not None and port.data is not None and port.data.origin is origin:
                return port
        if isinstance(data, InputPortBinding):
            return next((port for port in self.inputs if port.data is data.bind_object), None)
        if isinstance(data, PipelineOutputFileDataset):
            return next((port for port in self.inputs if self._is_same_dataset(port, data)), None)
        return self._find_named_input(data)

    @staticmethod
    def _is_same_dataset(port: InPort, data: PipelineOutputFileDataset) -> bool:
        return port.name == data.name and port.source is data.pipeline_data

    def _find_named_input(self, data: Value) -> InPort | None:
        """The documentation's form: ``inputs=[x]`` and ``x.as_download()`` in the arguments are one port."""
        if not isinstance(data, DatasetConsumptionConfig):
            return None
        for port in self.inputs:
            if (
                isinstance(port.data, DatasetConsumptionConfig)
                and port.name == data.name
                and port.source is data.dataset
            ):
                message = (
                    f"input {quote_name(data.name)} is listed and consumed as {data.mode}: taken as one input"
                )
                self.call.reporter.report("PL212", message, self.call.span)
                port.mode, port.data = data.mode, data
                return port
        return None

    def _add_unlisted_data(self, data: PipelineData) -> InPort | OutPort | None:
        """The documentation's form: data that only the arguments name is an output of its first step."""
        role = "input" if data.origin.producer is not None else "output"
        message = f"{quote_name(data.name)} is in the arguments but in no list; it is taken as an {role}"
        self.call.reporter.report("PL213", message, self.call.span)
        return self._add_input(data) if role == "input" else self._add_output(data)

    def _add_unlisted_input(self, data: Value) -> InPort | None:
        if isinstance(data, (InputPortBinding, DataReference)):
            port = self._make_input(data)
            if port is not None:
                message = (
                    f"{quote_name(port.name)} is in the arguments but not in inputs; it is taken as an input"
                )
                self.call.reporter.report("PL213", message, self.call.span)
                self.inputs.append(port)
            return port
        return self._add_input(data)

    def _check_names(self) -> None:
        """The SDK's rules for names: unique among inputs and outputs; an input called like an output is renamed."""
        outputs = [port.name for port in self.outputs if isinstance(port.name, str)]
        seen: set[str] = set()
        for inner in self.inputs:
            if isinstance(inner.name, str) and inner.name in outputs:
                self._resolve_collision(inner)
            if inner.name in seen:
                rule = f"the input {quote_name(inner.name)} is repeated: input names must be unique"
                self.step._report_missing(self.call, "PL227", rule, inner.name)
            if isinstance(inner.name, str):
                seen.add(inner.name)
        for name in sorted({name for name in outputs if outputs.count(name) > 1}):
            self._refuse("PL227", f"the output '{name}' is repeated: output names must be unique")

    def _resolve_collision(self, port: InPort) -> None:
        """An input called like an output is renamed by steps that run scripts (measured); others refuse it."""
        if not self.step.renames_inputs or isinstance(port.data, DatasetConsumptionConfig):
            self._refuse(
                "PL227", f"{quote_name(port.name)} is an input and an output: port names must be unique"
            )
        port.name = f"INPUT_{port.name}"


def _find_consumed(data: Value) -> Consumable | None:
    data = data.bind_object if isinstance(data, InputPortBinding) else data
    data = data.dataset if isinstance(data, DatasetConsumptionConfig) else data
    data = data.default_value if isinstance(data, PipelineParameter) else data
    return data if isinstance(data, Consumable) else None


def _unwrap_binding(bound: Value) -> Value:
    """What a binding binds: data between steps, or source data."""
    if isinstance(bound, DatasetConsumptionConfig):
        return bound.dataset
    return bound.pipeline_data if isinstance(bound, PipelineOutputFileDataset) else bound


def _name_prefix(path: DataPath) -> str:
    """The prefix of the random name that the SDK gives to a path without a name: its store's name."""
    name = path.datastore_name
    return name if isinstance(name, str) else "input"
