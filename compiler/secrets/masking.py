"""Source texts without their secrets: what stands behind a diagnostic's excerpt, and whether a file holds any."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator

from pipelift.compiler.secrets.secrecy import Secrets, credentials_in, stars
from pipelift.runtime.contract.secrets import names_credential

_PIECE = 6  # a shorter piece of a secret is not told from a word
_QUOTES = "\"'"


def masked(text: str, secrets: Secrets) -> str:
    """`text` with ``*`` over each secret, of the same length, so that columns stay.

    In Python source a literal counts by its value: escapes, and the pieces of a secret that the program puts together,
    are found too; and so does what the text itself gives to the name of a credential.
    """
    secrets.update(credentials_in(text))
    shown = secrets.and_also(written_credentials(text))
    return shown.blank(_literals_masked(text, shown))


def holds_secret(text: str, secrets: Secrets) -> bool:
    """Whether a file shows a credential: one of `secrets`, one by its form, or a literal with a credential's name."""
    if credentials_in(text) or secrets.found_in(text):
        return True
    for program in _programs(text):
        if any(True for _ in written_credentials(program)) or _literals_masked(program, secrets) != program:
            return True
    return False


def spells_secret(text: str, secrets: Secrets) -> bool:
    """Whether a literal of a program is one of `secrets`, however it is written."""
    values = (node.value for node in _nodes(text) if isinstance(node, ast.Constant))
    return any(isinstance(value, str) and secrets.found_in(value) for value in values)


def _programs(text: str) -> list[str]:
    """The program in a file's text; a notebook's cells each."""
    if not text.lstrip().startswith("{"):
        return [text]
    try:
        cells = json.loads(text)["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return [text]


def written_credentials(text: str) -> Iterator[str]:
    """The texts that a program gives to names of credentials: ``password = "…"``, ``f(key="…")``, ``{"token": "…"}``.

    Names that only may be credentials are left out; so is all of a text that is no Python.
    """
    for node in _nodes(text):
        for name, value in _named(node):
            written = value.value if isinstance(value, ast.Constant) else None
            if isinstance(written, str) and written.strip() and names_credential(name):
                yield written


def _named(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield _last_name(target), node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield _last_name(node.target), node.value
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value


def _last_name(target: ast.AST) -> str:
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return getattr(target, "id", getattr(target, "attr", ""))


def _nodes(text: str) -> Iterator[ast.AST]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.walk(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return iter(())


def _literals_masked(text: str, secrets: Secrets) -> str:
    """The text with the literals starred that hold a secret, or a piece of one."""
    lines = _lines(text)
    for node in _nodes(text):
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and _tells(node, secrets):
            _star(lines, node)
    return "".join(lines)


def _lines(text: str) -> list[str]:
    """The lines as Python counts them, each with its end: a form feed or a Unicode separator ends none."""
    return [line for line in re.split(r"(?<=\n)|(?<=\r)(?!\n)", text) if line]


def _tells(node: ast.Constant | ast.JoinedStr, secrets: Secrets) -> bool:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    values = [one.value for one in parts if isinstance(one, ast.Constant)]
    texts = [one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in values]
    return any(isinstance(one, str) and _shows(one, secrets) for one in texts)


def _shows(value: str, secrets: Secrets) -> bool:
    if not value.strip():
        return False
    if secrets.is_literal(value):
        return True
    return len(value) >= _PIECE and any(value in secret for secret in secrets)


def _star(lines: list[str], node: ast.Constant | ast.JoinedStr) -> None:
    """Star the inside of a literal; columns of `ast` count bytes of UTF-8, and its lines end as Python's do."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    if last >= len(lines):
        return
    for number in range(first, last + 1):
        line = lines[number].encode("utf-8", "surrogatepass")
        start = node.col_offset if number == first else 0
        end = (node.end_col_offset or len(line)) if number == last else len(line)
        before, inside, after = (
            part.decode("utf-8", "surrogatepass") for part in (line[:start], line[start:end], line[end:])
        )
        lines[number] = before + _inside_starred(inside, number == first, number == last) + after


def _inside_starred(text: str, first: bool, last: bool) -> str:
    """A line of a literal with its quotes kept, for the reader to see what it is."""
    head = 0
    if first:
        head = min((text.find(quote) for quote in _QUOTES if quote in text), default=-1) + 1
    tail = len(text) - 1 if last and len(text) > head and text[-1:] in _QUOTES else len(text)
    return text[:head] + stars(text[head:tail]) + text[tail:]
