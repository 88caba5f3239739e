"""Data between steps: `PipelineData`, its bindings and its form as a dataset, and `PipelineParameter`."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import ClassVar, Literal

from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.evaluate.kinds import quote_name
from pipelift.compiler.evaluate.signatures import OMITTED
from pipelift.compiler.evaluate.values import Call, Interpolated, Modelled, Unknown, Value
from pipelift.compiler.sdk.data.tables import RowOperations, make_output_format
from pipelift.compiler.sdk.registry import sdk

DEFAULT_MODE: Literal["mount"] = "mount"
"""The SDK's default for how a step gets its inputs and leaves its outputs."""


@sdk("azureml.pipeline.core")
class PipelineParameter(Modelled):
    """A value that a submission may change."""

    def __init__(self, call: Call, name: Value, default_value: Value) -> None:
        self.span = call.span
        self.name = name
        self.default_value = default_value

    def text_parts(self) -> tuple[Value, ...] | None:
        """Inside a text the parameter stands for its value."""
        return (self,)


class Producer(Modelled):
    """What makes data: all that data and ports need to know of a step. `PipelineStep` is the only one.

    `renames_inputs` is the SDK's rule for an input called like an output; `training` says that outputs may be
    metrics or models.
    """

    renames_inputs: ClassVar[bool] = False
    training: ClassVar[bool] = False
    name: Value
    params: dict[str, Value]
    _findings: list[Diagnostic]
    """Why the SDK refuses the object: the result is wrong where it has the object."""

    def _report_refusal(self, call: Call, code: str, message: str, help: str = "") -> Diagnostic:
        """Report that the SDK refuses the object."""
        finding = call.reporter.find(code, message, call.span, help=help)
        call.touch(self._findings)
        self._findings.append(finding)
        return finding

    def _report_missing(self, call: Call, code: str, rule: str, value: Value) -> Diagnostic:
        """The SDK's refusal of `value`; where that is None, with the arguments that nobody has given."""
        message, remedy = call.outside.absent.explain(rule, call.span) if value is None else (rule, "")
        return self._report_refusal(call, code, message, remedy)


class Origin:
    """Which step makes the data, and whether as a dataset: shared by all copies of an output, as in the SDK.

    `registration` is the name that the data is registered under, and the format of the table that it then is.
    """

    def __init__(self) -> None:
        self.producer: Producer | None = None
        self.port: Value = ""
        self.promoted = False
        self.registration: tuple[Value, Mapping[str, Value]] | None = None


@sdk("azureml.pipeline.core")
class PipelineData(Modelled):
    """Intermediate data. The port of the producer is called `output_name`, that of a consumer `name`."""

    def __init__(
        self,
        call: Call,
        name: Value,
        datastore: Value = None,
        output_name: Value = None,
        output_mode: Value = DEFAULT_MODE,
        output_path_on_compute: Value = None,
        output_overwrite: Value = None,
        data_type: Value = None,
        is_directory: Value = None,
        pipeline_output_name: Value = None,
        training_output: Value = None,
    ) -> None:
        self.span = call.span
        self.name = name
        self.datastore = datastore
        self.output_name = name if output_name is None else output_name
        self.output_mode = output_mode
        self._output_path_on_compute = output_path_on_compute
        self.is_directory = is_directory
        self.pipeline_output_name = pipeline_output_name
        self.origin = Origin()
        self.data_type = data_type
        self.training_output = training_output
        if isinstance(output_mode, str) and output_mode not in ("mount", "upload"):
            message = f"the output mode of '{name}' is mount or upload, not {output_mode}"
            finding = call.reporter.find("PL233", message, call.span)
            self.output_mode = Unknown("the mode is refused", call.span, finding=finding)
        if isinstance(name, str) and not re.fullmatch(r"\w+", name):
            message = f"'{name}' is no name for data: letters, digits and _ only"
            call.reporter.report("PL221", message, call.span)

    @property
    def written_to(self) -> Value:
        """Where the script writes the data; None: where its argument says."""
        return self._output_path_on_compute

    @property
    def arg_val(self) -> Value:
        """The data's path inside a text."""
        return Interpolated((self,))

    def text_parts(self) -> tuple[Value, ...] | None:
        """Inside a text the data stands for its path."""
        return (self,)

    def as_input(self, call: Call, input_name: Value = OMITTED) -> Value:
        """The data as an input. The SDK wants a name; the documentation leaves it out."""
        if input_name is OMITTED:
            message = (
                f"as_input() of {quote_name(self.name)} has no name; the SDK refuses that, "
                "its documentation does it"
            )
            call.reporter.report("PL211", message, call.span)
            input_name = self.name
        return InputPortBinding(call, input_name or self.name, self, "mount")

    def as_mount(self, call: Call, input_name: Value = None) -> Value:
        """The data as an input, mounted."""
        return InputPortBinding(call, input_name or self.name, self, "mount")

    def as_download(
        self, call: Call, input_name: Value = None, path_on_compute: Value = None, overwrite: Value = None
    ) -> Value:
        """The data as an input, downloaded."""
        return InputPortBinding(call, input_name or self.name, self, "download", path_on_compute)

    def create_input_binding(
        self,
        call: Call,
        input_name: Value = None,
        mode: Value = None,
        path_on_compute: Value = None,
        overwrite: Value = None,
    ) -> Value:
        """The data as an input."""
        return InputPortBinding(call, input_name or self.name, self, mode or "mount", path_on_compute)

    def get_env_variable_name(self, call: Call) -> Value:
        """The variable that holds the path in the step."""
        return f"AZUREML_DATAREFERENCE_{self.output_name}"

    def as_dataset(self, call: Call) -> Value:
        """The data as a dataset."""
        return PipelineOutputFileDataset(call, self)


