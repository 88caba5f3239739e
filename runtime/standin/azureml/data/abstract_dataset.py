"""What file and tabular datasets share."""

import copy

from azureml import _context
from azureml._runtime import records
from azureml._uncovered import Covered
from azureml.exceptions import UserErrorException


class AbstractDataset(Covered):
    """`_entries` are the files as (name, full path); `_places` where they are, for registering."""

    def __init__(self, entries, places=(), name=None, version=None, dataset_id=None, table=None):
        self._entries = list(entries)
        self._places = list(places)
        self._table = table
        self.name = name
        self.version = version
        self.id = dataset_id or name
        self.description = None
        self.tags = {}

    def _with(self, **changes):
        made = copy.copy(self)
        for name, value in changes.items():
            setattr(made, name, value)
        return made

    def register(self, workspace, name, description=None, tags=None, create_new_version=False):
        """File the dataset under `name`, for ``get_by_name`` of later steps and runs."""
        context = _context.required("Dataset.register")
        if not self._places:
            raise UserErrorException("only a dataset that is made from files in datastores can be registered")
        name, description = _context.hidden(str(name)), _context.hidden(description)
        earlier = records.registered_dataset(context.state, name)
        if earlier is not None and not create_new_version:
            message = "there is a dataset '{}' already; say create_new_version=True for another version"
            raise UserErrorException(message.format(name))
        version = records.register_dataset(context.state, name, self._places, description, self._table)
        made = "{}:{}".format(name, version)
        return self._with(name=name, version=version, id=made, description=description, tags=dict(tags or {}))

    def unregister_all_versions(self):
        if self.name is not None:
            records.unregister_dataset(_context.required("Dataset.unregister").state, self.name)
