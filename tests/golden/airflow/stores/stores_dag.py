"""stores as an Airflow DAG, compiled by pipelift from pipeline.py.

Each task runs one step in a container of its own. Build the images before the first run
(`pipelift build` on this folder); the workers need Airflow 3 and the Docker provider,
nothing else.

These variables, set for the Airflow workers, replace what stands in this file:

- `PIPELIFT_STATE`: the folder for the records of runs and of results
- `PIPELIFT_STORE_FOLDER`: the folder of the store folder
- `PIPELIFT_STORE_VOLUME`: the Docker volume of the store volume
- `PIPELIFT_STORE_BLOB`: the URL of the store blob
- `PIPELIFT_STORE_BUCKET`: the URL of the store bucket
- `PIPELIFT_STORE_DBFS`: the URL of the store dbfs
- `PIPELIFT_STORE_GOOGLE`: the URL of the store google
- `PIPELIFT_STORE_HDFS`: the URL of the store hdfs
- `PIPELIFT_STORE_LAKE`: the URL of the store lake
- `PIPELIFT_STORE_MYSQL`: the URL of the store mysql
- `PIPELIFT_STORE_POSTGRES`: the URL of the store postgres
- `PIPELIFT_STORE_SHARE`: the URL of the store share
- `PIPELIFT_STORE_SQL_SERVER`: the URL of the store sql server

A run whose configuration holds `"pipelift_no_reuse": true` takes no earlier results; with
`"pipelift_refresh": ["STEP"]` the steps named run anew.
"""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from functools import cached_property, partial
from pathlib import Path

from airflow.providers.docker.operators.docker import DockerOperator
from airflow.sdk import DAG, Connection, literal
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
STORE_FOLDER = host_folder("PIPELIFT_STORE_FOLDER", "../../data")
STORE_VOLUME = os.environ.get("PIPELIFT_STORE_VOLUME", "models")
STORE_BLOB = os.environ.get(
    "PIPELIFT_STORE_BLOB",
    "abfs://data@account.dfs.core.windows.net/raw",
)
STORE_BUCKET = os.environ.get("PIPELIFT_STORE_BUCKET", "s3://bucket/raw")
STORE_DBFS = os.environ.get("PIPELIFT_STORE_DBFS", "dbfs:///mnt/raw")
STORE_GOOGLE = os.environ.get("PIPELIFT_STORE_GOOGLE", "gs://bucket/raw")
STORE_HDFS = os.environ.get("PIPELIFT_STORE_HDFS", "webhdfs://namenode:9870/raw")
STORE_LAKE = os.environ.get(
    "PIPELIFT_STORE_LAKE",
    "abfss://lake@account.dfs.core.windows.net",
)
STORE_MYSQL = os.environ.get(
    "PIPELIFT_STORE_MYSQL",
    "mysql://reader@mysql.example.com/sales",
)
STORE_POSTGRES = os.environ.get(
    "PIPELIFT_STORE_POSTGRES",
    "postgresql://reader@postgres.example.com:5432/sales",
)
STORE_SHARE = os.environ.get(
    "PIPELIFT_STORE_SHARE",
    "azfile://share@account.file.core.windows.net/raw",
)
STORE_SQL_SERVER = os.environ.get(
    "PIPELIFT_STORE_SQL_SERVER",
    "mssql://reader@server.database.windows.net/sales",
)


# What the client of a store calls login and password of the connection that the store has.
FIELDS = {
    "azure": ("account_name", "account_key"),
    "databricks": (None, "token"),
    "google.key": (None, "token"),
    "mysql": ("user", "password"),
    "postgres": ("user", "password"),
    "s3": ("key", "secret"),
    "sql_Server": ("user", "password"),
}
EXTRA = (
    "connection_string",
    "sas_token",
    "tenant_id",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
)


def secret(name):
    """A connection as text: its password; of a store's, a line for each thing that its client knows."""
    connection = Connection.get(name)
    if name not in FIELDS:
        return connection.password or ""
    extra = connection.extra_dejson
    if "keyfile_dict" in extra:  # Google's
        key = extra["keyfile_dict"]
        return key if isinstance(key, str) else json.dumps(key)
    login, password = FIELDS[name]
    if "tenant_id" in extra:  # Azure's, of a service principal
        login, password = "client_id", "client_secret"
    values = {login: connection.login, password: connection.password}
    values.update((field, extra[field]) for field in EXTRA if field in extra)
    known = {field: value for field, value in values.items() if field and value}
    return "".join(f'{field}="{value}"\n' for field, value in known.items())


RUNS = "runs"
STATE_PATH = "/pipelift/state"
STEPS = "steps"
STORES_PATH = "/pipelift/stores"
PARAMETERS = "PIPELIFT_SECRET_PARAMETERS"


