"""A remote store for tests of the launcher: a folder of this machine behind a URL, through fsspec."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import fsspec
from fsspec.implementations.local import LocalFileSystem

from pipelift.runtime.context import Result
from pipelift.runtime.places import Place
from pipelift.runtime.secrets import Secrets
from tests.support.folders import read_texts, write_files
from tests.support.runtime_world import STORE, World


class Far(LocalFileSystem):  # type: ignore[misc]  # fsspec has no types
    """``far:///folder``: counts what moves, and fails or waits where a test says so."""

    protocol = "far"
    calls: ClassVar[list[tuple[str, str]]] = []
    before: ClassVar[Callable[[str, str], object] | None] = None
    login: ClassVar[str | None] = None

    def __init__(self, password: str | None = None, **options: Any) -> None:
        super().__init__(auto_mkdir=True, **options)
        self.password = password

    def _seen(self, call: str, path: str) -> None:
        if self.login is not None and self.password != self.login:
            raise PermissionError(f"403 for https://far/{path}?sig=abcdef&se=1 with {self.password}\nmore")
        with _lock:
            self.calls.append((call, path.rpartition("/")[2]))
        if self.before is not None:
            type(self).before(call, path)  # type: ignore[misc]

    def find(self, path: str, **options: Any) -> dict[str, Any]:
        self._seen("find", path)
        found: dict[str, Any] = super().find(path, **options)
        return found

    def get_file(self, path: str, target: Any, callback: Any = None, **options: Any) -> None:
        self._seen("get", path)
        callback.relative_update(1)
        super().get_file(path, target, **options)

    def put_file(self, source: str, path: str, callback: Any = None, **options: Any) -> None:
        self._seen("put", path)
        callback.relative_update(1)
        super().put_file(source, path, **options)

    def rm_file(self, path: str) -> None:
        self._seen("rm", path)
        super().rm_file(path)


_lock = threading.Lock()


class RemoteWorld(World):
    """A world whose store lies behind ``far://``; `far` is the folder there."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.far = root / "far"
        self.far.mkdir()
        self.secret: str | None = None
        Far.calls.clear()

    @property
    def mirror(self) -> Path:
        return self.state / "mirrors" / STORE

    def send(self, path: str, text: str = "") -> Path:
        """A file in the remote store."""
        return write_files(self.far, {path: text}) / path

    def context(self, run: str = "r1", id: str = "step", **fields: Any) -> Any:
        given = {
            "stores": {},
            "remotes": {STORE: Place(f"far://{self.far}", {}, self.secret)},
            "secrets": Secrets(str(self.root / "secrets"), {}),
            **fields,
        }
        return super().context(run, id, **given)

    def moved(self, call: str) -> list[str]:
        """The names of the files that were moved so since the last question."""
        found = sorted(name for kind, name in Far.calls if kind == call)
        Far.calls[:] = [entry for entry in Far.calls if entry[0] != call]
        return found

    def there(self) -> dict[str, str]:
        return read_texts(self.far)

    def good(self, run: str = "r1", id: str = "step", **fields: Any) -> Result:
        result = self.run(run, id, **fields)
        assert result.status in ("completed", "reused"), (result.reason, self.lines)
        return result


@contextmanager
def far() -> Iterator[None]:
    """While ``far://`` is known."""
    fsspec.register_implementation("far", Far, clobber=True)
    try:
        yield
    finally:
        Far.before, Far.login = None, None
        Far.calls.clear()
