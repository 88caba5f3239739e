"""Operators, comparisons and truth on values of every kind: Python's own, the user's objects, texts with references."""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, ValuesView

import libcst

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import members, meter, operators, texts
from pipelift.compiler.evaluate.enums import plain_value
from pipelift.compiler.evaluate.iteration import iterate
from pipelift.compiler.evaluate.left_out import forget
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import Instance, Scope, UserClass
from pipelift.compiler.evaluate.values import (
    PLAIN,
    SEQUENCES,
    BoundMethod,
    Interpolated,
    Iter,
    Modelled,
    Raised,
    Unknown,
    Value,
    find_unknown,
    is_secret_reference,
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


def evaluate_binary(it: Machine, node: libcst.CSTNode, kind: type, left: Value, right: Value) -> Value:
    """The value of a binary operator on two values."""
    span = it.span(node)
    if kind is libcst.Add and isinstance(left, (str, Interpolated)) and _is_text(right):
        return texts.add_texts(left, right, span)
    if kind is libcst.Add and (
        isinstance(right, Interpolated) or (is_secret_reference(left) and _is_text(right))
    ):
        return texts.add_texts(left, right, span)
    if kind is libcst.Modulo and isinstance(left, str):
        return texts.format_percent(it, left, right, node)
    if kind is libcst.Divide and (members.is_path(left) or members.is_path(right)):
        return members.join_path(left, right, span)
    return _apply_operator(it, span, kind, operators.BINARY[kind], left, right)


def add_values(it: Machine, left: Value, right: Value, span: Span) -> Value:
    """``left + right`` where no expression says so, as in `sum`."""
    if isinstance(left, (str, Interpolated)) and _is_text(right):
        return texts.add_texts(left, right, span)
    return _apply_operator(it, span, libcst.Add, operators.BINARY[libcst.Add], left, right)


def _is_text(value: Value) -> bool:
    return isinstance(value, (str, Interpolated, Unknown))


def _apply_operator(
    it: Machine, span: Span, kind: type, function: Callable[..., Value], *operands: Value
) -> Value:
    for operand in operands:
        if isinstance(operand, Unknown):
            return it.unknown_operand(operand, span, "an operand is not known")
        if isinstance(operand, (Modelled, Interpolated)):
            return Unknown("pipelift does not follow this operator on an object", span)
    if any(isinstance(operand, Instance) for operand in operands):
        is_handled, value = _apply_method(it, span, operators.DUNDERS.get(kind, ""), operands)
        if is_handled:
            return value
    operands = tuple(map(plain_value, operands))
    unknown_base = next(
        (base for operand in operands if (base := _find_unknown_base(operand)) is not None), None
    )
    if unknown_base is not None:
        return it.unknown_operand(unknown_base, span, "an operand is not known")
    for operand in operands:
        if isinstance(operand, (set, frozenset, dict)):
            meter.weigh(operand)
    value = operators.apply(function, *operands)
    meter.charge(value)
    return value


def _find_unknown_base(value: Value) -> Unknown | None:
    return value.cls.unknown_base if isinstance(value, Instance) else None


def _apply_method(it: Machine, span: Span, name: str, operands: tuple[Value, ...]) -> tuple[bool, Value]:
    """Whether an operand's class defines the operator, and the result of that method."""
    if not name:
        return False, None
    attempts: list[tuple[Value, str, tuple[Value, ...]]] = [(operands[0], f"__{name}__", operands[1:])]
    if len(operands) == 2:
        attempts.append((operands[1], f"__{_REFLECTED.get(name, 'r' + name)}__", operands[:1]))
    for owner, method, args in attempts:
        if not isinstance(owner, Instance):
            continue
        is_defined, function = owner.cls.lookup(method)
        if is_defined:
            value = it.call(BoundMethod(owner, function), args, {}, span)
            if value is not NotImplemented:
                return True, value
        if owner.cls.options.get("order") is True and name in ("lt", "le", "gt", "ge"):
            return True, _compare_fields(name, operands)
    return False, None


def _compare_fields(name: str, operands: tuple[Value, ...]) -> Value:
    left, right = operands
    if not (isinstance(left, Instance) and isinstance(right, Instance) and left.cls is right.cls):
        raise Raised("TypeError", "'<' not supported between instances of different classes")
    keys = [
        tuple(instance.attributes.get(field) for field in instance.cls.fields or ())
        for instance in (left, right)
    ]
    unknown = find_unknown(keys)
    if unknown is not None:
        return unknown
    kinds: dict[str, type[libcst.BaseCompOp]] = {
        "lt": libcst.LessThan,
        "le": libcst.LessThanEqual,
        "gt": libcst.GreaterThan,
    }
    return operators.apply(operators.COMPARE[kinds.get(name, libcst.GreaterThanEqual)], *keys)


def evaluate_augmented(it: Machine, node: libcst.AugAssign, left: Value, right: Value) -> Value:
    """The value that an augmented assignment binds; lists, dicts and sets are changed themselves."""
    try:
        return _change_or_combine(it, node, left, right)
    except meter.TooLarge:
        unknown = Unknown("the result is too large", it.span(node), unread=True)
        if not isinstance(left, (list, dict, set)):
            return unknown
        forget(it, left, unknown)
        return left


def _change_or_combine(it: Machine, node: libcst.AugAssign, left: Value, right: Value) -> Value:
    kind = operators.IN_PLACE[type(node.operator)]
    if isinstance(left, list) and kind is libcst.Add:
        items = iterate(it, right, node.value)
        meter.limit(len(left) + len(items))
        it.journal.touch_value(left)  # other names may hold the list too
        left.extend(items)
        return left
    if isinstance(left, Instance):
        is_defined, method = left.cls.lookup(f"__i{operators.DUNDERS[kind]}__")
        if is_defined:
            return it.call(BoundMethod(left, method), (right,), {}, it.span(node))
    if isinstance(left, (dict, set)) and kind in _CHANGING and not isinstance(right, (Unknown, Instance)):
        it.journal.touch_value(left)
        meter.charge(left)
        meter.weigh(right)
        operand = iterate(it, right, node.value) if isinstance(right, Iter) else right
        return operators.apply(_CHANGING[kind], left, operand)
    result = evaluate_binary(it, node, kind, left, right)
    if isinstance(left, list) and type(result) is type(left):
        it.journal.touch_value(left)
        contents = result.copy()
        left[:] = contents
        return left
    return result


def evaluate_unary(it: Machine, node: libcst.UnaryOperation, scope: Scope) -> Value:
    """The value of ``-x``, ``+x``, ``~x`` or ``not x``."""
    value = it.evaluate(node.expression, scope)
    if isinstance(node.operator, libcst.Not):
        decided = decide_truth(it, value, node)
        if isinstance(decided, Unknown):
            return it.unknown_operand(decided, it.span(node), "its operand is not known")
        return not decided
    kind = type(node.operator)
    return _apply_operator(it, it.span(node), kind, operators.UNARY[kind], value)


def decide_truth(it: Machine, value: Value, node: libcst.CSTNode) -> bool | Unknown:
    """Whether a condition on `value` holds; unknown where that is not known."""
    if value is True or value is False or isinstance(value, Unknown):
        return value
    return decide_truth_of(it, value, it.span(node))


def decide_truth_of(it: Machine, value: Value, span: Span) -> bool | Unknown:
    """As `decide_truth`, for a place instead of a node."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Instance):
        return _decide_truth_of_instance(it, value, span)
    if isinstance(value, Modelled) and value._doubted is not None:
        return value._doubted
    if isinstance(value, (Modelled, Interpolated, Iter, UserClass)):
        return True
    if isinstance(value, (list, tuple, set)) and value and all(_is_many(item) for item in value):
        return it.unknown_operand(next(iter(value)), span, "how many items there are is not known")
    return bool(value)


def _is_many(value: Value) -> bool:
    return isinstance(value, Unknown) and value.many


def _decide_truth_of_instance(it: Machine, value: Instance, span: Span) -> bool | Unknown:
    for name in ("__bool__", "__len__"):
        is_defined, method = value.cls.lookup(name)
        if is_defined:
            answer = it.call(BoundMethod(value, method), (), {}, span)
            return answer if isinstance(answer, Unknown) else bool(answer)
    plain = plain_value(value)
    return True if plain is value else bool(plain)


def evaluate_comparison(it: Machine, node: libcst.Comparison, scope: Scope) -> Value:
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
        return _decide_membership(it, node, kind is libcst.In, left, right)
    unknown = left if isinstance(left, Unknown) else right if isinstance(right, Unknown) else None
    if unknown is not None:
        return it.unknown_operand(unknown, it.span(node), "an operand is not known")
    if kind in _IDENTITY:
        for operand, other in ((left, right), (right, left)):
            if isinstance(operand, Modelled) and operand._doubted is not None and other is None:
                return operand._doubted
        return operators.apply(operators.COMPARE[kind], left, right)
    unknown = find_unknown(left) or find_unknown(right)
    if unknown is not None and left is not right:
        return it.unknown_operand(unknown, it.span(node), "an operand is not known")
    _charge_comparison(left, right)
    if kind in _EQUALITY:
        return _compare_equality(it, node, kind, left, right)
    return _apply_operator(it, it.span(node), kind, operators.COMPARE[kind], left, right)


def _compare_equality(it: Machine, node: libcst.CSTNode, kind: type, left: Value, right: Value) -> Value:
    if any(isinstance(operand, Instance) for operand in (left, right)):
        is_handled, value = _apply_method(it, it.span(node), operators.DUNDERS[kind], (left, right))
        if is_handled:
            return value
        if kind is libcst.NotEqual:
            is_handled, value = _apply_method(it, it.span(node), "eq", (left, right))
            if is_handled:
                decided = decide_truth(it, value, node)
                return decided if isinstance(decided, Unknown) else not decided
    for operand, other in ((left, right), (right, left)):
        if isinstance(operand, Modelled) and operand._doubted is not None and other is None:
            return operand._doubted
        if isinstance(operand, Interpolated) or (isinstance(operand, Modelled) and isinstance(other, str)):
            return Unknown("the text of this object is not known", it.span(node))
    return operators.apply(operators.COMPARE[kind], plain_value(left), plain_value(right))


def _decide_membership(
    it: Machine, node: libcst.CSTNode, wanted: bool, item: Value, container: Value
) -> Value:
    span = it.span(node)
    for operand in (item, container):
        if isinstance(operand, Unknown):
            return it.unknown_operand(operand, span, "an operand is not known")
    if isinstance(container, Modelled):
        contains = getattr(container, "contains", None)
        if contains is None:
            it.external += 1
            return Unknown("only the workspace knows what it holds", span)
        result = contains(it.handle(span), item)
        return result if isinstance(result, Unknown) else bool(result) is wanted
    if isinstance(container, (Instance, UserClass)):
        result = _is_in_object(it, node, item, container)
        return result if isinstance(result, Unknown) else result is wanted
    if isinstance(container, Iter):
        container = container.items if container.unfold is None else iterate(it, container, node)
    _charge_look_up(item, container)
    result = operators.apply(operators.COMPARE[libcst.In], plain_value(item), container)
    if not result and isinstance(container, (*SEQUENCES, dict)):
        meter.index(len(container))
        unknown = find_unknown(list(container), 2)
        if unknown is not None:
            return it.unknown_operand(unknown, span, "an operand is not known")
    return result is wanted


def _charge_comparison(left: Value, right: Value) -> None:
    meter.weigh(left)
    meter.weigh(right)
    if isinstance(left, (str, bytes)):
        meter.read(len(left))


def _charge_look_up(item: Value, container: Value) -> None:
    """Charge for ``item in container``."""
    meter.weigh(item)
    if isinstance(container, (str, bytes)):
        meter.read(len(container))
    elif isinstance(container, (list, tuple, deque, ValuesView)):
        meter.walk(len(container))
        if not isinstance(item, PLAIN):
            meter.weigh(container)


def _is_in_object(it: Machine, node: libcst.CSTNode, item: Value, container: Value) -> bool | Unknown:
    if isinstance(container, Instance):
        is_defined, method = container.cls.lookup("__contains__")
        if is_defined:
            answer = it.call(BoundMethod(container, method), (item,), {}, it.span(node))
            return decide_truth(it, answer, node)
    return any(
        item is member or plain_value(member) == plain_value(item) for member in iterate(it, container, node)
    )


def less(it: Machine, left: Value, right: Value, span: Span) -> bool | Unknown:
    """Whether ``one < other``, for sorting."""
    unknown = find_unknown(left) or find_unknown(right)
    if unknown is not None:
        return unknown
    for owner, operand, name in ((left, right, "__lt__"), (right, left, "__gt__")):
        if isinstance(owner, Instance):
            is_defined, method = owner.cls.lookup(name)
            if is_defined:
                answer = it.call(BoundMethod(owner, method), (operand,), {}, span)
                return answer if isinstance(answer, Unknown) else bool(answer)
    if isinstance(left, Instance) and isinstance(right, Instance) and left.cls.options.get("order") is True:
        answer = _compare_fields("lt", (left, right))
        return answer if isinstance(answer, Unknown) else bool(answer)
    _charge_comparison(left, right)
    return bool(operators.apply(operators.COMPARE[libcst.LessThan], plain_value(left), plain_value(right)))
