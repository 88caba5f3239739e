"""What file and tabular datasets share."""

import copy
from typing import Any, Dict, Optional, Sequence, TypeVar, Union

from azureml import _context
from azureml._context import Entries
from azureml._runtime import records
from azureml._runtime.contract.spec import Location
from azureml._uncovered import Covered
from azureml.exceptions import UserErrorException

D = TypeVar("D", bound="AbstractDataset")


class AbstractDataset(Covered):
    """`_entries` are the files as (name, full path); `_places` where they are, for registering."""

    def __init__(
        self,
        entries: Entries,
        places: Sequence[Location] = (),
        name: Optional[str] = None,
        version: Union[int, str, None] = None,
        dataset_id: Optional[str] = None,
        table: Optional[Dict[str, Any]] = None,
    ) -> None:
        self._entries = list(entries)
        self._places = list(places)
        self._table = table
        self.name = name
        self.version = version
        self.id = dataset_id or name
        self.description: Optional[str] = None
        self.tags: Dict[str, Any] = {}

    def _with(self: D, **changes: Any) -> D:
        dataset = copy.copy(self)
        for name, value in changes.items():
            setattr(dataset, name, value)
        return dataset

    def register(
        self: D,
        workspace: Any,
        name: str,
        description: Optional[str] = None,
        tags: Optional[Dict[str, Any]] = None,
        create_new_version: bool = False,
    ) -> D:
        """File the dataset under `name`, for ``get_by_name`` of later steps and runs."""
        context = _context.require("Dataset.register")
        if not self._places:
            raise UserErrorException("only a dataset that is made from files in datastores can be registered")
        name, description = _context.mask_data(str(name)), _context.mask_data(description)
        tags = _context.mask_data(dict(tags or {}))
        earlier = records.registered_dataset(context.state, name)
        if earlier is not None and not create_new_version:
            message = "there is a dataset '{}' already; say create_new_version=True for another version"
            raise UserErrorException(message.format(name))
        version = records.register_dataset(context.state, name, self._places, description, self._table, tags)
        dataset_id = "{}:{}".format(name, version)
        return self._with(name=name, version=version, id=dataset_id, description=description, tags=tags)

    def unregister_all_versions(self) -> None:
        if self.name is not None:
            records.unregister_dataset(_context.require("Dataset.unregister").state, self.name)
