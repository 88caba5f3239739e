"""Pipeline parameters: one a name, with a type that its default decides."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelift.compiler import ir
from pipelift.compiler.evaluate.values import Value, find_unknown
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.sdk.datasets import AbstractDataset
from pipelift.compiler.sdk.datastores import DataPath
from pipelift.compiler.sdk.pipeline_data import PipelineParameter


@dataclass(slots=True)
class Parameters:
    """The parameters of one pipeline, by name."""

    lowering: Lowering
    _found: dict[str, ir.Parameter] = field(default_factory=dict)
    _data: dict[str, ir.DataParameter] = field(default_factory=dict)

    @property
    def found(self) -> tuple[ir.Parameter, ...]:
        """By name."""
        return tuple(self._found[name] for name in sorted(self._found))

    @property
    def data(self) -> tuple[ir.DataParameter, ...]:
        """Those that stand for data, by name."""
        return tuple(self._data[name] for name in sorted(self._data))

    def add_data(self, parameter: PipelineParameter) -> None:
        """Note a parameter whose default is a path or a dataset. Two of one name must be alike."""
        name = self.lowering.text("the name of a parameter", parameter.name, parameter.span, default="data")
        made = _data_parameter(name, parameter)
        if made is None:
            return
        known = self._data.setdefault(name, made)
        if known.model_copy(update={"span": made.span}) != made:
            message = f"there is a parameter '{name}' already, with another default value"
            self.lowering.reporter.report("PL232", message, parameter.span)

    def add(self, parameter: PipelineParameter) -> str:
        """Note a parameter that a step uses; its name. Two of one name with different defaults are refused.

        One for a path is a text: the path in the store of its default.
        """
        lowering, span = self.lowering, parameter.span
        name = lowering.text("the name of a parameter", parameter.name, span, default="parameter")
        default = parameter.default_value
        if isinstance(default, DataPath):
            default = default.path_on_datastore
        if lowering.unknown("PL110", f"the default of parameter '{name}'", default, span):
            default = ""
        made = ir.Parameter(name=name, type=_type(default), default=_scalar(default), span=span)
        known = self._found.setdefault(name, made)
        if (known.type, known.default) != (made.type, made.default):
            message = f"there is a parameter '{name}' already, with another default value"
            lowering.reporter.report("PL232", message, span)
        return name


def _data_parameter(name: str, parameter: PipelineParameter) -> ir.DataParameter | None:
    """The parameter as the IR has it; None where its default is no data that is known."""
    default, span = parameter.default_value, parameter.span
    if isinstance(default, DataPath):
        store, path = default.datastore_name, default.path_on_datastore
        if find_unknown([store, path]) is not None:
            return None
        return ir.DataParameter(name=name, kind="path", store=str(store), path=str(path), span=span)
    if isinstance(default, AbstractDataset):
        named = default.name if isinstance(default.name, str) else None
        return ir.DataParameter(name=name, kind="dataset", dataset=named, table=default.is_table, span=span)
    return None


def _type(default: Value) -> str:
    if isinstance(default, bool):
        return "boolean"
    if isinstance(default, int):
        return "integer"
    return "float" if isinstance(default, float) else "string"


def _scalar(default: Value) -> bool | int | float | str:
    return default if isinstance(default, (bool, int, float, str)) else ""
