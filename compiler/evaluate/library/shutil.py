"""`shutil`: copies land in the overlay."""

from __future__ import annotations

from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.library.files import out_of_reach, read_bytes
from pipelift.compiler.evaluate.library.models import ignored, partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.outside import TooManyFiles
from pipelift.compiler.evaluate.values import Model, Module, Unknown, Value
from pipelift.compiler.reading.reach import OutOfReach


@module("shutil")
def shutil_module(it: Machine) -> Module:
    """`shutil`: copies land in the overlay."""
    names = {name: Model(f"shutil.{name}", _copy) for name in ("copy", "copy2", "copyfile", "move")}
    return partial_module(
        "shutil",
        {**names, "copytree": Model("shutil.copytree", _copy_tree), "rmtree": ignored("shutil.rmtree")},
    )


def _copy(call: LibraryCall, src: Value, dst: Value, *args: Value, **kwargs: Value) -> Value:
    data = read_bytes(call, str(src))
    name = str(src).rsplit("/", 1)[-1]
    into = f"{dst}/{name}" if call.outside.is_dir(str(dst)) else str(dst)
    target = str(call.outside.resolve(into))
    if isinstance(data, Unknown):
        call.outside.note_unknown(target, data, call.touch)
        return data
    call.outside.write(target, call.outside.note_content(str(src), data), call.touch)
    return into


def _copy_tree(call: LibraryCall, src: Value, dst: Value, *args: Value, **kwargs: Value) -> Value:
    root = call.outside.resolve(str(src))
    target = call.outside.resolve(str(dst))
    try:
        paths = call.outside.list_files_below(root, MAX_COPIED, meter.spend)
    except (OutOfReach, TooManyFiles) as refusal:
        unread = _explain(call, str(src), refusal)
        call.outside.note_unknown(str(target), unread, call.touch)
        return unread
    for path in paths:
        data = read_bytes(call, str(root / path))
        if isinstance(data, Unknown):
            call.outside.note_unknown(str(target / path), data, call.touch)
        else:
            content = call.outside.note_content(str(root / path), data)  # a tree is not held in memory
            call.outside.write(str(target / path), content, call.touch)
    return str(dst)


def _explain(call: LibraryCall, folder: str, refusal: OutOfReach | TooManyFiles) -> Unknown:
    if isinstance(refusal, OutOfReach):
        return out_of_reach(call, folder, refusal)
    return Unknown(f"pipelift does not copy '{folder}': {refusal}", call.span)


MAX_COPIED = 2_000
"""How many files one ``copytree`` copies into the overlay."""
