"""Walks of the program through folders: ``os.walk``, and what globbing has in common with it.

The system lists a folder in any order, so Python promises none; here each folder is sorted.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeVar

from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.folders import Folders
from pipelift.compiler.evaluate.library.files import out_of_reach
from pipelift.compiler.evaluate.machine import LibraryCall
from pipelift.compiler.evaluate.outside import TooManyFiles
from pipelift.compiler.evaluate.values import Iter, Unknown, Value, derived
from pipelift.compiler.reading.reach import OutOfReach

MAX_WALKED = 20_000
"""Through how many files and folders ``os.walk`` and globbing go: half a second. Each is a step of the evaluation."""

T = TypeVar("T")


def look_through(call: LibraryCall, folder: str, look: Callable[[Folders], T]) -> T | Unknown:
    """What `look` finds in the folders that it is given; unknown where it leads out of reach, or finds no end.

    `folder` is where it begins, as the program writes it.
    """
    try:
        return look(Folders(call.outside, MAX_WALKED, meter.spend))
    except (OutOfReach, TooManyFiles) as refusal:
        return _explain(call, folder, refusal)


def _explain(call: LibraryCall, folder: str, refusal: OutOfReach | TooManyFiles) -> Unknown:
    if isinstance(refusal, OutOfReach):
        return out_of_reach(call, folder, refusal)
    return Unknown(f"pipelift does not walk through '{folder}': {refusal}", call.span)


def walk(
    call: LibraryCall, top: Value, topdown: Value = True, onerror: Value = None, followlinks: Value = False
) -> Value:
    """What ``os.walk`` gives: an iterator that enters those folders which the program leaves in each row."""
    if not isinstance(top, (str, PurePosixPath)):
        return Unknown("pipelift does not walk through such a folder", call.span)
    place = str(call.outside.resolve(str(top)))
    begin = look_through(
        call, str(top), lambda folders: _Walk(folders, call, str(top), place, bool(followlinks))
    )
    if isinstance(begin, Unknown):
        return begin
    first = begin.begin()
    if not first and onerror is not None:
        return Unknown("what the handler of the walk's errors does is not known", call.span)
    if first and isinstance(first[0], Unknown):
        return first[0].cause or first[0]
    if topdown:
        return Iter([None], unfold=lambda row: first if row is None else begin.enter(row))
    return Iter(begin.list_upwards(first))


@dataclass(frozen=True, slots=True)
class _Walk:
    """One ``os.walk``, from the folder `place`, which the program writes as `top`."""

    folders: Folders
    call: LibraryCall
    top: str
    place: str
    follows: bool

    def begin(self) -> list[Value]:
        """The row of the top, if it is a folder."""
        return self._try(lambda: self._list_rows([self.top]) if self.top else [])

    def enter(self, row: Value) -> list[Value]:
        """The rows of the folders that stand in `row` now."""
        if isinstance(row, Unknown):
            return [] if row.many else [derived("it is what a walk finds", self.call.span, row, many=True)]
        if not (isinstance(row, tuple) and isinstance(row[0], str) and isinstance(row[1], list)):
            return [Unknown("what the walk goes on with is not known", self.call.span, many=True)]
        folder, names = row[0], row[1]
        return self._try(lambda: self._list_rows(self._choose(folder, names)))

    def list_upwards(self, rows: list[Value]) -> list[Value]:
        """All rows from `rows` on, each after those of the folders in it."""
        pending, found = list(rows), list[Value]()
        while pending:
            row = pending.pop()
            found.append(row)
            pending += self.enter(row)
        return found[::-1]

    def _try(self, look: Callable[[], list[Value]]) -> list[Value]:
        try:
            return look()
        except (OutOfReach, TooManyFiles) as refusal:
            reason = _explain(self.call, self.top, refusal)
            return [derived("it is what a walk finds", self.call.span, reason, many=True)]

    def _choose(self, folder: str, names: list[Value]) -> list[str]:
        """The paths below `folder` that the walk enters, of the `names` that the program has left."""
        known = [name for name in names if isinstance(name, str)]
        entries = self.folders.list_entries(self._find_place(folder))
        self.folders.check_size(len(known))
        return [
            posixpath.join(folder, name)
            for name in known
            if self.follows or name not in entries or not entries[name].link
        ]

    def _find_place(self, path: str) -> str:
        return os.path.normpath(posixpath.join(self.place, path[len(self.top) :].lstrip("/")))

    def _list_rows(self, paths: list[str]) -> list[Value]:
        return [self._list_row(path) for path in paths if self.folders.is_folder(self._find_place(path))]

    def _list_row(self, path: str) -> Value:
        names: tuple[list[Value], list[Value]] = [], []
        for name, entry in self.folders.list_entries(self._find_place(path)).items():
            names[0 if entry.is_folder else 1].append(name)
        return (path, *names)
