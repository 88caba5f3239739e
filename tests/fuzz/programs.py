"""Small pipelines that read the file a fuzzer has made."""

from __future__ import annotations

_HEAD = """\
from azureml.core import Environment, Experiment, RunConfiguration, Workspace
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep

workspace = Workspace.from_config()
"""

_TAIL = """\
step = PythonScriptStep(
    name="train", script_name="train.py", source_directory="src", compute_target="cpu", runconfig={runconfig},
    allow_reuse=True,
)
pipeline = Pipeline(workspace, [step])
"""


def _with_environment(made: str) -> str:
    lines = f"configuration = RunConfiguration()\nconfiguration.environment = {made}\n"
    return _HEAD + lines + _TAIL.format(runconfig="configuration")


PLAIN = _HEAD + _TAIL.format(runconfig="RunConfiguration()")
CONDA = _with_environment("Environment.from_conda_specification('e', 'conda.yml')")
PIP = _with_environment("Environment.from_pip_requirements('e', 'requirements.txt')")
DOCKER = _with_environment("Environment.from_dockerfile('e', 'Dockerfile')")
ENVIRONMENT = _with_environment("Environment.load_from_directory('environment')")
RUNCONFIG = (
    _HEAD
    + "configuration = RunConfiguration.load('train.runconfig')\n"
    + _TAIL.format(runconfig="configuration")
)
WORDS = (
    "import sys\nfrom azureml.pipeline.core import PipelineParameter\n"
    + _HEAD
    + _TAIL.format(runconfig="RunConfiguration()").replace(
        "allow_reuse=True",
        "arguments=[sys.argv[-1], PipelineParameter('rate', 0.5), PipelineParameter('A', 'x')]",
    )
)
PIPELINE_YAML = _HEAD + "pipeline = Pipeline.load_yaml(workspace, 'pipeline.yml')\n"
VARIABLES = (
    "import os\nfrom dotenv import load_dotenv\nload_dotenv('variables.env')\n"
    + _HEAD
    + _TAIL.format(runconfig="RunConfiguration()").replace('"train"', 'os.environ.get("STEP", "train")')
)
DATA = (
    "import yaml\nsettings = yaml.safe_load(open('settings.yml'))\n"
    + _HEAD
    + _TAIL.format(runconfig="RunConfiguration()")
    .replace('"train"', 'settings["step"]')
    .replace('"cpu"', 'settings["compute"]')
)
