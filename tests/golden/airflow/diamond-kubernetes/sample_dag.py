"""sample as an Airflow DAG, compiled by pipelift from pipeline.py.

Each task runs one step in a container of its own. Build the images before the first run
(`pipelift build` on this folder); the workers need Airflow 3 and the Kubernetes provider,
nothing else.

These variables, set for the Airflow workers, replace what stands in this file:

- `PIPELIFT_CLAIM`: the claim (ReadWriteMany) for the records of runs, and for stores without a claim of their own

A run whose configuration holds `"pipelift_no_reuse": true` takes no earlier results; with
`"pipelift_refresh": ["STEP"]` the steps named run anew.
"""

import os

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG
from kubernetes.client import models as k8s

# Names what a run writes: Airflow's id without the characters that paths should not have.
RUN = "{{ dag.dag_id }}-{{ run_id | replace(':', '-') | replace('+', '_') }}"


def volume(name, variable, default):
    """The volume of a claim: the one that the environment variable names, else `default`."""
    claim = k8s.V1PersistentVolumeClaimVolumeSource(os.environ.get(variable) or default)
    return k8s.V1Volume(name=name, persistent_volume_claim=claim)


SHARED = volume("pipelift", "PIPELIFT_CLAIM", "pipelift")


def mount(volume, target, sub_path=None, read_only=False):
    """A mount of a volume, or of a folder in it."""
    return k8s.V1VolumeMount(
        name=volume.name, mount_path=target, sub_path=sub_path, read_only=read_only
    )


def reuse_options(context):
    """What the run's configuration says about earlier results, for the launcher."""
    conf = context["dag_run"].conf or {}
    anew = ["--no-reuse"] if conf.get("pipelift_no_reuse") else []
    steps = conf.get("pipelift_refresh") or []
    return [*anew, *(f"--refresh={step}" for step in steps)]


def prepare_step(context):
    """Ask the launcher for a new result where the run's configuration says so."""
    task = context["task"]
    task.arguments = [*task.arguments, *reuse_options(context)]


def before_step(context):
    """What happens before a task starts."""
    prepare_step(context)


with DAG(
    dag_id="sample",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["pipelift"],
    default_args={
        "namespace": "ml",
        "startup_timeout_seconds": 600,
        "on_finish_action": "delete_succeeded_pod",
        "log_events_on_failure": True,
        "pre_execute": before_step,
        "do_xcom_push": False,
    },
):
    # top (PythonScriptStep)
    top = KubernetesPodOperator(
        task_id="top",
        image="sample/top:2300f8b10d3e",
        arguments=["step", "--run", RUN],
        volumes=[SHARED],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            mount(
                SHARED,
                "/pipelift/stores/raw data",
                sub_path="stores/raw-data",
                read_only=True,
            ),
            mount(SHARED, "/pipelift/stores/store", sub_path="stores/store"),
        ],
    )

    # left (PythonScriptStep)
    left = KubernetesPodOperator(
        task_id="left",
        image="sample/left:168f055186d6",
        arguments=["step", "--run", RUN],
        volumes=[SHARED],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            mount(SHARED, "/pipelift/stores/store", sub_path="stores/store"),
        ],
    )

    # right (PythonScriptStep)
    right = KubernetesPodOperator(
        task_id="right",
        image="sample/right:7bc07b93be89",
        arguments=["step", "--run", RUN],
        volumes=[SHARED],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            mount(SHARED, "/pipelift/stores/store", sub_path="stores/store"),
        ],
    )

    # bottom (PythonScriptStep)
    bottom = KubernetesPodOperator(
        task_id="bottom",
        image="sample/bottom:7653e1471977",
        arguments=["step", "--run", RUN],
        volumes=[SHARED],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            mount(SHARED, "/pipelift/stores/store", sub_path="stores/store"),
        ],
    )

    top >> left
    top >> right
    left >> right
    left >> bottom
    right >> bottom
