"""Small modules: sys, copy, functools, contextlib, logging, operator, math, typing, abc and the like."""

from __future__ import annotations

import copy
import math
import operator
import sys
from collections import namedtuple

import libcst

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.construct import NAMED_TUPLE
from pipelift.compiler.evaluate.library.builtins import end_program
from pipelift.compiler.evaluate.library.models import ignored, items, kept, partly, plain
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.managers import Suppress
from pipelift.compiler.evaluate.members import get_at as members_of
from pipelift.compiler.evaluate.objects import Function, Instance, Property
from pipelift.compiler.evaluate.values import Call, Model, Modelled, Module, Raised, Unknown, Value


def sys_module(it: Machine) -> Module:
    """`sys`: the arguments are those given after ``--``."""
    members: dict[str, Value] = {
        "argv": [str(it.outside.main), *it.outside.arguments],
        "path": [str(it.outside.folder)],
        "exit": Model("sys.exit", end_program, takes_unknown=True),
        "executable": "python",
        "platform": "linux",
        "modules": Unknown("only a run knows which modules are loaded"),
        "version": ".".join(map(str, sys.version_info[:3])),
        "version_info": _Version(*sys.version_info[:3]),
        "maxsize": sys.maxsize,
        "stdout": None,
        "stderr": None,
    }
    return partly("sys", members)


_Version = namedtuple("_Version", "major minor micro")


def copy_module(it: Machine) -> Module:
    """`copy`: a copy of a list or dict is one; SDK objects are copied with their attributes."""
    shallow = Model("copy.copy", lambda call, value: _copied(call, value, 0), takes_unknown=True)
    deep = Model(
        "copy.deepcopy", lambda call, value, memo=None: _copied(call, value, MAX_COPY), takes_unknown=True
    )
    return partly("copy", {"copy": shallow, "deepcopy": deep})


MAX_COPY = 20
"""How deep a deep copy goes."""


def _copied(call: Call, value: Value, depth: int) -> Value:
    call.interpreter.spend()

    def inner(one: Value) -> Value:
        return _copied(call, one, depth - 1) if depth else one

    if isinstance(value, (list, set)):
        return type(value)(map(inner, value))
    if isinstance(value, dict):
        copied = value.copy()
        copied.update({key: inner(one) for key, one in value.items()})
        return copied
    if type(value) is tuple:
        return tuple(map(inner, value))
    if isinstance(value, Instance) and "_name_" not in value.attributes:
        return Instance(value.cls, {name: inner(one) for name, one in value.attributes.items()}, call.span)
    if not isinstance(value, Modelled):
        return value
    made = copy.copy(value)
    for name, one in value.__dict__.items():
        if isinstance(one, (list, dict, set)):
            made.__dict__[name] = inner(one) if depth else one.copy()
        elif depth and not name.startswith("_") and isinstance(one, Modelled):
            made.__dict__[name] = inner(one)
    return made


def functools_module(it: Machine) -> Module:
    """`functools`: `partial`, `reduce`, and decorators that keep the function."""

    def partial(call: Call, function: Value, *args: Value, **kwargs: Value) -> Value:
        def later(again: Call, *more: Value, **others: Value) -> Value:
            return again.invoke(function, (*args, *more), {**kwargs, **others})

        return Model("partial", later, takes_unknown=True, attributes={"func": function, "args": args})

    def reduce(call: Call, function: Value, iterable: Value, *initial: Value) -> Value:
        values = [*initial, *items(call, iterable)]
        if not values:
            raise Raised("TypeError", "reduce() of empty iterable with no initial value", call.span)
        total = values[0]
        for value in values[1:]:
            total = call.invoke(function, (total, value), {})
        return total

    def cached(call: Call, function: Value) -> Value:
        if isinstance(function, Function):
            function.attributes["cached"] = True
        return Property(function)

    names = ("wraps", "lru_cache", "cache", "total_ordering", "singledispatch", "update_wrapper")
    return partly(
        "functools",
        {
            **{name: kept(f"functools.{name}") for name in names},
            "wraps": Model("functools.wraps", lambda call, *_, **__: kept("wraps"), True),
            "partial": Model("functools.partial", partial, True),
            "reduce": Model("functools.reduce", reduce, True),
            "cached_property": Model("functools.cached_property", cached, True),
        },
    )


def contextlib_module(it: Machine) -> Module:
    """`contextlib`."""

    def manager(call: Call, function: Value) -> Value:
        if isinstance(function, Function):
            function.manager = True
        return function

    def entered(call: Call, value: Value = None) -> Value:
        return (
            Unknown("it is not known what the context manager gives", call.span) if value is None else value
        )

    return partly(
        "contextlib",
        {
            "contextmanager": Model("contextlib.contextmanager", manager, True),
            "suppress": Model("contextlib.suppress", lambda call, *classes: Suppress(classes), True),
            "closing": Model("contextlib.closing", entered, True),
            "nullcontext": Model("contextlib.nullcontext", entered, True),
        },
    )


