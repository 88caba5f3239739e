"""What the user may say of Kubeflow: where the pipeline is to run, and how a deployment reaches the server."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import field_validator

from pipelift.compiler.config import Option, Section

URL = "PIPELIFT_KUBEFLOW_URL"


class KubeflowSettings(Section):
    """`[kubeflow]`, and ``--set`` of a deployment. `url` decides where a token goes: it is never filed.

    `time_zone` is the one that the cluster reads cron in: CRON_SCHEDULE_TIMEZONE of its scheduled-workflow controller.
    """

    namespace: Annotated[
        str | None,
        Option(
            "the user's namespace, where the server has one for each",
            asked=True,
            example='"kubeflow"',
        ),
    ] = None
    time_zone: Annotated[
        str, Option("the time zone that the cluster reads cron in", example='"Europe/Berlin"')
    ] = "UTC"
    url: Annotated[
        str | None,
        Option(
            f"the address of the API, as http://localhost:8888; without it, the variable {URL}",
            filed=False,
            asked=True,
        ),
    ] = None
    experiment: Annotated[
        str | None,
        Option("the experiment of the run; without it, the pipeline's own", filed=False, asked=True),
    ] = None
    schedule: Annotated[
        Literal["yes", "paused", "no"],
        Option("yes, paused or no: whether the schedules are put in place (yes)", filed=False, asked=True),
    ] = "yes"
    ca: Annotated[str | None, Option("a file with the certificates to trust", filed=False, asked=True)] = None

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # only where it is set

        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"'{name}' is no time zone (Europe/Berlin is one)") from None
        return name
