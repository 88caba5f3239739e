"""`fire`: any function, class or dict as a command, with what stands after ``--`` as its arguments."""

from __future__ import annotations

import ast

from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import Function, Instance, UserClass
from pipelift.compiler.evaluate.values import BoundMethod, Model, Module, Value


@module("fire")
def fire_module(it: Machine) -> Module:
    """`fire`."""
    return partial_module("fire", {"Fire": Model("fire.Fire", _fire, takes_unknown=True)})


def _fire(call: LibraryCall, component: Value = None, command: Value = None, **_: Value) -> Value:
    words = command.split() if isinstance(command, str) else list(call.outside.arguments)
    return _call_component(call, component, words)


def _call_component(call: LibraryCall, component: Value, words: list[str]) -> Value:
    """Call the component with the words; a class or dict is asked for the member that the first word names."""
    if isinstance(component, (Function, BoundMethod)):
        args, kwargs = _split_arguments(words)
        return call.invoke(component, args, kwargs)
    if isinstance(component, dict) and words:
        return _call_component(call, component.get(words[0]), words[1:])
    if isinstance(component, UserClass) and words:
        return _call_component(call, call.invoke(component, (), {}), words)
    if isinstance(component, Instance) and words:
        is_defined, member = component.cls.lookup(words[0].replace("-", "_"))
        return _call_component(call, BoundMethod(component, member), words[1:]) if is_defined else None
    if component is None and words:
        target = call.machine.main_names.get(words[0].replace("-", "_"))
        return _call_component(call, target, words[1:])
    return component


def _split_arguments(words: list[str]) -> tuple[list[Value], dict[str, Value]]:
    args: list[Value] = []
    kwargs: dict[str, Value] = {}
    pending = list(words)
    while pending:
        word = pending.pop(0)
        if not word.startswith("--"):
            args.append(_parse_word(word))
            continue
        name, separator, value = word[2:].partition("=")
        if not separator:
            following = bool(pending) and not pending[0].startswith("--")
            value = pending.pop(0) if following else "True"
        kwargs[name.replace("-", "_")] = _parse_word(value)
    return args, kwargs


def _parse_word(word: str) -> Value:
    """A word as fire reads it: a Python literal, else a text."""
    try:
        return ast.literal_eval(word)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return word
