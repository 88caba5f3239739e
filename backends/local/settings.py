"""What the user may say of runs on this machine."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipelift.compiler.config import Option, Section


class LocalSettings(Section):
    """`[local]`: the Python that runs the steps, and how many run at once."""

    python: Annotated[
        str | None, Option("the Python that runs steps on this machine", example='".venv/bin/python"')
    ] = None
    jobs: Annotated[int | None, Field(ge=1), Option("how many steps run at once", example="2")] = None
