"""Values as text of another language read back as they were, whatever they hold."""

from __future__ import annotations

import ast
import math
import re
import shlex
import subprocess
import sys
import unicodedata
from collections import UserList
from datetime import date
from types import MappingProxyType

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelift.backends.printing import rendering
from pipelift.backends.printing.literals import comment_text, shell_word
from pipelift.backends.printing.python import Code, Item, Parenthesised, call, python_literal
from pipelift.backends.printing.yaml import DUMPERS, dump_yaml, yaml_scalar
from tests.support.folders import ROOT
from tests.support.texts import AWKWARD, texts

scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts)
documents = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner), st.dictionaries(texts, inner)), max_leaves=20
)

# YAML 1.2, section 10.3.2 (core schema): what a bare scalar may be taken for.
CORE = re.compile(
    r"null|Null|NULL|~|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|"
)


@given(documents)
def test_yaml_reads_back_in_yaml_1_1(data: object) -> None:
    assert yaml.safe_load(dump_yaml(data)) == data


@given(documents)
def test_yaml_strings_stay_strings_in_yaml_1_2(data: object) -> None:
    for event in yaml.parse(dump_yaml(data), Loader=yaml.SafeLoader):
        if isinstance(event, yaml.ScalarEvent) and event.style is None:
            read = yaml.safe_load(event.value) if event.value else None
            assert isinstance(read, str) != bool(CORE.fullmatch(event.value)), event.value


@given(st.lists(texts, min_size=1).map("\n".join))
def test_readers_need_not_agree_on_what_ends_a_line(text: str) -> None:
    signs = set(dump_yaml({text: [text]})) - {"\n"}
    assert {sign for sign in signs if unicodedata.category(sign) in ("Cc", "Zl", "Zp")} == set()


@pytest.mark.parametrize("text", AWKWARD)
def test_every_awkward_text_survives_in_every_place(text: str) -> None:
    data = {text: text, "list": [text, [text], {text: [text]}], "map": {"key": text}}
    assert yaml.safe_load(dump_yaml(data)) == data
    assert yaml.safe_load(f"key: {yaml_scalar(text)}") == {"key": text}


def test_yaml_is_written_as_people_write_it() -> None:
    data = {"a": [{"b": 1, "c": []}, ["x"], "two\nlines\n"], "d": {}, "e": "plain", "f": "1e3", "g": 1e-5}
    expected = """\
a:
- b: 1
  c: []
- - x
- |
  two
  lines
d: {}
e: plain
f: "1e3"
g: 1.0e-05
"""
    assert dump_yaml(data) == expected


@given(documents, st.integers(0, 3))
def test_both_dumpers_of_pyyaml_write_the_same(data: object, depth: int) -> None:
    """That in C, which is not everywhere, and that in Python, but for keys that no target can have."""
    for _ in range(depth):
        data = {"key": [data, {"other": data}]}
    if not _has_odd_key(data):
        first, *others = [dump_yaml(data, dumper) for dumper in DUMPERS]
        assert others == [first]
    assert all(yaml.safe_load(dump_yaml(data, dumper)) == data for dumper in DUMPERS)


def _has_odd_key(data: object) -> bool:
    """Whether a key somewhere in `data` is empty, holds what ends a line, or is long and not ASCII: C counts bytes."""
    if isinstance(data, dict):
        odd = (
            not key or len(f"{key}.".splitlines()) > 1 or len(key) < 128 <= len(f"{key}''".encode())
            for key in data
        )
        return any(odd) or _has_odd_key([*data.values()])
    return isinstance(data, list) and any(map(_has_odd_key, data))


def test_yaml_refuses_what_it_cannot_write() -> None:
    for value in (object(), b"bytes", {1, 2}, date(2026, 1, 1), 1j):
        with pytest.raises(TypeError):
            dump_yaml({"a": value})
        with pytest.raises(TypeError):
            yaml_scalar(value)
    with pytest.raises(TypeError):
        yaml_scalar(["a"])


@pytest.mark.parametrize("length", [100, 127, 128, 129, 1000, 1024, 5000])
def test_a_key_may_be_long(length: int) -> None:
    data = {"outer": {"k" * length: {"a": "b" * length}, "-" * length: ["c" * length]}}
    assert yaml.safe_load(dump_yaml(data)) == data


def test_yaml_takes_every_kind_of_mapping_text_and_sequence() -> None:
    class Text(str):
        pass

    data = MappingProxyType(
        {Text("1e3"): (Text("on"), UserList(["x"])), "same": (shared := ["a"]), "again": shared}
    )
    assert yaml.safe_load(dump_yaml(data)) == {"1e3": ["on", ["x"]], "same": ["a"], "again": ["a"]}
    assert "&" not in dump_yaml(data)


def test_yaml_names_what_is_no_number() -> None:
    read = yaml.safe_load(dump_yaml([math.inf, -math.inf, math.nan]))
    assert read[:2] == [math.inf, -math.inf]
    assert math.isnan(read[2])


