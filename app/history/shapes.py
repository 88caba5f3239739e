"""What the files of the state folder hold: a field of another shape is read as one that is not there.

Disks fail, people edit, and steps may write beside these files: a damaged file must not take the others from sight,
nor lead anywhere outside a store.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

Fits = Callable[[object], bool]


def shaped(data: Mapping[str, Any] | None, shape: Mapping[str, Fits]) -> dict[str, Any]:
    """`data` without the fields that do not fit their `shape`; those that it does not know stay."""
    return {name: value for name, value in (data or {}).items() if name not in shape or shape[name](value)}


def _text(value: object) -> bool:
    return isinstance(value, str)


def _optional_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _anything(value: object) -> bool:
    return True


def _number(value: object) -> bool:
    try:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number that no float can be
        return False


def _moment(value: object) -> bool:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return isinstance(value, str)


def _path(value: object) -> bool:
    """A path below a store's folder."""
    if not isinstance(value, str) or "\0" in value:
        return False
    path = PurePosixPath(value)
    return not path.is_absolute() and ".." not in path.parts


def _list_of(fits: Fits) -> Fits:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _mapping_of(fits: Fits) -> Fits:
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


def _with(**fields: Fits) -> Fits:
    """A mapping that has all these fields."""
    return lambda value: (
        isinstance(value, dict) and all(name in value and fits(value[name]) for name, fits in fields.items())
    )


def _where(**fields: Fits) -> Fits:
    """A mapping in which these fields fit, as far as they are there."""
    return lambda value: (
        isinstance(value, dict) and all(fits(value[name]) for name, fits in fields.items() if name in value)
    )


_mapping = _mapping_of(_anything)
_outputs = _mapping_of(_with(store=_text, path=_path))
_origin = _with(run=_text, step=_text)

MADE_OF: Mapping[str, Fits] = {
    "name": _text,
    "command": _optional_text,
    "interpreter": _optional_text,
    "arguments": _list_of(_text),
    "inputs": _mapping,
    "outputs": _mapping,
    "variables": _mapping,
    "snapshot": _text,
    "environment": _text,
    "parameters": _mapping,
    "datasets": _mapping_of(_mapping),
    "upstream": _mapping_of(_mapping),
}
"""The ingredients of a reuse key; two runs can be compared that have all of them."""

RUN: Mapping[str, Fits] = {
    "status": _text,
    "pipeline": _text,
    "started": _moment,
    "seconds": _number,
    "parameters": _mapping,
    "withheld": _list_of(_text),
    "resumed": _list_of(_text),
    "steps": _list_of(_with(name=_text, status=_text)),
    "git": _mapping,
}
"""``run.json`` (`backends/supervision/run_file.py`)."""

STEP: Mapping[str, Fits] = {
    "run": _text,
    "step": _text,
    "name": _text,
    "pipeline": _text,
    "status": _text,
    "started": _number,
    "seconds": _number,
    "exit_code": _number,
    "reason": _text,
    "key": _text,
    "result": _text,
    "metrics": _mapping,
    "parameters": _mapping,
    "outputs": _outputs,
    "reused_from": _origin,
    "decision": _with(why=_text, detail=_text),
    "made_of": _where(**MADE_OF),
}
"""``record.json`` and the records of results (`runtime/launch.py`, `runtime/ingredients.py`)."""
