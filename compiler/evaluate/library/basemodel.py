"""The `BaseModel` of pydantic: classes whose annotated names are fields, in the spellings of versions 1 and 2."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.library.conversion import convert, find_annotated, takes_none
from pipelift.compiler.evaluate.library.copy import MAX_COPY, copy_value
from pipelift.compiler.evaluate.machine import LibraryCall
from pipelift.compiler.evaluate.objects import Annotation, Function, Instance, Property, Unbound, UserClass
from pipelift.compiler.evaluate.values import (
    Model,
    ModelledClass,
    Module,
    Raised,
    Unknown,
    Value,
    derived,
    find_unknown,
)

MISSING = object()
"""The default of a field that has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Info:
    """What ``Field(…)`` says of a field."""

    default: Value = MISSING
    factory: Value = None
    options: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Validator:
    """A function of the program's that checks, or changes, the fields `names`; all at once where there are none."""

    names: tuple[str, ...]
    before: bool
    function: Value


@dataclass(frozen=True, slots=True, eq=False)
class Computed(Property):
    """A property that counts as a field where the model is written out."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A field of a model: its type, and what is said of it."""

    name: str
    annotation: Annotation | None
    info: Info

    @property
    def alias(self) -> str | None:
        """The name under which its value is given."""
        aliases = (self.info.options.get(name) for name in ("validation_alias", "alias"))
        return next((alias for alias in aliases if isinstance(alias, str)), None)

    @property
    def is_required(self) -> bool:
        """Whether a value has to be given."""
        if self.info.default is not MISSING or self.info.factory is not None:
            return False
        return self.annotation is None or not takes_none(self.annotation)


def is_model(cls: UserClass) -> bool:
    """Whether the class derives from `BaseModel`."""
    return BASE_MODEL in cls.order


def list_fields(call: LibraryCall, cls: UserClass) -> list[Field]:
    """The fields of a class, those of its bases first."""
    fields: dict[str, Field] = {}
    for owner in reversed(cls.order):
        if owner.builtin or not is_model(owner):
            continue
        for name in dict.fromkeys([*owner.annotations, *_list_plain_members(owner)]):
            if name.startswith("_") or name == "model_config":
                continue
            default = owner.members.get(name, MISSING)
            annotation = owner.annotations.get(name) or (fields[name].annotation if name in fields else None)
            info = default if isinstance(default, Info) else Info(default)
            fields[name] = Field(name, annotation, _add_annotated(call, annotation, info))
    return list(fields.values())


def _list_plain_members(cls: UserClass) -> Iterator[str]:
    """The names of values that stand in a class without a type: version 1 makes fields of them."""
    others = (Function, Model, Property, Unbound, UserClass, ModelledClass, Validator, Module, Unknown)
    return (name for name, value in cls.members.items() if not isinstance(value, others))


def _add_annotated(call: LibraryCall, annotation: Annotation | None, info: Info) -> Info:
    for value in find_annotated(call, annotation):
        if isinstance(value, Info):
            default = value.default if info.default is MISSING else info.default
            info = Info(default, info.factory or value.factory, {**value.options, **info.options})
    return info


def read_config(cls: UserClass) -> dict[str, Value]:
    """What ``model_config`` and ``class Config`` say, of the class and its bases."""
    config: dict[str, Value] = {}
    for owner in reversed(cls.order):
        given, inner = owner.members.get("model_config"), owner.members.get("Config")
        if isinstance(inner, UserClass):
            for base in reversed(inner.order):
                config.update(base.members)
        if isinstance(given, dict):
            config.update((str(name), value) for name, value in given.items())
    return config


def name_values(fields: list[Field], cls: UserClass, given: Mapping[str, Value]) -> dict[str, Value]:
    """The values that are given, by the names of their fields instead of their aliases."""
    config = read_config(cls)
    names = ("populate_by_name", "allow_population_by_field_name", "validate_by_name")
    by_name = any(config.get(name) is True for name in names)
    values = {one.name: given[one.alias] for one in fields if one.alias is not None and one.alias in given}
    for one in fields:
        if one.name in given and one.name not in values and (by_name or one.alias is None):
            values[one.name] = given[one.name]
    return values


def fill(
    call: LibraryCall, instance: Instance, fields: list[Field], values: Mapping[str, Value], *, strict: bool
) -> None:
    """Give an object the values of its fields; `strict` says that defaults are converted as well.

    Raises `Raised` where a value is missing.
    """
    cls, attributes = instance.cls, instance.attributes
    validators = [
        one for owner in reversed(cls.order) for one in owner.members.values() if isinstance(one, Validator)
    ]
    cls.fields = tuple(one.name for one in fields)
    for one in fields:
        if one.name in values:
            attributes[one.name] = _convert_field(call, cls, one, values[one.name], validators)
        elif one.is_required:
            raise Raised("ValidationError", f"the field '{one.name}' of {cls.name} has no value", call.span)
        else:
            value = make_default(call, one)
            attributes[one.name] = _convert_field(call, cls, one, value, validators) if strict else value
    for owner in reversed(cls.order):
        for name, default in owner.members.items():
            if name.startswith("_") and isinstance(default, Info):
                attributes[name] = make_default(call, Field(name, None, default))
    _validate_whole(call, instance, validators)


