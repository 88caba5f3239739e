"""A published pipeline with one step, and a schedule that gives it another word."""

from azureml.core import Workspace
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter, Schedule, ScheduleRecurrence
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
store = ws.get_default_datastore()
word = PipelineParameter(name="word", default_value="by hand")
said = PipelineData("said", datastore=store)
say = PythonScriptStep(
    name="say",
    script_name="say.py",
    source_directory="src",
    arguments=["--word", word, "--output", said],
    outputs=[said],
    compute_target="cpu-cluster",
    allow_reuse=False,
)
published = Pipeline(ws, [say]).publish(name="saying")
Schedule.create(
    ws,
    name="from now on",
    pipeline_id=published.id,
    experiment_name="saying",
    recurrence=ScheduleRecurrence(frequency="Hour", interval=6),
    pipeline_parameters={"word": "{{ by }} the 'clock'"},
)
