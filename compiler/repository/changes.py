"""Whether tracked files differ from the last commit."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pipelift.compiler.reading.reach import read_regular
from pipelift.compiler.repository.index import Entry, read_index
from pipelift.compiler.repository.layout import Repository, is_set_to_false
from pipelift.compiler.repository.objects import MAX_SIZE, find_tree, list_entries

_FOLDER, _LINK, _MODULE = 0o040000, 0o120000, 0o160000
_EXECUTABLE = 0o100


@dataclass(frozen=True, slots=True)
class Area:
    """What of a repository counts: the files below `folder`, without those below `without` (paths from its top)."""

    folder: bytes
    without: bytes | None

    def holds(self, path: bytes) -> bool:
        """Whether a file counts."""
        return _is_below(path, self.folder) and (self.without is None or not _is_below(path, self.without))


def has_changes(repository: Repository, commit: str, area: Area, module: Callable[[Path, str], bool]) -> bool:
    """Whether tracked files of `area` differ from `commit`: in the index, or in the working tree.

    Content is compared byte for byte where times differ: a file that a filter of Git would turn into what is committed
    counts as different, since only running the filter could tell. `module` says whether a submodule differs from its
    commit. Raises `Unreadable`.
    """
    entries, index_time = read_index(repository, len(commit) // 2)
    counting = [entry for entry in entries if area.holds(entry.path)]
    if any(entry.unsettled for entry in counting):
        return True
    objects = repository.common / "objects"
    tree: str | None = find_tree(objects, commit)
    for name in filter(None, area.folder.split(b"/")):
        mode, object_name = list_entries(objects, tree).get(name, (0, "")) if tree else (0, "")
        tree = object_name if mode == _FOLDER else None
    if _is_staged(objects, tree, counting, area.folder, area):
        return True
    modes = not is_set_to_false(repository, "filemode")
    look = _Look(os.fsencode(repository.top), len(commit), index_time, modes, module)
    return any(look.differs(entry) for entry in counting if not entry.skipped)


def _is_staged(objects: Path, tree: str | None, entries: list[Entry], below: bytes, area: Area) -> bool:
    """Whether the index has other files below a folder than the commit's `tree` (None: it has no such folder)."""
    if tree is None:
        return bool(entries)
    if area.without is None or not _is_below(area.without, below):
        return _hash_tree(entries, below, len(tree)) != tree
    start = len(below) + 1 if below else 0
    inner: dict[bytes, list[Entry]] = {}
    for entry in entries:
        inner.setdefault(entry.path[start:].split(b"/", 1)[0], []).append(entry)
    committed = list_entries(objects, tree)
    for name in {*inner, *committed}:
        path = below + b"/" + name if below else name
        if path == area.without:
            continue
        mode, object_name = committed.get(name, (0, ""))
        if mode == _FOLDER:
            changed = _is_staged(objects, object_name, inner.get(name, []), path, area)
        else:
            changed = [(entry.path, entry.mode, entry.object) for entry in inner.get(name, [])] != [
                (path, mode, object_name)
            ]
        # Without its excluded files a folder may be empty in the index; so it is in the commit, then.
        if changed:
            return True
    return False


def _hash_tree(entries: Iterable[Entry], below: bytes, length: int) -> str:
    """The name of the tree that Git would write for the entries below a folder, which are sorted by path."""
    start = len(below) + 1 if below else 0
    path: list[bytes] = []
    lines: list[list[tuple[bytes, bytes]]] = [[]]  # of the folder, and of each one on the way from there

    def close_folders(depth: int) -> None:
        while len(path) > depth:
            tree_name, name = _hash_lines(lines.pop(), length), path.pop()
            lines[-1].append((name + b"/", b"40000 %s\0" % name + bytes.fromhex(tree_name)))

    for entry in entries:
        *folders, name = entry.path[start:].split(b"/")
        parts = [left == right for left, right in zip(path, folders, strict=False)]
        close_folders([*parts, False].index(False))
        lines.extend([] for _ in folders[len(path) :])
        path.extend(folders[len(path) :])
        lines[-1].append((name, b"%o %s\0" % (entry.mode, name) + bytes.fromhex(entry.object)))
    close_folders(0)
    return _hash_lines(lines[0], length)


def _hash_lines(lines: list[tuple[bytes, bytes]], length: int) -> str:
    return _hash_object("tree", b"".join(line for _, line in sorted(lines)), length)


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at the working tree at `top`, with an index written at `index_time` (seconds)."""

    top: bytes
    length: int
    index_time: int
    modes: bool
    module: Callable[[Path, str], bool]

    def differs(self, entry: Entry) -> bool:
        path = os.path.join(self.top, entry.path)
        try:
            state = os.lstat(path)
        except OSError:
            return True
        kind = stat.S_IFMT(entry.mode)
        if kind == _MODULE:
            inside = Path(os.fsdecode(path))
            return not stat.S_ISDIR(state.st_mode) or (
                (inside / ".git").exists() and self.module(inside, entry.object)
            )
        if stat.S_IFMT(state.st_mode) != kind or os.path.realpath(os.path.dirname(path)) != os.path.dirname(
            path
        ):
            return True
        if kind == _LINK:
            return _hash_object("blob", os.readlink(path), self.length) != entry.object
        if self.modes and (state.st_mode ^ entry.mode) & _EXECUTABLE:
            return True
        return not self._looks_as_before(entry, state) and self._content_differs(entry, path)

    def _looks_as_before(self, entry: Entry, state: os.stat_result) -> bool:
        """Whether size and times are those of the index. A file as young as the index may have changed since then."""
        size, changed, modified, nanoseconds = entry.seen
        seconds, remainder = divmod(state.st_mtime_ns, 1_000_000_000)
        return (
            size == state.st_size & 0xFFFFFFFF
            and changed == int(state.st_ctime) & 0xFFFFFFFF
            and modified == seconds & 0xFFFFFFFF
            and nanoseconds in (0, remainder)
            and seconds < self.index_time
        )

    def _content_differs(self, entry: Entry, path: bytes) -> bool:
        try:
            data = read_regular(os.fsdecode(path), MAX_SIZE)
        except OSError:
            return True
        return _hash_object("blob", data, self.length) != entry.object


def _hash_object(kind: str, content: bytes, length: int) -> str:
    framed = f"{kind} {len(content)}\0".encode() + content
    digest = hashlib.sha1(framed, usedforsecurity=False) if length == 40 else hashlib.sha256(framed)
    return digest.hexdigest()


def _is_below(path: bytes, folder: bytes) -> bool:
    return not folder or path == folder or path.startswith(folder + b"/")
