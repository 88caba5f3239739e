"""Functions of support modules, copied into the generated files that use them, with the imports that they need.

A template has two kinds of lines for this: ``#: helpers A B`` is where those of the modules A and B go, and
``#: imports`` where the imports go.
"""

from __future__ import annotations

import ast
import re
import symtable
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from itertools import pairwise

from pipelift.backends.printing.python import LINE_LENGTH, python_literal

_OWN = "pipelift."
_CONTRACT = "pipelift.runtime.contract"
_SLOT = re.compile(r"^#: helpers (?P<modules>.+)\n(?P<space>\n*)", re.MULTILINE)
_IMPORTS = re.compile(r"^#: imports\n", re.MULTILINE)
_FUNCTION = re.compile(r"^def (\w+)", re.MULTILINE)
_IGNORED = re.compile(r"  # type: ignore\[[\w-]+\]$")


@dataclass(frozen=True, slots=True)
class Import:
    """``import module`` (`name` is None) or ``from module import name [as alias]``."""

    module: str
    name: str | None = None
    alias: str | None = None

    @property
    def bound(self) -> str:
        """The name that it gives to the file."""
        return self.alias or self.name or self.module.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Helper:
    """A function, a class or a constant, as it is printed; `uses` are the global names in it."""

    name: str
    text: str
    uses: frozenset[str]
    is_constant: bool


@dataclass(frozen=True, slots=True)
class Module:
    """A support module: its helpers in their order, and its imports by the names that they give."""

    helpers: tuple[Helper, ...]
    imports: Mapping[str, Import]


@cache
def read_module(name: str) -> Module:
    """The support module `name` (``pipelift.templates.…``), which is read and not imported."""
    package, _, last = name.rpartition(".")
    return parse_module(resources.files(package).joinpath(f"{last}.py").read_text(encoding="utf-8"))


def parse_module(source: str) -> Module:
    """The helpers in `source`: its functions, its classes, what it assigns to names without a type, and what it
    imports of the contract, whose facts are printed as constants."""
    tree = ast.parse(source)
    return Module(tuple(_read_helpers(tree, source.splitlines())), dict(_read_imports(tree)))


def link(text: str, package: str, imports: str = "") -> str:
    """`text`, a Python file, with the helpers that it uses of `package` and the imports that all of it needs.

    `imports` are import statements, of which it gets those that it needs without a helper.
    """
    modules = _modules(text, package)
    imports_of = dict(_read_imports(ast.parse(imports)))
    for module in modules.values():
        imports_of.update(module.imports)
    used, defined = _names_in(text)
    helpers_of = _closure(used, (helper for module in modules.values() for helper in module.helpers))

    def fill(match: re.Match[str]) -> str:
        named_modules = (modules[name] for name in match["modules"].split())
        chosen_helpers = [
            helper for module in named_modules for helper in module.helpers if helper.name in helpers_of
        ]
        return _join_helpers(chosen_helpers) + match["space"] if chosen_helpers else ""

    needed = used.union(*(helper.uses for helper in helpers_of.values())) - defined - helpers_of.keys()
    return _write_imports(_SLOT.sub(fill, text), needed, imports_of)


def write_imports(text: str, imports: str) -> str:
    """`text`, a Python file without helpers, with those of the import statements `imports` that it needs."""
    used, defined = _names_in(text)
    return _write_imports(text, used - defined, dict(_read_imports(ast.parse(imports))))


def imported_names(imports: str) -> frozenset[str]:
    """The names that the import statements `imports` give to a file."""
    return frozenset(dict(_read_imports(ast.parse(imports))))


def names_at_hand(template: str, package: str, imports: str = "") -> frozenset[str]:
    """Every name that a file of the text `template` may get by `link`, or defines as a function itself."""
    modules = _modules(template, package).values()
    helpers = (helper.name for module in modules for helper in module.helpers)
    imported = (name for module in modules for name in module.imports)
    functions = _FUNCTION.findall(template)
    return frozenset({*helpers, *imported, *functions, *imported_names(imports)})


def _modules(text: str, package: str) -> dict[str, Module]:
    """The support modules that the lines of `text` name."""
    module_names = (name for match in _SLOT.finditer(text) for name in match["modules"].split())
    return {name: read_module(f"{package}.{name}") for name in module_names}


def _write_imports(text: str, needed: Iterable[str], imports_of: Mapping[str, Import]) -> str:
    lines = _import_lines(imports_of[name] for name in needed if name in imports_of)
    return _IMPORTS.sub(lambda _: "".join(f"{line}\n" for line in lines), text)


def _closure(used: Iterable[str], helpers: Iterable[Helper]) -> dict[str, Helper]:
    """Those of the `helpers` that are `used`, directly or by one another, by name."""
    by_name = {helper.name: helper for helper in helpers}
    closure: dict[str, Helper] = {}
    waiting = [name for name in used if name in by_name]
    while waiting:
        name = waiting.pop()
        if name not in closure:
            closure[name] = by_name[name]
            waiting.extend(name_used for name_used in by_name[name].uses if name_used in by_name)
    return closure


