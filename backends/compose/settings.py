"""What the user may say of a Compose deployment."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pipelift.compiler.config import Option, Section


class ComposeSettings(Section):
    """``--set`` of a deployment: `resume` is a run's id or ``last``; `jobs` is None without a limit."""

    resume: Annotated[
        str | None,
        Option(
            "go on with this run, or `last`; what its steps have completed is kept", filed=False, asked=True
        ),
    ] = None
    gpu: Annotated[
        Literal["yes", "no", "auto"],
        Option(
            "yes, no, or auto to ask the engine: add compose.gpu.yaml, with GPUs and limits (auto)",
            filed=False,
            asked=True,
        ),
    ] = "auto"
    jobs: Annotated[
        int | None,
        Field(ge=1),
        Option("how many steps may run at once; without it, all that are ready", filed=False, asked=True),
    ] = None
