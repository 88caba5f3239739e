"""A small world for tests of the launcher: a state folder, a store, and steps around a few lines of script."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pipelift.backends.containers.bundle import step_spec
from pipelift.compiler import ir
from pipelift.runtime.context import Context, Result
from pipelift.runtime.contract.spec import Spec
from pipelift.runtime.launch import run_step
from tests.support.folders import write_files

STORE = "workspaceblobstore"
Identity = Literal["definition", "content"]
PLAIN_PYTHON: str = getattr(sys, "_base_executable", sys.executable)
"""An interpreter without the packages of the tests' environment, which starts faster."""
ENVIRONMENT = ir.Environment(id="env", python="3.10", digest="e" * 64)


class World:
    """Builds steps, runs them through the launcher and looks at what they leave."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = root / "state"
        self.store = root / "stores" / STORE
        self.store.mkdir(parents=True)
        self.steps: list[ir.Step] = []
        self.datasets: list[ir.Dataset] = []
        self.parameters: list[ir.Parameter] = []
        self.variables: list[ir.NamedValue] = []
        self.identity: Identity = "definition"
        self.lines: list[str] = []

    def put(self, path: str, text: str = "") -> Path:
        """A file in the store."""
        return write_files(self.store, {path: text}) / path

    def dataset(self, *paths: str, id: str = "data", **fields: Any) -> ir.Input:
        """A dataset in the store, and the input port (named as it) that reads it."""
        mode = fields.pop("mode", "mount")
        asked = fields.pop("path_on_compute", None)
        writable = fields.pop("writable", False)
        places = tuple(ir.Location(store=STORE, path=path) for path in paths)
        self.datasets.append(ir.Dataset(id=id, locations=places, **fields))
        source = ir.DatasetSource(dataset=id)
        return ir.Input(name=id, source=source, mode=mode, path_on_compute=asked, writable=writable)

    def parameter(self, name: str, default: ir.Scalar, type: Any = "string") -> str:
        self.parameters.append(ir.Parameter(name=name, type=type, default=default))
        return name

    def step(
        self, script: str, id: str = "step", files: Mapping[str, str] | None = None, **fields: Any
    ) -> str:
        """A step whose source holds `script` as ``main.py``; returns its id."""
        source = self.root / "source" / id
        texts = {"main.py": script, **(files or {})}
        write_files(source, {path: textwrap.dedent(text) for path, text in texts.items()})
        for port in ("inputs", "outputs", "arguments"):
            fields[port] = tuple(fields.get(port, ()))
        fields.setdefault("run", ir.Script(path="main.py"))
        fields.setdefault("parameters", tuple(entry.name for entry in self.parameters))
        fields.setdefault("reuse", ir.Reuse(key="k" * 64))
        made = ir.Step(
            id=id, name=id, label=id, origin="PythonScriptStep", environment="env", snapshot=id, **fields
        )
        self.steps = [step for step in self.steps if step.id != id] + [made]
        return id

    def spec(self, id: str = "step") -> Spec:
        """The launch spec, through JSON as an image holds it."""
        pipeline = ir.Pipeline(
            id="pipe",
            name="pipe",
            experiment="exp",
            source="pipeline.py",
            default_store=STORE,
            parameters=tuple(self.parameters),
            stores=(ir.Store(name=STORE),),
            datasets=tuple(self.datasets),
            environments=(replace(ENVIRONMENT, variables=tuple(self.variables)),),
            snapshots=tuple(ir.Snapshot(id=s.id, directory=s.id, files=(), digest="d") for s in self.steps),
            steps=tuple(self.steps),
        )
        spec: Spec = json.loads(json.dumps(step_spec(pipeline, pipeline.step(id), self.identity)))
        return spec

    def write_spec(self, id: str = "step") -> Path:
        """Write the launch spec of a step as ``step.json``, where `options` says that it is; returns its path."""
        path = self.root / "step.json"
        path.write_text(json.dumps(self.spec(id)), encoding="utf-8")
        return path

    def options(self, id: str = "step") -> list[str]:
        """The options of the launcher's command line that name the spec, the source, the state and the stores."""
        return [
            f"--spec={self.root / 'step.json'}",
            f"--source={self.root / 'source' / id}",
            f"--state={self.state}",
            f"--stores={self.store.parent}",
        ]

    def context(self, run: str = "r1", id: str = "step", **fields: Any) -> Context:
        self.lines = []
        given = {
            "run_id": run,
            "state": str(self.state),
            "stores": {STORE: str(self.store)},
            "source": str(self.root / "source" / id),
            "emit": self.lines.append,
            "python": PLAIN_PYTHON,
            **fields,
        }
        return Context(**given)

    def run(self, run: str = "r1", id: str = "step", **fields: Any) -> Result:
        """One attempt at the step."""
        return run_step(self.spec(id), self.context(run, id, **fields))

    def place(self, run: str = "r1", id: str = "step") -> Path:
        return self.state / "runs" / run / "steps" / id

    def record(self, run: str = "r1", id: str = "step") -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.place(run, id) / "record.json").read_text(encoding="utf-8"))
        return found

    def reuse_records(self) -> list[Path]:
        return sorted((self.state / "reuse").glob("*.json"))


def arguments(*texts: str) -> tuple[ir.Literal, ...]:
    return tuple(ir.Literal(value=text) for text in texts)


def output(name: str = "out", **fields: Any) -> ir.Output:
    fields.setdefault("path", "azureml/{run-id}/{output-name}")
    return ir.Output(name=name, store=STORE, **fields)


def launcher(*arguments: str) -> Sequence[str]:
    """The command line of the launcher."""
    return [sys.executable, "-m", "pipelift.runtime", *arguments]


COUNT = """
import os, sys
from azureml.core import Run
os.makedirs(sys.argv[1])
open(os.path.join(sys.argv[1], "a.txt"), "w").write("made")
open(os.path.join(sys.argv[1], "b.txt"), "w").write("made too")
Run.get_context().log("rows", 3)
"""


TO_OUT = (ir.OutputPath(port="out"),)
