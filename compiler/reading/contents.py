"""What a file of an output is to hold: bytes at hand, or a file on the disk that is read when it is written out.

Source folders are as large as people keep them. Of their files a compilation holds the place, the digest and the
size; the bytes pass through when the output is written, and must then be what they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.reading.reach import open_regular
from pipelift.runtime.contract.digests import digest

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on the disk as it was when it was read: its place (absolute), its sha256, its size in bytes."""

    path: str
    sha256: str
    size: int

    def __len__(self) -> int:
        return self.size


Content = bytes | StoredFile


def digest_of(content: Content) -> str:
    """The sha256 of `content`; no file is read for it."""
    return content.sha256 if isinstance(content, StoredFile) else digest(content)


def read_chunks(content: Content) -> Iterator[bytes]:
    """The bytes of `content`, part by part. Raises `Refused` (PL321) where a file is not what it was, or is gone.

    That a file has changed may be known only after its last part.
    """
    if not isinstance(content, StoredFile):
        yield content
        return
    total = hashlib.sha256()
    try:
        for chunk in _read_file(content.path):
            total.update(chunk)
            yield chunk
    except OSError as error:
        raise Refused("PL321", f"'{content.path}' could be read, and now cannot: {error.strerror}") from None
    if total.hexdigest() != content.sha256:
        raise Refused("PL321", f"'{content.path}' has changed since it was read for the pipeline")


def read_whole(content: Content) -> bytes:
    """The bytes of `content`. Raises `Refused` (PL321) as `read_chunks` does."""
    return content if isinstance(content, bytes) else b"".join(read_chunks(content))


def write_content(content: Content, path: str | Path) -> None:
    """Write `content` into the file `path`. Raises `Refused` (PL321), and `OSError` where it cannot be written."""
    chunks = read_chunks(content)  # a failure to read is told as such, and is no failure to write
    with open(path, "wb") as file:
        for chunk in chunks:
            file.write(chunk)


def digest_file(path: str | Path) -> str:
    """The sha256 of the bytes of a regular file. Raises `OSError`."""
    total = hashlib.sha256()
    for chunk in _read_file(path):
        total.update(chunk)
    return total.hexdigest()


def _read_file(path: str | Path) -> Iterator[bytes]:
    with open_regular(path) as file:
        while chunk := file.read(_CHUNK):
            yield chunk
