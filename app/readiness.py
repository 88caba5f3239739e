"""What a plan says beside the steps: what a run still needs, and how large what is compiled for a target would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipelift.app.running import LOCAL
from pipelift.compiler import ir
from pipelift.compiler.driver import Analysis
from pipelift.compiler.output.needs import needs
from pipelift.compiler.target import Compilation, load_compiler, load_target
from pipelift.runtime.contract.paths import SECRETS, STATE
from pipelift.runtime.contract.secrets import variable


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is open before a run on `target`.

    `parameters` have no value; `secrets` are needed, and of those in `missing_secrets` this machine has neither
    variable nor file; `secrets_here` is False where secrets lie elsewhere. `files` are the sizes in bytes of what
    would be written, by path; none for a local run.
    """

    target: str
    parameters: tuple[str, ...]
    secrets: tuple[str, ...]
    missing_secrets: tuple[str, ...]
    secrets_here: bool
    files: Mapping[str, int]


def readiness(
    analysis: Analysis, pipeline: ir.Pipeline, target: str, environ: Mapping[str, str]
) -> Readiness:
    """Look at `pipeline` for the target of that name; its losses go to the analysis's reporter.

    Writes nothing, asks no engine and no network. Raises `Refused`: PL505, PL506.
    """
    here = load_target(target).reads_secrets
    output = analysis.folder / "build" / target
    found = needs(pipeline, analysis.config, target, output, analysis.folder)
    secrets = tuple(entry.name for entry in found.secrets)
    missing = (name for name in secrets if here and not _is_here(analysis, name, environ))
    return Readiness(
        target=target,
        parameters=tuple(name for name in found.parameters if name not in analysis.withheld),
        secrets=secrets,
        missing_secrets=tuple(missing),
        secrets_here=here,
        files={} if target == LOCAL else _sizes(analysis, pipeline, target),
    )


def readiness_lines(ready: Readiness) -> Iterator[str]:
    """For people: what is open, then the sizes."""
    for name in ready.parameters:
        yield f"parameter {name} has no value: give it with -p {name}=VALUE"
    for name in ready.secrets:
        state = "is missing here" if name in ready.missing_secrets else "is needed"
        yield f"secret {name} {state}: {_places(name)}" if ready.secrets_here else f"secret {name} {state}"
    if ready.files:
        total = sum(ready.files.values())
        yield f"{ready.target}: {len(ready.files)} files, {_size(total)}"
        for path, size in ready.files.items():
            if "/" not in path and not path.startswith("."):
                yield f"  {path} {_size(size)}"


def _sizes(analysis: Analysis, pipeline: ir.Pipeline, target: str) -> dict[str, int]:
    output = analysis.folder / "build" / target
    contents = analysis.contents[pipeline.id]
    compilation = Compilation(
        analysis.config, analysis.reporter, output.absolute(), analysis.folder, contents
    )
    artifacts = load_compiler(target).compile(pipeline, compilation)
    return {path: len(data) for path, data in sorted(artifacts.files.items())}


def _is_here(analysis: Analysis, secret: str, environ: Mapping[str, str]) -> bool:
    return variable(secret) in environ or (analysis.folder / STATE / SECRETS / secret).exists()


def _places(secret: str) -> str:
    return f"variable {variable(secret)}, or file {STATE}/{SECRETS}/{secret}"


def _size(size: int) -> str:
    return f"{size / 1024:.1f} KiB" if size < 2**20 else f"{size / 2**20:.1f} MiB"
