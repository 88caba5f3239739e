"""Operators, comparisons and truth on values of every kind: Python's own, the user's objects, texts with references."""

from __future__ import annotations

import operator
from collections.abc import Callable

import libcst

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import members, operators, texts
from pipelift.compiler.evaluate.enums import plain_value
from pipelift.compiler.evaluate.iteration import iterate
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import Instance, Scope, UserClass
from pipelift.compiler.evaluate.values import (
    SEQUENCES,
    BoundMethod,
    Interpolated,
    Iter,
    Modelled,
    Raised,
    Unknown,
    Value,
    find_unknown,
)

_IDENTITY = (libcst.Is, libcst.IsNot)
_MEMBERSHIP = (libcst.In, libcst.NotIn)
_EQUALITY = (libcst.Equal, libcst.NotEqual)
_CHANGING = {
    libcst.BitOr: operator.ior,
    libcst.BitAnd: operator.iand,
    libcst.BitXor: operator.ixor,
    libcst.Subtract: operator.isub,
}
"""The operators by which an augmented assignment changes a dict or set itself."""

_REFLECTED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}


def binary(it: Machine, node: libcst.CSTNode, kind: type, left: Value, right: Value) -> Value:
    """The value of a binary operator on two values."""
    span = it.span(node)
    if kind is libcst.Add and isinstance(left, (str, Interpolated)) and _texts(right):
        return texts.add(left, right, span)
    if kind is libcst.Add and isinstance(right, Interpolated):
        return texts.add(left, right, span)
    if kind is libcst.Modulo and isinstance(left, str):
        return texts.percent(it, left, right, node)
    if kind is libcst.Divide and (members.is_path(left) or members.is_path(right)):
        return members.join_path(left, right, span)
    return _operate(it, span, kind, operators.BINARY[kind], left, right)


def binary_values(it: Machine, left: Value, right: Value, span: Span) -> Value:
    """``left + right`` where no expression says so, as in `sum`."""
    if isinstance(left, (str, Interpolated)) and _texts(right):
        return texts.add(left, right, span)
    return _operate(it, span, libcst.Add, operators.BINARY[libcst.Add], left, right)


def _texts(value: Value) -> bool:
    return isinstance(value, (str, Interpolated, Unknown))


def _operate(it: Machine, span: Span, kind: type, function: Callable[..., Value], *operands: Value) -> Value:
    for operand in operands:
        if isinstance(operand, Unknown):
            return it.unknown_operand(operand, span, "an operand is not known")
        if isinstance(operand, (Modelled, Interpolated)):
            return Unknown("pipelift does not follow this operator on an object", span)
    if any(isinstance(operand, Instance) for operand in operands):
        answered, value = _by_method(it, span, operators.DUNDERS.get(kind, ""), operands)
        if answered:
            return value
    operands = tuple(map(plain_value, operands))
    unknown_base = next((base for one in operands if (base := _unknown_base(one)) is not None), None)
    if unknown_base is not None:
        return it.unknown_operand(unknown_base, span, "an operand is not known")
    value = operators.apply(function, *operands)
    it.spend(_cost(value))
    return value


def _cost(value: Value) -> int:
    if isinstance(value, (*operators.SIZED, dict, set)):
        return len(value) // (50 if isinstance(value, (dict, set)) else 200)
    return value.bit_length() // 500 if isinstance(value, int) else 0


def _unknown_base(value: Value) -> Unknown | None:
    return value.cls.unknown_base if isinstance(value, Instance) else None


def _by_method(it: Machine, span: Span, name: str, operands: tuple[Value, ...]) -> tuple[bool, Value]:
    """Whether one of the operands is the user's object with a method for the operator, and what that gives."""
    if not name:
        return False, None
    tries: list[tuple[Value, str, tuple[Value, ...]]] = [(operands[0], f"__{name}__", operands[1:])]
    if len(operands) == 2:
        tries.append((operands[1], f"__{_REFLECTED.get(name, 'r' + name)}__", operands[:1]))
    for owner, method, args in tries:
        if not isinstance(owner, Instance):
            continue
        found, function = owner.cls.lookup(method)
        if found:
            value = it.call(BoundMethod(owner, function), args, {}, span)
            if value is not NotImplemented:
                return True, value
        if owner.cls.options.get("order") is True and name in ("lt", "le", "gt", "ge"):
            return True, _by_fields(name, operands)
    return False, None


