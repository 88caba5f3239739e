"""A step with a secret parameter, and a secret as variable and argument, which tells them in every way that it has."""

import os

from azureml.core import Experiment, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration
from azureml.pipeline.core import Pipeline, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
plain = RunConfiguration()
plain.environment.python.conda_dependencies = CondaDependencies.create(python_version="3.10")
plain.environment_variables = {"API_TOKEN": os.environ["API_TOKEN"]}
password = PipelineParameter("db_password", "")

tell = PythonScriptStep(
    name="tell",
    script_name="tell.py",
    source_directory="src",
    arguments=["--password", password, "--token", os.environ["API_TOKEN"]],
    runconfig=plain,
    compute_target="cpu-cluster",
    allow_reuse=False,
)

Experiment(ws, "secretive").submit(Pipeline(ws, [tell]))
