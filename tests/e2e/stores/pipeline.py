"""Files from a blob store and a bucket and rows from a database, put together and reported in both stores."""

from azureml.core import Dataset, Datastore, Environment, Experiment, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration
from azureml.data.datapath import DataPath
from azureml.pipeline.core import Pipeline, PipelineData
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
blobs = Datastore.get(ws, "blobs")
bucket = Datastore.get(ws, "bucket")
sales = Datastore.get(ws, "sales")

environment = Environment("stores")
environment.python.conda_dependencies = CondaDependencies.create(
    python_version="3.11", pip_packages=["pandas"], conda_packages=[]
)
run_config = RunConfiguration()
run_config.environment = environment
run_config.environment_variables = {"API_TOKEN": "left-in-the-source"}

numbers = Dataset.File.from_files((blobs, "numbers/"))
words = Dataset.File.from_files((bucket, "words/**/*.txt"))
query = "SELECT city, price, sold FROM sales WHERE price > 1 ORDER BY price"
rows = Dataset.Tabular.from_sql_query(DataPath(sales, query))

gathered = PipelineData("gathered", datastore=blobs)
report = PipelineData("report", datastore=bucket)

gather = PythonScriptStep(
    name="gather",
    script_name="gather.py",
    source_directory="src",
    arguments=[
        *("--numbers", numbers.as_named_input("numbers").as_mount()),
        *("--words", words.as_named_input("words").as_download()),
        *("--gathered", gathered),
    ],
    inputs=[rows.as_named_input("rows")],
    outputs=[gathered],
    compute_target="cpu-cluster",
    runconfig=run_config,
)
tell = PythonScriptStep(
    name="tell",
    script_name="tell.py",
    source_directory="src",
    arguments=["--gathered", gathered, "--report", report],
    inputs=[gathered],
    outputs=[report],
    compute_target="cpu-cluster",
    runconfig=run_config,
)

Experiment(ws, "stores").submit(Pipeline(ws, steps=[tell]))
