"""Types for type checkers, on every Python: before 3.8 `typing` has neither `TypedDict` nor `Literal`."""

import sys
from typing import Union

if sys.version_info >= (3, 8):
    from typing import Literal, TypedDict
else:

    class TypedDict(dict):
        """A dict, whose keys nobody checks."""

        def __init_subclass__(cls, total=True):
            """Take the keyword that `typing.TypedDict` takes."""

    class _Literal:
        def __getitem__(self, values):
            return object

    Literal = _Literal()

Scalar = Union[bool, int, float, str, None]
"""The value of a parameter: what JSON can say without lists and objects."""

__all__ = ["Literal", "Scalar", "TypedDict"]
