"""`get_ipython()` and `IPython`: what a notebook's magics do that the rest of the program sees."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from pipelift.compiler.evaluate.library.dotenv import Reading, load_dotenv
from pipelift.compiler.evaluate.library.environ import environ_of
from pipelift.compiler.evaluate.library.models import ignored, partial_module
from pipelift.compiler.evaluate.library.os import change_folder
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Model, Modelled, ModelledClass, Module, Unknown, Value


class Shell(Modelled):
    """The notebook's shell."""

    sdk_name = "IPython.InteractiveShell"
    pure = True

    def __init__(self, call: LibraryCall) -> None:
        self.span = call.span

    def system(self, call: LibraryCall, command: Value) -> Value:
        """``!command``: not run."""
        return None

    def getoutput(self, call: LibraryCall, command: Value) -> Value:
        """``x = !command``: not run."""
        return Unknown("the output of a shell command is not known", call.span)

    def run_line_magic(self, call: LibraryCall, name: Value, line: Value = "", *args: Value) -> Value:
        """``%name line``: those that set variables or the folder are followed."""
        words = str(line).strip()
        if name in ("env", "set_env") and words:
            key, separator, value = words.partition("=")
            if not separator:
                key, _, value = words.partition(" ")
            if value:
                environ_of(call.machine).set_item(call, key.strip(), value.strip())
        elif name == "cd" and words:
            change_folder(call, words.strip("'\""))
        elif name == "dotenv":
            override = "-o" in words.split()
            load_dotenv(call, " ".join(word for word in words.split() if word != "-o"), Reading(override))
        return Unknown(f"what %{name} gives is not known", call.span)

    magic = run_line_magic

    def run_cell_magic(self, call: LibraryCall, name: Value, line: Value, cell: Value) -> Value:
        """``%%writefile PATH``, as exported notebooks spell it."""
        if name in ("writefile", "file") and isinstance(line, str) and isinstance(cell, str):
            append = "-a " in f"{line} "
            target = line.replace("-a ", "").strip().strip("'\"")
            write_cell(call.machine, target, cell, append=append)
        return None


def write_cell(it: Machine, path: str, text: str, *, append: bool) -> None:
    """Make a cell that writes a file do so, in the overlay; ``$name`` and ``{name}`` in its path are variables."""

    def substitute(match: re.Match[str]) -> str:
        variable = it.main_names.get(match[1] or match[2])
        return str(variable) if isinstance(variable, (str, int, PurePosixPath)) else match[0]

    absolute = str(it.outside.resolve(re.sub(r"\$(\w+)|\{(\w+)\}", substitute, path)))
    before = b""
    if append and it.outside.refusal(absolute) is not None:
        it.outside.note_unknown(absolute, Unknown(f"what '{path}' held is not known"), it.journal.touch)
    if append and it.outside.is_file(absolute):
        before = it.outside.read(absolute)
    it.outside.write(absolute, before + text.encode("utf-8", "surrogateescape"), it.journal.touch)


GET_IPYTHON = ModelledClass("get_ipython", Shell)


@module("IPython", "IPython.core", "IPython.core.display", "IPython.display")
def ipython_module(it: Machine) -> Module:
    """`IPython` and `IPython.display`."""
    names = ("display", "clear_output", "HTML", "Image", "Markdown", "JSON")
    members: dict[str, Value] = {name: ignored(f"IPython.{name}") for name in names}
    members["get_ipython"] = GET_IPYTHON
    module = partial_module("IPython", members)
    members["display"] = Model("display", lambda call, *args, **kwargs: None, True, attributes=dict(members))
    return module
