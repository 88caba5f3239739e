"""Hardware: the catalogue of sizes, what a step asks for, and what each target makes of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import kubernetes_validate
import pytest

from pipelift.compiler import ir
from pipelift.compiler.api import compile_file
from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from pipelift.compiler.sdk.catalogue.vm_sizes import Size, size_of, vm_sizes
from tests.conftest import Golden
from tests.support.airflow import PODS
from tests.support.hardware import project
from tests.support.preloaded import Preloaded


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("STANDARD_NC6", Size(6, 56, 1, "NVIDIA Tesla K80")),
        ("standard_nc24rs_v3", Size(24, 448, 4, "NVIDIA Tesla V100")),
        ("Standard_NC64as_T4_v3", Size(64, 440, 4, "NVIDIA T4")),
        ("nd96asr_v4", Size(96, 900, 8, "NVIDIA A100")),
        ("Standard_ND96isr_MI300X_v5", Size(96, 1850, 8, "AMD Instinct MI300X")),
        ("Standard_NV6ads_A10_v5", Size(6, 55, 1, "NVIDIA A10 (1/6)")),
        ("STANDARD_D2_V2", Size(2, 7)),
        (" Standard_DS3_v2 ", Size(4, 14)),
        ("Standard_E64is_v3", Size(64, 432)),
        ("Standard_F72s_v2", Size(72, 144)),
        ("Standard_M128-64ms", Size(64, 3892)),
        ("Standard_HB120rs_v2", Size(120, 456)),
        ("Standard_A1_v2", Size(1, 2)),
    ],
)
def test_sizes_in_any_case_with_and_without_the_prefix(name: str, size: Size) -> None:
    assert size_of(name) == size


def test_a_size_that_nobody_offers_is_not_known() -> None:
    assert size_of("STANDARD_NC7") is None


def test_the_catalogue_is_sound() -> None:
    assert len(vm_sizes()) > 600
    for name, size in vm_sizes().items():
        assert size.cpus > 0, name
        assert size.memory > 0, name
        assert bool(size.gpus) == bool(size.gpu_model), name


# --- from the program to the targets -----------------------------------------------------


FORMS = """
spacious = RunConfiguration()
spacious.docker = DockerConfiguration(use_docker=True, shm_size="8g")
spacious.max_run_duration_seconds = 3600
attached = ComputeTarget.attach(ws, "spark", HDInsightCompute.attach_configuration(address="h", username="u"))
Pipeline(ws, [
    step("cpu", "STANDARD_D3_V2"),
    step("one gpu", cluster("k80", "STANDARD_NC6", max_nodes=4)),
    step("four gpus", cluster("v100", "Standard_NC24rs_v3", vm_priority="lowpriority", max_nodes=2)),
    step("amd", cluster("mi300", "Standard_ND96isr_MI300X_v5", max_nodes=1), spacious),
    step("slice", "a100-slice"),
    step("attached", attached),
    step("unknown", ComputeTarget(ws, "somewhere")),
])
"""

CONFIG = """
[compute.v100]
node_selector = { "agentpool" = "gpu" }
tolerations = [{ key = "sku", operator = "Equal", value = "gpu", effect = "NoSchedule" }]

[compute.a100-slice]
cpu = 6
memory = 48
gpu = 1
gpu_type = "NVIDIA A100 (1/7)"
accelerator = "nvidia.com/mig-1g.10gb"
shm_size = 0.5

