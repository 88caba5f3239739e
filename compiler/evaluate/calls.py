"""Calls: of the user's functions and classes, of models, and of methods."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from inspect import Signature

import libcst

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import construct, meter, natives, operators
from pipelift.compiler.evaluate.machine import MAX_DEPTH, EnoughYields, Frame, Machine
from pipelift.compiler.evaluate.objects import Function, Instance, Manager, Scope, Unbound, UserClass
from pipelift.compiler.evaluate.signatures import Misfit, find_misfit, fit
from pipelift.compiler.evaluate.state import join
from pipelift.compiler.evaluate.values import (
    BoundMethod,
    Iter,
    Model,
    Modelled,
    ModelledClass,
    Module,
    NativeMethod,
    Raised,
    Unknown,
    Value,
    find_unknown,
)

CALL_COST = 5
"""How many steps of the budget a call of the user's function takes, beside those of its body."""

_ACTING = "azureml.pipeline."
"""The classes of the SDK whose objects count by being made: pipelines, and steps, which data bring in."""

_APART = re.compile(
    r"azureml\.(core\.(\w*compute\w*|run|workspace|experiment|linked_?service|model|webservice|auth\w*|key_?vault)\b"
    r"|pipeline\.core\.(\w*run)\b|widgets|interpret|explain)",
    re.IGNORECASE,
)
"""What nothing of a pipeline depends on, whatever is done with it: machines, runs, models, services."""

_SUBMITTING = re.compile(r"azureml\.core\.Experiment\.submit|azureml\.pipeline\.core\.(?!\w*Run\b).+")
"""Calls that submit or publish a pipeline, or make one that is."""

Arguments = Sequence[Value]
Keywords = Mapping[str, Value]


def call(it: Machine, callee: Value, args: Arguments, kwargs: Keywords, span: Span) -> Value:
    """The value of ``callee(*args, **kwargs)``."""
    meter.pass_arguments(len(args), len(kwargs))
    if isinstance(callee, (Model, ModelledClass, BoundMethod, Unknown)) and (args or kwargs):
        it.watch(it.handle(span), callee, args, kwargs)
    if isinstance(callee, Unknown):
        it.external += 1
        return it.unknown_operand(callee, span, "it is the result of a call of something unknown")
    if isinstance(callee, Model):
        return _call_model(it, callee, args, kwargs, span)
    if isinstance(callee, ModelledClass):
        return _construct_model(it, callee, args, kwargs, span)
    if isinstance(callee, BoundMethod):
        return call_bound(it, callee, args, kwargs, span)
    if isinstance(callee, Function):
        return call_function(it, callee, args, kwargs, span)
    if isinstance(callee, UserClass):
        return construct.instantiate(it, callee, args, kwargs, span)
    if isinstance(callee, NativeMethod):
        return natives.call(it, callee, args, kwargs, span)
    if isinstance(callee, Instance) and callee.cls.lookup("__call__")[0]:
        return call(it, BoundMethod(callee, callee.cls.lookup("__call__")[1]), args, kwargs, span)
    if isinstance(callee, Unbound):
        return call(it, callee.function, args, kwargs, span)
    if isinstance(callee, Instance) and callee.cls.unknown_base is not None:
        return it.unknown_operand(
            callee.cls.unknown_base, span, "it is an object of a class that is not known"
        )
    if isinstance(callee, Modelled) and hasattr(callee, "called"):
        return _invoke(it, callee.sdk_name, callee.called, (it.handle(span),), args, kwargs, span)
    if isinstance(callee, Modelled):
        it.external += 1
        return Unknown(f"pipelift does not follow a call of {callee.sdk_name}", span)
    if isinstance(callee, Module) and callee.missing is not None:
        # a name below a module that is not modelled: it may as well be a function
        return Unknown(f"pipelift does not model {callee.name}", span)
    raise Raised("TypeError", f"'{type(callee).__name__}' object is not callable", span)


