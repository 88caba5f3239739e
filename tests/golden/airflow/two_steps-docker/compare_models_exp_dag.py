"""Compare_Models_Exp as an Airflow DAG, compiled by pipelift from pipeline.py.

Each task runs one step in a container of its own. Build the images before the first run
(`pipelift build` on this folder); the workers need Airflow 3 and the Docker provider,
nothing else.

These variables, set for the Airflow workers, replace what stands in this file:

- `PIPELIFT_STATE`: the folder for the records of runs and of results
- `PIPELIFT_STORE_WORKSPACEBLOBSTORE`: the folder of the store workspaceblobstore
- `PIPELIFT_GPU`: with 0, steps that ask for a GPU run without one

A run whose configuration holds `"pipelift_no_reuse": true` takes no earlier results; with
`"pipelift_refresh": ["STEP"]` the steps named run anew.
"""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path

from airflow.providers.docker.operators.docker import DockerOperator
from airflow.sdk import DAG, Param, literal
from docker.types import DeviceRequest, Mount

HERE = Path(__file__).resolve().parent
USER = f"{os.getuid()}:{os.getgid()}"

# Names what a run writes: Airflow's id without the characters that paths should not have.
RUN = "{{ dag.dag_id }}-{{ run_id | replace(':', '-') | replace('+', '_') }}"

# Each step's own limit is kept inside its container; Airflow's, for containers that hang,
# leaves this much for the start of one.
STARTING = timedelta(seconds=600)


def base_folder():
    """Where relative ways start: here, or where `pipelift deploy` says that it found this file."""
    deployment = HERE / "deployment.json"
    if not deployment.is_file():
        return HERE
    return HERE / json.loads(deployment.read_text(encoding="utf-8"))["base"]


BASE = base_folder()


def host_folder(variable, default):
    """The folder that the environment variable names, else `default` as seen from `BASE`."""
    folder = Path(os.environ.get(variable) or default).expanduser()
    return str((BASE / folder).resolve())


STATE = host_folder("PIPELIFT_STATE", "../../.pipelift")
STORE_WORKSPACEBLOBSTORE = host_folder(
    "PIPELIFT_STORE_WORKSPACEBLOBSTORE",
    "../../.pipelift/stores/workspaceblobstore",
)


RUNS = "runs"
STATE_PATH = "/pipelift/state"
STEPS = "steps"
STORES_PATH = "/pipelift/stores"


def bind(folder, target, read_only=False):
    """A mount of a folder of the host; its paths are no templates (`literal`)."""
    return Mount(literal(target), literal(folder), type="bind", read_only=read_only)


def gpus(count):
    """A request for NVIDIA GPUs, unless PIPELIFT_GPU=0 says that the host has none."""
    if os.environ.get("PIPELIFT_GPU") == "0":
        return []
    return [DeviceRequest(count=count, capabilities=[["gpu"]])]


