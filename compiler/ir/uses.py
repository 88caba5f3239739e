"""Which stores and secrets a step uses: what every engine has to put at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipelift.compiler.ir.arguments import Argument, Concatenation, SecretValue
from pipelift.compiler.ir.model import DatasetSource, Input, Pipeline, Step, StepSource


@dataclass(frozen=True, slots=True)
class StoreUse:
    """A store that a step needs at hand: to read from it, or to write outputs there (and to read).

    `writable` is true as well where only the script itself may write there, below an input (`Input.writable`).
    """

    name: str
    writes: bool
    writable: bool


@dataclass(frozen=True, slots=True)
class SecretUse:
    """A secret that a step is given, and as what: ``variable`` (with its name) or ``argument``."""

    secret: str
    kind: Literal["variable", "argument"]
    name: str = ""

    def __str__(self) -> str:
        return f"the variable {self.name}" if self.kind == "variable" else "an argument"


def secret_uses(step: Step) -> tuple[SecretUse, ...]:
    """The secrets that `step` is given by itself, each use once; those of its stores are the engine's matter."""
    variables = (SecretUse(entry.secret, "variable", entry.name) for entry in step.secrets)
    arguments = (SecretUse(name, "argument") for each in step.arguments for name in _secrets_in(each))
    return tuple(dict.fromkeys((*variables, *arguments)))


def _secrets_in(argument: Argument) -> Iterator[str]:
    for part in argument.parts if isinstance(argument, Concatenation) else (argument,):
        if isinstance(part, SecretValue):
            yield part.secret


def store_uses(pipeline: Pipeline, step: Step) -> tuple[StoreUse, ...]:
    """The stores that `step` reads its inputs from or writes its outputs to, each once, by name."""
    written = {output.store for output in step.outputs}
    read = {store for port in step.inputs for store in _stores_read(pipeline, port)}
    open_to_scripts = _stores_open_to_scripts(pipeline, step)
    return tuple(
        StoreUse(name, name in written, name in written | open_to_scripts) for name in sorted(written | read)
    )


def source_uses(pipeline: Pipeline, step: Step) -> tuple[StoreUse, ...]:
    """The stores that `step` reads source data from: all that it needs where the engine keeps outputs itself."""
    ports = [port for port in step.inputs if not isinstance(port.source, StepSource)]
    names = {store for port in ports for store in _stores_read(pipeline, port)}
    open_to_scripts = _stores_open_to_scripts(pipeline, step)
    return tuple(StoreUse(name, False, name in open_to_scripts) for name in sorted(names))


def source_stores(pipeline: Pipeline, step: Step) -> tuple[str, ...]:
    """The stores that hold source data of `step`, by name: what has to be there before the first run."""
    bound = [port.source.dataset for port in step.inputs if isinstance(port.source, DatasetSource)]
    return tuple(sorted({store for dataset in bound for store in _stores_of(pipeline, dataset)}))


def _stores_open_to_scripts(pipeline: Pipeline, step: Step) -> set[str]:
    return {store for port in step.inputs if port.writable for store in _stores_read(pipeline, port)}


def _stores_read(pipeline: Pipeline, port: Input) -> set[str]:
    source = port.source
    if isinstance(source, StepSource):
        outputs = pipeline.step(source.step).outputs
        return {output.store for output in outputs if output.name == source.port}
    return _stores_of(pipeline, source.dataset)


def _stores_of(pipeline: Pipeline, dataset_id: str) -> set[str]:
    dataset = pipeline.dataset(dataset_id)
    if not dataset.locations and dataset.name:
        return {pipeline.default_store}  # where the launcher looks for what is known by its name alone
    return {location.store for location in dataset.locations if location.store is not None}
