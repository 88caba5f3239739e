"""`CommandStep`: runs a command, a text or a list, from the step or from a ScriptRunConfig."""

from __future__ import annotations

import shlex

from pipelift.compiler.evaluate.values import Call, Interpolated, Value
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps.step import PipelineStep
from pipelift.compiler.sdk.train.script_run import ScriptRunConfig


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.command_step")
class CommandStep(PipelineStep):
    """Runs a command: its first word is the program, the rest are arguments (measured: shlex-split)."""

    interpreter = None
    renames_inputs = True

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
        if isinstance(runconfig, ScriptRunConfig):
            source_directory = source_directory or runconfig.source_directory
            command = command or runconfig.command
            runconfig = runconfig.run_config
        own = runconfig.command if isinstance(runconfig, RunConfiguration) else None
        words = _split_command(command or own)
        first = words[0] if words else None
        default = f"CommandStep_{first}" if isinstance(first, str) else "CommandStep"
        self._begin(call, default if name is None else name, allow_reuse)
        if not words:
            self._report_missing(call, "PL230", "command is required", command)
        self.program = first
        self.source_directory = "." if source_directory is None else source_directory
        self._configure(call, compute_target, runconfig, runconfig_pipeline_params, params)
        self._collect(call, words[1:], inputs, outputs)


def _split_command(command: Value) -> list[Value]:
    """The words of a command: a text, a text with references, or a list that begins with one of these."""
    if isinstance(command, str):
        try:
            return list(shlex.split(command))
        except ValueError:
            return list(command.split())
    if isinstance(command, Interpolated):
        return _split_references(command)
    if isinstance(command, (list, tuple)) and command:
        head = _split_command(command[0]) if isinstance(command[0], (str, Interpolated)) else [command[0]]
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
    return [_restore_references(word, marks) for word in words]


def _restore_references(word: str, marks: dict[str, Value]) -> Value:
    parts: list[Value] = [word]
    for mark, value in marks.items():
        parts = [
            piece
            for part in parts
            for piece in (_split_at(part, mark, value) if isinstance(part, str) and mark in part else [part])
        ]
    words = [part for part in parts if part != ""]
    if len(words) == 1:
        return words[0]
    return Interpolated(tuple(words))


def _split_at(text: str, mark: str, value: Value) -> list[Value]:
    before, _, after = text.partition(mark)
    return [before, value, after]
