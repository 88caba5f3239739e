"""The one `os.environ` of an evaluation: what is given from outside, and what the program sets."""

from __future__ import annotations

from collections.abc import Iterator

from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Modelled, Raised, Unknown, Value


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

    def item(self, call: LibraryCall, key: Value) -> Value:
        """``os.environ[key]``. Raises `Raised` where the program catches that a variable is missing."""
        return self._found(call, key, raising=True)

    def _found(self, call: LibraryCall, key: Value, *, raising: bool) -> Value:
        if isinstance(key, Unknown):
            return key
        if not isinstance(key, str):
            raise Raised("TypeError", "str expected", call.span)
        if key in self._given:
            return self._given[key]
        if raising and self.unread is None and call.machine.caught("KeyError"):
            raise Raised("KeyError", f"'{key}'", call.span, (key,))
        return self.unread or not_given(call, key)

    def set_item(self, call: LibraryCall, key: Value, value: Value) -> None:
        """``os.environ[key] = value``."""
        if isinstance(key, str):
            call.touch(self._given)
            self._given[key] = value

    def delete_item(self, call: LibraryCall, key: Value) -> None:
        """``del os.environ[key]``."""
        self.pop(call, key, None)

    def contains(self, call: LibraryCall, key: Value) -> Value:
        """``key in os.environ``: a variable that is not given may be there where the program really runs."""
        return True if key in self._given else self.unread or not_given(call, str(key))

    def get(self, call: LibraryCall, key: Value, default: Value = None) -> Value:
        """The variable, else the default."""
        found = self._found(call, key, raising=False)
        return default if isinstance(found, Unknown) and found.absent and default is not None else found

    def setdefault(self, call: LibraryCall, key: Value, default: Value) -> Value:
        """The variable, else the default, which it is set to."""
        found = self.get(call, key, default)
        self.set_item(call, key, found)
        return found

    def update(self, call: LibraryCall, values: Value = None, **more: Value) -> Value:
        """Set several."""
        for key, value in {**(values if isinstance(values, dict) else {}), **more}.items():
            self.set_item(call, key, value)
        return None

    def pop(self, call: LibraryCall, key: Value, default: Value = None) -> Value:
        """Remove one."""
        call.touch(self._given)
        return self._given.pop(key, default) if isinstance(key, str) else default

    def copy(self, call: LibraryCall) -> Value:
        """The variables as a dict."""
        made = Environ(dict(self._given))
        made.unread = self.unread
        return made

    def keys(self, call: LibraryCall) -> Value:
        """The names."""
        return list(self)

    def items(self, call: LibraryCall) -> Value:
        """The pairs."""
        return Unknown("which variables there are is not known", call.span)

    values = items


def not_given(call: LibraryCall, name: str) -> Unknown:
    """A variable that nobody gives."""
    reason = f"the environment variable {name} is not given"
    return Unknown(reason, call.span, supply=f"--env {name}=VALUE", absent=True)


def environ_of(it: Machine) -> Environ:
    """The one `os.environ` of an evaluation."""
    if not isinstance(it.environ, Environ):
        it.environ = Environ(dict(it.outside.environment))
    return it.environ
