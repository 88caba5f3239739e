"""What of a pipeline a run on this machine keeps: it has the size that it has, and you start its runs."""

from pipelift.compiler.keeps import EXACT, UNCONCERNED, Keeps, approximated

_IMAGE = "steps run in the Python of this machine; `--docker` builds the image, and Environment.digest stands for it"

KEEPS = Keeps(
    processes=approximated("runs it as one process", "Nothing, if the script works in one process, too."),
    going_on=EXACT,
    retries=EXACT,
    timeouts=EXACT,
    sizes=UNCONCERNED,
    gpus=EXACT,
    shared_memory=UNCONCERNED,
    secrets=EXACT,
    destinations=EXACT,
    registrations=EXACT,
    reuse=EXACT,
    recurrences=UNCONCERNED,
    polling=UNCONCERNED,
    experiments=UNCONCERNED,
    ignores={
        "Environment.dockerfile": _IMAGE,
        "Environment.context": _IMAGE,
        "Environment.user_managed": _IMAGE,
        "Environment.isolated": _IMAGE,
        "Environment.interpreter": _IMAGE,
    },
)
