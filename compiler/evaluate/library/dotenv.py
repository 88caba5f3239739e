"""`python-dotenv`, and the files of variables that the command line takes."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from pipelift.compiler.evaluate import growth, meter
from pipelift.compiler.evaluate.library.environ import environ_of, missing_variable
from pipelift.compiler.evaluate.library.files import out_of_reach
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.library.yaml import parse_documents
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Model, Module, Unknown, Value, derived
from pipelift.runtime.contract.secrets import names_credential

if TYPE_CHECKING:
    from dotenv.variables import Atom


@module("dotenv")
def dotenv_module(it: Machine) -> Module:
    """`python-dotenv`: a `.env` file gives what ``--env`` does not."""
    members: dict[str, Value] = {
        "load_dotenv": Model("load_dotenv", _load_dotenv),
        "find_dotenv": Model(
            "find_dotenv", lambda call, name=".env", *_, **__: _find_dotenv(call, str(name)), True
        ),
        "dotenv_values": Model("dotenv_values", read_dotenv),
    }
    return partial_module("dotenv", members)


def _load_dotenv(
    call: LibraryCall,
    dotenv_path: Value = None,
    stream: Value = None,
    verbose: Value = False,
    override: Value = False,
    interpolate: Value = True,
    encoding: Value = "utf-8",
) -> Value:
    if stream is not None:
        return Unknown("pipelift does not follow load_dotenv() of a stream", call.span)
    reading = Reading(override is True, interpolate is not False)
    return load_dotenv(call, str(dotenv_path or ""), reading)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file of variables is read: whether it wins over what is given, and whether ``${NAME}`` is put in."""

    override: bool = False
    interpolate: bool = True


def load_dotenv(call: LibraryCall, path: str, reading: Reading) -> bool | Unknown:
    """Take over the variables of a `.env` file; whether there is one."""
    name = path or _find_dotenv(call, ".env")
    environ = environ_of(call.machine)
    unread = _find_unread(call, name)
    if unread is not None:
        environ.unread = unread
        return unread
    if not name or not call.outside.is_file(name):
        return False
    for key, value in _read_variables(call, name, reading).items():
        if value is not None and (reading.override or key not in environ.variables):
            environ.set_item(call, key, value)
    return True


def read_dotenv(
    call: LibraryCall,
    dotenv_path: Value = None,
    stream: Value = None,
    verbose: Value = False,
    interpolate: Value = True,
    encoding: Value = "utf-8",
) -> Value:
    """The variables of a `.env` file: what ``dotenv_values()`` gives; none where there is no file."""
    if stream is not None:
        return Unknown("pipelift does not follow dotenv_values() of a stream", call.span)
    name = str(dotenv_path or _find_dotenv(call, ".env"))
    unread = _find_unread(call, name)
    if unread is not None:
        return unread
    if not name or not call.outside.is_file(name):
        return {}
    return _read_variables(call, name, Reading(override=True, interpolate=interpolate is not False))


def _find_unread(call: LibraryCall, name: str) -> Unknown | None:
    refusal = call.outside.refusal(name) if name else None
    return None if refusal is None else out_of_reach(call, name, refusal)


def _read_variables(call: LibraryCall, name: str, reading: Reading) -> dict[str, Value]:
    """The variables of a file: None for one without a value, unknown for one that refers to a missing variable."""
    try:
        bindings = _parse_bindings(call.read(name).decode("utf-8-sig", "replace"))
    except OSError:
        return {}
    values: dict[str, Value] = {}
    environment = environ_of(call.machine).variables
    for key, text in bindings:
        variables = ChainMap(values, environment) if reading.override else ChainMap(environment, values)
        values[key] = text if text is None or not reading.interpolate else _interpolate(call, text, variables)
    credentials = (value for key, value in values.items() if isinstance(value, str) and names_credential(key))
    call.record.secrets.give(credentials)
    return values


def _interpolate(call: LibraryCall, text: str, variables: Mapping[str, Value]) -> Value:
    from dotenv.variables import Variable

    parts: list[str] = []
    for atom in _list_atoms(text):
        if not isinstance(atom, Variable):
            parts.append(atom.resolve({}))
            continue
        value = variables.get(atom.name)
        if atom.name not in variables:
            value = environ_of(call.machine).unread or atom.default
            value = missing_variable(call, atom.name) if value is None else value
        if isinstance(value, Unknown):
            return derived("it refers to a variable that is not known", call.span, value)
        parts.append("" if value is None else str(value))
    meter.limit(sum(map(len, parts)))
    text_with_values = "".join(parts)
    meter.charge(text_with_values)
    return text_with_values


