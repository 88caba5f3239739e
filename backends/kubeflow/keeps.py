"""What of a pipeline Kubeflow Pipelines keeps."""

from pipelift.compiler.keeps import EXACT, Keeps, approximated, dropped, exact_but

DEPLOYED = "a deployment reads it in pipeline.ir.json and tells the server"

KEEPS = Keeps(
    processes=dropped(
        "runs it as one process",
        "Set one node and one process, or run the training through Kubeflow's training operator.",
    ),
    going_on=approximated(
        "starts no further step",
        "Retry the failed run in KFP: what has completed is not run again, and the other steps follow.",
    ),
    retries=EXACT,
    timeouts=EXACT,
    sizes=EXACT,
    gpus=EXACT,
    shared_memory=EXACT,
    secrets=EXACT,
    destinations=approximated("keeps it as an artifact and writes nothing there"),
    registrations=approximated("keeps it as an artifact and registers nothing"),
    reuse=exact_but("PL427"),
    recurrences=exact_but("PL480", "PL481", "PL482"),
    polling=dropped("has nothing that watches"),
    experiments=EXACT,
    ignores={
        "Schedule.description": DEPLOYED,
        "Schedule.enabled": DEPLOYED,
        "Schedule.experiment": DEPLOYED,
    },
)
