"""Compute targets: names, and the VM size where the program says it."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.registry import sdk

DEFAULT_NODES = 0
"""The SDK's default for the minimum number of nodes of a cluster."""

DEFAULT_IDLE = 1800
"""The SDK's default for the seconds of idle time after which a cluster releases a node."""


class Provisioning(Modelled):
    """What `provisioning_configuration` or `attach_configuration` gives."""

    sdk_name = "provisioning configuration"

    def __init__(self, call: Call, kind: str, **options: Value) -> None:
        self.span = call.span
        self.kind = kind
        self.vm_size: Value = None
        self.vm_priority: Value = None
        self.min_nodes: Value = DEFAULT_NODES
        self.max_nodes: Value = None
        self.idle_seconds_before_scaledown: Value = DEFAULT_IDLE
        self.__dict__.update(options)

    @property
    def vm(self) -> Value:
        """The VM size, or None."""
        return self.vm_size or None


@sdk("azureml.core", "azureml.core.compute", "azureml.core.compute.compute")
class ComputeTarget(Modelled):
    """A compute target, by name. `size` is the VM size where it is created in the program."""

    kind = "ComputeTarget"

    def __init__(self, call: Call, workspace: Value = None, name: Value = None) -> None:
        self.span = call.span
        self.name = name
        self.size: Value = None
        self.provisioning: Value = None
        self.type = Unknown("only the workspace knows the kind of a compute target", call.span)
        self.provisioning_state = Unknown("only the workspace knows its state", call.span)
        self.status = Unknown("only the workspace knows its state", call.span)

    def merged_with(self, other: Value) -> Value:
        """Merge a target that is looked up in one branch and created in the other; the created one has the size."""
        if not isinstance(other, ComputeTarget):
            return None
        return self if self.size is not None or other.size is None else other

    def doubt(self, cause: Unknown) -> None:
        """One that is only looked up may not be there."""
        if self.provisioning is None:
            self._doubted = cause

    def is_a(self, cls: type[Modelled]) -> bool | None:
        """A target that is only looked up may be of any kind."""
        if not issubclass(cls, ComputeTarget) or isinstance(self, cls):
            return isinstance(self, cls)
        if isinstance(self.provisioning, Provisioning):
            return self.provisioning.kind == cls.__name__
        return None if type(self) is ComputeTarget else False

    @staticmethod
    def create(call: Call, workspace: Value, name: Value, provisioning_configuration: Value) -> Value:
        """A target with this configuration; nothing is created."""
        target = ComputeTarget(call, workspace, name)
        target.provisioning = provisioning_configuration
        if isinstance(provisioning_configuration, Provisioning):
            target.size = provisioning_configuration.vm
        elif isinstance(provisioning_configuration, Unknown):
            target.size = provisioning_configuration
        return target

    @staticmethod
    def attach(call: Call, workspace: Value, name: Value, **options: Value) -> Value:
        """A target that exists elsewhere: nothing is attached."""
        target = ComputeTarget(call, workspace, name)
        target.provisioning = options.get("attach_configuration")
        return target

    @staticmethod
    def list(call: Call, workspace: Value) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its compute targets", call.span)

    def wait_for_completion(self, call: Call, **_: Value) -> Value:
        """Nothing to wait for."""
        return None

    def get_status(self, call: Call) -> Value:
        """Not known."""
        return self.status

    def refresh_state(self, call: Call) -> Value:
        """Nothing to refresh."""
        return None

    def update(self, call: Call, **_: Value) -> Value:
        """Limits of the cluster say nothing about the graph."""
        return None

    def delete(self, call: Call, **_: Value) -> Value:
        """Nothing is deleted."""
        return None

    def detach(self, call: Call) -> Value:
        """Nothing is detached."""
        return None

    def serialize(self, call: Call) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its state", call.span)


@sdk("azureml.core.compute", "azureml.core.compute.amlcompute")
class AmlCompute(ComputeTarget):
    """A cluster of the workspace."""

    @staticmethod
    def provisioning_configuration(
        call: Call,
        vm_size: Value = "",
        vm_priority: Value = "dedicated",
        min_nodes: Value = DEFAULT_NODES,
        max_nodes: Value = None,
        idle_seconds_before_scaledown: Value = DEFAULT_IDLE,
        admin_username: Value = None,
        admin_user_password: Value = None,
        admin_user_ssh_key: Value = None,
        vnet_resourcegroup_name: Value = None,
        vnet_name: Value = None,
        subnet_name: Value = None,
        tags: Value = None,
        description: Value = None,
        remote_login_port_public_access: Value = "NotSpecified",
        identity_type: Value = None,
        identity_id: Value = None,
        location: Value = None,
        enable_node_public_ip: Value = True,
    ) -> Value:
        """How the cluster is made: its size, priority and node limits."""
        return Provisioning(
            call,
            "AmlCompute",
            vm_size=vm_size,
            vm_priority=vm_priority,
            min_nodes=min_nodes,
            max_nodes=max_nodes,
            idle_seconds_before_scaledown=idle_seconds_before_scaledown,
        )

    @staticmethod
    def supported_vmsizes(call: Call, workspace: Value, location: Value = None) -> Value:
        """Not known."""
        return Unknown("only Azure knows which sizes it has", call.span)


def _other(name: str) -> type[ComputeTarget]:
    def configuration(call: Call, **options: Value) -> Value:
        return Provisioning(call, name, **options)

    members = {
        "provisioning_configuration": staticmethod(configuration),
        "attach_configuration": staticmethod(configuration),
        "__doc__": f"A target of kind {name}.",
    }
    return type(name, (ComputeTarget,), members)


for _name in (
    "AdlaCompute",
    "AksCompute",
    "BatchCompute",
    "ComputeInstance",
    "DataFactoryCompute",
    "DatabricksCompute",
    "DsvmCompute",
    "HDInsightCompute",
    "KubernetesCompute",
    "KustoCompute",
    "RemoteCompute",
    "SynapseCompute",
):
    sdk("azureml.core.compute")(_other(_name))
