"""A pipeline that uses every kind of store, and the configuration that says what each of them is now."""

from __future__ import annotations

from pipelift.compiler import ir
from tests.support.samples import Contents, snapshot, step

FILES = {
    "blob": {"url": "abfs://data@account.dfs.core.windows.net/raw", "secret": "azure"},
    "bucket": {
        "url": "s3://bucket/raw",
        "secret": "s3",
        "options": {"endpoint_url": "http://minio:9000", "region_name": "eu-west-1"},
    },
    "dbfs": {
        "url": "dbfs:///mnt/raw",
        "secret": "databricks",
        "options": {"instance": "adb-1.azuredatabricks.net"},
    },
    "google": {"url": "gs://bucket/raw", "secret": "google.key"},
    "hdfs": {"url": "webhdfs://namenode:9870/raw", "options": {"user": "ml"}},
    "lake": {"url": "abfss://lake@account.dfs.core.windows.net"},
    "share": {"url": "azfile://share@account.file.core.windows.net/raw", "secret": "azure"},
}
DATABASES = {
    "mysql": {"url": "mysql://reader@mysql.example.com/sales", "secret": "mysql"},
    "postgres": {"url": "postgresql://reader@postgres.example.com:5432/sales", "secret": "postgres"},
    "sql server": {"url": "mssql://reader@server.database.windows.net/sales", "secret": "sql_Server"},
}
MOUNTED = {
    "folder": {
        "url": "data",
        "kubeflow": {"url": "pvc:data"},
    },
    "volume": {
        "url": "volume:models",
        "kubeflow": {"url": "pvc:models"},
    },
}
STORES = {**FILES, **DATABASES, **MOUNTED}


def on_kubernetes() -> dict[str, object]:
    """The stores where Airflow's steps run in pods: claims, where Docker has a folder and a volume."""
    claims = {name: {**store, "airflow": store["kubeflow"]} for name, store in MOUNTED.items()}
    return {**STORES, **claims}


def all_kinds() -> tuple[ir.Pipeline, Contents]:
    """gather (files from everywhere, rows from the databases) → deliver (to a blob store, a bucket, a folder)."""
    contents: Contents = {"src": {"main.py": b"print(1)\n"}}
    files = [
        ir.Dataset(id=name, locations=(ir.Location(store=name, path="images/"),))
        for name in (*FILES, *MOUNTED)
    ]
    rows = [
        ir.Dataset(
            id=name,
            locations=(ir.Location(store=name, path="", query="SELECT * FROM sales"),),
            table=ir.TableFormat(kind="json_lines"),
        )
        for name in DATABASES
    ]
    gather = step(
        "gather",
        inputs=tuple(
            ir.Input(
                name=dataset.id.replace(" ", "_"),
                source=ir.DatasetSource(dataset=dataset.id),
                mode="direct" if dataset.table else "mount",
            )
            for dataset in (*files, *rows)
        ),
        outputs=(_output("found", "bucket"),),
    )
    deliver = step(
        "deliver",
        inputs=(ir.Input(name="found", source=ir.StepSource(step="gather", port="found")),),
        outputs=(_output("blobs", "blob"), _output("objects", "bucket"), _output("files", "folder")),
        secrets=(ir.SecretVariable(name="API_TOKEN", secret="api-token"),),
    )
    pipeline = ir.Pipeline(
        id="stores",
        name="stores",
        source="pipeline.py",
        default_store="blob",
        stores=tuple(ir.Store(name=name) for name in STORES),
        datasets=(*files, *rows),
        environments=(ir.Environment(id="env", python="3.11", digest="e" * 64),),
        snapshots=(snapshot("src", contents["src"]),),
        steps=(gather, deliver),
    )
    return pipeline, contents


def _output(name: str, store: str) -> ir.Output:
    return ir.Output(name=name, store=store, path="azureml/{run-id}/{output-name}")
