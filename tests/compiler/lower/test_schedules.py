"""Schedules, endpoints and published names: from the SDK's calls to the IR, and what does not fit."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from pipelift.compiler import ir
from tests.support.sdk_world import Reading, read

PUBLISHED = """
from azureml.pipeline.core.schedule import TimeZone
p = Pipeline(ws, py("a", arguments=[PipelineParameter("lr", 0.1)]))
x = p.publish("n", "what it does", version="3")
r = ScheduleRecurrence("Day", 1, time_of_day="6:05")
"""


def reading(folder: Path, source: str) -> Reading:
    return read(folder, PUBLISHED + dedent(source))


def only(folder: Path, source: str) -> ir.Schedule:
    """The one schedule of a program without mistakes."""
    found = reading(folder, source)
    assert found.codes == []
    (schedule,) = found.pipelines[0].schedules
    return schedule


def test_a_schedule_by_time(tmp_path: Path) -> None:
    source = """
    r = ScheduleRecurrence("Week", 2, start_time="2024-01-03T08:00:00", time_zone=TimeZone.RomanceStandardTime,
                           week_days=["Friday", "Monday"], hours=[18, 6], minutes=[30])
    Schedule.create(ws, "My schedule", x.id, "exp", recurrence=r, description="d", pipeline_parameters={"lr": 0.3})
    """
    made = only(tmp_path, source)
    assert (made.id, made.name, made.description, made.experiment, made.enabled) == (
        "my-schedule",
        "My schedule",
        "d",
        "exp",
        True,
    )
    assert made.parameters == (ir.ParameterSetting(name="lr", value=0.3),)
    assert made.trigger == ir.Recurrence(
        frequency="week",
        interval=2,
        start="2024-01-03T08:00:00",
        time_zone="Europe/Paris",
        zone_name="Romance Standard Time",
        hours=(6, 18),
        minutes=(30,),
        week_days=("monday", "friday"),
    )


def test_a_schedule_that_watches_a_store(tmp_path: Path) -> None:
    source = """
    incoming = Datastore.get(ws, "incoming")
    Schedule.create(ws, "s", x.id, "e", datastore=incoming, polling_interval=9, path_on_datastore="in/")
    """
    assert only(tmp_path, source).trigger == ir.Polling(store="incoming", path="in", interval=9)
    assert "incoming" in [one.name for one in reading(tmp_path, source).pipelines[0].stores]


def test_the_parameter_that_gets_the_file(tmp_path: Path) -> None:
    source = """
    path = (PipelineParameter("input", DataPath(store, "x")), DataPathComputeBinding())
    x = Pipeline(ws, py("b", inputs=[path])).publish("m")
    Schedule.create(ws, "s", x.id, "e", datastore=store, data_path_parameter_name={!r})
    """
    found = reading(tmp_path, source.format("input")).pipelines[-1].schedules[0].trigger
    assert isinstance(found, ir.Polling) and found.parameter == "input"
    assert "PL240" in reading(tmp_path, source.format("output")).codes


@pytest.mark.parametrize(
    ("written", "local"), [("2024-07-01T06:00:00Z", "08:00"), ("2024-07-01T06:00:00", "06:00")]
)
def test_a_start_with_an_offset_is_that_moment(written: str, local: str, tmp_path: Path) -> None:
    source = f"""
    r = ScheduleRecurrence("Day", 1, start_time="{written}", time_zone=TimeZone.WEuropeStandardTime)
    Schedule.create(ws, "s", x.id, "e", recurrence=r)
    """
    trigger = only(tmp_path, source).trigger
    assert isinstance(trigger, ir.Recurrence) and trigger.start == f"2024-07-01T{local}:00"


WRONG = (
    "hours=5",
    "hours=['a', 1]",
    "hours=[[1]]",
    "week_days=[1]",
    "interval='x'",
    "minutes={'a': 1}",
    "frequency=3",
)


@pytest.mark.parametrize("argument", WRONG)
def test_arguments_of_any_kind_are_refused_in_words(argument: str, tmp_path: Path) -> None:
    arguments = {"frequency": "'Week'", "interval": "1"}
    name, _, value = argument.partition("=")
    text = ", ".join(f"{key}={word}" for key, word in {**arguments, name: value}.items())
    found = reading(tmp_path, f"Schedule.create(ws, 's', x.id, 'e', recurrence=ScheduleRecurrence({text}))")
    assert set(found.codes) == {"PL233"}


STATES = {
    "s.disable()": False,
    "s.disable(); s.enable()": True,
    "s.update(status='Disabled')": False,
    "s.update(description='later')": True,
}


@pytest.mark.parametrize("call", STATES)
def test_what_becomes_of_a_schedule(call: str, tmp_path: Path) -> None:
    made = only(tmp_path, f"s = Schedule.create(ws, 's', x.id, 'e', recurrence=r)\n{call}")
    assert made.enabled is STATES[call]


def test_a_schedule_of_an_endpoint_is_its_default_pipelines(tmp_path: Path) -> None:
    source = """
    q = Pipeline(ws, py("b"))
    e = PipelineEndpoint.publish(ws, "lasting", "d", x)
    e.add_default(q)
    Schedule.create_for_pipeline_endpoint(ws, "s", e.id, "e", recurrence=r)
    """
    first, second = reading(tmp_path, source).pipelines
    assert (len(first.schedules), len(second.schedules)) == (0, 1)
    assert [(one.name, one.endpoint, one.default) for one in (*first.published, *second.published)] == [
        ("n", "lasting", False),
        ("lasting", "lasting", True),
    ]


def test_published_names(tmp_path: Path) -> None:
    (made,) = reading(tmp_path, "e = PipelineEndpoint.publish(ws, 'lasting', 'd', x)").pipelines[0].published
    assert (made.name, made.version, made.description, made.endpoint, made.default) == (
        "n",
        "3",
        "what it does",
        "lasting",
        True,
    )


STARTED = {
    "a published pipeline": "x.submit(ws, 'exp', pipeline_parameters={})",
    "through the experiment": "Experiment(ws, 'exp').submit(x, pipeline_parameters={})",
    "an endpoint": "PipelineEndpoint.publish(ws, 'l', 'd', x).submit('exp', pipeline_parameters={})",
    "the pipeline, by an old name": "Experiment(ws, 'exp').submit(p, pipeline_params={})",
}


@pytest.mark.parametrize("case", STARTED)
def test_what_starts_a_pipeline_is_checked(case: str, tmp_path: Path) -> None:
    """The values are held against the parameters, however the run starts; it is filed under the experiment."""
    for given, codes in ((" {'lr': 0.1}", []), ("{'lr': 0.2}", ["PL241"]), ("{'rl': 0.2}", ["PL242"])):
        found = reading(tmp_path, STARTED[case].replace("{}", given))
        assert (found.codes, found.pipelines[0].experiment) == (codes, "exp")


CONTINUES = {
    "the schedule's rule, where nothing else starts it": ("", "continue_on_step_failure=True", True, []),
    "the pipeline's where a run is started": (
        "x.submit(ws, 'e')",
        "continue_on_step_failure=True",
        False,
        ["PL328"],
    ),
    "nothing said": ("", "description='d'", False, []),
}


@pytest.mark.parametrize("case", CONTINUES)
def test_rules_for_failed_steps(case: str, tmp_path: Path) -> None:
    before, option, goes_on, codes = CONTINUES[case]
    found = reading(tmp_path, f"{before}\nSchedule.create(ws, 's', x.id, 'e', recurrence=r, {option})")
    assert (found.pipelines[0].continue_on_failure, found.codes) == (goes_on, codes)


LOSSES: dict[str, tuple[str, list[str], int]] = {
    "of another pipeline": ("Schedule.create(ws, 's', 'an-id', 'e', recurrence=r)", ["PL325"], 0),
    "the start is a clock's": (
        "import datetime\n"
        "r = ScheduleRecurrence('Day', 1, start_time=datetime.datetime.now())\n"
        "Schedule.create(ws, 's', x.id, 'e', recurrence=r)",
        ["PL326"],
        1,
    ),
    "the start is no time": (
        "Schedule.create(ws, 's', x.id, 'e', recurrence=ScheduleRecurrence('Day', 1, start_time='soon'))",
        ["PL326"],
        1,
    ),
    "the interval is a clock's": (
        "import time\n"
        "r = ScheduleRecurrence('Day', int(time.time()))\n"
        "Schedule.create(ws, 's', x.id, 'e', recurrence=r)",
        ["PL327"],
        0,
    ),
    "other data": (
        "path = (PipelineParameter('input', DataPath(store, 'x')), DataPathComputeBinding())\n"
        "x = Pipeline(ws, py('b', inputs=[path])).publish('m')\n"
        "other = Datastore.get(ws, 'other')\n"
        "Schedule.create(ws, 's', x.id, 'e', recurrence=r, pipeline_parameters={'input': DataPath(other, 'y')})",
        ["PL329", "PL330"],
        1,
    ),
    "a parameter that is none": (
        "Schedule.create(ws, 's', x.id, 'e', recurrence=r, pipeline_parameters={'rl': 1})",
        ["PL240"],
        1,
    ),
    "a value of another type": (
        "Schedule.create(ws, 's', x.id, 'e', recurrence=r, pipeline_parameters={'lr': 'high'})",
        ["PL240"],
        1,
    ),
    "two triggers": ("Schedule.create(ws, 's', x.id, 'e', recurrence=r, datastore=store)", ["PL233"], 1),
    "a path with a recurrence": (
        "Schedule.create(ws, 's', x.id, 'e', recurrence=r, path_on_datastore='in')",
        ["PL233"],
        1,
    ),
}


@pytest.mark.parametrize("case", LOSSES)
def test_what_does_not_fit(case: str, tmp_path: Path) -> None:
    source, codes, kept = LOSSES[case]
    found = reading(tmp_path, source)
    schedules: list[Any] = [one for pipeline in found.pipelines for one in pipeline.schedules]
    assert (sorted(found.codes), len(schedules)) == (sorted(codes), kept)


def test_a_schedule_may_choose_another_path(tmp_path: Path) -> None:
    source = """
    path = (PipelineParameter("input", DataPath(store, "x")), DataPathComputeBinding())
    x = Pipeline(ws, py("b", inputs=[path])).publish("m")
    Schedule.create(ws, "s", x.id, "e", recurrence=r, pipeline_parameters={"input": DataPath(store, "y")})
    """
    found = reading(tmp_path, source)
    assert found.codes == ["PL330"]
    assert found.pipelines[-1].schedules[0].parameters == (ir.ParameterSetting(name="input", value="y"),)


def test_two_schedules_of_one_name_are_told_apart(tmp_path: Path) -> None:
    source = "\n".join(["Schedule.create(ws, 's', x.id, 'e', recurrence=r)"] * 2)
    assert [one.id for one in reading(tmp_path, source).pipelines[0].schedules] == ["s", "s-2"]
