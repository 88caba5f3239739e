"""The Airflow target: a step whose earlier result is there ends without its container."""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelift.compiler import ir
from pipelift.runtime.contract import paths
from tests.support.airflow import compiled, dag_text, operator
from tests.support.folders import write_files
from tests.support.preloaded import Preloaded
from tests.support.samples import pipeline_of, step


def test_only_what_a_worker_can_see_is_looked_up() -> None:
    """Not in Docker's volumes or in claims, and not where the pipeline asks for new results."""
    steps, contents = pipeline_of(step("free"), step("never", reuse=ir.Reuse(allowed=False)))
    volume = {"stores": {"store": {"url": "volume:data"}}}
    cases: list[tuple[ir.Pipeline, Mapping[str, object], int]] = [
        (steps, {}, 1),
        (steps, volume, 0),
        (replace(steps, regenerate=True), {}, 0),
        (steps, operator("kubernetes"), 0),
    ]
    for pipeline, config, count in cases:
        text = dag_text(compiled(pipeline, contents, config)[0])
        assert text.count("looks_up=True") == count


LOOKUP = """
import os, shutil, subprocess, sys
from pathlib import Path
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.docker.operators.docker import DockerOperator
DockerOperator.execute = lambda self, context: "the container"
folder = Path(sys.argv[1])
(dag,) = DagBag(str(folder)).dags.values()
(task,) = dag.tasks
mounts = {mount["Target"].resolve({}): mount["Source"].resolve({}) for mount in task.mounts}
for folder_of in mounts.values():
    Path(folder_of).mkdir(parents=True, exist_ok=True)

def attempt(run, *options):
    task.command = ["step", "--run", run, "--parameter=text=a b", *options]
    task.mounts = [{"Target": target, "Source": source} for target, source in mounts.items()]
    return type(task).execute.__wrapped__(task, {"params": {"password": "canary"}})

def in_container(run):
    places = ["--spec", folder / "steps/only.json", "--source", folder / "sources/src"]
    stores = ["--state", mounts["/pipelift/state"], "--store", "store=" + mounts["/pipelift/stores/store"]]
    command = [sys.executable, "-m", "pipelift.runtime", "step", "--run", run, "--parameter=text=a b"]
    given = {**os.environ, "PIPELIFT_SECRET_PARAMETERS": '{"password": "canary"}'}
    subprocess.run([*command, *places, *stores], check=True, stdout=sys.stderr, env=given)

found = [attempt("r1")]
in_container("r1")
found += [attempt("r2"), attempt("r3", "--no-reuse"), attempt("r4", "--refresh=only")]
assert not list(folder.rglob("__pycache__")), "the look-up leaves byte code in the DAGs folder"
shutil.rmtree(folder / "runtime")
print([*found, attempt("r5")])
"""


def told_by(program: str, folder: Path, base: Path, airflow_python: Preloaded) -> Any:
    """What a program that imports the DAG file of `folder` prints last."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-B", "-c", program, str(folder)]
    done = airflow_python.run(command, env=environment, cwd=base)
    assert done.returncode == 0, done.stderr
    return ast.literal_eval(done.stdout.splitlines()[-1])


def test_a_reused_step_starts_no_container(tmp_path: Path, airflow_python: Preloaded) -> None:
    """The generated operator with a container that only says that it ran: new, reused, asked for, DAG alone."""
    text = ir.Parameter(name="text", type="string", default="")
    secret = ir.Parameter(name="password", type="string", default=None)
    only = step("only", parameters=("text", "password"), reuse=ir.Reuse(key="k" * 64))
    files, _ = compiled(*pipeline_of(only, parameters=(text, secret)), base=tmp_path)
    folder = write_files(tmp_path / "build" / "airflow", files)
    ran = "the container"
    assert told_by(LOOKUP, folder, tmp_path, airflow_python) == [ran, None, ran, ran, ran]
    records = {path.parts[-4]: json.loads(path.read_text()) for path in tmp_path.rglob("record.json")}
    assert {run: record["status"] for run, record in records.items()} == {"r1": "completed", "r2": "reused"}


REFUSED = """
import sys
from pathlib import Path
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.docker.operators.docker import DockerOperator
(dag,) = DagBag(sys.argv[1]).dags.values()
(task,) = dag.tasks
mounts = {mount["Target"].resolve({}): mount["Source"].resolve({}) for mount in task.mounts}
state = Path(mounts["/pipelift/state"])
told, warned = [], []