def call_bound(it: Machine, method: BoundMethod, args: Arguments, kwargs: Keywords, span: Span) -> Value:
    """Call a method with its receiver; a model gets the `Call` between the two."""
    if not isinstance(method.function, Model):
        return call(it, method.function, (method.receiver, *args), kwargs, span)
    if isinstance(method.receiver, Modelled):
        it.external += not method.receiver.pure
        it.journal.touch(method.receiver.__dict__)
    function = method.function
    before = (method.receiver, it.handle(span))
    return _invoke(it, function.name, function.function, before, args, kwargs, span, function.signature)


def _call_model(it: Machine, model: Model, args: Arguments, kwargs: Keywords, span: Span) -> Value:
    if not model.takes_unknown:
        unknown = find_unknown([*args, *kwargs.values()])
        if unknown is not None:
            return it.unknown_operand(unknown, span, f"an argument of {model.name} is not known")
    it.external += model.external
    return _invoke(it, model.name, model.function, (it.handle(span),), args, kwargs, span, model.signature)


def _construct_model(it: Machine, cls: ModelledClass, args: Arguments, kwargs: Keywords, span: Span) -> Value:
    it.external += not cls.cls.pure
    outline = cls.cls.outline
    signature = outline.signature if outline is not None else None
    instance = _invoke(it, cls.name, cls.cls, (it.handle(span),), args, kwargs, span, signature)
    if it.unknown_loops and "_in_unknown_loop" in getattr(instance, "__dict__", ()):
        instance.__dict__["_in_unknown_loop"] = True
    return instance


def _invoke(
    it: Machine,
    name: str,
    function: Callable[..., Value],
    before: tuple[Value, ...],
    args: Arguments,
    kwargs: Keywords,
    span: Span,
    signature: Signature | None = None,
) -> Value:
    """Call a model with what it takes before the program's arguments; these are bound by `signature` if it is known."""
    try:
        if signature is not None:
            args, kwargs = fit(function, signature, args, kwargs)
        value = function(*before, *args, **kwargs)
    except Misfit as error:
        return _refuse_call(it, name, str(error), span, isinstance(function, type))
    except Raised as error:
        error.span = error.span or span
        raise
    except (meter.TooLarge, MemoryError, RecursionError):
        return Unknown(f"the result of {name}() is too large", span, unread=True)
    except operators.NotKnownBase as error:
        return it.unknown_operand(error.unknown, span, f"an argument of {name} is not known")
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, OSError) as error:
        misfit = find_misfit(function, (*before, *args), kwargs) if isinstance(error, TypeError) else None
        if misfit is not None:
            return _refuse_call(it, name, misfit, span, isinstance(function, type))
        # A model met arguments that it was not made for: what comes of it is not known, and that is all.
        return Unknown(
            f"pipelift does not follow {name}() with these arguments ({type(error).__name__})", span
        )
    if it.journal.is_open:
        _note_birth(it, value, span)
    return value


def _note_birth(it: Machine, value: Value, span: Span, depth: int = 3) -> None:
    """Tell the journal of an object that a model made in the call at `span`, and of what it made for it alone."""
    if not isinstance(value, Modelled) or value.__dict__.get("span") != span or depth == 0:
        return
    it.journal.note_birth(value.__dict__)
    for name, attribute in value.__dict__.items():
        if isinstance(attribute, (list, dict, set)) and name[:1] == "_":
            it.journal.note_birth(attribute)
        else:
            _note_birth(it, attribute, span, depth - 1)


def _refuse_call(it: Machine, name: str, why: str, span: Span, is_constructor: bool) -> Value:
    """A call that does not fit the signature: the SDK's own answer is a TypeError."""
    if not name.startswith(("azureml.", "msrest")):
        raise Raised("TypeError", f"{name}(): {why}", span)
    finding = it.reporter.find("PL201", f"{name}() {why}", span)
    acts = name.startswith(_ACTING) or not is_constructor
    if _SUBMITTING.fullmatch(name) or (acts and not _APART.match(name)):
        it.reporter.blame(finding)  # what the call would have done is missing, whoever needs its value
    if _SUBMITTING.fullmatch(name):
        it.reporter.mark()
    return Unknown(f"the call of {name} does not fit its signature", span, finding=finding)


