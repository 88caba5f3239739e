"""Pipeline parameters: one a name, with a type that its default decides."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelift.compiler import ir
from pipelift.compiler.evaluate.values import Value
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.sdk.pipeline_data import PipelineParameter


@dataclass(slots=True)
class Parameters:
    """The parameters of one pipeline, by name."""

    lowering: Lowering
    _found: dict[str, ir.Parameter] = field(default_factory=dict)

    @property
    def found(self) -> tuple[ir.Parameter, ...]:
        """By name."""
        return tuple(self._found[name] for name in sorted(self._found))

    def add(self, parameter: PipelineParameter) -> str:
        """Note a parameter that a step uses; its name. Two of one name with different defaults are refused."""
        lowering, span = self.lowering, parameter.span
        name = lowering.text("the name of a parameter", parameter.name, span, default="parameter")
        default = parameter.default_value
        if lowering.unknown("PL110", f"the default of parameter '{name}'", default, span):
            default = ""
        made = ir.Parameter(name=name, type=_type(default), default=_scalar(default), span=span)
        known = self._found.setdefault(name, made)
        if (known.type, known.default) != (made.type, made.default):
            message = f"there is a parameter '{name}' already, with another default value"
            lowering.reporter.report("PL232", message, span)
        return name


def _type(default: Value) -> str:
    if isinstance(default, bool):
        return "boolean"
    if isinstance(default, int):
        return "integer"
    return "float" if isinstance(default, float) else "string"


def _scalar(default: Value) -> bool | int | float | str:
    return default if isinstance(default, (bool, int, float, str)) else ""
