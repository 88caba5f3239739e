"""Expressions: each function gives the value of one kind of libcst node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import libcst

from pipelift.compiler.evaluate import members, operators, texts
from pipelift.compiler.evaluate.names import resolve_name
from pipelift.compiler.evaluate.state import Scope, join
from pipelift.compiler.evaluate.values import (
    Function,
    Interpolated,
    Modelled,
    Raised,
    Unknown,
    Value,
    derived,
    find_unknown,
)

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter

Handler = Callable[["Interpreter", Any, Scope], Value]


def _literal(it: Interpreter, node: Any, scope: Scope) -> Value:
    try:
        return node.evaluated_value
    except (ValueError, SyntaxError, MemoryError, AttributeError):
        return Unknown("the literal is not readable", it.span(node))


def _imaginary(it: Interpreter, node: libcst.Imaginary, scope: Scope) -> Value:
    return complex(node.value.replace("_", ""))


def _ellipsis(it: Interpreter, node: libcst.Ellipsis, scope: Scope) -> Value:
    return ...


def _name(it: Interpreter, node: libcst.Name, scope: Scope) -> Value:
    return resolve_name(it, node.value, scope, node)


def _concatenated(it: Interpreter, node: libcst.ConcatenatedString, scope: Scope) -> Value:
    return texts.add(it.evaluate(node.left, scope), it.evaluate(node.right, scope), it.span(node))


def _formatted(it: Interpreter, node: libcst.FormattedString, scope: Scope) -> Value:
    return texts.formatted(it, node, scope)


def _attribute(it: Interpreter, node: libcst.Attribute, scope: Scope) -> Value:
    owner = it.evaluate(node.value, scope)
    return members.get(it, owner, node.attr.value, node)


def _call(it: Interpreter, node: libcst.Call, scope: Scope) -> Value:
    callee = it.evaluate(node.func, scope)
    args: list[Value] = []
    kwargs: dict[str, Value] = {}
    for argument in node.args:
        value = it.evaluate(argument.value, scope)
        if argument.star == "*":
            args.extend(iterate(it, value, argument.value))
        elif argument.star == "**":
            kwargs.update(value if isinstance(value, dict) else {})
        elif argument.keyword is not None:
            kwargs[argument.keyword.value] = value
        else:
            args.append(value)
    if type(callee) is not Unknown and _is_super(node):
        return members.super_of(it, args)
    return it.call(callee, args, kwargs, it.span(node))


def _is_super(node: libcst.Call) -> bool:
    return isinstance(node.func, libcst.Name) and node.func.value == "super"


def iterate(it: Interpreter, value: Value, node: libcst.CSTNode) -> list[Value]:
    """The items of a known iterable; of anything else, one unknown that stands for them."""
    if isinstance(value, (list, tuple, set, frozenset, dict, str, bytes, range)):
        return list(value)
    if isinstance(value, Modelled) and isinstance(value, Iterable):
        return list(value)
    if isinstance(value, Unknown):
        return [derived("it is an item of something unknown", it.span(node), value)]
    if isinstance(value, (int, float, type(None))):
        raise Raised("TypeError", f"'{type(value).__name__}' object is not iterable", it.span(node))
    return [Unknown("it is an item of something that pipelift cannot iterate", it.span(node))]


def _subscript(it: Interpreter, node: libcst.Subscript, scope: Scope) -> Value:
    return members.get_item(it, it.evaluate(node.value, scope), index(it, node, scope), node)


def index(it: Interpreter, node: libcst.Subscript, scope: Scope) -> Value:
    """The key or slice between the brackets."""
    keys = [_slice_value(it, element.slice, scope) for element in node.slice]
    return keys[0] if len(keys) == 1 else tuple(keys)


def _slice_value(it: Interpreter, part: libcst.BaseSlice, scope: Scope) -> Value:
    if isinstance(part, libcst.Index):
        return it.evaluate(part.value, scope)
    assert isinstance(part, libcst.Slice)
    bounds = [None if b is None else it.evaluate(b, scope) for b in (part.lower, part.upper, part.step)]
    unknown = find_unknown(bounds)
    return unknown if unknown else slice(*bounds)


def _unary(it: Interpreter, node: libcst.UnaryOperation, scope: Scope) -> Value:
    value = it.evaluate(node.expression, scope)
    if isinstance(node.operator, libcst.Not):
        decided = truth(value)
        return (
            it.unknown_operand(decided, it.span(node), "its operand is not known")
            if isinstance(decided, Unknown)
            else not decided
        )
    return _operate(it, node, operators.UNARY[type(node.operator)], value)


def _binary(it: Interpreter, node: libcst.BinaryOperation, scope: Scope) -> Value:
    left, right = it.evaluate(node.left, scope), it.evaluate(node.right, scope)
    return binary(it, node, type(node.operator), left, right)


def binary(it: Interpreter, node: libcst.CSTNode, kind: type, left: Value, right: Value) -> Value:
    """The value of a binary operator on two values."""
    if kind in (libcst.Add, libcst.AddAssign) and isinstance(left, (str, Interpolated)):
        return texts.add(left, right, it.span(node))
    if kind in (libcst.Add, libcst.AddAssign) and isinstance(right, Interpolated):
        return texts.add(left, right, it.span(node))
    if kind is libcst.Modulo and isinstance(left, str):
        return texts.percent(it, left, right, node)
    if kind is libcst.Divide and members.is_path(left):
        return members.join_path(left, right, it.span(node))
    return _operate(it, node, operators.BINARY[kind], left, right)


def _operate(
    it: Interpreter, node: libcst.CSTNode, function: Callable[..., Value], *operands: Value
) -> Value:
    for operand in operands:
        if isinstance(operand, Unknown):
            return it.unknown_operand(operand, it.span(node), "an operand is not known")
        if isinstance(operand, Modelled) or operators.has_user_operators(operand):
            return Unknown("pipelift does not follow this operator on an object", it.span(node))
    try:
        return operators.apply(function, *operands)
    except operators.TooLarge:
        return Unknown("the result is too large", it.span(node))
    except Raised as error:
        error.span = it.span(node)
        raise


def truth(value: Value) -> bool | Unknown:
    """Whether a condition on `value` holds; unknown where that is not known."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, (Modelled, Interpolated)):
        return True
    return bool(value)


