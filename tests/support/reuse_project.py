"""A small project on disk for tests of reuse: two steps, a dataset, a parameter; run through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from pipelift.app.cli.main import main
from tests.support.folders import write_files
from tests.support.runtime_world import PLAIN_PYTHON

PIPELINE = """\
from azureml.core import Dataset, Experiment, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration
from azureml.data import OutputFileDatasetConfig
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
store = ws.get_default_datastore()
config = RunConfiguration()
config.environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["tabulate==0.8"])
rate = PipelineParameter("rate", 0.5)
raw = Dataset.File.from_files([(store, "raw/")]).as_named_input("raw").as_mount()
words = PipelineData("words", datastore=store)
model = OutputFileDatasetConfig("model", destination=(store, "models"))
prep = PythonScriptStep(
    "prep.py", name="prep", source_directory="prep", arguments=["--in", raw, "--out", words],
    outputs=[words], runconfig=config, compute_target="cpu")
train = PythonScriptStep(
    "train.py", name="train model", source_directory="train", inputs=[words], runconfig=config,
    arguments=["--in", words, "--out", model, "--rate", rate, "--mode", "fast"], compute_target="cpu")
Experiment(ws, "reuse").submit(Pipeline(ws, [train]))
"""
SCRIPT = """\
import argparse, os
parser = argparse.ArgumentParser()
parser.add_argument("--in", dest="source")
parser.add_argument("--out")
args, rest = parser.parse_known_args()
os.makedirs(args.out, exist_ok=True)
lines = [open(os.path.join(args.source, name)).read() for name in sorted(os.listdir(args.source))]
with open(os.path.join(args.out, "out.txt"), "w") as file:
    file.write(" ".join(lines + rest))
"""


class Project:
    """Makes the project in a folder, edits it, and calls pipelift on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "pipeline.py"
        self.put("pipeline.py", PIPELINE)
        self.put("pipelift.toml", '[stores.workspaceblobstore]\nurl = "store"\n')
        self.put("prep/prep.py", SCRIPT)
        self.put("train/train.py", SCRIPT)
        self.put("store/raw/a.txt", "hello")
        self.state = folder / ".pipelift"

    def put(self, path: str, text: str) -> Path:
        return write_files(self.folder, {path: text}) / path

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text(encoding="utf-8")
        assert old in text
        self.put(path, text.replace(old, new))

    def call(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    def run(self, *options: str) -> dict[str, str]:
        """Run it; the status of each step."""
        done = self.call("run", str(self.file), "--json", "--python", PLAIN_PYTHON, *options)
        assert done.exit_code == 0, done.output
        summary = json.loads(done.stdout.splitlines()[-1])
        self.run_id = summary["run_id"]
        return {step["name"]: step["status"] for step in summary["steps"]}

    def explain(self, step: str, *options: str) -> dict[str, Any]:
        done = self.call("explain", step, str(self.file), "--json", *options)
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def changes(self, step: str, *options: str) -> list[str]:
        """What changed, each as `explain` prints it."""
        done = self.call("explain", step, str(self.file), *options)
        assert done.exit_code == 0, done.output
        lines = done.stdout.splitlines()
        return [
            line.strip()
            for line in lines
            if line.startswith("    ") and "the same" not in line and line[4] != " "
        ]
