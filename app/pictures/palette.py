"""The colours of drawings and pages, light and dark, and the style sheets that use them."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files


def read_part(name: str) -> str:
    """The text of a file of ``templates/pages/``."""
    return (files("pipelift.templates") / "pages" / name).read_text(encoding="utf-8")


def render_variables() -> str:
    """The colours as variables of a page; its root element's ``data-theme`` chooses."""
    light, dark = (_declare_colours(_read_colours()[theme]) for theme in ("light", "dark"))
    return (
        f':root {{ color-scheme: light; {light} }}\n:root[data-theme="dark"] {{ color-scheme: dark; {dark} }}'
    )


def render_plain_style() -> str:
    """The style sheet of a drawing that stands alone: no variables, which many viewers of SVG do not know."""
    sheet = read_part("drawing.css")
    coloured = "".join(re.findall(r"^\.drawing [^\n]*var\(--[^\n]*\n", sheet, re.MULTILINE))
    return (
        f"{_fill_colours(sheet, _read_colours()['light'])}"
        f"@media (prefers-color-scheme: dark) {{\n{_fill_colours(coloured, _read_colours()['dark'])}}}\n"
    )


@cache
def _read_colours() -> dict[str, dict[str, str]]:
    colours: dict[str, dict[str, str]] = json.loads(read_part("colours.json"))
    return colours


def _declare_colours(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in colours.items())


def _fill_colours(sheet: str, colours: dict[str, str]) -> str:
    return re.sub(r"var\(--([\w-]+)\)", lambda match: colours[match[1]], sheet)
