"""The colours of drawings and pages, light and dark, and style sheets with them put in."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files


def part(name: str) -> str:
    """The text of a file of ``templates/pages/``."""
    return (files("pipelift.templates") / "pages" / name).read_text(encoding="utf-8")


def variables() -> str:
    """The colours as variables of a page; its root element's ``data-theme`` chooses."""
    light, dark = (_declared(_colours()[theme]) for theme in ("light", "dark"))
    return (
        f':root {{ color-scheme: light; {light} }}\n:root[data-theme="dark"] {{ color-scheme: dark; {dark} }}'
    )


def plain_style() -> str:
    """The style sheet of a drawing that stands alone: no variables, which many viewers of SVG do not know."""
    sheet = part("drawing.css")
    coloured = "".join(re.findall(r"^\.drawing [^\n]*var\(--[^\n]*\n", sheet, re.MULTILINE))
    return (
        f"{_filled(sheet, _colours()['light'])}"
        f"@media (prefers-color-scheme: dark) {{\n{_filled(coloured, _colours()['dark'])}}}\n"
    )


@cache
def _colours() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(part("colours.json"))
    return found


def _declared(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in colours.items())


def _filled(sheet: str, colours: dict[str, str]) -> str:
    return re.sub(r"var\(--([\w-]+)\)", lambda match: colours[match[1]], sheet)
