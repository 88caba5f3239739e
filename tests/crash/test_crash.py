"""Launcher and local runner are killed at random moments: nothing is lost or wrong after, and all is repaired.

12 kills in the normal suite, 500 in `make soak`; `pytest tests/crash --kills 200` for others.
"""

from __future__ import annotations

import io
import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import networkx  # noqa: F401  (children inherit it, and start the sooner)
import pytest

from pipelift.app.request import RunRequest
from pipelift.app.running import LocalRun
from pipelift.backends.containers.bundle import step_spec
from pipelift.backends.local import TARGET as RUNNER
from pipelift.backends.local.settings import LocalSettings
from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.runtime import cli
from tests.support.runtime_world import PLAIN_PYTHON
from tests.support.samples import Contents, snapshot

STORE = "workspaceblobstore"
SEED = 20261121
KILLS_OF_ONE = 25
"""So many kills hit one state folder; all of it is read again after each."""
SCRIPT = """\
import os, sys
source, target, rate = sys.argv[1:]
text = open(os.path.join(source, "b.txt")).read() if os.path.isdir(source) else source
os.makedirs(target, exist_ok=True)
for name in ("a.txt", "b.txt"):
    with open(os.path.join(target, name), "w") as file:
        file.write(text + " " + rate)
"""


def _pipeline() -> tuple[ir.Pipeline, Contents]:
    """first -> second, which writes to a destination of its own; other beside them."""
    contents: Contents = {"src": {"main.py": SCRIPT.encode()}}
    pipeline = ir.Pipeline(
        id="crash",
        name="crash",
        source="pipeline.py",
        default_store=STORE,
        parameters=(ir.Parameter(name="rate", type="string", default="0"),),
        stores=(ir.Store(name=STORE),),
        environments=(ir.Environment(id="env", python="3.10", digest="e" * 64),),
        snapshots=(snapshot("src", contents["src"]),),
        steps=(_step("first"), _step("second", "first", "models"), _step("other")),
    )
    return pipeline, contents


def _step(name: str, before: str | None = None, destination: str | None = None) -> ir.Step:
    source: ir.Argument = ir.InputPath(port="in") if before else ir.Literal(value=name)
    path = destination or "azureml/{run-id}/{output-name}"
    return ir.Step(
        id=name,
        name=name,
        label=name,
        origin="PythonScriptStep",
        run=ir.Script(path="main.py"),
        arguments=(source, ir.OutputPath(port="out"), ir.ParameterValue(parameter="rate")),
        inputs=(ir.Input(name="in", source=ir.StepSource(step=before, port="out")),) if before else (),
        outputs=(ir.Output(name="out", store=STORE, path=path, explicit=destination is not None),),
        parameters=("rate",),
        environment="env",
        snapshot="src",
        reuse=ir.Reuse(key=name[0] * 64),
    )


class Crashing:
    """Runs the pipeline, or a single step of it, in a child process that can be killed at any moment."""

    def __init__(self, base: Path) -> None:
        base.mkdir()
        self.base = base
        self.state = base / ".pipelift"
        self.store = self.state / "stores" / STORE
        self.pipeline, self.contents = _pipeline()
        source = base / "source"
        source.mkdir()
        (source / "main.py").write_text(SCRIPT)
        (base / "step.json").write_text(json.dumps(step_spec(self.pipeline, self.pipeline.step("other"))))

    def runner(self, rate: str) -> None:
        """A run of the whole pipeline."""
        config = Config(folder=self.base, targets={"local": LocalSettings(python=PLAIN_PYTHON)})
        request = RunRequest(parameters={"rate": rate})
        run = LocalRun(self.pipeline, request, self.base, config, self.contents)
        summary = RUNNER.run(run, lambda event: None)
        assert summary.status == "completed", summary

    def launcher(self, rate: str) -> None:
        """The launcher's own command line on one step, as the entry point of its image runs it."""
        sys.executable = PLAIN_PYTHON
        code = cli.main(
            [
                *("step", f"--spec={self.base / 'step.json'}", f"--source={self.base / 'source'}"),
                *(f"--state={self.state}", f"--stores={self.store.parent}", f"--parameter=rate={rate}"),
            ]
        )
        assert code == 0

    def start(self, act: Callable[[str], None], rate: str) -> int:
        """Begin `act` in a child; its process id."""
        child = os.fork()
        if child:
            return child
        code = 1
        try:
            with redirect_stdout(io.TextIOWrapper(io.BytesIO())), redirect_stderr(sys.__stderr__):
                act(rate)
            code = 0
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(code)

    def finish(self, act: Callable[[str], None], rate: str) -> float:
        """Let `act` come to its end, which has to be good; the seconds that it took."""
        began = time.monotonic()
        _, status = os.waitpid(self.start(act, rate), 0)
        assert status == 0
        return time.monotonic() - began

    def kill(self, act: Callable[[str], None], rate: str, after: float) -> None:
        """Kill `act` so many seconds after its start, and wait for what its scripts still do."""
        child = self.start(act, rate)
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

    def check_records(self) -> None:
        """Every record is whole, and every result that can be reused is there with the right bytes."""
        for path in self.state.glob("runs/*/steps/*/record.json"):
            assert json.loads(path.read_text())["status"] in ("completed", "reused")
        for path in self.state.glob("reuse/*.json"):
            record = json.loads(path.read_text())
            (rate,) = (part["value"] for part in record["key_parts"] if part["name"] == "parameter rate")
            folder = self.store / record["outputs"]["out"]["path"]
            if folder.name != "models":  # each result replaces the one before there
                assert _read(folder) == _expected(record["step"], rate)
        for folder in self.store.glob("azureml/*/*"):
            assert len(_read(folder)) == 2, f"half of a result: {folder}"

    def check_repaired(self, rate: str) -> None:
        """The run's own results are right, and nothing is left of those that were killed."""
        assert _read(self.store / "models") == _expected("second", rate)
        assert not list(self.state.glob("open/*.json"))
        assert not list(self.state.glob("runs/*/steps/*/attempt.*.json"))
        assert not list(self.state.glob("runs/*/steps/*/work.*"))
        assert not [path for path in self.store.glob(".pipelift/*") if path.suffix != ".tmp"]


def _expected(step: str, rate: str) -> dict[str, str]:
    text = f"first {rate} {rate}" if step == "second" else f"{step} {rate}"
    return {"a.txt": text, "b.txt": text}


def _read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def test_kills_at_random_moments_lose_nothing(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    kills: int = request.config.getoption("--kills")
    chance = random.Random(SEED)
    for number in range(kills):
        if number % KILLS_OF_ONE == 0:
            crashing = Crashing(tmp_path / str(number))
            lengths = {
                act: min(crashing.finish(act, f"{number}-{turn}") for turn in range(2))
                for act in (crashing.runner, crashing.launcher)
            }
        act = chance.choice((crashing.runner, crashing.launcher))
        rate = str(number)
        crashing.kill(act, rate, chance.uniform(0, lengths[act]))
        crashing.check_records()
        crashing.finish(crashing.runner, rate)
        crashing.check_records()
        crashing.check_repaired(rate)
