"""What starts published pipelines: schedules and endpoints. Both count as use of the pipeline."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.pipeline import Pipeline, PipelineRun, PublishedPipeline, submit
from pipelift.compiler.sdk.registry import sdk

_FREQUENCIES = ("Minute", "Hour", "Day", "Week", "Month")


@sdk("azureml.pipeline.core.schedule", "azureml.pipeline.core")
class ScheduleRecurrence(Modelled):
    """How often a schedule starts its pipeline."""

    def __init__(
        self,
        call: Call,
        frequency: Value,
        interval: Value,
        start_time: Value = None,
        time_zone: Value = None,
        hours: Value = None,
        minutes: Value = None,
        week_days: Value = None,
        time_of_day: Value = None,
    ) -> None:
        self.span = call.span
        self.frequency = frequency
        self.interval = interval
        self.start_time = start_time
        self.time_zone = time_zone
        self.hours = hours
        self.minutes = minutes
        self.week_days = week_days
        self.time_of_day = time_of_day
        self._check(call)

    def _check(self, call: Call) -> None:
        """The SDK's own rules."""
        rules = {
            "frequency is one of Minute, Hour, Day, Week and Month": isinstance(self.frequency, str)
            and self.frequency not in _FREQUENCIES,
            "hours and minutes go with Day and Week only": (self.hours or self.minutes)
            and self.frequency in ("Minute", "Hour", "Month"),
            "week_days goes with Week only": self.week_days and self.frequency in ("Minute", "Hour", "Day"),
            "time_of_day excludes hours and minutes": self.time_of_day and (self.hours or self.minutes),
            "start_time needs a time_zone": self.start_time and self.time_zone is None,
        }
        for rule, broken in rules.items():
            if broken and not isinstance(broken, Unknown):
                call.reporter.report("PL233", f"ScheduleRecurrence: {rule}", call.span)

    def validate(self, call: Call) -> Value:
        """Checked at once."""
        return None


