"""Values that scripts log, as plain JSON data."""

import math
from typing import Any

from azureml._context import warn


def plain(value: Any, what: str) -> Any:
    """`value` as JSON data: scalars of numpy and torch as numbers, arrays as lists, dates as text.

    NaN and the infinities become text, since JSON has none. Never raises.
    """
    if value is None or isinstance(value, (bool, str)):
        return value if value is None or isinstance(value, bool) else str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _number(float(value))
    if isinstance(value, dict):
        return {str(key): plain(item, what) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, what) for item in value]
    return _convert(value, what)


def _number(value: float) -> Any:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _convert(value: Any, what: str) -> Any:
    for method in ("item", "tolist", "isoformat"):
        convert = getattr(value, method, None)
        if convert is None:
            continue
        try:
            converted = convert()
        except Exception:  # a foreign object: whatever it raises, the next way is tried
            continue
        if converted is not value and type(converted) is not type(value):
            return plain(converted, what)
    warn("{}: a value of type {} is kept as its text".format(what, type(value).__name__))
    try:
        return str(value)
    except Exception:
        return "<{}>".format(type(value).__name__)
