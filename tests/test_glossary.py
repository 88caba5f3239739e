"""The words of the house: the glossary names modules that exist, and variables say what they hold."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def read_glossary() -> dict[str, str]:
    """The module of each word, as the table has it."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("\n## Glossary\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| .+ \| `(.+)` \|$", section, re.MULTILINE)
    assert len(rows) == sum(line.startswith("| ") for line in section.splitlines()) - 2, "a row has no module"
    assert len({word for word, _ in rows}) == len(rows), "a word stands twice"
    return dict(rows)


def defined_names(module: Path) -> set[str]:
    """The classes, functions and constants at the top level of `module`."""
    names: set[str] = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def test_the_glossary_stays_short() -> None:
    assert 20 <= len(read_glossary()) <= 35


@pytest.mark.parametrize("word", read_glossary())
def test_the_module_of_a_word_exists_and_defines_it(word: str) -> None:
    path, _, name = read_glossary()[word].partition(": ")
    module = ROOT / path
    assert module.is_file(), f"{word}: there is no {path}"
    if name:
        assert name in defined_names(module), f"{word}: {path} defines no {name}"


DIALECT = frozenset(
    [
        "found",
        "made",
        "known",
        "given",
        "told",
        "said",
        "kept",
        "shown",
        "held",
        "way",
        "rest",
        "there",
        "one",
        "ill",
        "wishes",
        "taking",
        "arrival",
        "complaints",
        "either",
        "unspeakable",
        "travelling",
    ]
)
"""Names that only their author understands: they say that a value is the result, not what it is."""

PLAIN_ROOMS = ("app",)


def variables(module: Path) -> set[str]:
    """The names of variables, parameters and functions in `module`."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return names | {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_variables_are_named_by_what_they_hold() -> None:
    used = {
        module.relative_to(ROOT).as_posix(): sorted(variables(module) & DIALECT)
        for room in PLAIN_ROOMS
        for module in sorted((ROOT / room).rglob("*.py"))
    }
    assert {module: names for module, names in used.items() if names} == {}
