"""Three steps in a row, of which the second fails."""

from azureml.core import Experiment, Workspace
from azureml.pipeline.core import Pipeline, PipelineData
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
store = ws.get_default_datastore()
first_words = PipelineData("first_words", datastore=store)
second_words = PipelineData("second_words", datastore=store)
third_words = PipelineData("third_words", datastore=store)

first = PythonScriptStep(
    name="first",
    script_name="write.py",
    source_directory="src",
    arguments=["--output", first_words],
    outputs=[first_words],
    compute_target="cpu-cluster",
)
second = PythonScriptStep(
    name="second",
    script_name="fail.py",
    source_directory="src",
    arguments=["--input", first_words, "--output", second_words],
    inputs=[first_words],
    outputs=[second_words],
    compute_target="cpu-cluster",
)
third = PythonScriptStep(
    name="third",
    script_name="write.py",
    source_directory="src",
    arguments=["--output", third_words],
    inputs=[second_words],
    outputs=[third_words],
    compute_target="cpu-cluster",
)

Experiment(ws, "failing").submit(Pipeline(ws, [first, second, third]))
