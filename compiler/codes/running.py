"""PL5xx: configuration, data, running and outputs; PL9xx: faults of pipelift."""

from pipelift.compiler.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL501",
        "error",
        "the configuration cannot be used",
        "pipelift.toml says where stores, compute and environments are now; a mistake in it would send data or "
        "steps to the wrong place, so nothing is guessed.",
        '[stores.workspaceblobstore]\nurll = "data"   # unknown key',
        "Correct the line; `pipelift init FILE` writes a commented file to start from.",
    ),
)
