"""One table of scenarios on all four engines: each cell says whether the step ran again, and what it gave."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.e2e import engines, reuse_table
from tests.e2e.engines import Tree
from tests.e2e.reuse_table import BY_CONTENT, REFRESHED, SCENARIOS, Scenario

pytestmark = pytest.mark.e2e

Outputs = Mapping[str, Tree]
"""What each step's output holds after a run, made by it or reused."""

FIRST = {"rate": "low"}
SECOND = {"rate": "high"}


@pytest.fixture(scope="module")
def table(
    tmp_path_factory: pytest.TempPathFactory, airflow_home: Path
) -> Callable[[str], tuple[Outputs, Outputs]]:
    """The outputs of the two runs on an engine, made when they are first asked for."""
    made: dict[str, tuple[Outputs, Outputs]] = {}

    def runs(engine: str) -> tuple[Outputs, Outputs]:
        if engine not in made:
            folder = tmp_path_factory.mktemp(f"reuse-{engine}")
            reuse_table.write(folder)
            first = _run(engine, folder, FIRST, (), airflow_home)
            reuse_table.change(folder)
            made[engine] = first, _run(engine, folder, SECOND, (REFRESHED,), airflow_home)
        return made[engine]

    return runs


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
@pytest.mark.parametrize("engine", engines.ALL)
def test_each_step_runs_or_is_reused(
    table: Callable[[str], tuple[Outputs, Outputs]], engine: str, scenario: Scenario
) -> None:
    first, second = table(engine)
    before, after = first[scenario.name], second[scenario.name]
    assert set(after) == {"text", "once"}
    did = "reused" if before["once"] == after["once"] else "ran"
    assert did == scenario.on(engine)
    assert did == "ran" or after == before
    assert after["text"] == table("local")[1][scenario.name]["text"]


@pytest.mark.parametrize("engine", engines.ALL)
def test_identity_by_content_and_regeneration(engine: str, tmp_path: Path, airflow_home: Path) -> None:
    config = '[reuse]\nidentity = "content"\n'
    reuse_table.write(tmp_path, BY_CONTENT, "content", config)
    first = _run(engine, tmp_path, {}, (), airflow_home, BY_CONTENT)
    reuse_table.change(tmp_path, BY_CONTENT)
    second = _run(engine, tmp_path, {}, (), airflow_home, BY_CONTENT)
    reuse_table.regenerate(tmp_path)
    third = _run(engine, tmp_path, {}, (), airflow_home, BY_CONTENT)
    did = {name: "reused" if first[name]["once"] == second[name]["once"] else "ran" for name in first}
    assert did == {scenario.name: scenario.on(engine) for scenario in BY_CONTENT}
    assert [name for name in second if second[name]["once"] == third[name]["once"]] == []
    assert second["changed"]["text"] == third["changed"]["text"] != first["changed"]["text"]


def _run(
    engine: str,
    folder: Path,
    parameters: Mapping[str, str],
    refresh: tuple[str, ...],
    airflow_home: Path,
    scenarios: tuple[Scenario, ...] = SCENARIOS,
) -> Outputs:
    if engine == "kubeflow":
        return _on_kubeflow(folder, parameters, scenarios)
    if engine == "local":
        options = [word for name in refresh for word in ("--refresh", name)]
        values = [word for name, value in parameters.items() for word in ("--param", f"{name}={value}")]
        command = [engines.PIPELIFT, "run", "pipeline.py", "--python", sys.executable, *values, *options]
        _good(engines._call(command, folder))
    elif engine == "compose":
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PIPELIFT_REFRESH", ",".join(refresh))
            outcome = engines.run_compose(folder, parameters)
        assert outcome.succeeded, outcome.log
    else:
        conf = {**parameters, **({"pipelift_refresh": list(refresh)} if refresh else {})}
        outcome = engines.run_airflow(folder, conf, airflow_home)
        assert outcome.succeeded, outcome.log
    return dict(_from_state(folder))


def _from_state(folder: Path) -> Iterator[tuple[str, Tree]]:
    """The outputs of the last run, as its records say where they are."""
    last = max((folder / ".pipelift/runs").iterdir(), key=lambda run: run.stat().st_mtime)
    for path in last.glob("steps/*/record.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        assert record["status"] in ("completed", "reused")
        ((port, place),) = record["outputs"].items()
        yield port, engines._tree(engines._store(folder, place["store"]) / place["path"])


def _on_kubeflow(folder: Path, parameters: Mapping[str, str], scenarios: tuple[Scenario, ...]) -> Outputs:
    """kfp's local runner with its cache on: a task that it has not run has no folder in the run's."""
    output, root = engines._compile(folder, "kubeflow"), folder / "kfp"
    engines._build(output)
    program = str(Path(__file__).with_name("kfp_cached.py"))
    mounts = {f"/pipelift/stores/{engines.STORE}": str(folder / "store")}
    arguments = [str(output / "pipeline.yaml"), str(root), json.dumps(mounts), json.dumps(dict(parameters))]
    _good(engines._call([sys.executable, program, *arguments], folder))
    runs = sorted((run for run in root.iterdir() if run.name[0] != "."), key=os.path.getmtime)
    return {
        scenario.name: next(
            engines._tree(place) for run in reversed(runs) for place in _places(run, scenario.name)
        )
        for scenario in scenarios
    }


def _places(run: Path, step: str) -> Iterator[Path]:
    place = run / step.replace("_", "-") / step
    if place.is_dir():
        yield place


def _good(done: CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout
