"""The only way from a program's values to plain data: what is not known, or is of another type, is reported.

`None` always means: there is nothing to read. Either the program leaves the value out, so that the SDK's default holds,
or it has been reported that it cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, TypeGuard, TypeVar

from pipelift.compiler import ir
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.kinds import add_article, describe_kind
from pipelift.compiler.evaluate.values import Interpolated, Value, is_secret_reference
from pipelift.compiler.ir.texts import find_flaw
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.sdk.enums import plain_value
from pipelift.runtime.contract.secrets import names_credential

T = TypeVar("T")
C = TypeVar("C", bound=str)

Weight = Literal["graph", "run", "compute", "setting", "trigger", "detail"]
"""What a value is needed for: the graph, running a step, its hardware, something that has a safe default; what starts
runs by itself, or a detail of that.
"""

_CODES: Mapping[Weight, tuple[str, str]] = {
    "graph": ("PL110", "PL217"),
    "run": ("PL112", "PL217"),
    "compute": ("PL111", "PL218"),
    "setting": ("PL115", "PL218"),
    "trigger": ("PL327", "PL217"),
    "detail": ("PL326", "PL218"),
}
"""The codes of a value that is not known, and of one of another type."""

_DIGITS = re.compile(r"\s*[0-9]{1,9}\s*")
_MOST = 2**63
"""What whole numbers are below: the service keeps no others, nor do engines."""

_LONGEST = 1e12
"""The longest duration that is accepted, in seconds: longer ones are mistakes, such as a time in milliseconds."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the values of one object of the program. `owner` names the object in messages: ``step 'train'``."""

    lowering: Lowering
    owner: str
    span: Span
    step: str | None = None

    def text(self, value: Value, what: str, weight: Weight = "run") -> str | None:
        """A text. Numbers and paths become texts, as in the SDK."""
        if not self._is_given(value, what, weight):
            return None
        value = plain_value(value)
        if isinstance(value, (str, int, float, PurePath)):
            with suppress(ValueError):  # Python writes no numbers of more than 4300 digits
                return self._check_text(str(value), what, weight)
        self._refuse(value, what, "a text", weight)
        return None

    def _check_text(self, text: str, what: str, weight: Weight) -> str | None:
        """`text` if files, arguments and variables can hold it; else it is reported."""
        flaw = find_flaw(text)
        if flaw is None:
            return text
        message = f"{what} of {self.owner} has {flaw} in it, which no file or argument can hold"
        self.lowering.reporter.report(_CODES[weight][1], message, self.span, step=self.step)
        return None

    def required_text(self, value: Value, what: str, weight: Weight = "run") -> str | None:
        """A text that is required; a missing one is reported."""
        if value is None:
            self._refuse(value, what, "a text", weight)
        return self.text(value, what, weight)

    def texts(self, value: Value, what: str, weight: Weight = "run") -> tuple[str, ...]:
        """The texts of a list; a single text counts as a list of one."""
        items = [value] if isinstance(value, str) else self.items(value, what, weight)
        read = (self.required_text(item, what, weight) for item in items)
        return tuple(text for text in read if text is not None)

    def scalar(self, value: Value, what: str, weight: Weight = "run") -> ir.Scalar:
        """A text, number or truth value as it is."""
        if not self._is_given(value, what, weight):
            return None
        value = plain_value(value)
        if isinstance(value, float) or _is_whole(value):
            return value
        if isinstance(value, str):
            return self._check_text(value, what, weight)
        self._refuse(value, what, "a text, a number or a truth value", weight)
        return None

    def flag(self, value: Value, what: str, weight: Weight = "run") -> bool | None:
        """A truth value. Numbers are accepted, as in the SDK."""
        if not self._is_given(value, what, weight):
            return None
        if isinstance(value, (bool, int, float)):
            return bool(value)
        self._refuse(value, what, "True or False", weight)
        return None

    def count(self, value: Value, what: str, weight: Weight = "run") -> int | None:
        """A whole number from 1 on. The SDK makes one of a text of digits (`int(…)` in `_serialization_utils.py`)."""
        if not self._is_given(value, what, weight):
            return None
        number = _read_number(value)
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        if isinstance(number, int) and 0 < number < _MOST:
            return int(number)  # True counts as 1, as in the SDK
        self._refuse(value, what, "a whole number from 1 on", weight)
        return None

    def numbers(self, value: Value, what: str, weight: Weight = "run") -> tuple[int, ...]:
        """The whole numbers of a list."""
        items = [item for item in self.items(value, what, weight) if self._is_given(item, what, weight)]
        for item in items:
            if not _is_whole(item):
                self._refuse(item, what, "a whole number", weight)
        return tuple(int(item) for item in items if _is_whole(item))

    def seconds(self, value: Value, what: str, weight: Weight = "run") -> float | None:
        """A duration in seconds, as a number or digits; None for 0 and less."""
        if not self._is_given(value, what, weight):
            return None
        number = _read_number(value)
        if number is not None and abs(number) < _LONGEST:
            return float(number) if number > 0 else None
        self._refuse(value, what, "a number of seconds", weight)
        return None

    def choice(self, value: Value, what: str, allowed: tuple[C, ...], weight: Weight = "run") -> C | None:
        """One of the texts that are allowed."""
        if not self._is_given(value, what, weight):
            return None
        value = plain_value(value)
        chosen = next((option for option in allowed if option == value), None)
        if chosen is None:
            self._refuse(value, what, f"one of {', '.join(allowed)}", weight)
        return chosen

    def items(self, value: Value, what: str, weight: Weight = "run") -> list[Value]:
        """The items of a list or tuple, each of which may still be unknown; empty if there is none."""
        if not self._is_given(value, what, weight, depth=0):
            return []
        if isinstance(value, (list, tuple)):
            return list(value)
        if isinstance(value, (set, frozenset)):
            return sorted(value, key=str)
        self._refuse(value, what, "a list", weight)
        return []

    def pair(self, value: Value, what: str, weight: Weight = "run") -> tuple[Value, Value]:
        """The two values of a pair, each of which may still be unknown; ``(None, None)`` if there is none."""
        if self._is_given(value, what, weight, depth=0):
            if isinstance(value, tuple) and len(value) == 2:
                return value
            self._refuse(value, what, "a pair", weight)
        return None, None

    def mapping(self, value: Value, what: str, weight: Weight = "run") -> dict[str, Value]:
        """The values of a mapping by name, each of which may still be unknown; empty if there is none."""
        if not self._is_given(value, what, weight, depth=0):
            return {}
        if not isinstance(value, dict):
            self._refuse(value, what, "a mapping", weight)
            return {}
        names = ((self.text(key, f"a name among {what}", weight), item) for key, item in value.items())
        return {name: item for name, item in names if name is not None}

    def labels(self, value: Value, what: str, weight: Weight = "setting") -> tuple[ir.NamedValue, ...]:
        """A mapping of texts, sorted by name; `what` is what one of them is called, as in ``the tag``."""
        pairs = self.mapping(value, f"{what}s", weight)
        return self._read_named(pairs, what, weight)

    def variables(self, value: Value) -> tuple[ir.NamedValue, ...]:
        """Environment variables as the IR has them, sorted by name, without those that hold a secret."""
        variables = self.mapping(value, "the environment variables")
        plain = {name: item for name, item in variables.items() if not is_secret(self.lowering, name, item)}
        return self._read_named(plain, "the environment variable", "run")

    def part(self, value: Value, kind: type[T], what: str, weight: Weight = "run") -> T | None:
        """An object of the SDK's."""
        if not self._is_given(value, what, weight):
            return None
        if isinstance(value, kind):
            return value
        self._refuse(value, what, add_article(kind.__name__), weight)
        return None

    def _read_named(self, pairs: Mapping[str, Value], what: str, weight: Weight) -> tuple[ir.NamedValue, ...]:
        values: list[ir.NamedValue] = []
        for name, item in sorted(pairs.items()):
            text = self.required_text(item, f"{what} '{name}'", "setting" if item is None else weight)
            if text is not None:
                values.append(ir.NamedValue(name=name, value=text))
        return tuple(values)

    def _is_given(self, value: Value, what: str, weight: Weight, depth: int = 4) -> bool:
        """Whether there is a value and it is known; an unknown one is reported."""
        if value is None:
            return False
        return not self.is_unknown(value, what, weight, depth)

    def is_unknown(self, value: Value, what: str, weight: Weight, depth: int = 4) -> bool:
        """Whether a value is unknown, or contains something unknown down to `depth`; if so, it is reported."""
        code = _CODES[weight][0]
        return self.lowering.report_unknown(
            code, f"{what} of {self.owner}", value, self.span, self.step, depth
        )

    def _refuse(self, value: Value, what: str, expected: str, weight: Weight) -> None:
        message = f"{what} of {self.owner} is {describe_kind(value)}, not {expected}"
        remedy = ""
        if value is None:
            message, remedy = self.lowering.outside.absent.explain(message, self.span)
        self.lowering.reporter.report(_CODES[weight][1], message, self.span, help=remedy, step=self.step)


