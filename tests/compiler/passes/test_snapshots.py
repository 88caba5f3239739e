"""Snapshots: which files travel with a step, and what their digest sees."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pipelift.compiler import ir
from pipelift.compiler.config import Config, StoreSection
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.driver import analyse
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.options import Options
from pipelift.compiler.passes.snapshots import read_snapshots
from pipelift.compiler.reading.contents import Content
from tests.support.samples import two_steps


def read(
    folder: Path, config: Config | None = None, written: dict[str, Content] | None = None
) -> ir.Snapshot:
    """The snapshot of `folder`, which must be read without a finding but of scripts."""
    pipeline, _ = two_steps()
    snapshot = ir.Snapshot(id="src", directory=".", files=(), digest="")
    steps = tuple(replace(step, snapshot="src") for step in pipeline.steps)
    pipeline = replace(pipeline, snapshots=(snapshot,), steps=steps)
    outside = Outside(folder, folder, folder / "pipeline.py", written=written or {})
    found, _ = read_snapshots(pipeline, outside, config or Config(folder=folder), Reporter())
    return found.snapshots[0]


def paths(folder: Path, config: Config | None = None) -> list[str]:
    return [file.path for file in read(folder, config).files]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in ("train.py", "data/notes.txt", "pkg/__init__.py", "logs/run.log"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(path)
    return tmp_path


def test_everything_travels_without_an_ignore_file(folder: Path) -> None:
    assert paths(folder) == ["data/notes.txt", "logs/run.log", "pkg/__init__.py", "train.py"]


def test_amlignore_wins_over_gitignore_and_travels_itself(folder: Path) -> None:
    (folder / ".gitignore").write_text("train.py\n")
    assert "train.py" not in paths(folder)
    (folder / ".amlignore").write_text("*.log\n!keep.log\ndata/\n")
    (folder / "logs" / "keep.log").write_text("")
    assert paths(folder) == [".amlignore", ".gitignore", "logs/keep.log", "pkg/__init__.py", "train.py"]


def test_a_file_with_unknown_content_is_told(folder: Path) -> None:
    source = "import json, os\njson.dump({'key': os.environ['KEY']}, open('src/conf.json', 'w'))\n"
    (folder / "src").mkdir()
    (folder / "src" / "a.py").write_text("1")
    (folder / "pipeline.py").write_text(
        "from azureml.core import Workspace\nfrom azureml.pipeline.core import Pipeline\n"
        "from azureml.pipeline.steps import PythonScriptStep\nws = Workspace.from_config()\n"
        + source
        + "pipeline = "
        "Pipeline(ws, steps=[PythonScriptStep('a.py', source_directory='src', compute_target='STANDARD_D2_V2')])\n"
    )
    (told,) = analyse(folder / "pipeline.py", Options(cwd=folder)).reporter
    assert (told.code, told.help) == ("PL320", "Supply it: --env KEY=VALUE.")
    given = analyse(folder / "pipeline.py", Options(cwd=folder, environment={"KEY": "k"}))
    assert list(given.reporter) == []
    (contents,) = given.contents.values()
    assert contents["src"]["conf.json"] == b'{"key": "k"}'


def test_ignore_files_below_the_root_are_plain_files(folder: Path) -> None:
    (folder / "data" / ".amlignore").write_text("*\n")
    assert {"data/.amlignore", "data/notes.txt"} <= set(paths(folder))


def test_what_tools_write_and_secrets_never_travel(folder: Path) -> None:
    before = read(folder).digest
    for path in (".git/HEAD", ".pipelift/runs/x", "pkg/__pycache__/a.pyc", ".env", "data/.env"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("x")
    assert read(folder).digest == before


def test_stores_and_our_own_outputs_never_travel(folder: Path) -> None:
    before = read(folder).digest
    (folder / "store").mkdir()
    (folder / "store" / "big.bin").write_text("x")
    output = folder / "build" / "compose"
    output.mkdir(parents=True)
    (output / "manifest.json").write_text('{"pipelift": "0.1.0"}')
    (output / "pipeline.ir.json").write_text("{}")
    (output / "compose.yaml").write_text("x")
    config = Config(folder=folder, stores={"workspaceblobstore": StoreSection(url="store")})
    assert read(folder, config).digest == before


def test_the_digest_sees_names_and_content_and_nothing_else(folder: Path) -> None:
    before = read(folder).digest
    os.utime(folder / "train.py", (1, 1))
    (folder / "train.py").chmod(0o755)
    assert read(folder).digest == before
    (folder / "train.py").write_text("changed")
    changed = read(folder).digest
    (folder / "train.py").rename(folder / "fit.py")
    assert len({before, changed, read(folder).digest}) == 3


def test_files_that_the_program_writes_travel(folder: Path) -> None:
    made = read(folder, written={str(folder / "made.py"): b"pass"})
    assert "made.py" in [file.path for file in made.files]


def test_links_are_followed_and_loops_end(folder: Path) -> None:
    (folder / "again").symlink_to(folder)
    (folder / "linked.txt").symlink_to(folder / "train.py")
    (folder / "broken").symlink_to(folder / "nowhere")
    assert "linked.txt" in paths(folder) and "broken" not in paths(folder)


def test_a_file_larger_than_evaluation_may_read_travels(folder: Path) -> None:
    with (folder / "model.bin").open("wb") as file:
        file.truncate(21_000_000)
    assert "model.bin" in paths(folder)