def asyncio_module(it: Machine) -> Module:
    """`asyncio`: a coroutine has run when it is awaited, so what runs one gives its value."""
    run = Model("asyncio.run", lambda call, value, **_: value, takes_unknown=True)
    gather = Model("asyncio.gather", lambda call, *values, **_: list(values), takes_unknown=True)
    return partly("asyncio", {"run": run, "gather": gather, "sleep": ignored("asyncio.sleep")})


def _silent(name: str, members: tuple[str, ...]) -> Module:
    return partly(name, {member: ignored(f"{name}.{member}") for member in members})


def logging_module(it: Machine) -> Module:
    """`logging`: nothing is logged while evaluating."""
    names = ("debug", "info", "warning", "error", "exception", "critical", "basicConfig", "getLogger")
    module = _silent("logging", names)
    levels = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
    silent = _silent("logger", (*names, "setLevel", "addHandler", "log"))
    module.members.update(levels, getLogger=Model("getLogger", lambda call, *args: silent, True))
    return module


def warnings_module(it: Machine) -> Module:
    """`warnings`: nothing is warned of while evaluating."""
    return _silent("warnings", ("filterwarnings", "simplefilter", "warn"))


def string_module(it: Machine) -> Module:
    """`string`: its constants."""
    import string

    names = ("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "punctuation")
    return partly("string", {name: getattr(string, name) for name in names})


def typing_module(it: Machine) -> Module:
    """`typing`: annotations are not evaluated, so most of its names only have to be there."""
    classes = {"Sequence": list, "Mapping": dict, "MutableMapping": dict}
    alias = lambda call, *args, **kwargs: Unknown("a type is no function", call.span)  # noqa: E731
    members: dict[str, Value] = {name: Model(f"typing.{name}", alias, True) for name in _TYPES}
    members.update({name: Model(f"typing.{name}", alias, True, native=cls) for name, cls in classes.items()})
    same = lambda call, *args: args[-1]  # noqa: E731
    members.update(
        {"TYPE_CHECKING": False, "NamedTuple": NAMED_TUPLE, "cast": Model("typing.cast", same, True)}
    )
    members["TypeVar"] = Model("typing.TypeVar", alias, True)
    members["overload"] = members["final"] = kept("typing.final")
    return partly("typing", members)


_TYPES = (
    "Annotated",
    "Any",
    "Callable",
    "ClassVar",
    "Dict",
    "Final",
    "Generator",
    "Generic",
    "Iterable",
    "Iterator",
    "List",
    "Literal",
    "Optional",
    "Protocol",
    "Set",
    "Tuple",
    "Type",
    "Union",
)


def abc_module(it: Machine) -> Module:
    """`abc`."""
    names = ("abstractmethod", "abstractproperty")
    base = Model("abc.ABC", lambda call: Unknown("an object without a class", call.span))
    return partly("abc", {"ABC": base, "ABCMeta": base, **{name: kept(f"abc.{name}") for name in names}})


def operator_module(it: Machine) -> Module:
    """`operator`: what gets items and attributes, and the operators that only compute."""

    def itemgetter(call: Call, *keys: Value) -> Value:
        def get(again: Call, owner: Value) -> Value:
            found = [operators.apply(lambda key=key: owner[key]) for key in keys]
            return found[0] if len(found) == 1 else tuple(found)

        return Model("itemgetter", get)

    def attrgetter(call: Call, name: Value) -> Value:
        def get(again: Call, owner: Value) -> Value:
            for part in str(name).split("."):
                owner = members_of(again.interpreter, owner, part, again.span)
            return owner

        return Model("attrgetter", get)

    binary = {
        name: plain(f"operator.{name}", getattr(operator, name))
        for name in ("sub", "truediv", "eq", "lt", "gt")
    }
    return partly(
        "operator",
        {
            **binary,
            "add": plain("operator.add", operators.BINARY[libcst.Add]),
            "mul": plain("operator.mul", operators.BINARY[libcst.Multiply]),
            "itemgetter": Model("operator.itemgetter", itemgetter),
            "attrgetter": Model("operator.attrgetter", attrgetter),
        },
    )


def math_module(it: Machine) -> Module:
    """`math`: functions of numbers, but for those whose results grow without measure."""
    names = (
        "ceil",
        "floor",
        "sqrt",
        "log",
        "log2",
        "log10",
        "exp",
        "fabs",
        "gcd",
        "isclose",
        "isnan",
        "trunc",
        "prod",
    )
    constants = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
    powers = {"pow": plain("math.pow", math.pow), "factorial": plain("math.factorial", _factorial)}
    return partly("math", {**{n: plain(f"math.{n}", getattr(math, n)) for n in names}, **constants, **powers})


def _factorial(number: int) -> int:
    if number > MAX_FACTORIAL:
        raise operators.TooLarge
    return math.factorial(number)


MAX_FACTORIAL = 1_000
"""The largest number of which the factorial is taken."""
