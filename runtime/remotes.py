"""Files behind a URL: listed, streamed to and from this machine, removed."""

import inspect
import os
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional

from . import clients
from .contract import paths
from .contract.files import token
from .errors import DATA, LauncherError
from .places import Place
from .secrets import Secrets

Watch = Callable[[], None]
"""Called while bytes move; what it raises ends the transfer."""

_NUMBERS = {"port", "block_size", "blocksize", "default_block_size", "max_concurrency", "timeout"}
_BOOLEANS = {"true": True, "false": False}
_TIMEOUT = 15
_PART = 16 << 20
_MOST_PARTS = 9000  # S3 takes 10,000
_DEFAULTS: Mapping[str, object] = {
    # A host that is not there should be told about, not waited for; and a large file should not be held in memory.
    "config_kwargs": {"connect_timeout": _TIMEOUT, "retries": {"max_attempts": 3}},
    "connection_timeout": _TIMEOUT,
    "blocksize": _PART,
    "max_concurrency": 4,
}
"""Options that a client gets where it knows them: what they are called differs, and with the version."""

_RENAMING = ("hdfs", "webhdfs", "dbfs", "azfile")
"""Where a file can be seen before it is whole; the others show a file when all of it is there."""

_MARKS = (
    "etag",
    "ETag",
    "md5Hash",
    "checksum",
    "LastModified",
    "last_modified",
    "mtime",
    "modificationTime",
    "created",
)


class Entry(NamedTuple("Entry", [("size", int), ("mark", str)])):
    """A remote file: its size in bytes, and what else is new when its content is (tag or time)."""