@sdk("azureml.pipeline.core.pipeline_output_dataset", "azureml.pipeline.core")
class PipelineOutputFileDataset(RowOperations):
    """Pipeline data as a dataset: its consumers get it by name, as a path or as a table."""

    def __init__(self, call: Call, pipeline_data: PipelineData) -> None:
        self.span = call.span
        self.pipeline_data = pipeline_data
        self.input_name: Value = None
        self.mode: Value = "mount"
        self.path_on_compute: Value = None

    @property
    def name(self) -> Value:
        """The input's name: the one given, else the data's."""
        return self.input_name or self.pipeline_data.name

    @property
    def origin(self) -> Origin:
        """The data's origin."""
        return self.pipeline_data.origin

    def _copy_with(self, **attributes: Value) -> PipelineOutputFileDataset:
        changed = copy.copy(self)
        changed.__dict__.update(attributes)
        return changed

    def as_named_input(self, call: Call, name: Value) -> Value:
        """The same under another name."""
        return self._copy_with(input_name=name)

    def as_mount(self, call: Call, path_on_compute: Value = None) -> Value:
        """Mounted."""
        return self._copy_with(mode="mount", path_on_compute=path_on_compute)

    def as_download(self, call: Call, path_on_compute: Value = None) -> Value:
        """Downloaded."""
        return self._copy_with(mode="download", path_on_compute=path_on_compute)

    def as_direct(self, call: Call) -> Value:
        """As a dataset object."""
        return self._copy_with(mode="direct")

    def register(self, call: Call, name: Value, create_new_version: Value = True) -> Value:
        """The same, to be registered once its step has completed."""
        call.touch(self.origin.__dict__)
        self.origin.registration = (name, self.table_format)
        return self

    def parse_delimited_files(
        self,
        call: Call,
        include_path: Value = False,
        separator: Value = ",",
        header: Value = "ALL_FILES_HAVE_SAME_HEADERS",
        partition_format: Value = None,
        file_extension: Value = "",
        set_column_types: Value = None,
        quoted_line_breaks: Value = False,
    ) -> Value:
        """As a table from delimited files."""
        options = {
            "include_path": include_path,
            "separator": separator,
            "header": header,
            "partition_format": partition_format,
            "set_column_types": set_column_types,
        }
        return self._read_as(make_output_format(call, "delimited", options, file_extension))

    def parse_parquet_files(
        self,
        call: Call,
        include_path: Value = False,
        partition_format: Value = None,
        file_extension: Value = ".parquet",
        set_column_types: Value = None,
    ) -> Value:
        """As a table from parquet files."""
        options = {
            "include_path": include_path,
            "partition_format": partition_format,
            "set_column_types": set_column_types,
        }
        chosen = None if file_extension == ".parquet" else file_extension
        return self._read_as(make_output_format(call, "parquet", options, chosen))

    def _read_as(self, table_format: Mapping[str, Value]) -> PipelineOutputFileDataset:
        return self._copy_with(mode="direct", _format=table_format)

    def create_input_binding(self, call: Call) -> Value:
        """The data as an input."""
        return InputPortBinding(call, self.name, self, self.mode, self.path_on_compute)

    @property
    def arg_val(self) -> Value:
        """The data's path inside a text."""
        return Interpolated((self,))


@sdk("azureml.pipeline.core", "azureml.pipeline.core.graph")
class InputPortBinding(Modelled):
    """Pipeline data as an input with a name and a mode."""

    def __init__(
        self,
        call: Call,
        name: Value,
        bind_object: Value = None,
        bind_mode: Value = "mount",
        path_on_compute: Value = None,
        overwrite: Value = None,
        is_resource: Value = False,
        additional_transformations: Value = None,
        **_: Value,
    ) -> None:
        self.span = call.span
        self.name = name
        self.bind_object = bind_object
        self.bind_mode = bind_mode
        self.path_on_compute = path_on_compute

    @property
    def arg_val(self) -> Value:
        """The input's path inside a text."""
        return Interpolated((self,))

    def text_parts(self) -> tuple[Value, ...] | None:
        """Inside a text the input stands for its path."""
        return (self,)


@sdk("azureml.pipeline.core", "azureml.pipeline.core.graph")
class OutputPortBinding(PipelineData):
    """An output under the name of its port: the older form of PipelineData."""

    def __init__(
        self,
        call: Call,
        name: Value,
        datastore: Value = None,
        output_name: Value = None,
        bind_mode: Value = "mount",
        path_on_compute: Value = None,
        is_directory: Value = None,
        overwrite: Value = None,
        data_type: Value = None,
        pipeline_output_name: Value = None,
        training_output: Value = None,
        dataset_registration: Value = None,
        dataset_output: Value = None,
    ) -> None:
        super().__init__(
            call,
            name,
            datastore,
            output_name,
            bind_mode,
            path_on_compute,
            is_directory=is_directory,
            pipeline_output_name=pipeline_output_name,
            training_output=training_output,
        )
        self.bind_mode = bind_mode


@sdk("azureml.pipeline.core", "azureml.pipeline.core.graph")
class TrainingOutput(Modelled):
    """What of a training is the output: the metrics, or a model."""

    def __init__(
        self,
        call: Call,
        type: Value,
        iteration: Value = None,
        metric: Value = None,
        model_file: Value = None,
    ) -> None:
        self.span = call.span
        self.type = type
        self.iteration = iteration
        self.metric = metric
        self.model_file = model_file
        if isinstance(type, str) and type.lower() not in ("metrics", "model"):
            call.reporter.report("PL233", f"TrainingOutput: type is Metrics or Model, not {type}", call.span)
