"""Programs that use what lowering reads of the SDK's models: short ones, each about one family."""

from __future__ import annotations

BEGINNING = """\
from azureml.core.runconfig import *
from azureml.core import *
from azureml.core.compute import *
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.core.environment import *
from azureml.data import *
from azureml.data.data_reference import DataReference
from azureml.data.datapath import DataPath, DataPathComputeBinding
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.dataset_factory import DataType
from azureml.data.sql_data_reference import SqlDataReference
from azureml.data.stored_procedure_parameter import StoredProcedureParameter
from azureml.pipeline.core import *
from azureml.pipeline.core.graph import InputPortDef, OutputPortDef, TrainingOutput
from azureml.pipeline.core.schedule import TimeZone
from azureml.pipeline.steps import *
from azureml.train.automl import AutoMLConfig
from azureml.train.dnn import *
from azureml.train.estimator import Estimator
from azureml.train.hyperdrive import *
from azureml.train.sklearn import SKLearn
ws = Workspace.from_config()
"""

ENDING = """
p = Pipeline(ws, [step])
Experiment(ws, "e").submit(p)
"""

_STEP = (
    'step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", runconfig=run)'
)

PARTS = {
    "script": """
run = RunConfiguration()
run.environment_variables = {"A": "1"}
other = PythonScriptStep("b.py", name="b", source_directory="src", compute_target="cpu", runconfig=run)
step = PythonScriptStep(
    script_name="a.py", name="a", arguments=["--x", "1"], compute_target="cpu", runconfig=run,
    runconfig_pipeline_params={"NodeCount": PipelineParameter("n", 1)}, inputs=[], outputs=[],
    params={"p": PipelineParameter("p", "1")}, source_directory="src", allow_reuse=True,
)
step.run_after(other)
""",
    "environment": f"""
conda = CondaDependencies.create(pip_packages=["numpy"], conda_packages=["scipy"], python_version="3.9")
conda.add_pip_package("pandas")
conda.add_conda_package("joblib")
conda.add_channel("conda-forge")
env = Environment("e")
env.python = PythonSection()
env.python.conda_dependencies = conda
env.docker = DockerSection()
env.docker.base_image = "ubuntu:22.04"
registry = ContainerRegistry()
registry.address = "registry.example.com"
env.docker.base_image_registry = registry
env.spark = SparkSection()
env.spark.packages = [SparkPackage("g", "a", "1")]
env.environment_variables = {{"B": "2"}}
run = RunConfiguration()
run.environment = env
{_STEP}
""",
    "image": f"""
run = RunConfiguration()
run.environment = Environment.from_docker_image("e", "ubuntu:22.04")
run.environment.python.user_managed_dependencies = True
run.environment.python.interpreter_path = "/usr/bin/python3"
{_STEP}
""",
    "dockerfile": f"""
run = RunConfiguration()
run.environment = Environment.from_dockerfile("e", "FROM ubuntu:22.04")
{_STEP}
""",
    "build context": f"""
run = RunConfiguration()
context = DockerBuildContext.from_local_directory(ws, "image")
run.environment = Environment.from_docker_build_context("e", context)
{_STEP}
""",
    "named environment": f"""
run = RunConfiguration()
run.environment = Environment.get(ws, "AzureML-Minimal", "1")
{_STEP}
""",
    "environment by reference": f"""
run = RunConfiguration()
run.environment = EnvironmentReference("AzureML-Minimal", "1").get_environment(ws)
{_STEP}
""",
    "registered environment": f"""
env = Environment("mine")
env.register(ws)
run = RunConfiguration()
run.environment = Environment.get(ws, "mine")
{_STEP}
""",
    "environment of a conda file": f"""
run = RunConfiguration()
run.environment = Environment.from_conda_specification("e", "conda.yml")
{_STEP}
""",
    "environment of requirements": f"""
run = RunConfiguration()
run.environment = Environment.from_pip_requirements("e", "requirements.txt")
{_STEP}
""",
    "R": """
env = Environment("r")
section = RSection()
section.r_version = "4.0"
package = RCranPackage()
package.name = "dplyr"
package.version = "1.0"
section.cran_packages = [package]
section.github_packages = []
env.r = section
run = RunConfiguration(framework="R")
run.environment = env
step = RScriptStep("a.R", name="a", source_directory="src", compute_target="cpu", runconfig=run)
""",
    "R by packages": """
step = RScriptStep("a.R", name="a", source_directory="src", compute_target="cpu", cran_packages=["dplyr"])
""",
    "hardware": """
config = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=2)
target = ComputeTarget.create(ws, "cpu", config)
run = RunConfiguration()
run.target = target
run.docker = DockerConfiguration(use_docker=True, shm_size="4g")
run.environment.docker.shm_size = "8g"
run.node_count = 1
run.mpi = MpiConfiguration(process_count_per_node=1)
run.pytorch = PyTorchConfiguration(process_count=1)
run.max_run_duration_seconds = 60
step = PythonScriptStep("a.py", name="a", source_directory="src", runconfig=run)
""",
    "hardware of the environment": f"""
run = RunConfiguration()
run.environment.docker.shm_size = "8g"
{_STEP}
""",
    "cluster for a run": """
run = RunConfiguration()
run.amlcompute.vm_size = "STANDARD_D2_V2"
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="amlcompute", runconfig=run)
""",
    "pipeline data": """
store = Datastore.get(ws, "store")
d = PipelineData("d", datastore=store, output_mode="mount", pipeline_output_name="shown")
first = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", arguments=[d], outputs=[d])
taken = d.as_input("taken")
step = PythonScriptStep("b.py", name="b", source_directory="src", compute_target="cpu", inputs=[taken])
""",
    "pipeline data as a dataset": """
d = PipelineData("d").as_dataset()
first = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", outputs=[d])
taken = d.as_named_input("taken").as_mount()
step = PythonScriptStep("b.py", name="b", source_directory="src", compute_target="cpu", inputs=[taken])
""",
    "output dataset": """
store = Datastore.get(ws, "store")
out = OutputFileDatasetConfig("out", destination=(store, "there")).as_upload(overwrite=True, source_globs=["*.csv"])
out = out.register_on_complete("kept")
first = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", arguments=[out])
taken = out.as_input("taken")
step = PythonScriptStep("b.py", name="b", source_directory="src", compute_target="cpu", arguments=[taken])
""",
    "files": """
store = Datastore.get(ws, "store")
files = Dataset.File.from_files((store, "in"))
taken = files.as_named_input("taken").as_mount("/data")
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", inputs=[taken])
""",
    "registered dataset": """
files = Dataset.get_by_name(ws, "files", version=2)
taken = DatasetConsumptionConfig("taken", files, mode="download", path_on_compute="/data")
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", inputs=[taken])
""",
    "table": """
store = Datastore.get(ws, "store")
table = Dataset.Tabular.from_delimited_files(
    [(store, "t.csv")], separator=";", header=True, set_column_types={"a": DataType.to_datetime("%Y")}
).take(2)
taken = table.as_named_input("taken")
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", inputs=[taken])
""",
    "data reference": """
store = Datastore.get(ws, "store")
taken = DataReference(
    store, data_reference_name="taken", path_on_datastore="in", mode="download", path_on_compute="/data"
)
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", inputs=[taken])
""",
    "rows": """
store = Datastore.register_azure_sql_database(ws, "base", "server", "sales")
taken = SqlDataReference(store, "taken", sql_query="SELECT 1")
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", inputs=[taken])
""",
    "rows of a procedure": """
store = Datastore.get(ws, "base")
given = [StoredProcedureParameter("day", 3)]
taken = SqlDataReference(store, "taken", sql_stored_procedure="refresh", sql_stored_procedure_params=given)
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", inputs=[taken])
""",
    "path parameter": """
store = Datastore.get(ws, "store")
path = DataPath(store, "in", name="taken")
taken = (PipelineParameter("where", path), DataPathComputeBinding(mode="mount", path_on_compute="/data"))
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", inputs=[taken])
""",
    "dataset parameter": """
store = Datastore.get(ws, "store")
files = Dataset.File.from_files((store, "in"))
taken = DatasetConsumptionConfig("taken", PipelineParameter("what", files)).as_mount()
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", inputs=[taken])
""",
    "value parameter": """
value = PipelineParameter(name="value", default_value=3)
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", arguments=["--v", value])
""",
    "command": """
run = ScriptRunConfig(
    "src", command=["python", "a.py"], compute_target="cpu", environment=Environment("e"),
    distributed_job_config=MpiConfiguration(1, 1), max_run_duration_seconds=60,
)
step = CommandStep(name="a", runconfig=run, compute_target="cpu")
""",
    "version of Python": f"""
conda = CondaDependencies()
conda.set_python_version("3.9")
run = RunConfiguration()
run.environment.python.conda_dependencies = conda
{_STEP}
""",
    "run configuration": """
run = RunConfiguration(command=["python", "a.py"], conda_dependencies=CondaDependencies())
step = CommandStep(name="a", runconfig=run, compute_target="cpu", source_directory="src")
""",
    "PyTorch job": """
run = ScriptRunConfig(
    "src", command=["python", "a.py"], compute_target="cpu", distributed_job_config=PyTorchConfiguration(node_count=1)
)
step = CommandStep(name="a", runconfig=run)
""",
    "TensorFlow job": """
run = ScriptRunConfig(
    "src", command=["python", "a.py"], compute_target="cpu", distributed_job_config=TensorflowConfiguration(1, 0)
)
step = CommandStep(name="a", runconfig=run)
""",
    "PyTorch": """
made = PyTorch("src", compute_target="cpu", entry_script="a.py", framework_version="1.6", pip_packages=["numpy"])
step = EstimatorStep(name="a", estimator=made, estimator_entry_script_arguments=["--x"], compute_target="cpu")
""",
    "estimator of an image": """
made = Estimator(
    "src", compute_target="cpu", entry_script="a.py", custom_docker_image="ubuntu:22.04", user_managed=True,
    image_registry_details=ContainerRegistry(), node_count=1, process_count_per_node=1, distributed_backend="mpi",
)
step = EstimatorStep(name="a", estimator=made, estimator_entry_script_arguments=["--x"], compute_target="cpu")
""",
    "command of a step": """
step = CommandStep(command="python a.py", name="a", compute_target="cpu", source_directory="src", allow_reuse=False)
""",
    "estimator": """
made = Estimator(
    "src", compute_target="cpu", entry_script="a.py", node_count=1, process_count_per_node=1,
    pip_packages=["numpy"], conda_packages=["scipy"], environment_variables={"A": "1"},
    max_run_duration_seconds=60, shm_size="4g", distributed_training=Mpi(1),
)
step = EstimatorStep(name="a", estimator=made, estimator_entry_script_arguments=["--x"], compute_target="cpu")
""",
    "MPI": """
step = MpiStep(
    name="a", source_directory="src", script_name="a.py", arguments=["--x"], compute_target="cpu", node_count=1,
    process_count_per_node=1,
)
""",
    "sequence": """
a = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu")
b = PythonScriptStep("b.py", name="b", source_directory="src", compute_target="cpu")
step = StepSequence([a, b])
""",
}
"""What stands between `BEGINNING` and `ENDING`, which submits ``step``."""

