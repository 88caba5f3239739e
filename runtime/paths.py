"""Names that come from elsewhere as paths below a folder: nothing that they say leads out of it."""

import errno
import os


class Outside(OSError):
    """A name that is no path below its folder; the text is a sentence for people."""

    def __init__(self, name: str, root: str, why: str) -> None:
        super().__init__(errno.EPERM, "'{}' is no path below {}: {}".format(name, root, why))

    def __str__(self) -> str:
        return str(self.strerror)


def below(root: str, name: str) -> str:
    """The path of `name` (parts with ``/``, not empty) below the folder `root`. Raises `Outside`.

    A folder on the way may have been replaced by a link, so the parent has to lie below `root` really; the last
    part may be a link, which the caller does not follow.
    """
    parts = name.split("/")
    if "\0" in name or any(part in ("", os.curdir, os.pardir) for part in parts):
        raise Outside(name, root, "it climbs, or names nothing")
    path = os.path.join(root, *parts)
    if not is_in(os.path.dirname(path), root):
        raise Outside(name, root, "a link on the way leads elsewhere")
    return path


def is_in(path: str, root: str) -> bool:
    """Whether `path` really is `root` or lies below it: links are followed, what does not exist is taken as it is."""
    real, top = os.path.realpath(path), os.path.realpath(root)
    return real == top or real.startswith(top.rstrip(os.sep) + os.sep)


def is_component(name: object) -> bool:
    """Whether `name` is one component of a path: a text that names neither a folder above nor one below."""
    return isinstance(name, str) and name not in ("", os.curdir, os.pardir) and not set("/\0") & set(name)
