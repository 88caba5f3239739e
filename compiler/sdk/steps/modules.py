"""Modules of the workspace: `Module`, its versions, the ports that it declares, and `ModuleStep`."""

from __future__ import annotations

import copy

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.data.consumption import DatasetConsumptionConfig
from pipelift.compiler.sdk.data.datastores import DataReference
from pipelift.compiler.sdk.data.outputs import OutputFileDatasetConfig
from pipelift.compiler.sdk.data.pipeline_data import InputPortBinding, PipelineData
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps.step import PipelineStep, list_values


@sdk("azureml.pipeline.core.graph")
class InputPortDef(Modelled):
    """An input that a module declares."""

    def __init__(
        self,
        call: Call,
        name: Value,
        data_types: Value = None,
        default_datastore_mode: Value = None,
        default_path_on_compute: Value = None,
        is_optional: Value = False,
        default_overwrite: Value = None,
        default_data_reference_name: Value = None,
        is_resource: Value = False,
        label: Value = None,
        additional_transformations: Value = None,
        **kwargs: Value,
    ) -> None:
        self.span = call.span
        self.name = name
        self.default_datastore_mode = default_datastore_mode
        self.is_optional = is_optional


@sdk("azureml.pipeline.core.graph")
class OutputPortDef(Modelled):
    """An output that a module declares."""

    def __init__(
        self,
        call: Call,
        name: Value,
        default_datastore_name: Value = None,
        default_datastore_mode: Value = None,
        default_path_on_compute: Value = None,
        is_directory: Value = False,
        data_type: Value = None,
        default_overwrite: Value = None,
        training_output: Value = None,
        label: Value = None,
    ) -> None:
        self.span = call.span
        self.name = name
        self.default_datastore_name = default_datastore_name
        self.default_datastore_mode = default_datastore_mode


@sdk("azureml.pipeline.core", "azureml.pipeline.core.module", treatment="read")
class ModuleVersion(Modelled):
    """One version of a module. `script` is what it runs, where the program publishes it itself."""

    def __init__(self, call: Call, workspace: Value, module_entity: Value, version: Value, *_: Value) -> None:
        self.span = call.span
        self.version = version
        self.script: Value = None
        self.source_directory: Value = None
        self.runconfig: Value = None
        self._module = module_entity
        self.module_version_id = Unknown("only the service knows the id of a module's version", call.span)

    @staticmethod
    def get(call: Call, workspace: Value, module_version_id: Value = None, **_: Value) -> Value:
        """A version by its id: only the workspace knows its module."""
        return ModuleVersion(call, workspace, Module(call, workspace, None, module_version_id), None)

    def module(self, call: Call, **_: Value) -> Value:
        """The module."""
        return self._module

    @property
    def owner(self) -> Value:
        """The module."""
        return self._module


