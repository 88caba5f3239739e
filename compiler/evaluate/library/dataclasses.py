"""`dataclasses`."""

from __future__ import annotations

from pipelift.compiler.evaluate.construct import MISSING, FieldDefault, find_default
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import Instance, UserClass
from pipelift.compiler.evaluate.values import Model, Module, Raised, Unknown, Value


@module("dataclasses")
def dataclasses_module(it: Machine) -> Module:
    """`dataclasses`."""
    members: dict[str, Value] = {
        "dataclass": Model("dataclass", _dataclass, takes_unknown=True),
        "field": Model("field", _field, takes_unknown=True),
        "asdict": Model("asdict", lambda call, value, **_: _to_plain(value), takes_unknown=True),
        "astuple": Model("astuple", lambda call, value, **_: _tuple(value), takes_unknown=True),
        "replace": Model("replace", _replace, takes_unknown=True),
        "fields": Model("fields", _fields, takes_unknown=True),
        "is_dataclass": Model(
            "is_dataclass", lambda call, value: _require_dataclass(value).fields is not None, True
        ),
    }
    return partial_module("dataclasses", members)


def _dataclass(call: LibraryCall, cls: Value = None, **options: Value) -> Value:
    def decorate(again: LibraryCall, decorated: Value) -> Value:
        if not isinstance(decorated, UserClass):
            return decorated
        inherited = [name for base in reversed(decorated.order[1:]) for name in base.fields or ()]
        decorated.fields = tuple(dict.fromkeys([*inherited, *decorated.annotations]))
        decorated.options = options
        _check_defaults(decorated)
        return decorated

    return decorate(call, cls) if cls is not None else Model("dataclass", decorate, takes_unknown=True)


def _check_defaults(cls: UserClass) -> None:
    """Refuse what Python refuses: a changeable default, a field without default after one with."""
    seen = False
    for name in cls.fields or ():
        default = find_default(cls, name)
        if isinstance(default.default, (list, dict, set)):
            kind = type(default.default).__name__
            raise Raised(
                "ValueError", f"mutable default {kind} for field {name} is not allowed: use default_factory"
            )
        has_default = default.default is not MISSING or default.factory is not MISSING
        if seen and not has_default and default.init and cls.options.get("kw_only") is not True:
            raise Raised("TypeError", f"non-default argument '{name}' follows default argument")
        seen = seen or has_default


def _field(
    call: LibraryCall,
    *,
    default: Value = MISSING,
    default_factory: Value = MISSING,
    init: Value = True,
    **_: Value,
) -> Value:
    return FieldDefault(default, default_factory, init is not False)


def _require_dataclass(value: Value) -> UserClass:
    cls = value.cls if isinstance(value, Instance) else value
    return cls if isinstance(cls, UserClass) else UserClass("", {}, ())


def _to_plain(value: Value) -> Value:
    if isinstance(value, Instance) and value.cls.fields is not None:
        return {name: _to_plain(value.attributes.get(name)) for name in value.cls.fields}
    if type(value) is list:
        return [_to_plain(item) for item in value]
    if type(value) is tuple:
        return tuple(_to_plain(item) for item in value)
    if type(value) is dict:
        return {key: _to_plain(item) for key, item in value.items()}
    return value


def _tuple(value: Value) -> tuple[Value, ...]:
    fields = _to_plain(value)
    return tuple(fields.values()) if isinstance(fields, dict) else ()


def _replace(call: LibraryCall, instance: Value, /, **changes: Value) -> Value:
    if not isinstance(instance, Instance):
        return Unknown("what is replaced is not known", call.span)
    taken = {
        name: instance.attributes[name]
        for name in instance.cls.fields or ()
        if find_default(instance.cls, name).init and name in instance.attributes
    }
    return call.invoke(instance.cls, (), {**taken, **changes})


def _fields(call: LibraryCall, value: Value) -> Value:
    cls = _require_dataclass(value)
    field_class = UserClass("Field", {}, (), builtin=True)
    return tuple(Instance(field_class, {"name": name}, call.span) for name in cls.fields or ())
