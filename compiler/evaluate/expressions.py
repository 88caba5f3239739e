"""Expressions: each function gives the value of one kind of libcst node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import libcst

from pipelift.compiler.evaluate import items, members, meter, operators, texts
from pipelift.compiler.evaluate.arithmetic import (
    decide_truth,
    evaluate_binary,
    evaluate_comparison,
    evaluate_unary,
)
from pipelift.compiler.evaluate.calls import evaluate_defaults
from pipelift.compiler.evaluate.iteration import iterate
from pipelift.compiler.evaluate.left_out import run_comprehension
from pipelift.compiler.evaluate.machine import MAX_YIELDS, EnoughYields, Machine
from pipelift.compiler.evaluate.names import resolve_name
from pipelift.compiler.evaluate.objects import Function, Scope
from pipelift.compiler.evaluate.state import join
from pipelift.compiler.evaluate.targets import assign, evaluate_index
from pipelift.compiler.evaluate.values import Iter, Raised, Unknown, Value, derived, holds_unknown

Handler = Callable[..., Value]
"""Evaluates a node of its row's type: gets the machine, the node and the scope."""

Literal = libcst.SimpleString | libcst.Integer | libcst.Float
MAX_DIGITS = 6_000
"""The longest whole number that a program may write out; Python itself reads no decimal one of more than 4,300."""

Comprehension = libcst.ListComp | libcst.SetComp | libcst.DictComp | libcst.GeneratorExp


def _evaluate_literal(it: Machine, node: Literal, scope: Scope) -> Value:
    if node not in it.literals:
        if isinstance(node, libcst.Integer) and len(node.value) > MAX_DIGITS:
            return Unknown("the number is too large", it.span(node), unread=True)
        try:
            it.literals[node] = node.evaluated_value
        except (ValueError, SyntaxError, MemoryError, AttributeError):
            it.literals[node] = Unknown("the literal is not readable", it.span(node))
    return it.literals[node]


def _evaluate_imaginary(it: Machine, node: libcst.Imaginary, scope: Scope) -> Value:
    return complex(node.value.replace("_", ""))


def _evaluate_ellipsis(it: Machine, node: libcst.Ellipsis, scope: Scope) -> Value:
    return ...


def _evaluate_name(it: Machine, node: libcst.Name, scope: Scope) -> Value:
    return resolve_name(it, node.value, scope, node)


def _evaluate_concatenated(it: Machine, node: libcst.ConcatenatedString, scope: Scope) -> Value:
    return evaluate_binary(
        it, node, libcst.Add, it.evaluate(node.left, scope), it.evaluate(node.right, scope)
    )


def _evaluate_formatted(it: Machine, node: libcst.FormattedString, scope: Scope) -> Value:
    return texts.format_string(it, node, scope)


def _evaluate_attribute(it: Machine, node: libcst.Attribute, scope: Scope) -> Value:
    owner = it.evaluate(node.value, scope)
    return members.get(it, owner, node.attr.value, node)


def _evaluate_call(it: Machine, node: libcst.Call, scope: Scope) -> Value:
    callee = it.evaluate(node.func, scope)
    args: list[Value] = []
    kwargs: dict[str, Value] = {}
    unknown: Unknown | None = None
    for argument in node.args:
        value = it.evaluate(argument.value, scope)
        if argument.star and isinstance(value, Unknown):
            unknown = value
        elif argument.star == "**" and (key := _find_unknown_key(value)) is not None:
            unknown = key
        elif argument.star == "*":
            args.extend(iterate(it, value, argument.value))
        elif argument.star == "**":
            _add_keywords(it, kwargs, value, argument.value)
        elif argument.keyword is not None:
            _add_keywords(it, kwargs, {argument.keyword.value: value}, argument.value)
        else:
            args.append(value)
    if unknown is not None or any(isinstance(arg, Unknown) and arg.many for arg in args):
        it.external += 1
        cause = unknown or next(arg for arg in args if isinstance(arg, Unknown) and arg.many)
        return it.unknown_operand(cause, it.span(node), "how many arguments the call has is not known")
    if isinstance(node.func, libcst.Name) and node.func.value == "super":
        return members.make_super(scope, args, it.span(node))
    return it.call(callee, args, kwargs, it.span(node))


def _find_unknown_key(mapping: Value) -> Unknown | None:
    if not isinstance(mapping, dict) or not holds_unknown(mapping):
        return None
    return next(key for key in mapping if isinstance(key, Unknown))


