"""`pydantic`: models, and what is said of their fields."""

from __future__ import annotations

from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.library.basemodel import BASE_MODEL, MISSING, Computed, Info, Validator
from pipelift.compiler.evaluate.library.conversion import SecretText
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.pydantic_settings import SETTINGS_1
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import Property
from pipelift.compiler.evaluate.values import Model, ModelledClass, Module, Value


@module("pydantic", "pydantic.v1")
def pydantic_module(it: Machine) -> Module:
    """`pydantic`, of version 1 or 2."""
    members: dict[str, Value] = {
        "BaseModel": BASE_MODEL,
        "BaseSettings": SETTINGS_1,
        "ConfigDict": Model("ConfigDict", lambda call, **options: options, takes_unknown=True),
        "Field": Model("Field", _make_info, takes_unknown=True),
        "PrivateAttr": Model("PrivateAttr", _make_info, takes_unknown=True),
        "SecretStr": ModelledClass("pydantic.SecretStr", SecretText),
        "ValidationError": EXCEPTIONS["ValidationError"],
        "validator": Model("validator", _make_field_validator, takes_unknown=True),
        "field_validator": Model("field_validator", _make_field_validator, takes_unknown=True),
        "root_validator": Model("root_validator", _make_root_validator, takes_unknown=True),
        "model_validator": Model("model_validator", _make_model_validator, takes_unknown=True),
        "computed_field": Model("computed_field", _compute_field, takes_unknown=True),
    }
    names = ("PositiveInt", "NonNegativeInt", "PositiveFloat", "StrictStr", "DirectoryPath", "FilePath")
    members.update({name: Model(f"pydantic.{name}", lambda call, value: value) for name in names})
    return partial_module("pydantic", members)


def _make_info(call: LibraryCall, default: Value = MISSING, **options: Value) -> Value:
    factory = options.pop("default_factory", None)
    return Info(MISSING if default is ... else default, factory, options)


def _make_field_validator(call: LibraryCall, *names: Value, **options: Value) -> Value:
    before = options.get("pre") is True or options.get("mode") == "before"
    fields = tuple(str(name) for name in names)
    is_plain = options.get("mode", "after") in ("before", "after") and options.get("each_item") is not True

    def decorate(again: LibraryCall, function: Value) -> Value:
        return Validator(fields, before, function if is_plain else None)

    return Model("validator", decorate, takes_unknown=True)


def _make_root_validator(call: LibraryCall, function: Value = None, **options: Value) -> Value:
    if function is not None:
        return Validator((), True, function)
    return Model("root_validator", lambda again, inner: Validator((), True, inner), takes_unknown=True)


def _make_model_validator(call: LibraryCall, *, mode: Value = "after") -> Value:
    return Model("model_validator", lambda again, function: Validator((), mode != "after", function), True)


def _compute_field(call: LibraryCall, function: Value = None, **options: Value) -> Value:
    if function is None:
        return Model("computed_field", _compute_field, takes_unknown=True)
    return Computed(function.getter if isinstance(function, Property) else function)
