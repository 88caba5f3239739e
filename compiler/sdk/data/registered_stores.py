"""Registrations of datastores, and the class of each kind: their arguments become the store's address."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Modelled, Value
from pipelift.compiler.sdk.data import addresses
from pipelift.compiler.sdk.data.datastores import Datastore, StoreRecord
from pipelift.compiler.sdk.record import record_of
from pipelift.compiler.sdk.registry import sdk

UNTRIED = "held by unit tests and golden files: there is no server to try it on"
"""The note in docs/support.md for kinds of stores that no end-to-end test covers."""


class RegisteredStore(Datastore):
    """A store with its address; facts that the registration omits are unknown."""

    def is_a(self, cls: type[Modelled]) -> bool | None:
        """The registration names the kind."""
        return isinstance(self, cls)

    def _register(self, call: Call, workspace: Value, name: Value, kind: str, address: str | None) -> None:
        Datastore.__init__(self, call, workspace, name, kind)
        self.kind = self.datastore_type = kind
        self.address = address
        record_of(call).part(StoreRecord).stores.setdefault(name, self)


@sdk("azureml.data.azure_storage_datastore", "azureml.data")
class AzureBlobDatastore(RegisteredStore):
    """A container of Blob storage."""

    def __init__(
        self,
        call: Call,
        workspace: Value,
        name: Value,
        container_name: Value = None,
        account_name: Value = None,
        sas_token: Value = None,
        account_key: Value = None,
        protocol: Value = None,
        endpoint: Value = None,
        *_: Value,
        **__: Value,
    ) -> None:
        address = addresses.lake(container_name, account_name, endpoint)
        self._register(call, workspace, name, "blob", address)
        self.container_name, self.account_name = container_name, account_name
        self.is_sas = sas_token is not None


@sdk("azureml.data.azure_storage_datastore", "azureml.data", note=UNTRIED)
class AzureFileDatastore(RegisteredStore):
    """A file share."""

    def __init__(
        self,
        call: Call,
        workspace: Value,
        name: Value,
        container_name: Value = None,
        account_name: Value = None,
        sas_token: Value = None,
        account_key: Value = None,
        protocol: Value = None,
        endpoint: Value = None,
        request_session: Value = None,
    ) -> None:
        address = addresses.share(container_name, account_name, endpoint)
        self._register(call, workspace, name, "file share", address)
        self.container_name, self.account_name = container_name, account_name
        self.is_sas = sas_token is not None


@sdk(
    "azureml.data.azure_data_lake_datastore",
    "azureml.data",
    treatment="approximated",
    note="retired by Azure: taken for the Gen2 account that it was migrated to",
)
class AzureDataLakeDatastore(RegisteredStore):
    """A Data Lake of the first generation, which Azure retired on 29 February 2024."""

    def __init__(
        self,
        call: Call,
        workspace: Value,
        name: Value,
        store_name: Value = None,
        tenant_id: Value = None,
        client_id: Value = None,
        client_secret: Value = None,
        resource_url: Value = None,
        authority_url: Value = None,
        subscription_id: Value = None,
        resource_group: Value = None,
        service_data_access_auth_identity: Value = None,
    ) -> None:
        self._register(call, workspace, name, "data lake", addresses.gen1(store_name))
        self.store_name = store_name
        where = f"; after Azure's migration its data is at {self.address}" if self.address else ""
        message = f"store '{name}' is a Data Lake Gen1, which Azure retired on 29 February 2024{where}"
        call.reporter.report("PL249", message, call.span)


@sdk("azureml.data.azure_data_lake_datastore", "azureml.data", note=UNTRIED)
class AzureDataLakeGen2Datastore(RegisteredStore):
    """A file system of a Data Lake of the second generation."""

    def __init__(
        self,
        call: Call,
        workspace: Value,
        name: Value,
        container_name: Value = None,
        account_name: Value = None,
        tenant_id: Value = None,
        client_id: Value = None,
        client_secret: Value = None,
        resource_url: Value = None,
        authority_url: Value = None,
        protocol: Value = None,
        endpoint: Value = None,
        service_data_access_auth_identity: Value = None,
    ) -> None:
        self._register(
            call, workspace, name, "data lake", addresses.lake(container_name, account_name, endpoint)
        )
        self.container_name, self.account_name = container_name, account_name


class _Database(RegisteredStore):
    """What the databases share: no file has a path in them."""

    def _register_database(
        self, call: Call, where: tuple[Value, Value, Value, Value], kind: str, address: str | None
    ) -> None:
        workspace, name, server_name, database_name = where
        self._register(call, workspace, name, kind, address)
        self.server_name, self.database_name = server_name, database_name


@sdk("azureml.data.azure_sql_database_datastore", "azureml.data", note=UNTRIED)
class AzureSqlDatabaseDatastore(_Database):
    """An Azure SQL database."""


@sdk("azureml.data.azure_postgre_sql_datastore", "azureml.data")
class AzurePostgreSqlDatastore(_Database):
    """A PostgreSQL database."""


@sdk("azureml.data.azure_my_sql_datastore", "azureml.data", note=UNTRIED)
class AzureMySqlDatastore(_Database):
    """A MySQL database."""


@sdk("azureml.data.dbfs_datastore", "azureml.data", note=UNTRIED)
class DBFSDatastore(RegisteredStore):
    """The file system of a Databricks workspace."""


@sdk("azureml.data.hdfs_datastore", "azureml.data", note=UNTRIED)
class HDFSDatastore(RegisteredStore):
    """An HDFS cluster."""


def register_azure_blob_container(
    call: Call,
    workspace: Value,
    datastore_name: Value,
    container_name: Value,
    account_name: Value,
    sas_token: Value = None,
    account_key: Value = None,
    protocol: Value = None,
    endpoint: Value = None,
    overwrite: Value = False,
    create_if_not_exists: Value = False,
    skip_validation: Value = False,
    blob_cache_timeout: Value = None,
    grant_workspace_access: Value = False,
    subscription_id: Value = None,
    resource_group: Value = None,
) -> Value:
    """A store that is a container of Blob storage."""
    place = (container_name, account_name, sas_token, None, protocol, endpoint)
    return AzureBlobDatastore(call, workspace, datastore_name, *place)


def register_azure_file_share(
    call: Call,
    workspace: Value,
    datastore_name: Value,
    file_share_name: Value,
    account_name: Value,
    sas_token: Value = None,
    account_key: Value = None,
    protocol: Value = None,
    endpoint: Value = None,
    overwrite: Value = False,
    create_if_not_exists: Value = False,
    skip_validation: Value = False,
) -> Value:
    """A store that is a file share."""
    place = (file_share_name, account_name, sas_token, None, protocol, endpoint)
    return AzureFileDatastore(call, workspace, datastore_name, *place)


def register_azure_data_lake(
    call: Call,
    workspace: Value,
    datastore_name: Value,
    store_name: Value,
    tenant_id: Value = None,
    client_id: Value = None,
    client_secret: Value = None,
    resource_url: Value = None,
    authority_url: Value = None,
    subscription_id: Value = None,
    resource_group: Value = None,
    overwrite: Value = False,
    grant_workspace_access: Value = False,
) -> Value:
    """A store that is a Data Lake of the first generation."""
    return AzureDataLakeDatastore(call, workspace, datastore_name, store_name)


def register_azure_data_lake_gen2(
    call: Call,
    workspace: Value,
    datastore_name: Value,
    filesystem: Value,
    account_name: Value,
    tenant_id: Value = None,
    client_id: Value = None,
    client_secret: Value = None,
    resource_url: Value = None,
    authority_url: Value = None,
    protocol: Value = None,
    endpoint: Value = None,
    overwrite: Value = False,
    subscription_id: Value = None,
    resource_group: Value = None,
    grant_workspace_access: Value = False,
) -> Value:
    """A store that is a file system of a Data Lake of the second generation."""
    return AzureDataLakeGen2Datastore(
        call, workspace, datastore_name, filesystem, account_name, endpoint=endpoint
    )


def register_azure_sql_database(
    call: Call,
    workspace: Value,
    datastore_name: Value,
    server_name: Value,
    database_name: Value,
    tenant_id: Value = None,
    client_id: Value = None,
    client_secret: Value = None,
    resource_url: Value = None,
    authority_url: Value = None,
    endpoint: Value = None,
    overwrite: Value = False,
    username: Value = None,
    password: Value = None,
    subscription_id: Value = None,
    resource_group: Value = None,
    grant_workspace_access: Value = False,
    **_: Value,
) -> Value:
    """A store that is an Azure SQL database."""
    return _make_database(
        AzureSqlDatabaseDatastore,
        call,
        (workspace, datastore_name, server_name, database_name),
        "SQL database",
        addresses.sql_server(server_name, database_name, username, endpoint),
    )


def register_azure_postgre_sql(
    call: Call,
    workspace: Value,
    datastore_name: Value,
    server_name: Value,
    database_name: Value,
    user_id: Value,
    user_password: Value,
    port_number: Value = None,
    endpoint: Value = None,
    overwrite: Value = False,
    enforce_ssl: Value = True,
    **_: Value,
) -> Value:
    """A store that is a PostgreSQL database."""
    return _make_database(
        AzurePostgreSqlDatastore,
        call,
        (workspace, datastore_name, server_name, database_name),
        "PostgreSQL",
        addresses.postgresql(server_name, database_name, user_id, port_number, endpoint),
    )


def register_azure_my_sql(
    call: Call,
    workspace: Value,
    datastore_name: Value,
    server_name: Value,
    database_name: Value,
    user_id: Value,
    user_password: Value,
    port_number: Value = None,
    endpoint: Value = None,
    overwrite: Value = False,
    **_: Value,
) -> Value:
    """A store that is a MySQL database."""
    return _make_database(
        AzureMySqlDatastore,
        call,
        (workspace, datastore_name, server_name, database_name),
        "MySQL",
        addresses.mysql(server_name, database_name, user_id, port_number, endpoint),
    )


def register_dbfs(call: Call, workspace: Value, datastore_name: Value) -> Value:
    """A store that is the file system of a Databricks workspace."""
    store = DBFSDatastore(call, workspace, datastore_name)
    store._register(call, workspace, datastore_name, "DBFS", "dbfs:///")
    return store


def register_hdfs(
    call: Call,
    workspace: Value,
    datastore_name: Value,
    protocol: Value,
    namenode_address: Value,
    hdfs_server_certificate: Value,
    kerberos_realm: Value,
    kerberos_kdc_address: Value,
    kerberos_principal: Value,
    kerberos_keytab: Value = None,
    kerberos_password: Value = None,
    overwrite: Value = False,
) -> Value:
    """A store that is an HDFS cluster."""
    store = HDFSDatastore(call, workspace, datastore_name)
    store._register(call, workspace, datastore_name, "HDFS", addresses.hdfs(namenode_address))
    return store


def _make_database(
    cls: type[_Database],
    call: Call,
    where: tuple[Value, Value, Value, Value],
    kind: str,
    address: str | None,
) -> Value:
    store = cls(call, where[0], where[1])
    store._register_database(call, where, kind, address)
    return store


for _function in (
    register_azure_blob_container,
    register_azure_file_share,
    register_azure_data_lake,
    register_azure_data_lake_gen2,
    register_azure_sql_database,
    register_azure_postgre_sql,
    register_azure_my_sql,
    register_dbfs,
    register_hdfs,
):
    setattr(Datastore, _function.__name__, staticmethod(_function))
