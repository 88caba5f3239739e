"""`json`."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping

from pipelift.compiler.evaluate import meter, operators
from pipelift.compiler.evaluate.display import printable
from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.library.files import File, parse_source
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Model, Module, Value, derived, find_unknown


@module("json")
def json_module(it: Machine) -> Module:
    """`json`."""
    load = lambda call, file, **_: parse_source(call, file, json.loads, "JSONDecodeError")  # noqa: E731
    return partial_module(
        "json",
        {
            "load": Model("json.load", load),
            "loads": Model("json.loads", load),
            "dumps": Model("json.dumps", _dump_text, takes_unknown=True),
            "dump": Model("json.dump", _dump, takes_unknown=True),
            "JSONDecodeError": EXCEPTIONS["JSONDecodeError"],
        },
    )


def _dump_text(call: LibraryCall, value: Value, **options: Value) -> Value:
    unknown = find_unknown([value, *options.values()])
    if unknown is not None:
        return derived("a part of the text is not known", call.span, unknown)
    settings = {name: options[name] for name in _JSON_OPTIONS if name in options}
    printed = printable(call.machine, value, call.span)
    _limit_layout(printed, settings)
    text = operators.apply(lambda: _dumps(printed, **settings))
    meter.charge(text)
    return text


def _list_parts(value: Value) -> Collection[Value]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, (list, tuple)) else ()


def _limit_layout(value: Value, settings: Mapping[str, Value]) -> None:
    """Refuse indents and separators that would make the text too long. Raises `TooLarge`."""
    indent = settings.get("indent")
    width = len(indent) if isinstance(indent, str) else indent if isinstance(indent, int) else 0
    separators = settings.get("separators")
    if isinstance(separators, (list, tuple)):
        width += sum(len(part) for part in separators if isinstance(part, str))
    lines, depth = 0, 0
    level: list[Value] = [value]
    while level and width > 0:
        depth += 1
        inner = [part for item in level for part in _list_parts(item)]
        lines += len(inner) + len(level)
        meter.limit(lines * depth * width)
        level = [part for part in inner if isinstance(part, (dict, list, tuple)) and part]
        meter.index(len(inner))


_dumps: Callable[..., str] = json.dumps


_JSON_OPTIONS = ("indent", "sort_keys", "ensure_ascii", "separators", "skipkeys", "allow_nan")


def _dump(call: LibraryCall, value: Value, file: Value, **options: Value) -> Value:
    return file.write(call, _dump_text(call, value, **options)) if isinstance(file, File) else None
