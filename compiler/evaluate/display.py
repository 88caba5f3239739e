"""What values are as text: `str`, `repr` and `format` of everything that a program can print."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePosixPath

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import meter, operators
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import Function, Instance, UserClass
from pipelift.compiler.evaluate.values import PLAIN, SEQUENCES, BoundMethod, Unknown, Value

MAX_ITEMS = 100_000
"""The most items that are printed as one text."""


class NotKnown(operators.NotKnownBase):
    """The text is not known, for the reason that `unknown` gives."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


class PrintedObject:
    """Stands for an object of the user's in a call of Python's own formatting."""

    def __init__(self, it: Machine, value: Value, span: Span, wrapper: _Wrapper) -> None:
        self._it = it
        self._value = value
        self._span = span
        self._wrapper = wrapper

    def __str__(self) -> str:
        meter.spend()
        return self._wrapper.count(str_of(self._it, self._value, self._span))

    def __repr__(self) -> str:
        meter.spend()  # one object may be met very often in one text
        return self._wrapper.count(repr_of(self._it, self._value, self._span))

    def __format__(self, specification: str) -> str:
        if isinstance(self._value, Instance) and self._value.cls.lookup("__format__")[0]:
            text = _ask_method(self._it, self._value, "__format__", self._span, specification)
            return self._wrapper.count(text)
        if isinstance(self._value, Instance) and self._value.cls.mixin is not None:
            reason = "Python's versions differ in how an Enum with a plain type is formatted: write .value"
            raise NotKnown(Unknown(reason, self._span))
        if specification:
            return format(str(self), specification)
        return str(self)


def printable(it: Machine, value: Value, span: Span) -> Value:
    """`value` as Python's own formatting may be given it. Raises `NotKnown`, or `TooLarge` for a huge value."""
    if isinstance(value, PLAIN):
        meter.read(count_letters(value))
        return value
    return measured(it, value, span)[0]


def measured(it: Machine, value: Value, span: Span) -> tuple[Value, int]:
    """As `printable`, with the number of letters that the value has as text, about."""
    wrapper = _Wrapper(it, span)
    try:
        return wrapper.wrap(value), wrapper.letters
    finally:
        wrapper.charge()


def count_letters(value: Value) -> int:
    """How many letters a value without parts has as text, about; of a container none of its own."""
    if isinstance(value, (str, bytes)):
        return len(value)
    if isinstance(value, PurePosixPath):
        return len(str(value))
    return value.bit_length() // 3 if isinstance(value, int) else 2