[images]
registry = "registry.example.com/team"
pull_secret = "registry-login"
"""

MAIN_FILES = {
    "compose": ("compose.yaml", "compose.gpu.yaml"),
    "airflow-docker": ("*_dag.py",),
    "airflow-kubernetes": ("*_dag.py",),
    "kubeflow": ("pipeline.py", "pipeline.yaml"),
}


def asked(folder: Path, body: str, config: str = "") -> tuple[Sequence[ir.Resources], list[Diagnostic]]:
    """What the steps of a program ask for, and what is told."""
    analysis = analyse(Path(project(folder, body, config).name), Options(cwd=folder))
    (pipeline,) = analysis.pipelines
    return [step.resources for step in pipeline.steps], list(analysis.reporter)


@pytest.mark.usefixtures("fixed_runtime")
@pytest.mark.parametrize("form", MAIN_FILES)
def test_every_form_of_hardware_on_each_target(form: str, tmp_path: Path, golden: Golden) -> None:
    target, _, operator = form.partition("-")
    config = f'{CONFIG}\n[airflow]\noperator = "{operator}"\n' if operator else CONFIG
    file = project(tmp_path, FORMS, config)
    compiled = compile_file(file, target, tmp_path / "out", verify=target != "airflow")
    reporter = compiled.analysis.reporter
    assert not reporter.errors
    told = [f"{one.severity.value} {one.code}: {one.message}\n" for one in reporter]
    found = [path for pattern in MAIN_FILES[form] for path in (tmp_path / "out").glob(pattern)]
    golden(
        f"hardware/{form}", {**{path.name: path.read_bytes() for path in found}, "REPORTED": "".join(told)}
    )


CONTAINERS = """
import json, sys, types
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.docker.hooks.docker import DockerHook
from docker import APIClient
DockerHook.api_client = property(lambda hook: hook.__dict__.setdefault("client", APIClient(version="1.41")))
(dag,) = DagBag(sys.argv[1]).dags.values()
asked = lambda task: task.hook.api_client.create_host_config(device_requests=task.device_requests)
print(json.dumps({name: asked(task) for name, task in dag.task_dict.items() if hasattr(task, "step")}))
"""


def test_docker_is_asked_for_the_devices_of_every_form(tmp_path: Path, airflow_python: Preloaded) -> None:
    """AMD's GPUs are devices, for which the provider's operator has no word; NVIDIA's are requests."""
    file = project(tmp_path, FORMS, f'{CONFIG}\n[airflow]\noperator = "docker"\n')
    compile_file(file, "airflow", tmp_path / "out", verify=False)
    command = [sys.executable, "-c", CONTAINERS, str(tmp_path / "out")]
    done = airflow_python.run(command, check=True, cwd=tmp_path)
    asked = json.loads(done.stdout.splitlines()[-1])
    devices = {
        name: [one["PathOnHost"] for one in config.get("Devices") or ()] for name, config in asked.items()
    }
    assert devices.pop("amd") == ["/dev/kfd", "/dev/dri"]
    assert not any(devices.values())
    assert any(config.get("DeviceRequests") for config in asked.values())


def test_kubernetes_accepts_the_pods_of_every_form(tmp_path: Path, airflow_python: Preloaded) -> None:
    file = project(tmp_path, FORMS, f'{CONFIG}\n[airflow]\noperator = "kubernetes"\n')
    compile_file(file, "airflow", tmp_path / "out", verify=False)
    done = airflow_python.run([sys.executable, "-c", PODS, str(tmp_path / "out")], check=True, cwd=tmp_path)
    pods = json.loads(done.stdout.splitlines()[-1])
    for pod in pods.values():
        kubernetes_validate.validate(pod, "1.31", strict=True)
        assert pod["spec"]["imagePullSecrets"] == [{"name": "registry-login"}]
    limits = {
        name: pod["spec"]["containers"][0].get("resources", {}).get("limits") for name, pod in pods.items()
    }
    assert {name: limit for name, limit in limits.items() if limit} == {
        "one-gpu": {"nvidia.com/gpu": "1"},
        "four-gpus": {"nvidia.com/gpu": "4"},
        "amd": {"amd.com/gpu": "8"},
        "slice": {"nvidia.com/mig-1g.10gb": "1"},
    }
    assert pods["four-gpus"]["spec"]["nodeSelector"] == {"agentpool": "gpu"}


