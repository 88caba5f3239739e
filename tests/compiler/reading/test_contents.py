"""Files of the disk in an output: not held in memory, and what they were when they were read."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from pipelift.compiler.api import compile_file
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from pipelift.compiler.output import Content, write
from pipelift.compiler.target import Artifacts
from tests.support.folders import read_files


def write_project(folder: Path, sources: int) -> None:
    """A pipeline with a step in each of the folders ``src0``, ``src1``, …"""
    lines = [
        "from azureml.core import *",
        "from azureml.pipeline.core import *",
        "from azureml.pipeline.steps import *",
        f"folders = [f'src{{i}}' for i in range({sources})]",
        "steps = [PythonScriptStep('main.py', name=folder, source_directory=folder) for folder in folders]",
        "Pipeline(Workspace.from_config(), steps)",
    ]
    (folder / "pipeline.py").write_text("\n".join(lines))
    for number in range(sources):
        (folder / f"src{number}").mkdir(exist_ok=True)
        (folder / f"src{number}" / "main.py").write_text("print(1)")


def test_files_of_the_disk_are_not_held_in_memory(tmp_path: Path) -> None:
    """Eight folders of 4 MB each are read, and written out, in the memory of three such files."""
    for number in range(8):
        (tmp_path / f"src{number}").mkdir()
        (tmp_path / f"src{number}" / "data.bin").write_bytes(bytes([number]) * 4_000_000)
    write_project(tmp_path, 8)
    options = Options(cwd=tmp_path)
    compile_file(
        tmp_path / "pipeline.py", "compose", tmp_path / "first", options
    )  # imports are no part of it
    tracemalloc.start()
    try:
        compiled = compile_file(tmp_path / "pipeline.py", "compose", tmp_path / "out", options)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not compiled.analysis.failed
    written = sum(path.stat().st_size for path in (tmp_path / "out").rglob("data.bin"))
    assert written == 32_000_000
    assert peak < 12_000_000


@pytest.mark.parametrize("change", ["other bytes", "more", "gone", "a link out", "a folder"])
def test_a_source_file_that_changes_while_it_is_compiled_is_told(tmp_path: Path, change: str) -> None:
    write_project(tmp_path, 1)
    analysis = analyse(tmp_path / "pipeline.py", Options(cwd=tmp_path))
    (pipeline,) = analysis.pipelines
    (files,) = analysis.contents[pipeline.id].values()
    content = Content(pipeline, "x", Artifacts(files))
    output = tmp_path / "out"
    assert write(output, content, Reporter()).replaced
    script = tmp_path / "src0" / "main.py"
    script.unlink()
    if change == "other bytes":
        script.write_text("print(2)")
    elif change == "more":
        script.write_text("print(1)\n")
    elif change == "a link out":
        script.symlink_to("/proc/self/environ")
    elif change == "a folder":
        script.mkdir()
    before = read_files(output)
    with pytest.raises(Refused) as refused:
        write(output, content, Reporter(), force=True)
    assert [one.code for one in refused.value.diagnostics] == ["PL321"]
    assert read_files(output) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "pipeline.py", "src0"]
