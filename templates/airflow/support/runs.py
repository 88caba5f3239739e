"""What the run of a DAG says to its tasks."""

from airflow.sdk import Context


def stop_after_failure(context: Context) -> None:
    """Once a step has failed no other starts, not even one that does not depend on it.

    (`fail_fast` of a DAG skips the others, and the run then counts as a success.) To go on
    with a failed run, clear all its failed tasks together.
    """
    ti = context["ti"]
    states = ti.get_task_states(ti.dag_id, run_ids=[ti.run_id])[ti.run_id]
    failed = sorted(task_id for task_id, state in states.items() if state == "failed")
    if failed:
        raise RuntimeError(f"not started, since {', '.join(failed)} failed")


def reuse_options(context: Context) -> list[str]:
    """What the run's configuration says about earlier results, for the launcher."""
    conf = context["dag_run"].conf or {}
    anew = ["--no-reuse"] if conf.get("pipelift_no_reuse") else []
    steps = conf.get("pipelift_refresh") or []
    return [*anew, *(f"--refresh={step}" for step in steps)]
