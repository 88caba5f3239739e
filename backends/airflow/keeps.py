"""What of a pipeline an Airflow DAG keeps. What it keeps only of some schedules and stores, the plan reports."""

from pipelift.compiler.keeps import EXACT, Keeps, approximated, dropped

KEEPS = Keeps(
    processes=dropped("runs it as one process"),
    going_on=EXACT,
    retries=EXACT,
    timeouts=EXACT,
    sizes=EXACT,
    gpus=EXACT,
    shared_memory=EXACT,
    secrets=EXACT,
    destinations=EXACT,
    registrations=EXACT,
    reuse=EXACT,
    recurrences=EXACT,
    polling=EXACT,
    experiments=approximated("files them under the pipeline's own"),
)
