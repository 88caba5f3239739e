"""The pods that the targets ask Kubernetes for, held against Kubernetes' own schema."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from pipelift.compiler import ir
from tests.support.compiling import compile_for
from tests.support.folders import write_files
from tests.support.preloaded import Preloaded
from tests.support.samples import configured
from tests.support.store_samples import all_kinds, on_kubernetes

VERSION = "1.31"
COMPUTE = {
    "gpus": {
        "node_selector": {"pool": "gpu"},
        "tolerations": [
            {"key": "nvidia.com/gpu", "effect": "NoSchedule"},
            {"key": "a", "operator": "Equal", "value": "b"},
        ],
    }
}

# The operator looks up which cluster it would ask; nobody listens there, and nobody is asked.
CLUSTER = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "none", "cluster": {"server": "https://localhost:1"}}],
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "users": [{"name": "none", "user": {}}],
    "current-context": "none",
}

# Airflow's task as the pod that it would start; what is no template (`literal`) stands for itself.
# Where the client looks for a cluster it reads when it is imported, which may have been before.
PODS = """\
from pipelift.backends.airflow.probe import _import_dag_bag
import json, os, sys
from kubernetes.client import ApiClient
from kubernetes.config import kube_config

kube_config.KUBE_CONFIG_DEFAULT_LOCATION = os.environ["KUBECONFIG"]

for task in _import_dag_bag()(sys.argv[1]).dags["stores"].tasks:
    task.arguments = [getattr(word, "value", word) for word in task.arguments]
    print("POD " + json.dumps(ApiClient().sanitize_for_serialization(task.build_pod_request_obj())))
"""


def compiled(target: str, folder: Path) -> Path:
    """All kinds of stores, secrets, a GPU, a node selector, tolerations."""
    pipeline, contents = all_kinds()
    resources = ir.Resources(compute="gpus", cpus=6, memory=56, gpus=1)
    steps = tuple(replace(step, resources=resources) for step in pipeline.steps)
    settings = {"airflow": {"operator": "kubernetes"}, "compute": COMPUTE, "stores": on_kubernetes()}
    config, output = configured(settings, folder), folder / "out"
    made = compile_for(target, replace(pipeline, steps=steps), contents, config, folder, output)
    return write_files(output, made.files)


def airflow_pods(output: Path, home: Path, airflow_python: Preloaded) -> Iterator[Mapping[str, Any]]:
    home.mkdir()
    (home / "cluster").write_text(json.dumps(CLUSTER))
    own = {"KUBECONFIG": str(home / "cluster"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = airflow_python.run([sys.executable, "-c", PODS, str(output)], env={**os.environ, **own})
    found = [line.removeprefix("POD ") for line in done.stdout.splitlines() if line.startswith("POD ")]
    assert found, done.stdout + done.stderr
    yield from map(json.loads, found)


def kubeflow_pods(output: Path) -> Iterator[Mapping[str, Any]]:
    """What KFP's driver makes of containers and their platform settings, as far as pipeline.yaml has it."""
    spec, platforms = yaml.safe_load_all((output / "pipeline.yaml").read_bytes())
    settings = platforms["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    for label, executor in spec["deploymentSpec"]["executors"].items():
        yield kubeflow_pod(label, executor["container"], settings[label])


def kubeflow_pod(label: str, container: Mapping[str, Any], told: Mapping[str, Any]) -> Mapping[str, Any]:
    asked = container["resources"]
    gpu = {asked["accelerator"]["resourceType"]: asked["accelerator"]["resourceCount"]}
    claims, secrets = told.get("pvcMount", []), told.get("secretAsVolume", [])
    volumes = [
        *(
            {"name": one["constant"], "persistentVolumeClaim": {"claimName": one["constant"]}}
            for one in claims
        ),
        *(
            {
                "name": one["secretName"],
                "secret": {"secretName": one["secretName"], "optional": one["optional"]},
            }
            for one in secrets
        ),
    ]
    paths = [*((one["constant"], one) for one in claims), *((one["secretName"], one) for one in secrets)]
    env = [
        {"name": one["name"], "valueFrom": {"fieldRef": {"fieldPath": one["fieldPath"]}}}
        for one in told["fieldPathAsEnv"]
    ]
    main = {
        "name": "main",
        "image": container["image"],
        "command": container["command"],
        "args": container["args"],
        "env": env,
        "resources": {
            "requests": {"cpu": asked["resourceCpuRequest"], "memory": asked["resourceMemoryRequest"]},
            "limits": {"cpu": asked["resourceCpuLimit"], "memory": asked["resourceMemoryLimit"], **gpu},
        },
        "volumeMounts": [{"name": name, "mountPath": one["mountPath"]} for name, one in paths],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": label},
        "spec": {
            "containers": [main],
            "volumes": volumes,
            "nodeSelector": told["nodeSelector"]["labels"],
            "tolerations": told["tolerations"],
        },
    }


def test_airflow(tmp_path: Path, airflow_python: Preloaded) -> None:
    pods = list(airflow_pods(compiled("airflow", tmp_path), tmp_path / "home", airflow_python))
    check(pods)
    (gather, deliver) = (pod["spec"] for pod in pods)
    assert {volume["secret"]["secretName"] for volume in deliver["volumes"] if "secret" in volume} == {
        "api-token",
        "azure",
        "s3",
    }
    (container,) = gather["containers"]
    assert "--store=blob=abfs://data@account.dfs.core.windows.net/raw" in container["args"]
    assert gather["nodeSelector"] == {"pool": "gpu"}


def test_kubeflow(tmp_path: Path) -> None:
    check(list(kubeflow_pods(compiled("kubeflow", tmp_path))))


def check(pods: list[Mapping[str, Any]]) -> None:
    """Kubernetes' schema, and what it says beside it: names of volumes are DNS labels, each mount has its volume."""
    assert len(pods) == 2
    for pod in pods:
        kubernetes_validate.validate(pod, VERSION, strict=True)
        names = [volume["name"] for volume in pod["spec"]["volumes"]]
        assert len(set(names)) == len(names)
        assert all(
            name.replace("-", "").isalnum() and name == name.lower() and len(name) < 64 for name in names
        )
        mounts = pod["spec"]["containers"][0]["volumeMounts"]
        assert {mount["name"] for mount in mounts} == set(names)
        assert len({mount["mountPath"] for mount in mounts}) == len(mounts)


@pytest.mark.parametrize("change", [{"spec": {"containers": "none"}}, {"spec": {"volumes": [{"nam": "x"}]}}])
def test_the_schema_refuses_what_is_no_pod(change: Mapping[str, Any]) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, **change}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(pod, VERSION, strict=True)
