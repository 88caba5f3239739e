"""Mappings of the workspace's, as `ws.compute_targets`."""

from __future__ import annotations

from collections.abc import Callable

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value


class WorkspaceMapping(Modelled):
    """A mapping of the workspace's, as `ws.compute_targets`: only the workspace knows its keys."""

    def __init__(self, sdk_name: str, span: Span, make: Callable[[Call, Value], Value]) -> None:
        self.span = span
        self.__dict__["_name"] = sdk_name
        self._make = make

    @property
    def sdk_name(self) -> str:  # type: ignore[override]  # each mapping has a name of its own
        """The name for messages."""
        return str(self.__dict__["_name"])

    def item(self, call: Call, key: Value) -> Value:
        """The object of that name; whether the workspace has it is not asked."""
        return self._make(call, key)

    def get(self, call: Call, key: Value, default: Value = None) -> Value:
        """As `item`, but it may not be there."""
        found = self._make(call, key)
        if isinstance(found, Modelled):
            found.doubt(Unknown(f"only the workspace knows the keys of {self.sdk_name}", call.span))
            return found.merged_with(default) or found
        return found

    def keys(self, call: Call) -> Value:
        """Not known."""
        return Unknown(f"only the workspace knows the keys of {self.sdk_name}", call.span)

    def items(self, call: Call) -> Value:
        """Not known."""
        return Unknown(f"only the workspace knows the items of {self.sdk_name}", call.span)

    def values(self, call: Call) -> Value:
        """Not known."""
        return Unknown(f"only the workspace knows the values of {self.sdk_name}", call.span)
