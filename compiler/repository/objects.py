"""Objects of a repository: loose ones, and those in packs (`gitformat-pack`)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from pipelift.compiler.reading.reach import open_regular, read_regular
from pipelift.compiler.repository.layout import HASH, Unreadable

MAX_SIZE = 100_000_000
"""The largest object that is read, in bytes."""

_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_OFFSET_DELTA, _NAMED_DELTA = 6, 7
_CHUNK = 65_536
_LONGEST_CHAIN = 5_000


def read_object(folder: Path, name: str) -> tuple[str, bytes]:
    """The kind and the content of the object `name` (hexadecimal) in the folder ``objects``. Raises `Unreadable`."""
    if not HASH.fullmatch(name):
        raise Unreadable(f"no object is called {name}")
    try:
        return _read_loose(folder / name[:2] / name[2:])
    except FileNotFoundError:
        return _read_packed(folder, bytes.fromhex(name))
    except (OSError, ValueError, zlib.error) as error:
        raise Unreadable(f"object {name}: {error}") from None


def find_tree(folder: Path, commit: str) -> str:
    """The tree of a commit. Raises `Unreadable`."""
    kind, content = read_object(folder, commit)
    line = content.split(b"\n", 1)[0].decode("ascii", "replace")
    tree = line.removeprefix("tree ")
    if kind != "commit" or tree == line or not HASH.fullmatch(tree):
        raise Unreadable(f"{commit} is no commit")
    return tree


def list_entries(folder: Path, tree: str) -> dict[bytes, tuple[int, str]]:
    """The mode and the object of each name in a tree. Raises `Unreadable`."""
    kind, content = read_object(folder, tree)
    if kind != "tree":
        raise Unreadable(f"{tree} is no tree")
    entries: dict[bytes, tuple[int, str]] = {}
    size = len(tree) // 2
    while content:
        words, _, remaining = content.partition(b"\0")
        mode, _, name = words.partition(b" ")
        try:
            entries[name] = int(mode, 8), remaining[:size].hex()
        except ValueError:
            raise Unreadable(f"{tree} is no tree") from None
        content = remaining[size:]
    return entries


def _read_loose(path: Path) -> tuple[str, bytes]:
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(read_regular(path, MAX_SIZE), MAX_SIZE)
    if unpacker.unconsumed_tail:
        raise ValueError("it is too large")
    header, _, content = data.partition(b"\0")
    return header.decode("ascii", "replace").split(" ", 1)[0], content


def _read_packed(folder: Path, name: bytes) -> tuple[str, bytes]:
    try:
        for index in sorted((folder / "pack").glob("*.idx")):
            with open_regular(index) as file:
                offset = _find_offset(file, name)
            if offset is not None:
                with open_regular(index) as names, open_regular(index.with_suffix(".pack")) as file:
                    return _read_whole(file, names, offset, len(name))
    except (OSError, ValueError, IndexError, struct.error, zlib.error) as error:
        raise Unreadable(f"object {name.hex()}: {error}") from None
    raise Unreadable(f"there is no object {name.hex()}")


def _find_offset(file: BinaryIO, name: bytes) -> int | None:
    """Where the object is in the pack that `file` is the index of."""

    def read_number_at(place: int, form: str) -> int:
        file.seek(place)
        (number,) = struct.unpack(form, file.read(struct.calcsize(form)))
        return int(number)

    file.seek(0)
    if file.read(8) != b"\xfftOc\0\0\0\x02":
        raise ValueError("the index of its pack is of another version")
    total, names = read_number_at(8 + 4 * 255, ">I"), 8 + 4 * 256
    low, high = (
        (read_number_at(4 + 4 * name[0], ">I") if name[0] else 0),
        read_number_at(8 + 4 * name[0], ">I"),
    )
    while low < high:
        middle = (low + high) // 2
        file.seek(names + middle * len(name))
        candidate = file.read(len(name))
        if candidate == name:
            offsets = names + total * (len(name) + 4)
            short = read_number_at(offsets + 4 * middle, ">I")
            return (
                short
                if short < 1 << 31
                else read_number_at(offsets + 4 * total + 8 * (short - (1 << 31)), ">Q")
            )
        low, high = (middle + 1, high) if candidate < name else (low, middle)
    return None


def _read_whole(file: BinaryIO, names: BinaryIO, offset: int, length: int) -> tuple[str, bytes]:
    """The object at `offset` of a pack with the index `names`: what it differs from first, then each difference."""
    deltas: list[bytes] = []
    while len(deltas) < _LONGEST_CHAIN:
        file.seek(offset)
        kind, size = _read_header(file)
        if kind == _OFFSET_DELTA:
            base = offset - _read_distance(file)
        elif kind == _NAMED_DELTA:
            base = _find_offset(names, file.read(length)) or 0
        content = _inflate(file, size)
        if kind in _KINDS:
            for delta in reversed(deltas):
                content = _apply_delta(content, delta)
            return _KINDS[kind], content
        if kind not in (_OFFSET_DELTA, _NAMED_DELTA) or base <= 0:
            break
        deltas.append(content)
        offset = base
    raise ValueError("its pack is damaged")


def _read_header(file: BinaryIO) -> tuple[int, int]:
    byte = file.read(1)[0]
    kind, size, shift = byte >> 4 & 7, byte & 15, 4
    while byte & 128:
        byte = file.read(1)[0]
        size, shift = size | (byte & 127) << shift, shift + 7
    return kind, size


def _read_distance(file: BinaryIO) -> int:
    byte = file.read(1)[0]
    distance = byte & 127
    while byte & 128:
        byte = file.read(1)[0]
        distance = (distance + 1) << 7 | byte & 127
    return distance


def _inflate(file: BinaryIO, size: int) -> bytes:
    if size > MAX_SIZE:
        raise ValueError("it is too large")
    unpacker = zlib.decompressobj()
    content = b""
    while len(content) < size and not unpacker.eof:
        chunk = file.read(_CHUNK)
        content += unpacker.decompress(chunk, size - len(content))
        while unpacker.unconsumed_tail and len(content) < size:
            content += unpacker.decompress(unpacker.unconsumed_tail, size - len(content))
        if not chunk:
            break
    if len(content) != size:
        raise ValueError("its pack is damaged")
    return content


def _apply_delta(base: bytes, delta: bytes) -> bytes:
    """What `delta` makes of `base`: pieces of it, and new ones."""
    reader = iter(delta)
    _read_number(reader)
    size = _read_number(reader)
    if size > MAX_SIZE:
        raise ValueError("it is too large")
    patched = bytearray()
    for byte in reader:
        if byte & 128:
            place, length = (
                sum(_read_byte(reader) << 8 * i for i in range(count) if byte & 1 << first + i)
                for first, count in ((0, 4), (4, 3))
            )
            patched += base[place : place + (length or 65_536)]
        else:
            patched += bytes(islice(reader, byte))
        if len(patched) > size:
            raise ValueError("its pack is damaged")
    if len(patched) != size:
        raise ValueError("its pack is damaged")
    return bytes(patched)


def _read_byte(reader: Iterator[int]) -> int:
    byte = next(reader, None)
    if byte is None:
        raise ValueError("its pack is damaged")
    return byte


def _read_number(reader: Iterator[int]) -> int:
    number = shift = 0
    for byte in reader:
        number, shift = number | (byte & 127) << shift, shift + 7
        if not byte & 128:
            break
    return number
