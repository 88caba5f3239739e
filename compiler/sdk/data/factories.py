"""What makes datasets: `Dataset.File`, `Dataset.Tabular`, and `Dataset` for registered ones."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Modelled, ModelledClass, Unknown, Value
from pipelift.compiler.sdk.data.datasets import DatasetRecord, FileDataset, RegisteredDataset, TabularDataset
from pipelift.compiler.sdk.data.locations import find_locations, find_query
from pipelift.compiler.sdk.data.tables import make_format
from pipelift.compiler.sdk.record import record_of
from pipelift.compiler.sdk.registry import sdk


@sdk("azureml.data.dataset_factory")
class FileDatasetFactory(Modelled):
    """`Dataset.File`."""

    @staticmethod
    def from_files(
        call: Call,
        path: Value,
        validate: Value = True,
        partition_format: Value = None,
        is_file: Value = False,
    ) -> Value:
        """A dataset of files; parts of their paths that `partition_format` names stay in the paths."""
        return FileDataset(call, find_locations(call, path))

    @staticmethod
    def upload_directory(
        call: Call,
        src_dir: Value,
        target: Value,
        pattern: Value = None,
        overwrite: Value = False,
        show_progress: Value = True,
    ) -> Value:
        """Nothing is uploaded: the result is where the data would be."""
        return FileDataset(call, find_locations(call, target))


@sdk("azureml.data.dataset_factory")
class TabularDatasetFactory(Modelled):
    """`Dataset.Tabular`."""

    @staticmethod
    def from_delimited_files(
        call: Call,
        path: Value,
        validate: Value = True,
        include_path: Value = False,
        infer_column_types: Value = True,
        set_column_types: Value = None,
        separator: Value = ",",
        header: Value = True,
        partition_format: Value = None,
        support_multi_line: Value = False,
        empty_as_string: Value = False,
        encoding: Value = "utf8",
    ) -> Value:
        """A table from files with columns that a separator delimits."""
        options = {
            "separator": separator,
            "header": header,
            "encoding": encoding,
            "include_path": include_path,
            "infer_column_types": infer_column_types,
            "set_column_types": set_column_types,
            "partition_format": partition_format,
            "empty_as_string": empty_as_string,
        }
        fields = make_format(call, "delimited", options)
        return TabularDataset(call, find_locations(call, path), format=fields)

    @staticmethod
    def from_parquet_files(
        call: Call,
        path: Value,
        validate: Value = True,
        include_path: Value = False,
        set_column_types: Value = None,
        partition_format: Value = None,
    ) -> Value:
        """A table from parquet files."""
        options = {
            "include_path": include_path,
            "set_column_types": set_column_types,
            "partition_format": partition_format,
        }
        return TabularDataset(call, find_locations(call, path), format=make_format(call, "parquet", options))

    @staticmethod
    def from_json_lines_files(
        call: Call,
        path: Value,
        validate: Value = True,
        include_path: Value = False,
        set_column_types: Value = None,
        partition_format: Value = None,
        invalid_lines: Value = "error",
        encoding: Value = "utf8",
    ) -> Value:
        """A table from files of one JSON object a line."""
        options = {
            "encoding": encoding,
            "include_path": include_path,
            "set_column_types": set_column_types,
            "partition_format": partition_format,
            "invalid_lines": invalid_lines,
        }
        return TabularDataset(
            call, find_locations(call, path), format=make_format(call, "json_lines", options)
        )

    @staticmethod
    def from_sql_query(
        call: Call,
        query: Value,
        validate: Value = True,
        set_column_types: Value = None,
        query_timeout: Value = 30,
    ) -> Value:
        """A table of the rows that a database returns for ``(datastore, 'SELECT …')`` or a `DataPath` of the two."""
        options = {"set_column_types": set_column_types}
        return TabularDataset(call, find_query(call, query), format=make_format(call, "query", options))

    @staticmethod
    def register_pandas_dataframe(
        call: Call, dataframe: Value, target: Value, name: Value, **_: Value
    ) -> Value:
        """A table that the program itself uploads."""
        return TabularDataset(call, find_locations(call, target), name=name, format={"kind": "parquet"})


@sdk("azureml.core", "azureml.core.dataset")
class Dataset(Modelled):
    """The entry to datasets: `File` and `Tabular` make them, `get_by_name` finds registered ones."""

    File = ModelledClass("azureml.data.dataset_factory.FileDatasetFactory", FileDatasetFactory)
    Tabular = ModelledClass("azureml.data.dataset_factory.TabularDatasetFactory", TabularDatasetFactory)

    @staticmethod
    def get_by_name(
        call: Call, workspace: Value, name: Value, version: Value = "latest", **_: Value
    ) -> Value:
        """A registered dataset: the program's own, else one whose type only the workspace knows."""
        return _find_registered(call, name, version)

    @staticmethod
    def get_by_id(call: Call, workspace: Value, id: Value, **_: Value) -> Value:
        """A dataset by its id."""
        return RegisteredDataset(call, name=id)

    @staticmethod
    def get(call: Call, workspace: Value, name: Value = None, id: Value = None) -> Value:
        """The former name of `get_by_name`."""
        return RegisteredDataset(call, name=id) if name is None else _find_registered(call, name, "latest")

    @staticmethod
    def get_all(call: Call, workspace: Value) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its datasets", call.span)


def _find_registered(call: Call, name: Value, version: Value) -> Value:
    """The dataset of that name; of one that is only looked up, files are assumed."""
    known = record_of(call).part(DatasetRecord).datasets.get(name) if isinstance(name, str) else None
    if known is not None and version in (None, "latest"):
        return known
    return RegisteredDataset(call, name=name, version=version)
