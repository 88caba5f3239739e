"""What the pods of steps ask of Kubernetes."""

import os

from kubernetes.client import models as k8s


def mount(
    volume: k8s.V1Volume,
    target: str,
    sub_path: str | None = None,
    read_only: bool = False,
) -> k8s.V1VolumeMount:
    """A mount of a volume, or of a folder in it."""
    return k8s.V1VolumeMount(
        name=volume.name, mount_path=target, sub_path=sub_path, read_only=read_only
    )


def gpus(name: str, count: int) -> dict[str, str]:
    """A request for GPUs, unless PIPELIFT_GPU=0 says that the cluster has none."""
    if os.environ.get("PIPELIFT_GPU") == "0":
        return {}
    return {name: str(count)}


def shared_memory(size: str) -> k8s.V1Volume:
    """A volume for /dev/shm, which has 64 MiB without it."""
    source = k8s.V1EmptyDirVolumeSource(medium="Memory", size_limit=size)
    return k8s.V1Volume(name="shm", empty_dir=source)