def _boolean(it: Interpreter, node: libcst.BooleanOperation, scope: Scope) -> Value:
    left = it.evaluate(node.left, scope)
    decided = truth(left)
    is_or = isinstance(node.operator, libcst.Or)
    if isinstance(decided, Unknown):
        right = it.evaluate(node.right, scope)
        if is_or and decided.root.supply.startswith("--env"):
            return right  # a variable that nobody supplies is absent: `os.environ.get(X) or default`
        if not is_or and truth(right) is False:
            return False
        if is_or and truth(right) is True and right is True:
            return True
        return it.unknown_operand(decided, it.span(node), "an operand is not known")
    return left if decided is is_or else it.evaluate(node.right, scope)


def _comparison(it: Interpreter, node: libcst.Comparison, scope: Scope) -> Value:
    left = it.evaluate(node.left, scope)
    for target in node.comparisons:
        right = it.evaluate(target.comparator, scope)
        outcome = _compare(it, node, type(target.operator), left, right)
        if isinstance(outcome, Unknown) or not outcome:
            return outcome
        left = right
    return True


def _compare(it: Interpreter, node: libcst.CSTNode, kind: type, left: Value, right: Value) -> Value:
    if kind in (libcst.In, libcst.NotIn) and isinstance(right, Modelled):
        return Unknown("only the workspace knows what it holds", it.span(node))
    if kind in (libcst.Is, libcst.IsNot, libcst.Equal, libcst.NotEqual) and not isinstance(left, Unknown):
        if isinstance(right, Unknown):
            return it.unknown_operand(right, it.span(node), "an operand is not known")
        if operators.has_user_operators(left) and kind in (libcst.Equal, libcst.NotEqual):
            return (left is right) is (kind is libcst.Equal)
        return operators.apply(operators.COMPARE[kind], left, right)
    if kind in (libcst.In, libcst.NotIn) and isinstance(right, (list, tuple, dict, set)):
        if not isinstance(left, Unknown) and find_unknown(right, 1) is None:
            return operators.apply(operators.COMPARE[kind], left, right)
        cause = left if isinstance(left, Unknown) else find_unknown(right, 1)
        assert cause is not None
        return it.unknown_operand(cause, it.span(node), "an operand is not known")
    return _operate(it, node, operators.COMPARE[kind], left, right)


def _conditional(it: Interpreter, node: libcst.IfExp, scope: Scope) -> Value:
    decided = truth(it.evaluate(node.test, scope))
    if isinstance(decided, Unknown):
        return join(it.evaluate(node.body, scope), it.evaluate(node.orelse, scope), it.span(node))
    return it.evaluate(node.body if decided else node.orelse, scope)


def _lambda(it: Interpreter, node: libcst.Lambda, scope: Scope) -> Value:
    from pipelift.compiler.evaluate.calls import defaults_of

    assert it.source is not None
    return Function("<lambda>", node, scope, it.source, defaults_of(it, node.params, scope))


