"""Plain data as YAML text that every reader understands alike, whether it speaks YAML 1.1 or 1.2."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import yaml as pyyaml

# PyYAML writes ``1e3`` and ``0o17`` bare; a YAML 1.2 reader (Go: Compose, kfp, Argo) loads them as numbers. So a
# string stays bare only where no version of YAML can take it for anything else.
_PLAIN = re.compile(r"[A-Za-z_/][\w./@-]*", re.ASCII)
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})


def dump_yaml(data: object) -> str:
    """`data` (None, bool, int, float, str, lists, tuples, dicts) as YAML in block style, keys in their order.

    Every string that is not plainly safe is quoted; text of several lines becomes a literal block where that
    can hold it. Raises `yaml.representer.RepresenterError` for anything else.
    """
    import yaml as pyyaml

    text: str = pyyaml.dump(
        data,
        Dumper=_dumper(),
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=True,
        width=10**6,
    )
    return text


def yaml_scalar(value: object) -> str:
    """A scalar as it may stand after ``key: `` on one line."""
    if isinstance(value, str):
        return value if _is_plain(value) else _quoted(value)
    return dump_yaml(value).removesuffix("...\n").strip()


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and text.lower() not in _WORDS


def _quoted(text: str) -> str:
    import yaml as pyyaml

    quoted: str = pyyaml.dump(text, Dumper=_dumper(), default_style='"', allow_unicode=True, width=10**6)
    return quoted.strip()


def _dumper() -> type[pyyaml.SafeDumper]:
    global _class
    if _class is None:
        _class = _make_dumper()
    return _class


_class: type[pyyaml.SafeDumper] | None = None


def _make_dumper() -> type[pyyaml.SafeDumper]:
    import yaml as pyyaml

    class Dumper(pyyaml.SafeDumper):
        """PyYAML's safe dumper with strict quoting, without anchors, and with lists indented below their key."""

        def ignore_aliases(self, data: object) -> bool:
            return True

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)

    def represent_text(dumper: pyyaml.SafeDumper, text: str) -> pyyaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))

    Dumper.add_representer(str, represent_text)
    Dumper.add_representer(tuple, pyyaml.SafeDumper.represent_list)
    return Dumper


def _style(text: str) -> str | None:
    if _is_plain(text):
        return None
    lines = text.split("\n")
    is_block = len(lines) > 1 and all(line.isprintable() and line == line.strip() for line in lines)
    return "|" if is_block and lines[0] and text.isascii() else '"'
