"""`DataPath`: a path in a datastore."""

from azureml._uncovered import Covered


class DataPath(Covered):
    def __init__(self, datastore=None, path_on_datastore=None, name=None):
        self._datastore = datastore
        self.path_on_datastore = path_on_datastore or ""
        self.name = name

    @property
    def datastore_name(self):
        return None if self._datastore is None else self._datastore.name
