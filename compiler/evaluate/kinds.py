"""The kinds of values in words, for messages: no class of ours is named, and no content, which may be a secret."""

from __future__ import annotations

from pathlib import PurePath

from pipelift.compiler.evaluate.objects import Function, Instance, UserClass
from pipelift.compiler.evaluate.values import (
    BoundMethod,
    Interpolated,
    Iter,
    Model,
    Modelled,
    ModelledClass,
    Module,
    NativeMethod,
    Unknown,
    Value,
)

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (Unknown, "something that is not known"),
    (type(None), "None"),
    (bool, "a truth value"),
    (str, "a text"),
    (bytes, "bytes"),
    (int, "a whole number"),
    (float, "a number"),
    (dict, "a mapping"),
    (list, "a list"),
    (tuple, "a tuple"),
    ((set, frozenset), "a set"),
    (PurePath, "a path"),
    (Interpolated, "a text with data in it"),
    (Module, "a module"),
    ((UserClass, ModelledClass), "a class"),
    ((Function, BoundMethod, NativeMethod, Model), "a function"),
    (Iter, "an iterator"),
)


def describe_kind(value: Value) -> str:
    """The type of a value in words."""
    for kind, words in _KINDS:
        if isinstance(value, kind):
            return words
    if isinstance(value, Instance):
        return f"an object of class {value.cls.name}"
    if isinstance(value, Modelled) and value.sdk_name:
        return add_article(value.sdk_name.rpartition(".")[2])
    return add_article(type(value).__name__.lstrip("_"))


def quote_name(name: Value) -> str:
    """A name in quotes; in words where it is no text."""
    return f"'{name}'" if isinstance(name, str) else describe_kind(name)


def add_article(name: str) -> str:
    """`name` with "a" or "an" before it."""
    return f"{'an' if name[:1] in 'AEIOaeio' else 'a'} {name}"