def test_what_a_cluster_is_told_once_and_not_for_each_step(tmp_path: Path) -> None:
    body = """
c = cluster("c", "STANDARD_NC6", vm_priority="lowpriority", min_nodes=1, max_nodes=4, idle_seconds_before_scaledown=60)
Pipeline(ws, [step("a", c), step("b", c), step("c", "nobody-knows"), step("d", "nobody-knows")])
"""
    _, told = asked(tmp_path, body)
    assert sorted(one.code for one in told) == ["PL267", "PL303", "PL306"]
    said = "low priority, the limits of 1 to 4 nodes, the idle time of 60 s of the cluster 'c'"
    assert any(said in one.message for one in told)


def test_an_attached_machine_is_asked_for_by_what_it_is(tmp_path: Path) -> None:
    body = """
vm = ComputeTarget.attach(ws, "vm", RemoteCompute.attach_configuration(address="h", ssh_port=22, username="u"))
Pipeline(ws, [step("a", vm)])
"""
    (_,), (told,) = asked(tmp_path, body)
    assert (told.code, "a remote machine" in told.message, '[compute."vm"]' in told.help) == (
        "PL303",
        True,
        True,
    )
    (resources,), said = asked(tmp_path, body, "[compute.vm]\nvm_size = 'Standard_D4s_v3'\n")
    assert (resources.cpus, resources.memory, said) == (4, 16, [])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('run.docker.shm_size = "8g"', 8),
        ('run.docker = DockerConfiguration(shm_size="512m")', 0.5),
        ('run.environment.docker.shm_size = "1gb"', 1),
        ("run.docker = DockerConfiguration(use_docker=True)", None),
    ],
)
def test_shared_memory_where_the_program_says_it(line: str, expected: float | None, tmp_path: Path) -> None:
    body = f"run = RunConfiguration()\n{line}\nPipeline(ws, [step('a', 'STANDARD_D2_V2', run)])"
    (resources,), _ = asked(tmp_path, body)
    assert resources.shm_size == expected


@pytest.mark.parametrize(
    ("lines", "nodes", "processes"),
    [
        ("run.node_count = 2\nrun.mpi = MpiConfiguration(process_count_per_node=4)", 2, 4),
        ("run.node_count = 2\nrun.pytorch = PyTorchConfiguration(process_count=16, node_count=2)", 2, 8),
        ("run.pytorch = PyTorchConfiguration()", 1, 1),
    ],
)
def test_distributed_jobs_are_told_on_every_target(
    lines: str, nodes: int, processes: int, tmp_path: Path
) -> None:
    body = f"run = RunConfiguration()\n{lines}\nPipeline(ws, [step('a', 'STANDARD_D2_V2', run)])"
    (resources,), _ = asked(tmp_path, body)
    assert (resources.nodes, resources.processes) == (nodes, processes)
    for target in ("compose", "airflow", "kubeflow"):
        compiled = compile_file(tmp_path / "pipeline.py", target, tmp_path / target, verify=False)
        codes = [one.code for one in compiled.analysis.reporter]
        assert ("PL424" in codes) == (nodes * processes > 1)


def test_a_cluster_for_one_run(tmp_path: Path) -> None:
    body = """
run = RunConfiguration()
run.target = "amlcompute"
run.amlcompute.vm_size = "STANDARD_NC6"
Pipeline(ws, [step("a", None, run)])
"""
    (resources,), _ = asked(tmp_path, body)
    assert (resources.size, resources.gpus) == ("STANDARD_NC6", 1)


@pytest.mark.parametrize(
    "config",
    [
        "[compute.a]\ngpu = -1",
        "[compute.a]\nmemory = 0",
        "[compute.a]\naccelerator = 'gpu'",
        "[images]\npull_secret = 'a b'",
    ],
)
def test_settings_that_mean_nothing_are_refused(config: str, tmp_path: Path) -> None:
    _, told = asked(tmp_path, "Pipeline(ws, [step('a', 'STANDARD_D2_V2')])", config)
    assert [one.code for one in told] == ["PL501"]
