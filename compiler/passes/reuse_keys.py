"""The half of each step's reuse key that is known at compile time, with the parts that `explain` compares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir import Environment, KeyPart, Pipeline, Reuse, Step
from pipelift.compiler.ir.walk import plain
from pipelift.runtime.contract.digests import digest

_encode = json.JSONEncoder(sort_keys=True).encode  # `json.dumps` makes an encoder for each call


def add_reuse_keys(pipeline: Pipeline, reporter: Reporter) -> Pipeline:
    """Give each step its key: name, command, snapshot, argument template, ports and environment.

    No image name (it depends on the registry), no file times, no compute target, as in the SDK.
    """
    snapshots = {snapshot.id: snapshot.digest for snapshot in pipeline.snapshots}
    environments = {one.id: _of_environment(one, snapshots) for one in pipeline.environments}
    steps = tuple(
        replace(step, reuse=_keyed(step, snapshots[step.snapshot], environments[step.environment]))
        for step in pipeline.steps
    )
    return replace(pipeline, steps=steps)


def _of_environment(environment: Environment, snapshots: Mapping[str, str]) -> str:
    """The environment's digest, with that of the files that its Dockerfile copies from."""
    if environment.context is None:
        return environment.digest
    return _digest([environment.digest, snapshots[environment.context]])


def _keyed(step: Step, snapshot: str, environment: str) -> Reuse:
    inputs = [
        (port.name, port.mode, port.path_on_compute, *_if_given(port.table and plain(port.table)))
        for port in step.inputs
    ]
    outputs = [
        (
            port.name,
            port.mode,
            port.store,
            plain(port.pieces) or port.path,
            port.overwrite,
            port.globs,
            *_if_given(port.path_on_compute),
        )
        for port in step.outputs
    ]
    variables = [(one.name, one.value) for one in step.variables]
    ingredients: dict[str, object] = {
        "name": step.label,
        "command": plain(step.run),
        "arguments": plain(step.arguments),
        "inputs": inputs,
        "outputs": outputs,
        "variables": variables,
        "snapshot": snapshot,
        "environment": environment,
    }
    parts = tuple(KeyPart(name=name, digest=_digest(value)) for name, value in ingredients.items())
    key = _digest([(part.name, part.digest) for part in parts])
    return Reuse(allowed=step.reuse.allowed, key=key, parts=parts)


def _if_given(value: object) -> tuple[object, ...]:
    """What most ports have not leaves the keys of those as they are."""
    return () if value is None else (value,)


def _digest(value: object) -> str:
    return _digest_text(_encode(value))


@lru_cache(maxsize=256)
def _digest_text(text: str) -> str:
    """Steps of one pipeline have most ingredients alike: environments, snapshots, lists without entries."""
    return digest(text)