WHOLE = {
    "submission": """
step = PythonScriptStep("a.py", name="a", compute_target="cpu", arguments=[PipelineParameter("n", 1)])
p = Pipeline(
    workspace=ws, steps=[step], description="what", default_datastore=Datastore.get(ws, "store"),
    default_source_directory="src", resolve_closure=True,
)
p.submit("e", pipeline_parameters={"n": 1}, continue_on_step_failure=True, regenerate_outputs=True)
""",
    "experiment": """
step = PythonScriptStep("a.py", name="a", compute_target="cpu", source_directory="src")
p = Pipeline(ws, [step])
Experiment(ws, "e").submit(
    p, tags={"a": "b"}, pipeline_parameters={}, continue_on_step_failure=True, regenerate_outputs=True
)
""",
    "publication": """
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu")
q = Pipeline(ws, [step]).publish("p", description="what", version="1", continue_on_step_failure=True)
q.submit(ws, "e", pipeline_parameters={}, continue_on_step_failure=True)
""",
    "publication of a run": """
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu")
run = Pipeline(ws, [step]).submit("e")
run.publish_pipeline("p", "what", "1", continue_on_step_failure=True)
""",
    "endpoint": """
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu")
q = Pipeline(ws, [step])
endpoint = PipelineEndpoint.publish(ws, "end", "what", q)
endpoint.submit("e", pipeline_parameters={})
""",
    "schedule": """
step = PythonScriptStep(
    "a.py", name="a", source_directory="src", compute_target="cpu", arguments=[PipelineParameter("n", 1)]
)
q = Pipeline(ws, [step]).publish("p")
when = ScheduleRecurrence(
    frequency="Week", interval=1, start_time="2020-01-01T00:00:00", time_zone=TimeZone.UTC, hours=[1], minutes=[2],
    week_days=["Monday"],
)
Schedule.create(
    ws, name="s", pipeline_id=q.id, experiment_name="e", recurrence=when, description="what",
    pipeline_parameters={"n": 2}, continue_on_step_failure=False,
)
""",
    "time of day": """
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu")
q = Pipeline(ws, [step]).publish("p")
Schedule.create(ws, "s", q.id, "e", ScheduleRecurrence("Day", 1, time_of_day="03:00"))
""",
    "polling": """
store = Datastore.get(ws, "store")
taken = (PipelineParameter("where", DataPath(store, "in")), DataPathComputeBinding())
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target="cpu", inputs=[taken])
q = Pipeline(ws, [step]).publish("p")
Schedule.create(
    ws, name="s", pipeline_id=q.id, experiment_name="e", datastore=store, polling_interval=7,
    data_path_parameter_name="where", path_on_datastore="watched",
)
""",
}
"""Programs that say themselves what becomes of their pipeline."""

PROGRAMS = {
    **{name: BEGINNING + part + ENDING for name, part in PARTS.items()},
    **{name: BEGINNING + part for name, part in WHOLE.items()},
}

FILES = {
    "src/a.py": "",
    "src/b.py": "",
    "src/a.R": "",
    "image/Dockerfile": "FROM ubuntu:22.04\n",
    "conda.yml": "dependencies: [python=3.9, pip: [numpy]]\n",
    "requirements.txt": "numpy\n",
}
"""What the programs find beside them."""
