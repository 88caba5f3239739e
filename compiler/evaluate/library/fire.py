"""`fire`: any function, class or dict as a command, with what stands after ``--`` as its arguments."""

from __future__ import annotations

import ast

from pipelift.compiler.evaluate.library.models import partly
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import Function, Instance, UserClass
from pipelift.compiler.evaluate.values import BoundMethod, Model, Module, Value


@module("fire")
def fire_module(it: Machine) -> Module:
    """`fire`."""
    return partly("fire", {"Fire": Model("fire.Fire", _fire, takes_unknown=True)})


def _fire(call: LibraryCall, component: Value = None, command: Value = None, **_: Value) -> Value:
    words = command.split() if isinstance(command, str) else list(call.outside.arguments)
    return _fired(call, component, words)


def _fired(call: LibraryCall, component: Value, words: list[str]) -> Value:
    """Call the component with the words; a class or dict is asked for the member that the first word names."""
    if isinstance(component, (Function, BoundMethod)):
        args, kwargs = _fire_arguments(words)
        return call.invoke(component, args, kwargs)
    if isinstance(component, dict) and words:
        return _fired(call, component.get(words[0]), words[1:])
    if isinstance(component, UserClass) and words:
        return _fired(call, call.invoke(component, (), {}), words)
    if isinstance(component, Instance) and words:
        found, member = component.cls.lookup(words[0].replace("-", "_"))
        return _fired(call, BoundMethod(component, member), words[1:]) if found else None
    if component is None and words:
        named = call.machine.main_names.get(words[0].replace("-", "_"))
        return _fired(call, named, words[1:])
    return component


def _fire_arguments(words: list[str]) -> tuple[list[Value], dict[str, Value]]:
    args: list[Value] = []
    kwargs: dict[str, Value] = {}
    pending = list(words)
    while pending:
        word = pending.pop(0)
        if not word.startswith("--"):
            args.append(_python(word))
            continue
        name, separator, value = word[2:].partition("=")
        if not separator:
            following = bool(pending) and not pending[0].startswith("--")
            value = pending.pop(0) if following else "True"
        kwargs[name.replace("-", "_")] = _python(value)
    return args, kwargs


def _python(word: str) -> Value:
    """A word as fire reads it: a Python literal, else a text."""
    try:
        return ast.literal_eval(word)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return word
