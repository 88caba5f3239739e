"""Pipeline pipeline for Kubeflow Pipelines.

Compiled by pipelift; `python pipeline.py` writes pipeline.yaml anew after an edit. The images
are built from the folders beside this file, by `pipelift build` or as their Dockerfiles say.
"""

# Source: pipeline.py

from pathlib import Path

from kfp import compiler, dsl, kubernetes

# The tag of an image is a digest of all that is in it.
CPU_IMAGE = "registry.example.com/team/pipeline/cpu:28177136debb"
ONE_GPU_IMAGE = "registry.example.com/team/pipeline/one-gpu:e54ad096a54e"
FOUR_GPUS_IMAGE = "registry.example.com/team/pipeline/four-gpus:56ccaaa49a9c"
AMD_IMAGE = "registry.example.com/team/pipeline/amd:1130830f0195"
SLICE_IMAGE = "registry.example.com/team/pipeline/slice:ce46cd01675c"
ATTACHED_IMAGE = "registry.example.com/team/pipeline/attached:6548551e1a5f"
UNKNOWN_IMAGE = "registry.example.com/team/pipeline/unknown:75cf94266a2b"

COMMAND = ["python", "-m", "pipelift.runtime", "step", "--executor-input"]
EXECUTOR_INPUT = dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER


# cpu (PythonScriptStep, pipeline.py:9)
@dsl.container_component
def cpu(
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=CPU_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


# one gpu (PythonScriptStep, pipeline.py:9)
@dsl.container_component
def one_gpu(
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=ONE_GPU_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


# four gpus (PythonScriptStep, pipeline.py:9)
@dsl.container_component
def four_gpus(
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=FOUR_GPUS_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


# amd (PythonScriptStep, pipeline.py:9)
@dsl.container_component
def amd(
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=AMD_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


# slice (PythonScriptStep, pipeline.py:9)
@dsl.container_component
def slice(
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=SLICE_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


# attached (PythonScriptStep, pipeline.py:9)
@dsl.container_component
def attached(
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=ATTACHED_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


# unknown (PythonScriptStep, pipeline.py:9)
@dsl.container_component
def unknown(
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=UNKNOWN_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


@dsl.pipeline(
    name="pipeline",
)
def pipeline():
    cpu_task = cpu()
    cpu_task.set_caching_options(True)
    cpu_task.set_cpu_request("3.5")
    cpu_task.set_cpu_limit("4")
    cpu_task.set_memory_request("10342Mi")
    cpu_task.set_memory_limit("14Gi")
    kubernetes.set_image_pull_secrets(cpu_task, secret_names=["registry-login"])

    one_gpu_task = one_gpu()
    one_gpu_task.set_display_name("one gpu")
    one_gpu_task.set_caching_options(True)
    one_gpu_task.set_cpu_request("5.5")
    one_gpu_task.set_cpu_limit("6")
    one_gpu_task.set_memory_request("48640Mi")
    one_gpu_task.set_memory_limit("56Gi")
    one_gpu_task.set_accelerator_type("nvidia.com/gpu")
    one_gpu_task.set_accelerator_limit(1)
    kubernetes.empty_dir_mount(
        one_gpu_task,
        volume_name="shm",
        mount_path="/dev/shm",
        medium="Memory",
        size_limit="2Gi",
    )
    kubernetes.set_image_pull_secrets(one_gpu_task, secret_names=["registry-login"])

    four_gpus_task = four_gpus()
    four_gpus_task.set_display_name("four gpus")
    four_gpus_task.set_caching_options(True)
    four_gpus_task.set_cpu_request("22.56")
    four_gpus_task.set_cpu_limit("24")
    four_gpus_task.set_memory_request("418918Mi")
    four_gpus_task.set_memory_limit("448Gi")
    four_gpus_task.set_accelerator_type("nvidia.com/gpu")
    four_gpus_task.set_accelerator_limit(4)
    kubernetes.empty_dir_mount(
        four_gpus_task,
        volume_name="shm",
        mount_path="/dev/shm",
        medium="Memory",
        size_limit="2Gi",
    )
    kubernetes.set_image_pull_secrets(four_gpus_task, secret_names=["registry-login"])
    kubernetes.add_node_selector(
        four_gpus_task,
        label_key="agentpool",
        label_value="gpu",
    )
    kubernetes.add_toleration(
        four_gpus_task,
        key="sku",
        operator="Equal",
        value="gpu",
        effect="NoSchedule",
    )

    amd_task = amd()
    amd_task.set_caching_options(True)
    amd_task.set_cpu_request("90.24")
    amd_task.set_cpu_limit("96")
    amd_task.set_memory_request("1713Gi")
    amd_task.set_memory_limit("1850Gi")
    amd_task.set_accelerator_type("amd.com/gpu")
    amd_task.set_accelerator_limit(8)
    kubernetes.empty_dir_mount(
        amd_task,
        volume_name="shm",
        mount_path="/dev/shm",
        medium="Memory",
        size_limit="8Gi",
    )
    kubernetes.set_image_pull_secrets(amd_task, secret_names=["registry-login"])

    slice_task = slice()
    slice_task.set_caching_options(True)
    slice_task.set_cpu_request("5.5")
    slice_task.set_cpu_limit("6")
    slice_task.set_memory_request("41267Mi")
    slice_task.set_memory_limit("48Gi")
    slice_task.set_accelerator_type("nvidia.com/mig-1g.10gb")
    slice_task.set_accelerator_limit(1)
    kubernetes.empty_dir_mount(
        slice_task,
        volume_name="shm",
        mount_path="/dev/shm",
        medium="Memory",
        size_limit="512Mi",
    )
    kubernetes.set_image_pull_secrets(slice_task, secret_names=["registry-login"])

    attached_task = attached()
    attached_task.set_caching_options(True)
    kubernetes.set_image_pull_secrets(attached_task, secret_names=["registry-login"])

    unknown_task = unknown()
    unknown_task.set_caching_options(True)
    kubernetes.set_image_pull_secrets(unknown_task, secret_names=["registry-login"])

    # Every step files what it does under the run that it is part of. The environment is no part
    # of KFP's cache key, so an earlier result is still found.
    for task in [
        cpu_task,
        one_gpu_task,
        four_gpus_task,
        amd_task,
        slice_task,
        attached_task,
        unknown_task,
    ]:
        kubernetes.use_field_path_as_env(
            task,
            env_name="PIPELIFT_RUN",
            field_path="metadata.labels['pipeline/runid']",
        )


if __name__ == "__main__":
    compiler.Compiler().compile(
        pipeline,
        str(Path(__file__).with_suffix(".yaml")),
    )
