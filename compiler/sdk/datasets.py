"""Datasets: `Dataset.File`, `Dataset.Tabular`, registered ones, and the ways in which a step consumes them."""

from __future__ import annotations

import copy
import re

from pipelift.compiler.evaluate.values import Call, Modelled, ModelledClass, Raised, Unknown, Value
from pipelift.compiler.sdk.datastores import DataPath, DataReference, Datastore
from pipelift.compiler.sdk.registry import sdk

INPUT_NAME = re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*")
"""The names that the SDK allows for inputs and outputs of datasets (`data/_config_helper.py`)."""


class AbstractDataset(Modelled):
    """What file and tabular datasets share. `locations` are (datastore or None, path) pairs."""

    kind = "FileDataset"
    mode = "direct"

    def __init__(
        self,
        call: Call,
        locations: Value = (),
        name: Value = None,
        version: Value = None,
        format: dict[str, Value] | None = None,
    ) -> None:
        self.span = call.span
        self.name = name
        self.version = version
        self._locations = locations
        self._format = format or {}
        self.id = Unknown("only the workspace knows the id of a dataset", call.span)
        self.tags = None
        self.description = None

    @property
    def source_locations(self) -> Value:
        """The places that hold the data."""
        return self._locations

    @property
    def table_format(self) -> dict[str, Value]:
        """How files become a table; empty for plain files."""
        return self._format

    def as_named_input(self, call: Call, name: Value) -> Value:
        """The dataset as an input called `name`."""
        return DatasetConsumptionConfig(call, name, self)

    def register(
        self,
        call: Call,
        workspace: Value,
        name: Value,
        description: Value = None,
        tags: Value = None,
        create_new_version: Value = False,
    ) -> Value:
        """The same dataset, with a name: nothing is registered."""
        registered = copy.copy(self)
        registered.__dict__["name"] = name
        return registered

    def to_pandas_dataframe(self, call: Call, **_: Value) -> Value:
        """Data is not read while evaluating."""
        return Unknown("pipelift reads no data while it evaluates", call.span)

    def to_path(self, call: Call) -> Value:
        """Data is not read while evaluating."""
        return Unknown("pipelift reads no data while it evaluates", call.span)

    def take(self, call: Call, count: Value) -> Value:
        """A part of the dataset: only data tells which."""
        return self._transformed(call, "take")

    def skip(self, call: Call, count: Value) -> Value:
        """As `take`."""
        return self._transformed(call, "skip")

    def filter(self, call: Call, expression: Value) -> Value:
        """As `take`."""
        return self._transformed(call, "filter")

    def take_sample(self, call: Call, probability: Value, seed: Value = None) -> Value:
        """As `take`."""
        return self._transformed(call, "take_sample")

    def random_split(self, call: Call, percentage: Value, seed: Value = None) -> Value:
        """As `take`, in two."""
        part = self._transformed(call, "random_split")
        return (part, part)

    def _transformed(self, call: Call, what: str) -> Value:
        call.reporter.report(
            "PL205", f"'{what}' of a dataset is not carried over: steps get the whole", call.span
        )
        return self


@sdk("azureml.data", "azureml.data.file_dataset")
class FileDataset(AbstractDataset):
    """Files."""

    def as_mount(self, call: Call, path_on_compute: Value = None) -> Value:
        """An input without a name of its own, mounted."""
        return DatasetConsumptionConfig(call, call.record.numbered("input"), self, "mount", path_on_compute)

    def as_download(self, call: Call, path_on_compute: Value = None) -> Value:
        """An input without a name of its own, downloaded."""
        return DatasetConsumptionConfig(
            call, call.record.numbered("input"), self, "download", path_on_compute
        )

    def download(self, call: Call, target_path: Value = None, **_: Value) -> Value:
        """Nothing is downloaded."""
        return Unknown("pipelift reads no data while it evaluates", call.span)


@sdk("azureml.data", "azureml.data.tabular_dataset")
class TabularDataset(AbstractDataset):
    """A table."""

    kind = "TabularDataset"

    def keep_columns(self, call: Call, columns: Value, validate: Value = False) -> Value:
        """A part of the columns."""
        return self._transformed(call, "keep_columns")

    def drop_columns(self, call: Call, columns: Value) -> Value:
        """A part of the columns."""
        return self._transformed(call, "drop_columns")

    def with_timestamp_columns(self, call: Call, *args: Value, **_: Value) -> Value:
        """Only metadata."""
        return self


