"""Pipeline compare-models-exp for Kubeflow Pipelines.

Compiled by pipelift; `python pipeline.py` writes pipeline.yaml anew after an edit. The images
are built from the folders beside this file, by `pipelift build` or as their Dockerfiles say.
"""

# Source: pipeline.py

from pathlib import Path

from kfp import compiler, dsl, kubernetes

# The tag of an image is a digest of all that is in it.
PREPARE_IMAGE = "compare-models-exp/prepare:0123456789ab"
TRAIN_IMAGE = "compare-models-exp/train:0123456789ab"

# Volume claims that hold source data.
WORKSPACEBLOBSTORE_CLAIM = "workspaceblobstore"

COMMAND = ["python", "-m", "pipelift.runtime", "step", "--executor-input"]
EXECUTOR_INPUT = dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER


# prepare.py (PythonScriptStep, pipeline.py:40)
@dsl.container_component
def prepare(
    output_data1: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=PREPARE_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


# train model (PythonScriptStep, pipeline.py:55)
@dsl.container_component
def train(
    output_data1: dsl.Input[dsl.Artifact],
    prepare_result: str,
    rate: float,
    training_results: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=TRAIN_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT, f"--parameter=rate={rate}"],
    )


@dsl.pipeline(
    name="compare-models-exp",
    display_name="Compare_Models_Exp",
)
def compare_models_exp(
    rate: float = 0.5,
):
    prepare_task = prepare()
    prepare_task.set_display_name("prepare.py")
    prepare_task.set_caching_options(True)
    prepare_task.set_cpu_request("1.5")
    prepare_task.set_cpu_limit("2")
    prepare_task.set_memory_request("4403Mi")
    prepare_task.set_memory_limit("7Gi")
    kubernetes.mount_pvc(
        prepare_task,
        pvc_name=WORKSPACEBLOBSTORE_CLAIM,
        mount_path="/pipelift/stores/workspaceblobstore",
    )

    train_task = train(
        output_data1=prepare_task.outputs["output_data1"],
        prepare_result=prepare_task.outputs["result"],
        rate=rate,
    )
    train_task.set_display_name("train model")
    train_task.set_caching_options(False)
    train_task.set_cpu_request("5.5")
    train_task.set_cpu_limit("6")
    train_task.set_memory_request("48640Mi")
    train_task.set_memory_limit("56Gi")
    train_task.set_accelerator_type("nvidia.com/gpu")
    train_task.set_accelerator_limit(1)
    train_task.set_retry(1)
    kubernetes.empty_dir_mount(
        train_task,
        volume_name="shm",
        mount_path="/dev/shm",
        medium="Memory",
        size_limit="2Gi",
    )

    # Every step files what it does under the run that it is part of. The environment is no part
    # of KFP's cache key, so an earlier result is still found.
    for task in [prepare_task, train_task]:
        kubernetes.use_field_path_as_env(
            task,
            env_name="PIPELIFT_RUN",
            field_path="metadata.labels['pipeline/runid']",
        )


if __name__ == "__main__":
    compiler.Compiler().compile(
        compare_models_exp,
        str(Path(__file__).with_suffix(".yaml")),
    )
