"""A Compose project as the text of its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipelift.backends.compose.variables import dotenv_value
from pipelift.backends.printing.rendering import render
from pipelift.backends.printing.yaml import dump_yaml

if TYPE_CHECKING:
    from pipelift.backends.compose.model import Project


def print_project(project: Project) -> dict[str, bytes]:
    """``compose.yaml``, ``compose.gpu.yaml`` and ``.env``.

    That they read back as planned is held by property tests: parsing both takes longer than printing them.
    """
    blocks = [(service.comment, _inner({service.name: service.data()})) for service in project.services]
    resources = _text(project.resources())
    main = render("compose/compose.yaml.j2", project=project, blocks=blocks, resources=resources)
    hardware = render("compose/compose.gpu.yaml.j2", body=_text(project.hardware_data()))
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
