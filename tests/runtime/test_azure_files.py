"""Azure Files: the adapter over Azure's client, against a share that is a folder of this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from pipelift.compiler import ir
from pipelift.runtime import azure_files, errors
from pipelift.runtime.azure_files import AzureFiles, Share
from pipelift.runtime.errors import LauncherError
from pipelift.runtime.places import Place
from pipelift.runtime.secrets import Secrets
from tests.support.folders import read_texts
from tests.support.remote_world import RemoteWorld
from tests.support.runtime_world import STORE, output

URL = "azfile://share@account.file.core.windows.net/inner%20place"
KEY = "a2V5LW9mLXRoZS1zaGFyZQ=="


class FakeShare:
    """``ShareClient`` as far as the adapter uses it, with the signatures of azure-storage-file-share 12."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def get_share_properties(self) -> object:
        return SimpleNamespace(name=_there(self.root).name)

    def get_directory_client(self, directory_path: str) -> FakeFolder:
        return FakeFolder(self.root / directory_path)

    def get_file_client(self, file_path: str) -> FakeFile:
        return FakeFile(self.root, self.root / file_path)


class FakeFolder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        return self.path.is_dir()

    def create_directory(self) -> None:
        _there(self.path.parent)
        self.path.mkdir()

    def list_directories_and_files(self, *, include: list[str]) -> Iterator[object]:
        assert set(include) <= {"timestamps", "Etag", "Attributes", "PermissionKey"}
        if _there(self.path).is_file():
            raise ResourceExistsError(
                "The specified resource type does not match the type of the existing resource"
            )
        for path in sorted(self.path.iterdir()):
            yield SimpleNamespace(name=path.name, is_directory=path.is_dir(), **_properties(path))


class FakeFile:
    def __init__(self, root: Path, path: Path) -> None:
        self.root, self.path = root, path

    def get_file_properties(self) -> object:
        return SimpleNamespace(**_properties(_there(self.path)))

    def download_file(self) -> Any:
        return SimpleNamespace(chunks=lambda: iter([self.path.read_bytes()]))

    def upload_file(self, data: BinaryIO, length: int) -> None:
        _there(self.path.parent)
        self.path.write_bytes(data.read(length))

    def rename_file(self, new_name: str, *, overwrite: bool) -> None:
        target = self.root / new_name
        assert overwrite or not target.exists()
        _there(target.parent)
        shutil.move(_there(self.path), target)

    def delete_file(self) -> None:
        _there(self.path).unlink()


def _there(path: Path) -> Path:
    if not path.exists():
        raise ResourceNotFoundError(f"The specified resource does not exist: {path.name}")
    return path


def _properties(path: Path) -> dict[str, object]:
    status = path.stat()
    return {"size": status.st_size, "etag": f'"{status.st_mtime_ns}"'}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RemoteWorld:
    world = RemoteWorld(tmp_path)
    (world.far / "inner place").mkdir()
    monkeypatch.setattr(azure_files, "share", lambda url, options: Share(FakeShare(world.far), "inner place"))
    return world


def test_a_step_reads_and_writes_a_share(world: RemoteWorld) -> None:
    world.send("inner place/in/a.csv", "a")
    world.send("inner place/in/deep/b.csv", "b")
    world.send("outside/c.csv", "c")
    world.step(
        "import sys; open(sys.argv[1], 'w').write('made')",
        inputs=[world.dataset("in/**/*.csv", mode="download")],
        outputs=[output(path="new/folder/out.txt", explicit=True)],
        arguments=[ir.OutputPath(port="out")],
    )
    remotes = {STORE: Place(URL, {}, None)}
    for run in ("r1", "r2"):
        result = world.run(run, remotes=remotes)
        assert result.exit_code == 0, result.reason
    assert result.status == "reused"
    assert read_texts(world.mirror / "in") == {"a.csv": "a", "deep/b.csv": "b"}
    assert world.there()["inner place/new/folder/out.txt"] == "made"
    assert not any(path.is_file() for path in (world.far / "inner place" / ".pipelift").iterdir())
    world.good("r3", remotes=remotes, reuse=False)


def test_what_is_not_in_the_share(world: RemoteWorld) -> None:
    world.step("", inputs=[world.dataset("in/*.csv")])
    result = world.run(remotes={STORE: Place(URL, {}, None)})
    assert result.exit_code == errors.DATA
    assert URL in result.reason


def test_the_adapter_lists_to_a_depth(world: RemoteWorld) -> None:
    for name in ("a", "b/c", "b/d/e"):
        world.send(f"inner place/{name}", name)
    files = AzureFiles(Share(FakeShare(world.far), "inner place"))
    assert list(files.find("", maxdepth=2)) == ["a", "b/c"]
    assert list(files.find("b")) == ["b/c", "b/d/e"]
    assert files.find("b/c")["b/c"]["size"] == 3
    assert files.info("")["type"] == "directory"
    with pytest.raises(FileNotFoundError):
        files.find("nothing")


@pytest.mark.parametrize(
    "options",
    [
        {"account_key": KEY},
        {"sas_token": "?sv=2024&sig=abc"},
        {"connection_string": f"DefaultEndpointsProtocol=https;AccountName=account;AccountKey={KEY};"},
    ],
)
def test_the_login_of_a_share(options: dict[str, object]) -> None:
    made = azure_files.share(URL, options)
    assert made.folder == "inner place"
    assert (made.client.share_name, made.client.account_name) == ("share", "account")
    assert KEY not in made.client.url


def test_an_address_that_names_no_share() -> None:
    with pytest.raises(LauncherError, match="azfile://SHARE@ACCOUNT"):
        azure_files.share("azfile://account.file.core.windows.net/folder", {})


def test_a_share_wants_a_login(tmp_path: Path) -> None:
    world = RemoteWorld(tmp_path)
    world.step("", inputs=[world.dataset("in")])
    result = world.run(remotes={STORE: Place(URL, {}, "key")}, secrets=Secrets(str(tmp_path), {}))
    assert "PIPELIFT_SECRET_KEY" in result.reason
