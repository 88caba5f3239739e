"""A program that builds no pipeline is told which of its functions would, and how to call them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from tests.support.folders import write_files

HEAD = "from azureml.pipeline.core import Pipeline\nws = 'w'\n"

CALLED = {
    "a function": ("def build(ws, a=1, *rest, k, **more):\n    return Pipeline(ws, [])\n", "build(ws, k=k)"),
    "by position": ("def build(a, /, b, *, c=2):\n    return Pipeline(a, [])\n", "build(a, b)"),
    "one that calls it": ("def one(a): return Pipeline(a, [])\ndef two(): return one(1)\n", "two()"),
    "an inner one": ("def main():\n    def inner(): return Pipeline(1, [])\n    return inner()\n", "main()"),
    "a method": (
        "class Maker:\n    def __init__(self, ws): pass\n    def make(self, n):\n        Pipeline(1, [])\n",
        "Maker(ws).make(n)",
    ),
    "a constructor": (
        "class Maker:\n    def __init__(self, ws):\n        self.p = Pipeline(ws, [])\n",
        "Maker(ws)",
    ),
    "a static method": (
        "class Maker:\n    @staticmethod\n    def make(ws): return Pipeline(ws, [])\n",
        "Maker.make(ws)",
    ),
    "a class method": (
        "class Maker:\n    @classmethod\n    def make(cls): return Pipeline(1, [])\n",
        "Maker.make()",
    ),
    "of a dataclass": (
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Maker:\n    ws: str\n    n: int = 1\n"
        "    def make(self): return Pipeline(1, [])\n",
        "Maker(ws).make()",
    ),
    "asynchronous": ("async def build(): return Pipeline(1, [])\n", "asyncio.run(build())"),
    "another name": ("import azureml.pipeline.core as c\ndef build(): return c.Pipeline(1, [])\n", "build()"),
    "the whole name": (
        "import azureml.pipeline.core\ndef build(): return azureml.pipeline.core.Pipeline(1, [])\n",
        "build()",
    ),
    "all names": ("from azureml.pipeline.core import *\ndef build(): return Pipeline(1, [])\n", "build()"),
    "imported inside": (
        "def build():\n    from azureml.pipeline.core import Pipeline as P\n    return P(1, [])\n",
        "build()",
    ),
    "a file of YAML": ("def build(): return Pipeline.load_yaml(ws, 'a.yml')\n", "build()"),
    "a name of another script": ("def größe(): return Pipeline(1, [])\n", "größe()"),
    "a module of the project": ("from lib import build_it\n", "build_it(ws)"),
}
LIBRARY = HEAD + "def build_it(ws): return Pipeline(ws, [])\n"


def told(program: str, folder: Path) -> Diagnostic:
    write_files(folder, {"p.py": program, "lib.py": LIBRARY})
    (one,) = analyse(folder / "p.py", Options(cwd=folder)).reporter
    assert (one.code, one.severity.value) == ("PL300", "error")
    return one


@pytest.mark.parametrize("case", CALLED)
def test_the_function_to_call_is_named_with_its_arguments(case: str, tmp_path: Path) -> None:
    program, call = CALLED[case]
    one = told(HEAD + program, tmp_path)
    assert one.help.rpartition(": ")[2] == call
    assert all(cause.span is not None for cause in one.causes)
    assert call.split("(")[0].split(".")[0].removeprefix("asyncio") in one.causes[-1].message


def test_the_line_that_is_told_builds_the_pipeline(tmp_path: Path) -> None:
    program = (
        f"{HEAD}class Maker:\n    def __init__(self, ws): pass\n    def make(self): return Pipeline(ws, [])\n"
    )
    line = told(program, tmp_path).help.rpartition(": ")[2]
    write_files(tmp_path, {"p.py": program + line + "\n"})
    assert len(analyse(tmp_path / "p.py", Options(cwd=tmp_path)).pipelines) == 1


def test_where_and_with_which_parameters(tmp_path: Path) -> None:
    one = told(
        f"{HEAD}def build(a, /, ws, n=1, *rest, k, d='x', **more): return Pipeline(ws, [])\n", tmp_path
    )
    (cause,) = one.causes
    assert cause.message.startswith("build(a, /, ws, n=…, *rest, k, d=…, **more) builds a pipeline")
    assert str(cause.span) == "p.py:3:5"


def test_a_call_that_is_not_reached_is_named(tmp_path: Path) -> None:
    one = told(f"{HEAD}if ws != 'w':\n    p = Pipeline(ws, [])\n", tmp_path)
    assert [str(cause.span) for cause in one.causes] == ["p.py:4:9"]
    assert "does not run" in one.causes[0].message


def test_another_library_has_pipelines_too(tmp_path: Path) -> None:
    program = "from sklearn.pipeline import Pipeline\nimport transformers\ndef f(): return Pipeline([])\n"
    one = told(program + "def g(): return transformers.Pipeline()\nclass Mine: pass\n", tmp_path)
    assert (one.causes, one.help) == ((), "Name the file that builds the pipeline.")


def test_of_many_a_few_are_listed(tmp_path: Path) -> None:
    one = told(HEAD + "".join(f"def b{n}(): return Pipeline(1, [])\n" for n in range(300)), tmp_path)
    assert len(one.causes) == 7 and one.causes[-1].message == "294 more functions do"
