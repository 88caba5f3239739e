"""What Compose cannot keep, refuses, or lacks: the target's own codes."""

from pipelift.compiler.diagnostics.codes import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL440",
        "error",
        "a store that Compose cannot mount",
        "A service sees data through a mounted host folder, a named volume or over the network; this store's "
        "URL is none of these, so steps would not find their data.",
        '[stores.workspaceblobstore]\nurl = "pvc:data"',
        'Set `url = "FOLDER"` or `url = "volume:NAME"` below [stores.NAME.compose] in pipelift.toml.',
        fidelity="dropped",
    ),
    Code(
        "PL444",
        "error",
        "Compose refuses the file",
        "The file that was written is not valid: a fault of pipelift, or of a value that no check caught.",
        "services.train.depends_on: invalid",
        "Please report it with the pipeline file; --no-verify writes the output all the same.",
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
    Code(
        "PL550",
        "error",
        "Docker with Compose is not there",
        "Deploying to Compose starts `docker compose`, of version 2. The older `docker-compose`, a program of its "
        "own, reads other files.",
        "pipelift deploy build/compose   # on a machine without Docker",
        "Install Docker Engine and its Compose plugin, or put `docker` on the PATH.",
    ),
    Code(
        "PL551",
        "error",
        "the Docker engine does not answer",
        "The docker command is there, but the engine is not running, or you may not speak to it.",
        "pipelift deploy build/compose   # Cannot connect to the Docker daemon",
        "Start it, or join the group that may use it; `docker info` has to work.",
    ),
    Code(
        "PL552",
        "error",
        "Compose cannot read the project",
        "Before anything runs, Compose reads compose.yaml for this run, with its variables. It refuses a file that "
        "was edited by mistake.",
        "pipelift deploy build/compose   # yaml: line 3: mapping values are not allowed in this context",
        "The message is Compose's own: correct the file, or compile again.",
    ),
    Code(
        "PL555",
        "error",
        "the run cannot begin",
        "The first service makes the run's id and the stores' folders, and hands them to the steps' user. It failed, "
        "or its folders are another machine's: the engine has to be on this one.",
        "DOCKER_HOST=tcp://other:2375 pipelift deploy build/compose",
        "The message says what failed. Check that the folders in .env exist and can be written.",
    ),
)