class FileStore:
    """The files of one store; names are paths below its URL, with ``/``. Errors are the client's own."""

    def __init__(self, filesystem: Any, root: str, renames: bool) -> None:
        self._files = filesystem
        self._root = root.strip("/")
        self._renames = renames

    def look(self) -> None:
        """Ask the store for the bucket, container or share. Raises `FileNotFoundError` where there is none."""
        self._files.info(self._root.partition("/")[0])

    def listing(self, path: str, depth: Optional[int] = None) -> Dict[str, Entry]:
        """The files below `path` (or it, where it is one), not deeper than `depth` levels, by name.

        Raises `FileNotFoundError` where the client tells that from an empty folder, and `LauncherError` for a
        name that cannot be a path below a folder.
        """
        self._files.invalidate_cache()
        full = self._full(path)
        infos = self._files.find(full, detail=True, maxdepth=depth)
        if not infos:
            self._files.ls(
                full
            )  # some clients take any failure for an empty folder when they walk, not when they list
        if isinstance(infos, list):  # adlfs, of a path that is a file
            infos = {name: {} for name in infos}
        entries = {}
        for name, info in sorted(infos.items()):
            info = info if "size" in info else self._files.info(name)
            inner = self._inner(name)
            if info.get("type") != "file" or inner is None or not _is_in(inner, path.strip("/")):
                continue
            if paths.STATE not in inner.split("/"):
                entries[_check_name(inner)] = Entry(int(info["size"] or 0), _mark(info))
        return entries

    def download(self, name: str, target: str, watch: Watch) -> None:
        """Stream a file to the path `target`."""
        self._files.get_file(self._full(name), target, **self._transfer_options("get_file", 0, watch))

    def upload(self, source: str, name: str, watch: Watch) -> None:
        """Stream a file of this machine up; it is seen under its name when all of it is there."""
        target = self._full(name)
        options = self._transfer_options("put_file", os.path.getsize(source), watch)
        if not self._renames:
            self._files.put_file(source, target, **options)
            return
        hidden = self._full("{}/{}".format(paths.STATE, token()))
        for path in (hidden, target):
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._files.put_file(source, hidden, **options)
        if not getattr(self._files, "replaces", False) and self._files.exists(target):
            self._delete(target)
        self._files.mv(hidden, target)

    def remove(self, name: str) -> None:
        """Delete a file."""
        self._delete(self._full(name))

    def _delete(self, path: str) -> None:
        try:
            self._files.rm_file(path)
        except NotImplementedError:  # adlfs for Python 3.8
            self._files.rm(path)

    def _full(self, path: str) -> str:
        return "/".join(part for part in (self._root, path.strip("/")) if part)

    def _inner(self, name: str) -> Optional[str]:
        name = name.strip("/")
        if not self._root:
            return name
        return name[len(self._root) + 1 :] if name.startswith(self._root + "/") else None

    def _transfer_options(self, method: str, size: int, watch: Watch) -> Dict[str, Any]:
        """The options of a transfer, as far as the client knows them: not every version lets itself be watched, or
        lets us say how large the parts of a file are that it holds in memory."""
        called = getattr(self._files, "_" + method, None) or getattr(self._files, method)
        parameters = inspect.signature(called).parameters
        options: Dict[str, Any] = {}
        if "chunksize" in parameters:
            options["chunksize"] = max(_PART, size // _MOST_PARTS)
        if "callback" in parameters:
            callbacks = clients.find("fsspec.callbacks")
            options["callback"] = callbacks.Callback(hooks={"watch": lambda size, value, **more: watch()})
        return options


def connect(place: Place, secrets: Secrets) -> FileStore:
    """The files of `place`. Raises `LauncherError` for its secret, and what its client raises."""
    options: Dict[str, Any] = dict(settings(place.options))
    options.update(clients.credentials(place, secrets))
    if place.scheme == "azfile":
        from .azure_files import AzureFiles, share

        return FileStore(AzureFiles(share(place.url, options)), "", True)
    if "endpoint_url" in options and place.scheme == "s3":
        # s3fs for Python 3.7 and older takes it nowhere else.
        options.setdefault("client_kwargs", {})["endpoint_url"] = options.pop("endpoint_url")
    parameters = inspect.signature(
        clients.find("fsspec").get_filesystem_class(place.scheme).__init__
    ).parameters
    for name, value in _DEFAULTS.items():
        if name in parameters:
            options.setdefault(name, value)
    filesystem, root = clients.find("fsspec.core").url_to_fs(place.url, **options)
    _shorten_retries(filesystem)
    if not root.startswith("/"):
        return FileStore(filesystem, root, place.scheme in _RENAMING)
    return _Rooted(filesystem, root, place.scheme in _RENAMING)


def _shorten_retries(filesystem: Any) -> None:
    """Azure's client waits for minutes before it gives up on a host, and adlfs has no option for that."""
    service = getattr(filesystem, "service_client", None)
    policy: Any = getattr(getattr(service, "_config", None), "retry_policy", None)
    if hasattr(policy, "initial_backoff"):
        policy.total_retries, policy.initial_backoff, policy.increment_base = 2, 1, 2


class _Rooted(FileStore):
    """On file systems whose paths start with ``/``."""

    def look(self) -> None:
        """Ask for the root, which is always there."""
        self._files.info("/")

    def _full(self, path: str) -> str:
        return "/" + super()._full(path)


def settings(options: Mapping[str, str]) -> Dict[str, object]:
    """Options of the configuration as a client takes them: ``client_kwargs.region_name`` goes into a dict of its
    own, ``true`` and ``false`` are truth values."""
    merged: Dict[str, object] = {}
    for name, text in options.items():
        value: object = _BOOLEANS.get(text.lower(), text)
        *outer, last = name.split(".")
        if last in _NUMBERS and text.isdigit():
            value = int(text)
        inner: Any = merged
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return merged


def _mark(info: Mapping[str, object]) -> str:
    for name in _MARKS:
        if info.get(name):
            return str(info[name]).strip('"')
    return ""


def _is_in(name: str, path: str) -> bool:
    return not path or name == path or name.startswith(path + "/")


def _check_name(name: str) -> str:
    """A store may hold what no folder can; a name must not lead out of the mirror."""
    parts = name.split("/")
    if "\\" in name or "\0" in name or any(part in ("", ".", "..") for part in parts):
        raise LauncherError(
            DATA, "the store has a file called {!r}, which cannot be a path here".format(name)
        )
    return name
