"""`Workspace`, its mappings and key vault, and the classes for authentication."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value, find_unknown
from pipelift.compiler.sdk.core.compute import ComputeTarget
from pipelift.compiler.sdk.core.environment import Environment
from pipelift.compiler.sdk.core.mapping import WorkspaceMapping
from pipelift.compiler.sdk.credentials import PARAMETERS, note_credential
from pipelift.compiler.sdk.data.datastores import DEFAULT_STORE, Datastore, StoreOwner
from pipelift.compiler.sdk.data.factories import Dataset
from pipelift.compiler.sdk.registry import sdk


@sdk("azureml.core", "azureml.core.workspace")
class Workspace(StoreOwner):
    """A workspace: never contacted."""

    def __init__(
        self,
        call: Call,
        subscription_id: Value = None,
        resource_group: Value = None,
        workspace_name: Value = None,
        auth: Value = None,
        _location: Value = None,
        _disable_service_check: Value = False,
        _workspace_id: Value = None,
        sku: Value = "basic",
        tags: Value = None,
        _cloud: Value = "AzureCloud",
    ) -> None:
        self.span = call.span
        self.subscription_id = subscription_id or Unknown(
            "only the workspace knows its subscription", call.span
        )
        self.resource_group = resource_group or Unknown("only the workspace knows its group", call.span)
        self.name = workspace_name or Unknown("only the workspace knows its name", call.span)
        self.location = Unknown("only the workspace knows its location", call.span)
        self.tags = tags
        self._default_store = DEFAULT_STORE
        self.compute_targets = WorkspaceMapping("Workspace.compute_targets", call.span, _get_compute_target)
        self.datastores = WorkspaceMapping(
            "Workspace.datastores", call.span, lambda c, name: Datastore(c, self, name)
        )
        self.datasets = WorkspaceMapping(
            "Workspace.datasets", call.span, lambda c, name: Dataset.get_by_name(c, self, name)
        )
        self.environments = WorkspaceMapping(
            "Workspace.environments", call.span, lambda c, n: Environment.get(c, self, n)
        )

    @staticmethod
    def from_config(
        call: Call, path: Value = None, auth: Value = None, _logger: Value = None, _file_name: Value = None
    ) -> Value:
        """The workspace of a configuration file. The file is not read: the graph does not depend on it."""
        return Workspace(call)

    @staticmethod
    def get(
        call: Call,
        name: Value,
        auth: Value = None,
        subscription_id: Value = None,
        resource_group: Value = None,
        location: Value = None,
        cloud: Value = "AzureCloud",
        id: Value = None,
    ) -> Value:
        """A workspace by name."""
        return Workspace(call, subscription_id, resource_group, name)

    @staticmethod
    def create(call: Call, name: Value, **options: Value) -> Value:
        """A new workspace; nothing is created."""
        return Workspace(call, options.get("subscription_id"), options.get("resource_group"), name)

    @staticmethod
    def setup(call: Call) -> Value:
        """A workspace from the command line's configuration."""
        return Workspace(call)

    def get_default_datastore(self, call: Call) -> Value:
        """The default datastore: `workspaceblobstore` unless the program set another."""
        return Datastore(call, self, self._default_store)

    def set_default_datastore(self, call: Call, name: Value) -> Value:
        """Another store becomes the default."""
        self._default_store = name.name if isinstance(name, Datastore) else name
        return None

    def get_default_keyvault(self, call: Call) -> Value:
        """The key vault, of which nothing is read."""
        return Keyvault(call)

    def get_default_compute_target(self, call: Call, type: Value) -> Value:
        """The workspace's default cluster for CPU or GPU."""
        return ComputeTarget(call, self, f"{type}-cluster".lower() if isinstance(type, str) else "default")

    def get_details(self, call: Call) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its details", call.span)

    def get_mlflow_tracking_uri(self, call: Call, _with_auth: Value = False) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its tracking address", call.span)

    def write_config(self, call: Call, path: Value = None, file_name: Value = None) -> Value:
        """No file is written."""
        return None


def _get_compute_target(call: Call, name: Value) -> Value:
    return ComputeTarget(call, None, name)


class Keyvault(Modelled):
    """The workspace's key vault: nothing is read from it, nothing written."""

    sdk_name = "azureml.core.keyvault.Keyvault"

    def __init__(self, call: Call) -> None:
        self.span = call.span

    def get_secret(self, call: Call, name: Value) -> Value:
        """Secrets are references: none is read."""
        return _vault_entry(call, name)

    def get_secrets(self, call: Call, secrets: Value) -> Value:
        """As `get_secret`, by name."""
        if not isinstance(secrets, (list, tuple)) or find_unknown(secrets) is not None:
            return Unknown("pipelift reads no secrets", call.span)
        return {name: _vault_entry(call, name) for name in secrets if isinstance(name, str)}

    def list_secrets(self, call: Call) -> Value:
        """As `get_secret`."""
        return Unknown("only the workspace knows its secrets", call.span)

    def get_secret_content_type(self, call: Call, name: Value) -> Value:
        """As `get_secret`."""
        return Unknown("only the workspace knows its secrets", call.span)

    def set_secret(self, call: Call, name: Value, value: Value, content_type: Value = None) -> Value:
        """Nothing is written; a value in the source is reported."""
        note_credential(call, "value", value)
        return None

    def set_secrets(self, call: Call, secrets_batch: Value) -> Value:
        """As `set_secret`, several."""
        return None

    def delete_secret(self, call: Call, name: Value) -> Value:
        """Nothing is deleted."""
        return None

    def delete_secrets(self, call: Call, secrets: Value) -> Value:
        """Nothing is deleted."""
        return None


def _vault_entry(call: Call, name: Value) -> Unknown:
    return Unknown("pipelift reads no secrets", call.span, secret=name if isinstance(name, str) else "")


sdk("azureml.core", "azureml.core.keyvault", treatment="read")(Keyvault)


class Authentication(Modelled):
    """A method of authentication; pipelift never signs in."""

    def __init__(self, call: Call, **options: Value) -> None:
        self.span = call.span
        for name in PARAMETERS & options.keys():
            note_credential(call, name, options[name])


for _name in (
    "ArmTokenAuthentication",
    "AzureCliAuthentication",
    "AzureMLTokenAuthentication",
    "InteractiveLoginAuthentication",
    "MsiAuthentication",
    "ServicePrincipalAuthentication",
    "TokenAuthentication",
):
    sdk("azureml.core.authentication", name=_name)(type(_name, (Authentication,), {}))
