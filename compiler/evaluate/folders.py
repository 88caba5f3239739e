"""Walks through folders as a program sees them: those of the disk that are in reach, with what it has made itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pipelift.compiler.evaluate.outside import MAX_DEPTH, NEVER, Outside, TooManyFiles
from pipelift.compiler.reading.reach import OutOfReach


@dataclass(frozen=True, slots=True)
class Entry:
    """What a folder has under one name. `refusal` is why it cannot be told what it is."""

    folder: bool
    link: bool = False
    refusal: OutOfReach | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, or a link to one. Raises `OutOfReach` for a link that leads out of reach."""
        if self.refusal is not None:
            raise self.refusal
        return self.folder


_NAMES = 12
"""How many names a walk looks at in the time of a step."""

_FILE, _FOLDER = Entry(False), Entry(True)


class Folders:
    """What one walk sees. It reads each folder once, and charges each name that it meets to `spend`.

    Paths are absolute and normal. Folders that tools keep (`NEVER`) are not there.
    """

    def __init__(self, outside: Outside, most: int, spend: Callable[[int], None]) -> None:
        self._outside = outside
        self._most = most
        self._spend = spend
        self._met = 0
        self._read: dict[str, Mapping[str, Entry]] = {}
        self._made: dict[str, dict[str, Entry]] = {}
        for name in outside.created:
            self._note_made(name, _FOLDER)
        for name in outside.written:
            self._note_made(name, _FILE)

    def _note_made(self, path: str, entry: Entry) -> None:
        """Note what the program has made, and the folders that this needs."""
        self._spend(1)
        if entry.folder:
            self._made.setdefault(path, {})
        folder, name = os.path.split(path)
        while name and name not in self._made.get(folder, {}):
            self._made.setdefault(folder, {})[name] = entry
            entry, (folder, name) = _FOLDER, os.path.split(folder)

    def count(self, number: int) -> None:
        """Charge for `number` more names. Raises `TooManyFiles` where there are more than a walk may meet."""
        self._spend(number)
        self._met += number
        if self._met > self._most:
            raise TooManyFiles(f"there are more than {self._most:,} files and folders in it")

    def check_size(self, number: int) -> None:
        """Refuse what has `number` items. Raises `TooManyFiles` where these are more than a walk may meet."""
        if number > self._most:
            raise TooManyFiles(f"there are more than {self._most:,} matches in it")

    def list_entries(self, folder: str) -> Mapping[str, Entry]:
        """What is in `folder`, by name, sorted; nothing where it cannot be listed.

        Raises `OutOfReach`, and `TooManyFiles` for more than a walk may meet.
        """
        if folder not in self._read:
            if folder.count(os.sep) > MAX_DEPTH + str(self._outside.start).count(os.sep):
                raise TooManyFiles(f"its folders nest more than {MAX_DEPTH} deep")
            self.count(1)
            self._read[folder] = dict(sorted(self._list(folder)))
        self._spend(1 + len(self._read[folder]) // _NAMES)
        return self._read[folder]

    def _list(self, folder: str) -> Iterator[tuple[str, Entry]]:
        made = self._made.get(folder, {})
        refusal = self._outside.reach.refusal(folder, folder=True)
        if refusal is not None and folder not in self._made:
            raise refusal
        yield from made.items()
        self.count(len(made))
        if refusal is None:
            for name, entry in self._list_disk(folder):
                if name not in made:
                    yield name, entry

    def _list_disk(self, folder: str) -> Iterator[tuple[str, Entry]]:
        try:
            with os.scandir(folder) as found:
                for one in found:
                    self.count(1)
                    entry = self._look_at(one)
                    if one.name not in NEVER or not entry.folder:
                        yield one.name, entry
        except (OSError, ValueError) as error:
            if isinstance(error, OutOfReach):
                raise

    def _look_at(self, found: os.DirEntry[str]) -> Entry:
        if not found.is_symlink():
            return _FOLDER if found.is_dir(follow_symlinks=False) else _FILE
        refusal = self._outside.reach.refusal(found.path)
        return Entry(refusal is None and os.path.isdir(found.path), link=True, refusal=refusal)

    def is_folder(self, path: str) -> bool:
        """Whether `path` is a folder, or a link to one. Raises `OutOfReach`."""
        return path in self._made or (self._is_seen(path) and os.path.isdir(path))

    def exists(self, path: str, *, links: bool = True) -> bool:
        """Whether there is something at `path`: with `links` also a link that leads nowhere. Raises `OutOfReach`."""
        folder, name = os.path.split(path)
        if path in self._made or name in self._made.get(folder, {}):
            return True
        return self._is_seen(path) and (os.path.lexists if links else os.path.exists)(path)

    def _is_seen(self, path: str) -> bool:
        self.count(1)
        refusal = self._outside.reach.refusal(path, folder=True)
        if refusal is not None:
            raise refusal
        return "\0" not in path
