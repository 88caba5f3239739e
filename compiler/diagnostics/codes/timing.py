"""PL325 to PL339 and PL47x, PL48x: schedules, published pipelines and parameters on a target."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL325",
        "warning",
        "a schedule is of another pipeline",
        "A schedule starts the published pipeline whose id it gets. This program does not publish that "
        "pipeline, so there is nothing to compile that the schedule could start.",
        "Schedule.create(ws, 'nightly', pipeline_id=args.pipeline_id, experiment_name='e', recurrence=r)",
        "Compile the program that publishes the pipeline, and create the schedule there.",
    ),
    Code(
        "PL326",
        "warning",
        "part of a schedule is not known",
        "A detail of a schedule depends on what only a run of the program knows. The schedule is carried over "
        "without it: one without a start counts from the moment at which it is deployed.",
        "ScheduleRecurrence('Day', 1, start_time=datetime.now())",
        "Write the value out, or supply it (--env, --arg).",
        "approximated",
    ),
    Code(
        "PL327",
        "error",
        "a schedule cannot be carried over",
        "When the schedule starts runs, or what it gives them, depends on what only a run of the program knows.",
        "ScheduleRecurrence(frequency=workspace.tags['frequency'], interval=1)",
        "Write the value out, or supply it (--env, --arg).",
        "dropped",
    ),
    Code(
        "PL328",
        "warning",
        "a schedule has its own rule for failed steps",
        "The schedule overrides continue_on_step_failure of its pipeline. A compiled pipeline has one rule for "
        "all its runs: that of the pipeline.",
        "Schedule.create(..., continue_on_step_failure=True)",
        "Give both the same rule, or build a second pipeline for the schedule.",
        "approximated",
    ),
    Code(
        "PL329",
        "error",
        "a schedule sets a parameter for data",
        "The schedule gives its runs another dataset than the parameter's default, or a path in another store. A run "
        "may choose another path in the same store only, so that its runs would read the wrong data.",
        "Schedule.create(..., pipeline_parameters={'input': DataPath(other_store, 'march')})",
        "Build a second pipeline for the schedule.",
        "dropped",
    ),
    Code(
        "PL330",
        "note",
        "a parameter for a path stays in its store",
        "A parameter whose default is a DataPath becomes a text: the path in the default's store. The SDK's could name "
        "another store as well.",
        "PipelineParameter('input', DataPath(store, 'february'))",
        "Give a run the path: -p input=march.",
        "approximated",
    ),
    Code(
        "PL470",
        "warning",
        "a schedule that leaves times to the moment of its creation",
        "The schedule has no start, so the service takes what it does not say (an hour, a minute, a day, the first of "
        "several weeks) from the moment at which it is created. A DAG file knows no such moment: hours and minutes "
        "are 0, and days and weeks count from Thursday, the first of January 1970.",
        'ScheduleRecurrence(frequency="Week", interval=2, week_days=["Monday"])',
        "Give the recurrence a start_time.",
        fidelity="approximated",
    ),
    Code(
        "PL471",
        "warning",
        "days and months without a start",
        "The schedule has no start: it begins when Airflow first sees it, and goes on in whole days of 24 hours, or "
        "months from the run before. Where clocks change, or a month is short, the time of day or the day moves.",
        'ScheduleRecurrence(frequency="Month", interval=1)',
        "Give the recurrence a start_time.",
        fidelity="approximated",
    ),
    Code(
        "PL472",
        "error",
        "a schedule that looks at a store which Airflow's workers cannot see",
        "To find out whether files are new, a worker reads the folder of the store. It sees folders of its machine; "
        "volumes, claims and stores behind URLs only the steps' containers see. The schedule is left out.",
        "Schedule.create(ws, name, pipeline_id, experiment, datastore=store, polling_interval=10)",
        "Give the store a folder below [stores.NAME.airflow], or start the pipeline over REST when data arrive.",
        fidelity="dropped",
    ),
    Code(
        "PL473",
        "warning",
        "a run that is not told which file has changed",
        "The service hands the path of the changed file to a data parameter. On Airflow a parameter for a path gets "
        "it; this one stands for a dataset, and the run takes its default.",
        'Schedule.create(…, datastore=store, data_path_parameter_name="changed")',
        "Let the script look through the folder.",
        fidelity="approximated",
    ),
    Code(
        "PL474",
        "note",
        "scheduled runs under the pipeline's own experiment",
        "A run on Airflow belongs to the DAG; the experiment that scripts see is the pipeline's.",
        'Schedule.create(ws, name, pipeline_id, experiment_name="nightly")',
        "Nothing, unless a script asks for the experiment's name.",
        fidelity="approximated",
    ),
    Code(
        "PL475",
        "error",
        "a schedule without a value for a parameter",
        "The parameter has no default, and the schedule gives it no value: Airflow would refuse every run.",
        "Schedule.create(ws, name, pipeline_id, experiment, recurrence=recurrence)",
        "Give the parameter a default, or the schedule a value in pipeline_parameters.",
        fidelity="dropped",
    ),
    Code(
        "PL480",
        "warning",
        "clock changes move a schedule",
        "Kubeflow reads cron in one time zone, that of its controller (UTC unless it is set up otherwise), and "
        "intervals as elapsed time. The schedule keeps the local time of its own zone in winter; in summer its runs "
        "start an hour later or earlier.",
        "ScheduleRecurrence('Day', 1, time_of_day='18:30', time_zone=TimeZone.WEuropeStandardTime)",
        "Set CRON_SCHEDULE_TIMEZONE of the cluster's controller ml-pipeline-scheduledworkflow, and name the zone as "
        "`time_zone` below [kubeflow] in pipelift.toml. Every so many days or weeks stays elapsed time.",
        "approximated",
    ),
    Code(
        "PL481",
        "warning",
        "the last day of short months is the 28th",
        "In a month that is too short the schedule falls on the last day. Kubeflow's cron has no word for that.",
        "ScheduleRecurrence('Month', 1, start_time='2024-01-31T06:00:00')",
        "Start on a day up to the 28th, if the day matters.",
        "approximated",
    ),
    Code(
        "PL482",
        "error",
        "a schedule has no form on the target",
        "Neither cron nor a fixed distance says when the schedule fires.",
        "ScheduleRecurrence('Month', 5)",
        "Choose an interval that divides the year, and a start; or start the runs from outside.",
        "dropped",
    ),
    Code(
        "PL483",
        "error",
        "nothing watches the store",
        "The schedule starts a run whenever a file of a store is new or changed. The target has nothing that watches.",
        "Schedule.create(…, datastore=store, path_on_datastore='incoming')",
        "Start a run from what writes the files, by the target's REST API (docs/deploy.md), or allow the loss.",
        "dropped",
    ),
    Code(
        "PL484",
        "warning",
        "a schedule without a start counts from 1970",
        "The service counts intervals from the moment at which the schedule is made. A timer of this machine has no "
        "such moment: its intervals count from 1970-01-01 00:00 in the schedule's time zone. The distance is the same, "
        "the time of day may be another.",
        "ScheduleRecurrence('Hour', 12)",
        "Give the recurrence a start_time.",
        "approximated",
    ),
)
