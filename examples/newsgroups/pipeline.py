"""Sort short texts by their area, in one step on a machine with a GPU."""

from azureml.core import Workspace, Datastore, Dataset, Experiment
from azureml.data import OutputFileDatasetConfig
from azureml.data.datapath import DataPath
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
datastore = Datastore(ws, "workspaceblobstore")
compute_target = ws.compute_targets["STANDARD_NC6"]
experiment = Experiment(ws, 'MyExperiment')

input_data = Dataset.File.from_files(
    DataPath(datastore, '20newsgroups/20news.pkl'))
stop_words = Dataset.File.from_files(
    DataPath(datastore, '20newsgroups/stop-words/'))

output_data = OutputFileDatasetConfig()
input_named = input_data.as_named_input('input')

steps = [PythonScriptStep(
    script_name="train.py",
    arguments=["--input", input_named.as_download(),
               "--stop-words", stop_words.as_named_input('stop_words').as_mount(),
               "--output", output_data],
    compute_target=compute_target,
    source_directory="train_src"
)]

pipeline = Pipeline(workspace=ws, steps=steps)

pipeline_run = experiment.submit(pipeline)
pipeline_run.wait_for_completion()
