"""Names that Python, KFP and Kubernetes all accept, made from names that the user chose freely."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from pipelift.backends.printing.support import imported_names
from pipelift.compiler.ir import names
from pipelift.runtime.contract.digests import digest

# KFP turns a function's name into a task's, and that becomes part of pod names and labels, of which
# Kubernetes allows 63 characters. A run's name is the pipeline's with a suffix of up to a dozen. The
# lengths of functions and ports keep ``x_task = x()`` and a port in a signature within 88 columns.
LONGEST_FUNCTION = 32
LONGEST_NAME = 54
LONGEST_PIPELINE = 50

IMPORTS = """
from pathlib import Path
from kfp import compiler, dsl, kubernetes
"""
"""What the lines of the file use."""

_RESERVED = frozenset({*imported_names(IMPORTS), "Output", "bool", "float", "int", "str", "task"})


def plain(text: str) -> str:
    """`text` with every character that is no ASCII letter, digit or underscore as an underscore.

    The launcher applies the same rule to a port to find its artifact; where the artifact is called otherwise,
    ``--input`` or ``--output`` tells it.
    """
    return re.sub(r"[^A-Za-z0-9_]", "_", text)


def slug(text: str, longest: int = 63) -> str:
    """`text` as a DNS label: lower case, digits, dashes; shortened with a digest where it is longer."""
    label = names.slug(text)
    return names.shorten(label, text, longest) if label else f"x-{digest(text)[:8]}"


def task_key(function: str) -> str:
    """The name that KFP gives the task of a component function (`kfp.dsl.utils.maybe_rename_for_k8s`)."""
    return re.sub(r"-+", "-", function.lower().replace("_", "-")).strip("-")


class Scope:
    """Hands out identifiers, each once. KFP wants a letter in front; keywords get an underscore behind.

    With `tasks`, the names are those of component functions: they also differ after KFP has made task names
    of them.
    """

    def __init__(self, taken: Iterable[str] = (), *, tasks: bool = False) -> None:
        self._key = task_key if tasks else str
        self._longest = LONGEST_FUNCTION if tasks else LONGEST_NAME
        self._taken = {self._key(name) for name in (*_RESERVED, *taken)}

    def add(self, text: str, prefix: str) -> str:
        """A free identifier that resembles `text`; `prefix` goes before one that begins with no letter."""
        base = plain(text)
        if not re.match(r"[A-Za-z]", base):
            base = f"{prefix}_{base.strip('_') or digest(text)[:8]}"
        base = names.shorten(base, text, self._longest, "_")
        if keyword.iskeyword(base) or base in _RESERVED:
            base += "_"
        name, count = base, 1
        while self._key(name) in self._taken:
            count += 1
            name = f"{base.rstrip('_')}_{count}"
        self._taken.add(self._key(name))
        return name
