"""Source data: stores and datasets, each once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from pydantic import ValidationError

from pipelift.compiler import ir
from pipelift.compiler.config.places import Database, place
from pipelift.compiler.evaluate.values import Unknown, Value
from pipelift.compiler.lower.context import Lowering, slug
from pipelift.compiler.sdk.datasets import AbstractDataset
from pipelift.compiler.sdk.datastores import DataPath, DataReference, Datastore, SqlDataReference
from pipelift.compiler.sdk.locations import Query
from pipelift.compiler.sdk.pipeline_data import PipelineParameter
from pipelift.compiler.sdk.ports import InPort
from pipelift.compiler.target import target_names


@dataclass(slots=True)
class Sources:
    """The stores and datasets of one pipeline, in the order of their first use; the same data is one dataset."""

    lowering: Lowering
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
        made = self.lowering.record.stores.get(name, store)
        kind = made.kind if made else ("blob" if name == "workspaceblobstore" else "folder")
        known = self._stores.get(name)
        if known is None or known.kind == "folder":
            span = made.span if made else (known.span if known else None)
            address = made.address if made else None
            self._stores[name] = ir.Store(name=name, kind=kind, address=address, span=span)

    def dataset(self, port: InPort, step: str) -> ir.DatasetSource | None:
        """The dataset that an input takes; None where it cannot be said, which is reported."""
        source = port.source
        parameter = None
        if isinstance(source, PipelineParameter):
            parameter = source.name if isinstance(source.default_value, DataPath) else None
            self._report_parameter(source, step)
            source = source.default_value
        if isinstance(source, SqlDataReference):
            return self._sql(source, port, step)
        if isinstance(source, (DataPath, DataReference)):
            pairs: Value = ((source.datastore, source.path_on_datastore or ""),)
            return self._add(port, step, pairs, None, None, None, parameter)
        if not isinstance(source, AbstractDataset):
            self.lowering.unknown(
                "PL110", f"the data of input '{port.name}' of step '{step}'", source, port.span, step
            )
            return None
        table = self._table(source, port, step)
        return self._add(port, step, source.source_locations, source.name, source.version, table)

    def _report_parameter(self, source: PipelineParameter, step: str) -> None:
        if isinstance(source.default_value, DataPath):
            message = f"a run may give parameter '{source.name}' another path, in the same store"
            self.lowering.reporter.report("PL330", message, source.span, step=step)
        else:
            message = f"parameter '{source.name}' stands for a dataset; it is fixed to its default"
            self.lowering.reporter.report("PL305", message, source.span, step=step)

    def _table(self, source: AbstractDataset, port: InPort, step: str) -> ir.TableFormat | None:
        """How the data becomes a table; None for plain files, and where it is not known, which is reported."""
        what = f"the format of input '{port.name}' of step '{step}'"
        if not source.table_format or self.lowering.unknown(
            "PL110", what, source.table_format, port.span, step
        ):
            return None
        try:
            return ir.TableFormat(**source.table_format)
        except ValidationError as error:
            field = ".".join(str(part) for part in error.errors()[0]["loc"])
            message = f"{what}: '{field}' {error.errors()[0]['msg'].lower()}"
            self.lowering.reporter.report("PL233", message, source.span, step=step)
            return None

    def _sql(self, source: SqlDataReference, port: InPort, step: str) -> ir.DatasetSource | None:
        """The rows of a database: a table or a stored procedure as the query that means the same."""
        query = source.query
        if isinstance(query, Unknown):
            self.lowering.unknown("PL110", f"the query of input '{port.name}'", query, port.span, step)
            return None
        if source.kind != "query":
            message = f"input '{port.name}' of step '{step}' is read with the query: {query}"
            self.lowering.reporter.report("PL252", message, source.span, step=step)
        pairs: Value = ((source.datastore, Query(query)),)
        return self._add(port, step, pairs, None, None, ir.TableFormat(kind="query"))

    def _add(
        self,
        port: InPort,
        step: str,
        pairs: Value,
        name: Value,
        version: Value,
        table: ir.TableFormat | None,
        parameter: str | None = None,
    ) -> ir.DatasetSource | None:
        what = f"the data of input '{port.name}' of step '{step}'"
        if self.lowering.unknown("PL110", what, [pairs, name, version], port.span, step):
            return None
        locations = []
        for store, path in pairs:
            if isinstance(store, Datastore):
                self.add_store(self.lowering.text(f"the store of {what}", store.name, port.span, step), store)
            holder = store.name if isinstance(store, Datastore) else None
            if isinstance(path, Query):
                locations.append(ir.Location(store=holder, path="", query=str(path)))
            else:
                locations.append(ir.Location(store=holder, path=str(path), parameter=parameter))
        key = ir.Dataset(
            id="",
            name=None if name is None else str(name),
            version=None if version in (None, "latest") else str(version),
            locations=tuple(locations),
            table=table,
        )
        if key not in self._datasets:
            self._datasets[key] = key.model_copy(update={"id": self._id(key), "span": port.span})
        return ir.DatasetSource(dataset=self._datasets[key].id)

    def _id(self, dataset: ir.Dataset) -> str:
        path = dataset.locations[0].path if dataset.locations else ""
        last = next((part for part in reversed(path.split("/")) if part and "*" not in part), "")
        return slug(dataset.name or last.rsplit(".", 1)[0] or "data", self._ids, "data")


def check_databases(lowering: Lowering, pipeline: ir.Pipeline) -> None:
    """Report queries of stores that no target finds as a database: no folder can stand in for one."""
    stores = {store.name: store for store in pipeline.stores}
    for step in pipeline.steps:
        for port in step.inputs if not step.unsupported else ():
            if not isinstance(port.source, ir.DatasetSource):
                continue
            for location in pipeline.dataset(port.source.dataset).locations:
                if location.query is not None and location.store in stores:
                    _check_database(lowering, stores[location.store], port, step)


def _check_database(lowering: Lowering, store: ir.Store, port: ir.Input, step: ir.Step) -> None:
    if any(isinstance(place(lowering.config, store.name, target), Database) for target in target_names()):
        return
    address = store.address or "postgresql://USER@HOST/DATABASE"
    lines = f'[stores.{json.dumps(store.name)}]\nurl = {json.dumps(address)}\nsecret = "NAME"'
    message = (
        f"input '{port.name}' of step '{step.name}' is a query, but nothing says where '{store.name}' is now"
    )
    remedy = f"Say it in pipelift.toml; the secret holds the password:\n{lines}"
    lowering.reporter.report("PL253", message, store.span or port.span, step=step.name, help=remedy)
