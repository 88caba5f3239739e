"""Two steps that leave links: the first to its input and inside its output, the second to a folder of the user."""

from azureml.core import Dataset, Experiment, Workspace
from azureml.data import OutputFileDatasetConfig
from azureml.pipeline.core import Pipeline, PipelineData
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
store = ws.get_default_datastore()
raw = Dataset.File.from_files((store, "raw")).as_named_input("raw").as_mount()
gathered = PipelineData("gathered", datastore=store)
results = OutputFileDatasetConfig("results", destination=(store, "results"))

gather = PythonScriptStep(
    name="gather",
    script_name="gather.py",
    source_directory="src",
    arguments=[raw, gathered],
    outputs=[gathered],
    compute_target="cpu-cluster",
)
take = PythonScriptStep(
    name="take",
    script_name="take.py",
    source_directory="src",
    arguments=[gathered, results],
    inputs=[gathered],
    compute_target="cpu-cluster",
)

Experiment(ws, "links").submit(Pipeline(ws, [gather, take]))
