"""Settings of a run as Compose variables: their names, and an escape for every value."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from pipelift.backends.compose.model import Variable
from pipelift.backends.wiring import remotes
from pipelift.compiler import ir
from pipelift.compiler.ir.names import add_number

_NO_VALUE = "has no default: set it"
_LEFT_TO_FILE = "is set in .env"


def escape(text: str) -> str:
    """`text` as Compose reads it back: a dollar sign begins a variable, so it is doubled."""
    return text.replace("$", "$$")


def parameter_variables(parameters: tuple[ir.Parameter, ...]) -> dict[str, Variable]:
    """A variable for each parameter, by the parameter's name: ``PARAM_`` and the name, made unique.

    The prefix keeps a parameter that is called ``USER`` from taking its value from the shell.
    """
    hidden = remotes.secret_parameters(parameter.name for parameter in parameters)
    variables: dict[str, Variable] = {}
    taken: set[str] = set()
    for parameter in parameters:
        name = _make_unique("PARAM_" + _replace_symbols(parameter.name), taken)
        summary = f"parameter {parameter.name} ({parameter.type})"
        default = None if parameter.default is None else str(parameter.default)
        variables[parameter.name] = (
            Variable(name, summary, default, "", inline=default is None)  # the file of a secret needs it set
            if parameter.name in hidden
            else _variable(name, summary, default, empty_counts=True)
        )
    return variables


def secret_parameters(variables: Mapping[str, Variable], names: Iterable[str]) -> dict[str, Variable]:
    """Those of the `variables` of parameters, by the names of these, that are secrets."""
    return {name: variables[name] for name in remotes.secret_parameters(names)}


def store_variables(texts: Mapping[str, str], remote: Collection[str]) -> dict[str, Variable]:
    """A variable for each store's host folder, or for the URL of one that is `remote`, by the store's name."""
    taken: set[str] = set()
    return {
        name: path_variable(
            _make_unique("PIPELIFT_STORE_" + _replace_symbols(name).upper(), taken),
            f"{'URL' if name in remote else 'folder'} of store {name}",
            text,
        )
        for name, text in texts.items()
    }


def path_variable(name: str, summary: str, path: str) -> Variable:
    """A variable for a host path or a URL; an empty value means the default."""
    return _variable(name, summary, path, empty_counts=False)


def _variable(name: str, summary: str, default: str | None, *, empty_counts: bool) -> Variable:
    sign = "" if empty_counts else ":"
    if default is None:
        return Variable(name, summary, None, f"${{{name}{sign}?{_NO_VALUE}}}")
    if _fits_inline(default):
        return Variable(name, summary, default, f"${{{name}{sign}-{escape(default)}}}")
    return Variable(name, summary, default, f"${{{name}{sign}?{_LEFT_TO_FILE}}}", inline=False)


def _fits_inline(default: str) -> bool:
    """Whether ``${NAME-default}`` gives the default as it stands: Compose misreads braces and line ends."""
    return default.isprintable() and not set(default) & set("{}")


def _replace_symbols(text: str) -> str:
    return re.sub(r"\W", "_", text, flags=re.ASCII)


def _make_unique(name: str, taken: set[str]) -> str:
    unique = add_number(name, taken, "_")
    taken.add(unique)
    return unique


def dotenv_value(text: str) -> str:
    """`text` as a double-quoted value of an ``.env`` file."""
    escapes = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r"}
    return '"' + "".join(escapes.get(character, character) for character in text) + '"'
