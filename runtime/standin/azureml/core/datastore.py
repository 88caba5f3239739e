"""`Datastore`: a folder where the pipeline's configuration has put a store."""

import os
import shutil
from typing import Any, Iterable, Optional, Tuple

from azureml import _context
from azureml._runtime.contract.untrusted import is_in
from azureml._uncovered import Covered
from azureml.data.datapath import DataPath
from azureml.exceptions import UserErrorException


class Datastore(Covered):
    """``Datastore(workspace, name)`` and ``Datastore.get(workspace, name)`` give the same."""

    datastore_type = "AzureBlob"

    def __init__(self, workspace: Any, name: Optional[str] = None) -> None:
        context = _context.require("Datastore")
        self.workspace = workspace
        self.name = name or context.default_store
        self.container_name = self.account_name = self.name
        self._folder = _folder(context, self.name)

    @staticmethod
    def get(workspace: Any, datastore_name: str) -> "Datastore":
        return Datastore(workspace, datastore_name)

    @staticmethod
    def get_default(workspace: Any) -> "Datastore":
        return Datastore(workspace)

    def path(self, path: Optional[str] = None, data_reference_name: Optional[str] = None) -> DataPath:
        return DataPath(self, path or "")

    def upload(
        self,
        src_dir: str,
        target_path: Optional[str] = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> DataPath:
        """Copy the content of a folder into the store; files that are there stay, unless `overwrite`."""
        return self._upload(_context.files_of(src_dir, "Datastore.upload"), target_path, overwrite)

    def upload_files(
        self,
        files: Iterable[str],
        relative_root: Optional[str] = None,
        target_path: Optional[str] = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> DataPath:
        """Copy files into the store, under their paths from `relative_root` (else under their names)."""
        entries = [
            (os.path.relpath(path, relative_root) if relative_root else os.path.basename(path), path)
            for path in files
        ]
        return self._upload(entries, target_path, overwrite)

    def _upload(
        self, entries: Iterable[Tuple[str, str]], target_path: Optional[str], overwrite: bool
    ) -> DataPath:
        self._refuse("upload to", "an output of the step (OutputFileDatasetConfig with this destination)")
        for name, path in entries:
            target = self._inside(os.path.join(target_path or "", name))
            if overwrite or not os.path.exists(target):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copyfile(path, target)
        return DataPath(self, target_path or "")

    def download(
        self,
        target_path: str,
        prefix: Optional[str] = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> int:
        """Copy what lies under `prefix` to `target_path`; returns the number of files."""
        self._refuse("download from", "an input of the step")
        count = 0
        for name, path in _context.files_of(self._folder, "Datastore.download"):
            if not name.startswith((prefix or "").lstrip("/")):
                continue
            target = os.path.join(target_path, *name.split("/"))
            if overwrite or not os.path.exists(target):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copyfile(path, target)
                count += 1
        return count

    def _refuse(self, action: str, instead: str) -> None:
        """The launcher logs in to a store behind a URL, the script does not."""
        if self.name in _context.require("Datastore").remotes:
            message = "a script cannot {} datastore '{}', which is behind a URL: make the data {} in the pipeline file"
            raise UserErrorException(message.format(action, self.name, instead))

    def _inside(self, path: str) -> str:
        target = os.path.normpath(os.path.join(self._folder, path.lstrip("/")))
        if not is_in(target, self._folder):  # a link in the store may lead out of it, too
            raise UserErrorException("'{}' is no path below datastore '{}'".format(path, self.name))
        return target


def _folder(context: _context.Context, name: str) -> str:
    if name in context.stores:
        return context.stores[name]
    beside = os.path.dirname(context.stores.get(context.default_store, ""))
    folder = os.path.join(beside, name)
    if beside and os.path.isdir(folder):
        return folder
    message = "no datastore '{0}' is known: say in pipelift.toml where it is: [stores.{0}] url = \"FOLDER\""
    raise UserErrorException(message.format(name))
