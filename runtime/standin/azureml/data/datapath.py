"""`DataPath`: a path in a datastore."""

from typing import TYPE_CHECKING, Optional

from azureml._uncovered import Covered

if TYPE_CHECKING:
    from azureml.core.datastore import Datastore


class DataPath(Covered):
    def __init__(
        self,
        datastore: Optional["Datastore"] = None,
        path_on_datastore: Optional[str] = None,
        name: Optional[str] = None,
    ) -> None:
        self._datastore = datastore
        self.path_on_datastore = path_on_datastore or ""
        self.name = name

    @property
    def datastore_name(self) -> Optional[str]:
        return None if self._datastore is None else self._datastore.name
