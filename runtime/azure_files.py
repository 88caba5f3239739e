"""Azure Files through Azure's own client, with those methods of an fsspec file system that the launcher calls."""

import os
from typing import Any, Dict, Iterator, Optional, Tuple
from urllib.parse import unquote, urlsplit

from . import clients
from .errors import USAGE, LauncherError

_ADDRESS = "azfile://SHARE@ACCOUNT.file.core.windows.net/PATH"


class Share:
    """A share and the folder in it that is the store: `client` is Azure's ``ShareClient``."""

    def __init__(self, client: Any, folder: str) -> None:
        self.client = client
        self.folder = folder


def share(url: str, options: Dict[str, object]) -> Share:
    """The share that `url` names. Raises `LauncherError` where it names none, `ImportError`."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as brackets around what is no address
        parts = urlsplit("")
    if not parts.username or not parts.hostname:
        raise LauncherError(USAGE, "'{}' is no address of a share: write {}".format(url, _ADDRESS))
    module = clients.find("azure.storage.fileshare")
    name, folder = unquote(parts.username), unquote(parts.path).strip("/")
    login = dict(options)
    connection = login.pop("connection_string", None)
    key, token = login.pop("account_key", None), login.pop("sas_token", None)
    if connection:
        return Share(module.ShareClient.from_connection_string(connection, name, **login), folder)
    scheme, port = login.pop("protocol", "https"), ":{}".format(parts.port) if parts.port else ""
    address = "{}://{}{}".format(scheme, parts.hostname, port)
    credential = key or token
    if credential is None:
        credential = clients.find("azure.identity").DefaultAzureCredential()
        login["token_intent"] = "backup"  # the only kind of access that Azure gives to a login by identity
    return Share(module.ShareClient(address, name, credential=credential, **login), folder)


class AzureFiles:
    """The files of a share. Errors are the client's own, but `FileNotFoundError` for what is not there."""

    replaces = True
    """Whether `mv` takes the place of a file that is there."""

    def __init__(self, share: Share) -> None:
        self._client = share.client
        self._folder = share.folder

    def invalidate_cache(self) -> None:
        """Nothing is cached."""

    def find(
        self, path: str, detail: bool = True, maxdepth: Optional[int] = None
    ) -> Dict[str, Dict[str, Any]]:
        """Size and tag of every file below `path`, or of the file that it is."""
        entries = dict(self._walk(path.strip("/"), maxdepth))
        return entries or {path: self.info(path)}

    def info(self, path: str) -> Dict[str, Any]:
        """Size and tag of one file; of the share itself, where `path` is empty. Raises `FileNotFoundError`."""
        try:
            if not path:
                self._client.get_share_properties()
                return {"size": 0, "type": "directory"}
            properties = self._file(path).get_file_properties()
        except Exception as error:
            _raise_missing(error, path)
            raise
        return {"size": properties.size, "etag": properties.etag, "type": "file"}

    def exists(self, path: str) -> bool:
        """Whether `path` is a file."""
        try:
            self.info(path)
        except FileNotFoundError:
            return False
        return True

    def get_file(self, path: str, target: str, callback: Any) -> None:
        """Stream a file to the path `target`."""
        with open(target, "wb") as file:
            for chunk in self._file(path).download_file().chunks():
                file.write(chunk)
                callback.relative_update(len(chunk))

    def put_file(self, source: str, path: str, callback: Any) -> None:
        """Stream a file up. Azure shows it, at its full size, from the start."""
        with open(source, "rb") as file:
            self._file(path).upload_file(file, length=os.path.getsize(source))
        callback.relative_update(os.path.getsize(source))

    def makedirs(self, path: str, exist_ok: bool = True) -> None:
        """Make a folder and those above it."""
        parts = self._full(path).split("/")
        for end in range(1, len(parts) + 1):
            folder = self._client.get_directory_client("/".join(parts[:end]))
            if parts[end - 1] and not folder.exists():
                folder.create_directory()

    def mv(self, source: str, target: str) -> None:
        """Rename a file."""
        self._file(source).rename_file(self._full(target), overwrite=True)

    def rm_file(self, path: str) -> None:
        """Delete a file."""
        self._file(path).delete_file()

    def _full(self, path: str) -> str:
        return "/".join(part for part in (self._folder, path.strip("/")) if part)

    def _file(self, path: str) -> Any:
        return self._client.get_file_client(self._full(path))

    def _walk(self, path: str, depth: Optional[int]) -> Iterator[Tuple[str, Dict[str, Any]]]:
        folder = self._client.get_directory_client(self._full(path))
        try:
            inside = list(folder.list_directories_and_files(include=["timestamps", "Etag"]))
        except Exception as error:
            if _is_missing(error):
                return
            raise
        for entry in inside:
            name = "{}/{}".format(path, entry.name) if path else entry.name
            if not entry.is_directory:
                yield name, {"size": entry.size, "etag": entry.etag, "type": "file"}
            elif depth is None or depth > 1:
                yield from self._walk(name, None if depth is None else depth - 1)


def _is_missing(error: Exception) -> bool:
    """Also where a folder is, but a file was asked for: Azure calls that a mismatch of types, and its client a
    resource that exists."""
    return type(error).__name__ in ("ResourceNotFoundError", "ResourceExistsError")


def _raise_missing(error: Exception, path: str) -> None:
    if _is_missing(error):
        raise FileNotFoundError(path)
