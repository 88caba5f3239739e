"""An IR environment as the recipe of an image: its base, what is installed on it, and what cannot be kept."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipelift.backends.containers.dockerfile_syntax import DockerfileError
from pipelift.backends.containers.dockerfiles import as_first_stages
from pipelift.backends.containers.packages import Translation, translate
from pipelift.backends.containers.requirement_lines import names_an_index, requirement_lines
from pipelift.backends.printing.literals import comment_text
from pipelift.backends.printing.rendering import render
from pipelift.backends.printing.yaml import dump_yaml
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter

MICROMAMBA = "mambaorg/micromamba:2.0"
OLDEST_PYTHON = (3, 6)
DEFAULT_PYTHON = "3.10"

_REFERENCE = re.compile(r"[A-Za-z0-9][\w.:/-]*?(?::[\w][\w.-]*)?(?:@sha256:[0-9a-f]{64})?", re.ASCII)
_PATH = re.compile(r"/?[\w./-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the Dockerfile of one environment says.

    `first_stages` is a Dockerfile of the user's that comes first, and `base` the image or the stage to go on
    from. `requirements` go to pip, and `conda` (with `channels`) to micromamba; `isolated` puts both beside what the
    base has. `own`: the base is the user's, and brings its Python, at `interpreter` if that is said. `notes` become
    comments.
    """

    environment: str
    base: str
    python: str
    requirements: tuple[str, ...] = ()
    conda: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    first_stages: str = ""
    notes: tuple[str, ...] = ()
    isolated: bool = False
    own: bool = False
    interpreter: str | None = None

    @property
    def tools(self) -> tuple[str, ...]:
        """The Debian packages that installing needs, on a base of ours."""
        return ("git",) if not self.own and any("git+" in line for line in self.requirements) else ()

    @property
    def asks_an_index(self) -> bool:
        """Whether packages come from an index that may want a login."""
        return names_an_index(self.requirements)

    @property
    def python_folder(self) -> str | None:
        """The folder of the interpreter that is named by its path."""
        return posixpath.dirname(self.interpreter or "") or None

    @property
    def python_name(self) -> str:
        """The interpreter's file."""
        return posixpath.basename(self.interpreter or "") or "python3"


def recipe(environment: ir.Environment, reporter: Reporter) -> Recipe:
    """Decide how `environment` is built. What cannot be kept is reported (PL401 to PL409)."""
    python = _python(environment, reporter)
    requirements = requirement_lines(environment, reporter)
    if environment.dockerfile is not None or environment.image is not None:
        return _extend_own_image(environment, python, requirements, reporter)
    translation = translate(environment.conda)
    if translation.conda:
        return Recipe(
            environment=environment.id,
            base=MICROMAMBA,
            python=python,
            requirements=requirements,
            conda=environment.conda,
            channels=environment.channels or ("conda-forge",),
            notes=(f"conda, for what the package index lacks: {_join_names(translation.conda)}",),
        )
    _note_twins(environment, translation, reporter)
    return Recipe(
        environment=environment.id,
        base=f"python:{python}-slim",
        python=python,
        requirements=_merge_requirements(translation, requirements),
    )


def files(
    plan: Recipe,
    *,
    entry: bool = True,
    clients: tuple[str, ...] = (),
) -> dict[str, bytes]:
    """The files of the environment's folder, by path in the output folder; the Dockerfile is among them.

    With `entry` the launcher is the image's entry point; without it, its default command. `clients` are the
    requirements of the launcher itself: they are kept apart from the script's.
    """
    folder = f"environments/{plan.environment}"
    contents: dict[str, bytes] = {}
    if plan.conda or plan.isolated:
        dependencies: list[object] = [f"python={plan.python}", "pip", *plan.conda]
        name = {} if plan.isolated else {"name": "base"}
        content = {**name, "channels": list(plan.channels), "dependencies": dependencies}
        contents[f"{folder}/environment.yml"] = dump_yaml(content).encode()
    if plan.requirements:
        contents[f"{folder}/requirements.txt"] = "".join(f"{line}\n" for line in plan.requirements).encode()
    if clients:
        contents[f"{folder}/clients.txt"] = "".join(f"{line}\n" for line in clients).encode()
    contents[f"{folder}/Dockerfile"] = render(
        "docker/Dockerfile.j2", plan=plan, folder=folder, entry=entry, clients=clients, micromamba=MICROMAMBA
    ).encode()
    return contents


