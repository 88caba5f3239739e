"""Datastores: where each registration says that its store is, and what pipelift suggests of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipelift.app.starter import render_starter
from pipelift.compiler.config import Config
from pipelift.compiler.config.places import Database, Folder, Remote, place
from tests.support.samples import configured
from tests.support.sdk_world import Reading, read

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

USE = "Pipeline(ws, py('a', inputs=[Dataset.File.from_files((s, 'x')).as_named_input('i').as_mount()]))"
CHINA = "endpoint='core.chinacloudapi.cn'"

ADDRESSES = {
    "blob": ("blob_container(ws, 's', 'c', 'acc')", "abfs://c@acc.dfs.core.windows.net"),
    "blob in China": (
        f"blob_container(ws, 's', 'c', 'acc', {CHINA})",
        "abfs://c@acc.dfs.core.chinacloudapi.cn",
    ),
    "share": ("file_share(ws, 's', 'sh', 'acc')", "azfile://sh@acc.file.core.windows.net"),
    "share in China": (
        f"file_share(ws, 's', 'sh', 'acc', {CHINA})",
        "azfile://sh@acc.file.core.chinacloudapi.cn",
    ),
    "gen1": ("data_lake(ws, 's', 'acc')", "abfs://gen1@acc.dfs.core.windows.net"),
    "gen2": ("data_lake_gen2(ws, 's', 'fs', 'acc')", "abfs://fs@acc.dfs.core.windows.net"),
    "sql": ("sql_database(ws, 's', 'srv', 'db')", "mssql://srv.database.windows.net/db"),
    "sql with a user": (
        "sql_database(ws, 's', 'srv', 'db', username='me@x', password='-' * 9)",
        "mssql://me%40x@srv.database.windows.net/db",
    ),
    "sql in the United States": (
        "sql_database(ws, 's', 'srv', 'db', endpoint='database.usgovcloudapi.net')",
        "mssql://srv.database.usgovcloudapi.net/db",
    ),
    "postgresql": (
        "postgre_sql(ws, 's', 'srv', 'db', 'me', '-' * 9)",
        "postgresql://me@srv.postgres.database.azure.com:5432/db",
    ),
    "postgresql, a port and the whole name": (
        "postgre_sql(ws, 's', 'srv.postgres.database.azure.com', 'db', 'me', '-' * 9, port_number='6432')",
        "postgresql://me@srv.postgres.database.azure.com:6432/db",
    ),
    "mysql": (
        "my_sql(ws, 's', 'srv', 'db', 'me', '-' * 9)",
        "mysql://me@srv.mysql.database.azure.com:3306/db",
    ),
    "dbfs": ("dbfs(ws, 's')", "dbfs:///"),
    "hdfs": ("hdfs(ws, 's', 'https', 'node:9870', None, 'r', 'k', 'p')", "webhdfs://node:9870"),
    "an account that only the environment knows": ("blob_container(ws, 's', 'c', os.environ['A'])", None),
    "an account that is none": ("blob_container(ws, 's', 'c', 'a b/c')", None),
}


def registered(folder: Path, registration: str) -> Reading:
    kind = "" if registration.startswith(("dbfs", "hdfs")) else "azure_"
    return read(folder, f"import os\ns = Datastore.register_{kind}{registration}\n{USE}")


@pytest.mark.parametrize("case", ADDRESSES, ids=str)
def test_the_address_of_a_registered_store(case: str, tmp_path: Path) -> None:
    registration, address = ADDRESSES[case]
    reading = registered(tmp_path, registration)
    (store,) = (one for one in reading.pipelines[0].stores if one.name == "s")
    assert store.address == address
    assert ("PL249" in reading.codes) is (case == "gen1")
    text = render_starter(reading.pipelines)
    assert (f'# url = "{address}"' in text) is (address is not None)


@pytest.mark.parametrize("case", [case for case in ADDRESSES if ADDRESSES[case][1]], ids=str)
def test_what_init_suggests_is_a_configuration_of_the_right_kind(case: str, tmp_path: Path) -> None:
    text = render_starter(registered(tmp_path, ADDRESSES[case][0]).pipelines)
    section = text[text.index('# [stores."s"]') :].split("\n\n")[0]
    stores = tomllib.loads("\n".join(line.removeprefix("# ") for line in section.splitlines()))
    where = place(configured(stores), "s", "local")
    assert isinstance(where, Remote) and where.secret == "NAME"
    assert isinstance(where, Database) is (where.scheme in ("mssql", "mysql", "postgresql"))


LOOKED_UP = {
    "by its name": "s = Datastore.get(ws, 's')",
    "of the workspace": "s = ws.datastores['s']",
    "in a try": "try:\n    s = Datastore.get(ws, 's')\nexcept Exception:\n"
    "    s = Datastore.register_azure_blob_container(ws, 's', 'c', 'acc')",
    "as the default": "Datastore(ws, 's').set_as_default()\ns = ws.get_default_datastore()",
}


@pytest.mark.parametrize("case", LOOKED_UP, ids=str)
def test_a_store_that_is_looked_up_is_the_registered_one(case: str, tmp_path: Path) -> None:
    made = "Datastore.register_azure_blob_container(ws, 's', 'c', 'acc')\n"
    reading = read(tmp_path, f"{made}{LOOKED_UP[case]}\n{USE}")
    (store,) = (one for one in reading.pipelines[0].stores if one.name == "s")
    assert (store.kind, store.address) == ("blob", "abfs://c@acc.dfs.core.windows.net")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("workspaceblobstore", "blob"),
        ("workspacefilestore", "file share"),
        ("workspaceartifactstore", "blob"),
    ],
)
def test_the_stores_of_every_workspace(name: str, kind: str, tmp_path: Path) -> None:
    reading = read(tmp_path, f"s = Datastore(ws, {name!r})\n{USE}")
    (store,) = (one for one in reading.pipelines[0].stores if one.name == name)
    assert (store.kind, store.address) == (kind, None)
    assert isinstance(place(Config(folder=tmp_path), name, "local"), Folder)
