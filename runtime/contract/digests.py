"""The digest that tells contents apart: of files, of images, of what a result was made from."""

import hashlib
from typing import Union


def digest(data: Union[bytes, str]) -> str:
    """SHA-256 of `data` in 64 hexadecimal digits; text counts as UTF-8, whatever stands in it."""
    content = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return hashlib.sha256(content).hexdigest()
