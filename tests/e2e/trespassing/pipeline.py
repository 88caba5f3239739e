"""A step that tries to write everywhere in the state folder, behind one that behaves."""

from azureml.core import Experiment, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
store = ws.get_default_datastore()
plain = RunConfiguration()
plain.environment.python.conda_dependencies = CondaDependencies.create(python_version="3.10")
count = PipelineParameter("round", 0)
words = PipelineData("words", datastore=store)
more = PipelineData("more", datastore=store)

first = PythonScriptStep(
    name="first",
    script_name="first.py",
    source_directory="src",
    arguments=[words, count],
    outputs=[words],
    runconfig=plain,
    compute_target="cpu-cluster",
)
trespass = PythonScriptStep(
    name="trespass",
    script_name="trespass.py",
    source_directory="src",
    arguments=[words, more, count],
    inputs=[words],
    outputs=[more],
    runconfig=plain,
    compute_target="cpu-cluster",
)

Experiment(ws, "trespassing").submit(Pipeline(ws, [trespass]))
