"""Who may read the state folder: what runs leave in it holds values, and is for its owner alone."""

import os
import stat
from contextlib import suppress

from . import files
from .contract import paths

FOLDERS = (
    paths.CURRENT,
    paths.DATASETS,
    paths.DESKS,
    paths.DIGESTS,
    paths.IMAGES,
    paths.MLRUNS,
    paths.MODELS,
    paths.OPEN,
    paths.PARTS,
    paths.REUSE,
    paths.RUNS,
    paths.SNAPSHOTS,
    paths.MIRRORS,
)
"""All that pipelift makes in the state folder, but ``stores``: data there are the user's, who says who reads them."""

_BEFORE = ("attempts",)
"""What an earlier version has made."""
_BESIDE = (".gitignore", paths.SEAL, paths.SECRETS, paths.STORES) + _BEFORE
"""What else a state folder may hold."""


class NotOurs(OSError):
    """A link in the place of the state folder leads to a folder of somebody else."""


def close(state: str) -> None:
    """Make the folders of a state folder, and keep others out of those that are there; whatever the umask is.

    Folders of another owner stay as they are: that one closes them. Raises `OSError`: also where the state folder is
    a link, which may have come with the project, to a folder that holds anything but a state.
    """
    if os.path.islink(state) and os.path.isdir(state):
        others = sorted(set(os.listdir(state)) - set(FOLDERS) - set(_BESIDE))
        if others:
            raise NotOurs("{} is a link to a folder that holds '{}'".format(state, others[0]))
    files.make_folder(state)
    for name in _BEFORE:
        if os.path.lexists(os.path.join(state, name)):
            _close_folder(os.path.join(state, name))
    for name in FOLDERS:
        path = os.path.join(state, name)
        try:  # each step asks, and to ask costs less than to make it
            _close_folder(path)
        except FileNotFoundError:
            with suppress(FileExistsError):  # a step beside this one was first
                os.mkdir(path, 0o700)


def _close_folder(path: str) -> None:
    """Raises `OSError`."""
    status = os.lstat(path)
    is_open = stat.S_ISDIR(status.st_mode) and status.st_mode & 0o077
    if is_open and os.geteuid() in (0, status.st_uid):
        os.chmod(path, stat.S_IMODE(status.st_mode) & 0o700)
