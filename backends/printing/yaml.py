"""Plain data as YAML text that every reader understands alike, whether it speaks YAML 1.1 or 1.2."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import yaml

if TYPE_CHECKING:
    from yaml.nodes import Node, ScalarNode

# PyYAML writes ``1e3`` and ``0o17`` bare; a YAML 1.2 reader (Go: Compose, kfp, Argo) loads them as numbers.
# So a string stays bare only where no version of YAML can take it for anything else.
_PLAIN = re.compile(r"(?:--)?[A-Za-z_/][\w./@-]*", re.ASCII)
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_UNBROKEN = 2**31 - 1  # a width: lines are the user's


Dumper: TypeAlias = "type[yaml.SafeDumper | yaml.CSafeDumper]"


class _Representer(yaml.representer.SafeRepresenter):
    """PyYAML's, without references, and with strings that are strings to everyone."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_text(self, data: str) -> ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", data, _style(data))

    def represent_other(self, data: object) -> Node:
        if isinstance(data, str):
            return self.represent_text(str.__str__(data))  # libyaml takes no class of its own
        if isinstance(data, Mapping):
            return self.represent_mapping("tag:yaml.org,2002:map", data)
        if isinstance(data, Sequence) and not isinstance(data, (bytes, bytearray, memoryview)):
            return self.represent_sequence("tag:yaml.org,2002:seq", data)
        raise TypeError(f"{type(data).__name__} has no place in YAML")


_Representer.yaml_representers = {}  # not PyYAML's own: nothing else has a place in what we write
_Representer.add_representer(type(None), _Representer.represent_none)
_Representer.add_representer(bool, _Representer.represent_bool)
_Representer.add_representer(int, _Representer.represent_int)
_Representer.add_representer(float, _Representer.represent_float)
_Representer.add_representer(str, _Representer.represent_text)
_Representer.add_multi_representer(object, _Representer.represent_other)


class PortableDumper(_Representer, yaml.SafeDumper):
    """PyYAML's in Python."""


DUMPERS: list[Dumper] = [PortableDumper]
"""Those that there are, the fastest first. They write the same but for keys that are empty or hold line ends."""

if yaml.__with_libyaml__:

    class FastDumper(_Representer, yaml.CSafeDumper):
        """PyYAML's in C, ten times as fast, which not every platform has."""

    DUMPERS.insert(0, FastDumper)


def dump_yaml(data: object, dumper: Dumper = DUMPERS[0]) -> str:
    """`data` (None, bool, int, float, str, sequences, mappings) as YAML in block style, keys in their order.

    Every string that is not plainly safe is quoted; text of several lines becomes a literal block where that
    can hold it. Raises `TypeError` for anything else.
    """
    return _without_end(_dumped(data, dumper))


def yaml_scalar(value: object) -> str:
    """A scalar as it may stand after ``key: `` on one line. Raises `TypeError` for what is no scalar."""
    if isinstance(value, (Mapping, Sequence)) and not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is no YAML scalar")
    is_quoted = isinstance(value, str) and _style(value) is not None
    text = _dumped(value, yaml.SafeDumper, '"') if is_quoted else _dumped(value, DUMPERS[0])
    return _without_end(text).removesuffix("\n")


def _dumped(data: object, dumper: Dumper, style: str | None = None) -> str:
    text: str = yaml.dump(
        data,
        Dumper=dumper,
        default_flow_style=False,
        default_style=style,
        allow_unicode=True,
        sort_keys=False,
        width=_UNBROKEN,
    )
    return text


def _without_end(text: str) -> str:
    """`text` without the mark that ends a document which is one bare scalar."""
    return text.removesuffix("...\n")


def _style(text: str) -> str | None:
    """None for bare text, ``|`` for a block, else double quotes; where no block can hold it, PyYAML quotes it.

    Only printable text is left as it is: what else ends a line (such as NEL) readers do not agree on.
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return None
    lines = text.removesuffix("\n").split("\n")
    is_block = len(lines) > 1 and lines[0].strip() and lines[-1] and all(map(str.isprintable, lines))
    return "|" if is_block else '"'