def _add_keywords(it: Machine, kwargs: dict[str, Value], more: Value, node: libcst.CSTNode) -> None:
    if not isinstance(more, dict):
        raise Raised("TypeError", "argument after ** must be a mapping", it.span(node))
    for name, value in more.items():
        if not isinstance(name, str):
            raise Raised("TypeError", "keywords must be strings", it.span(node))
        if name in kwargs:
            raise Raised("TypeError", f"got multiple values for keyword argument '{name}'", it.span(node))
        kwargs[name] = value


def _evaluate_subscript(it: Machine, node: libcst.Subscript, scope: Scope) -> Value:
    return items.get_item(it, it.evaluate(node.value, scope), evaluate_index(it, node, scope), node)


def _evaluate_binary(it: Machine, node: libcst.BinaryOperation, scope: Scope) -> Value:
    left, right = it.evaluate(node.left, scope), it.evaluate(node.right, scope)
    return evaluate_binary(it, node, type(node.operator), left, right)


def _evaluate_boolean(it: Machine, node: libcst.BooleanOperation, scope: Scope) -> Value:
    left = it.evaluate(node.left, scope)
    decided = decide_truth(it, left, node.left)
    is_or = isinstance(node.operator, libcst.Or)
    if not isinstance(decided, Unknown):
        return left if decided is is_or else it.evaluate(node.right, scope)
    right = it.evaluate(node.right, scope)
    if is_or and decided.root.absent:
        return right  # a variable that nobody supplies is absent: `os.environ.get(X) or default`
    if is_or and not isinstance(left, Unknown):
        return join(left, right, it.span(node), decided)
    if right is False and not is_or:
        return False
    if right is True and is_or:
        return True
    return it.unknown_operand(decided, it.span(node), "an operand is not known")


def _evaluate_conditional(it: Machine, node: libcst.IfExp, scope: Scope) -> Value:
    decided = decide_truth(it, it.evaluate(node.test, scope), node.test)
    if isinstance(decided, Unknown):
        body, orelse = it.evaluate(node.body, scope), it.evaluate(node.orelse, scope)
        return join(body, orelse, it.span(node), decided)
    return it.evaluate(node.body if decided else node.orelse, scope)


def _evaluate_lambda(it: Machine, node: libcst.Lambda, scope: Scope) -> Value:
    assert it.source is not None
    return Function("<lambda>", node, scope, it.source, evaluate_defaults(it, node.params, scope))


def _evaluate_elements(
    it: Machine, node: libcst.List | libcst.Tuple | libcst.Set, scope: Scope
) -> list[Value]:
    values: list[Value] = []
    for element in node.elements:
        value = it.evaluate(element.value, scope)
        if isinstance(element, libcst.StarredElement):
            values.extend(iterate(it, value, element.value))
        else:
            values.append(value)
    return values


def _evaluate_list(it: Machine, node: libcst.List, scope: Scope) -> Value:
    return _make_new(it, _evaluate_elements(it, node, scope))


def _make_new(it: Machine, value: Value) -> Value:
    """A container that no branch before this point knows."""
    if isinstance(value, (list, dict, set)):
        it.journal.note_birth(value)
    return value


def _evaluate_tuple(it: Machine, node: libcst.Tuple, scope: Scope) -> Value:
    return tuple(_evaluate_elements(it, node, scope))


def _evaluate_set(it: Machine, node: libcst.Set, scope: Scope) -> Value:
    return _make_new(it, operators.make_set(set, _evaluate_elements(it, node, scope)))


def _evaluate_dict(it: Machine, node: libcst.Dict, scope: Scope) -> Value:
    pairs: list[tuple[Value, Value]] = []
    for element in node.elements:
        if isinstance(element, libcst.DictElement):
            key = it.evaluate(element.key, scope)
            pairs.append((key, it.evaluate(element.value, scope)))
            continue
        value = it.evaluate(element.value, scope)
        if isinstance(value, dict):
            meter.charge(value)
            pairs.extend(value.items())
        elif isinstance(value, Unknown):
            return derived("it is unpacked from something unknown", it.span(node), value)
        else:
            message = f"'{type(value).__name__}' object is not a mapping"
            raise Raised("TypeError", message, it.span(element.value))
    return _make_new(it, operators.make_dict(pairs))  # keys are put in when all is evaluated, as in Python


def _evaluate_comprehension(it: Machine, node: Comprehension, scope: Scope) -> Value:
    return run_comprehension(it, node, lambda: _make_comprehension(it, node, scope))


