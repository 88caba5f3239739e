"""Whether data have the form that a committed JSON Schema gives them: what steps, disks and people leave is input.

Own code, as the launcher has the standard library only. Of JSON Schema it knows the words that `schemas/` uses; a test
compares its answers with those of the `jsonschema` library.
"""

import json
import os
from datetime import datetime
from functools import lru_cache
from typing import Any, Callable, Dict, Mapping, Optional

from .untrusted import is_component

Schema = Mapping[str, Any]

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schemas")


def drop_misfits(data: Optional[Mapping[str, object]], name: str) -> Dict[str, object]:
    """`data` without the fields that have not the form that the schema `name` gives them; those that it does not know
    stay. A damaged field is one that is not there: it takes no other from sight."""
    schema = load_schema(name)
    fields = schema["properties"]
    return {
        key: value
        for key, value in (data or {}).items()
        if key not in fields or fits(value, fields[key], schema)
    }


def is_a(data: object, definition: str, name: str) -> bool:
    """Whether `data` have the form of the `definition` (below ``$defs``) of the schema `name`."""
    schema = load_schema(name)
    return fits(data, schema["$defs"][definition], schema)


@lru_cache(maxsize=None)
def load_schema(name: str) -> Schema:
    """The committed schema of that name."""
    with open(os.path.join(_FOLDER, name + ".json"), encoding="utf-8") as file:
        schema: Schema = json.load(file)
    return schema


def fits(value: object, schema: Schema, root: Schema) -> bool:
    """Whether `value` is valid under `schema`, whose references (``#/$defs/NAME``) lead into `root`."""
    if "$ref" in schema and not fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root):
        return False
    if "anyOf" in schema and not any(fits(value, option, root) for option in schema["anyOf"]):
        return False
    if "type" in schema and not _has_type(value, schema["type"]):
        return False
    if isinstance(value, dict):
        return _fits_fields(value, schema, root)
    if isinstance(value, list):
        return all(fits(item, schema.get("items", {}), root) for item in value)
    if isinstance(value, str):
        return value in schema.get("enum", (value,)) and _fits_format(value, schema)
    if isinstance(value, (int, float)) and "minimum" in schema:
        return bool(schema["minimum"] <= value <= schema["maximum"])
    return True


def _has_type(value: object, wanted: Any) -> bool:
    return any(_TYPES[name](value) for name in (wanted if isinstance(wanted, list) else [wanted]))


def _fits_fields(value: Dict[str, object], schema: Schema, root: Schema) -> bool:
    fields, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    return all(name in value for name in schema.get("required", ())) and all(
        fits(item, fields.get(name, others), root) for name, item in value.items()
    )


def _fits_format(text: str, schema: Schema) -> bool:
    return "format" not in schema or FORMATS[schema["format"]](text)


def _is_path(text: str) -> bool:
    return all(is_component(part) for part in text.split("/"))


def _is_moment(text: str) -> bool:
    """Asked of runs' own files alone, which no launcher reads: Python 3.6 could not."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


FORMATS: Dict[str, Callable[[str], bool]] = {
    "component": is_component,
    "path": _is_path,
    "date-time": _is_moment,
}
"""What a text may be: the id of a run or a step, or another name that is one part of a path; a path below a store's
folder; a moment of ISO 8601."""

_TYPES: Dict[str, Callable[[object], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_whole,
    "null": lambda value: value is None,
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}
