"""`json`."""

from __future__ import annotations

import json
from collections.abc import Callable

from pipelift.compiler.evaluate import operators
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
    return operators.apply(lambda: _dumps(printed, **settings))


_dumps: Callable[..., str] = json.dumps


_JSON_OPTIONS = ("indent", "sort_keys", "ensure_ascii", "separators", "skipkeys", "allow_nan")


def _dump(call: LibraryCall, value: Value, file: Value, **options: Value) -> Value:
    return file.write(call, _dump_text(call, value, **options)) if isinstance(file, File) else None
