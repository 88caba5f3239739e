"""An error is what makes the result wrong, nothing else: where the same fault is an error, and where it is not.

Each program builds a pipeline that runs ``a.py`` (or none); its cells are separated by ``# ---`` and run both as one
.py file and as a notebook where they mean the same in both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from tests.support.folders import write_files

HEAD = """\
from azureml.core import *
from azureml.pipeline.core import *
from azureml.pipeline.steps import *
ws = Workspace.from_config()
arguments = ["--lr", "0.1"]
# ---
"""
BUILD = """\
step = PythonScriptStep("a.py", source_directory="src", compute_target="cpu", arguments=arguments)
pipeline = Pipeline(ws, steps=[step])
# ---
"""
SUBMIT = "run = Experiment(ws, 'e').submit(pipeline)\n# ---\n"
WHOLE = HEAD + BUILD + SUBMIT

ANYWHERE = {
    "an undefined name in a print": (HEAD + "print(nothing)\n# ---\n" + BUILD + SUBMIT, ["PL103 warning"]),
    "an undefined name in an argument": (HEAD + "arguments = [nothing]\n" + BUILD + SUBMIT, ["PL103 error"]),
    "one that a step needs by way of others": (
        HEAD + "value = nothing.x\n# ---\narguments = [f'{value}']\n" + BUILD + SUBMIT,
        ["PL103 error"],
    ),
    "one that only a setting needs": (
        HEAD + BUILD + "Experiment(ws, 'e').submit(pipeline, tags={'a': nothing})",
        ["PL103 warning"],
    ),
    "a name after the submission": (WHOLE + "print(nothing)", ["PL103 warning"]),
    "an exception after the submission": (WHOLE + "{}['a']", ["PL106 warning"]),
    "an exception after the publication": (
        HEAD + BUILD + "pipeline.publish('p')\n# ---\n[][1]",
        ["PL106 warning"],
    ),
    "a wrong call after the submission": (WHOLE + "RunConfiguration(x=1)", ["PL201 warning"]),
    "a step that the SDK refuses, after the submission": (
        WHOLE + "PythonScriptStep(script_name=None)",
        ["PL230 warning"],
    ),
    "a step that the SDK refuses and no pipeline has": (
        HEAD + "PythonScriptStep(script_name=None)\n# ---\n" + BUILD + SUBMIT,
        ["PL230 warning"],
    ),
    "a step that the SDK refuses": (
        HEAD + BUILD.replace('"a.py"', "script_name=None") + SUBMIT,
        ["PL230 error"],
    ),
    "a call of no use that does not fit": (
        HEAD + "RunConfiguration(x=1)\n# ---\n" + BUILD + SUBMIT,
        ["PL201 warning"],
    ),
    "a call that would have done something": (
        HEAD + "run_config = RunConfiguration()\nrun_config.save(where='x')\n# ---\n" + BUILD + SUBMIT,
        ["PL201 error"],
    ),
    "a call that changes nothing of a pipeline": (
        HEAD + "ws.get_details(of='all')\n# ---\n" + BUILD + SUBMIT,
        ["PL201 warning"],
    ),
    "a pipeline that does not come about": (
        HEAD + BUILD + SUBMIT + "Pipeline(ws, stpes=[step]).publish('p')",
        ["PL201 error"],
    ),
    "results of a run": (
        WHOLE + "import os, pandas as pd\nrun.wait_for_completion()\n"
        "for root, dirs, files in os.walk('out'):\n    for file in files:\n        last = file\n"
        "print(pd.read_csv(last))",
        ["PL103 warning"],
    ),
    "attributes of a fetched schedule": (
        WHOLE + "s = Schedule.get(ws, 'id')\nprint(s.pipeline_id, s.nme, Schedule.list(ws)[0].x)",
        ["PL203 warning"],
    ),
    "nothing comes of it": (HEAD + "print(nothing)", ["PL103 error"]),
}

PYTHON = {
    "a function that may return before it raises": (
        HEAD
        + "def find():\n    try:\n        return Workspace.from_config()\n    except Exception:\n        pass\n"
        "    raise RuntimeError('no workspace')\nws = find()\n" + BUILD + SUBMIT,
        [],
    ),
    "a function that surely raises": (
        HEAD + "def find():\n    raise RuntimeError('no workspace')\nws = find()\n" + BUILD + SUBMIT,
        ["PL106 error"],
    ),
    "an exception before anything is submitted": (HEAD + BUILD + "{}['a']", ["PL106 error"]),
    "an exception between two submissions": (WHOLE + "{}['a']\n" + SUBMIT, ["PL106 warning"]),
}

NOTEBOOK = {
    "a cell that fails and nobody needs": (HEAD + "x = {}['a']\n# ---\n" + BUILD + SUBMIT, ["PL106 warning"]),
    "a name of a cell that fails": (HEAD + "arguments = {}['a']\n# ---\n" + BUILD + SUBMIT, ["PL106 error"]),
    "the rest of a cell that fails": (HEAD + "{}['a']\narguments = []\n" + BUILD + SUBMIT, ["PL106 warning"]),
    "a name that an import would bind": (
        HEAD + "from helper import nothing\n# ---\narguments = [nothing]\n" + BUILD + SUBMIT,
        ["PL106 error"],
    ),
    "an argument in a call that does something": (
        HEAD + "arguments.append({}['a'])\n# ---\n" + BUILD + SUBMIT,
        ["PL106 error"],
    ),
    "a loop that fails": (
        HEAD + "for i in 3:\n    arguments.append(i)\n# ---\n" + BUILD + SUBMIT,
        ["PL106 error"],
    ),
    "a function that raises": (
        HEAD + "def f():\n    raise ValueError('no')\nf()\n# ---\n" + BUILD + SUBMIT,
        ["PL106 error"],
    ),
    "an exception that the program catches": (
        HEAD + "class Mine(Exception): pass\ntry:\n    {}['a']\nexcept KeyError:\n    x = 1\n"
        "def f():\n    raise Mine\ntry:\n    f()\nexcept Exception:\n    x = 2\n# ---\n" + BUILD + SUBMIT,
        [],
    ),
    "an exception in a branch that is not decided": (
        HEAD + "import os\nif os.environ['A']:\n    arguments = {}['a']\n# ---\n" + BUILD + SUBMIT,
        [],
    ),
    "a cell that is no Python": (HEAD + "x = = 1\n# ---\n" + BUILD + SUBMIT, ["PL102 warning"]),
    "a name of a cell that is no Python": (
        HEAD + "x = = 1\n# ---\narguments = [x]\n" + BUILD + SUBMIT,
        ["PL102 warning", "PL103 error"],
    ),
}


def read(folder: Path, source: str, *, notebook: bool) -> list[str]:
    """The codes of what is reported, with their severities, less those of what the programs leave out on purpose."""
    text: Any = source
    if notebook:
        cells = [{"cell_type": "code", "source": cell} for cell in source.split("# ---\n")]
        text = json.dumps({"cells": cells})
    name = "p.ipynb" if notebook else "p.py"
    write_files(folder, {name: text, "src/a.py": "", "helper.py": ""})
    analysis = analyse(folder / name, Options(cwd=folder))
    found = [
        f"{one.code} {one.severity.value}" for one in analysis.reporter if one.code not in ("PL303", "PL300")
    ]
    assert analysis.failed == any("error" in one for one in found)
    return found


@pytest.mark.parametrize("case", [*ANYWHERE, *PYTHON])
def test_in_a_file(case: str, tmp_path: Path) -> None:
    source, codes = {**ANYWHERE, **PYTHON}[case]
    assert read(tmp_path, source, notebook=False) == codes


@pytest.mark.parametrize("case", [*ANYWHERE, *NOTEBOOK])
def test_in_a_notebook(case: str, tmp_path: Path) -> None:
    source, codes = {**ANYWHERE, **NOTEBOOK}[case]
    assert read(tmp_path, source, notebook=True) == codes
