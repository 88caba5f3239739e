"""What secrets are called in an output: one name for one secret, wherever its value stands."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipelift.compiler.ir.names import add_number, shorten, slug
from pipelift.runtime.contract.secrets import names_credential

_LONGEST = 50  # volumes of Kubernetes are called by it, with a prefix, in 63 characters
_TAKEN = ("parameters",)  # its variable is that of the parameters (`runtime/contract/secrets.py`)


class Names:
    """The names of the secrets of one program; two values never share one.

    `given` are the variables from outside: a value that stands in one is called after it, as it is where nobody gives
    the variable. So a name does not change with what is given.
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        self._sources = {value: name for name, value in given.items() if value and names_credential(name)}
        self._names: dict[tuple[str, str], str] = {}

    def choose(self, wanted: str, value: str | None = None, source: str = "") -> str:
        """The name of a secret, in small letters, digits and hyphens: `wanted`, unless it has a name already.

        `value` is None where it is not known; `source` then says where it comes from: a variable, a vault's entry.
        """
        name = slug(source or self.source_of(value or ""))
        if name:
            identity = ("from", name)
        elif value is not None:
            identity = ("text", value)
        else:
            identity = ("as", slug(wanted))
        if identity not in self._names:
            plain = shorten(slug(split_words(wanted)) or "secret", wanted, _LONGEST)
            self._names[identity] = add_number(plain, (*_TAKEN, *self._names.values()))
        return self._names[identity]

    def source_of(self, value: str) -> str:
        """The variable from outside that holds a secret; empty where none does."""
        return self._sources.get(value, "")


def split_words(text: str) -> str:
    """`text` with a hyphen between words that capitals begin: ``AccountKey`` is ``Account-Key``."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", text)