def archive(files):
    """Files for a container, which nobody but the user of its step can read there."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as made:
        for path, text in files.items():
            data = text.encode()
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(data), 0o400
            entry.uid, entry.gid = os.getuid(), os.getgid()
            made.addfile(entry, io.BytesIO(data))
    return written.getvalue()


def bind(folder, target, read_only=False):
    """A mount of a folder of the host; its paths are no templates (`literal`)."""
    return Mount(literal(target), literal(folder), type="bind", read_only=read_only)


def volume(name, target, read_only=False):
    """A mount of a named volume of the Docker engine."""
    return Mount(literal(target), literal(name), type="volume", read_only=read_only)


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


class SecretStepOperator(StepOperator):
    """Runs a step that gets secrets: connections, by name, and parameters, each in a file.

    What Docker tells of a container shows its command line and its variables, but no file.
    """

    def __init__(self, secrets=None, hidden=None, **kwargs):
        super().__init__(**kwargs)
        self.secrets = secrets or {}
        self.hidden = hidden or {}
        self.given = {}

    def execute(self, context):
        """Run the container, with the values of this run."""
        self.given = {name: str(context["params"][name]) for name in self.hidden}
        return super().execute(context)

    @cached_property
    def hook(self):
        """The way to the engine, on which a container gets its files before it starts."""
        hook = super().hook
        client, start = hook.api_client, hook.api_client.start

        def start_with_secrets(container, *args, **kwargs):
            files = {path: self.given[name] for name, path in self.hidden.items()}
            files.update((path, secret(name)) for name, path in self.secrets.items())
            client.put_archive(container, "/", archive(files))
            return start(container, *args, **kwargs)

        client.start = start_with_secrets
        return hook

    def launcher_variables(self):
        """The values of its secret parameters, which decide on reuse, too."""
        return {PARAMETERS: json.dumps(self.given)}


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
    dag_id="stores",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["pipelift"],
    default_args={
        "user": USER,
        "mount_tmp_dir": False,
        "auto_remove": "success",
        "pre_execute": before_step,
        "do_xcom_push": False,
    },
):
    # A new volume belongs to root: hand it to the user of the steps.
    begin = DockerOperator(
        task_id="begin",
        image="stores/gather:a65209e66b00",
        command=["begin", "--run-key", RUN, "--run", RUN, "--owner", USER],
        user="0:0",
        mounts=[
            bind(STATE, "/pipelift/state"),
            bind(f"{STATE}/models", "/pipelift/state/models"),
            bind(f"{STATE}/datasets", "/pipelift/state/datasets"),
            bind(f"{STATE}/mlruns", "/pipelift/state/mlruns"),
            bind(f"{STATE}/mirrors", "/pipelift/state/mirrors"),
            bind(STORE_FOLDER, "/pipelift/stores/folder"),
            volume(STORE_VOLUME, "/pipelift/stores/volume"),
        ],
    )

    # gather (PythonScriptStep)
    gather = SecretStepOperator(
        task_id="gather",
        image="stores/gather:a65209e66b00",
        step="gather",
        command=[
            "step",
            "--run",
            RUN,
            literal("--store=blob=" + STORE_BLOB),
            "--store-secret=blob=azure",
            literal("--store=bucket=" + STORE_BUCKET),
            "--store-option=bucket:endpoint_url=http://minio:9000",
            "--store-option=bucket:region_name=eu-west-1",
            "--store-secret=bucket=s3",
            literal("--store=dbfs=" + STORE_DBFS),
            "--store-option=dbfs:instance=adb-1.azuredatabricks.net",
            "--store-secret=dbfs=databricks",
            literal("--store=google=" + STORE_GOOGLE),
            "--store-secret=google=google.key",
            literal("--store=hdfs=" + STORE_HDFS),
            "--store-option=hdfs:user=ml",
            literal("--store=lake=" + STORE_LAKE),
            literal("--store=mysql=" + STORE_MYSQL),
            "--store-secret=mysql=mysql",
            literal("--store=postgres=" + STORE_POSTGRES),
            "--store-secret=postgres=postgres",
            literal("--store=share=" + STORE_SHARE),
            "--store-secret=share=azure",
            literal("--store=sql server=" + STORE_SQL_SERVER),
            "--store-secret=sql server=sql_Server",
        ],
        mounts=[
            bind(STATE, "/pipelift/state", read_only=True),
            bind(f"{STATE}/models", "/pipelift/state/models"),
            bind(f"{STATE}/datasets", "/pipelift/state/datasets"),
            bind(f"{STATE}/mlruns", "/pipelift/state/mlruns"),
            bind(f"{STATE}/mirrors", "/pipelift/state/mirrors"),
            bind(STORE_FOLDER, "/pipelift/stores/folder", read_only=True),
            volume(STORE_VOLUME, "/pipelift/stores/volume", read_only=True),
        ],
        secrets={
            "azure": "/pipelift/secrets/azure",
            "databricks": "/pipelift/secrets/databricks",
            "google.key": "/pipelift/secrets/google.key",
            "mysql": "/pipelift/secrets/mysql",
            "postgres": "/pipelift/secrets/postgres",
            "s3": "/pipelift/secrets/s3",
            "sql_Server": "/pipelift/secrets/sql_Server",
        },
    )

    # deliver (PythonScriptStep)
    deliver = SecretStepOperator(
        task_id="deliver",
        image="stores/deliver:38cde2d32fb8",
        step="deliver",
        command=[
            "step",
            "--run",
            RUN,
            literal("--store=blob=" + STORE_BLOB),
            "--store-secret=blob=azure",
            literal("--store=bucket=" + STORE_BUCKET),
            "--store-option=bucket:endpoint_url=http://minio:9000",
            "--store-option=bucket:region_name=eu-west-1",
            "--store-secret=bucket=s3",
        ],
        mounts=[
            bind(STATE, "/pipelift/state", read_only=True),
            bind(f"{STATE}/models", "/pipelift/state/models"),
            bind(f"{STATE}/datasets", "/pipelift/state/datasets"),
            bind(f"{STATE}/mlruns", "/pipelift/state/mlruns"),
            bind(f"{STATE}/mirrors", "/pipelift/state/mirrors"),
            bind(STORE_FOLDER, "/pipelift/stores/folder"),
        ],
        secrets={
            "api-token": "/pipelift/secrets/api-token",
            "azure": "/pipelift/secrets/azure",
            "s3": "/pipelift/secrets/s3",
        },
    )

    begin >> gather
    gather >> deliver
