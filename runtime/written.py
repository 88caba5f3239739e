"""Outputs that the pipeline wants at a path of the machine: ``output_path_on_compute`` and ``source`` of the SDK."""

import os
from typing import List

from . import files
from .contract import untrusted
from .errors import OUTPUT, LauncherError
from .outputs import Output, Staging


def open_places(staging: Staging, work: str) -> None:
    """Make the places where the script is to write them. Raises `LauncherError`.

    One outside the script's folder `work` has to be empty: what lies there is somebody else's, or another run's.
    """
    for output in _written_elsewhere(staging):
        if not untrusted.is_in(output.written, work) and _is_taken(output.written):
            message = "output '{}': '{}', where the script is to write it, is not empty: clear it away first"
            raise LauncherError(OUTPUT, message.format(output.name, output.written))
        try:
            made = output.written if output.port["create"] else os.path.dirname(output.written)
            os.makedirs(made, exist_ok=True)
        except OSError as error:
            message = "output '{}': no place can be made at '{}': {}"
            raise LauncherError(OUTPUT, message.format(output.name, output.written, error.strerror))


def bring_in(staging: Staging, work: str) -> None:
    """Take what the script has left in those places to where outputs are published from, also after a failure: the
    next run finds them empty. Raises `LauncherError`, `OSError`."""
    for output in _written_elsewhere(staging):
        if output.written.startswith(work + os.sep) and not untrusted.is_in(
            os.path.dirname(output.written), work
        ):
            message = "output '{}': a link on the way to '{}' leads out of the script's folder"
            raise LauncherError(OUTPUT, message.format(output.name, output.written))
        if os.path.lexists(output.written):
            files.remove(output.staged)
            files.move(output.written, output.staged)


def _written_elsewhere(staging: Staging) -> List[Output]:
    return [output for output in staging.outputs.values() if output.written != output.staged]


def _is_taken(path: str) -> bool:
    """Whether something is there that is more than an empty folder."""
    return os.path.lexists(path) and (
        os.path.islink(path) or not os.path.isdir(path) or bool(os.listdir(path))
    )
