"""Members of the program's enumerations, as the SDK takes them."""

from __future__ import annotations

from pipelift.compiler.evaluate.objects import Instance
from pipelift.compiler.evaluate.values import Value


def plain_value(value: Value) -> Value:
    """The text or number that a member of an enumeration derived from ``str`` or ``int`` is; all else as it is."""
    if not isinstance(value, Instance) or "_value_" not in value.attributes:
        return value
    return value.attributes["_value_"] if any(cls.mixin for cls in value.cls.order) else value
