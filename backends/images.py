"""An IR environment as the recipe of an image: its base, what is installed on it, and what cannot be kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipelift.backends.literals import comment_text
from pipelift.backends.packages import Translation, translate
from pipelift.backends.rendering import render
from pipelift.backends.yaml import dump_yaml
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter

MICROMAMBA = "mambaorg/micromamba:2.0"
OLDEST_PYTHON = (3, 6)
DEFAULT_PYTHON = "3.10"

_REFERENCE = re.compile(r"[A-Za-z0-9][\w./-]*(?::[\w][\w.-]*)?(?:@sha256:[0-9a-f]{64})?", re.ASCII)
_FROM = re.compile(r"^[ \t]*FROM(?P<rest>[ \t]+[^\n]*)$", re.IGNORECASE | re.MULTILINE)
_STAGE = re.compile(r"[ \t]AS[ \t]+(?P<name>\S+)[ \t]*$", re.IGNORECASE)
_AZUREML = re.compile(
    r"azureml([-_][a-z0-9_-]+)?(?P<extras>\[[^\]]*\])?([\s=<>!~;,].*)?", re.IGNORECASE | re.DOTALL
)
_LOCAL = re.compile(
    r"(-e\b|--editable\b|-r\b|--requirement\b|-c\b|--constraint\b|\.{0,2}/|file:)", re.IGNORECASE
)
# Real libraries that an ``azureml-…[extra]`` brings along and that scripts use without naming them.
_BROUGHT = {"pandas": ("pandas", "pyarrow")}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the Dockerfile of one environment says.

    `first_stages` is a Dockerfile of the user's that comes first, and `base` the image or the stage to go on
    from. `requirements` go to pip, and `conda` (with `channels`) to micromamba. `notes` become comments.
    """

    environment: str
    base: str
    python: str
    requirements: tuple[str, ...] = ()
    conda: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    first_stages: str = ""
    notes: tuple[str, ...] = ()


def recipe(environment: ir.Environment, reporter: Reporter) -> Recipe:
    """Decide how `environment` is built. What cannot be kept is reported (PL401 to PL407)."""
    python = _python(environment, reporter)
    requirements = _requirements(environment, reporter)
    if environment.dockerfile is not None or environment.image is not None:
        return _on_own_image(environment, python, requirements, reporter)
    translation = translate(environment.conda)
    if translation.conda:
        return Recipe(
            environment=environment.id,
            base=MICROMAMBA,
            python=python,
            requirements=requirements,
            conda=environment.conda,
            channels=environment.channels or ("conda-forge",),
            notes=(f"conda, for what the package index lacks: {_listed(translation.conda)}",),
        )
    _note_twins(environment, translation, reporter)
    return Recipe(
        environment=environment.id,
        base=f"python:{python}-slim",
        python=python,
        requirements=_merged(translation, requirements),
    )


def files(plan: Recipe, *, entry: bool = True, clients: tuple[str, ...] = ()) -> dict[str, bytes]:
    """The files of the environment's folder, by path in the output folder; the Dockerfile is among them.

    With `entry` the launcher is the image's entry point; without it, its default command. `clients` are the
    requirements of the launcher itself: they are kept apart from the script's.
    """
    folder = f"environments/{plan.environment}"
    found: dict[str, bytes] = {}
    if plan.conda:
        dependencies: list[object] = [f"python={plan.python}", "pip", *plan.conda]
        content = {"name": "base", "channels": list(plan.channels), "dependencies": dependencies}
        found[f"{folder}/environment.yml"] = dump_yaml(content).encode()
    if plan.requirements:
        found[f"{folder}/requirements.txt"] = "".join(f"{line}\n" for line in plan.requirements).encode()
    if clients:
        found[f"{folder}/clients.txt"] = "".join(f"{line}\n" for line in clients).encode()
    found[f"{folder}/Dockerfile"] = render(
        "docker/Dockerfile.j2", plan=plan, folder=folder, entry=entry, clients=clients
    ).encode()
    return found


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


def _requirements(environment: ir.Environment, reporter: Reporter) -> tuple[str, ...]:
    """The pip requirements less the SDK's own packages, whose place the stand-in takes."""
    kept: dict[str, None] = {}
    for requirement in (comment_text(text) for text in environment.pip):
        sdk = _AZUREML.fullmatch(requirement)
        if sdk is not None:
            for extra in re.findall(r"[\w-]+", sdk["extras"] or ""):
                kept.update(dict.fromkeys(_BROUGHT.get(extra.lower(), ())))
        elif _LOCAL.match(requirement):
            reporter.report(
                "PL407",
                f"environment '{environment.name or environment.id}' installs '{requirement}', "
                "a file that the image does not have",
                environment.span,
            )
        elif requirement:
            kept[requirement] = None
    return tuple(kept)


def _on_own_image(
    environment: ir.Environment, python: str, requirements: tuple[str, ...], reporter: Reporter
) -> Recipe:
    """Pip adds the packages to the user's image, unless that is said to have them."""
    first_stages, base = _own_base(environment, python, reporter)
    own = Recipe(
        environment=environment.id,
        base=base,
        python=python,
        first_stages=first_stages,
        notes=(f"the image must hold Python 3.6 or newer as `python`; the environment asks for {python}",),
    )
    if environment.user_managed:
        return own
    translation = translate(environment.conda)
    if translation.conda:
        name, packages = environment.name or environment.id, _listed(translation.conda)
        message = f"environment '{name}' has its own image; pip cannot install {packages} on it"
        reporter.report("PL403", message, environment.span)
    _note_twins(environment, translation, reporter)
    return replace(own, requirements=_merged(translation, requirements))


def _own_base(environment: ir.Environment, python: str, reporter: Reporter) -> tuple[str, str]:
    """The stages of the user's Dockerfile, if there is one, and the base: its last stage, or the image."""
    name = environment.name or environment.id
    if environment.dockerfile is not None:
        found = _last_stage(environment.dockerfile)
        if found is not None:
            return found
        reporter.report("PL406", f"the Dockerfile of environment '{name}' has no FROM", environment.span)
    elif environment.image is not None and _REFERENCE.fullmatch(environment.image):
        return "", environment.image
    else:
        message = f"environment '{name}' names '{environment.image}', no image reference"
        reporter.report("PL406", message, environment.span)
    return "", f"python:{python}-slim"


def _last_stage(dockerfile: str) -> tuple[str, str] | None:
    """`dockerfile` with a name for its last stage, and that name; None without a FROM."""
    text = dockerfile.replace("\r\n", "\n").rstrip().rstrip("\\").rstrip()
    stages = list(_FROM.finditer(text))
    if not stages:
        return None
    last = stages[-1]
    named = _STAGE.search(last["rest"])
    if named is not None:
        return f"{text}\n", named["name"]
    return f"{text[: last.end()].rstrip()} AS environment{text[last.end() :]}\n", "environment"


def _merged(translation: Translation, requirements: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([requirement for _, requirement in translation.pip] + list(requirements)))


def _note_twins(environment: ir.Environment, translation: Translation, reporter: Reporter) -> None:
    if translation.pip:
        pairs = _listed(spec if spec == twin else f"{spec} as {twin}" for spec, twin in translation.pip)
        reporter.report(
            "PL401",
            f"conda packages of environment '{environment.name or environment.id}' come from the package "
            f"index: {pairs}",
            environment.span,
        )


def _listed(names: Iterable[str]) -> str:
    return comment_text(", ".join(names))
