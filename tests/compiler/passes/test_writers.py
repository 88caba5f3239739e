"""A script that is missing may be what a cell of another notebook writes: then that notebook is named."""

from __future__ import annotations

import json
from pathlib import Path

from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from tests.support.folders import write_files
from tests.support.sdk_world import PRELUDE

PROGRAM = f'{PRELUDE}\nPipeline(ws, [PythonScriptStep("train.py", source_directory="src")])\n'
OTHER = "src/other.py"


def notebook(*cells: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]})


def told(folder: Path, **notebooks: str) -> Diagnostic:
    files = {f"{name}.ipynb": text for name, text in notebooks.items()}
    write_files(folder, {"p.py": PROGRAM, OTHER: "", **files})
    (one,) = (one for one in analyse(folder / "p.py", Options(cwd=folder)).reporter if one.code == "PL311")
    return one


def test_the_notebook_that_writes_the_script_is_named(tmp_path: Path) -> None:
    one = told(
        tmp_path,
        data=notebook("import os", "%%writefile src/train.py\nprint(1)\n"),
        elsewhere=notebook("%%writefile other/train.py\nprint(1)\n"),
    )
    assert [str(cause.span) for cause in one.causes] == ["data.ipynb#cell-2:1:1"]
    assert one.help.startswith("Run 'data.ipynb' first, which writes it")


def test_one_whose_folder_is_a_variable_is_named_by_the_name_of_the_file(tmp_path: Path) -> None:
    one = told(
        tmp_path, a=notebook("%%writefile $folder/train.py\n"), b=notebook("%%file -a 'src\\train.py'\n")
    )
    assert [str(cause.span) for cause in one.causes] == ["b.ipynb#cell-1:1:1"]
    write_files(tmp_path, {"b.ipynb": notebook("x = 1")})
    assert "'a.ipynb'" in told(tmp_path).help


def test_what_writes_nothing_of_the_name_is_not_named(tmp_path: Path) -> None:
    one = told(
        tmp_path,
        broken="{",
        odd=json.dumps({"cells": [{"cell_type": "code", "source": None}, 3]}),
        empty=notebook("%%writefile\nsrc/train.py", "# %%writefile src/train.py", "%%bash\ntrain.py"),
        longer=notebook("%%writefile src/pretrain.py\n"),
    )
    assert (one.causes, one.help) == ((), "Correct script_name or source_directory.")


def test_notebooks_outside_the_project_are_not_read(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"out/secret.ipynb": notebook("%%writefile src/train.py\n"), "project/p.py": PROGRAM}
    )
    (tmp_path / "project/link.ipynb").symlink_to(tmp_path / "out/secret.ipynb")
    assert told(tmp_path / "project").causes == ()
