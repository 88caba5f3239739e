"""Where what is told of a run lies: a step writes only into its own folder, also what it says of the whole run."""

import os
import time
from typing import Any, Dict, List, Union

from azureml import _context
from azureml._runtime import files, records
from azureml._runtime.contract import paths
from azureml._runtime.contract.record import Record, read_record


class ChildPlace:
    """The folder of a run that a script has made below its own, in the folder of that one."""

    def __init__(self, parent: str, run_id: str) -> None:
        self.folder = os.path.join(parent, "children", paths.file_name(run_id))
        os.makedirs(self.folder, exist_ok=True)


Place = Union[records.Run, records.StepPlace, ChildPlace]


def find_place(state: str, run_id: str) -> Place:
    """Where a run lies: a step's id is its run's, an underscore, and the step's."""
    whole = records.Run(state, run_id)
    for cut in [index for index, sign in enumerate(run_id) if sign == "_"]:
        run = records.Run(state, run_id[:cut])
        if run_id[cut + 1 :] in run.step_ids:
            return run.step(run_id[cut + 1 :])
    return whole


class RunFolders:
    """What `Run` reads from and writes to."""

    id: str
    _place: Place

    @property
    def _record(self) -> Record:
        """How the step has ended: empty before, and for other runs. What has not a record's form is left out."""
        if isinstance(self._place, records.StepPlace):
            return read_record(self._place.record) or {}
        return {}

    @property
    def _own(self) -> str:
        """The folder that this process writes to: for the whole run one in that of its step, as for the launcher."""
        place, own = self._place, _context.require("Run").place
        is_ours = isinstance(place, records.Run) and place.id == own.run.id
        return own.of_run if is_ours else place.folder

    def _read(self) -> List[str]:
        """The folders with what was told of the run: of the whole one by any of its steps."""
        place = self._place
        steps = [place.step(step).of_run for step in place.step_ids] if isinstance(place, records.Run) else []
        return steps + [place.folder]

    def _rows(self, name: str) -> List[Dict[str, Any]]:
        rows = [row for folder in self._read() for row in files.read_lines(os.path.join(folder, name))]
        return sorted(rows, key=lambda row: row["time"] if isinstance(row.get("time"), float) else 0.0)

    def _append(self, name: str, row: Dict[str, Any]) -> None:
        if isinstance(self._place, records.Run):
            row = dict(row, time=time.time())  # the steps' lines are put in order by it
            os.makedirs(self._own, exist_ok=True)
        files.append_line(os.path.join(self._own, name), row)