@sdk("azureml.pipeline.core.schedule", "azureml.pipeline.core")
class Schedule(Modelled):
    """A schedule of a published pipeline."""

    def __init__(self, call: Call, *args: Value, **_: Value) -> None:
        self.span = call.span
        self.id = Unknown("only the service knows the id of a schedule", call.span)

    @staticmethod
    def create(
        call: Call,
        workspace: Value,
        name: Value,
        pipeline_id: Value,
        experiment_name: Value,
        recurrence: Value = None,
        description: Value = None,
        pipeline_parameters: Value = None,
        wait_for_provisioning: Value = False,
        wait_timeout: Value = 3600,
        datastore: Value = None,
        polling_interval: Value = 5,
        data_path_parameter_name: Value = None,
        continue_on_step_failure: Value = None,
        path_on_datastore: Value = None,
        _workflow_provider: Value = None,
        _service_endpoint: Value = None,
    ) -> Value:
        """A schedule by time, or by changes of a store."""
        pipeline = call.record.published(pipeline_id)
        if pipeline is not None:
            options = {
                "recurrence": recurrence,
                "experiment": experiment_name,
                "pipeline_parameters": pipeline_parameters,
                "continue_on_step_failure": continue_on_step_failure,
            }
            submit(call, pipeline, "scheduled", name, options)
        if datastore is not None:
            message = "a schedule that waits for changes of a store is not carried over: start runs yourself"
            call.reporter.report("PL219", message, call.span)
        return Schedule(call)

    @staticmethod
    def create_for_pipeline_endpoint(
        call: Call,
        workspace: Value,
        name: Value,
        pipeline_endpoint_id: Value,
        experiment_name: Value,
        recurrence: Value = None,
        **options: Value,
    ) -> Value:
        """A schedule of an endpoint's default pipeline."""
        return Schedule.create(call, workspace, name, pipeline_endpoint_id, experiment_name, recurrence)

    @staticmethod
    def get(call: Call, workspace: Value, id: Value, **_: Value) -> Value:
        """A schedule that is there already."""
        return Schedule(call)

    @staticmethod
    def get_all(call: Call, workspace: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its schedules", call.span)

    @staticmethod
    def list(call: Call, workspace: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its schedules", call.span)

    @staticmethod
    def get_schedules_for_pipeline_id(call: Call, workspace: Value, pipeline_id: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its schedules", call.span)

    def disable(self, call: Call, *args: Value, **_: Value) -> Value:
        """Nothing is switched off."""
        return None

    def enable(self, call: Call, *args: Value, **_: Value) -> Value:
        """Nothing is switched on."""
        return None

    def update(self, call: Call, *args: Value, **_: Value) -> Value:
        """Nothing is changed in the workspace."""
        return None

    def get_pipeline_runs(self, call: Call) -> Value:
        """Not known."""
        return Unknown("only the service knows the runs of a schedule", call.span)


@sdk("azureml.pipeline.core", "azureml.pipeline.core.pipeline_endpoint")
class PipelineEndpoint(Modelled):
    """A lasting address of a published pipeline."""

    def __init__(self, call: Call, *args: Value, **options: Value) -> None:
        self.span = call.span
        self.name = options.get("name")
        self.id: Value = Unknown("only the service knows the id of an endpoint", call.span)
        self.endpoint = Unknown("only the service knows the address of an endpoint", call.span)
        self.default_version: Value = Unknown("only the service knows the versions of an endpoint", call.span)

    @staticmethod
    def publish(
        call: Call,
        workspace: Value,
        name: Value,
        description: Value,
        pipeline: Value,
        _workflow_provider: Value = None,
        _service_endpoint: Value = None,
    ) -> Value:
        """A new endpoint for a pipeline."""
        made = PipelineEndpoint(call, name=name)
        made._add(call, pipeline)
        return made

    @staticmethod
    def get(call: Call, workspace: Value, id: Value = None, name: Value = None, **_: Value) -> Value:
        """One that is there already."""
        return PipelineEndpoint(call, name=name)

    @staticmethod
    def list(call: Call, workspace: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its endpoints", call.span)

    def _add(self, call: Call, pipeline: Value) -> None:
        """A Pipeline becomes published under the endpoint's name; a published one is so already."""
        found = pipeline.source if isinstance(pipeline, PublishedPipeline) else pipeline
        if isinstance(pipeline, Pipeline):
            submit(call, pipeline, "published", self.name, {})
        if isinstance(found, Pipeline):
            call.record.note_published(self.id, found)

    def add(self, call: Call, pipeline: Value) -> Value:
        """A further pipeline of the endpoint."""
        self._add(call, pipeline)
        return None

    def add_default(self, call: Call, pipeline: Value) -> Value:
        """The pipeline that the endpoint starts from now on."""
        self._add(call, pipeline)
        return None

    def set_default(self, call: Call, pipeline: Value) -> Value:
        """The pipeline that the endpoint starts from now on."""
        self._add(call, pipeline)
        return None

    def set_default_version(self, call: Call, version: Value) -> Value:
        """Nothing is changed in the workspace."""
        return None

    def submit(self, call: Call, experiment_name: Value, *args: Value, **_: Value) -> Value:
        """Run the default pipeline."""
        return PipelineRun(call)

    def get_default_version(self, call: Call) -> Value:
        """Not known."""
        return self.default_version

    def list_versions(self, call: Call, *args: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the service knows the versions of an endpoint", call.span)

    def list_pipelines(self, call: Call, *args: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the service knows the pipelines of an endpoint", call.span)


@sdk("azureml.pipeline.core.schedule", "azureml.pipeline.core", fate="read")
class TimeZone(Modelled):
    """Names of time zones: each stands for itself."""

    UTC = "UTC"
    CoordinatedUniversalTime = "UTC"

    def __init__(self, call: Call, value: Value) -> None:
        self.span = call.span
        self.value = value
