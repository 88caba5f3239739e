"""Files on disk: written whole or not at all, copied, moved, compared."""

import errno
import hashlib
import json
import os
import shutil
import sys
from typing import Iterator, List, Optional, Tuple

HIDDEN = ".pipelift"
"""The folder that the launcher keeps inside a store; no dataset and no output sees it."""

_CHUNK = 1 << 20


def token() -> str:
    """A random name, 16 hex digits. (`uuid` and `secrets` cost more to import than a step may.)"""
    return os.urandom(8).hex()


def write_whole(path: str, data: bytes, durable: bool = False) -> None:
    """Write `data` so that a reader sees all of it or none; `durable` also survives a loss of power."""
    temporary = "{}.{}.tmp".format(path, token())
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def write_json(path: str, data: object, durable: bool = False) -> None:
    """Write `data` as readable JSON, whole or not at all."""
    write_whole(path, json_bytes(data), durable)


def json_bytes(data: object) -> bytes:
    """`data` as readable JSON."""
    text = json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True)
    return text.encode("utf-8", "surrogateescape") + b"\n"


def read_json(path: str) -> Optional[dict]:
    """The object in `path`; None where there is no such file, or it holds something else."""
    try:
        with open(path, "rb") as file:
            data = json.loads(file.read().decode("utf-8", "surrogateescape"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def read_lines(path: str) -> List[dict]:
    """The objects of a JSON-lines file; a line that was cut off by a crash is left out."""
    try:
        with open(path, "rb") as file:
            lines = file.read().decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            found.append(row)
    return found


def append_line(path: str, row: dict) -> None:
    """Add one JSON line by a single write, so that several processes of one script do not mix theirs."""
    data = json_line(row)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)


def json_line(row: dict) -> bytes:
    """`row` as a line of a JSON-lines file."""
    return (json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8", "surrogateescape")


def copy(source: str, target: str) -> None:
    """Copy a file or a folder (its content into `target`, which may exist), with modes, following links."""
    if not os.path.isdir(source):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)
        shutil.copymode(source, target)
        return
    os.makedirs(target, exist_ok=True)
    with os.scandir(source) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name != HIDDEN:
                copy(entry.path, os.path.join(target, entry.name))


def make_folder(path: str) -> None:
    """Make a folder and those above it, even while a step beside this one deletes an empty one."""
    for attempt in range(20):
        try:
            os.makedirs(path, exist_ok=True)
            return
        except FileNotFoundError:
            if attempt == 19:
                raise


def move(source: str, target: str) -> None:
    """Rename `source` to `target`, which is no filled folder; copies where they lie on different disks."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        near = "{}.{}.tmp".format(target, token())
        copy(source, near)
        os.replace(near, target)
        remove(source)


def remove(path: str) -> None:
    """Delete a file, a link or a whole folder; nothing happens where there is none."""
    if os.path.isdir(path) and not os.path.islink(path):
        if sys.version_info >= (3, 12):
            shutil.rmtree(path, onexc=_unlock)
        else:
            shutil.rmtree(path, onerror=_unlock)
    elif os.path.lexists(path):
        os.unlink(path)


def _unlock(function: object, path: str, error: object) -> None:
    """A script may leave a folder that it made read-only: open it and go on."""
    parent = os.path.dirname(path)
    os.chmod(parent, 0o700)
    if os.path.isdir(path) and not os.path.islink(path):
        os.chmod(path, 0o700)
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        os.unlink(path)


def walk(root: str) -> Iterator[Tuple[str, str]]:
    """Each file below `root` as (path from there with ``/``, full path), sorted; links are followed."""
    for folder, folders, names in os.walk(root, followlinks=True):
        folders[:] = sorted(name for name in folders if name != HIDDEN)
        start = os.path.relpath(folder, root)
        for name in sorted(names):
            relative = name if start == os.curdir else os.path.join(start, name)
            yield relative.replace(os.sep, "/"), os.path.join(folder, name)


def listing(path: str) -> List[Tuple[str, str]]:
    """The files of `path` as `walk` gives them; for a single file, that file under its own name."""
    if os.path.isdir(path):
        return list(walk(path))
    return [(os.path.basename(path), path)] if os.path.exists(path) else []


def stamp(entries: List[Tuple[str, str]]) -> str:
    """A digest of names, sizes and times: changes when a file is touched, and costs one look at each."""
    digest = hashlib.sha256()
    for name, path in entries:
        status = os.stat(path)
        digest.update(
            "{}\0{}\0{}\n".format(name, status.st_size, status.st_mtime_ns).encode("utf-8", "surrogateescape")
        )
    return digest.hexdigest()


def content_digest(entries: List[Tuple[str, str]]) -> str:
    """A digest of names and bytes: the same on every machine."""
    digest = hashlib.sha256()
    for name, path in entries:
        digest.update("{}\0{}\n".format(name, file_digest(path)).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def file_digest(path: str) -> str:
    """The sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()
