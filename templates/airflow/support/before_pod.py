"""What happens before a pod starts."""

from airflow.sdk import Context

from pipelift.templates.airflow.support.runs import reuse_options


def prepare_step(context: Context) -> None:
    """Ask the launcher for a new result where the run's configuration says so."""
    task = context["task"]
    task.arguments = [*task.arguments, *reuse_options(context)]  # type: ignore[union-attr]
