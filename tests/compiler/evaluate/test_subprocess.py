"""What a program asks git is read from the repository; git is not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from tests.support.folders import write_files

COMMIT = "0123456789abcdef0123456789abcdef01234567"

PROGRAM = """\
import git
import subprocess
repo = git.Repo("jobs", search_parent_directories=True)
from azureml.core import Workspace
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep
name = {call}
step = PythonScriptStep("a.py", name=name, source_directory=".", compute_target="cpu")
Pipeline(Workspace.from_config(), [step])
"""

CALLS = {
    "check_output": ("subprocess.check_output(['git', 'rev-parse', 'HEAD']).decode().strip()", COMMIT),
    "as a text": ("subprocess.check_output('git rev-parse HEAD', shell=True, text=True)[:-1]", COMMIT),
    "short": (
        "subprocess.check_output(['git', 'rev-parse', '--short', 'HEAD']).decode('ascii').strip()",
        COMMIT[:7],
    ),
    "run": (
        "subprocess.run(['git', 'rev-parse', 'HEAD'], stdout=subprocess.PIPE, check=True).stdout.decode().strip()",
        COMMIT,
    ),
    "getoutput": ("subprocess.getoutput('git rev-parse --abbrev-ref HEAD')", "main"),
    "the branch": (
        "subprocess.check_output('git branch --show-current'.split(), encoding='utf-8').strip()",
        "main",
    ),
    "GitPython": ("git.Repo(search_parent_directories=True).head.commit.hexsha", COMMIT),
    "GitPython's objects as texts": (
        "str(repo.head.object) + '-' + str(repo.active_branch)",
        f"{COMMIT}-main",
    ),
    "GitPython's names": ("f'{repo.active_branch.name}-{repo.head.commit}'[:12]", f"main-{COMMIT[:7]}"),
}


@pytest.mark.parametrize("case", CALLS, ids=str)
def test_the_commit_and_branch_of_the_project(case: str, tmp_path: Path) -> None:
    call, name = CALLS[case]
    git = {".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": f"{COMMIT}\n"}
    write_files(tmp_path, {**git, "jobs/pipeline.py": PROGRAM.format(call=call)})
    analysis = analyse(tmp_path / "jobs/pipeline.py", Options(cwd=tmp_path), snapshots=False)
    assert [step.name for one in analysis.pipelines for step in one.steps] == [name]


def test_a_short_hash_of_a_large_repository_is_not_guessed(tmp_path: Path) -> None:
    git = {".git/HEAD": f"{COMMIT}\n", ".git/objects/pack/a.idx": "x" * 500_000}
    write_files(tmp_path, {**git, "pipeline.py": PROGRAM.format(call=CALLS["short"][0])})
    analysis = analyse(tmp_path / "pipeline.py", Options(cwd=tmp_path), snapshots=False)
    assert "PL110" in {one.code for one in analysis.reporter}
