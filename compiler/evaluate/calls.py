"""Calls: of the user's functions and classes, of models, and of methods."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import libcst

from pipelift.compiler.evaluate import natives
from pipelift.compiler.evaluate.state import Scope, join
from pipelift.compiler.evaluate.values import (
    BoundMethod,
    Function,
    Instance,
    Model,
    ModelledClass,
    NativeMethod,
    Raised,
    Unknown,
    UserClass,
    Value,
    derived,
    find_unknown,
)
from pipelift.compiler.span import Span

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter

Arguments = Sequence[Value]
Keywords = Mapping[str, Value]


def call(it: Interpreter, callee: Value, args: Arguments, kwargs: Keywords, span: Span) -> Value:
    """The value of ``callee(*args, **kwargs)``."""
    if isinstance(callee, Unknown):
        it.external += 1
        return it.unknown_operand(callee, span, "it is the result of a call of something unknown")
    if isinstance(callee, Model):
        return _call_model(it, callee, args, kwargs, span)
    if isinstance(callee, ModelledClass):
        return _construct(it, callee, args, kwargs, span)
    if isinstance(callee, BoundMethod):
        return call_bound(it, callee, args, kwargs, span)
    if isinstance(callee, Function):
        return call_function(it, callee, args, kwargs, span)
    if isinstance(callee, UserClass):
        return _instantiate(it, callee, args, kwargs, span)
    if isinstance(callee, NativeMethod):
        return natives.call(it, callee, args, kwargs, span)
    if isinstance(callee, Instance) and callee.cls.lookup("__call__")[0]:
        return call(it, BoundMethod(callee, callee.cls.lookup("__call__")[1]), args, kwargs, span)
    raise Raised("TypeError", f"'{type(callee).__name__}' object is not callable", span)


def call_bound(it: Interpreter, method: BoundMethod, args: Arguments, kwargs: Keywords, span: Span) -> Value:
    """Call a method with its receiver; a model gets the `Call` between the two."""
    if not isinstance(method.function, Model):
        return call(it, method.function, (method.receiver, *args), kwargs, span)
    it.external += 1
    it.journal.touch(method.receiver.__dict__)
    function = method.function
    return _invoke(
        it, function.name, function.function, (method.receiver, it.handle(span), *args), kwargs, span
    )


def _call_model(it: Interpreter, model: Model, args: Arguments, kwargs: Keywords, span: Span) -> Value:
    if not model.takes_unknown:
        unknown = find_unknown([*args, *kwargs.values()])
        if unknown is not None:
            return it.unknown_operand(unknown, span, f"an argument of {model.name} is not known")
    return _invoke(it, model.name, model.function, (it.handle(span), *args), kwargs, span)


def _construct(it: Interpreter, cls: ModelledClass, args: Arguments, kwargs: Keywords, span: Span) -> Value:
    it.external += 1
    made = _invoke(it, cls.name, cls.cls, (it.handle(span), *args), kwargs, span)
    if it.unknown_loops and "_in_unknown_loop" in getattr(made, "__dict__", ()):
        made.__dict__["_in_unknown_loop"] = True
    return made


@lru_cache(maxsize=4096)
def _signature(function: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _invoke(
    it: Interpreter, name: str, function: Any, args: tuple[Value, ...], kwargs: Keywords, span: Span
) -> Value:
    signature = _signature(function)
    if signature is not None:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            return _refused(it, name, str(error), span)
    try:
        return function(*args, **kwargs)
    except Raised as error:
        error.span = error.span or span
        raise


def _refused(it: Interpreter, name: str, why: str, span: Span) -> Value:
    """A call that does not fit the signature: the SDK's own answer is a TypeError."""
    if not name.startswith(("azureml.", "msrest")) and "." not in name:
        raise Raised("TypeError", f"{name}(): {why}", span)
    it.reporter.report("PL201", f"{name}() {why}", span)
    return Unknown(f"the call of {name} does not fit its signature", span, reported=True)


