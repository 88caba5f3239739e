"""`Run`: what a script tells of itself, and asks about its run."""

import os

from azureml import _context
from azureml._plain import plain
from azureml._runtime import files, metrics, records
from azureml._runtime.contract import paths, untrusted
from azureml._runtime.contract.record import read_record
from azureml._uncovered import Covered
from azureml.core._logging import Logging
from azureml.core._run_files import RunFiles
from azureml.exceptions import RunEnvironmentException, UserErrorException

_STATUS = {"completed": "Completed", "reused": "Completed", "failed": "Failed", "cancelled": "Canceled"}


class Run(RunFiles, Logging, Covered):
    """A run of a step, or the run of the pipeline that the step belongs to (``run.parent``).

    ``Run(experiment, run_id)`` and ``Run.get(workspace, run_id)`` give other runs, to be read.
    """

    def __init__(self, experiment, run_id, outputs=None, **kwargs):
        context = _context.required("Run")
        self._experiment = experiment
        self._place = kwargs.get("_place") or _place(context.state, run_id)
        self.id = run_id
        self.number = 1

    @classmethod
    def get_context(cls, allow_offline=True, used_for_context_manager=False, **kwargs):
        """The run of this process; without pipelift an offline run that prints what it is given."""
        context = _context.current()
        if context is not None:
            return _SubmittedRun(None, context.place.id, _place=context.place)
        if not allow_offline:
            raise RunEnvironmentException("Could not load a submitted run: the script was started by hand.")
        return _OfflineRun()

    @staticmethod
    def get(workspace, run_id):
        return Run(None, run_id)

    @property
    def experiment(self):
        from azureml.core.experiment import Experiment
        from azureml.core.workspace import Workspace

        return self._experiment or Experiment(Workspace())

    @property
    def name(self):
        return self._record.get("name") or getattr(self._place, "step_id", None) or self.id

    @property
    def display_name(self):
        return self.name

    @property
    def type(self):
        return "azureml.StepRun" if isinstance(self._place, records.StepPlace) else "azureml.PipelineRun"

    @property
    def parent(self):
        if not isinstance(self._place, records.StepPlace):
            return None
        return Run(self._experiment, self._place.run.id, _place=self._place.run)

    @property
    def status(self):
        if not isinstance(self._place, records.Run):
            return _STATUS.get(self._record.get("status", ""), "Running")
        status = (untrusted.read_json(os.path.join(self._place.folder, paths.RUN_FILE)) or {}).get("status")
        return _STATUS.get(status, "Running") if isinstance(status, str) else "Running"

    def get_status(self):
        return self.status

    def get_details(self):
        return {
            "runId": self.id,
            "status": self.status,
            "properties": self.properties,
            "tags": self.tags,
            "inputDatasets": self._recorded_datasets(),
        }

    def _recorded_datasets(self):
        """The datasets that a step which has ended was bound to, as the service tells them."""
        from azureml.core.dataset import recorded_dataset

        bound = (self._record.get("made_of") or {}).get("datasets", {})
        return [
            {"dataset": recorded_dataset(identity), "consumptionDetails": {"inputName": port}}
            for port, identity in sorted(bound.items())
        ]

    @property
    def _record(self):
        """How a step has ended: empty before, and for other runs. What has not a record's form is left out."""
        if isinstance(self._place, records.StepPlace):
            return read_record(self._place.record) or {}
        return {}

    def get_metrics(self, name=None, recursive=False, run_type=None, populate=False):
        """What was logged, by name; with `recursive`, by the steps too."""
        rows = self._rows(paths.METRICS_FILE)
        if not rows and self._record.get("status") == "reused":
            found = self._record.get("metrics") or {}
        else:
            found = metrics.collect([dict(row, value=_special(row.get("value"))) for row in rows])
        if recursive:
            for child in self.get_children():
                for key, value in child.get_metrics().items():
                    found.setdefault(key, value)
        return found if name is None else {key: value for key, value in found.items() if key == name}

    def get_children(self, recursive=False, tags=None, properties=None, type=None, status=None, **kwargs):
        """The runs of the steps that have started."""
        if not isinstance(self._place, records.Run):
            return
        for step in self._place.step_ids:
            place = self._place.step(step)
            child = Run(self._experiment, place.id, _place=place)
            if has_tags(child.tags, tags) and (status is None or child.status == status):
                yield child

    def _say(self, **event):
        self._append(paths.EVENTS_FILE, event)

    def _say_named(self, kind, name, value):
        self._say(kind=kind, name=_context.hidden(str(name)), value=_context.hidden(value))

    @property
    def tags(self):
        return self._named("tag")

    def get_tags(self):
        return self.tags

    @property
    def properties(self):
        return self._named("property")

    def get_properties(self):
        return self.properties

    def _named(self, kind):
        found = {}
        for event in self._rows(paths.EVENTS_FILE):
            name = event.get("name")
            if not isinstance(name, str):
                continue  # no line of ours
            if event.get("kind") == kind:
                found[name] = event.get("value")
            elif event.get("kind") == "un" + kind:
                found.pop(name, None)
        return found

    def tag(self, key, value=None):
        self._say_named("tag", key, None if value is None else str(value))

    def set_tags(self, tags):
        for key, value in tags.items():
            self.tag(key, value)

    def remove_tags(self, tags):
        for key in [tags] if isinstance(tags, str) else tags:
            self._say(kind="untag", name=_context.hidden(key))

    def add_properties(self, properties):
        for key, value in properties.items():
            self._say_named("property", key, str(value))

    def child_run(self, name=None, run_id=None, outputs=None):
        """A run below this one, with a log of its own."""
        name = _context.hidden(name)
        own = _context.hidden(run_id) or "{}_{}".format(self.id, name or files.token())
        return _ChildRun(self, own, name)

    def create_children(self, count=None, tag_key=None, tag_values=None):
        if count is None and (tag_key is None or tag_values is None):
            raise UserErrorException("create_children: give count=, or tag_key= and tag_values=")
        values = list(tag_values or ()) if tag_key is not None else []
        children = [self.child_run() for _ in range(len(values) if count is None else count)]
        for child, value in zip(children, values):
            child.tag(tag_key, value)
        return children

    def start(self):
        """A run that exists has been started."""

    def flush(self, timeout_seconds=300):
        """What was logged is on the disk already."""

    def complete(self, _set_status=True):
        self._say(kind="status", value="Completed")

    def fail(self, error_details=None, error_code=None, _set_status=True):
        """The step counts as failed, whatever the script's exit status."""
        message = _context.hidden(plain(error_details, "run.fail"))
        self._say(kind="status", value="Failed", message=message)

    def cancel(self):
        """The step ends as cancelled; with ``run.parent.cancel()`` the whole run does."""
        if isinstance(self._place, records.StepPlace):
            self._say(kind="status", value="Canceled")
            return
        self._say(kind="cancel")
        files.append_line(_context.required("Run.cancel").place.events, {"kind": "cancel_run"})

    def get_secret(self, name):
        from azureml.core.keyvault import Keyvault

        return Keyvault().get_secret(name)

    def get_secrets(self, secrets):
        return {name: self.get_secret(name) for name in secrets}

    def register_model(
        self, model_name, model_path=None, tags=None, properties=None, model_framework=None, **kwargs
    ):
        """Register a file or folder of the run (``outputs/model.pkl``) as a new version of a model."""
        from azureml.core.model import Model

        path = self._found(model_path or "outputs")
        kept = {key: kwargs[key] for key in ("description", "model_framework_version") if key in kwargs}
        return Model._register(
            path, model_name, tags, properties, run_id=self.id, model_framework=model_framework, **kept
        )

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is None:
            self.complete()
        else:
            self.fail(str(error))

    def __repr__(self):
        return "Run(Experiment: {}, Id: {}, Type: {}, Status: {})".format(
            self.experiment.name, self.id, self.type, self.status
        )


