"""What happens before a container of Docker starts."""

from pathlib import Path

from airflow.sdk import Context

from pipelift.templates.airflow.support.runs import reuse_options


def prepare_step(context: Context) -> None:
    """Make the folders that a step mounts, as the user that it runs as."""
    task = context["task"]
    for mount in task.mounts:  # type: ignore[union-attr]
        if mount["Type"] == "bind":
            Path(mount["Source"]).mkdir(parents=True, exist_ok=True)
    if task.command[0] == "step":  # type: ignore[union-attr]
        task.command = [*task.command, *reuse_options(context)]  # type: ignore[union-attr]
