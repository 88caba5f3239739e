"""An HTML page as tests look at it: its elements, scripts and data."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

_VOID = {"meta", "link", "br", "img", "input"}


class Page(HTMLParser):
    """Parsed: `scripts` are the types of the script elements, `events` the handlers in attributes.

    `open` are elements that are not closed, `text` is all that is outside elements' tags, `data` the JSON.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[tuple[str, ...]] = []
        self.events: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.data = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.events += [name for name, _ in attrs if name.startswith("on")]
        if tag == "script":
            self.scripts.append(tuple(value or "" for name, value in attrs if name == "type"))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] == "script" and len(self.scripts) == 1:
            self.data += data


def data_of(page: Page) -> Any:
    """The data that the page's script reads."""
    return json.loads(page.data)