class _SubmittedRun(Run):
    """The run of this process."""

    @property
    def name(self):
        return _context.required("Run").name

    @property
    def input_datasets(self):
        """Paths of inputs that are mounted or downloaded, datasets of those that the script reads itself."""
        from azureml.core.dataset import input_dataset

        found = {}
        for name, port in _context.required("Run").inputs.items():
            found[name] = input_dataset(name, port) if port["mode"] == "direct" else port["path"]
        return _Ports(found, "input")

    @property
    def output_datasets(self):
        return _Ports(_context.required("Run").outputs, "output")


class _ChildRun(_SubmittedRun):
    def __init__(self, parent, run_id, name):
        super().__init__(parent._experiment, run_id, _place=_ChildPlace(parent._own, run_id))
        self._parent = parent
        self._name = name

    @property
    def name(self):
        return self._name or self.id

    @property
    def parent(self):
        return self._parent

    @property
    def type(self):
        return "azureml.scriptrun"

    @property
    def status(self):
        events = self._rows(paths.EVENTS_FILE)
        said = [event.get("value") for event in events if event.get("kind") == "status"]
        return said[-1] if said and isinstance(said[-1], str) else "Running"

    def cancel(self):
        self._say(kind="status", value="Canceled")


class _ChildPlace:
    def __init__(self, parent, run_id):
        self.folder = os.path.join(parent, "children", paths.file_name(run_id))
        os.makedirs(self.folder, exist_ok=True)


