"""The step classes that run a command: PythonScriptStep and its kin. The other classes are in `other_steps`."""

from __future__ import annotations

import shlex

from pipelift.compiler.evaluate.values import Call, Interpolated, Modelled, Unknown, Value
from pipelift.compiler.sdk.pipeline_data import PipelineParameter
from pipelift.compiler.sdk.ports import Ports
from pipelift.compiler.sdk.registry import sdk


class PipelineStep(Modelled):
    """What all steps have: a name, ports, steps that they run after, and what the runtime needs to start them.

    `interpreter` is None where the step has no script; `program` is the command of a step that has one instead.
    `refused` says, for a class that no target can run, what would be needed.
    """

    interpreter: str | None = "python"
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
        self.params: dict[str, Value] = {}
        self._after: list[Value] = []
        self._in_unknown_loop = False
        self.ports = Ports(self, call)

    @property
    def after(self) -> list[Value]:
        """The steps given to `run_after`, in order."""
        return self._after

    def run_after(self, call: Call, step: Value) -> Value:
        """Run only when `step` has completed."""
        if isinstance(step, (PipelineStep, Unknown)):
            call.touch(self._after)
            self._after.append(step)
        else:
            kind = type(step).__name__
            call.reporter.report("PL228", f"run_after takes one step, not a {kind}", call.span)
        return None

    def _collect(self, call: Call, arguments: Value, inputs: Value, outputs: Value) -> None:
        self.ports.collect(
            _listed(call, arguments, "arguments"),
            _listed(call, inputs, "inputs"),
            _listed(call, outputs, "outputs"),
        )

    @property
    def parameters(self) -> list[PipelineParameter]:
        """The pipeline parameters among the arguments and `params`."""
        found: list[PipelineParameter] = []
        for value in (*self.ports.arguments, *self.params.values()):
            parts = value.parts if isinstance(value, Interpolated) else (value,)
            found.extend(part for part in parts if isinstance(part, PipelineParameter))
        return found


def _listed(call: Call, value: Value, what: str) -> list[Value]:
    if value is None:
        return []
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, str) and what == "arguments":
        message = "arguments is one text: the SDK passes it letter by letter; a list was meant"
        call.reporter.report("PL229", message, call.span)
        return list(value)
    return [value]


def _check_script(call: Call, script_name: Value) -> None:
    if script_name is None or (not isinstance(script_name, (str, Unknown, PipelineParameter))):
        call.reporter.report("PL230", "script_name is required, and a text", call.span)


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.python_script_step")
class PythonScriptStep(PipelineStep):
    """Runs a Python script."""

    def __init__(
        self,
        call: Call,
        script_name: Value,
        name: Value = None,
        arguments: Value = None,
        compute_target: Value = None,
        runconfig: Value = None,
        runconfig_pipeline_params: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        params: Value = None,
        source_directory: Value = None,
        allow_reuse: Value = True,
        version: Value = None,
        hash_paths: Value = None,
    ) -> None:
        self._begin(call, script_name if name is None else name, allow_reuse)
        _check_script(call, script_name)
        if hash_paths is not None:
            message = "hash_paths has no effect: the SDK hashes all of source_directory but what is ignored"
            call.reporter.report("PL214", message, call.span)
        self.script = script_name
        self.source_directory = source_directory
        self.compute_target = compute_target
        self.runconfig = runconfig
        self.params = dict(params) if isinstance(params, dict) else {}
        self._collect(call, arguments, inputs, outputs)


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.r_script_step")
class RScriptStep(PipelineStep):
    """Runs an R script."""

    interpreter = "Rscript"

    def __init__(
        self,
        call: Call,
        script_name: Value,
        name: Value = None,
        arguments: Value = None,
        compute_target: Value = None,
        runconfig: Value = None,
        runconfig_pipeline_params: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        params: Value = None,
        source_directory: Value = None,
        use_gpu: Value = False,
        custom_docker_image: Value = None,
        cran_packages: Value = None,
        github_packages: Value = None,
        custom_url_packages: Value = None,
        allow_reuse: Value = True,
        version: Value = None,
    ) -> None:
        self._begin(call, script_name if name is None else name, allow_reuse)
        _check_script(call, script_name)
        self.script = script_name
        self.source_directory = source_directory
        self.compute_target = compute_target
        self.runconfig = runconfig
        self.params = dict(params) if isinstance(params, dict) else {}
        self._collect(call, arguments, inputs, outputs)


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.command_step")
class CommandStep(PipelineStep):
    """Runs a command: its first word is the program, the rest are arguments (measured: shlex-split)."""

    interpreter = None

    def __init__(
        self,
        call: Call,
        command: Value = None,
        name: Value = None,
        compute_target: Value = None,
        runconfig: Value = None,
        runconfig_pipeline_params: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        params: Value = None,
        source_directory: Value = None,
        allow_reuse: Value = True,
        version: Value = None,
    ) -> None:
        words = _command_words(command if command is not None else getattr(runconfig, "command", None))
        first = words[0] if words else None
        default = f"CommandStep_{first}" if isinstance(first, str) else "CommandStep"
        self._begin(call, default if name is None else name, allow_reuse)
        if not words:
            call.reporter.report("PL230", "command is required", call.span)
        self.program = first
        self.source_directory = source_directory
        self.compute_target = compute_target
        self.runconfig = getattr(runconfig, "run_config", runconfig)
        self.params = dict(params) if isinstance(params, dict) else {}
        self._collect(call, words[1:], inputs, outputs)


def _command_words(command: Value) -> list[Value]:
    """The words of a command given as a text, a text with references, or a list of either."""
    if isinstance(command, str):
        try:
            return list(shlex.split(command))
        except ValueError:
            return list(command.split())
    if isinstance(command, Interpolated):
        return _split_references(command)
    if isinstance(command, (list, tuple)) and command:
        head = _command_words(command[0]) if isinstance(command[0], (str, Interpolated)) else [command[0]]
        return [*head, *command[1:]]
    return [] if command is None else [command]


def _split_references(command: Interpolated) -> list[Value]:
    """Split a text with references into words: a reference stays within its word."""
    marks = {f"\0{index}\0": part for index, part in enumerate(command.parts) if not isinstance(part, str)}
    names = iter(marks)
    text = "".join(part if isinstance(part, str) else next(names) for part in command.parts)
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    return [_with_references(word, marks) for word in words]


def _with_references(word: str, marks: dict[str, Value]) -> Value:
    parts: list[Value] = [word]
    for mark, value in marks.items():
        parts = [
            piece
            for part in parts
            for piece in (_around(part, mark, value) if isinstance(part, str) and mark in part else [part])
        ]
    kept = [part for part in parts if part != ""]
    if len(kept) == 1:
        return kept[0]
    return Interpolated(tuple(kept))


def _around(text: str, mark: str, value: Value) -> list[Value]:
    before, _, after = text.partition(mark)
    return [before, value, after]
