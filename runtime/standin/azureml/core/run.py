"""`Run`: what a script tells of itself, and asks about its run."""

import os
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    NoReturn,
    Optional,
    Sequence,
)

from azureml import _context
from azureml._plain import plain
from azureml._runtime import files, metrics, records
from azureml._runtime.contract import paths, untrusted
from azureml._runtime.contract.files import token
from azureml._uncovered import Covered
from azureml.core._events import Events
from azureml.core._logging import Logging
from azureml.core._run_files import RunFiles
from azureml.core._run_folders import ChildPlace, find_place
from azureml.core._tags import Asked, has_tags
from azureml.exceptions import RunEnvironmentException, UserErrorException

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.model import Model


_STATUS = {"completed": "Completed", "reused": "Completed", "failed": "Failed", "cancelled": "Canceled"}


class Run(RunFiles, Logging, Events, Covered):
    """A run of a step, or the run of the pipeline that the step belongs to (``run.parent``).

    ``Run(experiment, run_id)`` and ``Run.get(workspace, run_id)`` give other runs, to be read.
    """

    def __init__(
        self, experiment: Optional["Experiment"], run_id: str, outputs: Any = None, **kwargs: Any
    ) -> None:
        context = _context.require("Run")
        self._experiment = experiment
        self._place = kwargs.get("_place") or find_place(context.state, run_id)
        self.id = run_id
        self.number = 1

    @classmethod
    def get_context(
        cls, allow_offline: bool = True, used_for_context_manager: bool = False, **kwargs: Any
    ) -> "Run":
        """The run of this process; without pipelift an offline run that prints what it is given."""
        context = _context.current()
        if context is not None:
            return _SubmittedRun(None, context.place.id, _place=context.place)
        if not allow_offline:
            raise RunEnvironmentException("Could not load a submitted run: the script was started by hand.")
        return _OfflineRun()

    @staticmethod
    def get(workspace: Any, run_id: str) -> "Run":
        return Run(None, run_id)

    @property
    def experiment(self) -> "Experiment":
        from azureml.core.experiment import Experiment
        from azureml.core.workspace import Workspace

        return self._experiment or Experiment(Workspace())

    @property
    def name(self) -> str:
        return self._record.get("name") or getattr(self._place, "step_id", None) or self.id

    @property
    def display_name(self) -> str:
        return self.name

    @property
    def type(self) -> str:
        return "azureml.StepRun" if isinstance(self._place, records.StepPlace) else "azureml.PipelineRun"

    @property
    def parent(self) -> Optional["Run"]:
        if not isinstance(self._place, records.StepPlace):
            return None
        return Run(self._experiment, self._place.run.id, _place=self._place.run)

    @property
    def status(self) -> str:
        if not isinstance(self._place, records.Run):
            return _STATUS.get(self._record.get("status", ""), "Running")
        status = (untrusted.read_json(os.path.join(self._place.folder, paths.RUN_FILE)) or {}).get("status")
        return _STATUS.get(status, "Running") if isinstance(status, str) else "Running"

    def get_status(self) -> str:
        return self.status

    def get_details(self) -> Dict[str, Any]:
        return {
            "runId": self.id,
            "status": self.status,
            "properties": self.properties,
            "tags": self.tags,
            "inputDatasets": self._recorded_datasets(),
        }

    def _recorded_datasets(self) -> List[Dict[str, Any]]:
        """The datasets that a step which has ended was bound to, as the service tells them."""
        from azureml.core.dataset import recorded_dataset

        bound = (self._record.get("made_of") or {}).get("datasets", {})
        return [
            {"dataset": recorded_dataset(identity), "consumptionDetails": {"inputName": port}}
            for port, identity in sorted(bound.items())
        ]

    def get_metrics(
        self,
        name: Optional[str] = None,
        recursive: bool = False,
        run_type: Optional[str] = None,
        populate: bool = False,
    ) -> Dict[str, Any]:
        """What was logged, by name; with `recursive`, by the steps too."""
        rows = self._rows(paths.METRICS_FILE)
        if not rows and self._record.get("status") == "reused":
            values = self._record.get("metrics") or {}
        else:
            values = metrics.collect([dict(row, value=_special(row.get("value"))) for row in rows])
        if recursive:
            for child in self.get_children():
                for key, value in child.get_metrics().items():
                    values.setdefault(key, value)
        return values if name is None else {key: value for key, value in values.items() if key == name}

    def get_children(
        self,
        recursive: bool = False,
        tags: Asked = None,
        properties: Asked = None,
        type: Optional[str] = None,
        status: Optional[str] = None,
        **kwargs: Any,
    ) -> Iterator["Run"]:
        """The runs of the steps that have started."""
        if not isinstance(self._place, records.Run):
            return
        for step in self._place.step_ids:
            place = self._place.step(step)
            child = Run(self._experiment, place.id, _place=place)
            if has_tags(child.tags, tags) and (status is None or child.status == status):
                yield child

    def child_run(
        self, name: Optional[str] = None, run_id: Optional[str] = None, outputs: Any = None
    ) -> "Run":
        """A run below this one, with a log of its own."""
        name = _context.mask_data(name)
        own = _context.mask_data(run_id) or "{}_{}".format(self.id, name or token())
        return _ChildRun(self, own, name)

    def create_children(
        self,
        count: Optional[int] = None,
        tag_key: Optional[str] = None,
        tag_values: Optional[Sequence[object]] = None,
    ) -> List["Run"]:
        if count is None and (tag_key is None or tag_values is None):
            raise UserErrorException("create_children: give count=, or tag_key= and tag_values=")
        pairs = [] if tag_key is None else [(tag_key, value) for value in tag_values or ()]
        children = [self.child_run() for _ in range(len(pairs) if count is None else count)]
        for child, (key, value) in zip(children, pairs):
            child.tag(key, value)
        return children

    def start(self) -> None:
        """A run that exists has been started."""

    def flush(self, timeout_seconds: float = 300) -> None:
        """What was logged is on the disk already."""

    def complete(self, _set_status: bool = True) -> None:
        self._append_event(kind="status", value="Completed")

    def fail(self, error_details: Any = None, error_code: Any = None, _set_status: bool = True) -> None:
        """The step counts as failed, whatever the script's exit status."""
        message = _context.mask_data(plain(error_details, "run.fail"))
        self._append_event(kind="status", value="Failed", message=message)

    def cancel(self) -> None:
        """The step ends as cancelled; with ``run.parent.cancel()`` the whole run does."""
        if isinstance(self._place, records.StepPlace):
            self._append_event(kind="status", value="Canceled")
            return
        self._append_event(kind="cancel")
        files.append_line(_context.require("Run.cancel").place.events, {"kind": "cancel_run"})

    def get_secret(self, name: str) -> str:
        from azureml.core.keyvault import Keyvault

        return Keyvault().get_secret(name)

    def get_secrets(self, secrets: Iterable[str]) -> Dict[str, str]:
        return {name: self.get_secret(name) for name in secrets}

    def register_model(
        self,
        model_name: str,
        model_path: Optional[str] = None,
        tags: Optional[Dict[str, Any]] = None,
        properties: Optional[Dict[str, Any]] = None,
        model_framework: Optional[str] = None,
        **kwargs: Any,
    ) -> "Model":
        """Register a file or folder of the run (``outputs/model.pkl``) as a new version of a model."""
        from azureml.core.model import Model

        path = self._find_file(model_path or "outputs")
        details = {key: kwargs[key] for key in ("description", "model_framework_version") if key in kwargs}
        return Model._register(
            path, model_name, tags, properties, run_id=self.id, model_framework=model_framework, **details
        )

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, kind: object, error: Optional[BaseException], trace: object) -> None:
        if error is None:
            self.complete()
        else:
            self.fail(str(error))

    def __repr__(self) -> str:
        return "Run(Experiment: {}, Id: {}, Type: {}, Status: {})".format(
            self.experiment.name, self.id, self.type, self.status
        )


