"""The metrics of a run: one line each in metrics.jsonl, as they are logged."""

import json
import os
from typing import Any, Iterable, Optional

from azureml import _context
from azureml._plain import plain
from azureml._runtime import files
from azureml._runtime.contract import paths
from azureml.core._run_folders import RunFolders


class Logging(RunFolders):
    """What `Run` has to log with. No value makes a script fail."""

    def _log(self, kind: str, name: str, value: Any, image: Optional[str] = None, **more: Any) -> None:
        row = dict(more, kind=kind, name=str(name), value=plain(value, "metric '{}'".format(name)))
        if isinstance(row["value"], list) and kind == "scalar":
            row["kind"] = "list"
        row.update((key, _context.mask_data(item)) for key, item in row.items() if key != "kind")
        self._append(paths.METRICS_FILE, row)
        if os.environ.get("MLFLOW_TRACKING_URI"):
            from azureml.core import _mlflow  # not for scripts that send nothing there

            _mlflow.send(self, row, image)

    def log(self, name: str, value: Any, description: Optional[str] = "", step: Any = None) -> None:
        more = {} if step is None else {"step": plain(step, "step")}
        self._log("scalar", name, value, **more)

    def log_list(self, name: str, value: Iterable[Any], description: Optional[str] = "") -> None:
        self._log("list", name, list(value))

    def log_row(self, name: str, description: Optional[str] = None, **kwargs: Any) -> None:
        self._log("row", name, kwargs)

    def log_table(self, name: str, value: Any, description: Optional[str] = "") -> None:
        self._log("table", name, value)

    def log_predictions(self, name: str, value: Any, description: Optional[str] = "") -> None:
        self._log("predictions", name, _parse(value))

    def log_residuals(self, name: str, value: Any, description: Optional[str] = "") -> None:
        self._log("residuals", name, _parse(value))

    def log_accuracy_table(self, name: str, value: Any, description: Optional[str] = "") -> None:
        self._log("accuracy table", name, _parse(value))

    def log_confusion_matrix(self, name: str, value: Any, description: Optional[str] = "") -> None:
        self._log("confusion matrix", name, _parse(value))

    def log_image(
        self, name: str, path: Optional[str] = None, plot: Any = None, description: Optional[str] = ""
    ) -> None:
        """Keep an image file, or a matplotlib plot, with the run; the metric is its name there."""
        if getattr(self, "_place", None) is None:
            self._log("image", name, path or plot)
            return
        relative = "images/{}.png".format(_context.mask_data(str(name)).replace(os.sep, "_"))
        if path is not None and not os.path.isfile(path):
            _context.warn("log_image('{}'): there is no file {}".format(name, path))
            return
        target = os.path.join(self._own, *relative.split("/"))
        if path is not None:
            relative = os.path.splitext(relative)[0] + os.path.splitext(path)[1]
            files.copy(path, os.path.join(self._own, *relative.split("/")))
        elif hasattr(plot, "savefig"):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            plot.savefig(target)
        else:
            _context.warn("log_image('{}'): give path= or plot=".format(name))
            return
        self._log("image", name, relative, image=os.path.join(self._own, *relative.split("/")))


def _parse(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