_OFFLINE = frozenset(
    "experiment parent name display_name status type tags properties number input_datasets output_datasets "
    "get_metrics get_children get_details get_status get_tags get_properties register_model get_file_names "
    "download_file download_files get_secret get_secrets create_children".split()
)
"""What the SDK's offline run has not either: scripts ask with ``hasattr``."""


class _OfflineRun(Run):
    """The run of a script that was started by hand: it prints what it is given, and keeps nothing."""

    def __init__(self, run_id=None):
        import uuid  # not for runs of pipelift's own, which it would make slower to start

        self.id = run_id or "OfflineRun_{}".format(uuid.uuid4())

    def __getattr__(self, name):
        if name in _OFFLINE:
            message = "'_OfflineRun' object has no attribute '{}': start the script with `pipelift run`"
            raise AttributeError(message.format(name))
        return super().__getattr__(name)

    def _log(self, kind, name, value, **more):
        print("Attempted to log {} metric {}:\n{}".format(kind, name, value))

    def _say(self, **event):
        """There is nobody to tell."""

    def upload_file(self, name, path_or_stream, datastore_name=None):
        print("Attempted to upload {} as {}".format(path_or_stream, name))

    def upload_files(self, names, paths, return_artifacts=False, timeout_seconds=None, datastore_name=None):
        for name, path in zip(names, paths):
            self.upload_file(name, path)

    def upload_folder(self, name, path, datastore_name=None):
        self.upload_file(name, path)

    def child_run(self, name=None, run_id=None, outputs=None):
        return _OfflineRun(run_id or "{}.{}".format(self.id, name))

    def cancel(self):
        """There is nothing to cancel."""

    def __repr__(self):
        return "Run(Id: {})".format(self.id)


def _refused(self):
    raise AttributeError


for _name in _OFFLINE:
    setattr(_OfflineRun, _name, property(_refused))


class _Ports(dict):
    def __init__(self, found, kind):
        super().__init__(found)
        self._kind = kind

    def __missing__(self, name):
        names = ", ".join(sorted(self)) or "none"
        raise KeyError("the step has no {} '{}'; it has: {}".format(self._kind, name, names))


def get_run(experiment, run_id, rehydrate=True, clean_up=True):
    """The same as ``Run(experiment, run_id)``."""
    return Run(experiment, run_id)


def has_tags(found, asked):
    """Whether the tags `found` answer to `asked`: a name, or a dict of names and values."""
    if not asked:
        return True
    if isinstance(asked, str):
        return _context.hidden(asked) in found
    asked = _context.hidden({name: None if value is None else str(value) for name, value in asked.items()})
    return all(name in found and (value is None or found[name] == value) for name, value in asked.items())


def _special(value):
    return metrics.SPECIAL.get(value, value) if isinstance(value, str) else value


def _place(state, run_id):
    """Where a run lies: a step's id is its run's, an underscore, and the step's."""
    whole = records.Run(state, run_id)
    for cut in [index for index, sign in enumerate(run_id) if sign == "_"]:
        run = records.Run(state, run_id[:cut])
        if run_id[cut + 1 :] in run.step_ids:
            return run.step(run_id[cut + 1 :])
    return whole
