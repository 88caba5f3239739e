"""Classes of values: what `isinstance` and `issubclass` answer."""

from __future__ import annotations

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.construct import NAMED_TUPLE
from pipelift.compiler.evaluate.objects import Function, Instance, UserClass
from pipelift.compiler.evaluate.values import Model, Modelled, ModelledClass, Unknown, Value, find_unknown


def is_instance(value: Value, cls: Value, span: Span) -> bool | Unknown:
    """What ``isinstance(value, cls)`` says; `cls` is a class or a tuple of classes."""
    if isinstance(cls, tuple):
        meter.weigh(cls)
        answers = [is_instance(value, candidate, span) for candidate in cls]
        return True if True in answers else (find_unknown(answers, 1) or False)
    for operand in (value, cls):
        if isinstance(operand, Unknown):
            return operand
    if isinstance(cls, UserClass):
        return _is_of_user_class(value, cls)
    if isinstance(cls, ModelledClass):
        answer = value.is_a(cls.cls) if isinstance(value, Modelled) else False
        return Unknown("only the workspace knows its class", span) if answer is None else answer
    if isinstance(cls, Model) and cls.native is not None:
        return _is_of_native(value, cls.native, span)
    return Unknown("the class is not known", span)


def _is_of_user_class(value: Value, cls: UserClass) -> bool | Unknown:
    if isinstance(value, Instance):
        if cls in value.cls.order:
            return True
        return value.cls.unknown_base or False
    if isinstance(value, Modelled) and isinstance(value.user_class, UserClass):
        return cls in value.user_class.order
    record = getattr(type(value), "_pipelift_class", None)
    return isinstance(record, UserClass) and (cls in record.order and cls is not NAMED_TUPLE)


def _is_of_native(value: Value, native: type, span: Span) -> bool | Unknown:
    if native is object:
        return True
    if isinstance(value, Instance):
        if value.cls.mixin is not None and issubclass(value.cls.mixin, native):
            return True
        return value.cls.unknown_base or False
    if isinstance(value, (Modelled, Function)):
        return False
    return isinstance(value, native)


def is_subclass(cls: Value, other: Value, span: Span) -> bool | Unknown:
    """What ``issubclass(cls, other)`` says."""
    if isinstance(other, tuple):
        meter.weigh(other)
        answers = [is_subclass(cls, candidate, span) for candidate in other]
        return True if True in answers else (find_unknown(answers, 1) or False)
    if isinstance(cls, UserClass) and isinstance(other, UserClass):
        return True if other in cls.order else (cls.unknown_base or False)
    if isinstance(cls, Model) and isinstance(other, Model) and cls.native and other.native:
        return issubclass(cls.native, other.native)
    if isinstance(cls, ModelledClass) and isinstance(other, ModelledClass):
        return issubclass(cls.cls, other.cls)
    if isinstance(cls, UserClass) and isinstance(other, ModelledClass):
        return cls.model is not None and issubclass(cls.model.cls, other.cls)
    return Unknown("the class is not known", span)
