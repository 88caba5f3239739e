"""The Jinja environment in which templates print plans, and its filters."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pipelift.backends.printing.literals import comment_text, python_literal, shell_word
from pipelift.backends.printing.yaml import yaml_scalar
from pipelift.runtime.contract import paths

if TYPE_CHECKING:
    import jinja2


def render(template: str, **context: object) -> str:
    """The text of ``templates/<template>`` (such as ``airflow/dag.py.j2``) with `context` and the contract's ``paths``.

    Raises `jinja2.UndefinedError` for a name that the context lacks: a fault of ours.
    """
    return _environment().get_template(template).render(context)


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pipelift.templates", ""),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters.update(py=python_literal, yaml=yaml_scalar, shell=shell_word, comment=comment_text)
    environment.globals["paths"] = paths
    environment.filters["verbatim"] = (
        str  # text in the output's own language: the user's or ours, already printed
    )
    return environment
