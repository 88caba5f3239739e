"""`distutils`, which old programs take `strtobool` from."""

from __future__ import annotations

from pipelift.compiler.evaluate.imports import load
from pipelift.compiler.evaluate.library.models import ignored, partial_module, plain
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Module

_WORDS = {
    "y": 1,
    "yes": 1,
    "t": 1,
    "true": 1,
    "on": 1,
    "1": 1,
    "n": 0,
    "no": 0,
    "f": 0,
    "false": 0,
    "off": 0,
    "0": 0,
}
"""What `strtobool` takes, in any case (the documentation of distutils, Python 3.11)."""


@module("distutils")
def distutils_module(it: Machine) -> Module:
    """`distutils`: its modules."""
    found = partial_module("distutils", {})
    found.missing = lambda name, span: load(it, f"distutils.{name}", span)
    return found


@module("distutils.util")
def distutils_util_module(it: Machine) -> Module:
    """`distutils.util`."""
    return partial_module("distutils.util", {"strtobool": plain("distutils.util.strtobool", _read_word)})


@module("distutils.dir_util")
def distutils_dir_util_module(it: Machine) -> Module:
    """`distutils.dir_util`: what a run copies or removes is not there while a pipeline is read."""
    members = {name: ignored(f"distutils.dir_util.{name}") for name in ("mkpath", "remove_tree")}
    return partial_module("distutils.dir_util", {**members})


def _read_word(text: str) -> int:
    word = text.lower()
    if word not in _WORDS:
        raise ValueError(f"invalid truth value '{word}'")
    return _WORDS[word]