literals = st.recursive(
    st.one_of(scalars, st.binary()),
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(st.one_of(texts, st.integers()), inner)
    ),
    max_leaves=20,
)


@given(literals, st.integers(0, 12))
def test_python_literals_read_back(value: object, indent: int) -> None:
    if math.inf in _floats(value) or -math.inf in _floats(value):
        return
    assert ast.literal_eval(python_literal(value, indent)) == value


def _floats(value: object) -> list[float]:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, (list, tuple)):
        return [number for item in value for number in _floats(item)]
    return [value] if isinstance(value, float) else []


def test_python_literals_stand_as_a_formatter_leaves_them() -> None:
    values = {f"awkward{index}": text for index, text in enumerate(AWKWARD)}
    nested = {
        "list": list(values.values()),
        "pairs": [("it's", 'say "so"', b"'")],
        "one": ("x",),
        "empty": [{}, ()],
    }
    source = f"values = {python_literal(values, used=9)}\nnested = {python_literal(nested, used=9)}\n"
    answer = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "-"],
        input=source,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == source


expressions = st.recursive(
    st.one_of(scalars, st.sampled_from([Code("NAME"), Item("task.outputs", "result"), Item("x", "a" * 90)])),
    lambda inner: st.one_of(
        st.lists(inner),
        st.lists(inner).map(tuple),
        st.dictionaries(texts, inner),
        st.builds(lambda values: call("function", *values), st.lists(inner)),
        st.builds(lambda values: call("k8s.Class", **values), st.dictionaries(st.sampled_from("abc"), inner)),
        st.builds(Parenthesised, inner),
    ),
    max_leaves=20,
)


@given(expressions, st.integers(0, 3), st.integers(0, 200))
def test_an_expression_is_the_same_however_it_is_broken(value: object, depth: int, used: int) -> None:
    broken, flat = (python_literal(value, 4 * depth, columns) for columns in (used, -(10**6)))
    assert "\n" not in flat
    assert ast.dump(ast.parse(f"x = {broken}")) == ast.dump(ast.parse(f"x = {flat}"))


def test_calls_stand_as_a_formatter_leaves_them() -> None:
    """Of all widths around the limit, alone and inside one another."""
    source = ""
    for width in range(30, 90):
        text = "x" * width
        values = [
            call("function", text),
            call("function", "a", other=[text], named=call("inner", text, 1)),
            call("function", variable=Item("task.outputs", text[:40])),
            [call("function", text), (call("inner", text),)],
            Parenthesised(text),
        ]
        source += "".join(f"value = {python_literal(value, used=8)}\n" for value in values)
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    answer = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    assert answer.stdout == source


def mark(index: int) -> str:
    return f"\0{index}\0"


def test_a_value_is_laid_out_for_its_place() -> None:
    value = ["a" * 20, "b" * 20]  # of 48 columns
    exact = f"    {'n' * 30}={mark(0)}{'y' * 5}"
    assert "\n" not in rendering.lay_out(exact, [value])
    assert rendering.lay_out(exact + "y", [value]).splitlines()[1:] == [
        f'        "{"a" * 20}",',
        f'        "{"b" * 20}",',
        "    ]yyyyyy",
    ]
    two = rendering.lay_out(f"{mark(1)}: {mark(0)},", [value, "k" * 40])
    assert two.splitlines()[0] == f'"{"k" * 40}": ['
    assert rendering.lay_out(mark(1), ["", mark(0)]) == '"\\x000\\x00"'


def test_python_code_stands_as_it_is() -> None:
    assert python_literal([Code("NAME"), float("inf")]) == '[NAME, float("inf")]'
    with pytest.raises(TypeError):
        python_literal(object())


@given(texts)
def test_shell_words_read_back(text: str) -> None:
    assert shlex.split(shell_word(text)) == [text]


@given(texts)
def test_a_comment_stays_on_its_line(text: str) -> None:
    assert len(f"# {comment_text(text)}".splitlines()) == 1


RAW = re.compile(r"{% raw %}.*?{% endraw %}", re.DOTALL)


def test_every_value_in_a_template_passes_a_filter() -> None:
    templates = ROOT / "templates"
    values = [
        (path.name, value)
        for path in templates.rglob("*.j2")
        for value in re.findall(r"{{(.*?)}}", RAW.sub("", path.read_text(encoding="utf-8")))
    ]
    assert [value for value in values if "|" not in value[1]] == []


@pytest.mark.parametrize("sign", ["é", "長", "\U0001d58b"])
def test_a_long_key_beyond_ascii_is_the_same_to_both_dumpers(sign: str) -> None:
    for length in (30, 33, 42, 63, 64, 65, 127, 128, 129):
        data = {sign * length: [sign * length]}
        assert all(yaml.safe_load(dump_yaml(data, dumper)) == data for dumper in DUMPERS)