def _make_comprehension(it: Machine, node: Comprehension, scope: Scope) -> Value:
    inner = Scope({}, scope, "comprehension", scope.label)
    produced: list[Value] = []
    first = it.evaluate(node.for_in.iter, scope)  # in the scope around it, as Python has it
    unknown = _run_clause(it, node.for_in, first, inner, lambda: produced.append(_produce(it, node, inner)))
    if unknown is not None:
        return derived("it is made from something unknown", it.span(node), unknown)
    meter.charge(produced)
    if isinstance(node, libcst.DictComp):
        return _make_new(it, operators.make_dict(produced))
    if isinstance(node, libcst.GeneratorExp):
        return Iter(produced)
    return _make_new(it, operators.make_set(set, produced) if isinstance(node, libcst.SetComp) else produced)


def _produce(it: Machine, node: Comprehension, scope: Scope) -> Value:
    if isinstance(node, libcst.DictComp):
        return it.evaluate(node.key, scope), it.evaluate(node.value, scope)
    return it.evaluate(node.elt, scope)


def _run_clause(
    it: Machine, clause: libcst.CompFor, iterable: Value, scope: Scope, produce: Callable[[], None]
) -> Unknown | None:
    if isinstance(iterable, Unknown):
        return iterable
    for item in iterable if isinstance(iterable, range) else iterate(it, iterable, clause.iter):
        meter.spend()
        assign(it, clause.target, item, scope)
        passes = _passes_conditions(it, clause, scope)
        if isinstance(passes, Unknown):
            return passes
        if not passes:
            continue
        if clause.inner_for_in is None:
            produce()
            continue
        inner = clause.inner_for_in
        unknown = _run_clause(it, inner, it.evaluate(inner.iter, scope), scope, produce)
        if unknown is not None:
            return unknown
    return None


def _passes_conditions(it: Machine, clause: libcst.CompFor, scope: Scope) -> bool | Unknown:
    """Whether all conditions of a comprehension hold; the first that does not ends the question."""
    for test in clause.ifs:
        decided = decide_truth(it, it.evaluate(test.test, scope), test.test)
        if isinstance(decided, Unknown) or not decided:
            return decided
    return True


def _evaluate_walrus(it: Machine, node: libcst.NamedExpr, scope: Scope) -> Value:
    value = it.evaluate(node.value, scope)
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    if isinstance(node.target, libcst.Name):
        it.assign_name(scope, node.target.value, value)
    return value


def _evaluate_await(it: Machine, node: libcst.Await, scope: Scope) -> Value:
    return it.evaluate(node.expression, scope)


def _evaluate_yield(it: Machine, node: libcst.Yield, scope: Scope) -> Value:
    frame = it.frames[-1]
    if isinstance(node.value, libcst.From):
        values = iterate(it, it.evaluate(node.value.item, scope), node)
    else:
        values = [None if node.value is None else it.evaluate(node.value, scope)]
    if frame.resume is not None:
        frame.resume(values[0] if values else None)
        return None
    if it.unknown_loops > frame.loops:
        values = [Unknown("how often it is yielded is not known", it.span(node), many=True)]
    if len(frame.yielded) + len(values) > MAX_YIELDS:
        raise EnoughYields
    frame.yielded.extend(values)
    return None


EXPRESSIONS: Mapping[type[libcst.CSTNode], Handler] = MappingProxyType(
    {
        libcst.SimpleString: _evaluate_literal,
        libcst.Integer: _evaluate_literal,
        libcst.Float: _evaluate_literal,
        libcst.Imaginary: _evaluate_imaginary,
        libcst.Ellipsis: _evaluate_ellipsis,
        libcst.Name: _evaluate_name,
        libcst.ConcatenatedString: _evaluate_concatenated,
        libcst.FormattedString: _evaluate_formatted,
        libcst.Attribute: _evaluate_attribute,
        libcst.Call: _evaluate_call,
        libcst.Subscript: _evaluate_subscript,
        libcst.UnaryOperation: evaluate_unary,
        libcst.BinaryOperation: _evaluate_binary,
        libcst.BooleanOperation: _evaluate_boolean,
        libcst.Comparison: evaluate_comparison,
        libcst.IfExp: _evaluate_conditional,
        libcst.Lambda: _evaluate_lambda,
        libcst.List: _evaluate_list,
        libcst.Tuple: _evaluate_tuple,
        libcst.Set: _evaluate_set,
        libcst.Dict: _evaluate_dict,
        libcst.ListComp: _evaluate_comprehension,
        libcst.SetComp: _evaluate_comprehension,
        libcst.DictComp: _evaluate_comprehension,
        libcst.GeneratorExp: _evaluate_comprehension,
        libcst.NamedExpr: _evaluate_walrus,
        libcst.Await: _evaluate_await,
        libcst.Yield: _evaluate_yield,
    }
)
