"""Locks on files: by them the living are told from the dead, at a run, at an attempt, at a mirror."""

import fcntl
import os
from typing import Optional

from . import untrusted


def try_lock(descriptor: int) -> Optional[bool]:
    """Whether the lock of an open file or folder is ours from now on; None where the file system has no locks."""
    return _try_flock(descriptor, fcntl.LOCK_EX)


def is_locked(path: str) -> bool:
    """Whether a living process holds the lock on the file `path`. Two that ask do not take each other for one."""
    try:
        descriptor = untrusted.open_regular(path)
    except OSError:
        return False
    try:
        return _try_flock(descriptor, fcntl.LOCK_SH) is False
    finally:
        os.close(descriptor)


def _try_flock(descriptor: int, kind: int) -> Optional[bool]:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
