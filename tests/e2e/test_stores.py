"""Stores behind URLs on all four engines, against real servers: Azurite, moto's S3, PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import engines
from tests.e2e.engines import Outcome, Tree
from tests.e2e.servers import DatabaseServer, FileServer
from tests.support.folders import write_files

pytestmark = pytest.mark.e2e

PROJECT = Path(__file__).with_name("stores")
SOURCES = {
    "blobs": {"numbers/1.bin": bytes(range(256)) * 20_000, "numbers/below/ü 2.bin": b"2", "other/3": b"3"},
    "bucket": {"words/a/one.txt": b"one\n", "words/two.txt": b"two\n", "words/three.md": b"no"},
}
ROOTS = {"blobs": "data/project", "bucket": "bucket/raw"}
TABLE = (
    "CREATE TABLE sales (city text, price numeric(8, 2), sold date)",
    "INSERT INTO sales VALUES ('Köln', 2.50, '2024-01-31'), ('Oslo', 10, NULL), ('Rome', 1, '2023-12-01')",
)


@dataclass(frozen=True)
class World:
    """The servers, with the source data of the project in them."""

    files: Mapping[str, FileServer]
    database: DatabaseServer

    @property
    def secrets(self) -> dict[str, str]:
        """What each secret of the project holds, by its name."""
        return {
            "azure": self.files["blobs"].secret,
            "s3": self.files["bucket"].secret,
            "sales": self.database.secret,
            "api-token": "told at run time",
        }

    def project(self, folder: Path, urls: Mapping[str, str]) -> Path:
        """A copy of the project whose stores are at `urls`; a name without ``://`` is a folder with the data."""
        shutil.copytree(PROJECT, folder)
        for name, files in SOURCES.items():
            if "://" not in urls[name]:
                write_files(folder / urls[name], files)
        write_secrets(folder / ".pipelift" / "secrets", self.secrets)
        options = {
            name: json.dumps(server.options).replace(":", " =", 1) for name, server in self.files.items()
        }
        stores = [
            f'[stores.blobs]\nurl = "{urls["blobs"]}"\nsecret = "azure"\n',
            f'[stores.bucket]\nurl = "{urls["bucket"]}"\nsecret = "s3"\noptions = {options["bucket"]}\n',
            f'[stores.sales]\nurl = "{self.database.url}"\nsecret = "sales"\n',
        ]
        (folder / "pipelift.toml").write_text("".join(stores))
        return folder

    def tree(self, store: str, path: str) -> Tree:
        """The files below a path of a store, as the server has them."""
        files = self.files[store].filesystem
        root = f"{ROOTS[store]}/{path}"
        return {name[len(root) + 1 :]: files.cat_file(name) for name in files.find(root)}


def write_secrets(folder: Path, secrets: Mapping[str, str]) -> Path:
    folder.mkdir(parents=True)
    for name, text in secrets.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    return folder


@pytest.fixture(scope="module")
def world(azurite: FileServer, s3_server: FileServer, postgres: DatabaseServer) -> World:
    servers = {"blobs": azurite, "bucket": s3_server}
    for name, server in servers.items():
        server.make(ROOTS[name].split("/")[0])
        for path, data in SOURCES[name].items():
            server.filesystem.pipe_file(f"{ROOTS[name]}/{path}", data)
    postgres.execute(*TABLE)
    return World(servers, postgres)


def remote() -> dict[str, str]:
    return {"blobs": f"abfs://{ROOTS['blobs']}", "bucket": f"s3://{ROOTS['bucket']}"}


