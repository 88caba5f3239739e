"""What pydantic makes of a value by the type of its field, where all versions of pydantic make the same."""

from __future__ import annotations

from pathlib import PurePosixPath

import libcst

from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.enums import ENUM, find_enum_member
from pipelift.compiler.evaluate.machine import LibraryCall
from pipelift.compiler.evaluate.objects import Annotation, Instance, Scope, UserClass
from pipelift.compiler.evaluate.values import (
    PLAIN,
    Call,
    Model,
    Modelled,
    ModelledClass,
    Raised,
    Unknown,
    Value,
    derived,
    find_unknown,
)

_OPEN = frozenset({"Any", "object"})
_SEQUENCES = {
    "List": list,
    "list": list,
    "Sequence": list,
    "Set": set,
    "set": set,
    "Tuple": tuple,
    "tuple": tuple,
}
_MAPPINGS = frozenset({"Dict", "dict", "Mapping", "MutableMapping"})
_PLAIN: dict[str, type] = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    **dict.fromkeys(("PositiveInt", "NegativeInt", "NonNegativeInt", "NonPositiveInt", "conint"), int),
    **dict.fromkeys(
        ("PositiveFloat", "NegativeFloat", "NonNegativeFloat", "NonPositiveFloat", "confloat"), float
    ),
}
_PATHS = frozenset({"Path", "FilePath", "DirectoryPath", "NewPath"})


class SecretText(Modelled):
    """A `pydantic.SecretStr`: what it prints is no secret."""

    sdk_name = "pydantic.SecretStr"
    pure = True

    def __init__(self, call: Call, secret_value: Value = "") -> None:
        self.span = call.span
        self._secret = secret_value
        if isinstance(secret_value, str):
            call.record.secrets.give([secret_value])

    def text_parts(self) -> tuple[Value, ...] | None:
        """The stars that it is shown as."""
        return None if isinstance(self._secret, Unknown) else ("**********" if self._secret else "",)

    def get_secret_value(self, call: Call) -> Value:
        """The text itself."""
        return self._secret


def convert(call: LibraryCall, annotation: Annotation, value: Value) -> Value:
    """`value` as a field of the type `annotation` has it; unknown where pydantic, or one version of it, may differ."""
    machine = call.machine
    outer_source, machine.source = machine.source, annotation.source
    try:
        with machine.awaiting():
            return _convert(call, annotation.node, annotation.scope, value)
    finally:
        machine.source = outer_source


def find_last_name(node: libcst.CSTNode) -> str:
    """The last name of a dotted one, of what is called or of what has items; empty for other expressions."""
    if isinstance(node, libcst.Call):
        node = node.func
    if isinstance(node, libcst.Subscript):
        node = node.value
    if isinstance(node, libcst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, libcst.Name) else ""


def list_parts(node: libcst.Subscript) -> list[libcst.BaseExpression]:
    """What stands in the brackets of a type."""
    return [part.slice.value for part in node.slice if isinstance(part.slice, libcst.Index)]


def _convert(call: LibraryCall, node: libcst.BaseExpression, scope: Scope, value: Value) -> Value:
    meter.spend()
    if isinstance(node, (libcst.SimpleString, libcst.ConcatenatedString)):
        text = node.evaluated_value
        try:
            node = libcst.parse_expression(text) if isinstance(text, str) and len(text) < MAX_TYPE else node
        except libcst.ParserSyntaxError:
            return _leave(call)
        return _leave(call) if isinstance(node, libcst.SimpleString) else _convert(call, node, scope, value)
    choices = _list_choices(node)
    if choices:
        return _convert_choice(call, choices, scope, value)
    name = find_last_name(node)
    if isinstance(node, libcst.Subscript):
        return _convert_generic(call, node, name, scope, value)
    if name in _OPEN:
        return value
    if isinstance(value, Unknown):
        return SecretText(call, value) if name == "SecretStr" else value
    return _convert_single(call, node, name, scope, value)


MAX_TYPE = 1_000
"""The longest type, in letters, that is written as a text."""


def _leave(call: LibraryCall) -> Unknown:
    return Unknown("what pydantic makes of the value is not known", call.span)


def _list_choices(node: libcst.BaseExpression) -> list[libcst.BaseExpression]:
    """The types of an `Optional` or a union; none for another type."""
    if isinstance(node, libcst.BinaryOperation) and isinstance(node.operator, libcst.BitOr):
        return [choice for side in (node.left, node.right) for choice in _list_choices(side) or [side]]
    if isinstance(node, libcst.Subscript) and find_last_name(node) in ("Optional", "Union"):
        none = [libcst.Name("None")] if find_last_name(node) == "Optional" else []
        return [choice for part in list_parts(node) for choice in _list_choices(part) or [part]] + none
    return []


def takes_none(annotation: Annotation) -> bool:
    """Whether a field of the type has no value unless one is given, in the first version of pydantic."""
    return any(find_last_name(choice) == "None" for choice in _list_choices(annotation.node))


def _convert_choice(
    call: LibraryCall, choices: list[libcst.BaseExpression], scope: Scope, value: Value
) -> Value:
    """One type besides None converts. Of several, pydantic 1 takes the first that fits, 2 the one that fits best."""
    others = [choice for choice in choices if find_last_name(choice) != "None"]
    if value is None and len(others) < len(choices):
        return None
    if len(others) == 1:
        return _convert(call, others[0], scope, value)
    if isinstance(value, Unknown):
        return value
    first: Value = _leave(call)
    for choice in others:
        first = _convert(call, choice, scope, value)
        if not isinstance(first, Unknown):
            break
    return first if type(first) is type(value) else _leave(call)


