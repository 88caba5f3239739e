"""Datasets. What makes them is in `factories`, how a step consumes them in `consumption`."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.data.consumption import DatasetConsumptionConfig
from pipelift.compiler.sdk.data.datastores import name_of
from pipelift.compiler.sdk.data.locations import find_locations
from pipelift.compiler.sdk.data.tables import Consumable, RowOperations, make_time_range
from pipelift.compiler.sdk.record import record_of
from pipelift.compiler.sdk.registry import sdk


@dataclass(slots=True)
class DatasetRecord:
    """The datasets that the program registers, by name: looking up the newest version of one finds it."""

    datasets: dict[str, AbstractDataset] = field(default_factory=dict)


class AbstractDataset(Consumable):
    """What file and tabular datasets share. `locations` are (datastore or None, path) pairs."""

    kind = "FileDataset"
    mode = "direct"

    def __init__(
        self,
        call: Call,
        locations: Value = (),
        name: Value = None,
        version: Value = None,
        format: Mapping[str, Value] | None = None,
    ) -> None:
        self.span = call.span
        self.name = name
        self._version = version
        reason = (
            "only the workspace knows the newest version of a dataset: ask for one, version=1 for instance"
        )
        self._newest = Unknown(reason, call.span)
        self._locations = locations
        self._format: Mapping[str, Value] = format or {}
        self._timestamp: Value = None
        self.id = Unknown("only the workspace knows the id of a dataset", call.span)
        self.tags = None
        self.description = None

    def merged_with(self, other: Value) -> Value:
        """Merge a dataset that is looked up in one branch and registered in the other; the registered one says more."""
        if not isinstance(other, AbstractDataset) or (self.name and other.name and self.name != other.name):
            return None
        if (_describe(self), type(self)) == (_describe(other), type(other)):
            return self if self.name is not None else other
        definition = other if isinstance(self, RegisteredDataset) else self
        looked_up = self if definition is other else other
        if not isinstance(looked_up, RegisteredDataset) or isinstance(definition, RegisteredDataset):
            return None
        merged = copy.copy(definition)
        merged.__dict__["name"] = definition.name or looked_up.name
        return merged

    @property
    def version(self) -> Value:
        """The version: None of a dataset that is not registered; else only a number that the program names is known."""
        if self.name is None:
            return None
        is_named = self._version not in (None, "latest")
        return (
            self._version
            if is_named
            else Unknown("only the workspace knows the version of a dataset", self.span)
        )

    @property
    def wanted_version(self) -> Value:
        """The version that the program asks for: None or ``latest`` for the newest."""
        return self._version

    @property
    def source_locations(self) -> Value:
        """The locations of the data."""
        return self._locations

    @property
    def is_table(self) -> bool:
        """Whether it is a table: a tabular dataset, or a registered one that the program uses as a table."""
        return self.kind == "TabularDataset"

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
        """The same dataset, with a name, by which the program finds it: nothing is registered."""
        registered = copy.copy(self)
        registered.__dict__.update(name=name, _version=None)
        if isinstance(name, str):
            datasets = record_of(call).part(DatasetRecord).datasets
            call.touch(datasets)
            datasets[name] = registered
        return registered

    def to_pandas_dataframe(self, call: Call, **_: Value) -> Value:
        """Data is not read while evaluating."""
        return Unknown("pipelift reads no data while it evaluates", call.span)

    def unregister_all_versions(self, call: Call) -> Value:
        """Nothing is unregistered."""
        return None

    def update(self, call: Call, description: Value = None, tags: Value = None) -> Value:
        """Only metadata."""
        return self

    def add_tags(self, call: Call, tags: Value = None) -> Value:
        """Only metadata."""
        return self

    def get_partition_key_values(self, call: Call, partition_keys: Value = None) -> Value:
        """Data is not read while evaluating."""
        return Unknown("pipelift reads no data while it evaluates", call.span)

    def to_path(self, call: Call) -> Value:
        """Data is not read while evaluating."""
        return Unknown("pipelift reads no data while it evaluates", call.span)

    def take(self, call: Call, count: Value) -> Value:
        """A part of the dataset; which part depends on the data."""
        return self._lose_operation(call, "take")

    def skip(self, call: Call, count: Value) -> Value:
        """As `take`."""
        return self._lose_operation(call, "skip")

    def filter(self, call: Call, expression: Value) -> Value:
        """As `take`."""
        return self._lose_operation(call, "filter")

    def take_sample(self, call: Call, probability: Value, seed: Value = None) -> Value:
        """As `take`."""
        return self._lose_operation(call, "take_sample")

    def random_split(self, call: Call, percentage: Value, seed: Value = None) -> Value:
        """As `take`, in two."""
        part = self._lose_operation(call, "random_split")
        return (part, part)


@sdk("azureml.data", "azureml.data.file_dataset")
class FileDataset(AbstractDataset):
    """Files."""

    def as_mount(self, call: Call, path_on_compute: Value = None) -> Value:
        """An input without a name of its own, mounted."""
        return DatasetConsumptionConfig(
            call, record_of(call).next_name("input"), self, "mount", path_on_compute
        )

    def as_download(self, call: Call, path_on_compute: Value = None) -> Value:
        """An input without a name of its own, downloaded."""
        return DatasetConsumptionConfig(
            call, record_of(call).next_name("input"), self, "download", path_on_compute
        )

    def as_hdfs(self, call: Call) -> Value:
        """An input without a name of its own, for Spark."""
        return DatasetConsumptionConfig(call, record_of(call).next_name("input"), self, "hdfs")

    def mount(self, call: Call, mount_point: Value = None, **_: Value) -> Value:
        """Nothing is mounted."""
        return Unknown("pipelift reads no data while it evaluates", call.span)

    def download(self, call: Call, target_path: Value = None, **_: Value) -> Value:
        """Nothing is downloaded."""
        return Unknown("pipelift reads no data while it evaluates", call.span)


@sdk("azureml.data", "azureml.data.tabular_dataset")
class TabularDataset(RowOperations, AbstractDataset):
    """A table."""

    kind = "TabularDataset"

    def take(self, call: Call, count: Value) -> Value:
        """The first rows."""
        return self._add_operation(call, "take", {"kind": "take", "count": count})

    def skip(self, call: Call, count: Value) -> Value:
        """All but the first rows."""
        return self._add_operation(call, "skip", {"kind": "skip", "count": count})

    def take_sample(self, call: Call, probability: Value, seed: Value = None) -> Value:
        """A part of the rows, by chance."""
        self._report_chance(call, "take_sample")
        operation = {"kind": "take_sample", "fraction": probability, "seed": seed or 0}
        return self._add_operation(call, "take_sample", operation)

    def with_timestamp_columns(
        self,
        call: Call,
        timestamp: Value = None,
        partition_timestamp: Value = None,
        validate: Value = False,
        **_: Value,
    ) -> Value:
        """Only metadata, which the operations on times need."""
        table = copy.copy(self)
        table.__dict__["_timestamp"] = timestamp or partition_timestamp
        return table

    def time_before(
        self, call: Call, end_time: Value, include_boundary: Value = True, validate: Value = True
    ) -> Value:
        """The rows up to a time."""
        return self._add_time_range(call, "time_before", None, end_time, include_boundary)

    def time_after(
        self, call: Call, start_time: Value, include_boundary: Value = True, validate: Value = True
    ) -> Value:
        """The rows from a time on."""
        return self._add_time_range(call, "time_after", start_time, None, include_boundary)

    def time_between(
        self,
        call: Call,
        start_time: Value,
        end_time: Value,
        include_boundary: Value = True,
        validate: Value = True,
    ) -> Value:
        """The rows between two times."""
        return self._add_time_range(call, "time_between", start_time, end_time, include_boundary)

    def time_recent(
        self, call: Call, time_delta: Value, include_boundary: Value = True, validate: Value = True
    ) -> Value:
        """The most recent rows: they depend on the clock, which defeats reuse."""
        return self._lose_operation(call, "time_recent")

    def _add_time_range(self, call: Call, what: str, start: Value, end: Value, inclusive: Value) -> Value:
        operation = make_time_range(self._timestamp, start, end, inclusive is True)
        return (
            self._lose_operation(call, what)
            if operation is None
            else self._add_operation(call, what, operation)
        )

    def partition_by(
        self,
        call: Call,
        partition_keys: Value,
        target: Value,
        name: Value = None,
        show_progress: Value = True,
        partition_as_file_dataset: Value = False,
    ) -> Value:
        """The table in parts at another place: none is written."""
        cls = FileDataset if partition_as_file_dataset is True else TabularDataset
        format = None if partition_as_file_dataset is True else {"kind": "parquet"}
        return cls(call, find_locations(call, target), name=name, format=format)

    def to_csv_files(self, call: Call, separator: Value = ",") -> Value:
        """The table as files: steps get those that it is made of."""
        return self._make_files(call, "to_csv_files")

    def to_parquet_files(self, call: Call) -> Value:
        """As `to_csv_files`."""
        return self._make_files(call, "to_parquet_files")

    def _make_files(self, call: Call, what: str) -> FileDataset:
        files = FileDataset(call, self._locations, self.name, self._version)
        files.__dict__["_lost"] = self._lost
        return files._lose_operation(call, what)

    def to_spark_dataframe(self, call: Call) -> Value:
        """Data is not read while evaluating."""
        return Unknown("pipelift reads no data while it evaluates", call.span)

    def get_profile(self, call: Call, workspace: Value = None) -> Value:
        """Not known."""
        return Unknown("pipelift reads no data while it evaluates", call.span)


def _describe(dataset: AbstractDataset) -> Value:
    """What data a dataset is, with stores as names, so that it can be compared."""
    locations = dataset.source_locations
    if isinstance(locations, tuple):
        locations = [(name_of(store), path) for store, path in locations]
    return [locations, dataset.wanted_version, dict(dataset.table_format), dataset.lost_operations]


_OF_FILES_TOO = ("take", "skip", "take_sample", "random_split")
"""The operations that file datasets have as well as tables."""


class RegisteredDataset(FileDataset, TabularDataset):
    """A dataset of which only the name is known: files, unless the program uses it as a table."""

    sdk_name = "azureml.core.Dataset"
    kind = "FileDataset"

    def is_a(self, cls: type[Modelled]) -> bool | None:
        """Only the workspace knows which of the two it is."""
        return None if cls in (FileDataset, TabularDataset) else isinstance(self, cls)

    def to_pandas_dataframe(self, call: Call, **_: Value) -> Value:
        """Data is not read while evaluating; the call shows that the dataset is a table."""
        self.__dict__["kind"] = "TabularDataset"
        return super().to_pandas_dataframe(call)

    def _add_operation(self, call: Call, what: str, operation: dict[str, Value]) -> RegisteredDataset:
        """What only tables have shows that it is one; of what files have too nobody knows which is meant."""
        if what in _OF_FILES_TOO and not self.is_table:
            return self._lose_operation(call, what)
        table = copy.copy(self)
        table.__dict__.update(kind="TabularDataset", _format=self._format or {"kind": "by_name"})
        return super(RegisteredDataset, table)._add_operation(call, what, operation)
