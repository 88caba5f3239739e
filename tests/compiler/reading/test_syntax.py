"""What libcst cannot take is refused before it sees it, at its place and soon; what people write is parsed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import libcst
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libcst.metadata import MetadataWrapper, PositionProvider

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.reading import rehearsal, syntax
from pipelift.compiler.reading.notebooks import read_cells
from pipelift.compiler.reading.positions import locate_nodes
from pipelift.compiler.reading.source import SourceFile, decode_source, parse

ROOT = Path(__file__).parents[3]


def read(text: str) -> tuple[SourceFile | None, list[str]]:
    reporter = Reporter()
    file = parse(text, Path("p.py"), "p.py", reporter)
    return file, [f"{d.span.line if d.span else 0}: {d.message}" for d in reporter]


CHAINS: dict[str, Callable[[int], str]] = {
    "and": lambda n: "x = " + " and ".join(["a"] * n),
    "or, nested": lambda n: "x = " + " and ".join(["a or b"] * n),
    "strings": lambda n: "x = (" + " ".join(['"a"'] * n) + ")",
    "strings on lines": lambda n: "x = (\n" + "\n".join(["  'a'  # why"] * n) + "\n)",
    "f-strings": lambda n: "x = " + " ".join(['f"{a}"'] * n),
    "module": lambda n: "import " + ".".join(["a"] * n),
    "from module": lambda n: "from " + ".".join(["a"] * n) + " import b",
    "comprehension": lambda n: "[a " + "for a in a " * n + "]",
}


@pytest.mark.parametrize("form", CHAINS)
def test_a_chain_that_libcst_nests_is_parsed_up_to_the_limit_and_refused_beyond(form: str) -> None:
    for length in (2, 59, 100, 190):  # at once, at once, after a rehearsal, likewise
        file, messages = read("\n" + CHAINS[form](length))
        assert file is not None, messages
    for length in (260, 3_000, 12_000):
        started = time.process_time()
        file, messages = read("\n" + CHAINS[form](length))
        assert file is None
        assert [m for m in messages if "is more than pipelift can parse" in m or "is not Python" in m], (
            messages
        )
        assert not messages[0].startswith("0:")
        assert time.process_time() - started < 2


NESTS: dict[str, Callable[[int], str]] = {
    "mapping": lambda n: "{1: " * n + "1" + "}" * n,
    "group": lambda n: "(" * n + "1" + ")" * n,
    "tuple": lambda n: "(" * n + "x" + ",)" * n,
    "list": lambda n: "[" * n + "x" + "]" * n,
    "class": lambda n: "A(" * n + "x" + ")" * n,
    "keyword": lambda n: "A(b=" * n + "x" + ")" * n,
    "alternative": lambda n: "(" * n + "1" + "|2)" * n,
    "star": lambda n: "[*_, " * n + "x" + "]" * n,
}


@pytest.mark.parametrize("form", NESTS)
def test_patterns_that_take_exponential_time_are_refused_at_their_place(form: str) -> None:
    for depth in (1, 2, 4):
        file, messages = read(f"match x:\n    case {NESTS[form](depth)}:\n        pass\n")
        assert file is not None, messages
    for depth in (8, 12, 24, 100):
        started = time.process_time()
        file, messages = read(f"match x:\n    case {NESTS[form](depth)}:\n        pass\n")
        assert file is None
        assert messages[0].startswith("2: p.py is more than pipelift can parse")
        assert time.process_time() - started < 2


def test_many_patterns_cost_what_they_add_up_to() -> None:
    ordinary = "match x:\n" + "    case {'a': [y, (1, 2)]}:\n        pass\n" * 100
    assert read(ordinary)[0] is not None
    file, messages = read("match x:\n" + "    case {1: {1: {1: {1: {1: 1}}}}}:\n        pass\n" * 400)
    assert file is None
    assert "patterns nest too deeply" in messages[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\n" * 60_000, 25_000),
        ("\n" * 150_000, 100_001),
        ("#\n" * 150_000, 100_001),
        ("x = [\n" + "  f(2),\n" * 60_000 + "]\n", 25_000),
        ("a;" * 300_000, 1),
        ("with " + ", ".join(["a"] * 100_000) + ":\n    pass\n", 1),
        ("x = 1\n" + "é" * 10 + " + " + "(" * 500_000, 2),
    ],
    ids=["statements", "empty lines", "comments", "one literal", "one line", "managers", "brackets"],
)
def test_a_text_beyond_all_size_is_refused_near_where_it_becomes_too_large(text: str, line: int) -> None:
    started = time.process_time()
    file, messages = read(text)
    assert file is None
    assert abs(int(messages[0].split(":")[0]) - line) <= line // 2
    assert time.process_time() - started < 4  # a bound for a busy machine: alone it takes under one


def test_large_files_of_people_are_read() -> None:
    body = (ROOT / "compiler" / "driver.py").read_text(encoding="utf-8")
    body = body.replace("from __future__ import annotations\n", "")
    text = body * (5_000 // body.count("\n") + 1)
    assert read(text)[0] is not None
    table = "x = [\n" + "".join(f"    {{'id': {i}, 'name': 'n{i}'}},\n" for i in range(5_000)) + "]\n"
    assert read(table)[0] is not None
    assert read('x = """' + "'quoted' " * 20_000 + '"""')[0] is not None
    assert read("blob = '" + "QUJD" * 500_000 + "'")[0] is not None


def test_a_parser_that_dies_hangs_or_eats_memory_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rehearsal.survives_parser("x = 1\n")
    assert rehearsal.survives_parser("x = = 1\n")  # not Python: told by whoever parses it next
    monkeypatch.setattr(rehearsal, "SECONDS", 1)
    assert not rehearsal.survives_parser("x = " + " and ".join(["a"] * 20_000))  # a stack overflow
    assert not rehearsal.survives_parser(
        f"match x:\n    case {'{1: ' * 14 + '1' + '}' * 14}:\n        pass\n"
    )
    monkeypatch.setattr(rehearsal, "MEMORY", 200 << 20)
    assert not rehearsal.survives_parser("a = 1\n" * 60_000)


def test_what_is_unusual_is_parsed_elsewhere_first_and_told_where_it_is_not_survived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str] = []

    def fail(text: str) -> bool:
        tried.append(text)
        return False

    monkeypatch.setattr(syntax, "survives_parser", fail)
    assert read("x = " + " and ".join(["a"] * 50))[0] is not None
    assert not tried
    file, messages = read("x = " + " and ".join(["a"] * 100))
    assert (file, len(tried)) == (None, 1)
    assert messages == [
        "1: p.py is more than pipelift can parse: its nesting is more than the parser can take"
    ]


@pytest.mark.parametrize("encoding", ["punycode", "undefined", "idna", "hex", "no-such", "utf-16", "rot13"])
def test_an_encoding_that_is_none_for_source_is_told(encoding: str) -> None:
    reporter = Reporter()
    data = f"# -*- coding: {encoding} -*-\nx = 1\n".encode()
    assert decode_source(data, "p.py", reporter) is None
    assert [d.code for d in reporter] == ["PL101"]


def places(text: str) -> tuple[list[object], list[object]]:
    """Every node's range by ours and by libcst's provider, in the order of libcst's."""
    module = libcst.parse_module(text)
    ours = locate_nodes(module)
    theirs = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    nodes = [node for node in theirs if node is not module]
    return [ours[node] for node in nodes], [
        ((r.start.line, r.start.column), (r.end.line, r.end.column)) for r in (theirs[node] for node in nodes)
    ]


