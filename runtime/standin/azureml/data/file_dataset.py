"""`FileDataset`: files, to be copied or read where they are."""

import os
import tempfile
from typing import Any, List, Optional

from azureml._context import Entries
from azureml._runtime import files
from azureml._uncovered import Covered
from azureml.data.abstract_dataset import AbstractDataset
from azureml.exceptions import UserErrorException


class FileDataset(AbstractDataset):
    def to_path(self) -> List[str]:
        """The files' paths in the dataset, each with a slash in front."""
        return ["/" + name for name, _ in self._entries]

    def download(
        self, target_path: Optional[str] = None, overwrite: bool = False, ignore_not_found: bool = False
    ) -> List[str]:
        """Copy the files to `target_path`; returns their new paths."""
        folder = os.path.abspath(target_path) if target_path else tempfile.mkdtemp()
        copied = []
        for name, path in self._entries:
            target = os.path.join(folder, *name.split("/"))
            if os.path.exists(target) and not overwrite:
                raise UserErrorException("'{}' exists already; say overwrite=True".format(target))
            files.copy(path, target)
            copied.append(target)
        return copied

    def mount(self, mount_point: Optional[str] = None, **kwargs: Any) -> "_Mount":
        return _Mount(self._entries, mount_point)

    def take(self, count: int) -> "FileDataset":
        return self._with(_entries=self._entries[:count], _places=[])

    def skip(self, count: int) -> "FileDataset":
        return self._with(_entries=self._entries[count:], _places=[])


class _Mount(Covered):
    """A folder of links to the files, there between `start` and `stop`."""

    def __init__(self, entries: Entries, mount_point: Optional[str]) -> None:
        self._entries = entries
        self.mount_point = os.path.abspath(mount_point) if mount_point else tempfile.mkdtemp()

    def start(self) -> None:
        for name, path in self._entries:
            link = os.path.join(self.mount_point, *name.split("/"))
            os.makedirs(os.path.dirname(link), exist_ok=True)
            if not os.path.lexists(link):
                os.symlink(path, link)

    def stop(self) -> None:
        for name, _ in self._entries:
            link = os.path.join(self.mount_point, *name.split("/"))
            if os.path.islink(link):
                os.unlink(link)

    def __enter__(self) -> "_Mount":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
