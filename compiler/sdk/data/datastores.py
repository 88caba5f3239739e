"""`Datastore`: stores by name. The configuration says where each of them is now."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelift.compiler.evaluate.values import (
    Call,
    Interpolated,
    Modelled,
    Unknown,
    Value,
    find_unknown,
)
from pipelift.compiler.sdk.record import record_of
from pipelift.compiler.sdk.registry import sdk

DEFAULT_STORE = "workspaceblobstore"

_KINDS = {"workspaceblobstore": "blob", "workspacefilestore": "file share", "workspaceartifactstore": "blob"}


@sdk("azureml.core", "azureml.core.datastore")
class Datastore(Modelled):
    """A datastore, by name. `kind` comes from the registration, else from the name.

    `address` is the store's URL from the registration; see `registered_stores`.
    """

    def __init__(self, call: Call, workspace: Value = None, name: Value = None, kind: str = "folder") -> None:
        self.span = call.span
        self.workspace = workspace
        self.name = DEFAULT_STORE if name is None else name
        self.kind = _KINDS.get(str(self.name), kind)
        self.datastore_type = self.kind
        self.address: str | None = None
        for attribute in (
            "account_name",
            "container_name",
            "account_key",
            "sas_token",
            "protocol",
            "endpoint",
        ):
            self.__dict__[attribute] = Unknown("only the workspace knows where a store is", call.span)

    def is_a(self, cls: type[Modelled]) -> bool | None:
        """A store that is only looked up may be of any kind."""
        return None if issubclass(cls, Datastore) and not isinstance(self, cls) else isinstance(self, cls)

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
        if isinstance(workspace, StoreOwner):
            return Datastore(call, workspace, workspace._default_store)
        return Datastore(call)

    def set_as_default(self, call: Call) -> Value:
        """This store becomes the workspace's default."""
        if isinstance(self.workspace, StoreOwner):
            call.touch(self.workspace.__dict__)
            self.workspace._default_store = self.name
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


class StoreOwner(Modelled):
    """What has a default store, by name. `Workspace` is the only one."""

    _default_store: Value


@dataclass(slots=True)
class StoreRecord:
    """The stores that the program registers, by name; look-ups of the name mean the registered store."""

    stores: dict[Value, Datastore] = field(default_factory=dict)


@sdk("azureml.data.data_reference", "azureml.core.data_reference")
class DataReference(Modelled):
    """A path of a store as an input: the older form of a dataset."""

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
        self.data_reference_name = data_reference_name or _name_reference(call, datastore, path_on_datastore)
        self.path_on_datastore = path_on_datastore
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite

    def _with_mode(self, call: Call, mode: str, path_on_compute: Value) -> DataReference:
        name, path = self.data_reference_name, self.path_on_datastore
        return DataReference(call, self.datastore, name, path, mode, path_on_compute)

    def path(self, call: Call, path: Value = None, data_reference_name: Value = None) -> Value:
        """A path below this one."""
        whole = _join_paths(self.path_on_datastore or "", path or "")
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

    def text_parts(self) -> tuple[Value, ...] | None:
        """Inside a text the reference stands for its path."""
        return (self,)

    @staticmethod
    def create(
        call: Call,
        data_reference_name: Value = None,
        datapath: Value = None,
        datapath_compute_binding: Value = None,
    ) -> Value:
        """A reference to a `DataPath` with a `DataPathComputeBinding`."""
        store, path = datapath, None
        if isinstance(datapath, DataPath):
            store, path = datapath.datastore, datapath.path_on_datastore
        binding = datapath_compute_binding
        if isinstance(binding, DataPathComputeBinding):
            where = binding.path_on_compute
            return DataReference(call, store, data_reference_name, path, binding.mode, where)
        mode = binding if isinstance(binding, Unknown) else "mount"
        return DataReference(call, store, data_reference_name, path, mode)


def _join_paths(left: Value, right: Value) -> Value:
    """Two paths as one; with parameters in them a text that holds these."""
    unknown = find_unknown([left, right])
    if unknown is not None:
        return unknown
    if isinstance(left, str) and isinstance(right, str):
        return f"{left}/{right}".strip("/")
    parts = [
        part.parts if isinstance(part, Interpolated) else (part,) for part in (left, "/", right) if part != ""
    ]
    return Interpolated(tuple(piece for part in parts for piece in part))


def _name_reference(call: Call, datastore: Value, path: Value) -> Value:
    """The name of an unnamed reference: its store's, or a random one if there is a path (measured)."""
    if path and path not in (".", "/", "./"):
        return record_of(call).next_name("input")
    return name_of(datastore)


def name_of(store: Value) -> Value:
    """The name of a store, which the SDK takes in the place of the store itself too."""
    return store.name if isinstance(store, Datastore) else store


