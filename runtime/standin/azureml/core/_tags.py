"""Tags and properties that are asked for."""

from typing import Any, Dict, Mapping, Union

from azureml import _context

Asked = Union[None, str, Mapping[str, Any]]
"""A name, or names with values (None: any)."""


def has_tags(found: Mapping[str, Any], asked: Asked) -> bool:
    """Whether the tags `found` answer to `asked`: a name, or a dict of names and values."""
    if not asked:
        return True
    if isinstance(asked, str):
        return _context.hidden(asked) in found
    plain = {name: None if value is None else str(value) for name, value in asked.items()}
    hidden: Dict[str, Any] = _context.hidden(plain)
    return all(name in found and (value is None or found[name] == value) for name, value in hidden.items())
