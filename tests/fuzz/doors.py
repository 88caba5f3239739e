"""The doors by which bytes come in that somebody else has written: each takes them as the commands do.

A door returns whatever the bytes are, or raises what its function is documented to raise; anything else is a fault.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from pipelift.app.cli.common import parse_pairs
from pipelift.app.history.cache import list_results
from pipelift.app.history.explain import explain_finished, render_explanation
from pipelift.app.history.state import State
from pipelift.app.history.tables import entry_data, render_entries, render_run, render_runs, run_data
from pipelift.app.run_page import write_page
from pipelift.compiler.api import compile_file
from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.diagnostics.rendering import FORMATS, render
from pipelift.compiler.evaluate.library.dotenv import parse_variables_file
from pipelift.compiler.options import Options
from pipelift.compiler.output.folder import read_pipeline
from pipelift.compiler.output.manifest import read_manifest
from pipelift.compiler.repository.provenance import read_git_facts
from pipelift.runtime.contract.paths import STATE
from tests.compiler.lower.planted_programs import FILES
from tests.fuzz import programs
from tests.support.folders import write_files

Files = Mapping[str, "str | bytes"]


@dataclass(frozen=True)
class Door:
    """`take` gives the bytes to pipelift, in a folder that is its own."""

    name: str
    take: Callable[[Path, bytes], None]


def compile_in(folder: Path, name: str = "pipeline.py", options: Options | None = None) -> None:
    """Compile to the IR, and print what is found in each of the formats."""
    try:
        found = compile_file(folder / name, "ir", folder / "out", options or Options(cwd=folder), force=True)
    except Refused:
        return
    for form in FORMATS:
        render(list(found.analysis.reporter), found.analysis.sources, form).encode()


def _door_of_program(folder: Path, data: bytes) -> None:
    if not (folder / "src").exists():
        write_files(folder, FILES)
    write_files(folder, {"pipeline.py": data})
    compile_in(folder)


def _door_of_notebook(folder: Path, data: bytes) -> None:
    write_files(folder, {"pipeline.ipynb": data})
    compile_in(folder, "pipeline.ipynb")


def _door_beside(program: str, name: str) -> Callable[[Path, bytes], None]:
    """The door of a file that the pipeline reads, or that lies beside it."""

    def take(folder: Path, data: bytes) -> None:
        write_files(folder, {"pipeline.py": program, "src/train.py": "", name: data})
        compile_in(folder)

    return take


def _door_of_words(folder: Path, data: bytes) -> None:
    """The words of a command line: ``--bind``, ``--param`` and ``--env``, a line each."""
    write_files(folder, {"pipeline.py": programs.WORDS, "src/train.py": ""})
    lines = tuple(data.decode("utf-8", "surrogateescape").split("\n"))
    try:
        pairs = parse_pairs(lines, "--bind")
    except click.UsageError:
        return
    options = Options(environment=pairs, parameters=pairs, bindings=pairs, arguments=lines, cwd=folder)
    compile_in(folder, options=options)


def _door_of_variables(name: str) -> Callable[[Path, bytes], None]:
    def take(folder: Path, data: bytes) -> None:
        with contextlib.suppress(ValueError):  # told as wrong usage
            parse_variables_file(Path(name), data.decode("utf-8", "replace"))

    return take


def _door_of_manifest(folder: Path, data: bytes) -> None:
    write_files(folder, {"manifest.json": data})
    with contextlib.suppress(Refused):
        read_manifest(folder)


def _door_of_ir(folder: Path, data: bytes) -> None:
    write_files(folder, {"pipeline.ir.json": data})
    with contextlib.suppress(Refused):
        read_pipeline(folder / "pipeline.ir.json")


def _door_of_git(name: str) -> Callable[[Path, bytes], None]:
    def take(folder: Path, data: bytes) -> None:
        whole: Files = {
            ".git/HEAD": "ref: refs/heads/main\n",
            ".git/config": "[core]\n\trepositoryformatversion = 0\n",
            ".git/objects/x": "",
            ".git/refs/heads/main": "0123456789012345678901234567890123456789\n",
        }
        write_files(folder, {**whole, name: data})
        read_git_facts(folder)

    return take


_STATE: Files = {
    "runs/r1/run.json": '{"run_id": "r1", "pipeline": "p", "status": "completed"}',
    "runs/r2/run.json": '{"run_id": "r2", "pipeline": "p", "status": "failed"}',
    "runs/r1/steps/train/record.json": '{"run": "r1", "step": "train", "status": "completed", "started": 1.0}',
    "runs/r2/steps/train/record.json": '{"run": "r2", "step": "train", "status": "failed", "started": 2.0}',
    "runs/r2/steps/train/log.txt": "done\n",
}


def _door_of_state(name: str) -> Callable[[Path, bytes], None]:
    """The door of a file of the state folder: all that the commands about runs print of it."""

    def take(folder: Path, data: bytes) -> None:
        state = folder / STATE
        if not state.exists():
            write_files(state, _STATE)
        write_files(state, {name: data})
        show_state(state)

    return take


def show_state(state: Path) -> None:
    """Print the runs in a state folder in all ways that the commands have."""
    history = State(state)
    texts = [*render_runs(history.runs)]
    for run in history.runs:
        texts += [*render_run(run), json.dumps(run_data(run), ensure_ascii=False)]
        for step in run.steps:
            explanation = explain_finished(history, step)
            texts += [*render_explanation(explanation), json.dumps(explanation.as_json(), ensure_ascii=False)]
        write_page(state, run.id, state / "report.html")
    entries = list_results(history, Config(folder=state.parent))
    texts += [*render_entries(entries, 2e9), json.dumps([entry_data(entry) for entry in entries])]


_RUN = "runs/r2/run.json"
_RECORD = "runs/r2/steps/train/record.json"
_METRICS = "runs/r2/steps/train/metrics.jsonl"
_RESULT = "reuse/0123456789abcdef.json"

DOORS: Mapping[str, Door] = {
    name: Door(name, take)
    for name, take in {
        "program": _door_of_program,
        "notebook": _door_of_notebook,
        "conda": _door_beside(programs.CONDA, "conda.yml"),
        "requirements": _door_beside(programs.PIP, "requirements.txt"),
        "dockerfile": _door_beside(programs.DOCKER, "Dockerfile"),
        "environment": _door_beside(programs.ENVIRONMENT, "environment/azureml_environment.json"),
        "runconfig": _door_beside(programs.RUNCONFIG, "train.runconfig"),
        "pipeline-yaml": _door_beside(programs.PIPELINE_YAML, "pipeline.yml"),
        "dotenv": _door_beside(programs.VARIABLES, "variables.env"),
        "settings": _door_beside(programs.DATA, "settings.yml"),
        "config": _door_beside(programs.PLAIN, "pipelift.toml"),
        "ignore": _door_beside(programs.PLAIN, "src/.amlignore"),
        "source": _door_beside(programs.PLAIN, "src/train.py"),
        "words": _door_of_words,
        "env-file": _door_of_variables("x.env"),
        "variables": _door_of_variables("x.yml"),
        "manifest": _door_of_manifest,
        "ir": _door_of_ir,
        "git-head": _door_of_git(".git/HEAD"),
        "git-config": _door_of_git(".git/config"),
        "git-index": _door_of_git(".git/index"),
        "run": _door_of_state(_RUN),
        "record": _door_of_state(_RECORD),
        "metrics": _door_of_state(_METRICS),
        "result": _door_of_state(_RESULT),
    }.items()
}


def make_room(folder: Path) -> Path:
    """An empty folder for the next input of another door."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
