"""Volumes of pods."""

import os

from kubernetes.client import models as k8s


def volume(name: str, variable: str, default: str) -> k8s.V1Volume:
    """The volume of a claim: the one that the environment variable names, else `default`."""
    claim = k8s.V1PersistentVolumeClaimVolumeSource(os.environ.get(variable) or default)
    return k8s.V1Volume(name=name, persistent_volume_claim=claim)


def secret(name: str, secret_name: str) -> k8s.V1Volume:
    """The volume of a Kubernetes Secret. Optional: the launcher says what is missing, a pod would only wait."""
    source = k8s.V1SecretVolumeSource(secret_name=secret_name, optional=True)
    return k8s.V1Volume(name=name, secret=source)
