"""Globbing and walks give what CPython gives, on random trees: with folders, hidden names, links and empty folders.

CPython lists a folder in the order of the system, so matches are compared as sorted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.driver import evaluate
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.evaluate.values import Iter, Unknown
from pipelift.compiler.options import Options
from pipelift.compiler.reading.programs import read
from pipelift.compiler.sdk.record import Record

NAMES = ("a", "b", ".h", "a.py", "x y", "é", "[a]", "B")
PARTS = ("*", "**", "a*", "?", "[ab]*", "[!a]", ".*", "*.py", "a", "b", "[[]a]", "*y", "")

TREES = st.lists(
    st.tuples(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4), st.sampled_from("ffdl")), max_size=9
)
PATTERNS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map("/".join)


def make_tree(root: Path, tree: list[tuple[list[str], str]]) -> None:
    for parts, kind in tree:
        place = root.joinpath(*parts)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if kind == "d":
                place.mkdir()
            elif kind == "l":
                place.symlink_to(root / parts[-1])
            else:
                place.write_text("")
        except OSError:
            continue  # one is in the way of the other


@contextmanager
def chdir(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def evaluated(folder: Path, text: str) -> Any:
    """What `text`, a program, binds to ``found``."""
    path = folder.parent / "program.py"
    path.write_text("import glob, os\nfrom pathlib import Path\n" + text)
    reporter = Reporter()
    program = read(path, path.name, reporter)
    assert program is not None
    allowed = (folder.parents[4],) if folder.parts[-2] == "4" else ()
    outside = Outside(folder, folder, path, readable=allowed)
    names = evaluate(program, outside, Record(), reporter, Options()).names
    return plain(names["found"])


def plain(value: Any) -> Any:
    if isinstance(value, list | tuple | Iter):
        return [plain(one) for one in (value.items if isinstance(value, Iter) else value)]
    return str(value) if isinstance(value, os.PathLike) else value


def executed(text: str) -> Any:
    names: dict[str, Any] = {}
    exec("import glob, os\nfrom pathlib import Path\n" + text, names)
    return plain(names["found"])


def ways(pattern: str) -> list[str]:
    """Expressions that look for `pattern`, each in its own way."""
    found = [
        f"glob.glob({pattern!r})",
        f"glob.glob({pattern!r}, recursive=True)",
        f"glob.glob('./' + {pattern!r}, recursive=True)",
        f"glob.glob('a/' + {pattern!r}, recursive=True)",
        f"list(glob.iglob({pattern!r}, root_dir='a', recursive=True))",
    ]
    if sys.version_info >= (3, 11):
        found += [f"glob.glob({pattern!r}, recursive={deep}, include_hidden=True)" for deep in (True, False)]
    if pattern.strip("/") and not pattern.startswith("/") and (3, 11) <= sys.version_info < (3, 13):
        found += [
            f"list(Path({start!r}).{method}({pattern!r}))"
            for start in ("a", ".")
            for method in ("glob", "rglob")
        ]
    return found


@settings(max_examples=30, deadline=None)
@given(tree=TREES, patterns=st.lists(PATTERNS, min_size=1, max_size=4))
def test_globbing_finds_what_python_finds(
    tmp_path_factory: pytest.TempPathFactory, tree: list[tuple[list[str], str]], patterns: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("glob") / "1/2/3/4/root"  # there are folders for each ``..``
    folder.mkdir(parents=True)
    make_tree(folder, tree)
    texts = [way for pattern in patterns for way in ways(pattern) if not pattern.startswith("/")]
    program = "found = [" + ",\n".join(texts) + "]\n"
    with chdir(folder):
        for text, ours, theirs in zip(texts, evaluated(folder, program), executed(program), strict=True):
            assert ours == sorted(theirs), text


WALKS = {
    "all": "found = list(os.walk('.'))",
    "of a path": "found = list(os.walk(Path('a')))",
    "a missing folder": "found = list(os.walk('no'))",
    "a slash": "found = list(os.walk('a/'))",
    "from below": "found = list(os.walk('.', topdown=False))",
    "with links": "found = list(os.walk('b', followlinks=True))[:40]",
    "pruned": "found = []\nfor f, d, n in os.walk('.'):\n"
    "    d[:] = [x for x in d if x != 'a']\n    found.append((f, list(d), n))",
    "in order": "found = []\nfor f, d, n in os.walk('.'):\n    d.sort(reverse=True)\n    found.append(f)",
    "pruned by removal": "found = []\nfor f, d, n in os.walk('.'):\n"
    "    if 'b' in d:\n        d.remove('b')\n    found.append(f)",
    "the first row": "found = [next(os.walk('.'))]",
    "broken off": "found = []\nfor f, d, n in os.walk('.'):\n    found.append(f)\n    break",
    "names": "found = sorted(os.listdir('.')), sorted(str(x) for x in Path('.').iterdir())",
}  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(tree=TREES)
def test_a_walk_gives_the_rows_that_python_gives(
    tmp_path_factory: pytest.TempPathFactory, tree: list[tuple[list[str], str]]
) -> None:
    folder = tmp_path_factory.mktemp("walk") / "root"
    folder.mkdir()
    make_tree(folder, [one for one in tree if one[1] != "l"])
    with chdir(folder):
        for name, text in WALKS.items():
            ours, theirs = evaluated(folder, text), executed(text)
            assert normal(ours) == normal(theirs), name


def normal(rows: Any) -> Any:
    """Rows with their names sorted, and in an order that does not hang on the system's."""
    return sorted([sorted(part) if isinstance(part, list) else part for part in row] if isinstance(row, list) else row
                  for row in rows)  # fmt: skip


@pytest.mark.parametrize("text", ["list(os.walk('.'))", "glob.glob('*/*')", "list(Path('.').glob('*/*'))"])
def test_a_link_out_of_the_project_makes_a_walk_unknown(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "root"
    make_tree(folder, [(["a", "x"], "f")])
    (folder / "z").symlink_to("/usr")
    found = evaluated(folder, f"found = {text}")
    unknown = found[-1] if isinstance(found, list) else found
    assert isinstance(unknown, Unknown) and "--allow-read" in unknown.root.supply


def test_files_and_folders_that_the_program_makes_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "root"
    make_tree(folder, [(["a", "x"], "f")])
    text = "os.makedirs('a/made/empty')\nopen('new/deep/y.txt', 'w').write('y')\n"
    text += "found = glob.glob('**', recursive=True), list(os.walk('new'))"
    matches, rows = evaluated(folder, text)
    assert matches == ["a", "a/made", "a/made/empty", "a/x", "new", "new/deep", "new/deep/y.txt"]
    assert rows == [["new", ["deep"], []], ["new/deep", [], ["y.txt"]]]
