"""Metrics for MLflow too, where it has an address and the step's environment has mlflow."""

import atexit
import os
import re
from typing import Any, Callable, Dict, Optional, Set

from azureml import _context
from azureml._runtime import files
from azureml._runtime.contract import untrusted
from azureml.core._run_folders import RunFolders

_LONGEST = 200
_NOTE = "mlflow.json"

_senders: Dict[str, Optional["_Sender"]] = {}
_warnings: Set[str] = set()


def send(run: RunFolders, row: Dict[str, Any], path: Optional[str] = None) -> None:
    """Log one metric `row` of the `run` to MLflow as well; `path` is its file, for an image.

    Whatever goes wrong there is said once and never reaches the script.
    """
    key = run._own
    if key not in _senders:
        _senders[key] = _call_guarded(_Sender, run)
    sender = _senders[key]
    if sender is not None and _call_guarded(sender.log, row, path) is False:
        _senders[key] = None


def _call_guarded(function: Callable[..., Any], *arguments: Any) -> Any:
    """What the function returns: None where mlflow is not installed, or False after a failure, which is told."""
    try:
        return function(*arguments)
    except ImportError:
        return None
    except Exception as error:
        text = (str(error).splitlines() or [type(error).__name__])[0][:_LONGEST]
        if text not in _warnings:
            _warnings.add(text)
            _context.warn("MLflow does not take the metrics: {}".format(text))
        return False if function is not _Sender else None


class _Sender:
    """A run in MLflow for one step; processes of one script share it."""

    def __init__(self, run: RunFolders) -> None:
        from mlflow.tracking import MlflowClient

        self._client = MlflowClient()
        self._counts: Dict[str, int] = {}
        self._id = self._shared_run(run)

    def _shared_run(self, run: RunFolders) -> str:
        for folder in run._read():
            shared_id = (untrusted.read_json(os.path.join(folder, _NOTE)) or {}).get("run_id")
            if isinstance(shared_id, str):
                return shared_id
        context = _context.require("MLflow")
        experiment = self._client.get_experiment_by_name(context.experiment)
        number = (
            experiment.experiment_id if experiment else self._client.create_experiment(context.experiment)
        )
        tags = {
            "mlflow.runName": "{} ({})".format(context.name, context.run.id),
            "pipelift.run": context.run.id,
            "pipelift.step": getattr(run._place, "step_id", ""),
        }
        run_id: str = self._client.create_run(number, tags=tags).info.run_id
        files.write_json(os.path.join(run._own, _NOTE), {"run_id": run_id, "experiment_id": number})
        atexit.register(self._end)
        return run_id

    def _end(self) -> None:
        _call_guarded(self._client.set_terminated, self._id)

    def log(self, row: Dict[str, Any], path: Optional[str]) -> None:
        name = re.sub(r"[^\w\-. /]", "_", row["name"], flags=re.ASCII)
        value = row["value"]
        if path is not None:
            self._client.log_artifact(self._id, path, "images")
        elif _is_number(value):
            self._number(name, value, row.get("step"))
        elif isinstance(value, list) and value and all(_is_number(item) for item in value):
            for item in value:
                self._number(name, item, None)
        else:
            self._client.log_dict(
                self._id, {"name": row["name"], "value": value}, "metrics/{}.json".format(name)
            )

    def _number(self, name: str, value: Any, step: Any) -> None:
        count = self._counts.get(name, 0)
        self._counts[name] = count + 1
        self._client.log_metric(self._id, name, float(value), step=count if step is None else int(step))


def _is_number(value: object) -> bool:
    return isinstance(value, (bool, int, float)) or value in ("NaN", "Infinity", "-Infinity")