class _Wrapper:
    """Makes one value printable, and counts its items and letters as often as they are printed."""

    def __init__(self, it: Machine, span: Span) -> None:
        self._it = it
        self._span = span
        self._items_left = MAX_ITEMS
        self._letters_left = meter.MAX_SIZE

    @property
    def letters(self) -> int:
        """How many letters there have been so far."""
        return meter.MAX_SIZE - self._letters_left

    def charge(self) -> None:
        """Charge for what has been looked at."""
        meter.look(MAX_ITEMS - self._items_left)
        meter.read(self.letters)

    def count(self, text: str) -> str:
        """The text of an object in the value, which counts, too. Raises `TooLarge`."""
        self._letters_left -= len(text)
        if self._letters_left < 0:
            raise meter.TooLarge
        return text

    def wrap(self, value: Value) -> Value:
        self._items_left -= 1
        self._letters_left -= count_letters(value)
        if self._items_left < 0 or self._letters_left < 0:
            raise meter.TooLarge
        if isinstance(value, (*PLAIN, range, slice, PurePosixPath)):
            return value
        if isinstance(value, Unknown):
            raise NotKnown(value)
        if isinstance(value, (Instance, UserClass, Function, BoundMethod)):
            return PrintedObject(self._it, value, self._span, self)
        if isinstance(value, dict):
            return self._wrap_dict(value)
        if isinstance(value, SEQUENCES):
            return self._wrap_sequence(value)
        if type(value).__module__ in ("datetime", "decimal", "fractions"):
            return value
        raise NotKnown(Unknown("the text of this object is not known", self._span))

    def _wrap_dict(self, value: dict[Value, Value]) -> Value:
        pairs = [(self.wrap(key), self.wrap(item)) for key, item in value.items()]
        if all(
            key is old_key and item is old_item
            for (key, item), (old_key, old_item) in zip(pairs, value.items(), strict=True)
        ):
            return value
        return dict(pairs)

    def _wrap_sequence(self, value: Collection[Value]) -> Value:
        items = [self.wrap(item) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        for kind in (list, tuple, set, frozenset):
            if type(value) is kind:
                return kind(items)
        raise NotKnown(Unknown("the text of this object is not known", self._span))


def str_of(it: Machine, value: Value, span: Span) -> str:
    """``str(value)``. Raises `NotKnown`."""
    if not isinstance(value, Instance):
        return repr_of(it, value, span)
    if value.cls.lookup("__str__")[0]:
        return _ask_method(it, value, "__str__", span)
    if "args" in value.attributes and is_exception(value.cls):
        return _render_exception(it, value, span)
    if "_name_" in value.attributes:
        return f"{value.cls.name}.{value.attributes['_name_']}"
    return repr_of(it, value, span)


def repr_of(it: Machine, value: Value, span: Span) -> str:
    """``repr(value)``. Raises `NotKnown` for what prints its address."""
    if not isinstance(value, Instance):
        if isinstance(value, UserClass) and not value.builtin:
            return f"<class '__main__.{value.name}'>"
        if isinstance(value, UserClass):
            return f"<class '{value.name}'>"
        raise NotKnown(Unknown("the text of this object is not known", span))
    cls = value.cls
    if cls.lookup("__repr__")[0]:
        return _ask_method(it, value, "__repr__", span)
    if "args" in value.attributes and is_exception(cls):
        args = [repr(printable(it, argument, span)) for argument in _list_arguments(value, span)]
        return f"{cls.name}({', '.join(args)})"
    if "_name_" in value.attributes:
        inner = repr(printable(it, value.attributes["_value_"], span))
        return f"<{cls.name}.{value.attributes['_name_']}: {inner}>"
    if cls.fields is not None and cls.options.get("repr", True) is not False:
        texts = [f"{name}={printable(it, value.attributes.get(name), span)!r}" for name in cls.fields]
        return f"{cls.name}({', '.join(texts)})"
    raise NotKnown(Unknown("the text of this object is its address", span))


def is_exception(cls: UserClass) -> bool:
    """Whether `cls` derives from Python's BaseException."""
    return cls.order[-1].name == "BaseException" and cls.order[-1].builtin


def _render_exception(it: Machine, value: Instance, span: Span) -> str:
    args = _list_arguments(value, span)
    if not args:
        return ""
    if len(args) > 1:
        return str(printable(it, args, span))
    printed = printable(it, args[0], span)
    return repr(printed) if any(base.name == "KeyError" for base in value.cls.order) else str(printed)


def _list_arguments(value: Instance, span: Span) -> tuple[Value, ...]:
    """The arguments that an exception keeps. Raises `NotKnown` where the program sets them to something else."""
    args = value.attributes["args"]
    if not isinstance(args, tuple):
        raise NotKnown(Unknown("the text of this object is not known", span))
    return args


def _ask_method(it: Machine, value: Instance, method: str, span: Span, *args: Value) -> str:
    """What the user's own ``__str__`` or ``__repr__`` says."""
    answer = it.call(BoundMethod(value, value.cls.lookup(method)[1]), args, {}, span)
    if isinstance(answer, str):
        return answer
    unknown = answer if isinstance(answer, Unknown) else Unknown("the text of this object is not known", span)
    raise NotKnown(unknown)
