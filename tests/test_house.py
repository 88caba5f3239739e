"""The house rules that no other tool checks: budgets, arrows, codes, generated pages, the wheel."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jinja2
import jinja2.nodes
import pytest
from click.testing import CliRunner

from pipelift.app.cli.main import main
from pipelift.compiler.diagnostics.codes import REPLACED, Code, all_codes
from pipelift.compiler.diagnostics.codes.page import render_codes_page
from pipelift.runtime.contract import paths
from tests.support.folders import ROOT

CODES = all_codes()
ROOTS = ("compiler", "app", "backends", "testing", "templates", "runtime")
MODULE_LINES = 400
FUNCTION_LINES = 45
STANDIN = ROOT / "runtime" / "standin"
INPUTS = ("golden/**", "seeds/**", "snippets/**", "e2e/*/**")  # what tests read or run is no test itself
TESTS = sorted(
    {*(ROOT / "tests").rglob("*.py")}.difference(*((ROOT / "tests").glob(f"{one}/*.py") for one in INPUTS))
)


def modules(*roots: str) -> list[Path]:
    return sorted(path for root in roots for path in (ROOT / root).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_modules_keep_their_budget() -> None:
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in modules(*ROOTS)}
    assert {module: lines for module, lines in lengths.items() if lines > MODULE_LINES} == {}


def test_functions_keep_their_budget() -> None:
    over = {
        f"{name(path)}:{function.lineno} {function.name}": (function.end_lineno or 0) - function.lineno + 1
        for path in modules(*ROOTS)
        for function in functions(parsed(path))
        if (function.end_lineno or 0) - function.lineno >= FUNCTION_LINES
    }
    assert over == {}


def test_every_module_says_what_it_holds() -> None:
    written = [
        path for path in [*modules(*ROOTS, "benchmarks", "tools"), *TESTS] if path.read_bytes().strip()
    ]
    assert [name(path) for path in written if not _first_line(path)] == []


def _first_line(path: Path) -> str:
    return (ast.get_docstring(parsed(path)) or "").partition("\n")[0]


def test_nothing_is_promised_for_later() -> None:
    promise = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
    texts = [
        *modules(*ROOTS, "benchmarks", "tools"),
        *TESTS,
        *(ROOT / "templates").rglob("*.j2"),
        *ROOT.glob("*.md"),
    ]
    assert [name(path) for path in texts if promise.search(path.read_text("utf-8"))] == []


def test_no_test_skips_itself() -> None:
    escape = re.compile(
        r"pytest\.(skip|importorskip|xfail)|mark\.(skip|skipif|xfail)\b" + "|@unittest" + ".skip"
    )
    here = Path(__file__)
    found = [name(path) for path in TESTS if path != here and escape.search(path.read_text("utf-8"))]
    assert found == []


# --- codes ----------------------------------------


CODE_TABLES = [*modules("compiler/diagnostics/codes"), *(ROOT / "backends").glob("*/codes.py")]


def _codes_in(path: Path) -> set[str]:
    constants = (node.value for node in ast.walk(parsed(path)) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str) and re.fullmatch(r"PL\d{3}", value)}


def test_codes_and_their_uses_are_the_same_set() -> None:
    used = {
        code
        for path in modules("compiler", "app", "backends")
        if path not in CODE_TABLES
        for code in _codes_in(path)
    }
    assert sorted(used - CODES.keys()) == [], "used, and in no table"
    assert sorted(CODES.keys() - used) == [], "in the table, and never used"


@pytest.mark.parametrize("row", CODES.values(), ids=lambda row: row.code)
def test_a_code_tells_what_why_and_what_to_do(row: Code) -> None:
    assert not row.title.endswith(".")
    assert row.why.endswith((".", ")")) and row.remedy.endswith((".", ")")) and row.example.strip()
    assert row.fidelity != "approximated" or row.severity != "error"
    assert row.fidelity != "dropped" or row.severity != "note"


def test_no_code_stands_twice() -> None:
    rows = [path.read_text("utf-8") for path in CODE_TABLES]
    codes = re.findall(r'^ +"(PL\d{3})",$', "\n".join(rows), re.MULTILINE)
    assert sorted(codes) == sorted(set(codes))
    for text in rows:
        inside = re.findall(r'^ +"(PL\d{3})",$', text, re.MULTILINE)
        assert inside == sorted(inside), "rows stand in numeric order"


def test_the_page_of_codes_is_up_to_date() -> None:
    committed = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
    assert committed == render_codes_page(), (
        "run: python -m pipelift.compiler.diagnostics.codes.page > docs/codes.md"
    )


def test_the_documents_name_only_codes_that_exist() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    named = {code for page in pages for code in re.findall(r"\bPL\d{3}\b", page.read_text("utf-8"))}
    assert sorted(named - CODES.keys() - REPLACED.keys()) == []


def test_a_code_that_was_replaced_is_gone_and_its_successor_is_there() -> None:
    assert not REPLACED.keys() & CODES.keys() and set(REPLACED.values()) <= CODES.keys()
    told = CliRunner().invoke(main, ["explain", "PL441"])
    assert told.exit_code == 0 and told.stdout.startswith("PL441 is now part of PL424.")


# --- targets ----------------------------------------

TARGETS = re.compile(r"\b(airflow|kubeflow|compose|argo|kfp)\b", re.IGNORECASE)
TOLD = {"app/cli/main.py": "the help of the command says what pipelift is for"}


@pytest.mark.parametrize("root", ["compiler", "app"])
def test_neither_compiler_nor_app_knows_a_target(root: str) -> None:
    named = {name(path) for path in modules(root) if TARGETS.search(path.read_text("utf-8"))}
    assert named - TOLD.keys() == set()
    for file in TOLD.keys() & named:
        texts = [node.value for node in ast.walk(parsed(ROOT / file)) if isinstance(node, ast.Constant)]
        in_texts = sum(len(TARGETS.findall(text)) for text in texts if isinstance(text, str))
        assert len(TARGETS.findall((ROOT / file).read_text("utf-8"))) == in_texts, (
            "in the code, not in a text"
        )


# --- arrows: `make check` has import-linter hold them ----------------------------------------


def test_the_evaluator_hides_no_import() -> None:
    """Where the layers hold, an import can stand at the top: none for type checkers alone, none within a function."""
    hidden = [
        f"{name(path)}:{node.lineno}"
        for path in modules("compiler/evaluate")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom)
        and node.col_offset > 0
        and str(node.module).startswith("pipelift.")
    ]
    assert hidden == []


def test_only_the_command_line_reads_the_environment() -> None:
    readers = {
        name(path)
        for path in modules("compiler", "app")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv", "environb")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    assert all(reader == "app/cli/main.py" or reader.startswith("app/cli/") for reader in readers)


@pytest.mark.parametrize("root", ROOTS)
def test_type_checkers_find_the_package_through_its_link(root: str) -> None:
    link = ROOT / ".links" / "pipelift" / root
    assert link.is_symlink() and link.resolve() == ROOT / root


def test_type_checkers_find_the_stand_in_under_its_own_name() -> None:
    """And the launcher below it, which its `_runtime` stands for when a script runs."""
    links = {path.name: path.resolve() for path in (ROOT / ".links" / "azureml").iterdir()}
    entries = {path.name: path for path in (STANDIN / "azureml").iterdir() if path.name != "__pycache__"}
    assert links == {**entries, "_runtime": ROOT / "runtime"}


# --- the runtime ----------------------------------------


@pytest.mark.parametrize("path", modules("runtime"), ids=name)
def test_the_runtime_needs_nothing_but_an_old_python(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 7))
    own = {"azureml"} if STANDIN in path.parents else {"pipelift"}
    at_import = [node for node in _statements(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in at_import:
        tops = {module.partition(".")[0] for module in _imported(node)}
        assert tops <= sys.stdlib_module_names | own, f"line {node.lineno}: {sorted(tops)}"
        assert "dataclasses" not in tops and "annotations" not in {alias.name for alias in node.names}


@pytest.mark.parametrize("path", modules("runtime/contract"), ids=name)
def test_the_contract_imports_nothing_of_ours(path: Path) -> None:
    for node in (one for one in ast.walk(parsed(path)) if isinstance(one, ast.Import | ast.ImportFrom)):
        level = node.level if isinstance(node, ast.ImportFrom) else 0
        named = [alias.name for alias in node.names]
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else named
        assert level == 1 or {one.partition(".")[0] for one in modules} <= sys.stdlib_module_names, named


def test_paths_of_containers_and_of_the_state_stand_in_the_contract_alone() -> None:
    files = {value for key, value in vars(paths).items() if key.endswith("_FILE")}
    twice = [
        f"{name(path)}: {node.value!r}"
        for path in modules(*ROOTS)
        if path.parent.name != "contract"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node.value in (paths.STATE, *files) or node.value.startswith(f"{paths.ROOT}/")
    ]
    assert twice == []
    assert [name(path) for path in _templates() if f"{paths.ROOT}/" in path.read_text("utf-8")] == []


def _statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """The statements that run when the module is imported."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.stmt):
            yield node
        yield from _statements(node)


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return ["pipelift"] if node.level else [node.module or ""]


