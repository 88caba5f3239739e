"""The table of the SDK's signatures, from the installed SDK: names, parameters and defaults, no text of it.

    python -m tools.signatures SITE_PACKAGES

`SITE_PACKAGES` is the folder that the SDK's packages are installed in. They are read, never imported, so that what
they need themselves need not be there. The table is `compiler/sdk/catalogue/table/`, whose reader
(`compiler/sdk/catalogue/signatures.py`) describes its form.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[1] / "compiler" / "sdk" / "catalogue" / "table"
WITHOUT_USE = (
    "azureml.automl.runtime",
    "azureml.automl.core.shared",
    "azureml.automl.core.onnx_convert",
    "azureml.contrib.automl.dnn",
    "azureml.contrib.mlflow",
    "azureml.dataprep.",
    "azureml.datadrift.scripts",
    "azureml.explain.model.",
    "azureml.interpret.scoring",
    "azureml.mlflow.",
    "azureml.opendatasets.",
    "azureml.responsibleai.",
    "azureml.telemetry.",
    "azureml.train.automl.constants",
    "azureml.train.automl.runtime",
    "azureml.train.restclients",
    "azureml.accel.models.",
)
"""Modules, or what is below them, that no pipeline file imports: the insides of services and of training."""

Definition = ast.FunctionDef | ast.ClassDef | ast.expr
Entry = Any
"""What a name of the table is: see the reader."""


class Source:
    """One module of the SDK: what its names are, by their definitions or by the modules that they come from."""

    def __init__(self, path: str, file: Path, tree: ast.Module) -> None:
        self.path = path
        self.package = path if file.name == "__init__.py" else path.rpartition(".")[0]
        self.defined: dict[str, Definition] = {}
        self.imported: dict[str, str] = {}
        self.stars: list[str] = []
        self.listed: list[str] = []
        for statement in _list_statements(tree.body):
            self._read(statement)

    def _read(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            self.defined[statement.name] = statement
        elif isinstance(statement, ast.Assign):
            for target in (one for one in statement.targets if isinstance(one, ast.Name)):
                self._assign(target.id, statement.value)
        elif isinstance(statement, ast.ImportFrom):
            base = self._find_module(statement)
            for alias in statement.names:
                if alias.name == "*":
                    self.stars.append(base)
                else:
                    self.imported[alias.asname or alias.name] = f"{base}.{alias.name}"

    def _assign(self, name: str, value: ast.expr) -> None:
        if name == "__all__":
            self.listed = [str(one.value) for one in ast.walk(value) if isinstance(one, ast.Constant)]
        else:
            self.defined[name] = value

    def _find_module(self, statement: ast.ImportFrom) -> str:
        if not statement.level:
            return statement.module or ""
        parts = self.package.split(".")
        parents = parts[: len(parts) - statement.level + 1]
        return ".".join([*parents, *filter(None, [statement.module])])


def _list_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those in `if` and `try` among them: the last definition of a name holds."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If):
            yield from _list_statements([*statement.orelse, *statement.body])
        elif isinstance(statement, ast.Try):
            handled = [one for handler in statement.handlers for one in handler.body]
            yield from _list_statements([*handled, *statement.body, *statement.orelse])


class Sdk:
    """All modules of the SDK."""

    def __init__(self, site: Path) -> None:
        self.sources: dict[str, Source] = {}
        for file in sorted((site / "azureml").rglob("*.py")):
            parts = file.relative_to(site).with_suffix("").parts
            path = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            if "_vendor" not in parts:
                self.sources[path] = Source(path, file, ast.parse(file.read_bytes()))

    def find(self, path: str, depth: int = 10) -> tuple[Source, str, Definition] | None:
        """The module, the name and the definition of what a dotted name leads to, through all imports."""
        owner, _, name = path.rpartition(".")
        source = self.sources.get(owner)
        if source is None or depth == 0:
            return None
        definition = source.defined.get(name)
        if isinstance(definition, ast.Name) and definition.id != name:
            return self.find(f"{owner}.{definition.id}", depth - 1) or (source, name, definition)
        if definition is not None:
            return source, name, definition
        if name in source.imported:
            return self.find(source.imported[name], depth - 1)
        for star in source.stars:
            found = self.find(f"{star}.{name}", depth - 1)
            if found is not None:
                return found
        return None

    def list_names(self, source: Source) -> list[str]:
        """The names that a program may import from a module."""
        names = {*source.listed, *source.defined, *source.imported}
        for star in source.stars:
            inner = self.sources.get(star)
            names.update(self.list_names(inner) if inner is not None else ())
        return sorted(name for name in names if name[:1] != "_" or name in source.listed)

    def make_table(self) -> dict[str, dict[str, Entry]]:
        """The entries of all public modules, and of the private ones that these come from."""
        table: dict[str, dict[str, Entry]] = {}
        public = [
            source
            for path, source in self.sources.items()
            if "._" not in path and not path.startswith(WITHOUT_USE)
        ]
        pending = [f"{source.path}.{name}" for source in public for name in self.list_names(source)]
        for source in public:
            table.setdefault(source.path, {})
        while pending:
            path = pending.pop()
            owner, _, name = path.rpartition(".")
            found = self.find(path)
            if found is None or name in table.get(owner, {}):
                continue
            home = f"{found[0].path}.{found[1]}"
            if home != path and not _is_offered(self.sources[owner], name, found[2]):
                continue
            if home != path:
                table.setdefault(owner, {})[name] = home
                pending.append(home)
                continue
            entry = _describe(self, *found)
            table.setdefault(owner, {})[name] = entry
            if isinstance(entry, dict):
                pending += [base for base in entry.get("bases", []) if base.startswith("azureml.")]
        return table


def _is_offered(source: Source, name: str, definition: Definition) -> bool:
    """Whether programs may import from a module what is defined in another: classes, and what it lists."""
    if name in source.listed or source.package == source.path:
        return True
    return isinstance(definition, ast.ClassDef) and "._" not in source.imported.get(name, "._")


def _describe(sdk: Sdk, source: Source, name: str, definition: Definition) -> Entry:
    if isinstance(definition, ast.FunctionDef):
        return [_write_signature(sdk, source, definition, 0)]
    return _describe_class(sdk, source, definition) if isinstance(definition, ast.ClassDef) else None


def _describe_class(sdk: Sdk, source: Source, node: ast.ClassDef) -> Entry:
    entry: dict[str, Any] = {}
    bases = [_name_base(sdk, source, base) for base in node.bases]
    if bases := [base for base in bases if base not in ("object", "abc.ABC")]:
        entry["bases"] = bases
    members: dict[str, str | None] = {}
    for statement in _list_statements(node.body):
        if isinstance(statement, ast.FunctionDef):
            _add_function(sdk, source, statement, entry, members)
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        members.update({one.id: None for one in targets if isinstance(one, ast.Name)})
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            members[statement.target.id] = None
    set_attributes = (
        one for one in ast.walk(node) if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
    )
    for attribute in set_attributes:
        if isinstance(attribute.value, ast.Name) and attribute.value.id == "self":
            members.setdefault(attribute.attr, None)
    public = {key: members[key] for key in sorted(members) if key[:1] != "_" or key == "__getattr__"}
    return {**entry, **({"members": public} if public else {})}


def _add_function(
    sdk: Sdk, source: Source, node: ast.FunctionDef, entry: dict[str, Any], members: dict[str, str | None]
) -> None:
    marks = {ast.unparse(one).rpartition(".")[2].partition("(")[0] for one in node.decorator_list}
    if marks & {"setter", "deleter"}:
        return
    if node.name == "__init__" or (node.name == "__new__" and "init" not in entry):
        entry["init"] = _write_signature(sdk, source, node, 1)
    elif marks & {"property", "abstractproperty", "cached_property"}:
        members[node.name] = None
    else:
        mark = "@" if marks & {"staticmethod", "classmethod"} else ""
        members[node.name] = mark + _write_signature(sdk, source, node, "staticmethod" not in marks)


def _name_base(sdk: Sdk, source: Source, base: ast.expr) -> str:
    """The full name of a base class, as it is defined."""
    text = ast.unparse(base)
    found = sdk.find(f"{source.path}.{text}")
    return f"{found[0].path}.{found[1]}" if found else source.imported.get(text, text)


def _write_signature(sdk: Sdk, source: Source, node: ast.FunctionDef, skipped: int) -> str:
    """The parameters as Python writes them, without annotations, after the first `skipped`; defaults as literals."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    for argument in every:
        argument.annotation = None
    arguments.defaults = [_find_literal(sdk, source, one) for one in arguments.defaults]
    arguments.kw_defaults = [
        one if one is None else _find_literal(sdk, source, one) for one in arguments.kw_defaults
    ]
    named = [*arguments.posonlyargs, *arguments.args][skipped:]
    arguments.posonlyargs, arguments.args = [], named
    arguments.defaults = arguments.defaults[-len(named) :] if named else []
    return ast.unparse(arguments)


