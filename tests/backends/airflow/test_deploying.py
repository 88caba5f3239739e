"""Deploying to Airflow without one: options, files in a folder and in a repository, and a server that is played."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pipelift.backends.airflow.deploying.options import resolve_options
from pipelift.backends.airflow.deploying.placing import place_files, read_worker_files
from pipelift.backends.airflow.deploying.repository import push
from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.output.folder import read_output
from tests.support.airflow import DAG_FILE, PASSWORD, request
from tests.support.folders import read_files

pytestmark = pytest.mark.usefixtures("quick")


# --- options


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({}, "PL567", "DAGs folder"),
        ({"dags": "d", "git": "r"}, "PL554", "exclude"),
        ({"dags": "d", "pause": "maybe"}, "PL554", "pause: input should be a valid boolean"),
        ({"dags": "d", "build": ""}, "PL554", "build: input should be"),
        ({"dags": "d", "schedule": "2"}, "PL554", "schedule: input should be"),
        ({"dags": "d", "timeout": "soon"}, "PL554", "timeout: input should be a valid integer"),
        ({"dags": "d", "folder": "../up"}, "PL554", "'../up'"),
        ({"dags": "d", "folder": "/abs"}, "PL554", "'/abs'"),
        ({"dags": "d", "url": "localhost:8080"}, "PL554", "http://"),
    ],
)
def test_options_that_cannot_be_used(tmp_path: Path, settings: dict[str, str], code: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        resolve_options(tmp_path, request(settings), "sample")
    assert caught.value.code == code and words in caught.value.message


@pytest.mark.parametrize("name", ["url", "git"])
def test_password_in_an_address_is_refused_and_not_shown(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused) as caught:
        resolve_options(tmp_path, request({"dags": "d", name: f"https://me:{PASSWORD}@host/x"}), "sample")
    assert caught.value.code == "PL554" and PASSWORD not in caught.value.message


def test_airflow_s_own_variables_say_where_the_folder_is(tmp_path: Path) -> None:
    for variables, expected in (
        ({"AIRFLOW_HOME": "/home/air"}, "/home/air/dags"),
        ({"AIRFLOW_HOME": "/home/air", "AIRFLOW__CORE__DAGS_FOLDER": "/srv/dags"}, "/srv/dags"),
    ):
        asked = replace(request({}), environ=variables)
        assert resolve_options(tmp_path, asked, "sample").dags == Path(expected)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    assert PASSWORD not in repr(resolve_options(tmp_path, request({"dags": "d"}), "sample"))


# --- files


def test_workers_get_what_they_need_and_no_more(folder: Path, tmp_path: Path) -> None:
    files = read_worker_files(read_output(folder), str(folder), DAG_FILE)
    (tmp_path / "dags").mkdir()
    placed = place_files(files, tmp_path / "dags", "team/sample")
    assert list(files)[-1] == DAG_FILE, "Airflow reads it at any moment: it comes last"
    found = read_files(tmp_path / "dags" / "team" / "sample")
    assert found == files
    assert set(placed.changed) == set(found)
    assert {"steps/first.json", "runtime/pipelift/runtime/__init__.py", ".airflowignore"} < set(found)
    assert not [path for path in found if path.startswith(("sources/", "environments/", "images", "REPORT"))]
    assert json.loads(found["deployment.json"])["base"] == str(folder)


def test_second_time_writes_nothing_and_a_new_version_removes_what_is_gone(
    folder: Path, tmp_path: Path
) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    files = read_worker_files(read_output(folder), str(folder), DAG_FILE)
    place_files(
        {**files, "deployment.json": with_file(files, "steps/old.json", b"{}"), "steps/old.json": b"{}"},
        dags,
        "sample",
    )
    again = place_files(files, dags, "sample")
    assert again.removed == ("steps/old.json",) and set(again.changed) == {"deployment.json"}
    (dags / "sample" / "mine.txt").write_text("kept")
    third = place_files(files, dags, "sample")
    assert (third.changed, third.removed) == ((), ())
    assert (dags / "sample" / "mine.txt").read_text() == "kept"


def with_file(files: Mapping[str, bytes], path: str, data: bytes) -> bytes:
    import hashlib

    note = json.loads(files["deployment.json"])
    note["files"][path] = hashlib.sha256(data).hexdigest()
    return json.dumps(note).encode()


def test_what_others_wrote_or_changed_is_left_alone(folder: Path, tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    (dags / "sample").mkdir(parents=True)
    (dags / "sample" / DAG_FILE).write_text("# another's\n")
    files = read_worker_files(read_output(folder), str(folder), DAG_FILE)
    with pytest.raises(Refused, match=f"no deployment left like that: {DAG_FILE}") as caught:
        place_files(files, dags, "sample")
    assert caught.value.code == "PL567"
    assert read_files(dags) == {f"sample/{DAG_FILE}": b"# another's\n"}


def test_a_note_that_points_outside_removes_nothing_there(folder: Path, tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    (dags / "sample").mkdir(parents=True)
    (dags / "precious.py").write_text("x")
    files = read_worker_files(read_output(folder), str(folder), DAG_FILE)
    (dags / "sample" / "deployment.json").write_bytes(with_file(files, "../precious.py", b"x"))
    place_files(files, dags, "sample")
    assert (dags / "precious.py").read_text() == "x"


def test_a_folder_that_airflow_ignores_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / ".airflowignore").write_text("sam*/\n")
    with pytest.raises(Refused, match=r"\.airflowignore keeps Airflow from reading"):
        place_files(read_worker_files(read_output(folder), str(folder), DAG_FILE), tmp_path, "sample")
    assert not (tmp_path / "sample").exists()


def test_no_such_folder(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there is no folder"):
        place_files(
            read_worker_files(read_output(folder), str(folder), DAG_FILE), tmp_path / "none", "sample"
        )


# --- a repository


def git(*words: str, at: Path) -> str:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(("git", *author, *words), cwd=at, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    bare, work = tmp_path / "dags.git", tmp_path / "work"
    bare.mkdir()
    git("init", "--quiet", "--bare", "--initial-branch", "main", at=bare)
    git("clone", "--quiet", str(bare), str(work), at=tmp_path)
    (work / "README").write_text("ours\n")
    git("add", "README", at=work)
    git("commit", "--quiet", "-m", "first", at=work)
    git("push", "--quiet", "origin", "HEAD:main", at=work)
    return bare


ENVIRON = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}


def test_pushes_once_and_not_again(folder: Path, repository: Path) -> None:
    files = read_worker_files(read_output(folder), "/srv/build", DAG_FILE)
    assert push(files, str(repository), "main", "dags/sample", ENVIRON).changed
    assert push(files, str(repository), "main", "dags/sample", ENVIRON).changed == ()
    assert git("log", "--format=%s", "main", at=repository).splitlines() == [
        "Deploy dags/sample with pipelift",
        "first",
    ]
    listed = git("ls-tree", "-r", "--name-only", "main", at=repository).splitlines()
    assert set(listed) == {"README", *(f"dags/sample/{path}" for path in files)}


def test_a_branch_that_is_not_there(folder: Path, repository: Path) -> None:
    with pytest.raises(Refused, match=r"git clone failed: .*none") as caught:
        push(
            read_worker_files(read_output(folder), "/srv", DAG_FILE),
            str(repository),
            "none",
            "sample",
            ENVIRON,
        )
    assert caught.value.code == "PL568"