# --- templates ----------------------------------------


def _templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.j2"))


@pytest.mark.parametrize("path", _templates(), ids=name)
def test_every_expression_of_a_template_passes_a_filter(path: Path) -> None:
    tree = jinja2.Environment().parse(path.read_text(encoding="utf-8"))
    macros = {macro.name for macro in tree.find_all(jinja2.nodes.Macro)}
    for output in tree.find_all(jinja2.nodes.Output):
        for node in output.nodes:
            assert _is_safe(node, macros), f"{name(path)}:{node.lineno} prints a value without a filter"


def _is_safe(node: jinja2.nodes.Node | None, macros: set[str]) -> bool:
    """A filtered value, text of the template itself, or what a macro has printed under the same rule."""
    match node:
        case None | jinja2.nodes.TemplateData() | jinja2.nodes.Const() | jinja2.nodes.Filter():
            return True
        case jinja2.nodes.CondExpr():
            return _is_safe(node.expr1, macros) and _is_safe(node.expr2, macros)
        case jinja2.nodes.Call(node=jinja2.nodes.Name(name=called)):
            return called in macros
    return False


# --- the wheel ----------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel that is built from a copy of the tree, with what is installed and no network."""
    copy = tmp_path_factory.mktemp("tree")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for root in ROOTS:
        shutil.copytree(ROOT / root, copy / root, ignore=ignored)
    for file in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, copy)
    script = "from setuptools import build_meta; build_meta.build_wheel('dist')"
    done = subprocess.run([sys.executable, "-c", script], cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (built,) = (copy / "dist").glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_tree_and_nothing_else(wheel: set[str]) -> None:
    kinds = {".py", ".j2", ".json", ".typed", ".csv", ".html", ".css", ".js"}
    tree = {
        f"pipelift/{name(path)}"
        for root in ROOTS
        for path in (ROOT / root).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix in kinds
    }
    packed = {entry for entry in wheel if ".dist-info/" not in entry}
    assert sorted(packed - tree) == [], "in the wheel, and not in the tree"
    assert sorted(tree - packed) == [], "in the tree, and not in the wheel"


def test_the_wheel_brings_the_command_and_its_licence(wheel: set[str]) -> None:
    information = {entry.rpartition("/")[2] for entry in wheel if ".dist-info/" in entry}
    assert {"entry_points.txt", "LICENSE", "METADATA"} <= information
