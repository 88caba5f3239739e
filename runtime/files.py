"""Files on disk: written whole or not at all, copied, moved, compared; links never lead out of their place."""

import errno
import hashlib
import json
import os
import shutil
import stat
import sys
from functools import partial
from typing import Any, Dict, Iterator, List, NamedTuple, Sequence, Tuple

from .contract import paths, untrusted
from .contract.files import half_of, token, write_whole
from .contract.untrusted import is_in

_CHUNK = 1 << 20


def write_json(path: str, data: object, durable: bool = False) -> None:
    """Write `data` as readable JSON, whole or not at all."""
    write_whole(path, json_bytes(data), durable)


def json_bytes(data: object) -> bytes:
    """`data` as readable JSON."""
    text = json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True)
    return text.encode("utf-8", "surrogateescape") + b"\n"


def read_lines(path: str) -> List[Dict[str, Any]]:
    """The objects of a JSON-lines file; a line that was cut off by a crash is left out."""
    try:
        lines = untrusted.read(path).decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []
    rows = []
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def append_line(path: str, row: Dict[str, Any]) -> None:
    """Add one JSON line by a single write, so that several processes of one script do not mix theirs."""
    data = json_line(row)
    descriptor = untrusted.open_regular(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)


def json_line(row: Dict[str, Any]) -> bytes:
    """`row` as a line of a JSON-lines file, or a file that no person reads: it costs a fifth of `json_bytes`."""
    return (json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8", "surrogateescape")


def copy(source: str, target: str, within: Sequence[str] = ()) -> None:
    """Copy a file or a folder (its content into `target`, which may exist), with the modes of files.

    Links become what they show, as far as `walk` follows them. Raises `LeadsOut` before the first file is written.
    """
    if not os.path.isdir(source):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)
        shutil.copymode(source, target)
        return
    entries = list(_follow(source, within))
    os.makedirs(target, exist_ok=True)
    for name, path, is_folder in entries:
        beside = os.path.join(target, *name.split("/"))
        if is_folder:
            os.makedirs(beside, exist_ok=True)
        else:
            shutil.copyfile(path, beside)
            shutil.copymode(path, beside)


def make_folder(path: str) -> None:
    """Make a folder and those above it, even while a step beside this one deletes an empty one."""
    for attempt in range(20):
        try:
            if not os.path.isdir(path):
                os.makedirs(path, exist_ok=True)
            return
        except (FileNotFoundError, FileExistsError):  # it was there when we tried, and is gone when we look
            if attempt == 19:
                raise


def move(source: str, target: str) -> None:
    """Rename `source` to `target`, which is no filled folder; copies where they lie on different disks."""
    try:
        try:
            os.replace(source, target)
        except FileNotFoundError:
            make_folder(os.path.dirname(target))
            os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        near = half_of(target)
        if os.path.isdir(source) and not os.path.islink(source):
            shutil.copytree(source, near, symlinks=True)
        else:
            shutil.copy2(source, near, follow_symlinks=False)
        os.replace(near, target)
        remove(source)


def remove(path: str) -> None:
    """Delete a file, a link or a whole folder; nothing happens where there is none."""
    if os.path.isdir(path) and not os.path.islink(path):
        unlock = partial(_unlock, path)
        try:
            if sys.version_info >= (3, 12):
                shutil.rmtree(path, onexc=unlock)
            else:
                shutil.rmtree(path, onerror=unlock)
        except RecursionError:  # before Python 3.12 it goes a thousand folders deep, and no further
            _flatten(path)
            shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def _flatten(root: str) -> None:
    """Move all that is below the folders in `root` into it, each under a name of its own."""
    pending = [entry.path for entry in os.scandir(root) if entry.is_dir(follow_symlinks=False)]
    while pending:
        folder = pending.pop()
        for entry in list(os.scandir(folder)):
            flat = os.path.join(root, token())
            if entry.is_dir(follow_symlinks=False):
                pending.append(flat)
            os.rename(entry.path, flat)


def _unlock(root: str, function: object, path: str, error: object) -> None:
    """A script may leave a folder below `root` that it made read-only: open it and go on."""
    if path != root:  # what is around it is not ours to open
        os.chmod(os.path.dirname(path), 0o700)
    if os.path.isdir(path) and not os.path.islink(path):
        os.chmod(path, 0o700)
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        os.unlink(path)


class LeadsOut(OSError):
    """A link that leads out of the place in which it stands, or nowhere; the text is a sentence for people."""

    def __init__(self, name: str, path: str) -> None:
        where = "to {}".format(os.readlink(path)) + ("" if os.path.exists(path) else ", where nothing is")
        super().__init__(
            errno.ELOOP, "the link '{}' leads out of the place in which it stands, {}".format(name, where)
        )

    def __str__(self) -> str:
        return str(self.strerror)