def make_default(call: LibraryCall, one: Field) -> Value:
    """The value of a field that none is given for."""
    if one.info.factory is not None:
        return call.invoke(one.info.factory, (), {})
    return None if one.info.default is MISSING else copy_value(call, one.info.default, MAX_COPY)


def _convert_field(
    call: LibraryCall, cls: UserClass, one: Field, value: Value, validators: list[Validator]
) -> Value:
    own = [validator for validator in validators if one.name in validator.names or "*" in validator.names]
    for validator in own:
        value = _validate(call, cls, validator, value) if validator.before else value
    annotation = one.annotation
    if annotation is not None:
        value = convert(call, annotation, value)
    elif isinstance(value, str) and not isinstance(one.info.default, str):
        value = Unknown(f"the type of the field '{one.name}' is not known", call.span)
    for validator in own:
        value = value if validator.before else _validate(call, cls, validator, value)
    is_enum = isinstance(value, Instance) and "_value_" in value.attributes
    if is_enum and isinstance(value, Instance) and read_config(cls).get("use_enum_values") is True:
        return value.attributes["_value_"]
    return value


def _validate(call: LibraryCall, cls: UserClass, validator: Validator, value: Value) -> Value:
    function = validator.function
    function = function.function if isinstance(function, Unbound) else function
    if isinstance(value, Unknown) or not isinstance(function, Function) or not _takes(function, 2):
        return (
            derived("a validator may change it", call.span, value)
            if isinstance(value, Unknown)
            else Unknown("pipelift does not follow this validator", call.span)
        )
    return call.invoke(function, (cls, value), {})


def _takes(function: Function, count: int) -> bool:
    params = function.node.params
    return len(params.params) == count and not params.kwonly_params and params.star_kwarg is None


def _validate_whole(call: LibraryCall, instance: Instance, validators: list[Validator]) -> None:
    """Run what checks the object as a whole; one that gets its values as a dict may change any of them."""
    for validator in validators:
        if validator.names:
            continue
        if (
            isinstance(validator.function, Function)
            and not validator.before
            and _takes(validator.function, 1)
        ):
            call.invoke(validator.function, (instance,), {})
            continue
        for name in instance.cls.fields or ():
            instance.attributes[name] = Unknown("a validator of the whole model may change it", call.span)
    is_defined, function = instance.cls.lookup("model_post_init")
    if is_defined:
        call.invoke(function, (instance, None), {})


def _initialize(instance: Value, call: LibraryCall, **given: Value) -> None:
    assert isinstance(instance, Instance)
    fields = list_fields(call, instance.cls)
    values = name_values(fields, instance.cls, given)
    fill(call, instance, fields, values, strict=False)
    keep_extra(call, instance, fields, given)


def keep_extra(
    call: LibraryCall,
    instance: Instance,
    fields: list[Field],
    given: Mapping[str, Value],
    rule: str = "ignore",
) -> None:
    """Do with values that no field takes what the class says. Raises `Raised` where it forbids them."""
    known = {name for one in fields for name in (one.name, one.alias)}
    extra = read_config(instance.cls).get("extra", rule)
    word = extra.attributes.get("_value_") if isinstance(extra, Instance) else extra
    others = {name: value for name, value in given.items() if name not in known}
    if others and word == "forbid":
        raise Raised("ValidationError", f"{instance.cls.name} has no field '{next(iter(others))}'", call.span)
    if word == "allow":
        instance.attributes.update(others)


def _set_field(instance: Value, call: LibraryCall, name: Value, value: Value) -> None:
    assert isinstance(instance, Instance)
    config = read_config(instance.cls)
    if config.get("frozen") is True or config.get("allow_mutation") is False:
        raise Raised("ValidationError", f"{instance.cls.name} is frozen", call.span)
    if config.get("validate_assignment") is True:
        for one in list_fields(call, instance.cls):
            if one.name == name and one.annotation is not None:
                value = convert(call, one.annotation, value)
    call.touch(instance.attributes)
    instance.attributes[str(name)] = value


_DUMPING = frozenset({"by_alias", "exclude_none", "exclude", "include", "mode"})


