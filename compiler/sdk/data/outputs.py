"""Outputs that become datasets: `OutputFileDatasetConfig` and its kin."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from pipelift.compiler.evaluate.values import Call, Interpolated, Value
from pipelift.compiler.sdk.data.consumption import INPUT_NAME, DatasetConsumptionConfig
from pipelift.compiler.sdk.data.pipeline_data import Origin
from pipelift.compiler.sdk.data.tables import RowOperations, make_output_format
from pipelift.compiler.sdk.record import record_of
from pipelift.compiler.sdk.registry import sdk


@sdk("azureml.data", "azureml.data.output_dataset_config")
class OutputFileDatasetConfig(RowOperations):
    """An output that becomes a dataset. Without a name it is numbered: the SDK's random one defeats reuse."""

    def __init__(
        self,
        call: Call,
        name: Value = None,
        destination: Value = None,
        source: Value = None,
        partition_format: Value = None,
    ) -> None:
        self.span = call.span
        self.name = record_of(call).next_name("output") if name is None else name
        self.destination = destination
        self.source = source
        self.mode: Value = "mount"
        self.origin = Origin()
        self._options: dict[str, Value] = {}
        if isinstance(name, str) and not INPUT_NAME.fullmatch(name):
            message = f"'{name}' is no name for an output: letters, digits and _ only, no digit first"
            call.reporter.report("PL221", message, call.span)

    @property
    def options(self) -> dict[str, Value]:
        """What `as_upload` and `register_on_complete` asked for."""
        return self._options

    @property
    def arg_val(self) -> Value:
        """The output's path inside a text."""
        return Interpolated((self,))

    def text_parts(self) -> tuple[Value, ...] | None:
        """Inside a text the output stands for its path."""
        return (self,)

    def _copy_with(self, mode: Value = None, **options: Value) -> OutputFileDatasetConfig:
        changed = copy.copy(self)
        changed.__dict__["_options"] = {**self._options, **options}
        changed.__dict__["mode"] = mode or self.mode
        return changed

    def as_mount(self, call: Call, disable_metadata_cache: Value = False) -> Value:
        """Written while the step runs."""
        return self._copy_with("mount")

    def as_upload(self, call: Call, overwrite: Value = False, source_globs: Value = None) -> Value:
        """Written when the step has succeeded."""
        return self._copy_with("upload", overwrite=overwrite, globs=source_globs)

    def as_input(self, call: Call, name: Value = None) -> Value:
        """The output as an input of another step, mounted (a table: direct); without a name it is numbered."""
        mode = "direct" if self.is_table else "mount"
        return DatasetConsumptionConfig(call, name or record_of(call).next_name("input"), self, mode)

    def register_on_complete(
        self, call: Call, name: Value, description: Value = None, tags: Value = None
    ) -> Value:
        """The same output, to be registered once the step has completed."""
        return self._copy_with(register=name, description=description, tags=tags)

    def read_delimited_files(
        self,
        call: Call,
        include_path: Value = False,
        separator: Value = ",",
        header: Value = "ALL_FILES_HAVE_SAME_HEADERS",
        partition_format: Value = None,
        path_glob: Value = None,
        set_column_types: Value = None,
    ) -> Value:
        """The output as a table from delimited files."""
        options = {
            "include_path": include_path,
            "separator": separator,
            "header": header,
            "partition_format": partition_format,
            "set_column_types": set_column_types,
        }
        return self._read_as(make_output_format(call, "delimited", options, path_glob))

    def read_parquet_files(
        self,
        call: Call,
        include_path: Value = False,
        partition_format: Value = None,
        path_glob: Value = None,
        set_column_types: Value = None,
    ) -> Value:
        """The output as a table from parquet files."""
        options = {
            "include_path": include_path,
            "partition_format": partition_format,
            "set_column_types": set_column_types,
        }
        return self._read_as(make_output_format(call, "parquet", options, path_glob))

    def _read_as(self, table_format: Mapping[str, Value]) -> OutputFileDatasetConfig:
        table = copy.copy(self)
        table.__dict__["_format"] = table_format
        return table


@sdk("azureml.data", "azureml.data.output_dataset_config")
class HDFSOutputDatasetConfig(OutputFileDatasetConfig):
    """An output of a Spark job."""

    def __init__(self, call: Call, name: Value = None, destination: Value = None) -> None:
        super().__init__(call, name, destination)
        self.mode = "hdfs"


@sdk("azureml.data", "azureml.data.output_dataset_config")
class LinkFileOutputDatasetConfig(OutputFileDatasetConfig):
    """An output that names files which are elsewhere."""

    def __init__(self, call: Call, name: Value = None) -> None:
        super().__init__(call, name)
        self.mode = "link"


@sdk("azureml.data", "azureml.data.output_dataset_config")
class LinkTabularOutputDatasetConfig(OutputFileDatasetConfig):
    """An output that names a table which is elsewhere."""

    def __init__(self, call: Call, name: Value = None) -> None:
        super().__init__(call, name)
        self.mode = "link"
        self._format = {"kind": "by_name"}
