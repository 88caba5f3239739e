"""stores as an Airflow DAG, compiled by pipelift from pipeline.py.

Each task runs one step in a container of its own. Build the images before the first run
(`pipelift build` on this folder); the workers need Airflow 3 and the Kubernetes provider,
nothing else.

These variables, set for the Airflow workers, replace what stands in this file:

- `PIPELIFT_CLAIM`: the claim (ReadWriteMany) for the records of runs, and for stores without a claim of their own
- `PIPELIFT_STORE_FOLDER`: the claim of the store folder
- `PIPELIFT_STORE_VOLUME`: the claim of the store volume
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

import os

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG, literal
from kubernetes.client import models as k8s

# Names what a run writes: Airflow's id without the characters that paths should not have.
RUN = "{{ dag.dag_id }}-{{ run_id | replace(':', '-') | replace('+', '_') }}"


def volume(name, variable, default):
    """The volume of a claim: the one that the environment variable names, else `default`."""
    claim = k8s.V1PersistentVolumeClaimVolumeSource(os.environ.get(variable) or default)
    return k8s.V1Volume(name=name, persistent_volume_claim=claim)


def secret(name, secret_name):
    """The volume of a Kubernetes Secret. Optional: the launcher says what is missing, a pod would only wait."""
    source = k8s.V1SecretVolumeSource(secret_name=secret_name, optional=True)
    return k8s.V1Volume(name=name, secret=source)


SHARED = volume("pipelift", "PIPELIFT_CLAIM", "pipelift")
STORE_FOLDER = volume("folder", "PIPELIFT_STORE_FOLDER", "data")
STORE_VOLUME = volume("volume", "PIPELIFT_STORE_VOLUME", "models")
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
SECRET_AZURE = secret("secret-azure", "azure")
SECRET_DATABRICKS = secret("secret-databricks", "databricks")
SECRET_GOOGLE_KEY = secret("secret-google-key", "google-key")
SECRET_MYSQL = secret("secret-mysql", "mysql")
SECRET_POSTGRES = secret("secret-postgres", "postgres")
SECRET_S3 = secret("secret-s3", "s3")
SECRET_SQL_SERVER = secret("secret-sql-server", "sql-server")
SECRET_API_TOKEN = secret("secret-api-token", "api-token")


def mount(volume, target, sub_path=None, read_only=False):
    """A mount of a volume, or of a folder in it."""
    return k8s.V1VolumeMount(
        name=volume.name, mount_path=target, sub_path=sub_path, read_only=read_only
    )


def reuse_options(context):
    """What the run's configuration says about earlier results, for the launcher."""
    conf = context["dag_run"].conf or {}
    anew = ["--no-reuse"] if conf.get("pipelift_no_reuse") else []
    steps = conf.get("pipelift_refresh") or []
    return [*anew, *(f"--refresh={step}" for step in steps)]


def prepare_step(context):
    """Ask the launcher for a new result where the run's configuration says so."""
    task = context["task"]
    task.arguments = [*task.arguments, *reuse_options(context)]


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
        "namespace": "ml",
        "startup_timeout_seconds": 600,
        "on_finish_action": "delete_succeeded_pod",
        "log_events_on_failure": True,
        "pre_execute": before_step,
        "do_xcom_push": False,
    },
):
    # gather (PythonScriptStep)
    gather = KubernetesPodOperator(
        task_id="gather",
        image="stores/gather:a65209e66b00",
        arguments=[
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
        volumes=[
            SHARED,
            STORE_FOLDER,
            STORE_VOLUME,
            SECRET_AZURE,
            SECRET_DATABRICKS,
            SECRET_GOOGLE_KEY,
            SECRET_MYSQL,
            SECRET_POSTGRES,
            SECRET_S3,
            SECRET_SQL_SERVER,
        ],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            mount(STORE_FOLDER, "/pipelift/stores/folder", read_only=True),
            mount(STORE_VOLUME, "/pipelift/stores/volume", read_only=True),
            mount(SECRET_AZURE, "/pipelift/secrets/azure", read_only=True),
            mount(SECRET_DATABRICKS, "/pipelift/secrets/databricks", read_only=True),
            mount(SECRET_GOOGLE_KEY, "/pipelift/secrets/google.key", read_only=True),
            mount(SECRET_MYSQL, "/pipelift/secrets/mysql", read_only=True),
            mount(SECRET_POSTGRES, "/pipelift/secrets/postgres", read_only=True),
            mount(SECRET_S3, "/pipelift/secrets/s3", read_only=True),
            mount(SECRET_SQL_SERVER, "/pipelift/secrets/sql_Server", read_only=True),
        ],
    )

    # deliver (PythonScriptStep)
    deliver = KubernetesPodOperator(
        task_id="deliver",
        image="stores/deliver:38cde2d32fb8",
        arguments=[
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
        volumes=[SHARED, STORE_FOLDER, SECRET_API_TOKEN, SECRET_AZURE, SECRET_S3],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            mount(STORE_FOLDER, "/pipelift/stores/folder"),
            mount(SECRET_API_TOKEN, "/pipelift/secrets/api-token", read_only=True),
            mount(SECRET_AZURE, "/pipelift/secrets/azure", read_only=True),
            mount(SECRET_S3, "/pipelift/secrets/s3", read_only=True),
        ],
    )

    gather >> deliver