@pytest.fixture(scope="module")
def connections(world: World) -> Iterator[None]:
    """Airflow's, as its users have them: login and password, or what goes beside them into `extra`."""
    keys = dict(line.split("=", 1) for line in world.secrets["s3"].splitlines())
    told = {
        "AZURE": {"conn_type": "wasb", "extra": {"connection_string": world.secrets["azure"]}},
        "S3": {"conn_type": "aws", "login": keys["key"], "password": keys["secret"]},
        "SALES": {"conn_type": "postgres", "login": "pipelift", "password": world.secrets["sales"]},
        "API-TOKEN": {"conn_type": "generic", "password": world.secrets["api-token"]},
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, connection in told.items():
            patch.setenv(f"AIRFLOW_CONN_{name}", json.dumps(connection))
        yield


Ran = Callable[[str], tuple[Outcome, Path]]


@pytest.fixture(scope="module")
def ran(world: World, connections: None, airflow_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """`ran(engine)`: the outcome with the outputs that lie in the stores, and the project; each runs once.

    The engine ``folders`` is the local one, with the stores' files in folders.
    """
    made: dict[str, tuple[Outcome, Path]] = {}

    def run(engine: str) -> tuple[Outcome, Path]:
        if engine not in made:
            folder = tmp_path_factory.mktemp(f"stores-{engine}") / "project"
            if engine == "folders":
                world.project(folder, {"blobs": "blobs", "bucket": "bucket"})
                made[engine] = _with_outputs(engines.run_local(folder, {}), folder, None), folder
            elif engine == "kubeflow":
                made[engine] = engines.run_kubeflow(world.project(folder, remote()), {}), folder
            else:
                world.project(folder, remote())
                outcome = (
                    engines.run_airflow(folder, {}, airflow_home)
                    if engine == "airflow"
                    else {"local": engines.run_local, "compose": engines.run_compose}[engine](folder, {})
                )
                made[engine] = _with_outputs(outcome, folder, world), folder
        return made[engine]

    return run


def _with_outputs(outcome: Outcome, folder: Path, world: World | None) -> Outcome:
    """The outcome with the outputs as they lie in the stores of `world`, or in folders of the project."""
    outputs: dict[tuple[str, str], Tree] = {}
    for path in folder.glob(".pipelift/runs/*/steps/*/record.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        for port, place in record.get("outputs", {}).items():
            outputs[path.parent.name, port] = (
                world.tree(place["store"], place["path"])
                if world is not None
                else engines._tree(folder / place["store"] / place["path"])
            )
    return Outcome(outcome.succeeded, outcome.log, outputs, outcome.metrics)


@pytest.mark.parametrize("engine", engines.ALL)
def test_every_engine_reads_and_writes_stores_behind_urls(ran: Ran, world: World, engine: str) -> None:
    expected, _ = ran("folders")
    outcome, _ = ran(engine)
    assert expected.succeeded, expected.log
    assert outcome.succeeded, outcome.log
    assert set(expected.outputs) == {("gather", "gathered"), ("tell", "report")}
    assert expected.outputs["gather", "gathered"]["rows.csv"].splitlines()[1:] == [
        "Köln,2.5,2024-01-31".encode(),
        b"Oslo,10.0,",
    ]
    token = hashlib.sha256(world.secrets["api-token"].encode()).hexdigest().encode()
    assert expected.outputs["gather", "gathered"]["token"] == token
    assert outcome.outputs == expected.outputs
    assert outcome.metrics == expected.metrics


@pytest.mark.parametrize("engine", engines.ALL)
def test_no_secret_is_written_down(ran: Ran, world: World, airflow_home: Path, engine: str) -> None:
    outcome, folder = ran(engine)
    values = [line.rpartition("=")[2] for line in world.secrets["s3"].splitlines() if "secret=" in line]
    values += [world.secrets["azure"].split("AccountKey=")[1].split(";")[0], "left-in-the-source"]
    values += [world.secrets["sales"], world.secrets["api-token"]]
    mine = {folder / "pipeline.py", *(folder / ".pipelift" / "secrets").iterdir()}
    searched = {path for root in (folder, airflow_home) for path in root.rglob("*") if path.is_file()} - mine
    found = {
        path for path in searched for data in [path.read_bytes()] for one in values if one.encode() in data
    }
    assert found == set()
    assert not [value for value in values if value in outcome.log]


def compose(folder: Path, name: str, *services: str, **variables: Any) -> str:
    """What `docker compose up` says in a project that has run before."""
    output = folder / "build" / "compose"
    command = ["docker", "compose", "-p", f"e2e-stores-{os.getpid()}-{name}"]
    told = {**os.environ, **{key: str(value) for key, value in variables.items()}}
    try:
        return engines._call([*command, "up", *services], output, told).stdout
    finally:
        engines._call([*command, "down", "--volumes", "--remove-orphans"], output, told)


def test_results_in_remote_stores_are_reused_while_they_are_there(ran: Ran, world: World) -> None:
    _, folder = ran("compose")
    assert compose(folder, "again").count("its result is reused") == 2
    record = json.loads(next(folder.glob(".pipelift/runs/*/steps/gather/record.json")).read_text())
    place = record["outputs"]["gathered"]
    files = world.files["blobs"].filesystem
    files.rm(f"{ROOTS['blobs']}/{place['path']}/rows.csv")
    assert compose(folder, "gone").count("its result is reused") == 0


MISTAKES = {
    "wrong key": ("azure", None, ["store 'blobs' (abfs://data/project", "refused the secret 'azure'"]),
    "wrong password": (
        "sales",
        None,
        ["store 'sales' (postgresql://pipelift@", "refused the secret 'sales'"],
    ),
    "missing container": (
        None,
        "abfs://absent",
        ["store 'blobs' has no 'numbers/'", "abfs://absent/numbers/", "[stores.blobs]"],
    ),
    "missing path": (
        None,
        "abfs://data/elsewhere",
        ["'numbers/'", "abfs://data/elsewhere", "[stores.blobs]"],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_store_path_and_setting(
    ran: Ran, world: World, tmp_path: Path, mistake: str
) -> None:
    _, folder = ran("compose")
    secret, url, told = MISTAKES[mistake]
    wrong = {"azure": world.secrets["azure"].replace("AccountKey=E", "AccountKey=F"), "sales": "wrong"}
    secrets = {name: wrong[name] if name == secret else text for name, text in world.secrets.items()}
    variables: dict[str, Any] = {
        "PIPELIFT_SECRETS": write_secrets(tmp_path / "secrets", secrets),
        "PIPELIFT_STATE": tmp_path,
    }
    if url is not None:
        variables["PIPELIFT_STORE_BLOBS"] = url
    log = compose(folder, mistake.replace(" ", "-"), "begin", "gather", **variables)
    assert all(part in log for part in told), log
    assert "Traceback" not in log
