"""The scenarios of reuse: a pipeline of small steps, each with one thing that changes between two runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.folders import write_files

HEAD = """\
from azureml.core import Dataset, Experiment, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
store = ws.get_default_datastore()
rate = PipelineParameter("rate", "low")
plain = RunConfiguration()
plain.environment.python.conda_dependencies = CondaDependencies.create(python_version="3.10")
special = RunConfiguration()
special.environment.python.conda_dependencies = CondaDependencies.create(python_version="3.10")
special.environment.environment_variables = {"MOOD": "calm"}
raw = Dataset.File.from_files([(store, "raw/")])
versioned = Dataset.File.from_files([(store, "v1/")])
"""
STEP = """
{name} = PipelineData("{name}", datastore=store)
{name}_step = PythonScriptStep(
    "write.py", name="{name}", source_directory="src/{name}", arguments=["--out", {name}, {words}],
    inputs=[{inputs}], outputs=[{name}], runconfig={config}, compute_target="cpu"{more})
"""
SCRIPT = """\
import os, sys
words = sys.argv[1:]
out = words[words.index("--out") + 1]
lines = [os.environ.get("MOOD", "-")]
for word in words:
    if os.path.isdir(word):
        lines += [open(os.path.join(word, name)).read() for name in sorted(os.listdir(word)) if name != "once"]
    elif word != out:
        lines.append(word)
os.makedirs(out, exist_ok=True)
with open(os.path.join(out, "text"), "w") as file:
    file.write(" ".join(lines))
with open(os.path.join(out, "once"), "wb") as file:
    file.write(os.urandom(8))
"""
CONFIG = """\
[stores.workspaceblobstore]
url = "store"
kubeflow.url = "pvc:workspaceblobstore"
"""
REFRESHED = "refreshed"


def nothing(folder: Path) -> None:
    """A change that is none."""


@dataclass(frozen=True)
class Scenario:
    """One step: how it is written, what changes before the second run, and what the step does then.

    `on_kubeflow` is set where that engine cannot do the same. `words`, `inputs`, `config`, `more` are Python text.
    """

    name: str
    expected: str
    change: Callable[[Path], None] = nothing
    words: str = ""
    inputs: str = ""
    config: str = "plain"
    more: str = ""
    on_kubeflow: str | None = None

    def on(self, engine: str) -> str:
        """What the step does in the second run on `engine`."""
        return self.on_kubeflow or self.expected if engine == "kubeflow" else self.expected


def _edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        text = (folder / path).read_text(encoding="utf-8")
        assert old in text
        (folder / path).write_text(text.replace(old, new), encoding="utf-8")

    return act


def _touch(folder: Path) -> None:
    os.utime(folder / "src/touched/write.py", (1, 1))


def _rename(folder: Path) -> None:
    (folder / "src/renamed/notes.txt").rename(folder / "src/renamed/memo.txt")


def _ignored(folder: Path) -> None:
    (folder / "src/ignored/more.log").write_text("more", encoding="utf-8")


def _delete(folder: Path) -> None:
    """The output of `deleted`, wherever the engine keeps it."""
    for place in (*folder.glob("store/azureml/*/deleted"), *folder.glob("kfp/*/deleted/deleted")):
        shutil.rmtree(place)


SCENARIOS = (
    Scenario("same", "reused"),
    Scenario("after_same", "reused", inputs="same", words="same"),
    Scenario("edited", "ran", _edit("src/edited/write.py", "import os", "import os  # edited\nimport os")),
    Scenario("after_edited", "ran", inputs="edited", words="edited"),
    Scenario("touched", "reused", _touch),
    Scenario("renamed", "ran", _rename),
    Scenario("ignored", "reused", _ignored),
    Scenario("parameter", "ran", words='"--rate", rate'),
    Scenario(
        "argument", "ran", _edit("pipeline.py", '"--size", "1"', '"--size", "2"'), words='"--size", "1"'
    ),
    Scenario("never", "ran", more=", allow_reuse=False"),
    Scenario("after_never", "ran", inputs="never", words="never"),
    Scenario("variable", "ran", _edit("pipeline.py", '"calm"', '"wild"'), config="special"),
    Scenario(
        "version",
        "ran",
        _edit("pipeline.py", '"v1/"', '"v2/"'),
        words='versioned.as_named_input("v").as_mount()',
    ),
    Scenario(
        "data", "reused", _edit("store/raw/a.txt", "one", "two"), words='raw.as_named_input("r").as_mount()'
    ),
    Scenario("deleted", "ran", _delete),
    # On Kubeflow one run cannot ask for one step: see docs/reuse.md.
    Scenario(REFRESHED, "ran", on_kubeflow="reused"),
)


BY_CONTENT = (
    Scenario("same", "reused"),
    # Kubeflow's cache sees no bytes of a volume, so steps that read source data are never cached there.
    Scenario(
        "changed",
        "ran",
        _edit("store/raw/a.txt", "one", "two"),
        words='raw.as_named_input("r").as_mount()',
    ),
    Scenario(
        "unchanged",
        "reused",
        lambda folder: os.utime(folder / "store/v1/a.txt", (1, 1)),
        words='versioned.as_named_input("v").as_mount()',
        on_kubeflow="ran",
    ),
)
"""What `[reuse] identity = "content"` changes; the pipeline's third run regenerates all of them."""


def regenerate(folder: Path) -> None:
    """The program asks for every step to run anew."""
    _edit("pipeline.py", "submit(pipeline)", "submit(pipeline, regenerate_outputs=True)")(folder)


def write(
    folder: Path, scenarios: tuple[Scenario, ...] = SCENARIOS, experiment: str = "reuse", more: str = ""
) -> None:
    """The project before its first run; `more` is added to its configuration."""
    steps = [
        STEP.format(name=one.name, words=one.words, inputs=one.inputs, config=one.config, more=one.more)
        for one in scenarios
    ]
    names = ", ".join(f"{one.name}_step" for one in scenarios)
    end = f'\npipeline = Pipeline(ws, [{names}])\nExperiment(ws, "{experiment}").submit(pipeline)\n'
    files = {
        "pipeline.py": HEAD + "".join(steps) + end,
        "pipelift.toml": CONFIG + more,
        "store/raw/a.txt": "one",
        "store/v1/a.txt": "first",
        "store/v2/a.txt": "second",
        "src/renamed/notes.txt": "",
        "src/ignored/.amlignore": "*.log\n",
        **{f"src/{one.name}/write.py": SCRIPT for one in scenarios},
    }
    write_files(folder, files)


def change(folder: Path, scenarios: tuple[Scenario, ...] = SCENARIOS) -> None:
    """What happens to it before the second run."""
    for one in scenarios:
        one.change(folder)
