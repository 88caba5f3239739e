"""Train a classifier of irises on a table, with a parameter, and write a report about it."""

from azureml.core import Workspace, Datastore, Dataset, Environment, Experiment
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
datastore = Datastore(ws, "workspaceblobstore")
compute_target = ws.compute_targets["cpu-cluster"]

iris = Dataset.Tabular.from_delimited_files(path=[(datastore, 'iris/iris.csv')])

environment = Environment(name="iris-environment")
environment.python.conda_dependencies = CondaDependencies.create(
    conda_packages=['pandas', 'scikit-learn'],
    pip_packages=['azureml-defaults'])
run_config = RunConfiguration()
run_config.environment = environment

regularization = PipelineParameter(name="regularization", default_value=1.0)
model = PipelineData("model", datastore=datastore, is_directory=True)

dataset_consuming_step = PythonScriptStep(
    script_name="iris_train.py",
    arguments=["--regularization", regularization, "--model", model],
    inputs=[iris.as_named_input("iris_data")],
    outputs=[model],
    compute_target=compute_target,
    runconfig=run_config,
    source_directory="iris_src"
)

report = PipelineData("report", datastore=datastore, is_directory=True)

# The report is written anew each time, whatever earlier runs left.
report_step = PythonScriptStep(
    name="iris report",
    script_name="report.py",
    arguments=["--model", model, "--report", report],
    inputs=[model],
    outputs=[report],
    compute_target=compute_target,
    runconfig=run_config,
    source_directory="report_src",
    allow_reuse=False,
    hash_paths=['flowers.json']
)

pipeline = Pipeline(workspace=ws, steps=[report_step])

pipeline_run = Experiment(ws, 'Iris_Exp').submit(pipeline)
pipeline_run.wait_for_completion()
