"""Reading sources: encodings, syntax errors, and notebooks with their cells and magics."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.rendering import FORMATS, render
from pipelift.compiler.driver import analyse
from pipelift.compiler.evaluate.library.dotenv import parse_variables_file
from pipelift.compiler.options import Options
from pipelift.compiler.reading.notebooks import without_magics
from pipelift.compiler.reading.programs import read
from pipelift.compiler.reading.source import SourceFile, WrittenFile, parse

PIPELINE = """\
from azureml.core import Workspace, Experiment
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep
ws = Workspace.from_config()
step = PythonScriptStep(script_name="train.py", source_directory=folder, name="train", compute_target="cpu")
Experiment(ws, "x").submit(Pipeline(ws, steps=[step]))
"""


def notebook(folder: Path, *cells: str) -> Path:
    path = folder / "train.ipynb"
    made = [{"cell_type": "markdown", "source": ["# title"]}]
    made += [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    path.write_text(json.dumps({"cells": made}), encoding="utf-8")
    return path


def test_cells_are_parts_with_names_of_their_own(tmp_path: Path) -> None:
    reporter = Reporter()
    path = notebook(tmp_path, "x = 1", "%%writefile -a a/b.py\nprint(1)\n", "%%bash\nls", "%%time\ny = x\n")
    program = read(path, path.name, reporter)
    assert program is not None and not list(reporter)
    assert [type(part) for part in program.parts] == [SourceFile, WrittenFile, SourceFile]
    assert program.parts[1] == WrittenFile("a/b.py", "print(1)\n", append=True)
    assert program.texts["train.ipynb#cell-2"] == "x = 1"


def test_a_script_that_a_cell_writes_is_in_the_snapshot(tmp_path: Path) -> None:
    path = notebook(
        tmp_path,
        "import os\nfolder = 'src'\nos.makedirs(folder, exist_ok=True)\n!pip install x\n%matplotlib inline",
        "%%writefile $folder/beside.py\n",
        "%%writefile src/train.py\nprint('trained')\n",
        PIPELINE,
    )
    analysis = analyse(path, Options(cwd=tmp_path))
    assert not analysis.failed, [one.message for one in analysis.reporter]
    (contents,) = analysis.contents.values()
    (files,) = contents.values()
    assert files == {"train.py": b"print('trained')\n", "beside.py": b""}
    assert not (tmp_path / "src").exists()


def test_diagnostics_name_the_cell_and_have_its_text(tmp_path: Path) -> None:
    analysis = analyse(notebook(tmp_path, "x = 1", "y = 2\nz = undefined\n"), Options())
    (error,) = [one for one in analysis.reporter if one.code == "PL103"]
    assert error.span is not None
    assert (error.span.file, error.span.line) == ("train.ipynb#cell-3", 2)
    assert analysis.sources[error.span.file].splitlines()[1] == "z = undefined"


def test_a_cell_that_is_no_python_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("", encoding="utf-8")
    analysis = analyse(notebook(tmp_path, "folder = '.'", "x = = 1", PIPELINE), Options(cwd=tmp_path))
    assert [(one.code, one.severity.value) for one in analysis.reporter if one.code == "PL102"] == [
        ("PL102", "warning")
    ]
    assert len(analysis.pipelines) == 1 and not analysis.failed


def test_magics_that_set_variables_are_followed(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "train.py").write_text("", encoding="utf-8")
    cell = "%env FOLDER=sub\nimport os\nfolder = os.environ['FOLDER']\nfiles = !ls"
    analysis = analyse(notebook(tmp_path, cell, PIPELINE), Options(cwd=tmp_path))
    assert not analysis.failed, [one.message for one in analysis.reporter]
    assert analysis.pipelines[0].snapshots[0].directory == "sub"


def test_await_may_stand_at_the_top_of_a_cell(tmp_path: Path) -> None:
    analysis = analyse(
        notebook(tmp_path, "async def f(): return 'n'\nx = await f()\nassert x == 'n'"), Options()
    )
    assert {one.code for one in analysis.reporter} <= {"PL300"}


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("x = ('%s'\n% 1)", "x = ('%s'\n% 1)"),
        ("!ls\nx = 1", "get_ipython().system('ls')\nx = 1"),
        (
            "if x:\n    !pip install \\\n  y\nz = 1",
            "if x:\n    get_ipython().system('pip install \\\\')\n\nz = 1",
        ),
        ("x = '''\n% no\n'''\n%cd a", "x = '''\n% no\n'''\nget_ipython().run_line_magic('cd', 'a')"),
        ("Dataset?\nx = 1", "pass\nx = 1"),
        ("%time x = 1", "x = 1"),
    ],
)
def test_magics_become_calls_and_lines_stay(cell: str, wanted: str) -> None:
    assert without_magics(cell) == wanted


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff\xfe\x00", "PL101"),
        (b"x = 1\0", "PL101"),
        (b"# coding: nonsense\n", "PL101"),
        (b"x = (1,\ny = 2\n", "PL102"),
        (b"print 'two'\n", "PL102"),
    ],
)
def test_what_is_no_python_is_told(data: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "p.py"
    path.write_bytes(data)
    reporter = Reporter()
    read(path, path.name, reporter)
    assert [one.code for one in reporter] == [code]


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbfx = 1\n", b"# coding: latin-1\nx = '\xe9'\n", b"x = 1\r\ny = 2\r\n", b""]
)
def test_encodings_and_line_ends(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "p.py"
    path.write_bytes(data)
    reporter = Reporter()
    program = read(path, path.name, reporter)
    assert program is not None and program.parts and not list(reporter)


def test_a_syntax_error_is_told_at_its_place() -> None:
    reporter = Reporter()
    assert parse("x = 1\ny = foo(\n", Path("p.py"), "p.py", reporter) is None
    (error,) = reporter
    assert error.span is not None and error.span.line == 2 and "never closed" in error.message


def test_env_files() -> None:
    text = 'A=1\n# c\nexport B=\'x y\' # z\nC = "q#"\nD=a #b\nE\nF=${A}-${B}\nG=${Z:-z}\nH="1\n2"\n'
    assert parse_variables_file(Path(".env"), text) == {
        "A": "1", "B": "x y", "C": "q#", "D": "a", "F": "1-x y", "G": "z", "H": "1\n2"
    }  # fmt: skip
    with pytest.raises(ValueError, match="'A' refers to 'HOME', which the file does not define"):
        parse_variables_file(Path(".env"), "A=${HOME}/x\n")
    azure = "variables:\n- name: A\n  value: 1\n- name: B\n  value: $(A)-x\n- group: g\n- name: C\n  value: true\n"
    assert parse_variables_file(Path("v.yml"), azure) == {"A": "1", "B": "1-x", "C": "true"}
    assert parse_variables_file(Path("v.yaml"), "variables:\n  A: b\n") == {"A": "b"}
    with pytest.raises(ValueError):
        parse_variables_file(Path("v.yml"), "- 1\n- : {")


@pytest.mark.parametrize(
    "cell", ["x = '\ud800'\n", "%%writefile src/a.py\nx = '\ud800'\n", "%%bash\necho \udcff\n"]
)
def test_a_cell_with_half_a_character_is_told_at_its_place(cell: str, tmp_path: Path) -> None:
    text = json.dumps({"cells": [{"cell_type": "code", "source": one} for one in ("y = 1\n", cell)]})
    (tmp_path / "pipeline.ipynb").write_text(text)
    analysis = analyse(tmp_path / "pipeline.ipynb", Options(cwd=tmp_path))
    found = [(one.code, str(one.span)) for one in analysis.reporter if one.code == "PL102"]
    assert found == [("PL102", "pipeline.ipynb#cell-2:1:1")]
    for form in FORMATS:
        render(list(analysis.reporter), analysis.sources, form).encode()
