"""Source data: stores and datasets, each once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from pipelift.compiler import ir
from pipelift.compiler.config.places import Database, place
from pipelift.compiler.evaluate.values import Unknown, Value
from pipelift.compiler.lower.context import Lowering, make_slug
from pipelift.compiler.lower.parameters import Parameters, Text
from pipelift.compiler.lower.read import Reader, glance
from pipelift.compiler.lower.tables import read_table, report_lost_operations
from pipelift.compiler.plugins import plugin_names
from pipelift.compiler.sdk.data.datasets import AbstractDataset
from pipelift.compiler.sdk.data.datastores import (
    DataPath,
    DataReference,
    Datastore,
    SqlDataReference,
    StoreRecord,
    name_of,
)
from pipelift.compiler.sdk.data.locations import Query
from pipelift.compiler.sdk.data.pipeline_data import PipelineParameter
from pipelift.compiler.sdk.steps.ports import InPort


@dataclass(slots=True)
class Sources:
    """The stores and datasets of one pipeline, in the order of their first use; the same data is one dataset."""

    lowering: Lowering
    parameters: Parameters
    _stores: dict[str, ir.Store] = field(default_factory=dict)
    _datasets: dict[ir.Dataset, ir.Dataset] = field(default_factory=dict)
    _ids: set[str] = field(default_factory=set)

    @property
    def stores(self) -> tuple[ir.Store, ...]:
        """By name."""
        return tuple(self._stores[name] for name in sorted(self._stores))

    @property
    def datasets(self) -> tuple[ir.Dataset, ...]:
        """In the order of their first use."""
        return tuple(self._datasets.values())

    def add_store(self, name: str, store: Datastore | None) -> None:
        """Note that the pipeline uses a store."""
        registered = self.lowering.record.part(StoreRecord).stores.get(name, store)
        kind = registered.kind if registered else ("blob" if name == "workspaceblobstore" else "folder")
        previous = self._stores.get(name)
        if previous is None or previous.kind == "folder":
            span = registered.span if registered else (previous.span if previous else None)
            address = registered.address if registered else None
            self._stores[name] = ir.Store(name=name, kind=kind, address=address, span=span)

    def add_dataset(self, port: InPort, step: str) -> ir.DatasetSource | None:
        """The dataset of an input; None, with a report, if it is not known."""
        read = Reader(self.lowering, f"input '{port.name}' of step '{step}'", port.span, step)
        source, parameter = port.source, None
        if isinstance(source, PipelineParameter):
            if isinstance(source.default_value, DataPath):
                parameter = source
            self._report_parameter(source, step)
            source = source.default_value
        if isinstance(source, SqlDataReference):
            return self._add_query(source, read)
        if isinstance(source, (DataPath, DataReference)):
            place = ((source.datastore, parameter or source.path_on_datastore or ""),)
            return self._add(read, ir.Dataset(id=""), place)
        dataset = read.part(source, AbstractDataset, "the data", "graph")
        if dataset is None:
            return None
        report_lost_operations(dataset, read)
        version = read.text(dataset.wanted_version, "the version", "graph")
        name = None
        if dataset.name is not None:
            name = self.parameters.text(read, dataset.name, "the dataset's name")
        named = ir.Dataset(
            id="",
            name=None if name is None else name.value,
            pieces=name.pieces if name else (),
            version=None if version == "latest" else version,
            table=read_table(dataset.table_format, read),
        )
        return self._add(read, named, dataset.source_locations)

    def _report_parameter(self, source: PipelineParameter, step: str) -> None:
        if isinstance(source.default_value, DataPath):
            message = f"a run may give parameter '{source.name}' another path, in the same store"
            self.lowering.reporter.report("PL330", message, source.span, step=step)
        else:
            message = f"parameter '{source.name}' stands for a dataset; it is fixed to its default"
            self.lowering.reporter.report("PL305", message, source.span, step=step)

    def _add_query(self, source: SqlDataReference, read: Reader) -> ir.DatasetSource | None:
        """The rows of a database: a table or a stored procedure as the query that means the same."""
        query = source.query
        if isinstance(query, Unknown):
            self.lowering.report_unknown("PL110", f"the query of {read.owner}", query, read.span, read.step)
            return None
        if source.kind != "query":
            message = f"{read.owner} is read with the query: {query}"
            self.lowering.reporter.report("PL252", message, source.span, step=read.step)
        rows = ir.Dataset(id="", table=ir.TableFormat(kind="query"))
        return self._add(read, rows, ((source.datastore, Query(query)),))

    def _add(self, read: Reader, named: ir.Dataset, places: Value) -> ir.DatasetSource | None:
        """Add a dataset that is complete but for its locations; None, with a report, if they are not known."""
        if read.is_unknown(places, "the data", "graph", depth=0):
            return None
        pairs = read.items(places, "the data", "graph")
        locations = [self._read_location(read, pair) for pair in pairs]
        resolved = tuple(location for location in locations if location is not None)
        if len(resolved) < len(locations):
            return None
        key = replace(named, locations=resolved)
        if key not in self._datasets:
            self._datasets[key] = replace(key, id=self._make_id(key), span=read.span)
        return ir.DatasetSource(dataset=self._datasets[key].id)

    def _read_location(self, read: Reader, pair: Value) -> ir.Location | None:
        """One place of a dataset: a path or query in a store, or a web address."""
        store, path = read.pair(pair, "the data", "graph")
        name = read.text(name_of(store), "the store", "graph")
        text = self._read_path(read, store, path)
        if text is None or (name is None and store is not None):
            return None
        if name is not None:
            self.add_store(name, glance(store, Datastore))
        if isinstance(path, Query):
            return ir.Location(store=name, path="", query=text.value)
        return ir.Location(store=name, path=text.value, pieces=text.pieces)

    def _read_path(self, read: Reader, store: Value, path: Value) -> Text | None:
        """A path; parameters stand in those of stores only, where no value can lead anywhere else."""
        if store is not None:
            return self.parameters.text(read, path, "the path")
        address = read.required_text(path, "the address", "graph")
        return None if address is None else Text(address)

    def names_of_parameters(self, dataset_id: str) -> tuple[str, ...]:
        """The parameters that stand in the paths or the name of a dataset."""
        dataset = next(one for one in self._datasets.values() if one.id == dataset_id)
        pieces = (*dataset.pieces, *(piece for place in dataset.locations for piece in place.pieces))
        return tuple(piece.parameter for piece in pieces if isinstance(piece, ir.ParameterValue))

    def _make_id(self, dataset: ir.Dataset) -> str:
        path = dataset.locations[0].path if dataset.locations else ""
        last = next((part for part in reversed(path.split("/")) if part and "*" not in part), "")
        return make_slug(dataset.name or last.rsplit(".", 1)[0] or "data", self._ids, "data")


def is_path_of_store(source: Value) -> bool:
    """Whether an input is a path of a store, in itself or by a parameter, and no dataset: Azure ML mounts the former to
    be written too, which was the way to name an output folder before there were outputs with destinations."""
    if isinstance(source, PipelineParameter):
        source = source.default_value
    return isinstance(source, (DataPath, DataReference)) and not isinstance(source, SqlDataReference)


def check_databases(lowering: Lowering, pipeline: ir.Pipeline) -> None:
    """Report queries of stores that are a database on no target: a folder cannot replace a database."""
    stores = {store.name: store for store in pipeline.stores}
    for step in pipeline.steps:
        for port in step.inputs if not step.unsupported else ():
            if not isinstance(port.source, ir.DatasetSource):
                continue
            for location in pipeline.dataset(port.source.dataset).locations:
                if location.query is not None and location.store in stores:
                    _check_database(lowering, stores[location.store], port, step)


def _check_database(lowering: Lowering, store: ir.Store, port: ir.Input, step: ir.Step) -> None:
    if any(isinstance(place(lowering.config, store.name, target), Database) for target in plugin_names()):
        return
    address = store.address or "postgresql://USER@HOST/DATABASE"
    lines = f'[stores.{json.dumps(store.name)}]\nurl = {json.dumps(address)}\nsecret = "NAME"'
    message = (
        f"input '{port.name}' of step '{step.name}' is a query, but nothing says where '{store.name}' is now"
    )
    remedy = f"Say it in pipelift.toml; the secret holds the password:\n{lines}"
    lowering.reporter.report("PL253", message, store.span or port.span, step=step.name, help=remedy)
