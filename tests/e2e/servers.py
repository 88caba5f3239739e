"""Servers that stores and databases are tried against: Azurite, an S3 server, PostgreSQL; each starts when asked for.

They need `npm` (Azurite is installed once, into a cache folder: see `CACHE`), moto and flask (in the `test` extra) and
PostgreSQL's programs (Debian's `postgresql`). `.ci/run` installs npm and postgresql where they are missing.

All listen on the address of Docker's bridge, which this machine and its containers reach alike, on free ports.
"""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CACHE = "PIPELIFT_E2E_CACHE"
"""The variable that names the folder for what is installed once; without it, one in the user's cache folder."""
AZURITE = "3.35.0"
STARTING = 90.0  # seconds

# Azurite's own, documented account: it has no other.
AZURITE_ACCOUNT = "devstoreaccount1"
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass(frozen=True)
class FileServer:
    """A server of files: `options` and `secret` are what pipelift.toml and the secret's file or variable hold."""

    scheme: str
    secret: str
    options: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)

    @property
    def filesystem(self) -> Any:
        """fsspec's, logged in."""
        import fsspec

        return fsspec.filesystem(self.scheme, **self.credentials, **self.options)

    def make(self, container: str) -> str:
        """A new container or bucket of that name; returns its URL."""
        self.filesystem.mkdir(container)
        return f"{self.scheme}://{container}"


@dataclass(frozen=True)
class DatabaseServer:
    """A database: `url` has no password, `secret` is the password."""

    url: str
    secret: str

    def execute(self, *statements: str) -> None:
        """Run SQL statements, each in a transaction of its own."""
        import sqlalchemy

        engine = sqlalchemy.create_engine(sqlalchemy.make_url(self.url).set(password=self.secret))
        for statement in statements:
            with engine.begin() as connection:
                connection.execute(sqlalchemy.text(statement))
        engine.dispose()


@pytest.fixture(scope="session")
def azurite() -> Iterator[FileServer]:
    """Microsoft's emulator of Azure Blob storage."""
    program = _azurite_program()
    host, port = _host(), _free_port()
    command = [_program("node"), str(program), "--blobHost", host, "--blobPort", str(port)]
    flags = (
        "--inMemoryPersistence",
        "--skipApiVersionCheck",
        "--disableProductStyleUrl",
        "--disableTelemetry",
    )
    with _running("Azurite", [*command, *flags, "--silent"], lambda: _listens(host, port)):
        text = (
            f"DefaultEndpointsProtocol=http;AccountName={AZURITE_ACCOUNT};AccountKey={AZURITE_KEY};"
            f"BlobEndpoint=http://{host}:{port}/{AZURITE_ACCOUNT};"
        )
        yield FileServer("abfs", text, credentials={"connection_string": text})


@pytest.fixture(scope="session")
def s3_server() -> Iterator[FileServer]:
    """moto's S3. It takes any key."""
    host, port = _host(), _free_port()
    command = [sys.executable, "-m", "moto.server", "-H", host, "-p", str(port)]
    with _running("moto's server", command, lambda: _listens(host, port)):
        credentials = {"key": "testing", "secret": "testing-secret-key"}
        text = "".join(f"{name}={value}\n" for name, value in credentials.items())
        yield FileServer("s3", text, {"endpoint_url": f"http://{host}:{port}"}, credentials)


@pytest.fixture(scope="session")
def postgres() -> Iterator[DatabaseServer]:
    """A PostgreSQL of its own, with a password; the database `data` is empty."""
    programs, host, port, password = _postgres_programs(), _host(), _free_port(), "canary-of-postgres"
    # Not below pytest's folder: PostgreSQL refuses to run as root, and another user may not look in there.
    folder = Path(tempfile.mkdtemp(prefix="pipelift-postgres-"))
    data = folder / "data"
    try:
        (folder / "password").write_text(password)
        as_user = _handed_to_postgres(folder)
        login = ["--auth=scram-sha-256", "--username=pipelift", f"--pwfile={folder / 'password'}"]
        _call(
            [*as_user, str(programs / "initdb"), "--no-sync", "--no-instructions", *login, f"--pgdata={data}"]
        )
        with (data / "pg_hba.conf").open("a") as file:
            file.write("host all all all scram-sha-256\n")
        settings = {"listen_addresses": host, "port": port, "unix_socket_directories": folder, "fsync": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        ready = [str(programs / "pg_isready"), "-q", "-h", host, "-p", str(port)]
        command = [*as_user, str(programs / "postgres"), "-D", str(data), *options]
        with _running("PostgreSQL", command, lambda: subprocess.run(ready).returncode == 0):
            server = f"postgresql://pipelift@{host}:{port}"
            _create_database(DatabaseServer(f"{server}/postgres", password), "data")
            yield DatabaseServer(f"{server}/data", password)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _create_database(server: DatabaseServer, name: str) -> None:
    import sqlalchemy

    address = sqlalchemy.make_url(server.url).set(password=server.secret)
    engine = sqlalchemy.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f'CREATE DATABASE "{name}"'))
    engine.dispose()


def _handed_to_postgres(folder: Path) -> Sequence[str]:
    """What stands before a command so that it runs as a user whom PostgreSQL accepts, who gets the folder."""
    if os.getuid() != 0:
        return ()
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, "postgres", "postgres")
    return (_program("setpriv"), "--reuid=postgres", "--regid=postgres", "--clear-groups", "--")


def _postgres_programs() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not folders:
        pytest.fail("PostgreSQL is not installed: apt-get install postgresql")
    return folders[-1].parent


def _azurite_program() -> Path:
    """Azurite's blob server; installed on the first call."""
    base = (
        os.environ.get(CACHE) or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pipelift"
    )
    folder = Path(base) / f"azurite-{AZURITE}"
    program = folder / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    if not program.is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as made:
            quiet = ("--no-audit", "--no-fund", "--loglevel=error")
            _call([_program("npm"), "install", *quiet, "--prefix", made, f"azurite@{AZURITE}"])
            with suppress(FileExistsError):  # a session beside this one was faster
                os.rename(made, folder)
            Path(made).mkdir(exist_ok=True)
    return program


@contextmanager
def _running(name: str, command: Sequence[str], ready: Callable[[], bool]) -> Iterator[None]:
    """The server while it runs; the test fails, with what it said, where it does not start."""
    with tempfile.TemporaryFile() as said:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/")
        try:
            deadline = time.monotonic() + STARTING
            while not ready():
                if server.poll() is not None or time.monotonic() > deadline:
                    said.seek(0)
                    pytest.fail(f"{name} does not start:\n{said.read().decode(errors='replace')[-2000:]}")
                time.sleep(0.1)
            yield
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _call(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    if done.returncode:
        pytest.fail(f"{command[0]} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")


def _program(name: str) -> str:
    return shutil.which(name) or pytest.fail(f"{name} is not installed")


def _host() -> str:
    """The address of Docker's bridge: its gateway, which an engine that found the bridge there does not name."""
    command = ["docker", "network", "inspect", "bridge", "-f", "{{json (index .IPAM.Config 0)}}"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True).stdout or "{}")
    if not found:
        pytest.fail("Docker has no bridge network")
    return str(found.get("Gateway") or next(ipaddress.ip_network(found["Subnet"]).hosts()))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((_host(), 0))
        return int(free.getsockname()[1])


def _listens(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False
