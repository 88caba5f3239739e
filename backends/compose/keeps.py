"""What of a pipeline a Compose project keeps."""

from pipelift.compiler.keeps import EXACT, Keeps, approximated, dropped, exact_but

KEEPS = Keeps(
    processes=dropped("runs it as one process"),
    going_on=approximated(
        "starts no further step with `docker compose up`",
        "`pipelift deploy DIR` goes on with the steps that can. After `docker compose up`, run it again: steps that "
        "have completed are reused where reuse is allowed.",
    ),
    retries=approximated(
        "restarts its container",
        "Nothing; `docker compose up` may show the first attempt only, `docker compose logs` shows all.",
    ),
    timeouts=EXACT,
    sizes=EXACT,
    gpus=exact_but("PL461"),
    shared_memory=EXACT,
    secrets=EXACT,
    destinations=EXACT,
    registrations=EXACT,
    reuse=EXACT,
    recurrences=exact_but("PL484"),
    polling=dropped("has nothing that watches"),
    experiments=approximated("files them under the pipeline's own"),
)
