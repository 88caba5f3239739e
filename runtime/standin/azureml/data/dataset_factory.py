"""``Dataset.File`` and ``Dataset.Tabular``: datasets from files of stores, web or machine."""

import os
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, NoReturn, Optional, Tuple, Union

from azureml import _context
from azureml._context import Entries
from azureml._runtime.contract.files import token
from azureml._runtime.contract.spec import Location
from azureml._uncovered import Covered
from azureml.data import _reading, _sources
from azureml.data._sources import Source
from azureml.data.datapath import DataPath
from azureml.data.dataset_type_definitions import DataType, PromoteHeadersBehavior
from azureml.data.file_dataset import FileDataset
from azureml.data.tabular_dataset import TabularDataset
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.datastore import Datastore

    Target = Union[DataPath, Datastore, Tuple[Datastore, str]]

AnyDataset = Union[FileDataset, TabularDataset]
Types = Optional[Mapping[str, DataType]]


def make(
    entry: Mapping[str, Any], entries: Entries, name: str, version: Union[int, str, None], guess: bool = False
) -> AnyDataset:
    """The dataset of a definition; with `guess`, files that look like tables are one."""
    table = entry.get("table")
    is_query = any(place.get("query") for place in entry["locations"])
    tabular = table is not None or is_query or (guess and _looks_tabular(entries))
    kind = TabularDataset if tabular else FileDataset
    table_format = table or {}
    if not table or table["kind"] == "by_name":
        table_format = dict(table_format, **_reading.format_of([path for _, path in entries]))
    return kind(
        entries, entry["locations"], name, version, entry.get("id"), table_format if tabular else None
    )


def _looks_tabular(entries: Entries) -> bool:
    suffixes = (".csv", ".tsv", ".parquet", ".jsonl")
    return bool(entries) and all(path.lower().endswith(suffixes) for _, path in entries)


def _registrable(places: List[Location]) -> List[Location]:
    return places if all(place["store"] for place in places) else []


class FileDatasetFactory(Covered):
    @staticmethod
    def from_files(
        path: Source, validate: bool = True, partition_format: Optional[str] = None, is_file: bool = False
    ) -> FileDataset:
        places = _sources.as_locations(path)
        return FileDataset(_sources.entries(places, "from_files"), _registrable(places))

    @staticmethod
    def upload_directory(
        src_dir: str,
        target: "Target",
        pattern: Optional[str] = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> FileDataset:
        store, place = _target(target)
        store.upload(src_dir, place["path"], overwrite)
        return FileDataset(_sources.entries([place], "upload_directory"), [place])


class TabularDatasetFactory(Covered):
    @staticmethod
    def from_delimited_files(
        path: Source,
        validate: bool = True,
        include_path: bool = False,
        infer_column_types: bool = True,
        set_column_types: Types = None,
        separator: str = ",",
        header: Union[bool, PromoteHeadersBehavior] = True,
        partition_format: Optional[str] = None,
        support_multi_line: bool = False,
        empty_as_string: bool = False,
        encoding: Any = "utf8",
    ) -> TabularDataset:
        options = {
            "separator": separator,
            "first_header": header is PromoteHeadersBehavior.ONLY_FIRST_FILE_HAS_HEADERS,
            "encoding": getattr(encoding, "name", encoding),
            "include_path": include_path,
            "infer_types": infer_column_types,
            "empty_as_text": empty_as_string,
            "partition_format": partition_format,
            "types": _types(set_column_types),
        }
        if isinstance(header, PromoteHeadersBehavior):
            header = header is not PromoteHeadersBehavior.NO_HEADERS
        return _table(path, "delimited", header=bool(header), **options)

    @staticmethod
    def from_parquet_files(
        path: Source,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Types = None,
        partition_format: Optional[str] = None,
    ) -> TabularDataset:
        options = {"partition_format": partition_format, "types": _types(set_column_types)}
        return _table(path, "parquet", include_path=include_path, **options)

    @staticmethod
    def from_json_lines_files(
        path: Source,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Types = None,
        partition_format: Optional[str] = None,
        invalid_lines: str = "error",
        encoding: Any = "utf8",
    ) -> TabularDataset:
        options = {
            "encoding": getattr(encoding, "name", encoding),
            "include_path": include_path,
            "skip_invalid": invalid_lines == "drop",
            "partition_format": partition_format,
            "types": _types(set_column_types),
        }
        return _table(path, "json_lines", **options)

    @staticmethod
    def from_sql_query(query: object, *args: Any, **kwargs: Any) -> NoReturn:
        raise UserErrorException(
            "a script cannot query a database here, since it is given no login: make the dataset in the pipeline "
            "file, and give it to the step: inputs=[Dataset.Tabular.from_sql_query(…).as_named_input('rows')]"
        )

    @staticmethod
    def register_pandas_dataframe(
        dataframe: Any,
        target: "Target",
        name: str,
        description: Optional[str] = None,
        tags: Optional[Dict[str, Any]] = None,
        show_progress: bool = True,
        **kwargs: Any,
    ) -> TabularDataset:
        """Write the frame into the store as Parquet and register it."""
        store, place = _target(target)
        path = "{}/{}".format(place["path"].strip("/"), token()).lstrip("/")
        store._refuse("write to", "an output of the step")
        target_file = store._inside(path + "/part-00000.parquet")
        os.makedirs(os.path.dirname(target_file), exist_ok=True)
        dataframe.to_parquet(target_file)
        dataset = _table_at([{"store": store.name, "path": path}], "parquet")
        return dataset.register(
            _context.require("register"), name, description, tags, create_new_version=True
        )


def _table(path: Source, kind: str, **options: Any) -> TabularDataset:
    return _table_at(_sources.as_locations(path), kind, **options)


def _table_at(places: List[Location], kind: str, **options: Any) -> TabularDataset:
    table: Dict[str, Any] = {
        "kind": kind,
        "separator": ",",
        "header": True,
        "encoding": "utf8",
        "include_path": False,
    }
    table.update(options)
    return TabularDataset(_sources.entries(places, kind), _registrable(places), table=table)


def _types(columns: Types) -> List[Dict[str, Any]]:
    """``set_column_types`` as a definition has it."""
    return [dict(kind.described, column=name) for name, kind in (columns or {}).items()]


def _target(path: "Target") -> Tuple["Datastore", Location]:
    """The datastore that a script names to write into, and the place in it."""
    from azureml.core.datastore import Datastore

    if isinstance(path, Datastore):
        return path, {"store": path.name, "path": ""}
    (place,) = _sources.as_locations(path)
    return Datastore(None, place["store"]), place