def _find_literal(sdk: Sdk, source: Source, default: ast.expr, depth: int = 5) -> ast.expr:
    """A default as a literal, where it is one or names a constant; `...` where it is an object of the SDK's."""
    try:
        ast.literal_eval(default)
    except ValueError:
        found = sdk.find(f"{source.path}.{ast.unparse(default)}") if isinstance(default, ast.Name) else None
        if found is None or not isinstance(found[2], ast.expr) or depth == 0:
            return ast.Constant(...)
        return _find_literal(sdk, found[0], found[2], depth - 1)
    return default


def main(site: str) -> None:
    """Write the table, a file for each part of the SDK; a file of an earlier one goes."""
    parts: dict[str, dict[str, Entry]] = {}
    for module, entries in sorted(Sdk(Path(site)).make_table().items()):
        part = [*module.split("."), "root"][1]
        part = "internal" if part[0] == "_" else part
        parts.setdefault(part, {})[module] = dict(sorted(entries.items()))
    TABLE.mkdir(exist_ok=True)
    for old in TABLE.glob("*.json"):
        old.unlink()
    for part, modules in parts.items():
        lines = [f"{json.dumps(module)}: {_write_module(entries)}" for module, entries in modules.items()]
        (TABLE / f"{part}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _write_module(entries: dict[str, Entry]) -> str:
    """A line for each name, so that what changes with a version of the SDK is seen."""
    return (
        "{\n" + ",\n".join(f" {json.dumps(name)}: {json.dumps(one)}" for name, one in entries.items()) + "}"
    )


if __name__ == "__main__":
    main(sys.argv[1])
