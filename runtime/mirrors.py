"""Remote stores as folders: what steps read is brought here, what they made is taken there.

A mirror holds files of its store and nothing else (but the launcher's own folder). A journal beside it says which
state of the remote file each one is; it gets a line a file, when the file is whole, so nothing is fetched twice
because a launcher was killed. Whoever changes a mirror holds its lock.
"""

import errno
import os
import threading
import time
from contextlib import contextmanager
from typing import Callable, Dict, Iterable, Iterator, Mapping, NoReturn, Optional, Tuple

from . import clients, files, locations, remotes
from .context import Context
from .contract import locks, paths, untrusted
from .contract.digests import digest
from .contract.files import token, write_whole
from .contract.record import Output
from .contract.spec import Location
from .errors import CANCELLED, DATA, LauncherError
from .locations import Missing
from .remotes import Entry

_SIDE_BY_SIDE = 8
_LARGE = 16 << 20
_INCOMING = "incoming"
_ASIDE = ".journals"  # no store's folder begins with a dot
_TICK = 0.1
_OURS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG}
"""What goes wrong on this machine while a client works."""


def bring(location: Location, context: Context) -> Location:
    """`location` with its data on this machine: of a remote store what it names is fetched into the mirror, of a
    database the rows of its query. Raises `Missing`, `LauncherError`."""
    store, query = location["store"] or "", location.get("query")
    place = context.remotes.get(store)
    if place is not None and place.is_database:
        from . import databases

        return databases.bring(location, place, context)
    if query is not None:
        message = "the dataset is a query, but store '{0}' is no database: say in pipelift.toml where it is: "
        message += '[stores.{0}] url = "postgresql://USER@HOST/DATABASE"'
        raise LauncherError(DATA, message.format(store))
    if place is not None:
        Mirror(store, context).pull(location["path"] or "")
    return location.copy()


def bring_output(output: Output, context: Context) -> None:
    """Fetch what another step has left in a remote store, as its record says. Raises `LauncherError`."""
    try:
        Mirror(output["store"], context).pull(output["path"])
    except Missing:
        if output.get("stamp") == stamp({}):  # a remote store has no empty folders
            files.make_folder(os.path.join(context.stores[output["store"]], *output["path"].split("/")))


def marks(location: Location, context: Context) -> Dict[str, str]:
    """Size and tag of each remote file at `location`, by store and name. Raises `Missing`, `LauncherError`."""
    store = location["store"] or ""
    entries = Mirror(store, context).named(location["path"] or "")
    return {"{}/{}".format(store, name): "{} {}".format(*entry) for name, entry in entries.items()}


def stamp(entries: Mapping[str, Entry]) -> str:
    """A digest of names, sizes and tags: changes when one of the files does."""
    rows = ["{}\0{}\0{}\n".format(name, entry.size, entry.mark) for name, entry in sorted(entries.items())]
    return digest("".join(rows))