class _SubmittedRun(Run):
    """The run of this process."""

    @property
    def name(self) -> str:
        return _context.require("Run").name

    @property
    def input_datasets(self) -> "_Ports":
        """Paths of inputs that are mounted or downloaded, datasets of those that the script reads itself."""
        from azureml.core.dataset import input_dataset

        datasets = {}
        for name, port in _context.require("Run").inputs.items():
            datasets[name] = input_dataset(name, port) if port["mode"] == "direct" else port["path"]
        return _Ports(datasets, "input")

    @property
    def output_datasets(self) -> "_Ports":
        return _Ports(_context.require("Run").outputs, "output")


class _ChildRun(_SubmittedRun):
    def __init__(self, parent: Run, run_id: str, name: Optional[str]) -> None:
        super().__init__(parent._experiment, run_id, _place=ChildPlace(parent._own, run_id))
        self._parent = parent
        self._name = name

    @property
    def name(self) -> str:
        return self._name or self.id

    @property
    def parent(self) -> Run:
        return self._parent

    @property
    def type(self) -> str:
        return "azureml.scriptrun"

    @property
    def status(self) -> str:
        events = self._rows(paths.EVENTS_FILE)
        statuses = [event.get("value") for event in events if event.get("kind") == "status"]
        return statuses[-1] if statuses and isinstance(statuses[-1], str) else "Running"

    def cancel(self) -> None:
        self._append_event(kind="status", value="Canceled")


