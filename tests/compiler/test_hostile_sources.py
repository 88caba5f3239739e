"""Hostile source: there are diagnostics, never an exception, and an end in bounded time. Mutations are in `tests/fuzz`.

With `PIPELIFT_FUZZ` set, programs without end are evaluated through the whole budget instead of a fifth.
"""

# ruff: noqa: E501  (programs stand on one line)

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from tests.support.budgets import check_ends_in_time


def _analyse(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    analysis = analyse(path, Options())
    assert analysis.pipelines or analysis.failed, "no pipeline, and nothing said"


HOSTILE = {
    "parentheses": "(" * 100_000,
    "closed parentheses": "x = " + "(" * 5_000 + ")" * 5_000,
    "lists": "x = " + "[" * 150 + "]" * 150,
    "unary": "x = " + "-" * 50_000 + "1",
    "nots": "x = " + "not " * 20_000 + "1",
    "sums": "x = " + " + ".join(["1"] * 20_000),
    "attributes": "x = a" + ".b" * 20_000,
    "calls": "x = f" + "()" * 20_000,
    "lambdas": "x = " + "lambda: " * 5_000 + "1",
    "conditionals": "x = " + "1 if 1 else " * 5_000 + "1",
    "blocks": "\n".join(" " * i + "if 1:" for i in range(120)) + "\n" + " " * 120 + "pass",
    "elifs": "if 0: pass\n" + "elif 0: pass\n" * 3_000,
    "f-strings": "x = " + "f'{" * 100 + "1" + "}'" * 100,
    "a huge number": "x = " + "9" * 100_000,
    "a huge text": "x = '" + "a" * 1_000_000 + "'",
    "powers": "x = 9**9**9**9",
    "a format bomb": "x = '{:>{w}}'.format(1, w=10**9)",
    "a nested format": "x = '{0:{1}}'.format(1, '9' * 9)",
    "percent bomb": "x = '%*d' % (10**9, 1)",
    "repetition": "x = [0] * 10**9\ny = 'x' * 10**9\nz = (1,) * 10**9",
    "doubling": "x = 'a'\nwhile True: x += x",
    "doubling a list": "x = [1]\nwhile True: x.extend(x)",
    "doubling a dict": "x = {1: 1}\nwhile True: x = {k * 2: v for k, v in x.items()} | x",
    "billion laughs": "x = ['lol']\nfor i in range(100): x = [x] * 10\nprint(f'{x}')\ny = str(x)\nz = x == [x]",
    "yaml laughs": "import yaml\nyaml.safe_load('a: &a [x]\\n' + ''.join('%s: &%s [*%s,*%s,*%s]\\n' % (chr(98+i), chr(98+i),"
    " chr(97+i), chr(97+i), chr(97+i)) for i in range(24)))",
    "regular expression": "import re\nre.match('(a|a)*b', 'a' * 100)\nre.match('(a*)*b', 'a'*100)\nre.match('a*a*a*a*a*b', 'a'*9999)",
    "endless recursion": "def f(x): return f(x) + f(x)\nf(1)",
    "mutual recursion": "def f(): return g()\ndef g(): return f()\nf()",
    "endless generator": "def g():\n    while True: yield 1\nx = list(g())\nfor y in g(): pass",
    "endless iterator": "import itertools\nx = list(itertools.count())\ny = list(itertools.product(range(1000), repeat=5))",
    "endless loop": "while True: pass",
    "deep comprehension": "x = [a for a in range(1000) for b in range(1000) for c in range(1000)]",
    "a class of itself": "class A: pass\nA.b = A\nclass B(A, A): pass\nclass C(B, A): pass\nx = C().b.b.b",
    "a property that asks itself": "class A:\n    @property\n    def x(self): return self.x\nA().x",
    "attributes that ask themselves": "class A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\nA().y",
    "text of itself": "class A:\n    def __str__(self): return f'{self}'\nprint(str(A()))",
    "equal to itself": "class A:\n    def __eq__(self, o): return self == o\nA() == A()",
    "a list in itself": "x = []\nx.append(x)\nprint(x)\ny = x == [x]\nimport json, copy\ncopy.deepcopy(x)\njson.dumps(x)",
    "a dict in itself": "x = {}\nx['x'] = x\nf'{x}'\nstr(x)\nx == {'x': x}\nimport dataclasses, json\njson.dumps(x)",
    "import of itself": "import pipeline\nfrom pipeline import *\nimport pipeline.pipeline",
    "paths": "open('a' * 5000)\nopen('\\0')\nimport os\nos.listdir('\\0')\nos.path.exists('\\0')\nopen('/dev/zero').read()",
    "sizes": "bytes(10**12)\nrange(10**20)\nlist(range(10**9))\nsum(range(10**9))\nint('9' * 10**5)\nstr(10**5000)",
    "shifts": "x = 1 << 10**10\ny = 2 ** 10**10\nz = pow(2, 10**10)\nround(1, -10**10)\nw = 1.5 ** 10**6",
    "SDK with nonsense": "from azureml.pipeline.steps import *\nfrom azureml.pipeline.core import *\nfrom azureml.core import *\n"
    "PythonScriptStep(1, 2, 3, 4, 5)\nPipeline(1, 2)\nPipelineData(None)\nWorkspace(*[1] * 99)\nExperiment({}, []).submit(3)",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_sources(name: str, tmp_path: Path) -> None:
    data = HOSTILE[name].encode("utf-8", "surrogatepass")
    check_ends_in_time(partial(_analyse, tmp_path / "pipeline.py", data))


@pytest.mark.parametrize(
    "notebook",
    [
        b"",
        b"{}",
        b"[]",
        b'{"cells": 3}',
        b'{"cells": [1]}',
        b'{"cells": [{"cell_type": "code"}]}',
        b'{"cells": [{"cell_type": "code", "source": 5}]}',
        b'{"cells": [{"cell_type": "code", "source": ["%%writefile\\n", "x"]}]}',
        b'{"cells": [{"cell_type": "code", "source": ["x = = 1\\n", "!ls"]}]}',
        b"[" * 100_000,
    ],
)
def test_broken_notebooks(notebook: bytes, tmp_path: Path) -> None:
    _analyse(tmp_path / "pipeline.ipynb", notebook)
