"""Plain data as YAML text that every reader understands alike, whether it speaks YAML 1.1 or 1.2."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

import yaml

# PyYAML writes ``1e3`` and ``0o17`` bare; a YAML 1.2 reader (Go: Compose, kfp, Argo) loads them as numbers.
# So a string stays bare only where no version of YAML can take it for anything else.
_PLAIN = re.compile(r"(?:--)?[A-Za-z_/][\w./@-]*", re.ASCII)
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_UNBROKEN = 2**31 - 1  # a width: lines are the user's
_TAG = "tag:yaml.org,2002:"

Dumper: TypeAlias = "type[yaml.SafeDumper | yaml.CSafeDumper]"

DUMPERS: list[Dumper] = [yaml.SafeDumper]
"""Those that there are, the fastest first. They lay out the same but for keys that are empty, hold line
ends, or have 128 bytes or more in fewer signs."""

if yaml.__with_libyaml__:
    DUMPERS.insert(0, yaml.CSafeDumper)  # in C, ten times as fast, which not every platform has

_START = (yaml.StreamStartEvent(), yaml.DocumentStartEvent(explicit=False))
_END = (yaml.DocumentEndEvent(explicit=False), yaml.StreamEndEvent())
_MAPPING = yaml.MappingStartEvent(None, f"{_TAG}map", True, flow_style=False)
_MAPPING_END = yaml.MappingEndEvent()
_SEQUENCE = yaml.SequenceStartEvent(None, f"{_TAG}seq", True, flow_style=False)
_SEQUENCE_END = yaml.SequenceEndEvent()
_NUMBERS = yaml.representer.SafeRepresenter()


def dump_yaml(data: object, dumper: Dumper = DUMPERS[0]) -> str:
    """`data` (None, bool, int, float, str, sequences, mappings) as YAML in block style, keys in their order.

    Every string that is not plainly safe is quoted; text of several lines becomes a literal block where that
    can hold it. Raises `TypeError` for anything else.
    """
    return _without_end(_emit(_events(data), dumper))


def yaml_scalar(value: object) -> str:
    """A scalar as it may stand after ``key: `` on one line. Raises `TypeError` for what is no scalar."""
    if isinstance(value, (Mapping, Sequence)) and not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is no YAML scalar")
    if isinstance(value, str) and _style(value) is not None:
        quoted = yaml.ScalarEvent(None, f"{_TAG}str", (True, True), str.__str__(value), style='"')
        return _emit([quoted], yaml.SafeDumper).removesuffix("\n")
    return _without_end(_emit(_events(value), DUMPERS[0])).removesuffix("\n")


def _emit(events: Iterable[yaml.Event], dumper: Dumper) -> str:
    text: str = yaml.emit(
        itertools.chain(_START, events, _END), Dumper=dumper, allow_unicode=True, width=_UNBROKEN
    )
    return text


def _events(data: object) -> list[yaml.Event]:
    """What PyYAML's emitter is to write, without its tree of nodes: that takes as long as all the rest."""
    events: list[yaml.Event] = []
    _add_events(data, events.append)
    return events


def _add_events(data: object, add: Callable[[yaml.Event], None]) -> None:
    """Hand each event to `add`: a generator within generators would take twice as long."""
    if type(data) is str:
        add(_text_event(data))
    elif isinstance(data, str):
        add(_text_event(str.__str__(data)))  # libyaml takes no class of its own
    elif isinstance(data, (dict, Mapping)):
        add(_MAPPING)
        for key, value in data.items():
            _add_events(key, add)
            _add_events(value, add)
        add(_MAPPING_END)
    elif isinstance(data, (list, tuple, Sequence)) and not isinstance(data, (bytes, bytearray, memoryview)):
        add(_SEQUENCE)
        for value in data:
            _add_events(value, add)
        add(_SEQUENCE_END)
    else:
        add(_number_event(data))


@lru_cache(maxsize=4096)
def _text_event(text: str) -> yaml.Event:
    """A string that is a string to everyone. Most of those in a long pipeline stand in every step."""
    return yaml.ScalarEvent(None, f"{_TAG}str", (True, True), text, style=_style(text))


def _number_event(value: object) -> yaml.Event:
    """A scalar that is no text. Raises `TypeError` for what has no place in YAML."""
    if value is None:
        kind, text = "null", "null"
    elif type(value) is bool:
        kind, text = "bool", str(value).lower()
    elif type(value) is int:
        kind, text = "int", str(value)
    elif type(value) is float:
        kind, text = "float", _NUMBERS.represent_float(value).value
    else:
        raise TypeError(f"{type(value).__name__} has no place in YAML")
    return yaml.ScalarEvent(None, f"{_TAG}{kind}", (True, False), text)


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
