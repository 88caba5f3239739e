"""PL325 to PL339: schedules, published pipelines and parameters."""

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
)