def _dump(instance: Value, call: LibraryCall, **options: Value) -> Value:
    """The fields as a dict, those of models in them too."""
    picks = (options.get("include"), options.get("exclude"))
    plain = all(pick is None or isinstance(pick, (set, list, tuple)) for pick in picks)
    used = {name for name, value in options.items() if value not in (None, False)}
    if used - _DUMPING or not plain or options.get("mode", "python") != "python":
        return Unknown("pipelift does not follow these options of a model", call.span)
    written = _write_out(call, instance, options)
    if not isinstance(written, dict):
        return written
    include, exclude = picks
    return {
        name: value
        for name, value in written.items()
        if (include is None or name in include) and (exclude is None or name not in exclude)  # type: ignore[operator]
    }


def _write_out(call: LibraryCall, value: Value, options: Mapping[str, Value]) -> Value:
    meter.spend()
    if isinstance(value, Instance) and is_model(value.cls):
        names = {one.name: one.info.options for one in list_fields(call, value.cls)}
        pairs = dict(value.attributes)
        for owner in reversed(value.cls.order):
            for name, member in owner.members.items():
                if isinstance(member, Computed):
                    pairs[name] = call.invoke(member.getter, (value,), {})
        result: dict[Value, Value] = {}
        for name, item in pairs.items():
            if name.startswith("_") or (item is None and options.get("exclude_none") is True):
                continue
            said = names.get(name, {})
            alias = said.get("serialization_alias") or said.get("alias")
            shown = alias if options.get("by_alias") is True and isinstance(alias, str) else name
            if said.get("exclude") is not True:
                result[shown] = _write_out(call, item, options)
        return result
    if type(value) is list:
        return [_write_out(call, item, options) for item in value]
    if type(value) is tuple:
        return tuple(_write_out(call, item, options) for item in value)
    if type(value) is dict:
        return {key: _write_out(call, item, options) for key, item in value.items()}
    return value


def _copy(instance: Value, call: LibraryCall, *, update: Value = None, deep: Value = False) -> Value:
    assert isinstance(instance, Instance)
    if not isinstance(update, (dict, type(None))):
        return Unknown("what is copied is not known", call.span)
    copied = copy_value(call, instance, MAX_COPY if deep is True else 0)
    if isinstance(copied, Instance):
        copied.attributes.update({str(name): value for name, value in (update or {}).items()})
    return copied


def _validate_values(cls: Value, call: LibraryCall, values: Value, **_: Value) -> Value:
    """What ``Model.model_validate(values)`` makes."""
    if isinstance(values, Instance):
        return values
    unknown = (
        values
        if isinstance(values, Unknown)
        else find_unknown(list(values) if isinstance(values, dict) else None)
    )
    if unknown is not None or not isinstance(values, dict):
        return unknown or Unknown("what the model is made of is not known", call.span)
    return call.invoke(cls, (), {str(name): value for name, value in values.items()})


def _leave(name: str) -> Callable[..., Value]:
    return lambda owner, call, *args, **kwargs: Unknown(
        f"pipelift does not model pydantic's {name}()", call.span
    )


def _list_pairs(instance: Value, call: LibraryCall) -> Value:
    assert isinstance(instance, Instance)
    return list(instance.attributes.items())


_METHODS: Mapping[str, Callable[..., Value]] = {
    "__init__": _initialize,
    "__setattr__": _set_field,
    "__iter__": _list_pairs,
    "dict": _dump,
    "model_dump": _dump,
    "copy": _copy,
    "model_copy": _copy,
    **{name: _leave(name) for name in ("__str__", "__repr__", "__contains__", "json", "model_dump_json")},
}
_CLASS_METHODS: Mapping[str, Callable[..., Value]] = {
    "parse_obj": _validate_values,
    "model_validate": _validate_values,
    **{
        name: _leave(name)
        for name in (
            "construct", "from_orm", "model_construct", "model_json_schema", "model_validate_json",
            "parse_file", "parse_raw", "schema", "schema_json", "update_forward_refs", "model_rebuild",
        )
    },
}  # fmt: skip


def _make_members() -> dict[str, Value]:
    members: dict[str, Value] = {
        name: Model(f"pydantic.{name}", function, takes_unknown=True, method=True)
        for name, function in _METHODS.items()
    }
    for name, function in _CLASS_METHODS.items():
        members[name] = Unbound(Model(f"pydantic.{name}", function, takes_unknown=True), takes_class=True)
    for name in ("__fields__", "model_fields", "__fields_set__", "model_fields_set", "model_extra"):
        reader = Model(
            f"pydantic.{name}", lambda call, *_: Unknown("pipelift does not follow it", call.span), True
        )
        members[name] = Property(reader)
    return members


BASE_MODEL = UserClass("BaseModel", _make_members(), (), builtin=True)
"""`pydantic.BaseModel`."""
