"""`ScheduleRecurrence` and `Schedule`: what starts published pipelines by itself."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value, find_unknown
from pipelift.compiler.sdk.data.datastores import Datastore, name_of
from pipelift.compiler.sdk.pipeline.pipeline import note_submission, pipeline_record
from pipelift.compiler.sdk.pipeline.time_zones import TimeZone
from pipelift.compiler.sdk.registry import sdk

_LARGEST = {"Minute": 72_000, "Hour": 12_000, "Day": 500, "Week": 71, "Month": 16}
"""The frequencies, and the largest interval that the service takes (Azure's page on the Recurrence trigger)."""

DEFAULT_POLLING = 5
"""The SDK's default for the minutes between two looks for changed data."""

DISABLED = "Disabled"
"""The status of a schedule that starts nothing."""

_WEEK_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIME_OF_DAY = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@sdk("azureml.pipeline.core.schedule", "azureml.pipeline.core")
class ScheduleRecurrence(Modelled):
    """How often a schedule starts its pipeline. `start_time` is a text, `time_of_day` becomes hours and minutes."""

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
        self.start_time = _format_start(call, start_time)
        self.time_zone = time_zone
        self.hours = hours
        self.minutes = minutes
        self.week_days = week_days
        if time_of_day is not None:
            self._set_time(call, time_of_day)
        self.validate(call)

    def _set_time(self, call: Call, time: Value) -> None:
        if self.hours is not None or self.minutes is not None:
            _refuse(call, "time_of_day excludes hours and minutes")
        if isinstance(time, Unknown):
            self.hours = self.minutes = time
            return
        match = _TIME_OF_DAY.fullmatch(time) if isinstance(time, str) else None
        if match is None:
            _refuse(call, "time_of_day has the form hh:mm")
        else:
            self.hours, self.minutes = [int(match[1])], [int(match[2])]

    def validate(self, call: Call) -> Value:
        """The SDK's rules. The SDK checks them when a schedule is created; pipelift reports them at once."""
        for rule in find_broken_rules(self):
            _refuse(call, rule)
        return None


def find_broken_rules(recurrence: ScheduleRecurrence) -> Iterator[str]:
    """The SDK's rules that the recurrence breaks; unknown values break none."""
    by_day = recurrence.frequency in ("Day", "Week") or isinstance(recurrence.frequency, Unknown)
    frequency = recurrence.frequency if isinstance(recurrence.frequency, (str, Unknown)) else ""
    most = max(_LARGEST.values()) if isinstance(frequency, Unknown) else _LARGEST.get(frequency)
    if most is None:
        yield "frequency is one of Minute, Hour, Day, Week and Month"
    elif not isinstance(recurrence.interval, Unknown) and not _is_whole(recurrence.interval, 1, most):
        yield f"interval is an integer from 1 to {most}"
    if not by_day and (recurrence.hours is not None or recurrence.minutes is not None):
        yield "hours and minutes go with Day and Week only"
    if (
        recurrence.week_days is not None
        and recurrence.frequency != "Week"
        and isinstance(recurrence.frequency, str)
    ):
        yield "week_days goes with Week only"
    if not _are_allowed(recurrence.hours, lambda hour: _is_whole(hour, 0, 23)):
        yield "hours are integers between 0 and 23"
    if not _are_allowed(recurrence.minutes, lambda minute: _is_whole(minute, 0, 59)):
        yield "minutes are integers between 0 and 59"
    if not _are_allowed(recurrence.week_days, lambda day: day in _WEEK_DAYS):
        yield f"week_days are among {', '.join(_WEEK_DAYS)}"
    if recurrence.time_zone is not None and not isinstance(recurrence.time_zone, (TimeZone, Unknown)):
        yield "time_zone is a member of TimeZone"


def _format_start(call: Call, start: Value) -> Value:
    """The start as the SDK keeps it: a text without zone."""
    if not isinstance(start, datetime.datetime):
        return start
    if start.tzinfo is not None:
        _refuse(call, "start_time has no tzinfo: time_zone says where it is meant")
    return start.strftime("%Y-%m-%dT%H:%M:%S")


def _is_whole(value: Value, least: int, most: int) -> bool:
    return isinstance(value, int) and least <= value <= most


def _are_allowed(values: Value, allowed: Callable[[Value], bool]) -> bool:
    """Whether all values of a list are allowed; unknown ones are."""
    if values is None or find_unknown(values) is not None:
        return True
    return isinstance(values, (list, tuple, set)) and all(map(allowed, values))


def _refuse(call: Call, rule: str) -> None:
    call.reporter.report("PL233", f"ScheduleRecurrence: {rule}", call.span)


@sdk("azureml.pipeline.core.schedule", "azureml.pipeline.core")
class Schedule(Modelled):
    """A schedule of a published pipeline. Without `recurrence` it is one that watches `datastore`."""

    def __init__(self, call: Call, name: Value = None, *args: Value, **options: Value) -> None:
        self.span = call.span
        self.id = Unknown("only the service knows the id of a schedule", call.span)
        self.name = name
        self.status: Value = "Active"
        self.experiment_name = options.get("experiment_name")
        self.recurrence = options.get("recurrence")
        self.description = options.get("description")
        self.pipeline_parameters = options.get("pipeline_parameters")
        self.datastore = options.get("datastore")
        self.polling_interval = options.get("polling_interval")
        self.data_path_parameter_name = options.get("data_path_parameter_name")
        self.continue_on_step_failure = options.get("continue_on_step_failure")
        self.path_on_datastore = options.get("path_on_datastore")

    @property
    def datastore_name(self) -> Value:
        """The name of the store that is watched."""
        return name_of(self.datastore)

    @property
    def watched(self) -> Datastore | None:
        """The store that is watched, as far as the program knows it."""
        return self.datastore if isinstance(self.datastore, Datastore) else None

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
        polling_interval: Value = DEFAULT_POLLING,
        data_path_parameter_name: Value = None,
        continue_on_step_failure: Value = None,
        path_on_datastore: Value = None,
        _workflow_provider: Value = None,
        _service_endpoint: Value = None,
    ) -> Value:
        """A schedule by time, or by changes of a store."""
        schedule = Schedule(
            call,
            name,
            experiment_name=experiment_name,
            recurrence=recurrence,
            description=description,
            pipeline_parameters=pipeline_parameters,
            datastore=datastore,
            polling_interval=polling_interval,
            data_path_parameter_name=data_path_parameter_name,
            continue_on_step_failure=continue_on_step_failure,
            path_on_datastore=path_on_datastore,
        )
        schedule._check(call)
        pipeline = pipeline_record(call).find_published(pipeline_id)
        if pipeline is None:
            called = f"schedule '{name}'" if isinstance(name, str) else "a schedule"
            message = f"{called} is of a pipeline that this program does not publish"
            call.reporter.report("PL325", message, call.span)
            return schedule
        note_submission(call, pipeline, "scheduled", name, {"schedule": schedule})
        return schedule

    def _check(self, call: Call) -> None:
        """What the SDK, or its service, refuses."""
        timed, watching = self.recurrence is not None, self.datastore is not None
        rules = {
            "a recurrence and a datastore exclude each other": timed and watching,
            "data_path_parameter_name goes with a datastore only": timed
            and self.data_path_parameter_name is not None,
            "path_on_datastore goes with a datastore only": timed and self.path_on_datastore is not None,
            "it needs a recurrence or a datastore": not timed and not watching,
        }
        for rule, broken in rules.items():
            if broken:
                call.reporter.report("PL233", f"Schedule.create: {rule}", call.span)

    @staticmethod
    def create_for_pipeline_endpoint(
        call: Call,
        workspace: Value,
        name: Value,
        pipeline_endpoint_id: Value,
        experiment_name: Value,
        recurrence: Value = None,
        description: Value = None,
        pipeline_parameters: Value = None,
        wait_for_provisioning: Value = False,
        wait_timeout: Value = 3600,
        datastore: Value = None,
        polling_interval: Value = DEFAULT_POLLING,
        data_path_parameter_name: Value = None,
        continue_on_step_failure: Value = None,
        path_on_datastore: Value = None,
        _workflow_provider: Value = None,
        _service_endpoint: Value = None,
    ) -> Value:
        """A schedule of an endpoint's default pipeline."""
        return Schedule.create(
            call,
            workspace,
            name,
            pipeline_endpoint_id,
            experiment_name,
            recurrence,
            description,
            pipeline_parameters,
            datastore=datastore,
            polling_interval=polling_interval,
            data_path_parameter_name=data_path_parameter_name,
            continue_on_step_failure=continue_on_step_failure,
            path_on_datastore=path_on_datastore,
        )

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

    @staticmethod
    def get_schedules_for_pipeline_endpoint_id(
        call: Call, workspace: Value, pipeline_endpoint_id: Value, **_: Value
    ) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its schedules", call.span)

    def disable(self, call: Call, wait_for_provisioning: Value = False, wait_timeout: Value = 3600) -> Value:
        """The schedule starts nothing until it is enabled."""
        call.touch(self.__dict__)
        self.status = DISABLED
        return None

    def enable(self, call: Call, wait_for_provisioning: Value = False, wait_timeout: Value = 3600) -> Value:
        """The schedule starts runs."""
        call.touch(self.__dict__)
        self.status = "Active"
        return None

    def update(
        self,
        call: Call,
        name: Value = None,
        description: Value = None,
        recurrence: Value = None,
        pipeline_parameters: Value = None,
        status: Value = None,
        wait_for_provisioning: Value = False,
        wait_timeout: Value = 3600,
        datastore: Value = None,
        polling_interval: Value = None,
        data_path_parameter_name: Value = None,
        continue_on_step_failure: Value = None,
        path_on_datastore: Value = None,
    ) -> Value:
        """Change the settings that are not None."""
        changes = {
            "name": name,
            "description": description,
            "recurrence": recurrence,
            "pipeline_parameters": pipeline_parameters,
            "status": status,
            "datastore": datastore,
            "polling_interval": polling_interval,
            "data_path_parameter_name": data_path_parameter_name,
            "continue_on_step_failure": continue_on_step_failure,
            "path_on_datastore": path_on_datastore,
        }
        call.touch(self.__dict__)
        self.__dict__.update({option: value for option, value in changes.items() if value is not None})
        return None

    def get_pipeline_runs(self, call: Call) -> Value:
        """Not known."""
        return Unknown("only the service knows the runs of a schedule", call.span)

    def get_last_pipeline_run(self, call: Call) -> Value:
        """Not known."""
        return Unknown("only the service knows the runs of a schedule", call.span)