class Mirror:
    """The mirror of one remote store. All methods raise `LauncherError` where the store cannot be reached."""

    def __init__(self, store: str, context: Context) -> None:
        self._store = store
        self._place = context.remotes[store]
        self._secrets = context.secrets
        self._cancel = context.cancel
        self._root = context.stores[store]
        aside, name = os.path.join(os.path.dirname(self._root), _ASIDE), os.path.basename(self._root)
        self._journal = os.path.join(aside, name + ".journal")
        self._lock = os.path.join(aside, name + ".lock")
        self._connected: Optional[remotes.FileStore] = None
        self._large = threading.Lock()

    def entries(self, path: str, depth: Optional[int] = None) -> Dict[str, Entry]:
        """The remote files below `path` (or the file that it is), by name from the store's URL; maybe none."""
        try:
            return self._client.listing(path, depth)
        except FileNotFoundError:
            return {}
        except Exception as error:
            self._explain(error, path)

    def look(self) -> None:
        """See that the store answers and lets us in. Raises `Missing` where its bucket or container is not there."""
        try:
            self._client.look()
        except FileNotFoundError:
            raise Missing(self._store, "", self._place.url) from None
        except Exception as error:
            self._explain(error, "")

    def pull(self, path: str) -> None:
        """Fetch what the path or pattern names, as far as it has changed; what is gone there goes here too.

        Raises `Missing` where nothing is there.
        """
        with self._locked():
            try:
                entries = self.named(path)
            except Missing:
                self._drop(path, {})
                raise
            self._drop(path, entries)
            self._fetch(entries)

    def named(self, path: str) -> Dict[str, Entry]:
        """The remote files that the path or pattern names. Raises `Missing` where there are none."""
        base, pattern = locations.split_pattern(path)
        if locations.climbs(path):
            raise Missing(self._store, path, path, "the path leaves the store")
        wanted = pattern.split("/") if pattern else []
        entries = self.entries(base, None if not wanted or "**" in wanted else len(wanted))
        matches = {
            name: entry
            for name, entry in entries.items()
            if not wanted or locations.fits(_below(name, base).split("/"), wanted)
        }
        if not matches:
            raise Missing(self._store, path, "{}/{}".format(self._place.url.rstrip("/"), path))
        return matches

    def pull_files(self, names: Iterable[str], below: str) -> None:
        """Fetch those of the files `names` below the path that are there."""
        with self._locked():
            entries = self.entries(below)
            self._fetch({name: entries[name] for name in names if name in entries})

    def push(self, sources: Mapping[str, str], path: str, alone: bool) -> Dict[str, Entry]:
        """Take the files (by remote name) to the store; with `alone` nothing else stays below `path`.

        Returns them as they are there now.
        """
        sizes = {name: os.path.getsize(source) for name, source in sources.items()}
        self._each(sizes, lambda name: self._client.upload(sources[name], name, self._watch))
        entries = self.entries(path)
        if alone:
            self._each(dict.fromkeys(set(entries) - set(sources), 0), lambda name: self._client.remove(name))
        for name in sources:
            if name not in entries or entries[name].size != sizes[name]:
                self._explain(OSError("'{}' is not there as it was sent".format(name)), path)
        return {name: entries[name] for name in sources}

    @contextmanager
    def published(self, pushed: Mapping[str, Entry]) -> Iterator[None]:
        """While the files that were `pushed` are moved to their places in the mirror."""
        with self._locked():
            yield
            for name, entry in pushed.items():
                self._note(name, entry)

    @property
    def _client(self) -> remotes.FileStore:
        if self._connected is None:
            self._connected = remotes.connect(self._place, self._secrets)
        return self._connected

    def _explain(self, error: BaseException, path: str) -> NoReturn:
        if isinstance(error, (LauncherError, Missing)):
            raise error
        if isinstance(error, OSError) and error.errno in _OURS:
            raise error
        raise clients.failure(self._store, self._place, path, error, self._secrets) from None

    def _watch(self) -> None:
        if self._cancel.is_set():
            raise LauncherError(CANCELLED, "the run was cancelled")

    def _each(self, sizes: Mapping[str, int], act: Callable[[str], object]) -> None:
        """Do something for every name, several at a time but one that is large; the first failure ends it."""
        from concurrent.futures import ThreadPoolExecutor  # dear, and few steps have remote stores

        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            tasks = [(name, pool.submit(self._unless_over, act, name, sizes[name])) for name in sorted(sizes)]
            for name, task in tasks:
                try:
                    task.result()
                except Exception as error:
                    for _, other in tasks:
                        other.cancel()
                    self._explain(error, name)

    def _unless_over(self, act: Callable[[str], object], name: str, size: int) -> None:
        self._watch()
        if size < _LARGE:
            act(name)
            return
        with self._large:  # clients move the parts of a large file side by side, and hold them in memory
            self._watch()
            act(name)

    def _drop(self, path: str, entries: Mapping[str, Entry]) -> None:
        """Delete from the mirror what `path` names and the store no longer has."""
        base, pattern = locations.split_pattern(path)
        if locations.climbs(path):
            return
        folder = self._path(base)
        if pattern:
            here = locations.matching(folder, pattern)
        else:
            here = [name for name, _ in files.contents(folder)] if os.path.isdir(folder) else [""]
        for inner in here:
            name = "/".join(part for part in (base, inner) if part)
            if name and name not in entries:
                files.remove(untrusted.below(self._root, name))
                self._prune(os.path.dirname(self._path(name)))

    def _prune(self, folder: str) -> None:
        """Delete folders that hold nothing: what was a folder may be a file now."""
        while folder.startswith(self._root + os.sep):
            try:
                os.rmdir(folder)
            except OSError:
                return
            folder = os.path.dirname(folder)

    def _fetch(self, entries: Mapping[str, Entry]) -> None:
        recorded = self._known()
        stale = [name for name, entry in entries.items() if recorded.get(name, ()) != self._line(name, entry)]
        if not stale:
            return
        incoming = os.path.join(self._root, paths.STATE, _INCOMING)
        files.remove(incoming)  # of a launcher that was killed: the lock is ours
        files.make_folder(incoming)
        self._each(
            {name: entries[name].size for name in stale},
            lambda name: self._fetch_one(name, entries[name], os.path.join(incoming, token())),
        )

    def _fetch_one(self, name: str, entry: Entry, temporary: str) -> None:
        self._client.download(name, temporary, self._watch)
        size = os.path.getsize(temporary)
        if size != entry.size:
            raise OSError("'{}' has {} bytes, but {} came".format(name, entry.size, size))
        files.move(temporary, untrusted.below(self._root, name))
        self._note(name, entry)

    def _path(self, name: str) -> str:
        return os.path.join(self._root, *name.split("/")) if name else self._root

    def _line(self, name: str, entry: Entry) -> Optional[Tuple[object, ...]]:
        """What the journal says of a file that is in the mirror in the state `entry`; None where it is not there."""
        try:
            status = os.stat(self._path(name))
        except OSError:
            return None
        return entry.size, entry.mark, status.st_size, status.st_mtime_ns

    def _note(self, name: str, entry: Entry) -> None:
        line = self._line(name, entry)
        if line is not None:
            files.append_line(self._journal, {"url": self._place.url, "name": name, "state": list(line)})

    def _known(self) -> Dict[str, Tuple[object, ...]]:
        """The last line of each file; the journal is written anew when it has become mostly history."""
        rows = files.read_lines(self._journal)
        last = {row["name"]: row for row in rows if row.get("url") == self._place.url}
        if len(rows) > 2 * len(last) + 100:
            write_whole(self._journal, b"".join(files.json_line(row) for row in last.values()))
        return {name: tuple(row["state"]) for name, row in last.items()}

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """While no other launcher changes the mirror; where the file system has no locks, trusting in luck."""
        for folder in (self._root, os.path.dirname(self._lock)):
            files.make_folder(folder)
        lock = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            while locks.try_lock(lock) is False:
                self._watch()
                time.sleep(_TICK)
            yield
        finally:
            os.close(lock)


def _below(name: str, base: str) -> str:
    return name[len(base) + 1 :] if base else name
