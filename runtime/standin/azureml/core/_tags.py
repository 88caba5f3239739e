"""Tags and properties that are asked for."""

from typing import Any, Dict, Mapping, Union

from azureml import _context

Asked = Union[None, str, Mapping[str, Any]]
"""A name, or names with values (None: any)."""


def has_tags(tags: Mapping[str, Any], asked: Asked) -> bool:
    """Whether the `tags` have what is `asked`: a name, or a dict of names and values."""
    if not asked:
        return True
    if isinstance(asked, str):
        return _context.mask_data(asked) in tags
    plain = {name: None if value is None else str(value) for name, value in asked.items()}
    hidden: Dict[str, Any] = _context.mask_data(plain)
    return all(name in tags and (value is None or tags[name] == value) for name, value in hidden.items())
