"""`ParallelRunStep` and `ParallelRunConfig`: a script run over mini-batches of its inputs."""

from __future__ import annotations

from pathlib import PurePath

from pipelift.compiler.evaluate.kinds import describe_kind
from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value, derived
from pipelift.compiler.sdk.core.environment import Environment
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.core.unreadable import find_unreadable
from pipelift.compiler.sdk.data.consumption import DatasetConsumptionConfig
from pipelift.compiler.sdk.data.datasets import RegisteredDataset
from pipelift.compiler.sdk.data.outputs import OutputFileDatasetConfig
from pipelift.compiler.sdk.data.pipeline_data import PipelineOutputFileDataset, PipelineParameter
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps.step import PipelineStep, list_values
from pipelift.compiler.sdk.yaml_files import read_yaml

RESERVED = frozenset(
    [
        "mini_batch_size",
        "error_threshold",
        "allowed_failed_count",
        "allowed_failed_percent",
        "output",
        "output_action",
        "logging_level",
        "process_count_per_node",
        "run_invocation_timeout",
        "run_max_try",
        "append_row_file_name",
        "partition_keys",
    ]
)
"""The arguments that the step's own driver takes: the SDK refuses them from the user."""


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.parallel_run_config", treatment="read")
class ParallelRunConfig(Modelled):
    """How a ParallelRunStep runs."""

    mini_batch_size: Value

    def __init__(
        self,
        call: Call,
        environment: Value,
        entry_script: Value,
        error_threshold: Value,
        output_action: Value,
        compute_target: Value,
        node_count: Value,
        process_count_per_node: Value = None,
        mini_batch_size: Value = None,
        source_directory: Value = None,
        description: Value = None,
        logging_level: Value = "INFO",
        run_invocation_timeout: Value = 60,
        run_max_try: Value = 3,
        append_row_file_name: Value = None,
        allowed_failed_count: Value = None,
        allowed_failed_percent: Value = None,
        partition_keys: Value = None,
        environment_variables: Value = None,
    ) -> None:
        options = {key: value for key, value in locals().items() if key not in ("self", "call")}
        self.span = call.span
        self.entry_script: Value = None
        self.source_directory: Value = None
        self.environment: Value = None
        self.compute_target: Value = None
        self.output_action: Value = None
        self.node_count: Value = None
        self.partition_keys: Value = None
        self.environment_variables: Value = {}
        self.__dict__.update(options, environment_variables=environment_variables or {})

    @staticmethod
    def load_yaml(call: Call, workspace: Value, path: Value) -> Value:
        """The configuration of a YAML file; what makes it unreadable is reported."""
        if isinstance(path, Unknown):
            return derived("the file of a parallel run configuration is not known", call.span, path)
        if not isinstance(path, (str, PurePath)):
            message = f"the path of a parallel run configuration is {describe_kind(path)}, not a text"
            finding = call.reporter.find("PL217", message, call.span)
            return Unknown("the parallel run configuration cannot be read", call.span, finding=finding)
        try:
            options = _read_settings(read_yaml(call, str(path)))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no parallel run configuration"
            return find_unreadable(call, str(path), reason)
        name = options.pop("environment_name", None)
        settings = {key: value for key, value in options.items() if key in _FIELDS}
        required = dict.fromkeys(
            ("entry_script", "error_threshold", "output_action", "compute_target", "node_count")
        )
        environment = Environment.get(call, workspace, name) if name else Environment(call)
        return ParallelRunConfig(call, **{**required, "environment": environment, **settings})

    def save_to_yaml(self, call: Call, path: Value) -> Value:
        """Nothing is written."""
        return None

    @property
    def parameters(self) -> list[Value]:
        """The settings that are pipeline parameters."""
        return [value for value in self.__dict__.values() if isinstance(value, PipelineParameter)]


