"""How much a method of Python's own values makes, and how long it takes: told before it is called."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import ItemsView, Iterable, KeysView, Mapping, Sequence, ValuesView
from pathlib import PurePosixPath

from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.values import Value

GIVING = frozenset({"get", "pop", "popitem", "popleft", "setdefault", "keys", "values", "items", "group"})
"""Methods that give what is there already."""

_CHEAP = (
    frozenset({"append", "appendleft", "add", "popleft", "startswith", "endswith", "get", "setdefault"})
    | GIVING
)
"""Methods that take no longer for a longer value."""

_BACKWARDS = frozenset({"rfind", "rindex", "rsplit", "rpartition"})
"""Methods that search from the end: Python compares the part that is looked for at each place."""

MAX_PATH = 4_096
"""The longest path, in letters: no system opens a longer one."""

MAX_COMPARISONS = 20_000_000
"""How many letters one search may compare."""

MAX_ENCODED = 2_000
"""The longest text for an encoding that takes quadratic time."""

_QUADRATIC = frozenset({"punycode", "idna"})

_Text = (str, bytes, bytearray)


def check_method(owner: Value, name: str, args: Sequence[Value]) -> None:
    """Charge for ``owner.name(*args)``. Raises `TooLarge` for a result beyond the limits."""
    if isinstance(owner, _Text):
        _check_text(owner, name, args)
    elif isinstance(owner, PurePosixPath):
        check_path(owner, *args)
    elif isinstance(owner, int) and name in ("to_bytes", "from_bytes"):
        check_number(args)
    elif isinstance(owner, re.Match) and name == "expand" and args:
        meter.limit(len(str(args[0])) * (len(owner.string) + 1))
    elif isinstance(owner, (range, ValuesView, ItemsView, KeysView)):
        meter.walk(len(owner))
    elif isinstance(owner, (list, tuple, dict, set, frozenset, deque)):
        _check_container(owner, name, args)


def check_unbound(native: type, name: str, args: Sequence[Value]) -> None:
    """Charge for a method that is called on its class. Raises `TooLarge`."""
    if native is int:
        check_number(args)
    elif name == "fromkeys":
        weigh_keys({}, name, args)


def check_number(args: Sequence[Value]) -> None:
    """Refuse bytes that make too wide a number, and numbers that make too many bytes. Raises `TooLarge`."""
    for arg in args:
        meter.limit(len(arg) * 8 if isinstance(arg, (bytes, bytearray, list)) else 0, meter.MAX_BITS)
        meter.limit(arg if isinstance(arg, int) else 0)


def weigh_keys(owner: Value, name: str, args: Sequence[Value]) -> None:
    """Charge for what is hashed or compared."""
    if isinstance(owner, (set, frozenset)) or name in ("index", "count", "remove"):
        for arg in args:
            meter.weigh(arg)
    elif isinstance(owner, dict) and args:
        key = args[0]
        if name in ("update", "fromkeys"):
            for entry in key if isinstance(key, (list, tuple)) else ():
                meter.weigh(
                    entry[0] if name == "update" and isinstance(entry, (list, tuple)) and entry else entry
                )
        else:
            meter.weigh(key)


def _check_container(owner: Sequence[Value] | Iterable[Value], name: str, args: Sequence[Value]) -> None:
    added = sum(
        len(arg) for arg in args if isinstance(arg, (list, tuple, dict, set, frozenset, deque, range, *_Text))
    )
    own = len(owner) if isinstance(owner, (list, tuple, dict, set, frozenset, deque)) else 0
    grows = name in ("extend", "extendleft", "update", "append", "appendleft", "insert", "union")
    if name in ("append", "appendleft", "insert", "add", "setdefault"):
        added = 1
    if grows:
        meter.limit(own + added)
        meter.build(8 * added if added > meter.SMALL else 0)
    if name not in _CHEAP and not (name == "pop" and isinstance(owner, (list, deque)) and not args):
        ends = name in ("extend", "extendleft") or (name == "update" and isinstance(owner, dict))
        meter.index(added)
        meter.walk(0 if ends else own)


def _check_text(owner: str | bytes | bytearray, name: str, args: Sequence[Value]) -> None:
    own = len(owner)
    if name in _BACKWARDS and args and isinstance(args[0], _Text):
        comparisons = own * len(args[0])
        meter.limit(comparisons, MAX_COMPARISONS)
        meter.read(comparisons // 10)
    if name in ("encode", "decode") and own > MAX_ENCODED:
        _check_encoding(args[0] if args else "utf-8")
    if name not in _CHEAP:
        meter.read(own)
    meter.limit(_estimate_text(owner, name, args))


def _check_encoding(encoding: Value) -> None:
    try:
        name = codecs.lookup(str(encoding)).name
    except LookupError:
        return
    if name in _QUADRATIC:
        raise meter.TooLarge


def _estimate_text(owner: str | bytes | bytearray, name: str, args: Sequence[Value]) -> int:
    """How many letters the result has at most; nothing for methods whose results are no longer than the text."""
    numbers = [arg for arg in args if isinstance(arg, int)]
    if name in ("ljust", "rjust", "center", "zfill"):
        return max([*numbers, 0])
    if name == "expandtabs":
        tabs = owner.count("\t") if isinstance(owner, str) else owner.count(b"\t")
        return tabs * max([*numbers, 0 if numbers else 8]) + len(owner)
    if name == "replace" and len(args) >= 2:
        return _estimate_replaced(owner, args)
    if name == "join" and args:
        return _estimate_joined(owner, args[0])
    if name == "translate" and args:
        table = args[0]
        texts = table.values() if isinstance(table, dict) else ()
        return len(owner) * max((len(text) for text in texts if isinstance(text, str)), default=1)
    return 0


def _estimate_replaced(owner: Value, args: Sequence[Value]) -> int:
    old, new = args[:2]
    if isinstance(owner, str) and isinstance(old, str) and isinstance(new, str):
        return len(owner) + owner.count(old) * max(len(new) - len(old), 0)
    if isinstance(owner, (bytes, bytearray)) and isinstance(old, bytes) and isinstance(new, bytes):
        return len(owner) + owner.count(old) * max(len(new) - len(old), 0)
    return 0


def _estimate_joined(owner: str | bytes | bytearray, parts: Value) -> int:
    if not isinstance(parts, (list, tuple, set, frozenset, Mapping, str, deque)):
        return 0
    meter.index(len(parts))
    return sum(len(part) + len(owner) for part in parts if isinstance(part, _Text))


def check_path(*parts: Value) -> None:
    """Refuse to put together a path longer than `MAX_PATH`. Raises `TooLarge`."""
    meter.limit(sum(len(str(part)) + 1 for part in parts if isinstance(part, (str, PurePosixPath))), MAX_PATH)