class Member(NamedTuple("Member", [("name", str), ("path", str), ("kind", str)])):
    """What lies below a folder: `name` from there with ``/``; `kind` is ``file``, ``link`` or ``special``.

    Special are fifos, sockets and devices: they hold nothing that could be kept.
    """


def members(root: str) -> Iterator[Member]:
    """Everything below `root` but its folders, sorted; no link is followed."""
    for name, entry in _below(root):
        if entry.is_symlink():
            yield Member(name, entry.path, "link")
        elif not entry.is_dir():
            yield Member(name, entry.path, "file" if entry.is_file() else "special")


def contents(path: str) -> List[Tuple[str, str]]:
    """The files and links of `path` as (path from there, full path), none followed; a single one under its own name."""
    if os.path.isdir(path) and not os.path.islink(path):
        return [
            (member.name, member.path)
            for member in members(path)
            if paths.STATE not in member.name.split("/")
        ]
    return [(os.path.basename(path), path)] if os.path.lexists(path) else []


def _below(root: str) -> Iterator[Tuple[str, "os.DirEntry[str]"]]:
    """Each entry below `root`, by its path from there: a folder's other entries first, then its folders, sorted."""
    pending = [("", root)] if os.path.isdir(root) else []
    while pending:
        start, folder = pending.pop()
        with os.scandir(folder) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
        folders = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
        for entry in entries:
            yield start + entry.name, entry
        pending += [(start + entry.name + "/", entry.path) for entry in reversed(folders)]


def walk(root: str, within: Sequence[str] = ()) -> Iterator[Tuple[str, str]]:
    """Each file below `root` as (path from there with ``/``, full path), sorted.

    A link that leads below `root`, or below one of the folders `within`, is what it shows there, one that leads
    back to a folder around it aside; raises `LeadsOut` for another. What is no file is left out.
    """
    return ((name, path) for name, path, is_folder in _follow(root, within) if not is_folder)


def _follow(root: str, within: Sequence[str]) -> Iterator[Tuple[str, str, bool]]:
    """What `walk` sees, and the folders: (name, full path, whether it is a folder)."""
    tops = [os.path.realpath(top) for top in (root, *within)]
    first: Tuple[str, ...] = (tops[0],)
    pending = [("", root, first)] if os.path.isdir(root) else []
    while pending:
        start, folder, around = pending.pop()
        with os.scandir(folder) as scanned:
            entries = sorted(
                (entry for entry in scanned if entry.name != paths.STATE), key=lambda entry: entry.name
            )
        inner = []
        for entry in entries:
            name, above = start + entry.name, around
            if entry.is_symlink():
                real = os.path.realpath(entry.path)
                if not os.path.exists(entry.path) or not any(is_in(real, top) for top in tops):
                    raise LeadsOut(name, entry.path)
                if real in around:
                    continue
                above = around + (real,)
            if entry.is_dir():
                yield name, entry.path, True
                inner.append((name + "/", entry.path, above))
            elif entry.is_file():
                yield name, entry.path, False
        pending += reversed(inner)


def listing(path: str, within: Sequence[str] = ()) -> List[Tuple[str, str]]:
    """The files of `path` as `walk` gives them; for a single file, that file under its own name."""
    if os.path.isdir(path):
        return list(walk(path, within))
    return [(os.path.basename(path), path)] if os.path.exists(path) else []


def stamp(entries: List[Tuple[str, str]]) -> str:
    """A digest of names, sizes and times: changes when a file is touched, and costs one look at each.

    Of a link counts where it leads: times of links are lost by copies.
    """
    digest = hashlib.sha256()
    for name, path in entries:
        status = os.lstat(path)
        state = "{}\0{}\0{}\n".format(name, status.st_size, status.st_mtime_ns)
        if stat.S_ISLNK(status.st_mode):
            state = "{}\0{}\n".format(name, os.readlink(path))
        digest.update(state.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def content_digest(entries: List[Tuple[str, str]]) -> str:
    """A digest of names and bytes (of a link: where it leads): the same on every machine."""
    digest = hashlib.sha256()
    for name, path in entries:
        content = "->" + os.readlink(path) if os.path.islink(path) else file_digest(path)
        digest.update("{}\0{}\n".format(name, content).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def file_digest(path: str) -> str:
    """The sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()


def names(folder: str) -> List[str]:
    """The names in a folder, sorted; none where it cannot be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