_FIELDS = frozenset(
    [
        "entry_script",
        "error_threshold",
        "output_action",
        "compute_target",
        "node_count",
        "process_count_per_node",
        "mini_batch_size",
        "source_directory",
        "description",
        "logging_level",
        "run_invocation_timeout",
        "run_max_try",
        "append_row_file_name",
        "allowed_failed_count",
        "allowed_failed_percent",
        "partition_keys",
    ]
)


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.parallel_run_step")
class ParallelRunStep(PipelineStep):
    """Runs ``init()`` and ``run(mini_batch)`` of a script over its inputs."""

    renames_inputs = True
    refused = (
        "a scheduler of mini-batches: write a PythonScriptStep whose script calls init() once and run() "
        "with the files or rows of its input"
    )

    def __init__(
        self,
        call: Call,
        name: Value,
        parallel_run_config: Value,
        inputs: Value,
        output: Value = None,
        side_inputs: Value = None,
        arguments: Value = None,
        allow_reuse: Value = True,
    ) -> None:
        self._begin(call, name, allow_reuse)
        config = parallel_run_config
        partitioned = False
        if isinstance(config, ParallelRunConfig):
            self.script, self.source_directory = config.entry_script, config.source_directory
            self._configure(call, config.compute_target, _make_runconfig(call, config))
            self._more_parameters.extend(config.parameters)
            partitioned = config.partition_keys is not None
            action = config.output_action
            if output is None and isinstance(action, str) and action.lower() != "summary_only":
                self._refuse(call, "output is required unless output_action is summary_only")
        elif isinstance(config, Unknown):
            self.script = self.runconfig = config
        else:
            self._refuse(call, "parallel_run_config takes a ParallelRunConfig")
        words = list_values(call, arguments, "arguments")
        self._check(call, words, inputs)
        replacements: dict[int, Value] = {}
        data = list_values(call, inputs, "inputs")
        if isinstance(config, ParallelRunConfig) and _is_size(config.mini_batch_size):
            _mark_tables(call, data)
        main = [item if partitioned else _mount_data(call, item, replacements) for item in data]
        side = [_mount_data(call, item, replacements) for item in list_values(call, side_inputs, "inputs")]
        words = [replacements.get(id(word), word) for word in words]
        self._collect(call, words, [*main, *side], output)

    def _check(self, call: Call, arguments: list[Value], inputs: Value) -> None:
        if arguments and isinstance(arguments[0], str) and not arguments[0].startswith("-"):
            self._refuse(call, f"arguments begin with a keyword such as --name, not with '{arguments[0]}'")
        for word in arguments:
            if isinstance(word, str) and word[:2] == "--" and word[2:].split("=")[0] in RESERVED:
                self._refuse(call, f"'{word}' is an argument of the step's own driver")
        ranked = "--rank_mini_batch_count" in [word for word in arguments if isinstance(word, str)]
        if isinstance(inputs, list) and not inputs and not ranked:
            self._refuse(call, "inputs needs at least one element")


def _read_settings(data: Value) -> dict[str, Value]:
    """The settings in a file's data: a section, or all of it. Raises `ValueError` if there are none."""
    section = data.get("parallel_run_config") or data if isinstance(data, dict) else None
    if not isinstance(section, dict):
        raise ValueError("it is no parallel run configuration")
    return dict(section)


def _make_runconfig(call: Call, config: ParallelRunConfig) -> RunConfiguration:
    runconfig = RunConfiguration(call)
    runconfig.environment = config.environment
    runconfig.environment_variables = config.environment_variables
    count = config.node_count
    runconfig.node_count = count.default_value if isinstance(count, PipelineParameter) else count
    return runconfig


def _is_size(size: Value) -> bool:
    """Whether mini-batches are cut by bytes (``1KB``), as only tables are; files are counted."""
    return isinstance(size, str) and not size.strip().isdigit()


def _mark_tables(call: Call, inputs: list[Value]) -> None:
    """Registered datasets, whose kind only the workspace knows, must be tables here."""
    for item in inputs:
        data = item.dataset if isinstance(item, DatasetConsumptionConfig) else None
        data = data.default_value if isinstance(data, PipelineParameter) else data
        if isinstance(data, RegisteredDataset):
            call.touch(data.__dict__)
            data.__dict__["kind"] = "TabularDataset"


def _mount_data(call: Call, data: Value, replacements: dict[int, Value]) -> Value:
    """Mount the data: files are always mounted (measured). `replacements` maps each original to its replacement."""
    mounted = data
    if isinstance(data, OutputFileDatasetConfig):
        mounted = data.as_input(call)
    elif (isinstance(data, PipelineOutputFileDataset) and not data.is_table and data.mode != "mount") or (
        isinstance(data, DatasetConsumptionConfig) and not data.is_table and data.mode != "mount"
    ):
        mounted = data.as_mount(call)
    if mounted is not data:
        replacements[id(data)] = mounted
    return mounted
