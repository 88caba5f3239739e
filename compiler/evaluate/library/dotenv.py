"""`python-dotenv`, and the files of variables that the command line takes."""

from __future__ import annotations

from pathlib import Path

from pipelift.compiler.evaluate.library.environ import environ_of
from pipelift.compiler.evaluate.library.files import out_of_reach
from pipelift.compiler.evaluate.library.models import partly
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.library.yaml import yaml_documents
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Model, Module, Unknown, Value
from pipelift.runtime.contract.secrets import names_credential


@module("dotenv")
def dotenv_module(it: Machine) -> Module:
    """`python-dotenv`: a `.env` file gives what ``--env`` does not."""
    members: dict[str, Value] = {
        "load_dotenv": Model("load_dotenv", _load_dotenv),
        "find_dotenv": Model(
            "find_dotenv", lambda call, name=".env", *_, **__: _find_dotenv(call, str(name)), True
        ),
        "dotenv_values": Model("dotenv_values", _dotenv_values),
    }
    return partly("dotenv", members)


def _load_dotenv(call: LibraryCall, dotenv_path: Value = None, *args: Value, **kwargs: Value) -> Value:
    return load_dotenv(call, str(dotenv_path or ""), override=kwargs.get("override") is True)


def load_dotenv(call: LibraryCall, path: str, *, override: bool = False) -> bool | Unknown:
    """Take over the variables of a `.env` file; whether there is one. Those from outside win, unless `override`."""
    name = path or _find_dotenv(call, ".env")
    environ = environ_of(call.machine)
    unread = _unread(call, name)
    if unread is not None:
        environ.unread = unread
        return unread
    if not name or not call.outside.is_file(name):
        return False
    for key, value in _read(call, name).items():
        if override or key not in environ._given:
            environ.set_item(call, key, value)
    return True


def _dotenv_values(call: LibraryCall, dotenv_path: Value = None, *args: Value, **kwargs: Value) -> Value:
    name = str(dotenv_path or _find_dotenv(call, ".env"))
    unread = _unread(call, name)
    if unread is not None:
        return unread
    return dict(_read(call, name)) if name and call.outside.is_file(name) else {}


def _unread(call: LibraryCall, name: str) -> Unknown | None:
    refusal = call.outside.refusal(name) if name else None
    return None if refusal is None else out_of_reach(call, name, refusal)


def _read(call: LibraryCall, name: str) -> dict[str, str]:
    try:
        values = dotenv_values(call.outside.read(name).decode("utf-8-sig", "replace"))
    except OSError:
        return {}
    call.record.secrets.give(value for key, value in values.items() if names_credential(key))
    return values


def _find_dotenv(call: LibraryCall, name: str) -> str:
    """The nearest `.env`, from the program's folder upwards, as python-dotenv looks for it."""
    for folder in (call.outside.folder, *call.outside.folder.parents):
        if call.outside.is_file(str(folder / name)):
            return str(folder / name)
    return ""


def dotenv_values(text: str) -> dict[str, str]:
    """The variables of a `.env` file: ``NAME=value`` lines, quotes and ``export`` allowed, ``#`` comments."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        stripped = line.strip().removeprefix("export ").strip()
        name, separator, value = stripped.partition("=")
        if not separator or name.startswith("#"):
            continue
        value = value.strip()
        quote = value[:1]
        if quote in ("'", '"') and quote in value[1:]:
            value = value[1 : value.index(quote, 1)]
        else:
            value = "" if value.startswith("#") else value.split(" #", 1)[0].rstrip()
        values[name.strip()] = value
    return values


def variables_of(path: Path, text: str) -> dict[str, str]:
    """The variables of a file given by ``--env-file``: a `.env` file, or Azure DevOps variables in YAML.

    Variables of the latter stand under ``variables``, as a mapping or as a list of name and value; what they
    refer to as ``$(NAME)`` is put in. Raises `ValueError` for YAML that is none.
    """
    if path.suffix not in (".yml", ".yaml"):
        return dotenv_values(text)
    document = yaml_documents(text)[0]
    listed = document.get("variables", document) if isinstance(document, dict) else document
    if isinstance(listed, list):
        listed = {one["name"]: one.get("value") for one in listed if isinstance(one, dict) and "name" in one}
    if not isinstance(listed, dict):
        raise ValueError("it holds no variables")
    values = {str(k): _scalar(v) for k, v in listed.items() if not isinstance(v, (dict, list))}
    return {name: _resolved(value, values) for name, value in values.items()}


def _scalar(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _resolved(value: str, values: dict[str, str]) -> str:
    for name, other in values.items():
        value = value.replace(f"$({name})", other)
    return value
