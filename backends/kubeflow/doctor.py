"""What a cluster lacks of what a Kubeflow output needs, as far as it can be asked from here."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pipelift.app.doctor import Examination, Finding
from pipelift.backends.examination.cluster import examine_cluster
from pipelift.backends.kubeflow.settings import KubeflowSettings
from pipelift.compiler.config.section import read_options

NAMESPACE = "kubeflow"
"""Where a single-user installation runs its steps; ``--set namespace=NAME`` says otherwise."""


def examine(examination: Examination) -> Iterator[Finding]:
    """Looks for kfp here, and for claims, secrets and GPUs through kubectl."""
    yield _examine_kfp()
    claims, secrets = _list_mounted(examination)
    namespace = read_options(KubeflowSettings, examination.settings).namespace or NAMESPACE
    yield from examine_cluster(examination, namespace, claims, secrets)


def _examine_kfp() -> Finding:
    try:
        return Finding("kfp", "ok", f"version {version('kfp')}")
    except PackageNotFoundError:
        return Finding("kfp", "missing", "is not installed", "pip install 'pipelift[kubeflow]'")


def _list_mounted(examination: Examination) -> tuple[list[str], list[str]]:
    """The claims and secrets that the compiled pipeline mounts: kfp-kubernetes writes them as a second document."""
    import yaml

    text = (examination.directory / "pipeline.yaml").read_text(encoding="utf-8")
    claims: dict[str, None] = {}
    secrets: dict[str, None] = {}
    for document in yaml.safe_load_all(text):
        for executor in _executors(document):
            for mount in executor.get("pvcMount", ()):
                claims[str(mount.get("constant", ""))] = None
            for secret in (*executor.get("secretAsVolume", ()), *executor.get("secretAsEnv", ())):
                secrets[str(secret.get("secretName", ""))] = None
    return sorted(filter(None, claims)), sorted(filter(None, secrets))


def _executors(document: Any) -> list[Any]:
    platform = document.get("platforms", {}).get("kubernetes", {})
    return list(platform.get("deploymentSpec", {}).get("executors", {}).values())