def glance(value: Value, kind: type[T]) -> T | None:
    """`value` if it is known and of that type, else None; reports nothing, so only for optional details."""
    return value if isinstance(value, kind) else None


def is_secret(lowering: Lowering, name: str, value: Value) -> bool:
    """Whether an environment variable is a secret: by its name, or because its value contains one."""
    value = plain_value(value)
    if names_credential(name):
        return value not in ("", None)
    if is_secret_reference(value):
        return True
    if isinstance(value, Interpolated) and any(map(is_secret_reference, value.parts)):
        return True  # put together with a secret, it is one as a whole
    return isinstance(value, str) and lowering.holds_secret(value)


def find_secrets(lowering: Lowering, variables: Value) -> Iterator[tuple[str, Value]]:
    """The environment variables that hold secrets, with their values; `Reader.variables` reads all others."""
    for key, item in variables.items() if isinstance(variables, dict) else ():
        name, value = plain_value(key), plain_value(item)
        if isinstance(name, str) and is_secret(lowering, name, value):
            yield name, value


def _is_whole(value: Value) -> TypeGuard[int]:
    return isinstance(value, int) and abs(value) < _MOST


def _read_number(value: Value) -> int | float | None:
    """The number that a value or a text of digits is; None for anything else."""
    value = plain_value(value)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    return value if isinstance(value, (int, float)) else None
