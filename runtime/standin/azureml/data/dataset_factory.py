"""``Dataset.File`` and ``Dataset.Tabular``: datasets from files of stores, web or machine."""

import os

from azureml import _context
from azureml._runtime import files
from azureml._uncovered import Covered
from azureml.data import _reading, _sources
from azureml.data.dataset_type_definitions import PromoteHeadersBehavior
from azureml.data.file_dataset import FileDataset
from azureml.data.tabular_dataset import TabularDataset
from azureml.exceptions import UserErrorException


def make(entry, entries, name, version, guess=False):
    """The dataset of a definition; with `guess`, files that look like tables are one."""
    table = entry.get("table")
    is_query = any(place.get("query") for place in entry["locations"])
    tabular = table is not None or is_query or (guess and _looks_tabular(entries))
    kind = TabularDataset if tabular else FileDataset
    found = table or _reading.format_of([path for _, path in entries])
    return kind(entries, entry["locations"], name, version, entry.get("id"), found if tabular else None)


def _looks_tabular(entries):
    suffixes = (".csv", ".tsv", ".parquet", ".jsonl")
    return bool(entries) and all(path.lower().endswith(suffixes) for _, path in entries)


def _registrable(places):
    return places if all(place["store"] for place in places) else []


class FileDatasetFactory(Covered):
    @staticmethod
    def from_files(path, validate=True, partition_format=None, is_file=False):
        places = _sources.as_locations(path)
        return FileDataset(_sources.entries(places, "from_files"), _registrable(places))

    @staticmethod
    def upload_directory(src_dir, target, pattern=None, overwrite=False, show_progress=True):
        store, place = _target(target)
        store.upload(src_dir, place["path"], overwrite)
        return FileDataset(_sources.entries([place], "upload_directory"), [place])


class TabularDatasetFactory(Covered):
    @staticmethod
    def from_delimited_files(
        path,
        validate=True,
        include_path=False,
        infer_column_types=True,
        set_column_types=None,
        separator=",",
        header=True,
        partition_format=None,
        support_multi_line=False,
        empty_as_string=False,
        encoding="utf8",
    ):
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
        path, validate=True, include_path=False, set_column_types=None, partition_format=None
    ):
        options = {"partition_format": partition_format, "types": _types(set_column_types)}
        return _table(path, "parquet", include_path=include_path, **options)

    @staticmethod
    def from_json_lines_files(
        path,
        validate=True,
        include_path=False,
        set_column_types=None,
        partition_format=None,
        invalid_lines="error",
        encoding="utf8",
    ):
        options = {
            "encoding": getattr(encoding, "name", encoding),
            "include_path": include_path,
            "skip_invalid": invalid_lines == "drop",
            "partition_format": partition_format,
            "types": _types(set_column_types),
        }
        return _table(path, "json_lines", **options)

    @staticmethod
    def from_sql_query(query, *args, **kwargs):
        raise UserErrorException(
            "a script cannot query a database here, since it is given no login: make the dataset in the pipeline "
            "file, and give it to the step: inputs=[Dataset.Tabular.from_sql_query(…).as_named_input('rows')]"
        )

    @staticmethod
    def register_pandas_dataframe(
        dataframe, target, name, description=None, tags=None, show_progress=True, **kwargs
    ):
        """Write the frame into the store as Parquet and register it."""
        store, place = _target(target)
        path = "{}/{}".format(place["path"].strip("/"), files.token()).lstrip("/")
        store._refuse("write to", "an output of the step")
        target_file = store._inside(path + "/part-00000.parquet")
        os.makedirs(os.path.dirname(target_file), exist_ok=True)
        dataframe.to_parquet(target_file)
        made = _table_at([{"store": store.name, "path": path}], "parquet")
        return made.register(_context.required("register"), name, description, tags, create_new_version=True)


def _table(path, kind, **options):
    return _table_at(_sources.as_locations(path), kind, **options)


def _table_at(places, kind, **options):
    table = {"kind": kind, "separator": ",", "header": True, "encoding": "utf8", "include_path": False}
    table.update(options)
    return TabularDataset(_sources.entries(places, kind), _registrable(places), table=table)


def _types(columns):
    """``set_column_types`` as a definition has it."""
    return [dict(kind.described, column=name) for name, kind in (columns or {}).items()]


def _target(path):
    """The datastore that a script names to write into, and the place in it."""
    from azureml.core.datastore import Datastore

    if isinstance(path, Datastore):
        return path, {"store": path.name, "path": ""}
    (place,) = _sources.as_locations(path)
    return Datastore(None, place["store"]), place
