"""``def`` and ``class``: functions and classes of the user's as values, with the decorators that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst

from pipelift.compiler.evaluate.calls import defaults_of
from pipelift.compiler.evaluate.state import Scope
from pipelift.compiler.evaluate.values import Function, Unknown, UserClass, Value

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter, Signal

_KINDS = {
    "staticmethod": "static",
    "classmethod": "class",
    "property": "property",
    "cached_property": "property",
}


def define_function(it: Interpreter, node: libcst.FunctionDef, scope: Scope) -> Signal | None:
    """Run ``def``: bind the function; its body waits for a call."""
    assert it.source is not None
    names = [_decorator_name(decorator) for decorator in node.decorators]
    name = node.name.value
    kind = next((_KINDS[one] for one in names if one in _KINDS), "function")
    function = Function(
        name,
        node,
        scope,
        it.source,
        defaults_of(it, node.params, scope),
        owner=scope.names.get("__class__") if scope.is_class else None,
        kind=kind,
        generator=_yields(node.body),
    )
    setter = next((one for one in names if one.endswith(".setter")), None)
    it.assign_name(scope, setter or name, function)
    return None


def _decorator_name(decorator: libcst.Decorator) -> str:
    node = decorator.decorator
    if isinstance(node, libcst.Call):
        node = node.func
    if isinstance(node, libcst.Attribute):
        owner = node.value.value if isinstance(node.value, libcst.Name) else ""
        return f"{owner}.setter" if node.attr.value == "setter" else node.attr.value
    return node.value if isinstance(node, libcst.Name) else ""


def _yields(body: libcst.BaseSuite) -> bool:
    """Whether the body itself yields; a function or lambda inside it does not count."""
    pending: list[libcst.CSTNode] = [body]
    while pending:
        node = pending.pop()
        if isinstance(node, libcst.Yield):
            return True
        if not isinstance(node, (libcst.FunctionDef, libcst.Lambda, libcst.ClassDef)):
            pending.extend(node.children)
    return False


def define_class(it: Interpreter, node: libcst.ClassDef, scope: Scope) -> Signal | None:
    """Run ``class``: evaluate its body in a scope of its own, and bind the class."""
    span = it.span(node.name)
    bases = tuple(_base(it, it.evaluate(base.value, scope), it.span(base.value)) for base in node.bases)
    cls = UserClass(node.name.value, {}, bases, span)
    inner = Scope({"__class__": cls}, scope, is_class=True)
    it.execute(node.body.body, inner)
    cls.members = {name: value for name, value in inner.names.items() if name != "__class__"}
    if any(_decorator_name(decorator) == "dataclass" for decorator in node.decorators):
        cls.dataclass_fields = _fields(cls, node)
    it.assign_name(scope, node.name.value, cls)
    return None


def _base(it: Interpreter, base: Value, span: object) -> Value:
    """A base class as inheritance sees it: the user's own, or unknown, but for those that add nothing."""
    if isinstance(base, (UserClass, Unknown)):
        return base
    if getattr(base, "name", "") in ("object", "ABC", "abc.ABC", "Enum", "enum.Enum"):
        return None
    return Unknown("the base class is not the user's own", span)  # type: ignore[arg-type]


def _fields(cls: UserClass, node: libcst.ClassDef) -> tuple[str, ...]:
    """The names of a dataclass's fields, bases first, in the order of their annotations."""
    inherited = [
        name for base in cls.bases if isinstance(base, UserClass) for name in base.dataclass_fields or ()
    ]
    own = [
        found.target.value
        for line in node.body.body
        if isinstance(line, libcst.SimpleStatementLine)
        for found in line.body
        if isinstance(found, libcst.AnnAssign) and isinstance(found.target, libcst.Name)
    ]
    return tuple(dict.fromkeys([*inherited, *own]))
