"""A Compose project as the text of its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipelift.backends.compose.variables import dotenv_value
from pipelift.backends.rendering import render
from pipelift.backends.yaml import dump_yaml

if TYPE_CHECKING:
    from pipelift.backends.compose.model import Project


def print_project(project: Project) -> dict[str, bytes]:
    """``compose.yaml``, ``compose.gpu.yaml`` and ``.env``.

    Raises `AssertionError` where a printed file does not read back as planned: a fault of ours.
    """
    blocks = [(service.comment, _inner({service.name: service.data()})) for service in project.services]
    volumes = {"volumes": project.volumes_data()} if project.volumes else {}
    main = render("compose/compose.yaml.j2", project=project, blocks=blocks, volumes=_text(volumes))
    hardware = render("compose/compose.gpu.yaml.j2", body=_text(project.hardware_data()))
    _check(main, project.data())
    _check(hardware, project.hardware_data())
    values = {variable.name: dotenv_value(variable.default or "") for variable in project.variables}
    dotenv = render("compose/env.j2", variables=project.variables, values=values)
    return {
        "compose.yaml": main.encode(),
        "compose.gpu.yaml": hardware.encode(),
        ".env": dotenv.encode(),
    }


def _text(data: Mapping[str, object]) -> str:
    return dump_yaml(data).removesuffix("\n") if data else ""


def _inner(data: Mapping[str, object]) -> str:
    """`data` one level down: blocks of text would not survive `textwrap.indent`."""
    lines = dump_yaml({"services": data}).split("\n")
    return "\n".join(lines[1:-1])


def _check(text: str, planned: object) -> None:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = yaml.load(text, Loader=loader)
    if found != planned:
        raise AssertionError(f"the Compose file reads back as {found!r}, planned was {planned!r}")
