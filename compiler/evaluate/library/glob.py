"""`glob`, over the files of the overlay and of the disk."""

from __future__ import annotations

from pathlib import PurePosixPath

from pipelift.compiler.evaluate.library.models import partial_module
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
        matches = find_matching(call, PurePosixPath(folder or "."), pattern)
        if isinstance(matches, Unknown):
            return matches
        paths = [path for path in matches.items if isinstance(path, PurePosixPath)]
        return [str(path) if folder else path.name for path in paths]

    return partial_module("glob", {"glob": Model("glob.glob", find), "iglob": Model("glob.iglob", find)})
