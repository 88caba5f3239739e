"""The door to the targets: what a target is and can do, and how it is found (entry point group `pipelift.targets`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from pipelift.compiler import plugins
from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.diagnostics.codes import Code
from pipelift.compiler.diagnostics.suggestion import find_similar
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.keeps import Keeps
from pipelift.compiler.passes.losses import report_losses
from pipelift.compiler.reading.contents import Content

if TYPE_CHECKING:
    from pipelift.compiler.config import Section

IR = "ir"
"""What `pipelift compile` writes without any target: the intermediate representation."""


class Target:
    """One target: what everybody may know of it. What it can do is a matter of the protocols that it meets.

    A third party derives from this class and names an instance in the entry point group `pipelift.targets`, under the
    same `name`. The module is imported to list the targets, so it imports engines and clients in its methods only.

    `name` is the word after ``--target``, `summary` one line for `pipelift targets`, and `requires` are the modules
    that compiling imports (an extra of its distribution installs them, and has the target's name). `settings` is the
    model of what a user may say of it: ``[NAME]`` in `pipelift.toml` and ``--set`` (see `config.Option`).
    `codes` are the diagnostics that only this target reports, each called as `code_prefix` says, and two digits.
    `keeps` says what of a pipeline it keeps: what it does not name there is reported as lost. With
    `shares_state` its runs keep their results in the ``.pipelift/`` beside the pipeline, where other targets' runs
    find them; with `reads_secrets` it takes secrets from the variables and files of this machine.
    """

    name: str = ""
    summary: str = ""
    requires: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()
    keeps: Keeps = Keeps()
    shares_state: bool = False
    reads_secrets: bool = False

    @property
    def settings(self) -> type[Section]:
        """No settings; a target that has some says ``settings = ItsSettings``, or loads them here when asked."""
        from pipelift.compiler.config import Section  # pydantic, which compiling to a target need not load

        return Section


@dataclass(frozen=True, slots=True)
class Compilation:
    """What a target gets beside the pipeline.

    `contents` holds, for each snapshot's id, what its files hold, by path: bytes, or a file on the disk, which a target
    passes on as it is (`read_whole` has the bytes of both). `output` is the folder that the
    artifacts will lie in and `base` the folder of the pipeline file: only the way from one to the other may
    reach an artifact. `config` is the user's `pipelift.toml`.
    """

    config: Config
    reporter: Reporter
    output: Path
    base: Path
    contents: Mapping[str, Mapping[str, Content]]


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The files of one output folder, by relative path with ``/``; `executable` names those with that bit."""

    files: Mapping[str, Content]
    executable: frozenset[str] = field(default_factory=frozenset)


@runtime_checkable
class Compiles(Protocol):
    """A target that `pipelift compile` writes files for."""

    def compile(self, pipeline: Pipeline, compilation: Compilation) -> Artifacts:
        """Turn `pipeline` into files. What `keeps` does not tell goes to `compilation.reporter`.

        Raises `Refused`: PL506 without its library, whose message has the ``pip install`` line.
        """

    def verify(self, directory: Path, reporter: Reporter) -> None:
        """Load the artifacts in `directory` with the target's own loader and report what it refuses."""


@runtime_checkable
class Builds(Protocol):
    """A target whose output folders have images that `pipelift build` builds."""

    def build(
        self,
        directory: Path,
        tell: Callable[[str], None],
        *,
        push: str | None = None,
        pip_config: Path | None = None,
        verbose: bool = False,
    ) -> None:
        """Build what is missing, telling the progress line by line. Raises `Refused` (PL553).

        `push` names a registry, or is empty for the images' own; `pip_config` is a pip.conf for the build.
        """


def announced(target: Target) -> AbstractContextManager[None]:
    """While this lasts `target` counts as installed, though it has no entry point: for tests of targets."""
    return plugins.announce(target.name, target)


def target_names() -> tuple[str, ...]:
    """The names of all installed targets, sorted; none is imported."""
    return plugins.plugin_names()


def code_prefix(name: str) -> str:
    """What the codes of the target `name` begin with: its letters and digits as capitals (``MY01`` of ``my``)."""
    return re.sub("[^A-Z0-9]", "", name.upper())


def _is_own(code: str, name: str) -> bool:
    return re.fullmatch(rf"{code_prefix(name)}\d\d", code) is not None


def load_target(name: str) -> Target:
    """Import and return the target `name`. Raises `Refused` (PL505)."""
    if name not in target_names():
        close = find_similar(name, [*target_names(), IR])
        hint = f"do you mean '{close}'? There" if close else "there"
        raise Refused("PL505", f"there is no target '{name}'; {hint} are: {', '.join([*target_names(), IR])}")
    address = plugins.address_of(name)
    try:
        target = plugins.load_plugin(name)
    except Exception as error:  # whatever importing a stranger's module raises
        why = f"{type(error).__name__}: {error}"
        raise Refused("PL505", f"the target '{name}' cannot be loaded from {address}: {why}") from error
    if not isinstance(target, Target) or target.name != name:
        raise Refused("PL505", f"the entry point '{name}' ({address}) names no target of that name")
    foreign = [row.code for row in target.codes if not _is_own(row.code, name)]
    if foreign and address and not plugins.is_ours(name):
        own = f"{code_prefix(name)}01 to 99"
        raise Refused("PL505", f"the target '{name}' brings the code {foreign[0]}; its own are {own}")
    return target


def load_targets() -> tuple[Target, ...]:
    """All installed targets, sorted by name; one that cannot be loaded is left out."""
    found = []
    for name in target_names():
        try:
            found.append(load_target(name))
        except Refused:
            continue
    return tuple(found)


A = TypeVar("A")


def load_able(name: str, work: str, able: Callable[[Target], A | None]) -> A:
    """The target `name` as what `able` makes of it: an ability, or None where it has none.

    `work` completes "the target … has nothing to …". Raises `Refused`.
    """
    found = None if name == IR else able(load_target(name))
    if found is None:
        others = [target.name for target in load_targets() if able(target) is not None]
        raise Refused(
            "PL505", f"the target '{name}' has nothing to {work}; these have: {', '.join(others) or 'none'}"
        )
    return found


def load_compiler(name: str) -> Compiles:
    """The target `name`, for `pipelift compile`. Raises `Refused`."""
    return load_able(name, "compile", lambda target: target if isinstance(target, Compiles) else None)


def compile_pipeline(name: str, pipeline: Pipeline, compilation: Compilation) -> Artifacts:
    """The files of `pipeline` for the target `name`; what it cannot keep goes to the compilation's reporter.

    Raises `Refused`.
    """
    compiler = load_compiler(name)
    report_losses(pipeline, name, load_target(name).keeps, compilation.reporter)
    return compiler.compile(pipeline, compilation)


def load_builder(name: str) -> Builds:
    """The target `name`, for `pipelift build`. Raises `Refused`."""
    return load_able(name, "build", lambda target: target if isinstance(target, Builds) else None)
