"""`Pipeline.load_yaml`: the SDK's YAML format for pipelines (`azureml-sdk-v1.md` §3.8), read into its objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath

from pipelift.compiler.evaluate.kinds import describe_kind
from pipelift.compiler.evaluate.values import Call, Unknown, Value
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.data.consumption import DatasetConsumptionConfig
from pipelift.compiler.sdk.data.datasets import AbstractDataset, RegisteredDataset
from pipelift.compiler.sdk.data.datastores import (
    DataPath,
    DataPathComputeBinding,
    DataReference,
    Datastore,
    SqlDataReference,
)
from pipelift.compiler.sdk.data.pipeline_data import (
    InputPortBinding,
    PipelineData,
    PipelineOutputFileDataset,
    PipelineParameter,
)
from pipelift.compiler.sdk.steps.azure import AdlaStep, AzureBatchStep
from pipelift.compiler.sdk.steps.data_transfer import DataTransferStep
from pipelift.compiler.sdk.steps.databricks import DatabricksStep
from pipelift.compiler.sdk.steps.modules import Module, ModuleStep
from pipelift.compiler.sdk.steps.parallel_run import ParallelRunConfig, ParallelRunStep
from pipelift.compiler.sdk.steps.script import PythonScriptStep
from pipelift.compiler.sdk.steps.step import PipelineStep
from pipelift.compiler.sdk.yaml_files import read_yaml

Data = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Definition:
    """A pipeline as its file defines it, with the steps in the file's order."""

    steps: list[Value]
    description: Value


def read_pipeline(call: Call, workspace: Value, filename: Value) -> Definition | Unknown:
    """The definition in a pipeline's YAML file; unknown where the file cannot be read, which is reported."""
    if isinstance(filename, Unknown):
        message = f"the file of a pipeline is not known: {filename.root.reason}"
        call.reporter.report("PL110", message, call.span, causes=filename.chain())
        return Unknown("the pipeline's file is not known", call.span, filename)
    filename = filename if isinstance(filename, (str, PurePath)) else describe_kind(filename)
    try:
        data = read_yaml(call, str(filename))
        reader = _Reader(call, workspace, _read_mapping(data, "pipeline"))
        _read_mapping(reader.data, "steps")
        sections = _read_sections(reader.data, "steps")
        steps: list[Value] = [reader.read_step(name, step) for name, step in sections]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no YAML"
        call.reporter.report("PL243", f"'{filename}' cannot be read: {reason}", call.span)
        return Unknown("the pipeline's file cannot be read", call.span)
    except _FormatError as error:
        call.reporter.report("PL243", f"'{filename}': {error}", call.span)
        return Unknown("the pipeline's file is wrong", call.span)
    description = reader.data.get("description") or reader.data.get("name")
    return Definition(steps, description)


class _FormatError(Exception):
    """The file breaks a rule of the format."""


def _read_mapping(data: Value, name: str) -> Data:
    """The section `name`. Raises `_FormatError` if it is missing."""
    section = data.get(name) if isinstance(data, dict) else None
    if not isinstance(section, dict):
        raise _FormatError(f"there is no section '{name}'")
    return section


def _read_optional(data: Data, name: str) -> Data:
    """The section `name`, empty if there is none. Raises `_FormatError` if it is no mapping."""
    return _read_mapping(data, name) if data.get(name) else {}


def _read_sections(data: Data, name: str) -> list[tuple[str, Data]]:
    """The sections in section `name`, each with its name. Raises `_FormatError` if one is no mapping."""
    part = _read_optional(data, name)
    return [(str(key), _read_mapping(part, key)) for key in part]


def _read_text(data: Data, name: str) -> str | None:
    """The text `name`; None where there is none."""
    value = data.get(name)
    return None if value is None else str(value)


