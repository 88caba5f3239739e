"""`Workspace`: the folders of the pipeline's stores, models and registered datasets."""

import os
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Iterator, Mapping, TypeVar

from azureml import _context
from azureml._runtime import records
from azureml._runtime.contract import paths
from azureml._uncovered import Covered

if TYPE_CHECKING:
    from azureml.core.datastore import Datastore
    from azureml.core.experiment import Experiment
    from azureml.core.keyvault import Keyvault
    from azureml.core.model import Model
    from azureml.core.run import Run
    from azureml.data.dataset_factory import AnyDataset

_NAME = "pipelift"

T = TypeVar("T")


class Workspace(Covered):
    """There is one workspace, whatever a script asks for: that of the pipeline."""

    def __init__(
        self,
        subscription_id: Any = None,
        resource_group: Any = None,
        workspace_name: Any = None,
        auth: Any = None,
        **kwargs: Any,
    ) -> None:
        self._context = _context.require("Workspace")
        self.name = _NAME
        self.subscription_id = _NAME
        self.resource_group = _NAME
        self.location = "local"
        self.tags: Dict[str, Any] = {}

    @staticmethod
    def from_config(
        path: Any = None, auth: Any = None, _logger: Any = None, _file_name: Any = None
    ) -> "Workspace":
        return Workspace()

    @staticmethod
    def get(
        name: str,
        auth: Any = None,
        subscription_id: Any = None,
        resource_group: Any = None,
        location: Any = None,
        cloud: Any = None,
        id: Any = None,
    ) -> "Workspace":
        return Workspace()

    def get_details(self) -> Dict[str, Any]:
        return {"name": self.name, "location": self.location, "id": self.name}

    def get_default_datastore(self) -> "Datastore":
        from azureml.core.datastore import Datastore

        return Datastore.get_default(self)

    def get_default_keyvault(self) -> "Keyvault":
        from azureml.core.keyvault import Keyvault

        return Keyvault(self)

    def get_mlflow_tracking_uri(self, _with_auth: bool = False) -> str:
        return "file://{}".format(os.path.join(self._context.state, paths.MLRUNS))

    def get_run(self, run_id: str) -> "Run":
        from azureml.core.run import Run

        return Run.get(self, run_id)

    @property
    def datastores(self) -> "_Catalogue[Datastore]":
        from azureml.core.datastore import Datastore

        return _Catalogue(self._context.stores, lambda name: Datastore.get(self, name))

    @property
    def datasets(self) -> "_Catalogue[AnyDataset]":
        from azureml.core.dataset import Dataset

        names = {entry["name"] for entry in self._context.datasets}
        names.update(records.registered_names(self._context.state, paths.DATASETS))
        return _Catalogue(names, lambda name: Dataset.get_by_name(self, name))

    @property
    def models(self) -> "_Catalogue[Model]":
        from azureml.core.model import Model

        names = records.registered_names(self._context.state, paths.MODELS)
        return _Catalogue(names, lambda name: Model(self, name))

    @property
    def experiments(self) -> "_Catalogue[Experiment]":
        from azureml.core.experiment import Experiment

        return _Catalogue([self._context.experiment], lambda name: Experiment(self, name))


class _Catalogue(Mapping[str, T]):
    """Things of the workspace by name, made when they are asked for."""

    def __init__(self, names: Iterable[str], make: Callable[[str], T]) -> None:
        self._names = sorted(names)
        self._make = make

    def __getitem__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError("{!r}; there are: {}".format(name, ", ".join(self._names) or "none"))
        return self._make(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
