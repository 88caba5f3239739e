"""pipeline as an Airflow DAG, compiled by pipelift from pipeline.py.

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
from airflow.sdk import DAG
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


def stop_after_failure(context):
    """Once a step has failed no other starts, not even one that does not depend on it.

    (`fail_fast` of a DAG skips the others, and the run then counts as a success.) To go on
    with a failed run, clear all its failed tasks together.
    """
    ti = context["ti"]
    states = ti.get_task_states(ti.dag_id, run_ids=[ti.run_id])[ti.run_id]
    failed = sorted(task_id for task_id, state in states.items() if state == "failed")
    if failed:
        raise RuntimeError(f"not started, since {', '.join(failed)} failed")


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
    stop_after_failure(context)
    prepare_step(context)


with DAG(
    dag_id="pipeline",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["pipelift"],
    default_args={
        "namespace": "default",
        "startup_timeout_seconds": 600,
        "image_pull_secrets": [k8s.V1LocalObjectReference("registry-login")],
        "on_finish_action": "delete_succeeded_pod",
        "log_events_on_failure": True,
        "pre_execute": before_step,
        "do_xcom_push": False,
    },
):
    # pipeline.py:9: cpu (PythonScriptStep)
    cpu = KubernetesPodOperator(
        task_id="cpu",
        image="registry.example.com/team/pipeline/cpu:1e1eb9144631",
        arguments=["step", "--run", RUN],
        volumes=[SHARED],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
        ],
        container_resources=k8s.V1ResourceRequirements(
            requests={"cpu": "3.5", "memory": "10342Mi"},
        ),
    )

    # pipeline.py:9: one gpu (PythonScriptStep)
    one_gpu = KubernetesPodOperator(
        task_id="one-gpu",
        task_display_name="one gpu",
        image="registry.example.com/team/pipeline/one-gpu:dd7ef4dcab34",
        arguments=["step", "--run", RUN],
        volumes=[SHARED, shared_memory("2048Mi")],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            k8s.V1VolumeMount(name="shm", mount_path="/dev/shm"),
        ],
        container_resources=k8s.V1ResourceRequirements(
            requests={"cpu": "5.5", "memory": "48640Mi"},
            limits=gpus("nvidia.com/gpu", 1),
        ),
    )

    # pipeline.py:9: four gpus (PythonScriptStep)
    four_gpus = KubernetesPodOperator(
        task_id="four-gpus",
        task_display_name="four gpus",
        image="registry.example.com/team/pipeline/four-gpus:3c724a92d12b",
        arguments=["step", "--run", RUN],
        volumes=[SHARED, shared_memory("2048Mi")],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            k8s.V1VolumeMount(name="shm", mount_path="/dev/shm"),
        ],
        container_resources=k8s.V1ResourceRequirements(
            requests={"cpu": "22.56", "memory": "418918Mi"},
            limits=gpus("nvidia.com/gpu", 4),
        ),
        node_selector={"agentpool": "gpu"},
        tolerations=[
            k8s.V1Toleration(
                key="sku",
                operator="Equal",
                value="gpu",
                effect="NoSchedule",
            ),
        ],
    )

    # pipeline.py:9: amd (PythonScriptStep)
    amd = KubernetesPodOperator(
        task_id="amd",
        image="registry.example.com/team/pipeline/amd:0385df6052b7",
        arguments=["step", "--run", RUN],
        volumes=[SHARED, shared_memory("8192Mi")],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            k8s.V1VolumeMount(name="shm", mount_path="/dev/shm"),
        ],
        container_resources=k8s.V1ResourceRequirements(
            requests={"cpu": "90.24", "memory": "1754112Mi"},
            limits=gpus("amd.com/gpu", 8),
        ),
        execution_timeout=timedelta(seconds=3600) + STARTING,
    )

    # pipeline.py:9: slice (PythonScriptStep)
    slice_step = KubernetesPodOperator(
        task_id="slice",
        image="registry.example.com/team/pipeline/slice:162198e1370a",
        arguments=["step", "--run", RUN],
        volumes=[SHARED, shared_memory("512Mi")],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            k8s.V1VolumeMount(name="shm", mount_path="/dev/shm"),
        ],
        container_resources=k8s.V1ResourceRequirements(
            requests={"cpu": "5.5", "memory": "41267Mi"},
            limits=gpus("nvidia.com/mig-1g.10gb", 1),
        ),
    )

    # pipeline.py:9: attached (PythonScriptStep)
    attached = KubernetesPodOperator(
        task_id="attached",
        image="registry.example.com/team/pipeline/attached:6db0a7da5f48",
        arguments=["step", "--run", RUN],
        volumes=[SHARED],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
        ],
    )

    # pipeline.py:9: unknown (PythonScriptStep)
    unknown = KubernetesPodOperator(
        task_id="unknown",
        image="registry.example.com/team/pipeline/unknown:05b0c8af0c5e",
        arguments=["step", "--run", RUN],
        volumes=[SHARED],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
        ],
    )