def context_folder(environment: str) -> str:
    """Where the files of an environment's own build context lie in the output folder."""
    return f"environments/{environment}/context"


def _python(environment: ir.Environment, reporter: Reporter) -> str:
    """``3.8.13`` as ``3.8``: images are tagged by the minor version, and patches keep behaviour."""
    name = environment.name or environment.id
    match = re.match(r"\s*[=~<>]*\s*(\d+)\.(\d+)", environment.python)
    if match is None:
        reporter.report(
            "PL404",
            f"environment '{name}' asks for Python '{environment.python}'; its image has {DEFAULT_PYTHON}",
            environment.span,
        )
        return DEFAULT_PYTHON
    version = int(match[1]), int(match[2])
    if version >= OLDEST_PYTHON:
        return f"{version[0]}.{version[1]}"
    oldest = ".".join(map(str, OLDEST_PYTHON))
    reporter.report(
        "PL405",
        f"environment '{name}' asks for Python {environment.python}; steps start with {oldest} or newer",
        environment.span,
    )
    return oldest


def _extend_own_image(
    environment: ir.Environment, python: str, requirements: tuple[str, ...], reporter: Reporter
) -> Recipe:
    """Pip adds the packages to the user's image, unless that is said to have them; micromamba where pip cannot."""
    first_stages, base = _find_own_base(environment, python, reporter)
    recipe = Recipe(
        environment=environment.id,
        base=base,
        python=python,
        first_stages=first_stages,
        own=True,
        interpreter=_interpreter(environment, reporter),
    )
    if environment.user_managed:
        return recipe
    translation = translate(environment.conda)
    _note_twins(environment, translation, reporter)
    merged = _merge_requirements(translation, requirements)
    if environment.isolated or translation.conda:
        reason = (
            _join_names(translation.conda)
            or f"the image is only the base of an environment with Python {python}"
        )
        return replace(
            recipe,
            requirements=merged,
            conda=translation.conda,
            channels=environment.channels or ("conda-forge",),
            isolated=True,
            notes=(f"conda beside the image's own Python: {reason}",),
        )
    note = f"the packages go to the image's own Python; the environment asks for {python}"
    return replace(recipe, requirements=merged, notes=(note,) if merged else ())


def _interpreter(environment: ir.Environment, reporter: Reporter) -> str | None:
    if environment.interpreter is None or _PATH.fullmatch(environment.interpreter):
        return environment.interpreter
    name = environment.name or environment.id
    message = f"environment '{name}' names '{environment.interpreter}' as its Python, which is no path"
    reporter.report("PL409", message, environment.span)
    return None


def _find_own_base(environment: ir.Environment, python: str, reporter: Reporter) -> tuple[str, str]:
    """The stages of the user's Dockerfile, if there is one, and the base: its last stage, or the image."""
    name = environment.name or environment.id
    if environment.dockerfile is not None:
        try:
            return as_first_stages(environment.dockerfile, context_folder(environment.id))
        except DockerfileError as problem:
            message = f"the Dockerfile of environment '{name}' {problem}"
            reporter.report("PL406", message, environment.span)
    elif environment.image is not None and _REFERENCE.fullmatch(environment.image):
        return "", environment.image
    else:
        message = f"environment '{name}' names '{environment.image}', no image reference"
        reporter.report("PL406", message, environment.span)
    return "", f"python:{python}-slim"


def _merge_requirements(translation: Translation, requirements: tuple[str, ...]) -> tuple[str, ...]:
    twins = [requirement for _, requirement in translation.pip]
    options = [line for line in requirements if line.startswith("-")]
    return tuple(dict.fromkeys([*options, *twins, *requirements]))


def _note_twins(environment: ir.Environment, translation: Translation, reporter: Reporter) -> None:
    if translation.pip:
        pairs = _join_names(spec if spec == twin else f"{spec} as {twin}" for spec, twin in translation.pip)
        reporter.report(
            "PL401",
            f"conda packages of environment '{environment.name or environment.id}' come from the package "
            f"index: {pairs}",
            environment.span,
        )


def _join_names(names: Iterable[str]) -> str:
    return comment_text(", ".join(names))
