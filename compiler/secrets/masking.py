"""Source texts without their secrets: what stands behind a diagnostic's excerpt, and whether a file holds any."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator

from pipelift.compiler.secrets.secrecy import Secrets, find_credentials, make_stars
from pipelift.runtime.contract.secrets import names_credential

_PIECE = 6  # a shorter piece of a secret is not told from a word
_QUOTES = "\"'"


def mask_text(text: str, secrets: Secrets) -> str:
    """`text` with ``*`` over each secret, of the same length, so that columns stay.

    In Python source a literal counts by its value: escapes, and the pieces of a secret that the program puts together,
    are found too; and so does what the text itself gives to the name of a credential.
    """
    secrets.update(find_credentials(text))
    all_secrets = secrets.and_also(find_written_credentials(text))
    return all_secrets.blank(_mask_literals(text, all_secrets))


def holds_secret(text: str, secrets: Secrets) -> bool:
    """Whether a file shows a credential: one of `secrets`, one by its form, or a literal with a credential's name."""
    if find_credentials(text) or secrets.found_in(text):
        return True
    for program in _list_programs(text):
        if (
            any(True for _ in find_written_credentials(program))
            or _mask_literals(program, secrets) != program
        ):
            return True
    return False


def spells_secret(text: str, secrets: Secrets) -> bool:
    """Whether a literal of a program is one of `secrets`, however it is written."""
    values = (node.value for node in _parse_nodes(text) if isinstance(node, ast.Constant))
    return any(isinstance(value, str) and secrets.found_in(value) for value in values)


def _list_programs(text: str) -> list[str]:
    """The program in a file's text; a notebook's cells each."""
    if not text.lstrip().startswith("{"):
        return [text]
    try:
        cells = json.loads(text)["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return [text]


def find_written_credentials(text: str) -> Iterator[str]:
    """The texts that a program gives to names of credentials: ``password = "…"``, ``f(key="…")``, ``{"token": "…"}``.

    Names that only may be credentials are left out; so is all of a text that is no Python.
    """
    for node in _parse_nodes(text):
        for name, value in _list_named_values(node):
            literal = value.value if isinstance(value, ast.Constant) else None
            if isinstance(literal, str) and literal.strip() and names_credential(name):
                yield literal


def _list_named_values(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield _find_last_name(target), node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield _find_last_name(node.target), node.value
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value


def _find_last_name(target: ast.AST) -> str:
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return getattr(target, "id", getattr(target, "attr", ""))


def _parse_nodes(text: str) -> Iterator[ast.AST]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.walk(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return iter(())


def _mask_literals(text: str, secrets: Secrets) -> str:
    """The text with the literals starred that hold a secret, or a piece of one."""
    lines = _split_lines(text)
    for node in _parse_nodes(text):
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and _has_secret(node, secrets):
            _mask_node(lines, node)
    return "".join(lines)


def _split_lines(text: str) -> list[str]:
    """The lines as Python counts them, each with its end: a form feed or a Unicode separator ends none."""
    return [line for line in re.split(r"(?<=\n)|(?<=\r)(?!\n)", text) if line]


def _has_secret(node: ast.Constant | ast.JoinedStr, secrets: Secrets) -> bool:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    values = [part.value for part in parts if isinstance(part, ast.Constant)]
    texts = [item.decode("utf-8", "replace") if isinstance(item, bytes) else item for item in values]
    return any(isinstance(item, str) and _spells_secret_text(item, secrets) for item in texts)


def _spells_secret_text(value: str, secrets: Secrets) -> bool:
    if not value.strip():
        return False
    if secrets.is_literal(value):
        return True
    return len(value) >= _PIECE and any(value in secret for secret in secrets)


def _mask_node(lines: list[str], node: ast.Constant | ast.JoinedStr) -> None:
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
        lines[number] = before + _mask_inside(inside, number == first, number == last) + after


def _mask_inside(text: str, first: bool, last: bool) -> str:
    """A line of a literal with its quotes kept, for the reader to see what it is."""
    head = 0
    if first:
        head = min((text.find(quote) for quote in _QUOTES if quote in text), default=-1) + 1
    tail = len(text) - 1 if last and len(text) > head and text[-1:] in _QUOTES else len(text)
    return text[:head] + make_stars(text[head:tail]) + text[tail:]