@sdk(
    "azureml.data.sql_data_reference",
    treatment="approximated",
    note="a table or stored procedure is read with a query of the same meaning",
)
class SqlDataReference(DataReference):
    """A table, query or stored procedure of a database: `kind` says which, `query` is the text that gives its rows."""

    def __init__(
        self,
        call: Call,
        datastore: Value,
        data_reference_name: Value = None,
        sql_table: Value = None,
        sql_query: Value = None,
        sql_stored_procedure: Value = None,
        sql_stored_procedure_params: Value = None,
    ) -> None:
        super().__init__(call, datastore, data_reference_name)
        sources = {"table": sql_table, "query": sql_query, "procedure": sql_stored_procedure}
        specified = {kind: value for kind, value in sources.items() if value is not None}
        self._source = next(iter(specified.items()), ("table", None))
        self._procedure_params: Value = sql_stored_procedure_params or []
        if len(specified) != 1:
            message = "SqlDataReference: one of sql_table, sql_query and sql_stored_procedure is required"
            call.reporter.report("PL233", message, call.span)

    @property
    def kind(self) -> str:
        """What is read: a table, a query or a procedure."""
        return self._source[0]

    @property
    def query(self) -> str | Unknown:
        """The query that returns the rows; unknown if a part of it is unknown, or a name is invalid."""
        kind, value = self._source
        unknown = find_unknown([value, self._procedure_params])
        if unknown is not None:
            return unknown
        if any(isinstance(part, (Modelled, Interpolated)) for part in self._list_parts(value)):
            return Unknown("a parameter or data stands in a query, where no run puts its value", self.span)
        if kind == "query":
            return str(value)
        if not isinstance(value, str) or not re.fullmatch(r"[\w.$#\[\]\"` -]+", value):
            return Unknown(f"{value!r} is no name of a {kind}", self.span)
        if kind == "table":
            return f"SELECT * FROM {value}"
        return self._call_procedure(value)

    def _list_parts(self, value: Value) -> list[Value]:
        """What becomes the text of the query: the `value` of its source, and the parameters of a procedure."""
        parameters = self._procedure_params if isinstance(self._procedure_params, (list, tuple)) else ()
        pairs = [(one.name, one.value) for one in parameters if isinstance(one, StoredProcedureParameter)]
        return [value, *(part for pair in pairs for part in pair)]

    def _call_procedure(self, name: str) -> str | Unknown:
        """The call of a stored procedure in the dialect of the database, or SQL Server's if that is not known."""
        parameters = self._procedure_params if isinstance(self._procedure_params, (list, tuple)) else ()
        values = [
            (parameter.name, parameter.value)
            for parameter in parameters
            if isinstance(parameter, StoredProcedureParameter)
        ]
        unknown = find_unknown([part for pair in values for part in pair])
        if unknown is not None:
            return unknown
        if isinstance(self.datastore, Datastore) and self.datastore.kind in ("PostgreSQL", "MySQL"):
            return f"CALL {name}({', '.join(_render_literal(value) for _, value in values)})"
        assignments = ", ".join(
            f"@{str(parameter).lstrip('@')} = {_render_literal(value)}" for parameter, value in values
        )
        return f"EXEC {name} {assignments}".rstrip()


def _render_literal(value: Value) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


@sdk("azureml.data.stored_procedure_parameter", "azureml.pipeline.core.graph", treatment="read")
class StoredProcedureParameter(Modelled):
    """A parameter of a stored procedure."""

    def __init__(self, call: Call, name: Value, value: Value, type: Value = None) -> None:
        self.span = call.span
        self.name = name
        self.value = value
        self.type = type


@sdk("azureml.data.stored_procedure_parameter", treatment="read")
class StoredProcedureParameterType(Modelled):
    """Types of parameters of stored procedures."""

    String = "String"
    Int = "Int"
    Decimal = "Decimal"
    Guid = "Guid"
    Boolean = "Boolean"
    Date = "Date"

    def __init__(self, call: Call, value: Value) -> None:
        self.span = call.span
        self.value = value


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

    @property
    def datastore_name(self) -> Value:
        """The name of the store."""
        return name_of(self.datastore)

    def create_data_reference(
        self, call: Call, data_reference_name: Value = None, datapath_compute_binding: Value = None
    ) -> Value:
        """A reference to the path."""
        return DataReference.create(call, data_reference_name, self, datapath_compute_binding)


@sdk("azureml.data.datapath")
class DataPathComputeBinding(Modelled):
    """How a `DataPath` parameter is made available."""

    def __init__(
        self, call: Call, mode: Value = "mount", path_on_compute: Value = None, overwrite: Value = False
    ) -> None:
        self.span = call.span
        self.mode = mode
        self.path_on_compute = path_on_compute

    def create_data_reference(
        self, call: Call, data_reference_name: Value = None, datapath: Value = None
    ) -> Value:
        """A reference to a path with this binding."""
        return DataReference.create(call, data_reference_name, datapath, self)