def _list_atoms(text: str) -> list[Atom]:
    """The letters and references of a value. Raises `TooLarge` for too many references that do not end: for each,
    python-dotenv looks through all that follows."""
    from dotenv.variables import parse_variables

    comparisons = sum(part.count("${") * len(part) for part in text.split("}"))
    meter.limit(comparisons, growth.MAX_COMPARISONS)
    meter.read(comparisons)
    return list(parse_variables(text))


def _parse_bindings(text: str) -> list[tuple[str, str | None]]:
    """The lines that python-dotenv reads, in their order; it leaves out those that it cannot read."""
    from dotenv.parser import parse_stream

    return [
        (binding.key, binding.value)
        for binding in parse_stream(StringIO(text))
        if binding.key is not None and not binding.error
    ]


def _find_dotenv(call: LibraryCall, name: str) -> str:
    """The nearest `.env`, from the program's folder upwards, as python-dotenv looks for it."""
    for folder in (call.outside.folder, *call.outside.folder.parents):
        if call.outside.is_file(str(folder / name)):
            return str(folder / name)
    return ""


def parse_variables_file(path: Path, text: str) -> dict[str, str]:
    """The variables of a file given by ``--env-file``: a `.env` file, or Azure DevOps variables in YAML.

    Variables of the latter stand under ``variables``, as a mapping or as a list of name and value; what they
    refer to as ``$(NAME)`` is put in. Raises `ValueError` for YAML that is none, and for a `.env` file that refers to
    what it does not define.
    """
    if path.suffix not in (".yml", ".yaml"):
        return _parse_closed(text)
    document = parse_documents(text)[0]
    entries = document.get("variables", document) if isinstance(document, dict) else document
    if isinstance(entries, list):
        entries = {
            entry["name"]: entry.get("value")
            for entry in entries
            if isinstance(entry, dict) and "name" in entry
        }
    if not isinstance(entries, dict):
        raise ValueError("it holds no variables")
    values = {str(k): _render_scalar(v) for k, v in entries.items() if not isinstance(v, (dict, list))}
    resolved = (_resolve_references(value, values) for value in values.values())
    return dict(zip(values, _limit(resolved, MAX_VALUES), strict=True))


def _parse_closed(text: str) -> dict[str, str]:
    """The variables of a `.env` file; it may refer to its own variables, never to pipelift's environment."""
    from dotenv.variables import Variable

    values: dict[str, str] = {}
    left = MAX_VALUES
    for key, template in _parse_bindings(text):
        if template is None:
            continue
        try:
            atoms = _list_atoms(template)
        except meter.TooLarge:
            raise ValueError(_TOO_MANY) from None
        for atom in atoms:
            if isinstance(atom, Variable) and atom.default is None and atom.name not in values:
                raise ValueError(f"'{key}' refers to '{atom.name}', which the file does not define")
        values[key] = "".join(_limit(atom.resolve(values) for atom in atoms))
        left -= len(values[key])
        if left < 0:
            raise ValueError(_TOO_LONG)
    return values


MAX_VALUES = 10_000_000
"""How many letters the variables of a file may have, all together."""


def _limit(texts: Iterable[str], most: int = meter.MAX_SIZE) -> Iterator[str]:
    """The texts one by one. Raises `ValueError` as soon as they are too long together."""
    length = 0
    for text in texts:
        length += len(text)
        if length > most:
            raise ValueError(_TOO_LONG)
        yield text


_TOO_MANY = "one of its values has too many references that do not end"

_TOO_LONG = "its variables refer to one another so often that they become too long"


def _render_scalar(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _resolve_references(value: str, values: dict[str, str]) -> str:
    for name, other in values.items():
        if "$(" not in value:
            break
        if len(value) + value.count(f"$({name})") * len(other) > meter.MAX_SIZE:
            raise ValueError(_TOO_LONG)
        value = value.replace(f"$({name})", other)
    return value
