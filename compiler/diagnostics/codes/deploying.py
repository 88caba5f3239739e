"""PL553, PL554, PL58x: deploying to any target, and what stands in its way."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL553",
        "error",
        "an image cannot be built",
        "Each step's image is built before the first step starts, as far as the engine does not have it.",
        "pipelift deploy build/TARGET   # ERROR: No matching distribution found for pandas==9.9",
        "The lines above the message are Docker's; mend the environment in the pipeline file and compile again.",
    ),
    Code(
        "PL554",
        "error",
        "an option of a deployment has a value that it cannot have",
        "The options are given with --set NAME=VALUE. Each takes certain values, and some exclude each other.",
        "pipelift deploy build/TARGET --set gpu=2",
        "Use a value that the message names; `pipelift deploy --help` lists the options of each target.",
    ),
    Code(
        "PL580",
        "error",
        "something that the output needs is missing",
        "`pipelift doctor` asks the machine, or the cluster that it talks to, for what the output folder needs; this "
        "is not there, and a run would fail for it.",
        "pipelift doctor build/TARGET",
        "Do what the line below the finding says, then ask again. The doctor itself changes nothing.",
    ),
    Code(
        "PL581",
        "note",
        "something that the output needs cannot be asked for from here",
        "The doctor has no way to it: no kubectl, no address of a server, no secret to log in with.",
        "pipelift doctor build/TARGET   # on a machine without kubectl",
        "Ask from a machine that can reach it, or look yourself, as the line below the finding says.",
    ),
)
