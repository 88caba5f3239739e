"""The four engines: each runs a project's pipeline and gives back what the steps wrote and logged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PIPELIFT = str(Path(sys.executable).with_name("pipelift"))
AIRFLOW = str(Path(sys.executable).with_name("airflow"))
OTHERS = ("compose", "airflow", "kubeflow")
ALL = ("local", *OTHERS)
LONGEST = 900.0  # seconds that one command may take
STORE = "workspaceblobstore"

Tree = dict[str, bytes]
Parameters = Mapping[str, object]


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `outputs` by step id and port, each a tree of files; `metrics` by step id."""

    succeeded: bool
    log: str
    outputs: Mapping[tuple[str, str], Tree] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


RunOn = Callable[..., Outcome]


def run_local(folder: Path, parameters: Parameters) -> Outcome:
    """`pipelift run`, with this interpreter for the steps."""
    values = [text for name, value in parameters.items() for text in ("--param", f"{name}={value}")]
    done = _call([PIPELIFT, "run", "pipeline.py", "--json", "--python", sys.executable, *values], folder)
    return _from_state(folder, done)


def run_compose(folder: Path, parameters: Parameters) -> Outcome:
    """`docker compose up --build` in a project of its own."""
    output = _compile(folder, "compose")
    compose = ["docker", "compose", "-p", f"e2e-{os.getpid()}-{folder.name}"]
    variables = {**os.environ, **{f"PARAM_{name}": str(value) for name, value in parameters.items()}}
    try:
        done = _call([*compose, "up", "--build"], output, variables)
    finally:
        _call([*compose, "down", "--volumes", "--remove-orphans"], output)
    return _from_state(folder, done)


def run_airflow(folder: Path, parameters: Parameters, home: Path) -> Outcome:
    """`airflow dags test` on the images that `pipelift build` makes, without the GPU that steps ask for."""
    output = _compile(folder, "airflow")
    _build(output)
    variables = {**_airflow_variables(home, output), "PIPELIFT_GPU": "0"}
    command = [AIRFLOW, "dags", "test", _pipeline(output)["id"], "--conf", json.dumps(dict(parameters))]
    return _from_state(folder, _call(command, folder, variables))


def run_kubeflow(folder: Path, parameters: Parameters) -> Outcome:
    """kfp's local DockerRunner on pipeline.yaml; store and secrets lie where a cluster mounts claim and Secrets."""
    output, root = _compile(folder, "kubeflow"), folder / "kfp"
    _build(output)
    folders = {
        f"/pipelift/stores/{STORE}": folder / "store",
        "/pipelift/secrets": folder / ".pipelift/secrets",
    }
    mounts = {place: str(here) for place, here in folders.items() if here.is_dir()}
    program = str(Path(__file__).with_name("kfp_local.py"))
    arguments = [str(output / "pipeline.yaml"), str(root), json.dumps(mounts), json.dumps(dict(parameters))]
    done = _call([sys.executable, program, *arguments], folder)
    return _from_kfp(root, output, done)


def migrate_airflow(home: Path) -> None:
    """Make the database of an Airflow home."""
    done = _call([AIRFLOW, "db", "migrate"], home, _airflow_variables(home, home))
    assert done.returncode == 0, done.stdout


def _compile(folder: Path, target: str) -> Path:
    output = Path("build") / target
    done = _call([PIPELIFT, "compile", "pipeline.py", "--target", target, "-o", str(output)], folder)
    assert done.returncode == 0, done.stdout
    return folder / output


def _build(output: Path) -> None:
    done = _call([PIPELIFT, "build", str(output)], output)
    assert done.returncode == 0, done.stdout


def _call(
    command: list[str], folder: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `command` in `folder`, with both its streams as one text."""
    return subprocess.run(
        command,
        cwd=folder,
        env=variables,
        text=True,
        timeout=LONGEST,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def _airflow_variables(home: Path, dags: Path) -> dict[str, str]:
    own = {"HOME": str(home), "CORE__DAGS_FOLDER": str(dags), "CORE__LOAD_EXAMPLES": "False"}
    return {**os.environ, **{f"AIRFLOW_{'' if name == 'HOME' else '_'}{name}": own[name] for name in own}}


def _pipeline(output: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((output / "pipeline.ir.json").read_text(encoding="utf-8"))
    return found


def _from_state(folder: Path, done: subprocess.CompletedProcess[str]) -> Outcome:
    """What the run state says: local runs, Compose and Airflow keep it in the same place."""
    outputs: dict[tuple[str, str], Tree] = {}
    metrics: dict[str, Mapping[str, object]] = {}
    for path in sorted(folder.glob(".pipelift/runs/*/steps/*/record.json")):
        step, record = path.parent.name, json.loads(path.read_text(encoding="utf-8"))
        if record["status"] != "completed":
            continue
        metrics[step] = record["metrics"]
        for port, place in record["outputs"].items():
            outputs[step, port] = _tree(_store(folder, place["store"]) / place["path"])
    return Outcome(done.returncode == 0, done.stdout, outputs, metrics)


def _store(folder: Path, name: str) -> Path:
    return folder / "store" if (folder / "store").is_dir() else folder / ".pipelift" / "stores" / name


def _from_kfp(root: Path, output: Path, done: subprocess.CompletedProcess[str]) -> Outcome:
    """What lies below kfp's pipeline root: RUN/TASK/ARTIFACT, and `metrics`, a file of JSON, beside them."""
    outputs: dict[tuple[str, str], Tree] = {}
    metrics: dict[str, Mapping[str, object]] = {}
    for step in _pipeline(output)["steps"]:
        for task in root.glob(f"*/{step['id']}"):
            if (task / "metrics").is_file():
                metrics[step["id"]] = json.loads((task / "metrics").read_text(encoding="utf-8"))
            for port in step["outputs"]:
                if (task / port["name"]).exists():
                    outputs[step["id"], port["name"]] = _tree(task / port["name"])
    return Outcome(done.returncode == 0, done.stdout, outputs, metrics)


def _tree(place: Path) -> Tree:
    """The files below a folder by relative path, through links too; of a single file, its name."""
    if place.is_file():
        return {place.name: place.read_bytes()}
    files = [Path(folder, name) for folder, _, names in os.walk(place, followlinks=True) for name in names]
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in files}
