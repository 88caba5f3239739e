"""`Dataset`: data by its registered name, or made from files of the stores."""

from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Union

from azureml import _context
from azureml._runtime import inputs, records
from azureml._runtime.contract.record import DataIdentity
from azureml._runtime.contract.spec import Location
from azureml._uncovered import Covered
from azureml.data import _sources
from azureml.data.dataset_factory import AnyDataset, FileDatasetFactory, TabularDatasetFactory, make
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class Dataset(Covered):
    File = FileDatasetFactory
    Tabular = TabularDatasetFactory

    @staticmethod
    def get_by_name(
        workspace: Any, name: str, version: Union[int, str] = "latest", **kwargs: Any
    ) -> AnyDataset:
        """A dataset that the pipeline uses under that name, that a run has registered, or that lies in the
        default store below ``datasets/``."""
        context = _context.require("Dataset.get_by_name")
        for dataset in context.datasets:
            if dataset["name"] == name and dataset["locations"]:
                files = _sources.entries(dataset["locations"], name)
                return make(dataset, files, name, dataset.get("version") or 1)
        filed = _context.mask_data(str(name))
        entry = records.registered_dataset(
            context.state, filed, None if version == "latest" else str(version)
        )
        if entry is not None:
            filed_id = "{}:{}".format(name, entry["version"])
            return make(
                dict(entry, id=filed_id), _sources.entries(entry["locations"], name), name, entry["version"]
            )
        location: Location = {
            "store": context.default_store,
            "path": "{}/{}".format(inputs.DATASETS_FOLDER, name),
        }
        entry = {"id": name, "locations": [location], "table": None}
        return make(entry, _sources.entries([location], name), name, 1, guess=True)

    @staticmethod
    def get_by_id(workspace: Any, id: str, **kwargs: Any) -> AnyDataset:
        """The dataset of an input, by the id that the script gets as its argument; or a registered one."""
        context = _context.require("Dataset.get_by_id")
        for name, port in context.inputs.items():
            if port["mode"] == "direct" and id in ((port["dataset"] or {}).get("id"), name):
                return input_dataset(name, port)
        name, _, version = str(id).rpartition(":")
        if name and records.registered_dataset(context.state, name, version) is not None:
            return Dataset.get_by_name(workspace, name, version)
        raise UserErrorException("no dataset with the id '{}' is an input of this step".format(id))

    @staticmethod
    def get(workspace: Any, name: Optional[str] = None, id: Optional[str] = None) -> AnyDataset:
        if id is not None:
            return Dataset.get_by_id(workspace, id)
        if name is None:
            raise UserErrorException("Dataset.get: give name= or id=")
        return Dataset.get_by_name(workspace, name)

    @staticmethod
    def get_all(workspace: "Workspace") -> Mapping[str, AnyDataset]:
        return workspace.datasets


def input_dataset(name: str, port: Dict[str, Any]) -> AnyDataset:
    """The dataset object of an input that the script reads itself."""
    entry = port["dataset"] or {"id": name, "locations": [], "table": None}
    entries = [tuple(pair) for pair in port["files"]]
    # Which kind another step's output is read as, or a dataset that only the workspace knew, nothing says.
    guess = not entry["locations"] and not entry["table"]
    return make(entry, entries, entry.get("name") or name, entry.get("version") or 1, guess=guess)


def recorded_dataset(identity: DataIdentity) -> AnyDataset:
    """A dataset that another step of the run has read, from what its record says of it."""
    name = identity["dataset"]
    return make(
        dict(identity, id=name),
        _sources.entries(identity["locations"], name),
        name,
        identity.get("version") or 1,
    )