class StepOperator(DockerOperator):
    """Runs a step in its container, unless an earlier result can be reused.

    Of the state the container can write the step's own folder, and read the rest. What it
    has left there is taken over here, by the launcher that lies beside this file.
    """

    def __init__(self, step, looks_up=False, devices=(), **kwargs):
        super().__init__(**kwargs)
        self.step = step
        self.looks_up = looks_up
        self.devices = devices

    @cached_property
    def hook(self):
        """The way to the engine, on which a container gets devices: the provider has none."""
        hook = super().hook
        if self.devices:
            client = hook.api_client
            make = client.create_host_config
            client.create_host_config = partial(make, devices=list(self.devices))
        return hook

    def execute(self, context):
        """Run the container, which can write the folder of its own step."""
        if self.looks_up and self.is_reused():
            return None
        # The launcher calls the run so too.
        plain = re.sub(r"[^\w.+-]", "_", self.command[2], flags=re.ASCII)
        run = plain.lstrip(".")[:180] or "run"
        own = f"{RUNS}/{run}/{STEPS}/{self.step}"
        Path(STATE, own).mkdir(parents=True, exist_ok=True)
        mounts = self.mounts
        mount = Mount(f"{STATE_PATH}/{own}", f"{STATE}/{own}", type="bind")
        self.launcher("expect", "--run", run, "--step", self.step)
        try:
            self.mounts = [*mounts, mount]
            return super().execute(context)
        finally:
            self.mounts = mounts
            self.launcher("settle", "--run", run, "--step", self.step)

    def launcher_variables(self):
        """What the launcher finds in its environment besides the worker's own variables."""
        return {}

    def launcher(self, *command):
        """What the launcher answers; None where it does not lie beside this file."""
        runtime = HERE / "runtime"
        if not runtime.is_dir():
            return None
        # -S: it needs no packages. -B: no bytecode, since images are built from its folder.
        launcher = [sys.executable, "-SB", "-m", "pipelift.runtime"]
        done = subprocess.run(
            [*launcher, *command, f"--state={STATE}"],
            cwd=runtime,
            env={**os.environ, **self.launcher_variables()},
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        said = done.stderr.strip()
        # A look-up, which is a "step", says with its status that it finds nothing.
        if done.returncode and command[0] != "step":
            status = f"{command[0]} ended with status {done.returncode}"
            self.log.warning(f"{status}: {said}")
        elif said:
            self.log.info(said)
        return done.returncode

    def is_reused(self):
        """Look for an earlier result, with the launcher that lies beside this file.

        It has neither the clients of remote stores here nor their secrets: where it would have
        to ask a store it finds nothing, and the launcher in the container decides.
        """
        spec = HERE / "steps" / f"{self.step}.json"
        if not spec.is_file():
            return False
        options = ["--lookup", f"--spec={spec}"]
        for mount in self.mounts:
            folder, _, store = mount["Target"].rpartition("/")
            if folder == STORES_PATH:
                options.append(f"--store={store}={mount['Source']}")
        return self.launcher(*self.command, *options) == 0


def reuse_options(context):
    """What the run's configuration says about earlier results, for the launcher."""
    conf = context["dag_run"].conf or {}
    anew = ["--no-reuse"] if conf.get("pipelift_no_reuse") else []
    steps = conf.get("pipelift_refresh") or []
    return [*anew, *(f"--refresh={step}" for step in steps)]


def prepare_step(context):
    """Make the folders that a step mounts, as the user that it runs as."""
    task = context["task"]
    for mount in task.mounts:
        if mount["Type"] == "bind":
            Path(mount["Source"]).mkdir(parents=True, exist_ok=True)
    if task.command[0] == "step":
        task.command = [*task.command, *reuse_options(context)]


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
        "user": USER,
        "mount_tmp_dir": False,
        "auto_remove": "success",
        "pre_execute": before_step,
        "do_xcom_push": False,
        "retry_delay": timedelta(seconds=10),
    },
):
    # pipeline.py:40: prepare.py (PythonScriptStep)
    prepare = StepOperator(
        task_id="prepare",
        task_display_name="prepare.py",
        image="compare-models-exp/prepare:37c5ae6c7019",
        step="prepare",
        looks_up=True,
        command=["step", "--run", RUN],
        mounts=[
            bind(STATE, "/pipelift/state", read_only=True),
            bind(f"{STATE}/models", "/pipelift/state/models"),
            bind(f"{STATE}/datasets", "/pipelift/state/datasets"),
            bind(f"{STATE}/mlruns", "/pipelift/state/mlruns"),
            bind(STORE_WORKSPACEBLOBSTORE, "/pipelift/stores/workspaceblobstore"),
        ],
        cpus=1.5,
        mem_limit="4403m",
    )

    # pipeline.py:55: train model (PythonScriptStep)
    train = StepOperator(
        task_id="train",
        task_display_name="train model",
        image="compare-models-exp/train:bdc13cd12fd0",
        step="train",
        command=["step", "--run", RUN, "--parameter=rate={{ params['rate'] }}"],
        mounts=[
            bind(STATE, "/pipelift/state", read_only=True),
            bind(f"{STATE}/models", "/pipelift/state/models"),
            bind(f"{STATE}/datasets", "/pipelift/state/datasets"),
            bind(f"{STATE}/mlruns", "/pipelift/state/mlruns"),
            bind(STORE_WORKSPACEBLOBSTORE, "/pipelift/stores/workspaceblobstore"),
        ],
        cpus=5.5,
        mem_limit="48640m",
        device_requests=gpus(1),
        shm_size=2048 * 1024**2,
        retries=1,
        execution_timeout=timedelta(seconds=3600) + STARTING,
    )

    prepare >> train
