"""Names that Airflow, Python and Kubernetes accept, made from the names that the source uses."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pipelift.backends.airflow.support import reserved_names
from pipelift.compiler.ir.names import add_digest, slug

LONGEST_KEY = 250
"""Characters of a DAG's or a task's id (Airflow: `validate_key` of its nodes)."""

LONGEST_TAG = 100
"""Characters of a tag (Airflow: `TAG_MAX_LEN`)."""

_LONGEST_VARIABLE = 32
_LONGEST_LABEL = 63
_DIGITS = (6, 12, 20)  # of a digest: more where a name with fewer is taken, too
_PYTHON = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins)})


@dataclass(frozen=True, slots=True)
class Identity:
    """What a step is called as a task: `variable` in the DAG file, `task_id` by Airflow."""

    variable: str
    task_id: str


def identities(step_ids: Iterable[str]) -> dict[str, Identity]:
    """The names of each step, no two the same."""
    by_step: dict[str, Identity] = {}
    variables: set[str] = set()
    keys: set[str] = set()
    for step_id in step_ids:
        identity = Identity(variable(step_id, variables), key(step_id, keys))
        variables.add(identity.variable)
        keys.add(identity.task_id)
        by_step[step_id] = identity
    return by_step


def key(text: str, taken: Collection[str] = ()) -> str:
    """`text` as a DAG's or a task's id (ASCII letters, digits, ``_-.``), none of those in `taken`."""
    name = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9_.-]", "_", text)) or "_"
    return _distinct(name, text, LONGEST_KEY, "_", taken)


def dag_file(dag_id: str) -> str:
    """The name of the file that holds the DAG `dag_id`, as Python can import it."""
    return f"{_module(dag_id)}_dag.py"


def schedules_file(dag_id: str) -> str:
    """The name of the file beside it that holds the DAGs of its schedules."""
    return f"{_module(dag_id)}_schedules.py"


def _module(dag_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", dag_id)


def variable(text: str, taken: Collection[str] = ()) -> str:
    """`text` as a Python name in small letters that hides nothing of the DAG file; none in `taken`."""
    name = slug(text, "_") or "step"
    name = f"step_{name}" if name[0].isdigit() else name
    name = f"{name}_step" if name in _PYTHON or name in reserved_names() else name
    return _distinct(name, text, _LONGEST_VARIABLE, "_", taken)


def constant(text: str, taken: Collection[str] = ()) -> str:
    """`text` as the end of a Python constant and of an environment variable, none of those in `taken`."""
    name = re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_") or "_"
    return _distinct(name, text, _LONGEST_VARIABLE, "_", taken)


def label(text: str, taken: Collection[str] = ()) -> str:
    """`text` as a Kubernetes label name (RFC 1123), as volumes have, none of those in `taken`."""
    name = slug(text) or "x"
    return _distinct(name, text, _LONGEST_LABEL, "-", taken)


def _distinct(name: str, text: str, longest: int, joint: str, taken: Collection[str]) -> str:
    """`name`, cut and with a digest of `text` behind it where it is too long or taken."""
    if len(name) <= longest and name not in taken:
        return name
    candidates = (add_digest(name, text, longest, joint, digits) for digits in _DIGITS)
    return next(candidate for candidate in candidates if candidate not in taken)
