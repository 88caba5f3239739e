"""The files of a run: what the script uploads, and what it leaves in its ``outputs`` and ``logs``."""

import os
import shutil
from typing import Any, Iterable, List, Optional, Set

from azureml import _context
from azureml._runtime import files, records
from azureml._runtime.contract.paths import COLLECTED, UPLOADS
from azureml.core._run_folders import RunFolders
from azureml.exceptions import UserErrorException

_KEPT = COLLECTED + ("images", UPLOADS)


class RunFiles(RunFolders):
    """What `Run` has to keep files with."""

    def _target(self, name: str, folder: Optional[str] = None) -> str:
        """Where an uploaded file goes; names outside the service's own folders go below ``uploads``."""
        parts = [
            part for part in _context.mask_data(name).replace("\\", "/").split("/") if part not in ("", ".")
        ]
        if not parts or ".." in parts:
            raise UserErrorException("'{}' is no name for a file of a run".format(name))
        if parts[0] not in COLLECTED:
            parts.insert(0, UPLOADS)
        return os.path.join(folder or self._own, *parts)

    def _folders(self) -> List[str]:
        """Where the run's files are: a run that was reused has those of the run that it stands for."""
        folders = self._read()
        origin = self._record.get("reused_from")
        if origin is not None and isinstance(self._place, records.StepPlace):
            folders.append(records.Run(self._place.run.state, origin["run"]).step(origin["step"]).folder)
        return folders

    def _find_file(self, name: str) -> str:
        """The file or folder of the run that `name` means. Raises `UserErrorException`."""
        for folder in self._folders():
            if os.path.exists(self._target(name, folder)):
                return self._target(name, folder)
        if self._place is _context.require("Run").place or self._is_current():
            local = os.path.join(_context.require("Run").work, name)
            if os.path.exists(local):
                return local
        raise UserErrorException("the run {} has no file or folder '{}'".format(self.id, name))

    def _is_current(self) -> bool:
        return self._place.folder == _context.require("Run").place.folder

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: Optional[str] = None) -> None:
        target = self._target(name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if hasattr(path_or_stream, "read"):
            data = path_or_stream.read()
            with open(target, "wb") as file:
                file.write(data.encode("utf-8") if isinstance(data, str) else data)
        else:
            shutil.copyfile(path_or_stream, target)

    def upload_files(
        self,
        names: Iterable[str],
        paths: Iterable[str],
        return_artifacts: bool = False,
        timeout_seconds: Optional[float] = None,
        datastore_name: Optional[str] = None,
    ) -> None:
        for name, path in zip(names, paths):
            self.upload_file(name, path)

    def upload_folder(self, name: str, path: str, datastore_name: Optional[str] = None) -> None:
        for relative, full in _context.files_of(path, "upload_folder"):
            self.upload_file("{}/{}".format(name, relative), full)

    def get_file_names(self) -> List[str]:
        names: Set[str] = set()
        for top in _KEPT:
            prefix = "" if top == UPLOADS else top + "/"
            for folder in self._folders():
                entries = files.contents(os.path.join(folder, top))
                names.update(prefix + name for name, _ in entries)
        return sorted(names)

    def download_file(
        self, name: str, output_file_path: Optional[str] = None, _validate_checksum: bool = False
    ) -> None:
        target = output_file_path or os.path.basename(name)
        if os.path.isdir(target):
            target = os.path.join(target, os.path.basename(name))
        files.copy(self._find_file(name), os.path.abspath(target))

    def download_files(
        self,
        prefix: Optional[str] = None,
        output_directory: Optional[str] = None,
        append_prefix: bool = True,
        **kwargs: Any,
    ) -> None:
        for name in self.get_file_names():
            if not name.startswith(prefix or ""):
                continue
            relative = name if append_prefix else name[len(prefix or "") :].lstrip("/")
            self.download_file(name, os.path.join(output_directory or os.curdir, relative))