def _convert_generic(
    call: LibraryCall, node: libcst.Subscript, name: str, scope: Scope, value: Value
) -> Value:
    parts = list_parts(node)
    if name == "Annotated" and parts and all(find_last_name(part) == "Field" for part in parts[1:]):
        return _convert(call, parts[0], scope, value)
    if name == "Final" and parts:
        return _convert(call, parts[0], scope, value)
    if isinstance(value, Unknown):
        return value
    if name == "Literal":
        values = [call.machine.evaluate(part, scope) for part in parts]
        return value if any(type(one) is type(value) and one == value for one in values) else _leave(call)
    if name in _MAPPINGS and len(parts) == 2 and isinstance(value, dict):
        meter.charge(value)
        pairs = [
            (_convert(call, parts[0], scope, k), _convert(call, parts[1], scope, v)) for k, v in value.items()
        ]
        return dict(pairs)
    kind = _SEQUENCES.get(name)
    if kind is None or not isinstance(value, (list, tuple)) or not parts:
        return _leave(call)
    meter.charge(value)
    if kind is tuple and find_last_name(parts[-1]) != "" and len(parts) == len(value):
        return tuple(_convert(call, part, scope, item) for part, item in zip(parts, value, strict=True))
    if kind is tuple and not (len(parts) == 2 and isinstance(parts[1], libcst.Ellipsis)):
        return _leave(call)
    converted = [_convert(call, parts[0], scope, item) for item in value]
    if kind is set:
        return set(converted) if all(isinstance(item, PLAIN) for item in converted) else _leave(call)
    return kind(converted)


def _convert_single(
    call: LibraryCall, node: libcst.BaseExpression, name: str, scope: Scope, value: Value
) -> Value:
    if name in ("List", "list", "Dict", "dict"):
        kind = list if name in ("List", "list") else dict
        return kind(value) if type(value) is kind else _leave(call)
    if name == "SecretStr":
        return value if isinstance(value, SecretText) else SecretText(call, value)
    if name in _PATHS:
        if isinstance(value, PurePosixPath):
            return value
        return PurePosixPath(value) if isinstance(value, str) else _leave(call)
    if name in _PLAIN and not _is_of_program(call, node, scope):
        return _convert_plain(call, _PLAIN[name], value)
    return _convert_object(call, _evaluate_type(call, node, scope), value)


def _is_of_program(call: LibraryCall, node: libcst.BaseExpression, scope: Scope) -> bool:
    return isinstance(_evaluate_type(call, node, scope), UserClass)


def _evaluate_type(call: LibraryCall, node: libcst.BaseExpression, scope: Scope) -> Value:
    """The class that an expression names; unknown where its first name is not there."""
    root = node
    while isinstance(root, libcst.Attribute):
        root = root.value
    is_known = isinstance(root, libcst.Name) and (
        scope.holder(root.value) is not None or root.value in call.machine.builtins
    )
    return call.machine.evaluate(node, scope) if is_known else _leave(call)


def _convert_plain(call: LibraryCall, kind: type, value: Value) -> Value:
    """What pydantic itself makes of a plain value. Where version 2 refuses one, version 1 may take it."""
    import pydantic

    if not isinstance(value, PLAIN) or value is ...:
        return _leave(call)
    if kind is str:
        return value if isinstance(value, str) else _leave(call)
    meter.read(len(value) if isinstance(value, (str, bytes)) else 0)
    try:
        return pydantic.TypeAdapter(kind).validate_python(value)
    except pydantic.ValidationError:
        return derived("the value does not fit", call.span, _leave(call))


def _convert_object(call: LibraryCall, kind: Value, value: Value) -> Value:
    if isinstance(kind, ModelledClass):
        return value if isinstance(value, Modelled) and value.is_a(kind.cls) else _leave(call)
    if isinstance(kind, Model) and kind.native is not None:
        return value if type(value) is kind.native else _leave(call)
    if not isinstance(kind, UserClass):
        return _leave(call)
    if isinstance(value, Instance) and kind in value.cls.order:
        return value
    if ENUM in kind.order:
        try:
            return find_enum_member(kind, [value], call.span)
        except Raised:
            return _leave(call)
    if isinstance(value, dict) and "model_validate" in kind.order[-1].members:
        return _convert_mapping(call, kind, value)
    return _leave(call)


def _convert_mapping(call: LibraryCall, kind: UserClass, value: dict[Value, Value]) -> Value:
    unknown = find_unknown(list(value), 1)
    return unknown or call.invoke(kind, (), {str(key): item for key, item in value.items()})


def find_annotated(call: LibraryCall, annotation: Annotation | None) -> list[Value]:
    """What ``Annotated[…]`` adds to a type."""
    if annotation is None or not isinstance(annotation.node, libcst.Subscript):
        return []
    if find_last_name(annotation.node) != "Annotated":
        return []
    machine = call.machine
    outer_source, machine.source = machine.source, annotation.source
    try:
        return [machine.evaluate(part, annotation.scope) for part in list_parts(annotation.node)[1:]]
    finally:
        machine.source = outer_source


def takes_json(call: LibraryCall, annotation: Annotation) -> bool | None:
    """Whether settings read a text for a field of the type as JSON; None where that is not known."""
    choices = _list_choices(annotation.node) or [annotation.node]
    others = [choice for choice in choices if find_last_name(choice) != "None"]
    answers = {_is_complex(call, choice, annotation.scope) for choice in others}
    return answers.pop() if len(answers) == 1 else None


def _is_complex(call: LibraryCall, node: libcst.BaseExpression, scope: Scope) -> bool | None:
    name = find_last_name(node)
    if not name or name == "Annotated":
        return None
    if name in _SEQUENCES or name in _MAPPINGS:
        return True
    kind = _evaluate_type(call, node, scope)
    return isinstance(kind, UserClass) and ENUM not in kind.order