def locations_of(call: Call, path: Value) -> Value:
    """The (datastore or None, path) pairs of a factory's `path`: a text, a pair, a DataPath, or a list of these."""
    if isinstance(path, Unknown):
        return path
    if isinstance(path, list):
        found = [locations_of(call, one) for one in path]
        unknown = next((one for one in found if isinstance(one, Unknown)), None)
        return unknown or tuple(pair for pairs in found for pair in pairs)
    if isinstance(path, tuple) and len(path) == 2 and isinstance(path[0], (Datastore, Unknown)):
        paths = path[1] if isinstance(path[1], list) else [path[1]]
        return tuple((path[0], one) for one in paths)
    if isinstance(path, (DataPath, DataReference)):
        return ((path.datastore, path.path_on_datastore or ""),)
    if isinstance(path, str) and "://" in path:
        return ((None, path),)
    raise Raised("ValueError", "a dataset's path is a URL, or (datastore, path)", call.span)


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
        """A dataset of files."""
        return FileDataset(call, locations_of(call, path))

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
        return FileDataset(call, locations_of(call, target))


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
        has_header = header not in (False, "NO_HEADERS")
        options = {
            "separator": separator,
            "header": has_header,
            "encoding": encoding,
            "include_path": include_path,
        }
        return TabularDataset(call, locations_of(call, path), format={"kind": "delimited", **options})

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
        return TabularDataset(
            call, locations_of(call, path), format={"kind": "parquet", "include_path": include_path}
        )

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
        options = {"encoding": encoding, "include_path": include_path}
        return TabularDataset(call, locations_of(call, path), format={"kind": "json_lines", **options})

    @staticmethod
    def from_sql_query(call: Call, query: Value, validate: Value = True, **_: Value) -> Value:
        """A table from a database, which no target of pipelift reads yet."""
        return Unknown("a dataset from an SQL query is not carried over yet", call.span)

    @staticmethod
    def register_pandas_dataframe(
        call: Call, dataframe: Value, target: Value, name: Value, **_: Value
    ) -> Value:
        """A table that the program itself uploads."""
        return TabularDataset(call, locations_of(call, target), name=name, format={"kind": "parquet"})


@sdk("azureml.core", "azureml.core.dataset")
class Dataset(Modelled):
    """The entry to datasets: `File` and `Tabular` make them, `get_by_name` finds registered ones."""

    File = ModelledClass("azureml.data.dataset_factory.FileDatasetFactory", FileDatasetFactory)
    Tabular = ModelledClass("azureml.data.dataset_factory.TabularDatasetFactory", TabularDatasetFactory)

    @staticmethod
    def get_by_name(
        call: Call, workspace: Value, name: Value, version: Value = "latest", **_: Value
    ) -> Value:
        """A registered dataset. Its type is only known to the workspace; files are assumed."""
        return FileDataset(call, name=name, version=version)

    @staticmethod
    def get_by_id(call: Call, workspace: Value, id: Value, **_: Value) -> Value:
        """A dataset by its id."""
        return FileDataset(call, name=id)

    @staticmethod
    def get_all(call: Call, workspace: Value) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its datasets", call.span)


@sdk("azureml.data.dataset_consumption_config")
class DatasetConsumptionConfig(Modelled):
    """A dataset, or an output of a step, as a named input with a mode."""

    def __init__(
        self, call: Call, name: Value, dataset: Value, mode: Value = "direct", path_on_compute: Value = None
    ) -> None:
        self.span = call.span
        self.name = name
        self.dataset = dataset
        self.mode = mode
        self.path_on_compute = path_on_compute
        if isinstance(name, str) and not INPUT_NAME.fullmatch(name):
            message = f"'{name}' is no name for an input: letters, digits and _ only, no digit first"
            call.reporter.report("PL221", message, call.span)

    def _with_mode(self, call: Call, mode: str, path_on_compute: Value) -> Value:
        if isinstance(self.dataset, TabularDataset):
            message = f"a tabular dataset cannot be consumed as {mode}: the SDK has only the table itself"
            call.reporter.report("PL222", message, call.span)
        return DatasetConsumptionConfig(call, self.name, self.dataset, mode, path_on_compute)

    def as_mount(self, call: Call, path_on_compute: Value = None) -> Value:
        """The same input, mounted: a new object, as in the SDK."""
        return self._with_mode(call, "mount", path_on_compute)

    def as_download(self, call: Call, path_on_compute: Value = None) -> Value:
        """The same input, downloaded: a new object, as in the SDK."""
        return self._with_mode(call, "download", path_on_compute)

    def as_hdfs(self, call: Call) -> Value:
        """The same input for Spark."""
        return self._with_mode(call, "hdfs", None)
