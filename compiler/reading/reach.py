"""Which files may be read while a pipeline is: those of its project, and of folders that the user allows.

A pipeline file is read before anybody trusts it, and what it reads ends in artifacts, images and logs. So a path counts
by where it really leads: through ``..``, links and absolute paths.
"""

from __future__ import annotations

import errno
import os
import shlex
import stat
from collections.abc import Iterable
from pathlib import Path, PurePath
from types import ModuleType
from typing import BinaryIO

from pipelift.runtime.contract.untrusted import SAFE_FLAGS

_CLOSED = ("/proc", "/sys", "/dev", "/run")
"""Folders of the system's own state and processes: no project holds them, though ``/`` does."""

_AT_THE_TOP = (
    *(".gitignore", ".gitattributes", ".github", ".gitlab-ci.yml", ".pre-commit-config.yaml"),
    *("LICENSE", "LICENSE.md", "LICENSE.txt", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md"),
    *("azure-pipelines.yml", "pyproject.toml", "setup.cfg", "setup.py"),
)
"""Files that mark the top of a repository that was copied without its ``.git``."""

_SHARED = stat.S_ISVTX | stat.S_IWOTH


class OutOfReach(PermissionError):
    """What lies outside the project; `allow` is the option that would let it be read."""

    def __init__(self, folder: str) -> None:
        self.allow = f"--allow-read {shlex.quote(folder)}"
        super().__init__(errno.EACCES, f"it lies outside the project ({self.allow} lets it be read)")


class Reach:
    """The folders that may be read, with all that is really below them."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self._home = os.path.realpath(os.path.expanduser("~"))
        self._roots = tuple(dict.fromkeys(os.path.realpath(root) for root in roots))

    def holds(self, path: str | Path) -> bool:
        """Whether `path` really leads into one of the folders; what is closed must be one of them itself."""
        try:
            return self.holds_real(os.path.realpath(path))
        except (OSError, ValueError):  # a null byte, a loop that the system refuses
            return False

    def holds_real(self, real: str) -> bool:
        """As `holds`, of a path without links."""
        closed = self._find_closed_folder(real)
        return any(
            is_within(real, root) and (closed is None or is_within(root, closed)) for root in self._roots
        )

    def refusal(self, path: str | Path, *, folder: bool = False) -> OutOfReach | None:
        """Why `path`, a file or a `folder`, is not read; None where it may be."""
        if self.holds(path):
            return None
        try:
            real = os.path.realpath(path)
        except (OSError, ValueError):  # as in `holds`: it names nothing, inside or outside
            return None
        system = _find_system_folder(
            real
        )  # the way to a process's own entry differs from one process to the next
        return OutOfReach(system or (real if folder else os.path.dirname(real)))

    def read(self, path: str | Path, limit: int) -> bytes:
        """The bytes of a regular file of at most `limit` bytes. Raises `OSError`, `OutOfReach` among them."""
        refusal = self.refusal(path)
        if refusal is not None:
            raise refusal
        return read_regular(path, limit)

    def _find_closed_folder(self, real: str) -> str | None:
        """The closed folder that holds `real`: one of the system's, or a hidden one of the home folder."""
        inside = PurePath(real).relative_to(self._home).parts if is_within(real, self._home) else ()
        if inside and inside[0].startswith("."):
            return os.path.join(self._home, inside[0])
        return _find_system_folder(real)


def project_root(folder: Path) -> Path:
    """The project of the pipeline in `folder`: the repository that holds it, else the folder itself.

    The repository is the next folder with a ``.git``; of a copy without one (an archive, an image) the outermost with
    a file that stands at the top of repositories. The home folder and ``/`` are not the project of what
    lies below, since many keep their settings in a repository there; nor is a folder that everybody may write to.
    """
    real = Path(os.path.realpath(folder))
    home = Path(os.path.realpath(os.path.expanduser("~")))
    root = real
    for parent in (real, *real.parents):
        if parent != real and (parent in (home, Path(parent.anchor)) or _is_writable_by_all(parent)):
            break
        if os.path.lexists(parent / ".git"):
            return parent
        if any(os.path.lexists(parent / name) for name in _AT_THE_TOP):
            root = parent
    return root


def _is_writable_by_all(folder: Path) -> bool:
    """Whether it is a folder such as ``/tmp``: all may write there, and keep what they write."""
    try:
        return os.stat(folder).st_mode & _SHARED == _SHARED
    except OSError:
        return False


def read_regular(path: str | Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes, wherever it lies. Raises `OSError`."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        data = b"" if size > limit else file.read(size + 1) or b""  # takes as much memory as it is asked for
        if len(data) > size:  # a file that grows, or one of /proc, which says that it has none
            data += file.read(limit + 1 - len(data)) or b""
    if max(size, len(data)) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit // 1_000_000} MB")
    return data


def open_regular(path: str | Path) -> BinaryIO:
    """A regular file, open for reading; anything else is refused before a read could block. Raises `OSError`."""
    try:
        real = os.path.realpath(path)
        _check_regular(os.lstat(real).st_mode)  # opening a device may already do something
        handle = os.open(real, os.O_RDONLY | SAFE_FLAGS)
    except ValueError as error:  # a null byte
        raise FileNotFoundError(errno.ENOENT, str(error)) from None
    file = os.fdopen(handle, "rb")
    try:
        _check_regular(os.fstat(handle).st_mode)  # it may have been replaced since
    except OSError:
        file.close()
        raise
    return file


def _check_regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise IsADirectoryError(errno.EISDIR, "It is no file")


def _find_system_folder(real: str) -> str | None:
    return next((folder for folder in _CLOSED if is_within(real, folder)), None)


def is_within(path: str, folder: str, system: ModuleType = os.path) -> bool:
    """Whether `path` is `folder` or lies below it; no link is followed. Both are normal, as ``realpath`` leaves them.

    `system` is the module of path rules: `posixpath` or `ntpath`, by default that of the machine.
    """
    inner, outer = system.normcase(path), system.normcase(folder).rstrip(system.sep)
    return bool(inner == outer or inner.startswith(outer + system.sep))


def relative_path(path: str | Path, folder: str | Path, system: ModuleType = os.path) -> str:
    """`path` as seen from `folder`, with ``/`` on every system; absolute where Windows has them on two drives.

    `system` is the module of path rules: `posixpath` or `ntpath`, by default that of the machine.
    """
    try:
        relative: str = system.relpath(path, folder)
    except ValueError:  # two drives
        relative = system.abspath(path)
    return relative.replace(system.sep, "/")
