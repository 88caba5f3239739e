"""PL42x, PL44x, PL48x, PL49x: what a target says of itself that it cannot keep; the message names the target."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL423",
        "warning",
        "an output goes elsewhere",
        "The target keeps what steps write in a place of its own and hands it to later steps from there. Neither "
        "the destination that the source names nor a registered dataset comes into being.",
        'OutputFileDatasetConfig(destination=(datastore, "results/{run-id}"))',
        "Later steps are not affected; fetch the files from the run, or copy them in a step of its own.",
        fidelity="approximated",
    ),
    Code(
        "PL424",
        "error",
        "a distributed step runs as one process",
        "The target starts one process or container a step. A script that shares its work among nodes or processes "
        "does all of it alone, which can change its results, or fails.",
        "RunConfiguration().node_count = 2",
        "Set one node and one process, start the other processes in the script, or allow the loss.",
        fidelity="dropped",
    ),
    Code(
        "PL426",
        "warning",
        "a failed step ends the run",
        "The target starts no further step once one has failed; the source asks for the steps that do not "
        "depend on it to go on.",
        "experiment.submit(pipeline, continue_on_step_failure=True)",
        "Start another run: steps that have completed are reused where reuse is allowed, and the others follow.",
        fidelity="approximated",
    ),
    Code(
        "PL442",
        "note",
        "retries in another way",
        "A failed step is to be tried again, and the target has its own way of doing so.",
        "step.runconfig.max_retries = 2",
        "Nothing, where the message names another way; otherwise start the run again after a failure.",
        fidelity="approximated",
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
        "PL490",
        "error",
        "nothing starts runs by the clock",
        "The schedule starts runs by itself. What is written for the target holds no schedule.",
        "Schedule.create(ws, 'nightly', pipeline_id, experiment, recurrence=recurrence)",
        "Start the runs from outside, as cron does, or allow the loss.",
        "dropped",
    ),
    Code(
        "PL491",
        "warning",
        "a step may take as long as it likes",
        "The source stops the step after some time; the target does not.",
        "RunConfiguration().max_run_duration_seconds = 3600",
        "Stop the run by hand, or let the script watch its time.",
        "dropped",
    ),
    Code(
        "PL492",
        "warning",
        "a step's processors and memory are not asked for",
        "The source chooses a machine of a certain size for the step; the target gives what it has.",
        "PythonScriptStep('train.py', compute_target=large)",
        "Choose where the step runs by the target's own means.",
        "dropped",
    ),
    Code(
        "PL493",
        "error",
        "a step's GPUs are not asked for",
        "The source runs the step on a machine with GPUs; on the target its container sees none.",
        "PythonScriptStep('train.py', compute_target=gpu_cluster)",
        "Run the step on the CPU and allow the loss, or choose another target.",
        "dropped",
    ),
    Code(
        "PL494",
        "warning",
        "a step has the usual shared memory",
        "The source asks for more shared memory than containers have; loaders of data that work in several processes "
        "fail without it.",
        "DockerConfiguration(use_docker=True, shm_size='8g')",
        "Let the loader work in one process, or give the container its memory by the target's own means.",
        "dropped",
    ),
    Code(
        "PL495",
        "error",
        "a step's secrets do not reach it",
        "The step's environment variables hold secrets, which no output contains; the target does not say where a "
        "run finds them.",
        "runconfig.environment_variables = {'KEY': keyvault.get_secret('key')}",
        "Let the script find its secrets by itself, or choose another target.",
        "dropped",
    ),
    Code(
        "PL496",
        "warning",
        "a step runs every time",
        "The source lets the step take the result of an earlier run that had the same inputs; the target runs it.",
        "PythonScriptStep('train.py', allow_reuse=True)",
        "Nothing, unless the time matters.",
        "approximated",
    ),
)