def call_function(it: Machine, function: Function, args: Arguments, kwargs: Keywords, span: Span) -> Value:
    """Evaluate a user's function inline: its value, or the join of the values it may return."""
    if function.manager:
        return Manager(function, args, kwargs)
    if len(it.frames) > MAX_DEPTH:
        return Unknown(f"calls nest more than {MAX_DEPTH} deep", span)
    meter.spend(CALL_COST)
    frame = Frame(loops=it.unknown_loops)
    try:
        result = run_function(it, function, args, kwargs, span, frame)
    except Raised:
        if not frame.pending:
            raise
        result = frame.pending.pop(0)  # as in a branch: what may also not raise is taken not to
    for value in frame.pending:
        result = join(result, value, span)
    return Iter(frame.yielded) if function.generator else result


def run_function(
    it: Machine, function: Function, args: Arguments, kwargs: Keywords, span: Span, frame: Frame
) -> Value:
    """Run a function's body in `frame`; the value that it surely returns."""
    names = bind(it, function, args, kwargs, span)
    receiver = args[0] if args else None
    outer = function.scope
    prefix = f"{outer.label}." if outer.label else ""
    scope = Scope(names, outer, "function", prefix + function.name, function.owner, receiver)
    it.frames.append(frame)
    before, it.source = it.source, function.source
    try:
        if isinstance(function.node, libcst.Lambda):
            return it.evaluate(function.node.body, scope)
        signal = it.execute(function.node.body.body, scope)
    except EnoughYields:
        frame.yielded.append(Unknown("the generator gives too many values", span, many=True))
        return None
    finally:
        it.source = before
        it.frames.pop()
    return signal.value if signal is not None and signal.kind == "return" else None


def bind(it: Machine, function: Function, args: Arguments, kwargs: Keywords, span: Span) -> dict[str, Value]:
    """The names of a function's parameters with their values. Raises `Raised` as Python's TypeError."""
    parameters = function.node.params
    names = [parameter.name.value for parameter in (*parameters.posonly_params, *parameters.params)]
    positional = {parameter.name.value for parameter in parameters.posonly_params}
    bound: dict[str, Value] = dict(zip(names, args, strict=False))
    extra = args[len(names) :]
    keywords = dict(kwargs)
    for name in (*names, *(parameter.name.value for parameter in parameters.kwonly_params)):
        if name in keywords and name not in positional:
            if name in bound:
                raise Raised(
                    "TypeError", f"{function.name}() got multiple values for argument '{name}'", span
                )
            bound[name] = keywords.pop(name)
        elif name not in bound and name in function.defaults:
            bound[name] = function.defaults[name]
        elif name not in bound:
            raise Raised("TypeError", f"{function.name}() missing the argument '{name}'", span)
    _bind_extra(function, parameters, bound, extra, keywords, span)
    return bound


def _bind_extra(
    function: Function,
    parameters: libcst.Parameters,
    bound: dict[str, Value],
    extra: Arguments,
    keywords: dict[str, Value],
    span: Span,
) -> None:
    if isinstance(parameters.star_arg, libcst.Param):
        bound[parameters.star_arg.name.value] = tuple(extra)
    elif extra:
        raise Raised("TypeError", f"{function.name}() takes fewer positional arguments", span)
    if parameters.star_kwarg is not None:
        bound[parameters.star_kwarg.name.value] = keywords
    elif keywords:
        raise Raised(
            "TypeError", f"{function.name}() got an unexpected argument '{next(iter(keywords))}'", span
        )


def evaluate_defaults(it: Machine, parameters: libcst.Parameters, scope: Scope) -> dict[str, Value]:
    """The default values of a definition's parameters, evaluated now as Python does."""
    declared = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    return {
        parameter.name.value: it.evaluate(parameter.default, scope)
        for parameter in declared
        if parameter.default is not None
    }