@sdk("azureml.pipeline.core", "azureml.pipeline.core.module", treatment="read")
class Module(Modelled):
    """A module by name, with the versions that the program publishes."""

    def __init__(
        self,
        call: Call,
        workspace: Value,
        module_id: Value = None,
        name: Value = None,
        *_: Value,
        **__: Value,
    ) -> None:
        self.span = call.span
        self.name = module_id if name is None else name
        self.id = Unknown("only the service knows the id of a module", call.span)
        self._versions: list[ModuleVersion] = []
        self._default: Value = None

    @staticmethod
    def create(call: Call, workspace: Value, name: Value, description: Value = None, **_: Value) -> Value:
        """A new module; nothing is created in the workspace."""
        return Module(call, workspace, None, name)

    @staticmethod
    def get(call: Call, workspace: Value, module_id: Value = None, name: Value = None, **_: Value) -> Value:
        """A module of the workspace."""
        return Module(call, workspace, module_id, name)

    def publish_python_script(
        self,
        call: Call,
        script_name: Value,
        description: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        params: Value = None,
        create_sequencing_ports: Value = True,
        version: Value = None,
        is_default: Value = False,
        source_directory: Value = None,
        hash_paths: Value = None,
        category: Value = None,
        arguments: Value = None,
        runconfig: Value = None,
    ) -> Value:
        """A version that runs a script."""
        published = self._publish_version(call, version, is_default)
        published.script, published.source_directory, published.runconfig = (
            script_name,
            source_directory,
            runconfig,
        )
        return published

    def publish(self, call: Call, *args: Value, **options: Value) -> Value:
        """A version of another kind."""
        return self._publish_version(call, options.get("version"), options.get("is_default", False))

    def publish_adla_script(self, call: Call, *args: Value, **options: Value) -> Value:
        """A version that runs a U-SQL script."""
        return self.publish(call, *args, **options)

    def publish_azure_batch(self, call: Call, *args: Value, **options: Value) -> Value:
        """A version that runs in Azure Batch."""
        return self.publish(call, *args, **options)

    def _publish_version(self, call: Call, version: Value, is_default: Value) -> ModuleVersion:
        call.touch(self._versions)
        number = str(len(self._versions) + 1) if version is None else version
        published = ModuleVersion(call, None, self, number)
        self._versions.append(published)
        if is_default is True or self._default is None:
            self._default = published
        return published

    def resolve(self, call: Call, version: Value = None) -> Value:
        """The version of that number, else the default one."""
        return _find_version(self, version)

    def get_default(self, call: Call) -> Value:
        """The default version."""
        return self._default

    def get_default_version(self, call: Call) -> Value:
        """The number of the default version."""
        return self._default.version if isinstance(self._default, ModuleVersion) else self._default

    def set_default_version(self, call: Call, version_id: Value) -> Value:
        """Another version becomes the default."""
        self._default = _find_version(self, version_id)
        return None


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.module_step")
class ModuleStep(PipelineStep):
    """Runs a module. The maps name its ports as the module declares them."""

    interpreter = None
    refused = "the workspace's module registry: write a step with the module's script"

    def __init__(
        self,
        call: Call,
        module: Value = None,
        version: Value = None,
        module_version: Value = None,
        inputs_map: Value = None,
        outputs_map: Value = None,
        compute_target: Value = None,
        runconfig: Value = None,
        runconfig_pipeline_params: Value = None,
        arguments: Value = None,
        params: Value = None,
        name: Value = None,
        _workflow_provider: Value = None,
    ) -> None:
        owner = module_version.owner if isinstance(module_version, ModuleVersion) else module
        own = owner.name if isinstance(owner, Module) else owner
        self._begin(call, own if name is None else name)
        if (module is None) == (module_version is None):
            self._refuse(call, "exactly one of module and module_version is required")
        if module_version is None and isinstance(owner, Module):
            module_version = _find_version(owner, version)
        self.program = "module"
        if isinstance(module_version, ModuleVersion):
            self.program = module_version.script or "module"
            self.source_directory = module_version.source_directory
        self._configure(call, compute_target, runconfig, runconfig_pipeline_params, params)
        replacements: dict[int, Value] = {}
        inputs = [_rename_input(call, key, value, replacements) for key, value in _list_items(inputs_map)]
        outputs = [_rename_output(call, key, value) for key, value in _list_items(outputs_map)]
        words = [replacements.get(id(word), word) for word in list_values(call, arguments, "arguments")]
        self._collect(call, words, inputs, outputs)


def _find_version(module: Module, number: Value = None) -> Value:
    """The version of that number if the program publishes it, else the default one, if there is one."""
    return next((version for version in module._versions if version.version == number), module._default)


def _list_items(mapping: Value) -> list[tuple[Value, Value]]:
    return list(mapping.items()) if isinstance(mapping, dict) else []


def _rename_input(call: Call, name: Value, data: Value, replacements: dict[int, Value]) -> Value:
    """The data of an input under the module's name for it."""
    renamed = data
    if isinstance(data, PipelineData):
        renamed = InputPortBinding(call, name, data)
    elif isinstance(data, InputPortBinding):
        renamed = InputPortBinding(call, name, data.bind_object, data.bind_mode, data.path_on_compute)
    elif isinstance(data, OutputFileDatasetConfig):
        renamed = data.as_input(call, name)
    elif isinstance(data, (DatasetConsumptionConfig, DataReference)):
        renamed = copy.copy(data)
        renamed.__dict__["name" if isinstance(data, DatasetConsumptionConfig) else "data_reference_name"] = (
            name
        )
    if renamed is not data:
        replacements[id(data)] = renamed
    return renamed


def _rename_output(call: Call, name: Value, data: Value) -> Value:
    """The data of an output, whose port gets the module's name for it."""
    if isinstance(data, PipelineData):
        call.touch(data.__dict__)
        data.output_name = name
    elif isinstance(data, OutputFileDatasetConfig):
        call.touch(data.__dict__)
        data.name = name
    return data
