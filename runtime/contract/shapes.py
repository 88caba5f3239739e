"""Whether data have the form that a committed JSON Schema gives them: what steps, disks and people leave is input.

Own code, as the launcher has the standard library only. Of JSON Schema it knows the words that `schemas/` uses; a test
compares its answers with those of the `jsonschema` library.
"""

import json
import os
from datetime import datetime
from functools import lru_cache
from typing import Any, Callable, Dict, List, Mapping, Optional

from .untrusted import is_component

Schema = Mapping[str, Any]
Check = Callable[[Any], bool]

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schemas")


def drop_misfits(data: Optional[Mapping[str, object]], name: str) -> Dict[str, object]:
    """`data` without the fields that have not the form that the schema `name` gives them; those that it does not know
    stay. A damaged field is one that is not there: it takes no other from sight."""
    fields = _field_checks(name)
    return {key: value for key, value in (data or {}).items() if key not in fields or fields[key](value)}


def is_a(data: object, definition: str, name: str) -> bool:
    """Whether `data` have the form of the `definition` (below ``$defs``) of the schema `name`."""
    return _definition_check(definition, name)(data)


@lru_cache(maxsize=None)
def load_schema(name: str) -> Schema:
    """The committed schema of that name."""
    with open(os.path.join(_FOLDER, name + ".json"), encoding="utf-8") as file:
        schema: Schema = json.load(file)
    return schema


def fits(value: object, schema: Schema, root: Schema) -> bool:
    """Whether `value` is valid under `schema`, whose references (``#/$defs/NAME``) lead into `root`."""
    return _make_check(schema, root)(value)


@lru_cache(maxsize=None)
def _field_checks(name: str) -> Mapping[str, Check]:
    schema = load_schema(name)
    return {field: _make_check(shape, schema) for field, shape in schema["properties"].items()}


@lru_cache(maxsize=None)
def _definition_check(definition: str, name: str) -> Check:
    schema = load_schema(name)
    return _make_check(schema["$defs"][definition], schema)


def _make_check(schema: Schema, root: Schema) -> Check:
    """What `schema` asks of a value, as a function: a schema is read once, and a launcher asks thousands of times."""
    checks = []
    if "$ref" in schema:
        checks.append(_make_check(root["$defs"][schema["$ref"].rpartition("/")[2]], root))
    if "anyOf" in schema:
        checks.append(_any_of([_make_check(option, root) for option in schema["anyOf"]]))
    if "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        checks.append(_any_of([_TYPES[kind] for kind in kinds]))
    if any(word in schema for word in ("properties", "additionalProperties", "required")):
        checks.append(_check_fields(schema, root))
    if "items" in schema:
        checks.append(_check_items(_make_check(schema["items"], root)))
    if "enum" in schema:
        checks.append(_check_words(schema["enum"]))
    if "format" in schema:
        checks.append(_check_format(FORMATS[schema["format"]]))
    if "minimum" in schema:
        checks.append(_check_range(schema["minimum"], schema["maximum"]))
    return checks[0] if len(checks) == 1 else _all_of(checks)


def _any_of(checks: List[Check]) -> Check:
    return checks[0] if len(checks) == 1 else lambda value: any(check(value) for check in checks)


def _all_of(checks: List[Check]) -> Check:
    def check_all(value: Any) -> bool:
        for check in checks:
            if not check(value):
                return False
        return True

    return check_all


def _check_fields(schema: Schema, root: Schema) -> Check:
    fields = {name: _make_check(shape, root) for name, shape in schema.get("properties", {}).items()}
    others = _make_check(schema.get("additionalProperties", {}), root)
    required = frozenset(schema.get("required", ()))

    def check_fields(value: Any) -> bool:
        if not isinstance(value, dict):
            return True
        if not required <= value.keys():
            return False
        for name, item in value.items():
            if not fields.get(name, others)(item):
                return False
        return True

    return check_fields


def _check_items(check: Check) -> Check:
    return lambda value: not isinstance(value, list) or all(map(check, value))


def _check_words(words: List[str]) -> Check:
    return lambda value: not isinstance(value, str) or value in words


def _check_format(check: Callable[[str], bool]) -> Check:
    return lambda value: not isinstance(value, str) or check(value)


def _check_range(least: float, most: float) -> Check:
    return lambda value: not isinstance(value, (int, float)) or bool(least <= value <= most)


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
