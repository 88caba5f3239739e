"""`glob`, over the files of the overlay and of the disk."""

from __future__ import annotations

from pathlib import PurePosixPath

from pipelift.compiler.evaluate.library.models import partly
from pipelift.compiler.evaluate.library.pathlib import find_matching
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Model, Module, Unknown, Value


@module("glob")
def glob_module(it: Machine) -> Module:
    """`glob`: files of the overlay and of the disk."""

    def find(call: LibraryCall, pathname: Value, **options: Value) -> Value:
        folder, slash, pattern = str(pathname).rpartition("/")
        folder = folder or slash
        found = find_matching(call, PurePosixPath(folder or "."), pattern)
        if isinstance(found, Unknown):
            return found
        paths = [path for path in found.items if isinstance(path, PurePosixPath)]
        return [str(path) if folder else path.name for path in paths]

    return partly("glob", {"glob": Model("glob.glob", find), "iglob": Model("glob.iglob", find)})
