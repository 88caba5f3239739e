"""What of a pipeline an Airflow DAG keeps."""

from pipelift.compiler.keeps import EXACT, Keeps, approximated, dropped, exact_but

KEEPS = Keeps(
    processes=dropped("runs it as one process"),
    going_on=EXACT,
    retries=EXACT,
    timeouts=EXACT,
    sizes=EXACT,
    gpus=exact_but("PL461"),
    shared_memory=EXACT,
    secrets=EXACT,
    destinations=EXACT,
    registrations=EXACT,
    reuse=EXACT,
    recurrences=exact_but("PL470", "PL471", "PL475"),
    polling=exact_but("PL472", "PL473", "PL475"),
    experiments=approximated("files them under the pipeline's own"),
)
