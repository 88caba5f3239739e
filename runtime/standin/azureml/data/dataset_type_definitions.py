"""The SDK's names for headers, encodings and types of columns."""

from enum import Enum
from typing import Sequence, Union


class PromoteHeadersBehavior(Enum):
    NO_HEADERS = 0
    ONLY_FIRST_FILE_HAS_HEADERS = 1
    COMBINE_ALL_FILES_HEADERS = 2
    ALL_FILES_HAVE_SAME_HEADERS = 3


class FileEncoding(Enum):
    UTF8 = 0
    ISO88591 = 1
    LATIN1 = 2
    ASCII = 3
    UTF16 = 4
    UTF32 = 5
    UTF8BOM = 6
    WINDOWS1252 = 7


class DataType:
    """The type of a column: `described` is what a definition says of it."""

    def __init__(self, kind: str, formats: Sequence[str] = (), decimal_mark: str = ".") -> None:
        self.described = {"type": kind, "formats": list(formats), "decimal_mark": decimal_mark}

    @staticmethod
    def to_string() -> "DataType":
        return DataType("string")

    @staticmethod
    def to_long() -> "DataType":
        return DataType("integer")

    @staticmethod
    def to_float(decimal_mark: str = ".") -> "DataType":
        return DataType("float", decimal_mark=decimal_mark)

    @staticmethod
    def to_bool() -> "DataType":
        return DataType("boolean")

    @staticmethod
    def to_datetime(formats: Union[str, Sequence[str], None] = None) -> "DataType":
        return DataType("datetime", [formats] if isinstance(formats, str) else formats or ())
