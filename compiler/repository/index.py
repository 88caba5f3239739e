"""The index of a repository: what is to be in the next commit, and how each file looked then (`gitformat-index`)."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pipelift.compiler.reading.reach import read_regular
from pipelift.compiler.repository.layout import Repository, Unreadable

_MAX_BYTES = 200_000_000
_STAT = struct.Struct(">10I")
_ODD_PART = re.compile(rb"(?i)(?:^|/)(?:|\.|\.\.|\.git)(?:/|$)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. `seen` are its size and times in seconds and nanoseconds: (size, changed, modified, nanoseconds).

    `skipped` files are taken to be unchanged; an `unsettled` one is in conflict, or only announced.
    """

    path: bytes
    mode: int
    object: str
    seen: tuple[int, int, int, int]
    skipped: bool
    unsettled: bool


def read_index(repository: Repository, size: int) -> tuple[list[Entry], int]:
    """The entries, sorted by path, and when the index was written (in seconds); `size` is that of a hash in bytes.

    Raises `Unreadable`.
    """
    path = repository.folder / "index"
    try:
        index_time = int(os.lstat(path).st_mtime)
        data = read_regular(path, _MAX_BYTES)
        return list(_parse_entries(data, size)), index_time
    except FileNotFoundError:
        return [], 0
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise Unreadable(f"the index: {error}") from None


def _parse_entries(data: bytes, size: int) -> Iterator[Entry]:
    signature, version, count = struct.unpack_from(">4sII", data)
    if signature != b"DIRC" or version not in (2, 3, 4):
        raise ValueError("it is of another version")
    offset, name = 12, b""
    for _ in range(count):
        start = offset
        changed, _, modified, nanoseconds, _, _, mode, _, _, length = _STAT.unpack_from(data, offset)
        offset += _STAT.size
        object_name = data[offset : offset + size].hex()
        offset += size
        (flags,) = struct.unpack_from(">H", data, offset)
        offset += 2
        extended_flags = 0
        if flags & 0x4000:
            (extended_flags,) = struct.unpack_from(">H", data, offset)
            offset += 2
        if version == 4:
            strip, offset = _read_number(data, offset)
            name = name[: len(name) - strip]
        else:
            name = b""
        end = data.index(b"\0", offset)
        name += data[offset:end]
        offset = end + 1 if version == 4 else start + (end - start + 8) // 8 * 8
        if _ODD_PART.search(name):
            raise ValueError("a path in it leads elsewhere")
        seen = (length, changed, modified, nanoseconds)
        skipped, unsettled = (
            bool(flags & 0x8000 or extended_flags & 0x4000),
            bool(flags & 0x3000 or extended_flags & 0x2000),
        )
        yield Entry(name, mode, object_name, seen, skipped, unsettled)
    while offset + 8 + size <= len(data):
        kind, length = struct.unpack_from(">4sI", data, offset)
        is_necessary = kind[:1].islower()  # to understand the rest: a split index, a sparse one
        if is_necessary:
            raise ValueError("it has an extension that is not read here")
        offset += 8 + length


def _read_number(data: bytes, place: int) -> tuple[int, int]:
    byte = data[place]
    number = byte & 127
    while byte & 128:
        place += 1
        byte = data[place]
        number = (number + 1) << 7 | byte & 127
    return number, place + 1
