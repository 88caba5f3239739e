"""`typing` and `typing_extensions`."""

from __future__ import annotations

from pipelift.compiler.evaluate.construct import NAMED_TUPLE
from pipelift.compiler.evaluate.library.models import partial_module, passthrough
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Model, Module, Unknown, Value


@module("typing", "typing_extensions")
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
    members["overload"] = members["final"] = passthrough("typing.final")
    return partial_module("typing", members)


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
