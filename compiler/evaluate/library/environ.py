"""The one `os.environ` of an evaluation: what is given from outside, and what the program sets."""

from __future__ import annotations

from collections.abc import Iterator

from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.unknown import Gap
from pipelift.compiler.evaluate.values import Modelled, Raised, Unknown, Value
from pipelift.runtime.contract.secrets import names_credential


class Environ(Modelled):
    """`os.environ`: what is given from outside, and what the program sets."""

    sdk_name = "os.environ"
    pure = True

    def __init__(self, variables: dict[str, Value]) -> None:
        self._variables = variables
        self.unread: Unknown | None = None
        """The file of variables that lies outside the project: any that is not given may stand there."""

    @property
    def variables(self) -> dict[str, Value]:
        """The variables that are known: from outside, from `.env` files, and those that the program sets."""
        return self._variables

    def __iter__(self) -> Iterator[Value]:
        return iter([*self._variables, Unknown("which other variables there are is not known", many=True)])

    def item(self, call: LibraryCall, key: Value) -> Value:
        """``os.environ[key]``. Raises `Raised` where the program catches that a variable is missing."""
        return self._look_up(call, key, raising=True)

    def _look_up(self, call: LibraryCall, key: Value, *, raising: bool) -> Value:
        if isinstance(key, Unknown):
            return key
        if not isinstance(key, str):
            raise Raised("TypeError", "str expected", call.span)
        if key in self._variables:
            return self._variables[key]
        if raising and self.unread is None and call.machine.is_caught("KeyError"):
            raise Raised("KeyError", f"'{key}'", call.span, (key,))
        return self.unread or missing_variable(call, key)

    def set_item(self, call: LibraryCall, key: Value, value: Value) -> None:
        """``os.environ[key] = value``."""
        if isinstance(key, str):
            call.touch(self._variables)
            self._variables[key] = value

    def delete_item(self, call: LibraryCall, key: Value) -> None:
        """``del os.environ[key]``."""
        self.pop(call, key, None)

    def contains(self, call: LibraryCall, key: Value) -> Value:
        """``key in os.environ``: a variable that is not given may be there where the program really runs."""
        return True if key in self._variables else self.unread or missing_variable(call, str(key))

    def get(self, call: LibraryCall, key: Value, default: Value = None) -> Value:
        """The variable, else the default."""
        value = self._look_up(call, key, raising=False)
        return default if isinstance(value, Unknown) and value.absent and default is not None else value

    def setdefault(self, call: LibraryCall, key: Value, default: Value) -> Value:
        """The variable, else the default, which it is set to."""
        value = self.get(call, key, default)
        self.set_item(call, key, value)
        return value

    def update(self, call: LibraryCall, values: Value = None, **more: Value) -> Value:
        """Set several."""
        for key, value in {**(values if isinstance(values, dict) else {}), **more}.items():
            self.set_item(call, key, value)
        return None

    def pop(self, call: LibraryCall, key: Value, default: Value = None) -> Value:
        """Remove one."""
        call.touch(self._variables)
        return self._variables.pop(key, default) if isinstance(key, str) else default

    def copy(self, call: LibraryCall) -> Value:
        """The variables as a dict."""
        copied = Environ(dict(self._variables))
        copied.unread = self.unread
        return copied

    def keys(self, call: LibraryCall) -> Value:
        """The names."""
        return list(self)

    def items(self, call: LibraryCall) -> Value:
        """The pairs."""
        return Unknown("which variables there are is not known", call.span)

    values = items


def missing_variable(call: LibraryCall, name: str) -> Unknown:
    """The unknown for a variable that has no value."""
    reason = f"the environment variable {name} is not given"
    secret = name if names_credential(name) else ""
    supply = f"--env {name}=VALUE"
    gap = Gap("variable", name, supply)
    return Unknown(reason, call.span, supply=supply, absent=True, secret=secret, gap=gap)


def environ_of(it: Machine) -> Environ:
    """The one `os.environ` of an evaluation."""
    if not isinstance(it.environ, Environ):
        it.environ = Environ(dict(it.outside.environment))
    return it.environ
