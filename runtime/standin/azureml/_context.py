"""What the launcher has told this process about its run, from the file that PIPELIFT_CONTEXT names."""

import os
import sys
from typing import Any, Dict, List, Optional, Tuple

from azureml._runtime import files, masking, records
from azureml._runtime.contract import untrusted
from azureml.exceptions import UserErrorException

Entries = List[Tuple[str, str]]
"""Files: the name of each in its folder or dataset, and its full path."""

_read: Dict[str, Optional["Context"]] = {}


class Context:
    """The run of this process, and the folders that belong to it."""

    def __init__(self, data: Dict[str, Any]) -> None:
        self.run = records.Run(data["state"], data["run"])
        self.place = self.run.step(data["step"])
        self.name: str = data["name"]
        self.experiment: str = data["experiment"]
        self.kept: bool = data["kept"]
        self.work: str = data["work"]
        self.stores: Dict[str, str] = data["stores"]
        self.remotes = frozenset(data["remotes"])
        self.default_store: str = data["default_store"]
        self.inputs: Dict[str, Dict[str, Any]] = data["inputs"]
        self.outputs: Dict[str, str] = data["outputs"]
        self.datasets: List[Dict[str, Any]] = data["datasets"]
        self.mask = masking.Mask(os.environ[name] for name in data["secrets"] if name in os.environ)
        self.mask.note(_secret_arguments(data))

    @property
    def state(self) -> str:
        return self.run.state


def _secret_arguments(data: Dict[str, Any]) -> List[str]:
    """Those of the step's script; a program that the script starts has arguments of its own."""
    words = list(getattr(sys, "argv", ()))
    if not words or not data["script"] or os.path.basename(words[0]) != os.path.basename(data["script"]):
        return []
    return [words[place] for place in data["secret_arguments"] if place < len(words)]


def current() -> Optional[Context]:
    """The context of this process; None where the script was not started by pipelift."""
    path = os.environ.get("PIPELIFT_CONTEXT", "")
    if path not in _read:
        data = untrusted.read_json(path) if path else None
        _read[path] = Context(data) if data is not None else None
    return _read[path]


def require(call: str) -> Context:
    """The context of this process. Raises `UserErrorException` where there is none."""
    context = current()
    if context is None:
        raise UserErrorException(
            "{} needs a run: start the script through its pipeline, with `pipelift run`".format(call)
        )
    return context


def files_of(path: str, call: str) -> Entries:
    """The files of a folder that the script names, as (name, full path); links may show what lies in it, or the step's
    data. Raises `UserErrorException` for another link."""
    context = current()
    within = list(context.stores.values()) + [context.place.inputs] if context is not None else []
    try:
        return files.listing(path, within)
    except files.LeadsOut as error:
        raise UserErrorException("{}('{}'): {}".format(call, path, error))


def mask_data(value: Any) -> Any:
    """JSON data as it may be written down or sent: without the secrets of this process."""
    context = current()
    return value if context is None else context.mask.data(value)


def note_secret(variable: str) -> None:
    """Note that a variable is a secret, here and for the launcher, which reads what the script prints."""
    context = current()
    if context is not None:
        files.append_line(os.path.join(context.place.folder, masking.ASKED), {"variable": variable})
        context.mask.note([os.environ[variable]])


def warn(text: str) -> None:
    """Say something to the person who reads the log."""
    sys.stderr.write("pipelift: {}\n".format(text))
    sys.stderr.flush()
