"""Secrets on the real engine: in no command line, in nothing that it tells of a container, in no text of a run."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import engines, projects
from tests.support.canaries import encoded

pytestmark = pytest.mark.e2e

PASSWORD, TOKEN = "canary-password-3d'8\"$x", "canary-token-77"
DIGEST = hashlib.sha256((PASSWORD + TOKEN).encode()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = projects.copy("secretive", tmp_path)
    (folder / ".pipelift" / "secrets").mkdir(parents=True)
    (folder / ".pipelift" / "secrets" / "api-token").write_text(TOKEN)
    return folder


def seen(folder: Path, command: list[str], environ: dict[str, str]) -> tuple[str, str]:
    """What the command prints, and all that this machine and the engine show of it and its containers meanwhile."""
    others = set(_docker("ps", "--format", "{{.Names}}").split())
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    shown: dict[str, None] = {}
    inspected = 0
    while process.poll() is None:
        shown.update(dict.fromkeys(_command_lines()))
        for name in set(_docker("ps", "--format", "{{.Names}}").split()) - others:
            # The container's own words about its processes: `docker top` needs a `ps` beside the engine.
            processes = _docker("exec", name, "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
            inspected += "tell.py" in processes
            shown.update(dict.fromkeys((_docker("inspect", name), processes)))
        time.sleep(0.2)
    assert process.stdout is not None
    said = process.stdout.read()
    assert inspected, f"no container was seen while its script ran; {list(shown)[-3:]}; {said}"
    return said, "\n".join(shown)


def _command_lines() -> Iterator[str]:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            yield (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue  # it has just ended


def _docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=False).stdout


def search(folder: Path, said: str, shown: str) -> None:
    """Look for the secrets in what was said and shown, and in every byte of the state folder."""
    forms = [form for value in (PASSWORD, TOKEN) for form in encoded(value)]
    kept = [path for path in (folder / ".pipelift").rglob("*") if path.is_file()]
    texts = {str(path): path.read_bytes().decode("utf-8", "surrogateescape") for path in kept}
    texts = {path: text for path, text in texts.items() if "/secrets/" not in path}
    assert any(DIGEST in text for text in texts.values()), f"the log tells what the step had: {said}"
    assert DIGEST in said
    found = [(where, form) for form in forms for where, text in texts.items() if form in text + where]
    found += [("said", form) for form in forms if form in said]
    found += [("shown", form) for form in forms if form in shown]
    assert not found


def test_in_images_of_a_local_run(folder: Path) -> None:
    # The user's own command line names the parameter: the search leaves it out.
    own = [engines.PIPELIFT, "run", "pipeline.py", "--docker", "--json", "-p", f"db_password={PASSWORD}"]
    said, shown = seen(folder, own, {})
    search(folder, said, shown.replace(" ".join(own), ""))
    assert '"status": "failed"' in said and "run.fail" in said


def test_deployed_with_compose(folder: Path) -> None:
    engines._compile(folder, "compose")
    command = [engines.PIPELIFT, "deploy", "build/compose", "--json"]
    said, shown = seen(folder, command, {"PARAM_db_password": PASSWORD})
    search(folder, said, shown)


def test_on_airflow(folder: Path, airflow_home: Path) -> None:
    output = engines._compile(folder, "airflow")
    engines._build(output)
    connection = json.dumps({"conn_type": "generic", "password": TOKEN})
    environ = {**engines._airflow_variables(airflow_home, output), "AIRFLOW_CONN_API-TOKEN": connection}
    conf = json.dumps({"db_password": PASSWORD})
    own = [engines.AIRFLOW, "dags", "test", "secretive", "--conf", conf]
    said, shown = seen(folder, own, environ)
    # Airflow tells the configuration of a run, which the user's own command line holds too.
    shown = "\n".join(line for line in shown.splitlines() if "dags test" not in line)
    said = "\n".join(line for line in said.splitlines() if "conf" not in line)
    search(folder, said, shown)


def test_with_compose_alone(folder: Path) -> None:
    output = engines._compile(folder, "compose")
    user = {"PARAM_db_password": PASSWORD, "PIPELIFT_USER": f"{os.getuid()}:{os.getgid()}"}
    compose = ["docker", "compose", "-f", str(output / "compose.yaml")]
    try:
        said, shown = seen(folder, [*compose, "up", "--build"], user)
    finally:
        subprocess.run([*compose, "down"], env={**os.environ, **user}, check=False)
    forms = [form for value in (PASSWORD, TOKEN) for form in encoded(value)]
    assert DIGEST in said
    assert not [form for form in forms if form in said + shown]
