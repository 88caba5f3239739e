"""Plain data as YAML text that every reader understands alike, whether it speaks YAML 1.1 or 1.2."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeGuard

# PyYAML writes ``1e3`` and ``0o17`` bare; a YAML 1.2 reader (Go: Compose, kfp, Argo) loads them as numbers.
# So a string stays bare only where no version of YAML can take it for anything else.
_PLAIN = re.compile(r"(?:--)?[A-Za-z_/][\w./@-]*", re.ASCII)
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_LONGEST_KEY = 1000  # YAML lets a key without a "?" have 1,024 characters on its line


def dump_yaml(data: object) -> str:
    """`data` (None, bool, int, float, str, sequences, mappings) as YAML in block style, keys in their order.

    Every string that is not plainly safe is quoted; text of several lines becomes a literal block where that
    can hold it. Raises `TypeError` for anything else, and `ValueError` for a key of over 1,000 characters.
    """
    return "".join(f"{line}\n" for line in _node(data, 0))


def yaml_scalar(value: object) -> str:
    """A scalar as it may stand after ``key: `` on one line. Raises `TypeError` for what is no scalar."""
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _real(value)
    raise TypeError(f"{type(value).__name__} is no YAML scalar")


@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    """Kept, since a file says the same keys and values over and over."""
    return value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS else _quoted(value)


def _node(data: object, depth: int) -> Iterator[str]:
    """The lines of `data`, which stands on lines of its own, indented by `depth`."""
    space = " " * depth
    if isinstance(data, (dict, Mapping)) and data:
        for key, value in data.items():
            yield from _entry(f"{space}{_key(key)}:", value, depth)
    elif _is_list(data) and data:
        for item in data:
            yield from _item(item, depth)
    else:
        yield space + _leaf(data)


def _entry(start: str, value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str) and _fits_block(value):
        yield from _block(start, value, depth + 2)
    elif (isinstance(value, (dict, Mapping)) or _is_list(value)) and value:
        yield start
        yield from _node(value, depth + 2)
    else:
        yield f"{start} {_leaf(value)}"


def _item(item: object, depth: int) -> Iterator[str]:
    """A list's entry: a collection begins on the line of its dash."""
    space = " " * depth
    if isinstance(item, str) and _fits_block(item):
        yield from _block(f"{space}-", item, depth + 2)
        return
    lines = _node(item, depth + 2)
    yield f"{space}- {next(lines)[depth + 2 :]}"
    yield from lines


def _block(start: str, text: str, depth: int) -> Iterator[str]:
    """``|`` keeps the last line end, ``|-`` says that there is none."""
    yield f"{start} {'|' if text.endswith(chr(10)) else '|-'}"
    for line in text.removesuffix("\n").split("\n"):
        yield " " * depth + line if line else ""


def _fits_block(text: str) -> bool:
    """Whether a literal block reads back as `text`: its first line sets the indentation, all is printable."""
    if "\n" not in text:
        return False
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 2 or not lines[-1] or not lines[0] or lines[0].startswith(" "):
        return False
    return all(line.isprintable() and (not line or not line.isspace()) for line in lines)


def _is_list(data: object) -> TypeGuard[Sequence[object]]:
    return isinstance(data, (list, tuple)) or (
        isinstance(data, Sequence) and not isinstance(data, (str, bytes))
    )


def _leaf(value: object) -> str:
    if isinstance(value, (dict, Mapping)):
        return "{}"
    return "[]" if _is_list(value) else yaml_scalar(value)


def _key(key: object) -> str:
    text = yaml_scalar(key)
    if len(text) > _LONGEST_KEY:
        raise ValueError(f"a YAML key of {len(text)} characters")
    return text


def _real(value: float) -> str:
    """YAML 1.1 wants a point in every real number, and has names of its own for what is no number."""
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    text = repr(value)
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def _quoted(text: str) -> str:
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
