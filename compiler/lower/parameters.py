"""Pipeline parameters: one a name, with a type that its default decides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from pipelift.compiler import ir
from pipelift.compiler.evaluate.values import Interpolated, Unknown, Value
from pipelift.compiler.ir import Scalar
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.lower.read import Reader, glance
from pipelift.compiler.passes.parameters import put_together
from pipelift.compiler.sdk.data.datasets import AbstractDataset
from pipelift.compiler.sdk.data.datastores import DataPath
from pipelift.compiler.sdk.data.pipeline_data import PipelineParameter


@dataclass(frozen=True, slots=True)
class Text:
    """A text with the defaults of the parameters in it, if there are any; then `pieces` are what it is made of."""

    value: str
    pieces: tuple[ir.TextPiece, ...] = ()


@dataclass(slots=True)
class Parameters:
    """The parameters of one pipeline, by name."""

    lowering: Lowering
    _by_name: dict[str, ir.Parameter] = field(default_factory=dict)
    _data: dict[str, ir.DataParameter] = field(default_factory=dict)
    _kinds: dict[str, type | None] = field(default_factory=dict)

    @property
    def entries(self) -> tuple[ir.Parameter, ...]:
        """By name."""
        return tuple(self._by_name[name] for name in sorted(self._by_name))

    @property
    def data(self) -> tuple[ir.DataParameter, ...]:
        """Those that stand for data, by name."""
        return tuple(self._data[name] for name in sorted(self._data))

    def add_data(self, parameter: PipelineParameter) -> None:
        """Add a parameter whose default is a path or a dataset. Parameters of the same name must be equal."""
        added = _read_data_parameter(self._make_reader(parameter), parameter)
        if added is None:
            return
        previous = self._data.setdefault(added.name, added)
        if replace(previous, span=added.span) != added or not self._is_of_one_kind(added.name, parameter):
            self._report_another(added.name, parameter)

    def _is_of_one_kind(self, name: str, parameter: PipelineParameter) -> bool:
        """Whether all parameters of that name stand for a value, all for a path, or all for a dataset."""
        kinds: tuple[type, ...] = (DataPath, AbstractDataset)
        kind = next((kind for kind in kinds if isinstance(parameter.default_value, kind)), None)
        return self._kinds.setdefault(name, kind) is kind

    def _report_another(self, name: str, parameter: PipelineParameter) -> None:
        message = f"there is a parameter '{name}' already, with another default value"
        self.lowering.reporter.report("PL232", message, parameter.span)

    def _make_reader(self, parameter: PipelineParameter) -> Reader:
        name = glance(parameter.name, str)
        owner = "a parameter" if name is None else f"parameter '{name}'"
        return Reader(self.lowering, owner, parameter.span)

    def add(self, parameter: PipelineParameter) -> str:
        """Add a parameter that a step uses and return its name. Other defaults under the same name are refused.

        The value of a path parameter is a text: the path in the store of its default.
        """
        read = self._make_reader(parameter)
        name = read.required_text(parameter.name, "the name", "graph") or "parameter"
        default = parameter.default_value
        if isinstance(default, DataPath):
            default = default.path_on_datastore
        secret = None
        if isinstance(default, Unknown) and default.secret:
            secret, default = self.lowering.secret_names.choose(name, source=default.secret), None
        value = None if isinstance(default, AbstractDataset) else read.scalar(default, "the default", "graph")
        added = ir.Parameter(
            name=name,
            type=_infer_type(value),
            default="" if value is None else value,
            secret=secret,
            span=parameter.span,
        )
        previous = self._by_name.setdefault(name, added)
        is_same = (previous.type, previous.default, previous.secret) == (added.type, added.default, secret)
        if not is_same or not self._is_of_one_kind(name, parameter):
            self._report_another(name, parameter)
        return name

    def text(self, read: Reader, value: Value, what: str) -> Text | None:
        """A text in which parameters may stand, which a run may then change; None, with a report, if it is not known.

        A parameter that is the text, or stands in it, arrives as the program gives it: the SDK puts an object, or a
        placeholder that no service replaces, in its place.
        """
        parts = value.parts if isinstance(value, Interpolated) else (value,)
        is_open = any(isinstance(part, PipelineParameter) for part in parts)
        if not is_open or not all(isinstance(part, (str, PipelineParameter)) for part in parts):
            text = read.required_text(value, what, "graph")
            return None if text is None else Text(text)
        pieces: list[ir.Literal | ir.ParameterValue] = []
        for part in parts:
            if isinstance(part, PipelineParameter):
                pieces.append(ir.ParameterValue(parameter=self.add(part)))
            elif isinstance(part, str) and part:
                pieces.append(ir.Literal(value=part))
        texts = {name: str(parameter.default) for name, parameter in self._by_name.items()}
        return Text(put_together(pieces, texts), tuple(pieces))


def _read_data_parameter(read: Reader, parameter: PipelineParameter) -> ir.DataParameter | None:
    """The parameter as the IR has it; None if its default is not known data."""
    name = read.required_text(parameter.name, "the name", "graph") or "data"
    default, span = parameter.default_value, parameter.span
    if isinstance(default, DataPath):
        store = read.text(default.datastore_name, "the store of the default", "graph")
        path = read.text(default.path_on_datastore, "the path of the default", "graph")
        if store is None or path is None:
            return None
        return ir.DataParameter(name=name, kind="path", store=store, path=path, span=span)
    if isinstance(default, AbstractDataset):
        named = read.text(default.name, "the dataset's name", "graph")
        return ir.DataParameter(name=name, kind="dataset", dataset=named, table=default.is_table, span=span)
    return None


def _infer_type(default: Scalar) -> Literal["string", "integer", "float", "boolean"]:
    if isinstance(default, bool):
        return "boolean"
    if isinstance(default, int):
        return "integer"
    return "float" if isinstance(default, float) else "string"