class Log:
    def info(self, text):
        assert "cannot" not in text
    def warning(self, text):
        warned.append("settle" if "settle" in text else "expect")
        assert "status 7" in text and "open" in text, text

def refused(self, context):
    told.append((len(self.mounts), (state / "runs/r1/steps/only").is_dir(), (state / "open").is_dir() and
                 len(list((state / "open").iterdir()))))
    raise RuntimeError("no such image")

def attempt():
    try:
        type(task).execute.__wrapped__(task, {"params": {}})
    except RuntimeError as error:
        assert str(error) == "no such image"
    return len(list((state / "open").iterdir())) if (state / "open").is_dir() else None

DockerOperator.execute = refused
type(task).log = Log()
task.command = ["step", "--run", "r1"]
left = [attempt(), attempt()]
(state / "open").rmdir()
(state / "open").write_text("in the way")
print([told, left, attempt(), warned, len(task.mounts)])
"""


def test_a_container_that_is_not_made_leaves_no_step_open(tmp_path: Path, airflow_python: Preloaded) -> None:
    """Twice with one operator, as a retry in a test of the DAG has it; then where the launcher has to refuse."""
    files, _ = compiled(*pipeline_of(step("only", reuse=ir.Reuse(allowed=False))), base=tmp_path)
    folder = write_files(tmp_path / "build/airflow", files)
    told, left, last, warned, mounts = told_by(REFUSED, folder, tmp_path, airflow_python)
    assert told == [(mounts + 1, True, 1), (mounts + 1, True, 1), (mounts + 1, True, False)]
    assert (left, last, warned) == ([0, 0], None, ["expect", "settle"])


def test_the_file_calls_a_run_as_the_launcher_does() -> None:
    """The folder that a container may write is mounted by that name."""
    steps, contents = pipeline_of(step("only"))
    text = dag_text(compiled(steps, contents, {})[0])
    lines = [line.strip() for line in text.splitlines()]
    first = next(number for number, line in enumerate(lines) if line.startswith("plain = re.sub("))
    made = "\n".join(lines[first : first + 2]).replace("self.command[2]", "given")
    for run in (
        "sample-manual__2026-11-21T00-00-00_00-00",
        "a~b c/d:e",
        "dag-" + "x" * 300,
        "größe",
        ".",
        "..",
        "..a",
        "." * 200 + "b",
        "..." + "x" * 300,
        "",
    ):
        names: dict[str, object] = {"re": re, "given": run}
        exec(made, names)
        assert names["run"] == paths.safe_run_id(run)


RENDERED = """
import sys
from airflow.dag_processing.dagbag import DagBag
(dag,) = DagBag(sys.argv[1]).dags.values()
(task,) = dag.tasks
task.template_fields = ("mounts",)
task.render_template_fields({"x": "changed"})
print(sorted(mount["Target"] for mount in task.mounts))
"""


def test_names_of_stores_are_no_templates(tmp_path: Path, airflow_python: Preloaded) -> None:
    """Airflow renders the paths of mounts, those inside the container too."""
    name = "a {{ x }} {% raw %} {# c"
    only = step("only")
    outputs = tuple(replace(output, store=name) for output in only.outputs)
    files, _ = compiled(
        *pipeline_of(replace(only, outputs=outputs), stores=(ir.Store(name=name),)), base=tmp_path
    )
    folder = tmp_path / "build" / "airflow"
    write_files(folder, files)
    targets = told_by(RENDERED, folder, tmp_path, airflow_python)
    assert f"/pipelift/stores/{name}" in targets, targets
