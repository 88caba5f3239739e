"""`Workspace`: the folders of the pipeline's stores, models and registered datasets."""

import os
from collections.abc import Mapping

from azureml import _context
from azureml._runtime import records
from azureml._runtime.contract import paths
from azureml._uncovered import Covered

_NAME = "pipelift"


class Workspace(Covered):
    """There is one workspace, whatever a script asks for: that of the pipeline."""

    def __init__(self, subscription_id=None, resource_group=None, workspace_name=None, auth=None, **kwargs):
        self._context = _context.required("Workspace")
        self.name = _NAME
        self.subscription_id = _NAME
        self.resource_group = _NAME
        self.location = "local"
        self.tags = {}

    @staticmethod
    def from_config(path=None, auth=None, _logger=None, _file_name=None):
        return Workspace()

    @staticmethod
    def get(name, auth=None, subscription_id=None, resource_group=None, location=None, cloud=None, id=None):
        return Workspace()

    def get_details(self):
        return {"name": self.name, "location": self.location, "id": self.name}

    def get_default_datastore(self):
        from azureml.core.datastore import Datastore

        return Datastore.get_default(self)

    def get_default_keyvault(self):
        from azureml.core.keyvault import Keyvault

        return Keyvault(self)

    def get_mlflow_tracking_uri(self, _with_auth=False):
        return "file://{}".format(os.path.join(self._context.state, paths.MLRUNS))

    def get_run(self, run_id):
        from azureml.core.run import Run

        return Run.get(self, run_id)

    @property
    def datastores(self):
        from azureml.core.datastore import Datastore

        return _Named(self._context.stores, lambda name: Datastore.get(self, name))

    @property
    def datasets(self):
        from azureml.core.dataset import Dataset

        names = {entry["name"] for entry in self._context.datasets}
        names.update(records.registered_names(self._context.state, paths.DATASETS))
        return _Named(names, lambda name: Dataset.get_by_name(self, name))

    @property
    def models(self):
        from azureml.core.model import Model

        names = records.registered_names(self._context.state, paths.MODELS)
        return _Named(names, lambda name: Model(self, name))

    @property
    def experiments(self):
        from azureml.core.experiment import Experiment

        return _Named([self._context.experiment], lambda name: Experiment(self, name))


class _Named(Mapping):
    """Things of the workspace by name, made when they are asked for."""

    def __init__(self, names, make):
        self._names = sorted(names)
        self._make = make

    def __getitem__(self, name):
        if name not in self._names:
            raise KeyError("{!r}; there are: {}".format(name, ", ".join(self._names) or "none"))
        return self._make(name)

    def __iter__(self):
        return iter(self._names)

    def __len__(self):
        return len(self._names)