def call_function(
    it: Interpreter, function: Function, args: Arguments, kwargs: Keywords, span: Span
) -> Value:
    """Evaluate a user's function inline: its value, or the join of the values it may return."""
    from pipelift.compiler.evaluate.interpreter import MAX_DEPTH, Frame

    if len(it.frames) > MAX_DEPTH:
        return Unknown(f"calls nest more than {MAX_DEPTH} deep", span)
    scope = Scope(bind(it, function, args, kwargs, span), function.scope)
    receiver = args[0] if args else None
    frame = Frame(owner=function.owner, receiver=receiver)
    it.frames.append(frame)
    before, it.source = it.source, function.source
    try:
        if isinstance(function.node, libcst.Lambda):
            return it.evaluate(function.node.body, scope)
        signal = it.execute(function.node.body.body, scope)
    finally:
        it.source = before
        it.frames.pop()
    if function.generator:
        return frame.yielded
    result = signal.value if signal is not None and signal.kind == "return" else None
    for value in frame.pending:
        result = join(result, value, span)
    return result


def bind(
    it: Interpreter, function: Function, args: Arguments, kwargs: Keywords, span: Span
) -> dict[str, Value]:
    """The names of a function's parameters with their values. Raises `Raised` as Python's TypeError."""
    parameters = function.node.params
    names = [one.name.value for one in (*parameters.posonly_params, *parameters.params)]
    bound: dict[str, Value] = dict(zip(names, args, strict=False))
    rest = args[len(names) :]
    keywords = dict(kwargs)
    for name in (*names, *(one.name.value for one in parameters.kwonly_params)):
        if name in keywords:
            if name in bound:
                raise Raised(
                    "TypeError", f"{function.name}() got multiple values for argument '{name}'", span
                )
            bound[name] = keywords.pop(name)
        elif name not in bound and name in function.defaults:
            bound[name] = function.defaults[name]
        elif name not in bound:
            raise Raised("TypeError", f"{function.name}() missing the argument '{name}'", span)
    _bind_rest(function, parameters, bound, rest, keywords, span)
    return bound


def _bind_rest(
    function: Function,
    parameters: libcst.Parameters,
    bound: dict[str, Value],
    rest: Arguments,
    keywords: dict[str, Value],
    span: Span,
) -> None:
    if isinstance(parameters.star_arg, libcst.Param):
        bound[parameters.star_arg.name.value] = tuple(rest)
    elif rest:
        raise Raised("TypeError", f"{function.name}() takes fewer positional arguments", span)
    if parameters.star_kwarg is not None:
        bound[parameters.star_kwarg.name.value] = keywords
    elif keywords:
        raise Raised(
            "TypeError", f"{function.name}() got an unexpected argument '{next(iter(keywords))}'", span
        )


def defaults_of(it: Interpreter, parameters: libcst.Parameters, scope: Scope) -> dict[str, Value]:
    """The default values of a definition's parameters, evaluated now as Python does."""
    every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    return {one.name.value: it.evaluate(one.default, scope) for one in every if one.default is not None}


def _instantiate(it: Interpreter, cls: UserClass, args: Arguments, kwargs: Keywords, span: Span) -> Value:
    base = cls.unknown_base
    found, initializer = cls.lookup("__init__")
    if base is not None and not found:
        return derived("it is an object of a class with a base that is not known", span, base)
    instance = Instance(cls, {}, span)
    if found:
        it.call(BoundMethod(instance, initializer), args, kwargs, span)
    elif cls.dataclass_fields is not None:
        _fill_dataclass(it, instance, args, kwargs, span)
    elif args or kwargs:
        raise Raised("TypeError", f"{cls.name}() takes no arguments", span)
    return instance


def _fill_dataclass(
    it: Interpreter, instance: Instance, args: Arguments, kwargs: Keywords, span: Span
) -> None:
    cls = instance.cls
    fields = cls.dataclass_fields or ()
    given = {**dict(zip(fields, args, strict=False)), **kwargs}
    for name in fields:
        if name in given:
            instance.attributes[name] = given.pop(name)
            continue
        found, default = cls.lookup(name)
        if not found:
            raise Raised("TypeError", f"{cls.name}() missing the argument '{name}'", span)
        factory = getattr(default, "default_factory", None)
        instance.attributes[name] = it.call(factory, (), {}, span) if factory is not None else default
    if given or len(args) > len(fields):
        raise Raised("TypeError", f"{cls.name}() got an unexpected argument", span)
    found, after = cls.lookup("__post_init__")
    if found:
        it.call(BoundMethod(instance, after), (), {}, span)
