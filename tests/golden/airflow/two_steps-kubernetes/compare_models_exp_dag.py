"""Compare_Models_Exp as an Airflow DAG, compiled by pipelift from pipeline.py.

Each task runs one step in a container of its own. Build the images before the first run
(`pipelift build` on this folder); the workers need Airflow 3 and the Kubernetes provider,
nothing else.

These variables, set for the Airflow workers, replace what stands in this file:

- `PIPELIFT_CLAIM`: the claim (ReadWriteMany) for the records of runs, and for stores without a claim of their own
- `PIPELIFT_GPU`: with 0, steps that ask for a GPU run without one

A run whose configuration holds `"pipelift_no_reuse": true` takes no earlier results; with
`"pipelift_refresh": ["STEP"]` the steps named run anew.
"""

import os
from datetime import timedelta

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG, Param
from kubernetes.client import models as k8s

# Names what a run writes: Airflow's id without the characters that paths should not have.
RUN = "{{ dag.dag_id }}-{{ run_id | replace(':', '-') | replace('+', '_') }}"

# Each step's own limit is kept inside its container; Airflow's, for containers that hang,
# leaves this much for the start of one.
STARTING = timedelta(seconds=600)


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


def gpus(name, count):
    """A request for GPUs, unless PIPELIFT_GPU=0 says that the cluster has none."""
    if os.environ.get("PIPELIFT_GPU") == "0":
        return {}
    return {name: str(count)}


def shared_memory(size):
    """A volume for /dev/shm, which has 64 MiB without it."""
    source = k8s.V1EmptyDirVolumeSource(medium="Memory", size_limit=size)
    return k8s.V1Volume(name="shm", empty_dir=source)


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
    dag_id="compare-models-exp",
    dag_display_name="Compare_Models_Exp",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    params={
        "rate": Param(0.5, type="number"),
    },
    tags=["pipelift", "Compare_Models_Exp"],
    default_args={
        "namespace": "ml",
        "startup_timeout_seconds": 600,
        "on_finish_action": "delete_succeeded_pod",
        "log_events_on_failure": True,
        "pre_execute": before_step,
        "do_xcom_push": False,
        "retry_delay": timedelta(seconds=10),
    },
):
    # pipeline.py:40: prepare.py (PythonScriptStep)
    prepare = KubernetesPodOperator(
        task_id="prepare",
        task_display_name="prepare.py",
        image="compare-models-exp/prepare:37c5ae6c7019",
        arguments=["step", "--run", RUN],
        volumes=[SHARED],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            mount(
                SHARED,
                "/pipelift/stores/workspaceblobstore",
                sub_path="stores/workspaceblobstore",
            ),
        ],
        container_resources=k8s.V1ResourceRequirements(
            requests={"cpu": "1.5", "memory": "4403Mi"},
        ),
    )

    # pipeline.py:55: train model (PythonScriptStep)
    train = KubernetesPodOperator(
        task_id="train",
        task_display_name="train model",
        image="compare-models-exp/train:bdc13cd12fd0",
        arguments=["step", "--run", RUN, "--parameter=rate={{ params['rate'] }}"],
        volumes=[SHARED, shared_memory("2048Mi")],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            mount(
                SHARED,
                "/pipelift/stores/workspaceblobstore",
                sub_path="stores/workspaceblobstore",
            ),
            k8s.V1VolumeMount(name="shm", mount_path="/dev/shm"),
        ],
        container_resources=k8s.V1ResourceRequirements(
            requests={"cpu": "5.5", "memory": "48640Mi"},
            limits=gpus("nvidia.com/gpu", 1),
        ),
        retries=1,
        execution_timeout=timedelta(seconds=3600) + STARTING,
    )

    prepare >> train
