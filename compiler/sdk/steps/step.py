"""`PipelineStep`: what all step classes share. Each family of step classes has its own file."""

from __future__ import annotations

from typing import ClassVar, TypeGuard

from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.evaluate.kinds import describe_kind
from pipelift.compiler.evaluate.values import Call, Interpolated, Modelled, Unknown, Value, find_unknown
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.data.pipeline_data import PipelineParameter, Producer
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps.ports import WITH_ORIGIN, Ports

RUNCONFIG_PARAMETERS = frozenset(
    {"NodeCount", "MpiProcessCountPerNode", "TensorflowWorkerCount", "TensorflowParameterServerCount"}
)
"""The properties of a run configuration that a pipeline parameter may set (measured)."""


class RunAfter(Modelled):
    """That a step runs after `step`: where a condition decides that, this is undecided, and not the step."""

    def __init__(self, step: PipelineStep) -> None:
        self.span = step.span
        self._step = step

    @property
    def step(self) -> PipelineStep:
        """The step that comes before."""
        return self._step


@sdk("azureml.pipeline.core", "azureml.pipeline.core.builder")
class PipelineStep(Producer):
    """What all steps have: a name, ports, steps that they run after, and what the runtime needs to start them.

    `interpreter` is None where the step has no script that runs; `program` is the command of a step that has one
    instead. `refused` says, for a step that no target can run, what would be needed.
    """

    interpreter: ClassVar[str | None] = "python"
    refused: str | None = None

    def _begin(self, call: Call, name: Value, allow_reuse: Value = True) -> None:
        self.span = call.span
        self.name = name
        self.allow_reuse = allow_reuse
        self.script: Value = None
        self.program: Value = None
        self.source_directory: Value = None
        self.compute_target: Value = None
        self.runconfig: Value = None
        self.params = {}
        self._more_parameters: list[Value] = []
        self._after: list[Value] = []
        self._in_unknown_loop = False
        self._findings = []
        self.ports = Ports(self, call)

    @property
    def orders(self) -> list[Value]:
        """What `run_after` was given, in order: a `RunAfter` for each step, or something unknown."""
        return self._after

    @property
    def after(self) -> list[Value]:
        """The steps given to `run_after`, in order."""
        return [order.step if isinstance(order, RunAfter) else order for order in self._after]

    @property
    def run_after_steps(self) -> list[Value]:
        """The same under the SDK's name."""
        return self.after

    def run_after(self, call: Call, step: Value) -> Value:
        """Run only when `step` has completed."""
        if isinstance(step, (PipelineStep, Unknown)):
            call.touch(self._after)
            self._after.append(RunAfter(step) if isinstance(step, PipelineStep) else step)
        else:
            kind = describe_kind(step)
            self._report_refusal(call, "PL228", f"run_after takes one step, not {kind}")
        return None

    def _collect(self, call: Call, arguments: Value, inputs: Value, outputs: Value) -> None:
        self.ports.collect(
            list_values(call, arguments, "arguments"),
            list_values(call, inputs, "inputs"),
            list_values(call, outputs, "outputs"),
        )

    def _configure(
        self,
        call: Call,
        compute_target: Value,
        runconfig: Value,
        runconfig_pipeline_params: Value = None,
        params: Value = None,
    ) -> None:
        """Take over where and how the step runs, and the parameters that are neither arguments nor data."""
        self.compute_target = compute_target[0] if _is_pair(compute_target) else compute_target
        self.runconfig = runconfig
        if runconfig is not None and not isinstance(runconfig, (RunConfiguration, Unknown)):
            kind = describe_kind(runconfig)
            finding = self._refuse(call, f"runconfig takes a RunConfiguration, not {kind}")
            self.runconfig = Unknown("the run configuration is refused", call.span, finding=finding)
        self.params = self._read_mapping(call, params, "params")
        settings = self._read_mapping(call, runconfig_pipeline_params, "runconfig_pipeline_params")
        for name, value in settings.items():
            if name not in RUNCONFIG_PARAMETERS or not isinstance(value, (PipelineParameter, Unknown)):
                self._report_refusal(
                    call, "PL237", f"'{name}' of a run configuration cannot be a pipeline parameter"
                )
        self._more_parameters.extend(settings.values())

    def _read_mapping(self, call: Call, mapping: Value, what: str) -> dict[str, Value]:
        """A mapping of parameters; if it is unknown, the step's parameters are not known either."""
        if isinstance(mapping, Unknown):
            self._more_parameters.append(mapping)
        elif mapping is not None and not isinstance(mapping, dict):
            self._refuse(call, f"{what} takes a dict")
        return dict(mapping) if isinstance(mapping, dict) else {}

    def _require(self, call: Call, **values: Value) -> None:
        """The SDK's refusal of a step that lacks a value."""
        for name, value in values.items():
            if value is None:
                self._report_missing(call, "PL233", f"{type(self).__name__}: {name} is required", value)

    def _refuse(self, call: Call, rule: str) -> Diagnostic:
        return self._report_refusal(call, "PL233", f"{type(self).__name__}: {rule}")

    def _check_script(self, call: Call, script_name: Value) -> None:
        """The SDK's rule for `script_name`."""
        if not isinstance(script_name, (str, Unknown, PipelineParameter)):
            self._report_missing(call, "PL230", "script_name is required, and a text", script_name)

    @property
    def parameters(self) -> list[PipelineParameter]:
        """The pipeline parameters among the arguments, `params` and settings."""
        parameters: list[PipelineParameter] = []
        for value in (*self.ports.arguments, *self.params.values(), *self._more_parameters):
            parts = value.parts if isinstance(value, Interpolated) else (value,)
            parameters.extend(part for part in parts if isinstance(part, PipelineParameter))
        return parameters

    @property
    def open_parameters(self) -> Unknown | None:
        """The first unknown among `params` and settings."""
        return find_unknown([*self.params.values(), *self._more_parameters])


def find_producer(data: Value) -> PipelineStep | None:
    """The step that makes `data`; None for source data, and for what no step has as its output."""
    producer = data.origin.producer if isinstance(data, WITH_ORIGIN) else None
    return producer if isinstance(producer, PipelineStep) else None


def _is_pair(target: Value) -> TypeGuard[tuple[Value, Value]]:
    """Whether a compute target is a pair ``(name, type)``, which the SDK accepts."""
    return isinstance(target, tuple) and len(target) == 2


def list_values(call: Call, value: Value, what: str) -> list[Value]:
    """The value of the argument `what` as a list: it may be None, one value, or several."""
    if value is None:
        return []
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, (set, frozenset)):
        message = f"{what} is a set, which has no order: parameters and data come first, then texts by name"
        call.reporter.report("PL229", message, call.span)
        return sorted(value, key=lambda item: (isinstance(item, str), item if isinstance(item, str) else ""))
    if isinstance(value, str) and what == "arguments":
        message = "arguments is one text: the SDK passes it letter by letter; a list was meant"
        call.reporter.report("PL229", message, call.span)
        return list(value)
    return [value]


def warn_of_hash_paths(call: Call, hash_paths: Value) -> None:
    """`hash_paths` is accepted everywhere and has no effect (measured)."""
    if hash_paths is not None:
        message = "hash_paths has no effect: the SDK hashes all of source_directory but what is ignored"
        call.reporter.report("PL214", message, call.span)