def _join_helpers(helpers: list[Helper]) -> str:
    """The text of `helpers`: two empty lines around functions and classes, none between constants."""
    text = helpers[0].text
    for before, helper in pairwise(helpers):
        text += ("" if before.is_constant and helper.is_constant else "\n\n") + helper.text
    return text


def _read_helpers(tree: ast.Module, lines: list[str]) -> Iterator[Helper]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            text = _without_annotations(node, lines)
            yield Helper(node.name, text, _names_in(text)[0], is_constant=False)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_CONTRACT):
            yield from _read_constants(node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = _without_annotations(node, lines)
            yield Helper(node.targets[0].id, text, _names_in(text)[0], is_constant=True)


def _read_constants(node: ast.ImportFrom) -> Iterator[Helper]:
    """What a support module takes from the contract, with the values that it has there."""
    contract = import_module(str(node.module))
    for alias in node.names:
        text = f"{alias.name} = {python_literal(getattr(contract, alias.name))}\n"
        yield Helper(alias.name, text, frozenset(), is_constant=True)


def _without_annotations(node: ast.stmt, lines: list[str]) -> str:
    """The source of `node` without types and what is said to type checkers."""
    start = _first_line(node) - 1
    block = [_IGNORED.sub("", line) for line in lines[start : node.end_lineno]]
    for part in sorted(ast.walk(node), key=lambda part: -getattr(part, "lineno", 0)):
        if isinstance(part, ast.FunctionDef):
            first = part.lineno - 1 - start
            block[first : _header_end(part, block, start)] = _format_header(part)
        elif isinstance(part, ast.AnnAssign) and part.value is not None:
            line = block[part.lineno - 1 - start]
            value = line[part.value.col_offset :]
            block[part.lineno - 1 - start] = f"{line[: part.target.end_col_offset]} = {value}"
    return "".join(f"{line}\n" for line in block)


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _header_end(function: ast.FunctionDef, block: list[str], start: int) -> int:
    """The index in `block`, which begins after line `start`, of the first line behind the colon."""
    typed = [part for part in (*ast.walk(function.args), function.returns) if hasattr(part, "end_lineno")]
    last = max([function.lineno, *(getattr(part, "end_lineno", 0) for part in typed)])
    return next(end for end in range(last - start, len(block)) if block[end - 1].endswith(":"))


def _format_header(function: ast.FunctionDef) -> list[str]:
    """The line that begins a function, or its lines where it is long."""
    for argument in ast.walk(function.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    space = " " * function.col_offset
    flat = f"{space}def {function.name}({ast.unparse(function.args)}):"
    if len(flat) <= LINE_LENGTH:
        return [flat]
    inside = f"{space}    {ast.unparse(function.args)}"
    return [f"{space}def {function.name}(", inside, f"{space}):"]


def _names_in(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that `source` takes from its module or from Python, and those that it gives to its module."""
    table = symtable.symtable(source, "generated", "exec")
    defined = (symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned())
    return frozenset(_list_globals(table)), frozenset(defined)


def _list_globals(table: symtable.SymbolTable) -> Iterator[str]:
    is_module = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (is_module or symbol.is_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _list_globals(child)


def _read_imports(tree: ast.Module) -> Iterator[tuple[str, Import]]:
    """What `tree` imports of others, by the names that it gives to them."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            imports = [Import(alias.name, None, alias.asname) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.module.startswith(_OWN):
            imports = [Import(node.module, alias.name, alias.asname) for alias in node.names]
        else:
            continue
        yield from ((item.bound, item) for item in imports)


def _import_lines(imports: Iterable[Import]) -> Iterator[str]:
    """The statements as isort writes them: Python's own first; whole modules before names of modules."""
    groups: dict[bool, list[Import]] = {}
    for item in imports:
        groups.setdefault(item.module.partition(".")[0] not in sys.stdlib_module_names, []).append(item)
    for number, is_foreign in enumerate(sorted(groups)):
        yield from [""] if number else []
        yield from sorted(
            _format_statement(item.module, [item]) for item in groups[is_foreign] if item.name is None
        )
        modules = {item.module for item in groups[is_foreign] if item.name is not None}
        for module in sorted(modules):
            from_module = [
                item for item in groups[is_foreign] if item.module == module and item.name is not None
            ]
            yield _format_statement(module, sorted(from_module, key=lambda item: _by_type(item.name or "")))


def _format_statement(module: str, imports: list[Import]) -> str:
    words = [f"{item.name} as {item.alias}" if item.alias else str(item.name) for item in imports]
    if imports[0].name is None:
        return f"import {module} as {imports[0].alias}" if imports[0].alias else f"import {module}"
    flat = f"from {module} import {', '.join(words)}"
    if len(flat) <= LINE_LENGTH:
        return flat
    return "\n".join([f"from {module} import (", *(f"    {word}," for word in words), ")"])


def _by_type(name: str) -> tuple[int, str]:
    """isort's order: constants, classes, the rest."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)
