"""Files that are written whole or not at all."""

import os
import time
from typing import Union

_HALF = ".tmp"
_ABANDONED = 600.0


def token() -> str:
    """A random name, 16 hex digits. (`uuid` and `secrets` cost more to import than a step may.)"""
    return os.urandom(8).hex()


def half_of(path: str) -> str:
    """A name beside `path` for what becomes it when it is whole."""
    return "{}.{}{}".format(path, token(), _HALF)


def is_abandoned(path: str) -> bool:
    """Whether `path` is what a killed process of ours was writing: nobody has for ten minutes. Raises `OSError`."""
    return path.endswith(_HALF) and time.time() - os.lstat(path).st_mtime > _ABANDONED


def write_whole(path: str, data: bytes, durable: bool = False) -> None:
    """Write `data` so that a reader sees all of it or none; `durable` also survives a loss of power."""
    temporary = half_of(path)
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def write_text(path: Union[str, "os.PathLike[str]"], text: str) -> None:
    """Write `text` as UTF-8, whole or not at all; what cannot be encoded becomes ``?``. Raises `OSError`."""
    write_whole(os.fspath(path), text.encode("utf-8", "replace"))