def _elements(it: Interpreter, node: Any, scope: Scope) -> list[Value]:
    values: list[Value] = []
    for element in node.elements:
        value = it.evaluate(element.value, scope)
        if isinstance(element, libcst.StarredElement):
            values.extend(iterate(it, value, element.value))
        else:
            values.append(value)
    return values


def _list(it: Interpreter, node: libcst.List, scope: Scope) -> Value:
    return _elements(it, node, scope)


def _tuple(it: Interpreter, node: libcst.Tuple, scope: Scope) -> Value:
    return tuple(_elements(it, node, scope))


def _set(it: Interpreter, node: libcst.Set, scope: Scope) -> Value:
    return operators.apply(set, _elements(it, node, scope))


def _dict(it: Interpreter, node: libcst.Dict, scope: Scope) -> Value:
    result: dict[Value, Value] = {}
    for element in node.elements:
        value = it.evaluate(element.value, scope)
        if isinstance(element, libcst.DictElement):
            key = it.evaluate(element.key, scope)
            operators.apply(hash, key)
            result[key] = value
        elif isinstance(value, dict):
            result.update(value)
        else:
            return Unknown("it is unpacked from something unknown", it.span(node))
    return result


def _comprehension(it: Interpreter, node: Any, scope: Scope) -> Value:
    inner = Scope({}, scope)
    found: list[Value] = []
    unknown = _each(it, node.for_in, inner, lambda: found.append(_produce(it, node, inner)))
    if unknown is not None:
        return derived("it is made from something unknown", it.span(node), unknown)
    if isinstance(node, libcst.DictComp):
        return dict(found)
    return operators.apply(set, found) if isinstance(node, libcst.SetComp) else found


def _produce(it: Interpreter, node: Any, scope: Scope) -> Value:
    if isinstance(node, libcst.DictComp):
        return it.evaluate(node.key, scope), it.evaluate(node.value, scope)
    return it.evaluate(node.elt, scope)


def _each(
    it: Interpreter, clause: libcst.CompFor, scope: Scope, produce: Callable[[], None]
) -> Unknown | None:
    from pipelift.compiler.evaluate.statements import assign

    iterable = it.evaluate(clause.iter, scope)
    if isinstance(iterable, Unknown):
        return iterable
    for item in iterate(it, iterable, clause.iter):
        it.spend()
        assign(it, clause.target, item, scope)
        decided = [truth(it.evaluate(test.test, scope)) for test in clause.ifs]
        unknown = find_unknown(decided)
        if unknown is not None:
            return unknown
        if not all(decided):
            continue
        if clause.inner_for_in is None:
            produce()
            continue
        unknown = _each(it, clause.inner_for_in, scope, produce)
        if unknown is not None:
            return unknown
    return None


def _walrus(it: Interpreter, node: libcst.NamedExpr, scope: Scope) -> Value:
    value = it.evaluate(node.value, scope)
    if isinstance(node.target, libcst.Name):
        it.assign_name(scope, node.target.value, value)
    return value


def _await(it: Interpreter, node: libcst.Await, scope: Scope) -> Value:
    return it.evaluate(node.expression, scope)


def _yield(it: Interpreter, node: libcst.Yield, scope: Scope) -> Value:
    if isinstance(node.value, libcst.From):
        it.frames[-1].yielded.extend(iterate(it, it.evaluate(node.value.item, scope), node))
    else:
        it.frames[-1].yielded.append(None if node.value is None else it.evaluate(node.value, scope))
    return None


EXPRESSIONS: Mapping[type[libcst.CSTNode], Handler] = MappingProxyType(
    {
        libcst.SimpleString: _literal,
        libcst.Integer: _literal,
        libcst.Float: _literal,
        libcst.Imaginary: _imaginary,
        libcst.Ellipsis: _ellipsis,
        libcst.Name: _name,
        libcst.ConcatenatedString: _concatenated,
        libcst.FormattedString: _formatted,
        libcst.Attribute: _attribute,
        libcst.Call: _call,
        libcst.Subscript: _subscript,
        libcst.UnaryOperation: _unary,
        libcst.BinaryOperation: _binary,
        libcst.BooleanOperation: _boolean,
        libcst.Comparison: _comparison,
        libcst.IfExp: _conditional,
        libcst.Lambda: _lambda,
        libcst.List: _list,
        libcst.Tuple: _tuple,
        libcst.Set: _set,
        libcst.Dict: _dict,
        libcst.ListComp: _comprehension,
        libcst.SetComp: _comprehension,
        libcst.DictComp: _comprehension,
        libcst.GeneratorExp: _comprehension,
        libcst.NamedExpr: _walrus,
        libcst.Await: _await,
        libcst.Yield: _yield,
    }
)
