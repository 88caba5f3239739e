"""`string`."""

from __future__ import annotations

import string
from collections.abc import Callable

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import (
    PLAIN,
    Call,
    Modelled,
    ModelledClass,
    Module,
    Unknown,
    Value,
    derived,
    find_unknown,
)


class Template(Modelled):
    """A `string.Template`."""

    sdk_name = "string.Template"
    pure = True

    def __init__(self, call: Call, template: Value) -> None:
        self.span = call.span
        self.template = template

    def substitute(self, call: Call, *mapping: Value, **names: Value) -> Value:
        """The text with all names replaced. Raises `Raised` where one is missing."""
        return self._replace(
            call, lambda text, values: string.Template(text).substitute(values), mapping, names
        )

    def safe_substitute(self, call: Call, *mapping: Value, **names: Value) -> Value:
        """The text with the given names replaced."""
        return self._replace(
            call, lambda text, values: string.Template(text).safe_substitute(values), mapping, names
        )

    def _replace(
        self,
        call: Call,
        replace: Callable[[str, dict[str, Value]], str],
        mapping: tuple[Value, ...],
        names: dict[str, Value],
    ) -> Value:
        text = self.template
        given = mapping[0] if mapping else {}
        unknown = find_unknown([text, given, *names.values()])
        if unknown is not None:
            return derived("a part of the text is not known", call.span, unknown)
        if not isinstance(text, str) or not isinstance(given, dict):
            return Unknown("pipelift does not follow this template", call.span)
        values = {str(name): value for name, value in {**given, **names}.items()}
        if not all(isinstance(value, PLAIN) for value in values.values()):
            return Unknown("pipelift does not follow a template with an object in it", call.span)
        return operators.apply(lambda: replace(text, values))


@module("string")
def string_module(it: Machine) -> Module:
    """`string`: its constants, and templates."""
    names = ("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "punctuation")
    members: dict[str, Value] = {name: getattr(string, name) for name in names}
    return partial_module("string", {**members, "Template": ModelledClass("string.Template", Template)})
