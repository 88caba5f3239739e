"""Pipeline p for Kubeflow Pipelines.

Compiled by pipelift; `python pipeline.py` writes pipeline.yaml anew after an edit. The images
are built from the folders beside this file, by `pipelift build` or as their Dockerfiles say.
"""

# Source: pipeline.py

from pathlib import Path

from kfp import compiler, dsl, kubernetes

# The tag of an image is a digest of all that is in it.
PREPARE_IMAGE = "p/prepare:0123456789ab"
LEFT_IMAGE = "p/left:0123456789ab"
RIGHT_IMAGE = "p/right:0123456789ab"
JOIN_IMAGE = "p/join:0123456789ab"
NOTIFY_IMAGE = "p/notify:0123456789ab"

# Volume claims that hold source data.
BLOB_STORE_CLAIM = "image-data"

COMMAND = ["python", "-m", "pipelift.runtime", "step", "--executor-input"]
EXECUTOR_INPUT = dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER


# prepare (PythonScriptStep)
@dsl.container_component
def prepare(
    rounds: int,
    out: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=PREPARE_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT, f"--parameter=rounds={rounds}"],
    )


# left (PythonScriptStep)
@dsl.container_component
def left(
    data: dsl.Input[dsl.Artifact],
    prepare_result: str,
    out: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=LEFT_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


# right (PythonScriptStep)
@dsl.container_component
def right(
    data: dsl.Input[dsl.Artifact],
    prepare_result: str,
    out: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=RIGHT_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


# join (PythonScriptStep)
@dsl.container_component
def join(
    left: dsl.Input[dsl.Artifact],
    right: dsl.Input[dsl.Artifact],
    left_result: str,
    right_result: str,
    rounds: int,
    fast: bool,
    out: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=JOIN_IMAGE,
        command=COMMAND,
        args=[
            EXECUTOR_INPUT,
            f"--parameter=rounds={rounds}",
            f"--parameter=fast={fast}",
        ],
    )


# notify (PythonScriptStep)
@dsl.container_component
def notify(
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=NOTIFY_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


@dsl.pipeline(
    name="p",
    description="Two branches,\njoined.",
)
def p(
    rounds: int,
    fast: bool = False,
):
    prepare_task = prepare(rounds=rounds)
    prepare_task.set_caching_options(True)
    kubernetes.mount_pvc(
        prepare_task,
        pvc_name=BLOB_STORE_CLAIM,
        mount_path="/pipelift/stores/blob store",
    )

    left_task = left(
        data=prepare_task.outputs["out"],
        prepare_result=prepare_task.outputs["result"],
    )
    left_task.set_caching_options(False)

    right_task = right(
        data=prepare_task.outputs["out"],
        prepare_result=prepare_task.outputs["result"],
    )
    right_task.set_caching_options(True)
    right_task.set_cpu_request("11.28")
    right_task.set_cpu_limit("12")
    right_task.set_accelerator_type("nvidia.com/gpu")
    right_task.set_accelerator_limit(2)
    kubernetes.empty_dir_mount(
        right_task,
        volume_name="shm",
        mount_path="/dev/shm",
        medium="Memory",
        size_limit="2Gi",
    )
    kubernetes.add_node_selector(
        right_task,
        label_key="cloud.google.com/gke-accelerator",
        label_value="nvidia-tesla-t4",
    )
    kubernetes.add_toleration(
        right_task,
        key="nvidia.com/gpu",
        operator="Exists",
        effect="NoSchedule",
    )

    join_task = join(
        left=left_task.outputs["out"],
        right=right_task.outputs["out"],
        left_result=left_task.outputs["result"],
        right_result=right_task.outputs["result"],
        rounds=rounds,
        fast=fast,
    )
    join_task.set_caching_options(True)

    notify_task = notify()
    notify_task.after(join_task, left_task)
    notify_task.set_caching_options(True)
    notify_task.set_retry(3)

    # Every step files what it does under the run that it is part of. The environment is no part
    # of KFP's cache key, so an earlier result is still found.
    for task in [prepare_task, left_task, right_task, join_task, notify_task]:
        kubernetes.use_field_path_as_env(
            task,
            env_name="PIPELIFT_RUN",
            field_path="metadata.labels['pipeline/runid']",
        )


if __name__ == "__main__":
    compiler.Compiler().compile(
        p,
        str(Path(__file__).with_suffix(".yaml")),
    )