@pytest.mark.parametrize("path", sorted((ROOT / "compiler" / "evaluate").glob("*.py")), ids=lambda p: p.stem)
def test_places_are_those_of_libcst(path: Path) -> None:
    ours, theirs = places(path.read_text(encoding="utf-8"))
    assert ours == theirs


@given(
    st.lists(
        st.sampled_from(
            [
                "x = 1",
                "# é",
                "",
                "if a:\n    b",
                "@d\ndef f(a, *, b=1): return a",
                "s = '''\n\r\n'''",
                "(a\n.b( # c\n))",
            ]
        )
    ),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_places_are_those_of_libcst_whatever_the_line_ends(parts: list[str], newline: str) -> None:
    ours, theirs = places(newline.join(part.replace("\n", newline) for part in parts) + newline)
    assert ours == theirs


def test_a_cell_is_measured_and_tried_elsewhere_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is Python decides on its magics; how much of it there is, the parsing alone."""
    tried: list[str] = []

    def survive(text: str) -> bool:
        tried.append(text)
        return True

    monkeypatch.setattr(syntax, "survives_parser", survive)
    cell = "x = " + " and ".join(["a"] * 100)
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": cell}]})
    program = read_cells(notebook, Path("n.ipynb"), "n.ipynb", Reporter())
    assert program is not None and len(program.parts) == 1
    assert tried == [cell]
