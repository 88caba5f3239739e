"""Reading a long pipeline file, written out step by step, against libcst's own parse with positions."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import libcst
from libcst.metadata import MetadataWrapper, PositionProvider

from benchmarks.measure import Result
from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options

STEPS = 100  # about a thousand lines
BUDGET = 2.0

_HEAD = """\
from azureml.core import Experiment, Workspace
from azureml.pipeline.core import Pipeline, PipelineData
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
store = ws.get_default_datastore()
"""
_STEP = """
data_{number} = PipelineData("data_{number}", datastore=store)
step_{number} = PythonScriptStep(
    name="step {number}",
    script_name="step.py",
    source_directory="src",
    arguments=["--rate", {number} * 0.5, "--output", data_{number}],
    inputs=[{previous}],
    outputs=[data_{number}],
)
"""


def read_source(folder: Path) -> Iterator[Result]:
    """The whole front end in this process, source to IR, against the parse that it begins with."""
    folder.mkdir()
    steps = [_STEP.format(number=n, previous=f"data_{n - 1}" if n else "") for n in range(STEPS)]
    end = f'\nExperiment(ws, "long").submit(Pipeline(ws, [step_{STEPS - 1}]))\n'
    text = "".join([_HEAD, *steps, end])
    (folder / "pipeline.py").write_text(text, encoding="utf-8")

    def parse() -> None:
        wrapper = MetadataWrapper(libcst.parse_module(text), unsafe_skip_copy=True)
        wrapper.resolve(PositionProvider)

    ours = _seconds(lambda: analyse(folder / "pipeline.py", Options(), snapshots=False))
    peer = _seconds(parse)
    what = f"read a file of {text.count(chr(10))} lines, against libcst's parse with positions"
    yield Result(what, f"{ours * 1000:.0f} ms", f"{peer * 1000:.0f} ms (libcst)", ours / peer, BUDGET)


def _seconds(run: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
