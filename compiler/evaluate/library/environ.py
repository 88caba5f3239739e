"""Variables from outside: `os.environ`, `.env` files (python-dotenv, environs), variable files of pipelines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipelift.compiler.evaluate.library.files import out_of_reach
from pipelift.compiler.evaluate.library.models import opaque, partly
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Call, Model, Modelled, Module, Raised, Unknown, Value
from pipelift.runtime.contract.secrets import names_credential


class Environ(Modelled):
    """`os.environ`: what is given from outside, and what the program sets."""

    sdk_name = "os.environ"
    pure = True

    def __init__(self, given: dict[str, Value]) -> None:
        self._given = given
        self.unread: Unknown | None = None
        """The file of variables that lies outside the project: any that is not given may stand there."""

    @property
    def given(self) -> dict[str, Value]:
        """The variables that are known: from outside, from `.env` files, and those that the program sets."""
        return self._given

    def __iter__(self) -> Iterator[Value]:
        return iter([*self._given, Unknown("which other variables there are is not known", many=True)])

    def item(self, call: Call, key: Value) -> Value:
        """``os.environ[key]``. Raises `Raised` where the program catches that a variable is missing."""
        return self._found(call, key, raising=True)

    def _found(self, call: Call, key: Value, *, raising: bool) -> Value:
        if isinstance(key, Unknown):
            return key
        if not isinstance(key, str):
            raise Raised("TypeError", "str expected", call.span)
        if key in self._given:
            return self._given[key]
        if raising and self.unread is None and call.interpreter.caught("KeyError"):
            raise Raised("KeyError", f"'{key}'", call.span, (key,))
        return self.unread or not_given(call, key)

    def set_item(self, call: Call, key: Value, value: Value) -> None:
        """``os.environ[key] = value``."""
        if isinstance(key, str):
            call.touch(self._given)
            self._given[key] = value

    def delete_item(self, call: Call, key: Value) -> None:
        """``del os.environ[key]``."""
        self.pop(call, key, None)

    def contains(self, call: Call, key: Value) -> Value:
        """``key in os.environ``: a variable that is not given may be there where the program really runs."""
        return True if key in self._given else self.unread or not_given(call, str(key))

    def get(self, call: Call, key: Value, default: Value = None) -> Value:
        """The variable, else the default."""
        found = self._found(call, key, raising=False)
        return default if isinstance(found, Unknown) and found.absent and default is not None else found

    def setdefault(self, call: Call, key: Value, default: Value) -> Value:
        """The variable, else the default, which it is set to."""
        found = self.get(call, key, default)
        self.set_item(call, key, found)
        return found

    def update(self, call: Call, values: Value = None, **more: Value) -> Value:
        """Set several."""
        for key, value in {**(values if isinstance(values, dict) else {}), **more}.items():
            self.set_item(call, key, value)
        return None

    def pop(self, call: Call, key: Value, default: Value = None) -> Value:
        """Remove one."""
        call.touch(self._given)
        return self._given.pop(key, default) if isinstance(key, str) else default

    def copy(self, call: Call) -> Value:
        """The variables as a dict."""
        made = Environ(dict(self._given))
        made.unread = self.unread
        return made

    def keys(self, call: Call) -> Value:
        """The names."""
        return list(self)

    def items(self, call: Call) -> Value:
        """The pairs."""
        return Unknown("which variables there are is not known", call.span)

    values = items


def not_given(call: Call, name: str) -> Unknown:
    """A variable that nobody gives."""
    reason = f"the environment variable {name} is not given"
    return Unknown(reason, call.span, supply=f"--env {name}=VALUE", absent=True)


def environ_of(it: Machine) -> Environ:
    """The one `os.environ` of an evaluation."""
    if it.environ is None:
        it.environ = Environ(dict(it.outside.environment))
    found: Environ = it.environ
    return found


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


def _load_dotenv(call: Call, dotenv_path: Value = None, *args: Value, **kwargs: Value) -> Value:
    return load_dotenv(call, str(dotenv_path or ""), override=kwargs.get("override") is True)


def load_dotenv(call: Call, path: str, *, override: bool = False) -> bool | Unknown:
    """Take over the variables of a `.env` file; whether there is one. Those from outside win, unless `override`."""
    name = path or _find_dotenv(call, ".env")
    environ = environ_of(call.interpreter)
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


def _dotenv_values(call: Call, dotenv_path: Value = None, *args: Value, **kwargs: Value) -> Value:
    name = str(dotenv_path or _find_dotenv(call, ".env"))
    unread = _unread(call, name)
    if unread is not None:
        return unread
    return dict(_read(call, name)) if name and call.outside.is_file(name) else {}


def _unread(call: Call, name: str) -> Unknown | None:
    refusal = call.outside.refusal(name) if name else None
    return None if refusal is None else out_of_reach(call, name, refusal)


def _read(call: Call, name: str) -> dict[str, str]:
    try:
        values = dotenv_values(call.outside.read(name).decode("utf-8-sig", "replace"))
    except OSError:
        return {}
    call.record.secrets.give(value for key, value in values.items() if names_credential(key))
    return values


def _find_dotenv(call: Call, name: str) -> str:
    """The nearest `.env`, from the program's folder upwards, as python-dotenv looks for it."""
    for folder in (call.outside.folder, *call.outside.folder.parents):
        if call.outside.is_file(str(folder / name)):
            return str(folder / name)
    return ""


def environs_module(it: Machine) -> Module:
    """`environs`, which only makes readers of variables: those are not followed."""
    return partly("environs", {"Env": opaque("environs.Env", "pipelift does not model environs.Env")})


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
    from pipelift.compiler.evaluate.library.files import yaml_documents

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
