"""Pipeline stores for Kubeflow Pipelines.

Compiled by pipelift; `python pipeline.py` writes pipeline.yaml anew after an edit. The images
are built from the folders beside this file, by `pipelift build` or as their Dockerfiles say.
"""

# Source: pipeline.py

from pathlib import Path

from kfp import compiler, dsl, kubernetes

# The tag of an image is a digest of all that is in it.
GATHER_IMAGE = "stores/gather:d7c3ce2aa192"
DELIVER_IMAGE = "stores/deliver:5ae1b68a8296"

# Volume claims that hold source data.
FOLDER_CLAIM = "data"
VOLUME_CLAIM = "models"

COMMAND = ["python", "-m", "pipelift.runtime", "step", "--executor-input"]
EXECUTOR_INPUT = dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER


# gather (PythonScriptStep)
@dsl.container_component
def gather(
    store_blob_url: str,
    store_bucket_url: str,
    store_dbfs_url: str,
    store_google_url: str,
    store_hdfs_url: str,
    store_lake_url: str,
    store_mysql_url: str,
    store_postgres_url: str,
    store_share_url: str,
    store_sql_server_url: str,
    found: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=GATHER_IMAGE,
        command=COMMAND,
        args=[
            EXECUTOR_INPUT,
            f"--store=blob={store_blob_url}",
            f"--store=bucket={store_bucket_url}",
            f"--store=dbfs={store_dbfs_url}",
            f"--store=google={store_google_url}",
            f"--store=hdfs={store_hdfs_url}",
            f"--store=lake={store_lake_url}",
            f"--store=mysql={store_mysql_url}",
            f"--store=postgres={store_postgres_url}",
            f"--store=share={store_share_url}",
            f"--store=sql server={store_sql_server_url}",
            "--store-secret=blob=azure",
            "--store-option=bucket:endpoint_url=http://minio:9000",
            "--store-option=bucket:region_name=eu-west-1",
            "--store-secret=bucket=s3",
            "--store-option=dbfs:instance=adb-1.azuredatabricks.net",
            "--store-secret=dbfs=databricks",
            "--store-secret=google=google.key",
            "--store-option=hdfs:user=ml",
            "--store-secret=mysql=mysql",
            "--store-secret=postgres=postgres",
            "--store-secret=share=azure",
            "--store-secret=sql server=sql_Server",
        ],
    )


# deliver (PythonScriptStep)
@dsl.container_component
def deliver(
    found: dsl.Input[dsl.Artifact],
    gather_result: str,
    blobs: dsl.Output[dsl.Artifact],
    objects: dsl.Output[dsl.Artifact],
    files: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=DELIVER_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


@dsl.pipeline(
    name="stores",
)
def stores(
    store_blob_url: str = "abfs://data@account.dfs.core.windows.net/raw",
    store_bucket_url: str = "s3://bucket/raw",
    store_dbfs_url: str = "dbfs:///mnt/raw",
    store_google_url: str = "gs://bucket/raw",
    store_hdfs_url: str = "webhdfs://namenode:9870/raw",
    store_lake_url: str = "abfss://lake@account.dfs.core.windows.net",
    store_mysql_url: str = "mysql://reader@mysql.example.com/sales",
    store_postgres_url: str = "postgresql://reader@postgres.example.com:5432/sales",
    store_share_url: str = "azfile://share@account.file.core.windows.net/raw",
    store_sql_server_url: str = "mssql://reader@server.database.windows.net/sales",
):
    gather_task = gather(
        store_blob_url=store_blob_url,
        store_bucket_url=store_bucket_url,
        store_dbfs_url=store_dbfs_url,
        store_google_url=store_google_url,
        store_hdfs_url=store_hdfs_url,
        store_lake_url=store_lake_url,
        store_mysql_url=store_mysql_url,
        store_postgres_url=store_postgres_url,
        store_share_url=store_share_url,
        store_sql_server_url=store_sql_server_url,
    )
    gather_task.set_caching_options(True)
    kubernetes.mount_pvc(
        gather_task,
        pvc_name=FOLDER_CLAIM,
        mount_path="/pipelift/stores/folder",
    )
    kubernetes.mount_pvc(
        gather_task,
        pvc_name=VOLUME_CLAIM,
        mount_path="/pipelift/stores/volume",
    )
    kubernetes.use_secret_as_volume(
        gather_task,
        secret_name="azure",
        mount_path="/pipelift/secrets/azure",
        optional=True,
    )
    kubernetes.use_secret_as_volume(
        gather_task,
        secret_name="databricks",
        mount_path="/pipelift/secrets/databricks",
        optional=True,
    )
    kubernetes.use_secret_as_volume(
        gather_task,
        secret_name="google-key",
        mount_path="/pipelift/secrets/google.key",
        optional=True,
    )
    kubernetes.use_secret_as_volume(
        gather_task,
        secret_name="mysql",
        mount_path="/pipelift/secrets/mysql",
        optional=True,
    )
    kubernetes.use_secret_as_volume(
        gather_task,
        secret_name="postgres",
        mount_path="/pipelift/secrets/postgres",
        optional=True,
    )
    kubernetes.use_secret_as_volume(
        gather_task,
        secret_name="s3",
        mount_path="/pipelift/secrets/s3",
        optional=True,
    )
    kubernetes.use_secret_as_volume(
        gather_task,
        secret_name="sql-server",
        mount_path="/pipelift/secrets/sql_Server",
        optional=True,
    )

    deliver_task = deliver(
        found=gather_task.outputs["found"],
        gather_result=gather_task.outputs["result"],
    )
    deliver_task.set_caching_options(True)
    kubernetes.use_secret_as_volume(
        deliver_task,
        secret_name="api-token",
        mount_path="/pipelift/secrets/api-token",
        optional=True,
    )

    # Every step files what it does under the run that it is part of. The environment is no part
    # of KFP's cache key, so an earlier result is still found.
    for task in [gather_task, deliver_task]:
        kubernetes.use_field_path_as_env(
            task,
            env_name="PIPELIFT_RUN",
            field_path="metadata.labels['pipeline/runid']",
        )


if __name__ == "__main__":
    compiler.Compiler().compile(
        stores,
        str(Path(__file__).with_suffix(".yaml")),
    )