_OFFLINE = frozenset(
    "experiment parent name display_name status type tags properties number input_datasets output_datasets "
    "get_metrics get_children get_details get_status get_tags get_properties register_model get_file_names "
    "download_file download_files get_secret get_secrets create_children".split()
)
"""What the SDK's offline run has not either: scripts ask with ``hasattr``."""


class _OfflineRun(Run):
    """The run of a script that was started by hand: it prints what it is given, and keeps nothing."""

    def __init__(self, run_id: Optional[str] = None) -> None:
        import uuid  # not for runs of pipelift's own, which it would make slower to start

        self.id = run_id or "OfflineRun_{}".format(uuid.uuid4())

    def __getattr__(self, name: str) -> Any:
        if name in _OFFLINE:
            message = "'_OfflineRun' object has no attribute '{}': start the script with `pipelift run`"
            raise AttributeError(message.format(name))
        return super().__getattr__(name)

    def _log(self, kind: str, name: str, value: Any, image: Optional[str] = None, **more: Any) -> None:
        print("Attempted to log {} metric {}:\n{}".format(kind, name, value))

    def _append_event(self, **event: Any) -> None:
        """There is nobody to tell."""

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: Optional[str] = None) -> None:
        print("Attempted to upload {} as {}".format(path_or_stream, name))

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
        self.upload_file(name, path)

    def child_run(
        self, name: Optional[str] = None, run_id: Optional[str] = None, outputs: Any = None
    ) -> "Run":
        return _OfflineRun(run_id or "{}.{}".format(self.id, name))

    def cancel(self) -> None:
        """There is nothing to cancel."""

    def __repr__(self) -> str:
        return "Run(Id: {})".format(self.id)


def _refuse(self: object) -> NoReturn:
    raise AttributeError


for _name in _OFFLINE:
    setattr(_OfflineRun, _name, property(_refuse))


class _Ports(Dict[str, Any]):
    def __init__(self, ports: Mapping[str, Any], kind: str) -> None:
        super().__init__(ports)
        self._kind = kind

    def __missing__(self, name: str) -> NoReturn:
        names = ", ".join(sorted(self)) or "none"
        raise KeyError("the step has no {} '{}'; it has: {}".format(self._kind, name, names))


def get_run(experiment: Any, run_id: str, rehydrate: bool = True, clean_up: bool = True) -> Run:
    """The same as ``Run(experiment, run_id)``."""
    return Run(experiment, run_id)


def _special(value: Any) -> Any:
    return metrics.SPECIAL.get(value, value) if isinstance(value, str) else value
