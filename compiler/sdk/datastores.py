"""`Datastore`: names of places; where each is now is the configuration's business."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.registry import sdk

DEFAULT_STORE = "workspaceblobstore"

_KINDS = {"workspaceblobstore": "blob", "workspacefilestore": "file share", "workspaceartifactstore": "blob"}

_SECRETS = frozenset(
    {"account_key", "sas_token", "client_secret", "password", "user_password", "kerberos_password"}
)


@sdk("azureml.core", "azureml.core.datastore")
class Datastore(Modelled):
    """A datastore, by name. `kind` is what the registration says, else what the name implies."""

    def __init__(self, call: Call, workspace: Value = None, name: Value = None, kind: str = "folder") -> None:
        self.span = call.span
        self.workspace = workspace
        self.name = DEFAULT_STORE if name is None else name
        self.kind = _KINDS.get(str(self.name), kind)
        self.datastore_type = self.kind

    def merged_with(self, other: Value) -> Value:
        """Two lookups of one name are one store; the registration that names the kind wins."""
        if not isinstance(other, Datastore) or other.name != self.name:
            return None
        return other if self.kind == "folder" else self

    @staticmethod
    def get(call: Call, workspace: Value, datastore_name: Value) -> Value:
        """A registered store."""
        return Datastore(call, workspace, datastore_name)

    @staticmethod
    def get_default(call: Call, workspace: Value) -> Value:
        """The workspace's default store."""
        return workspace.get_default_datastore(call) if isinstance(workspace, Modelled) else Datastore(call)

    def set_as_default(self, call: Call) -> Value:
        """This store becomes the workspace's default."""
        if isinstance(self.workspace, Modelled):
            call.touch(self.workspace.__dict__)
            self.workspace.__dict__["_default_store"] = self.name
        return None

    def path(self, call: Call, path: Value = None, data_reference_name: Value = None) -> Value:
        """A reference to a path of the store."""
        return DataReference(call, self, data_reference_name, path)

    def as_mount(self, call: Call) -> Value:
        """A reference to the whole store, mounted."""
        return DataReference(call, self, mode="mount")

    def as_download(self, call: Call, path_on_compute: Value = None) -> Value:
        """A reference to the whole store, downloaded."""
        return DataReference(call, self, mode="download", path_on_compute=path_on_compute)

    def as_upload(self, call: Call, path_on_compute: Value = None) -> Value:
        """A reference to the whole store, uploaded to."""
        return DataReference(call, self, mode="upload", path_on_compute=path_on_compute)

    def upload(
        self,
        call: Call,
        src_dir: Value,
        target_path: Value = None,
        overwrite: Value = False,
        show_progress: Value = True,
    ) -> Value:
        """Nothing is uploaded: the result is where the data would be."""
        return DataReference(call, self, None, target_path)

    def upload_files(
        self,
        call: Call,
        files: Value,
        relative_root: Value = None,
        target_path: Value = None,
        overwrite: Value = False,
        show_progress: Value = True,
    ) -> Value:
        """Nothing is uploaded: the result is where the data would be."""
        return DataReference(call, self, None, target_path)

    def download(
        self,
        call: Call,
        target_path: Value,
        prefix: Value = None,
        overwrite: Value = False,
        show_progress: Value = True,
    ) -> Value:
        """Nothing is downloaded."""
        return Unknown("only a run knows how many files there are", call.span)

    def unregister(self, call: Call) -> Value:
        """Nothing is unregistered."""
        return None


def _register(kind: str) -> staticmethod:  # type: ignore[type-arg]  # wraps a model function
    def register(
        call: Call, workspace: Value, datastore_name: Value, *args: Value, **options: Value
    ) -> Value:
        for name, value in options.items():
            if name in _SECRETS and isinstance(value, str) and value:
                message = f"'{name}' of the store is written into the source; pipelift does not carry it"
                call.reporter.report("PL204", message, call.span)
        return Datastore(call, workspace, datastore_name, kind)

    return staticmethod(register)


for _method, _kind in {
    "register_azure_blob_container": "blob",
    "register_azure_file_share": "file share",
    "register_azure_data_lake": "data lake",
    "register_azure_data_lake_gen2": "data lake",
    "register_azure_sql_database": "SQL database",
    "register_azure_postgre_sql": "PostgreSQL",
    "register_azure_my_sql": "MySQL",
    "register_dbfs": "DBFS",
    "register_hdfs": "HDFS",
}.items():
    setattr(Datastore, _method, _register(_kind))


@sdk("azureml.data.data_reference", "azureml.core.data_reference")
class DataReference(Modelled):
    """A path of a store as an input, the way of before datasets."""

    def __init__(
        self,
        call: Call,
        datastore: Value,
        data_reference_name: Value = None,
        path_on_datastore: Value = None,
        mode: Value = "mount",
        path_on_compute: Value = None,
        overwrite: Value = False,
    ) -> None:
        self.span = call.span
        self.datastore = datastore
        self.data_reference_name = data_reference_name or call.record.numbered("input")
        self.path_on_datastore = path_on_datastore
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite

    def _with_mode(self, call: Call, mode: str, path_on_compute: Value) -> DataReference:
        name, path = self.data_reference_name, self.path_on_datastore
        return DataReference(call, self.datastore, name, path, mode, path_on_compute)

    def path(self, call: Call, path: Value = None, data_reference_name: Value = None) -> Value:
        """A path below this one."""
        whole = f"{self.path_on_datastore or ''}/{path or ''}".strip("/")
        return DataReference(call, self.datastore, data_reference_name, whole)

    def as_mount(self, call: Call) -> Value:
        """The same, mounted."""
        return self._with_mode(call, "mount", None)

    def as_download(self, call: Call, path_on_compute: Value = None, overwrite: Value = False) -> Value:
        """The same, downloaded."""
        return self._with_mode(call, "download", path_on_compute)

    def as_upload(self, call: Call, path_on_compute: Value = None, overwrite: Value = False) -> Value:
        """The same, uploaded to."""
        return self._with_mode(call, "upload", path_on_compute)


@sdk("azureml.data.datapath")
class DataPath(Modelled):
    """A path of a store, for datasets and parameters."""

    def __init__(
        self, call: Call, datastore: Value = None, path_on_datastore: Value = None, name: Value = None
    ) -> None:
        self.span = call.span
        self.datastore = datastore
        self.path_on_datastore = path_on_datastore or ""
        self.name = name


@sdk("azureml.data.datapath")
class DataPathComputeBinding(Modelled):
    """How a `DataPath` parameter is made available."""

    def __init__(
        self, call: Call, mode: Value = "mount", path_on_compute: Value = None, overwrite: Value = False
    ) -> None:
        self.span = call.span
        self.mode = mode
        self.path_on_compute = path_on_compute
