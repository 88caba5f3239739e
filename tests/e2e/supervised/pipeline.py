"""Two steps side by side behind a first one; the parameter decides what they do."""

from azureml.core import Experiment, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
store = ws.get_default_datastore()
plain = RunConfiguration()
plain.environment.python.conda_dependencies = CondaDependencies.create(python_version="3.10")
mood = PipelineParameter("mood", "fine")
times = PipelineParameter("times", 2)
words = PipelineData("words", datastore=store)
moods = PipelineData("moods", datastore=store)

write = PythonScriptStep(
    name="write",
    script_name="write.py",
    source_directory="src",
    arguments=["--output", words, "--times", times],
    outputs=[words],
    runconfig=plain,
    compute_target="cpu-cluster",
)
feel = PythonScriptStep(
    name="feel",
    script_name="feel.py",
    source_directory="src",
    arguments=["--input", words, "--output", moods, "--mood", mood],
    inputs=[words],
    outputs=[moods],
    runconfig=plain,
    compute_target="cpu-cluster",
)
wait = PythonScriptStep(
    name="wait",
    script_name="wait.py",
    source_directory="src",
    arguments=["--input", words, "--mood", mood],
    inputs=[words],
    runconfig=plain,
    compute_target="cpu-cluster",
)

Experiment(ws, "supervised").submit(Pipeline(ws, [write, feel, wait]))
