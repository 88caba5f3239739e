"""YAML files that the SDK reads. The library is imported when there is one to read: most programs have none."""

from __future__ import annotations

from pipelift.compiler.evaluate.library.yaml import parse_documents
from pipelift.compiler.evaluate.values import Call, Value


def read_yaml(call: Call, path: str) -> Value:
    """The data of a YAML file, as the overlay has it. Raises `OSError`, and `ValueError` for what is no YAML."""
    return parse_documents(call.read(path).decode("utf-8-sig"))[0]


def yaml_text(data: object) -> str:
    """`data` as YAML, keys in their order."""
    import yaml

    return yaml.safe_dump(data, sort_keys=False)
