"""What a plan shows beside the steps: what a run still needs, and the sizes of the artifacts for a target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelift.app.running import LOCAL, LocalRun
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.output.needs import SecretNeed, needs
from pipelift.compiler.target import Compilation, compile_pipeline, load_compiler, load_target
from pipelift.runtime.contract.paths import SECRETS, STATE
from pipelift.runtime.contract.secrets import variable


@dataclass(frozen=True, slots=True)
class OpenNeeds:
    """What a run on `target` still needs.

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


def find_open_needs(run: LocalRun, target: str, reporter: Reporter) -> OpenNeeds:
    """Find what the run still needs on `target`; losses go to `reporter`.

    It writes nothing, and asks no engine and no network. Raises `Refused`: PL505, PL506.
    """
    if target != LOCAL:
        load_compiler(target)
    here = load_target(target).reads_secrets
    output = run.base / "build" / target
    needed = needs(run.pipeline, run.config, target, output, run.base)
    parameters = {name for name, value in run.request.parameters.items() if value is not None}
    secrets = tuple(entry.name for entry in needed.secrets if not _is_given(entry, parameters))
    missing = (name for name in secrets if here and not _is_here(run, name))
    return OpenNeeds(
        target=target,
        parameters=tuple(name for name in needed.parameters if run.request.parameters.get(name) is None),
        secrets=secrets,
        missing_secrets=tuple(missing),
        secrets_here=here,
        files={} if target == LOCAL else _measure_files(run, output, target, reporter),
    )


def render_open_needs(open_needs: OpenNeeds) -> Iterator[str]:
    """Render the open needs for people, then the sizes."""
    for name in open_needs.parameters:
        yield f"parameter {name} has no value: give it with -p {name}=VALUE"
    for name in open_needs.secrets:
        state = "is missing here" if name in open_needs.missing_secrets else "is needed"
        yield (
            f"secret {name} {state}: {_describe_places(name)}"
            if open_needs.secrets_here
            else f"secret {name} {state}"
        )
    if open_needs.files:
        total = sum(open_needs.files.values())
        yield f"{open_needs.target}: {len(open_needs.files)} files, {_format_size(total)}"
        for path, size in open_needs.files.items():
            if "/" not in path and not path.startswith("."):
                yield f"  {path} {_format_size(size)}"


def _measure_files(run: LocalRun, output: Path, target: str, reporter: Reporter) -> dict[str, int]:
    compilation = Compilation(run.config, reporter, output.absolute(), run.base, run.contents)
    artifacts = compile_pipeline(target, run.pipeline, compilation)
    return {path: len(data) for path, data in sorted(artifacts.files.items())}


def _is_given(need: SecretNeed, parameters: set[str]) -> bool:
    """Whether a secret is only the value of parameters that the run is given."""
    others = (*need.stores, *need.variables, *need.arguments)
    return not others and set(need.parameters) <= parameters


def _is_here(run: LocalRun, secret: str) -> bool:
    return variable(secret) in run.request.environ or (run.base / STATE / SECRETS / secret).exists()


def _describe_places(secret: str) -> str:
    return f"variable {variable(secret)}, or file {STATE}/{SECRETS}/{secret}"


def _format_size(size: int) -> str:
    return f"{size / 1024:.1f} KiB" if size < 2**20 else f"{size / 2**20:.1f} MiB"
