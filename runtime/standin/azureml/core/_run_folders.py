"""Where what is told of a run lies: a step writes only into its own folder, also what it says of the whole run."""

import os
import time

from azureml import _context
from azureml._runtime import files, records


class RunFolders:
    """What `Run` reads from and writes to."""

    @property
    def _own(self):
        """The folder that this process writes to: for the whole run one in that of its step, as for the launcher."""
        place, own = self._place, _context.required("Run").place
        is_ours = isinstance(place, records.Run) and place.id == own.run.id
        return own.of_run if is_ours else place.folder

    def _read(self):
        """The folders with what was told of the run: of the whole one by any of its steps."""
        place = self._place
        steps = [place.step(step).of_run for step in place.step_ids] if isinstance(place, records.Run) else []
        return steps + [place.folder]

    def _rows(self, name):
        rows = [row for folder in self._read() for row in files.read_lines(os.path.join(folder, name))]
        return sorted(rows, key=lambda row: row["time"] if isinstance(row.get("time"), float) else 0.0)

    def _append(self, name, row):
        if isinstance(self._place, records.Run):
            row = dict(row, time=time.time())  # the steps' lines are put in order by it
            os.makedirs(self._own, exist_ok=True)
        files.append_line(os.path.join(self._own, name), row)