def _by_fields(name: str, operands: tuple[Value, ...]) -> Value:
    one, other = operands
    if not (isinstance(one, Instance) and isinstance(other, Instance) and one.cls is other.cls):
        raise Raised("TypeError", "'<' not supported between instances of different classes")
    keys = [tuple(each.attributes.get(field) for field in each.cls.fields or ()) for each in (one, other)]
    unknown = find_unknown(keys)
    if unknown is not None:
        return unknown
    kinds: dict[str, type[libcst.BaseCompOp]] = {
        "lt": libcst.LessThan,
        "le": libcst.LessThanEqual,
        "gt": libcst.GreaterThan,
    }
    return operators.apply(operators.COMPARE[kinds.get(name, libcst.GreaterThanEqual)], *keys)


def augmented(it: Machine, node: libcst.AugAssign, left: Value, right: Value) -> Value:
    """The value that an augmented assignment binds; lists, dicts and sets are changed themselves."""
    kind = operators.IN_PLACE[type(node.operator)]
    if isinstance(left, list) and kind is libcst.Add:
        items = iterate(it, right, node.value)
        if len(left) + len(items) > operators.MAX_SIZE:
            raise operators.TooLarge
        it.spend(len(items) // 200)
        it.journal.touch(left)  # other names may hold the list too
        left.extend(items)
        return left
    if isinstance(left, Instance):
        found, method = left.cls.lookup(f"__i{operators.DUNDERS[kind]}__")
        if found:
            return it.call(BoundMethod(left, method), (right,), {}, it.span(node))
    if isinstance(left, (dict, set)) and kind in _CHANGING and not isinstance(right, (Unknown, Instance)):
        it.journal.touch(left)
        it.spend(len(left) // 50)
        given = iterate(it, right, node.value) if isinstance(right, Iter) else right
        return operators.apply(_CHANGING[kind], left, given)
    made = binary(it, node, kind, left, right)
    if isinstance(left, list) and type(made) is type(left):
        it.journal.touch(left)
        kept = made.copy()
        left[:] = kept
        return left
    return made


def unary(it: Machine, node: libcst.UnaryOperation, scope: Scope) -> Value:
    """The value of ``-x``, ``+x``, ``~x`` or ``not x``."""
    value = it.evaluate(node.expression, scope)
    if isinstance(node.operator, libcst.Not):
        decided = truth(it, value, node)
        if isinstance(decided, Unknown):
            return it.unknown_operand(decided, it.span(node), "its operand is not known")
        return not decided
    kind = type(node.operator)
    return _operate(it, it.span(node), kind, operators.UNARY[kind], value)


def truth(it: Machine, value: Value, node: libcst.CSTNode) -> bool | Unknown:
    """Whether a condition on `value` holds; unknown where that is not known."""
    if value is True or value is False or isinstance(value, Unknown):
        return value
    return truth_of(it, value, it.span(node))


def truth_of(it: Machine, value: Value, span: Span) -> bool | Unknown:
    """As `truth`, for a place instead of a node."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Instance):
        return _truth_of_instance(it, value, span)
    if isinstance(value, (Modelled, Interpolated, Iter, UserClass)):
        return True
    if isinstance(value, (list, tuple, set)) and value and all(_many(item) for item in value):
        return it.unknown_operand(next(iter(value)), span, "how many items there are is not known")
    return bool(value)


def _many(value: Value) -> bool:
    return isinstance(value, Unknown) and value.many


def _truth_of_instance(it: Machine, value: Instance, span: Span) -> bool | Unknown:
    for name in ("__bool__", "__len__"):
        found, method = value.cls.lookup(name)
        if found:
            answer = it.call(BoundMethod(value, method), (), {}, span)
            return answer if isinstance(answer, Unknown) else bool(answer)
    plain = plain_value(value)
    return True if plain is value else bool(plain)


def comparison(it: Machine, node: libcst.Comparison, scope: Scope) -> Value:
    """The value of ``a < b == c …``: the first part that does not hold, else the last."""
    left = it.evaluate(node.left, scope)
    outcome: Value = True
    for target in node.comparisons:
        right = it.evaluate(target.comparator, scope)
        outcome = compare(it, node, type(target.operator), left, right)
        if isinstance(outcome, Unknown) or not outcome:
            return outcome
        left = right
    return outcome


def compare(it: Machine, node: libcst.CSTNode, kind: type, left: Value, right: Value) -> Value:
    """The value of one comparison."""
    if kind in _MEMBERSHIP:
        return _contains(it, node, kind is libcst.In, left, right)
    unknown = left if isinstance(left, Unknown) else right if isinstance(right, Unknown) else None
    if unknown is not None:
        return it.unknown_operand(unknown, it.span(node), "an operand is not known")
    if kind in _IDENTITY:
        return operators.apply(operators.COMPARE[kind], left, right)
    unknown = find_unknown(left) or find_unknown(right)
    if unknown is not None and left is not right:
        return it.unknown_operand(unknown, it.span(node), "an operand is not known")
    for operand in (left, right):
        operators.check_weight(operand)
    if kind in _EQUALITY:
        return _equality(it, node, kind, left, right)
    it.spend(_cost(left))
    return _operate(it, it.span(node), kind, operators.COMPARE[kind], left, right)


def _equality(it: Machine, node: libcst.CSTNode, kind: type, left: Value, right: Value) -> Value:
    if any(isinstance(one, Instance) for one in (left, right)):
        answered, value = _by_method(it, it.span(node), operators.DUNDERS[kind], (left, right))
        if answered:
            return value
        if kind is libcst.NotEqual:
            answered, value = _by_method(it, it.span(node), "eq", (left, right))
            if answered:
                decided = truth(it, value, node)
                return decided if isinstance(decided, Unknown) else not decided
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Interpolated) or (isinstance(one, Modelled) and isinstance(other, str)):
            return Unknown("the text of this object is not known", it.span(node))
    it.spend(_cost(left))
    return operators.apply(operators.COMPARE[kind], plain_value(left), plain_value(right))


def _contains(it: Machine, node: libcst.CSTNode, wanted: bool, item: Value, container: Value) -> Value:
    span = it.span(node)
    for one in (item, container):
        if isinstance(one, Unknown):
            return it.unknown_operand(one, span, "an operand is not known")
    if isinstance(container, Modelled):
        answer = getattr(container, "contains", None)
        if answer is None:
            it.external += 1
            return Unknown("only the workspace knows what it holds", span)
        found = answer(it.handle(span), item)
        return found if isinstance(found, Unknown) else bool(found) is wanted
    if isinstance(container, (Instance, UserClass)):
        found = _contained_in_object(it, node, item, container)
        return found if isinstance(found, Unknown) else found is wanted
    if isinstance(container, Iter):
        container = container.items
    operators.check_weight(item)
    found = operators.apply(operators.COMPARE[libcst.In], plain_value(item), container)
    if not found and isinstance(container, (*SEQUENCES, dict)):
        it.spend(len(container) // 200)
        unknown = find_unknown(list(container), 2)
        if unknown is not None:
            return it.unknown_operand(unknown, span, "an operand is not known")
    return found is wanted


def _contained_in_object(it: Machine, node: libcst.CSTNode, item: Value, container: Value) -> bool | Unknown:
    if isinstance(container, Instance):
        found, method = container.cls.lookup("__contains__")
        if found:
            answer = it.call(BoundMethod(container, method), (item,), {}, it.span(node))
            return truth(it, answer, node)
    return any(item is one or plain_value(one) == plain_value(item) for one in iterate(it, container, node))


def less(it: Machine, one: Value, other: Value, span: Span) -> bool | Unknown:
    """Whether ``one < other``, for sorting."""
    unknown = find_unknown(one) or find_unknown(other)
    if unknown is not None:
        return unknown
    for owner, other_one, name in ((one, other, "__lt__"), (other, one, "__gt__")):
        if isinstance(owner, Instance):
            found, method = owner.cls.lookup(name)
            if found:
                answer = it.call(BoundMethod(owner, method), (other_one,), {}, span)
                return answer if isinstance(answer, Unknown) else bool(answer)
    if isinstance(one, Instance) and isinstance(other, Instance) and one.cls.options.get("order") is True:
        answer = _by_fields("lt", (one, other))
        return answer if isinstance(answer, Unknown) else bool(answer)
    return bool(operators.apply(operators.COMPARE[libcst.LessThan], plain_value(one), plain_value(other)))