@dataclass(slots=True)
class _Reader:
    """What the file has named so far: parameters, source data, and data between steps."""

    call: Call
    workspace: Value
    data: Data
    parameters: dict[str, PipelineParameter] = field(default_factory=dict)
    sources: dict[str, Value] = field(default_factory=dict)
    between: dict[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, section in _read_sections(self.data, "parameters"):
            self.parameters[name] = PipelineParameter(self.call, name, self._read_default(name, section))
        for name, section in _read_sections(self.data, "data_references"):
            self.sources[name] = self._read_source(name, section)

    def _read_default(self, name: str, section: Data) -> Value:
        kind, default = _read_text(section, "type"), section.get("default")
        types = {"string": (str, None), "int": (int, 0), "float": (float, 0.0), "bool": (bool, False)}
        if kind in types:
            make, missing = types[kind]
            if not isinstance(default, (str, int, float, type(None))):
                raise _FormatError(f"the default of parameter '{name}' is no {kind}")
            return missing if default is None else make(default)
        if kind != "datapath":
            raise _FormatError(
                f"parameter '{name}' has the type string, int, float, bool or datapath, not {kind}"
            )
        if not isinstance(default, dict) or not {"datastore", "path_on_datastore"} <= default.keys():
            raise _FormatError(f"the default of parameter '{name}' needs datastore and path_on_datastore")
        store = Datastore(self.call, self.workspace, default["datastore"])
        return DataPath(self.call, store, default["path_on_datastore"], default.get("name"))

    def _read_source(self, name: str, section: Data) -> Value:
        if "dataset_name" in section or "dataset_id" in section:
            dataset_name = section.get("dataset_name") or section.get("dataset_id")
            dataset = RegisteredDataset(self.call, name=dataset_name, version="latest")
            return DatasetConsumptionConfig(self.call, name, dataset, "mount")
        if "datastore" not in section:
            raise _FormatError(f"data reference '{name}' names neither a datastore nor a dataset")
        store = Datastore(self.call, self.workspace, section["datastore"])
        if "path_on_datastore" in section:
            return DataReference(self.call, store, name, section["path_on_datastore"])
        sql = {key: section.get(key) for key in ("sql_table", "sql_query", "sql_stored_procedure")}
        return SqlDataReference(self.call, store, name, **sql)

    def read_step(self, key: str, section: Data) -> PipelineStep:
        """The step of a section. Raises `_FormatError` where the SDK raises a ValueError."""
        kind = _read_text(section, "type") or next(
            (old_key for old_key in _OLD_KEYS if old_key in section), ""
        )
        make = _STEPS.get(_OLD_KEYS.get(kind, kind))
        if make is None:
            raise _FormatError(f"step '{key}' has no type that the format knows")
        own = _read_optional(section, kind) if kind in _OLD_KEYS else {}
        return make(_Parts(self, key, {**section, **own}))

    def read_value(self, key: str, section: Value) -> Value:
        """A value of a step, or the pipeline parameter that it names as ``{source: NAME}``."""
        if not isinstance(section, dict) or "source" not in section:
            return section
        name = str(section["source"])
        if name not in self.parameters:
            raise _FormatError(f"step '{key}' takes the parameter '{name}', which does not exist")
        return self.parameters[name]

    def read_input(self, key: str, name: str, section: Data) -> Value:
        """An input of a step: a parameter's path, source data, or another step's output."""
        source = _read_text(section, "source")
        mode = _read_text(section, "bind_mode") or _read_text(section, "type") or "mount"
        if source is None:
            raise _FormatError(f"input '{name}' of step '{key}' has no source")
        if mode not in ("mount", "download"):
            raise _FormatError(
                f"bind_mode of input '{name}' of step '{key}' is mount or download, not {mode}"
            )
        where = section.get("path_on_compute")
        parameter = self.parameters.get(source)
        if parameter is not None and isinstance(parameter.default_value, DataPath):
            return (parameter, DataPathComputeBinding(self.call, mode, where))
        if source not in self.sources and source not in self.between:
            self.between[source] = PipelineData(self.call, source)
        data = self.sources.get(source, self.between.get(source))
        return InputPortBinding(self.call, name, data, mode, where)

    def read_output(self, key: str, name: str, section: Data) -> Value:
        """An output of a step, which others name by its destination."""
        destination = _read_text(section, "destination")
        mode = _read_text(section, "bind_mode") or _read_text(section, "type")
        if destination is None:
            raise _FormatError(f"output '{name}' of step '{key}' has no destination")
        if mode not in (None, "mount", "upload"):
            raise _FormatError(f"bind_mode of output '{name}' of step '{key}' is mount or upload, not {mode}")
        store = section.get("datastore")
        data = self.between.get(destination)
        if not isinstance(data, PipelineData):
            data = PipelineData(self.call, destination)
        data.output_name, data.output_mode = name, mode or "mount"
        data.datastore = Datastore(self.call, self.workspace, store) if store else None
        self.between[destination] = data
        if section.get("as_dataset") is True:
            self.between[destination] = PipelineOutputFileDataset(self.call, data)
        return self.between[destination]


@dataclass(slots=True)
class _Parts:
    """The section of one step, with its ports and arguments as objects of the SDK."""

    reader: _Reader
    key: str
    section: Data
    inputs: dict[str, Value] = field(default_factory=dict)
    side_inputs: dict[str, Value] = field(default_factory=dict)
    outputs: dict[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, mapping in (("inputs", self.inputs), ("side_inputs", self.side_inputs)):
            for port, section in _read_sections(self.section, name):
                mapping[port] = self.reader.read_input(self.key, port, section)
        for port, section in _read_sections(self.section, "outputs"):
            self.outputs[port] = self.reader.read_output(self.key, port, section)

    @property
    def compute(self) -> Value:
        return self.section.get("compute", self.reader.data.get("default_compute"))

    @property
    def runconfig(self) -> Value:
        path = self.section.get("runconfig")
        return None if path is None else RunConfiguration.load(self.reader.call, path)

    @property
    def params(self) -> dict[str, Value]:
        parameters = _read_optional(self.section, "parameters")
        return {name: self.reader.read_value(self.key, value) for name, value in parameters.items()}

    @property
    def arguments(self) -> list[Value]:
        arguments = self.section.get("arguments") or []
        if not isinstance(arguments, list):
            raise _FormatError(f"the arguments of step '{self.key}' are no list")
        return [self._find_port(argument) for argument in arguments]

    def _find_port(self, argument: Value) -> Value:
        kind, _, name = str(argument).partition(":")
        ports = {"input": self.inputs, "side_input": self.side_inputs, "output": self.outputs}
        return ports.get(kind, {}).get(name, argument)

    def select_values(self, *names: str) -> dict[str, Value]:
        """The values of the section under the names that the step's class has for them."""
        return {name: self.section[name] for name in names if name in self.section}

    def read_single_input(self, name: str) -> Value:
        """The single input of a section such as source_data_reference."""
        for port, section in _read_sections(self.section, name):
            return self.reader.read_input(self.key, port, section)
        raise _FormatError(f"step '{self.key}' has no {name}")


_COMMON = ("name", "allow_reuse", "version")


def _make_python_script(parts: _Parts) -> PipelineStep:
    if "script_name" not in parts.section:
        raise _FormatError(f"step '{parts.key}' has no script_name")
    settings = _read_optional(parts.section, "runconfig_parameters")
    return PythonScriptStep(
        parts.reader.call,
        arguments=parts.arguments,
        compute_target=parts.compute,
        runconfig=parts.runconfig,
        runconfig_pipeline_params={k: parts.reader.read_value(parts.key, v) for k, v in settings.items()},
        inputs=list(parts.inputs.values()),
        outputs=list(parts.outputs.values()),
        params=parts.params,
        **parts.select_values("script_name", "source_directory", "hash_paths", *_COMMON),
    )


def _make_parallel_run(parts: _Parts) -> PipelineStep:
    call = parts.reader.call
    path = parts.section.get("parallel_run_config")
    config = ParallelRunConfig.load_yaml(call, parts.reader.workspace, path)
    inputs = list(_unwrap_datasets(parts))
    output = next(iter(parts.outputs.values()), None)
    side = list(parts.side_inputs.values())
    common = parts.select_values("name", "allow_reuse")
    common.setdefault("name", parts.key)
    return ParallelRunStep(
        call,
        parallel_run_config=config,
        inputs=inputs,
        output=output,
        side_inputs=side,
        arguments=parts.arguments,
        **common,
    )


def _unwrap_datasets(parts: _Parts) -> Iterator[Value]:
    """The inputs of a ParallelRunStep, as the datasets behind their bindings."""
    for name, port in parts.inputs.items():
        data = port.bind_object if isinstance(port, InputPortBinding) else port
        if isinstance(data, PipelineOutputFileDataset):
            yield data.as_named_input(parts.reader.call, name)
        elif isinstance(data, DatasetConsumptionConfig) and isinstance(data.dataset, AbstractDataset):
            yield data.dataset.as_named_input(parts.reader.call, name)
        else:
            yield port


def _make_data_transfer(parts: _Parts) -> PipelineStep:
    common = {"name": parts.key, **parts.select_values("name", "allow_reuse")}
    return DataTransferStep(
        parts.reader.call,
        source_data_reference=parts.read_single_input("source_data_reference"),
        destination_data_reference=parts.read_single_input("destination_data_reference"),
        compute_target=parts.compute,
        **common,
    )


def _make_databricks(parts: _Parts) -> PipelineStep:
    names = (
        "existing_cluster_id spark_version node_type num_workers min_workers max_workers notebook_path "
        "notebook_params python_script_path python_script_params main_class_name jar_params "
        "python_script_name source_directory run_name timeout_seconds"
    )
    common = {"name": parts.key, **parts.select_values(*_COMMON, *names.split())}
    return DatabricksStep(
        parts.reader.call,
        inputs=list(parts.inputs.values()),
        outputs=list(parts.outputs.values()),
        compute_target=parts.compute,
        **common,
    )


def _make_adla(parts: _Parts) -> PipelineStep:
    return AdlaStep(
        parts.reader.call,
        inputs=list(parts.inputs.values()),
        outputs=list(parts.outputs.values()),
        params=parts.params,
        compute_target=parts.compute,
        **{"script_name": None, **parts.select_values("script_name", "source_directory", *_COMMON)},
    )


def _make_azure_batch(parts: _Parts) -> PipelineStep:
    common = {"name": parts.key, **parts.select_values("pool_id", "executable", "source_directory", *_COMMON)}
    return AzureBatchStep(
        parts.reader.call,
        arguments=parts.arguments,
        inputs=list(parts.inputs.values()),
        outputs=list(parts.outputs.values()),
        compute_target=parts.compute,
        **common,
    )


def _make_module_step(parts: _Parts) -> PipelineStep:
    call, section = parts.reader.call, parts.section
    if "id" not in section and "name" not in section:
        raise _FormatError(f"step '{parts.key}' contains neither a module's id nor its name")
    module = Module.get(call, parts.reader.workspace, section.get("id"), section.get("name"))
    return ModuleStep(
        call,
        module=module,
        version=section.get("version"),
        inputs_map=parts.inputs,
        outputs_map=parts.outputs,
        compute_target=parts.compute,
        runconfig=parts.runconfig,
        arguments=parts.arguments,
        params=parts.params,
    )


_STEPS = {
    "PythonScriptStep": _make_python_script,
    "ParallelRunStep": _make_parallel_run,
    "DataTransferStep": _make_data_transfer,
    "DatabricksStep": _make_databricks,
    "AdlaStep": _make_adla,
    "AzureBatchStep": _make_azure_batch,
    "ModuleStep": _make_module_step,
}

_OLD_KEYS = {
    "python_script_step": "PythonScriptStep",
    "parallel_run_step": "ParallelRunStep",
    "data_transfer_step": "DataTransferStep",
    "databricks_step": "DatabricksStep",
    "adla_step": "AdlaStep",
    "azure_batch_step": "AzureBatchStep",
    "module": "ModuleStep",
}
"""The sections that an older form of the format used instead of ``type``."""
