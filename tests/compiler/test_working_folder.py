"""Relative paths from several folders: which place one means, and what is told where that is in doubt."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelift.compiler.driver import Analysis, analyse
from pipelift.compiler.options import Options
from tests.support.folders import write_files

PROGRAM = """\
from azureml.core import *
from azureml.pipeline.core import *
from azureml.pipeline.steps import *
ws = Workspace.from_config()
{}
step = PythonScriptStep({!r}, source_directory={!r}, compute_target="cpu", arguments=["a"])
Experiment(ws, "e").submit(Pipeline(ws, steps=[step]))
"""


def look(
    folder: Path,
    files: dict[str, str],
    source: str = "src",
    *,
    script: str = "a.py",
    more: str = "",
    workdir: Path | None = None,
) -> Analysis:
    """The program in ``pipelines/p.py`` of a repository with `files`, read from the repository's top."""
    write_files(folder, {"LICENSE": "", "pipelines/p.py": PROGRAM.format(more, script, source), **files})
    return analyse(Path("pipelines/p.py"), Options(cwd=folder, workdir=workdir))


def tell(analysis: Analysis) -> list[str]:
    return [
        f"{one.code}: {one.message}"
        for one in analysis.reporter
        if one.code in ("PL310", "PL311", "PL323", "PL324")
    ]


BOTH = "'src' means two things: src in the current folder, and pipelines/src beside the pipeline file"
BESIDE = "'src' is pipelines/src, beside the pipeline file: the current folder has none"

CASES = {
    "in the current folder": ({"src/a.py": "1"}, []),
    "beside the file": ({"pipelines/src/a.py": "1"}, [f"PL324: {BESIDE}"]),
    "in both": ({"src/a.py": "1", "pipelines/src/a.py": "2"}, [f"PL323: {BOTH}"]),
    "in both, and the same": ({"src/a.py": "1", "pipelines/src/a.py": "1"}, []),
    "in both, with another file more": (
        {"src/a.py": "1", "pipelines/src/a.py": "1", "pipelines/src/b.py": ""},
        [f"PL323: {BOTH}"],
    ),
    "in both, one without the script": ({"src/b.py": "1", "pipelines/src/a.py": "1"}, [f"PL324: {BESIDE}"]),
    "the other one without the script": ({"src/a.py": "1", "pipelines/src/b.py": "1"}, []),
    "nowhere": ({}, ["PL310: the source directory 'src' does not exist"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_source_directory(case: str, tmp_path: Path) -> None:
    files, told = CASES[case]
    analysis = look(tmp_path, files)
    assert tell(analysis) == told
    assert analysis.failed == any("PL324" not in one for one in told)


TWO = """\
more = [PythonScriptStep(name=name + number, script_name=name + ".py", source_directory="src", compute_target="cpu")
        for name in "ab" for number in "12"]
Experiment(ws, "more").submit(Pipeline(ws, steps=more))
"""


def test_steps_of_one_folder_have_each_the_one_with_its_own_script(tmp_path: Path) -> None:
    analysis = look(tmp_path, {"src/b.py": "", "pipelines/src/a.py": ""}, more=TWO)
    pipeline = analysis.pipelines[0]
    folders = {one.id: one.directory for one in pipeline.snapshots}
    assert [folders[step.snapshot] for step in pipeline.steps] == ["src", "src", "../src", "../src"]
    assert tell(analysis) == [f"PL324: {BESIDE}"] * 3


@pytest.mark.parametrize("workdir", [".", "pipelines"])
def test_the_user_may_say_where_the_file_runs(workdir: str, tmp_path: Path) -> None:
    analysis = look(tmp_path, {"src/a.py": "1", "pipelines/src/a.py": "22"}, workdir=Path(workdir))
    assert tell(analysis) == []
    (snapshot,) = analysis.pipelines[0].snapshots
    assert [file.size for file in snapshot.files] == [1 if workdir == "." else 2]


def test_a_folder_that_is_not_known_is_told_once(tmp_path: Path) -> None:
    source = PROGRAM.format("import os", "a.py", "x").replace("='x'", "=os.environ['D']")
    write_files(tmp_path, {"LICENSE": "", "pipelines/p.py": source})
    assert [one.code for one in analyse(Path("pipelines/p.py"), Options(cwd=tmp_path)).reporter.errors] == [
        "PL110"
    ]


def test_the_top_of_the_project(tmp_path: Path) -> None:
    analysis = look(tmp_path, {"lib/a.py": ""}, ".", script="lib/a.py")
    assert tell(analysis) == [] and not analysis.failed
    assert analysis.pipelines[0].snapshots[0].directory == ".."


def test_the_pipeline_files_own_folder(tmp_path: Path) -> None:
    """Of '.', too, the folder that has the script is meant."""
    (told,) = tell(look(tmp_path, {"pipelines/a.py": ""}, "."))
    assert told == "PL324: '.' is pipelines, beside the pipeline file: the current folder has none"


READERS = {
    "open": "text = open('c.txt').read()",
    "a path": "import pathlib; text = pathlib.Path('c.txt').read_text()",
    "an environment": "env = Environment.from_pip_requirements('e', 'c.txt')",
    "a conda file": "env = Environment.from_conda_specification('e', 'c.txt')",
}


@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_the_program_reads(reader: str, tmp_path: Path) -> None:
    files = {"src/a.py": "", "c.txt": "name: x\n", "pipelines/c.txt": "name: y\n"}
    (told,) = tell(look(tmp_path, files, more=READERS[reader]))
    assert told.startswith(
        "PL323: 'c.txt' means two things: c.txt in the current folder, and pipelines/c.txt"
    )


def test_windows_separators(tmp_path: Path) -> None:
    analysis = look(tmp_path, {"code/train/a/b.py": ""}, "code\\train", script="a\\b.py")
    assert tell(analysis) == [] and not analysis.failed
    assert analysis.pipelines[0].snapshots[0].directory == "../code/train"
    assert analysis.pipelines[0].steps[0].run.path == "a/b.py"  # type: ignore[union-attr]


def test_a_missing_folder_is_called_as_it_is_written(tmp_path: Path) -> None:
    assert (
        tell(look(tmp_path, {}, "code\\missing"))[0]
        == "PL310: the source directory 'code\\missing' does not exist"
    )
