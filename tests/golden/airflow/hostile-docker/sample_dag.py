"""a 'b' 'c' {{ d }} {% e %} {# f #} / ''' é 😀 as an Airflow DAG, compiled by pipelift from a'''b.py.

Each task runs one step in a container of its own. Build the images before the first run
(`pipelift build` on this folder); the workers need Airflow 3 and the Docker provider,
nothing else.

These variables, set for the Airflow workers, replace what stands in this file:

- `PIPELIFT_STATE`: the folder for the records of runs and of results
- `PIPELIFT_STORE_STORE`: the folder of the store store

A run whose configuration holds `"pipelift_no_reuse": true` takes no earlier results; with
`"pipelift_refresh": ["STEP"]` the steps named run anew.
"""

import json
import os
import re
import subprocess
import sys
from functools import cached_property, partial
from pathlib import Path

from airflow.providers.docker.operators.docker import DockerOperator
from airflow.sdk import DAG, Param, literal
from docker.types import Mount

HERE = Path(__file__).resolve().parent
USER = f"{os.getuid()}:{os.getgid()}"

# Names what a run writes: Airflow's id without the characters that paths should not have.
RUN = "{{ dag.dag_id }}-{{ run_id | replace(':', '-') | replace('+', '_') }}"


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
STORE_STORE = host_folder("PIPELIFT_STORE_STORE", "../../.pipelift/stores/store")


RUNS = "runs"
STATE_PATH = "/pipelift/state"
STEPS = "steps"
STORES_PATH = "/pipelift/stores"


def bind(folder, target, read_only=False):
    """A mount of a folder of the host; its paths are no templates (`literal`)."""
    return Mount(literal(target), literal(folder), type="bind", read_only=read_only)


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
    """Make the folders that a step mounts, as the user that it runs as."""
    task = context["task"]
    for mount in task.mounts:
        if mount["Type"] == "bind":
            Path(mount["Source"]).mkdir(parents=True, exist_ok=True)
    if task.command[0] == "step":
        task.command = [*task.command, *reuse_options(context)]


def before_step(context):
    """What happens before a task starts."""
    stop_after_failure(context)
    prepare_step(context)


with DAG(
    dag_id="sample",
    dag_display_name='a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e',
    description='a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e',
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    params={
        'a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e': Param(
            'a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e',
            type="string",
        ),
        "items": Param(3, type="integer"),
        "wanted": Param(type="boolean"),
    },
    tags=[
        "pipelift",
        'a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e',
    ],
    default_args={
        "user": USER,
        "mount_tmp_dir": False,
        "auto_remove": "success",
        "pre_execute": before_step,
        "do_xcom_push": False,
    },
):
    # a "b" 'c' {{ d }} {% e %} {# f #} \ """ é 😀 (PythonScriptStep)
    import_step = StepOperator(
        task_id="import",
        task_display_name='a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e',
        image="sample/import:5f9c3320b394",
        step="import",
        looks_up=True,
        command=[
            "step",
            "--run",
            RUN,
            "--parameter={{ 'a \\x22b\\x22 \\x27c\\x27 \\x7b\\x7b d \\x7d\\x7d \\x7b% e %\\x7d \\x7b# f #\\x7d\\n\\\\ \\x22\\x22\\x22 \\xe9 \\U0001f600\\u202e' }}={{ params['a \\x22b\\x22 \\x27c\\x27 \\x7b\\x7b d \\x7d\\x7d \\x7b% e %\\x7d \\x7b# f #\\x7d\\n\\\\ \\x22\\x22\\x22 \\xe9 \\U0001f600\\u202e'] }}",
            "--parameter=items={{ params['items'] }}",
            "--parameter=wanted={{ params['wanted'] }}",
        ],
        mounts=[
            bind(STATE, "/pipelift/state", read_only=True),
            bind(f"{STATE}/models", "/pipelift/state/models"),
            bind(f"{STATE}/datasets", "/pipelift/state/datasets"),
            bind(f"{STATE}/mlruns", "/pipelift/state/mlruns"),
            bind(STORE_STORE, "/pipelift/stores/store"),
        ],
    )

    # k8s (PythonScriptStep)
    k8s_step = StepOperator(
        task_id="k8s",
        image="sample/k8s:3cd0a2975aba",
        step="k8s",
        looks_up=True,
        command=["step", "--run", RUN],
        mounts=[
            bind(STATE, "/pipelift/state", read_only=True),
            bind(f"{STATE}/models", "/pipelift/state/models"),
            bind(f"{STATE}/datasets", "/pipelift/state/datasets"),
            bind(f"{STATE}/mlruns", "/pipelift/state/mlruns"),
            bind(STORE_STORE, "/pipelift/stores/store"),
        ],
    )

    # Über Schritt (PythonScriptStep)
    ber_schritt = StepOperator(
        task_id="_ber_Schritt",
        task_display_name="Über Schritt",
        image="sample/ber-schritt-c7a01567:708d870aa82f",
        step="Über Schritt",
        looks_up=True,
        command=["step", "--run", RUN],
        mounts=[
            bind(STATE, "/pipelift/state", read_only=True),
            bind(f"{STATE}/models", "/pipelift/state/models"),
            bind(f"{STATE}/datasets", "/pipelift/state/datasets"),
            bind(f"{STATE}/mlruns", "/pipelift/state/mlruns"),
            bind(STORE_STORE, "/pipelift/stores/store"),
        ],
    )

    # long (PythonScriptStep)
    xxxxxxxxxxxxxxxxxxxxxxxxx_718df6 = StepOperator(
        task_id="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        task_display_name="long",
        image="sample/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-718df670:cc1288ca590e",
        step="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        looks_up=True,
        command=["step", "--run", RUN],
        mounts=[
            bind(STATE, "/pipelift/state", read_only=True),
            bind(f"{STATE}/models", "/pipelift/state/models"),
            bind(f"{STATE}/datasets", "/pipelift/state/datasets"),
            bind(f"{STATE}/mlruns", "/pipelift/state/mlruns"),
            bind(STORE_STORE, "/pipelift/stores/store"),
        ],
    )

    import_step >> k8s_step
    k8s_step >> ber_schritt
    import_step >> xxxxxxxxxxxxxxxxxxxxxxxxx_718df6
