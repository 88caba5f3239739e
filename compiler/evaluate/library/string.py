"""`string`."""

from __future__ import annotations

import string

from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Module


@module("string")
def string_module(it: Machine) -> Module:
    """`string`: its constants."""
    names = ("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "punctuation")
    return partial_module("string", {name: getattr(string, name) for name in names})
