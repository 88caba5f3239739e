"""Which values are kept out of everything that is written down."""

import hashlib
from typing import Dict, Union

_SECRET = ("password", "passwd", "pwd", "key", "token", "secret", "credential", "sas")


def looks_secret(name: str) -> bool:
    """Whether a value of that name is kept out of everything that is written down."""
    lowered = name.lower()
    return any(word in lowered for word in _SECRET)


def guarded(name: str, value: str) -> Union[str, Dict[str, str]]:
    """`value`, or for a name that sounds secret a digest, which still tells two values apart."""
    return {"secret": _digest(value)} if looks_secret(name) else value


def hidden(value: str) -> str:
    """A secret as one word that can be compared and shown."""
    return "<secret {}>".format(_digest(value))


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()[:12]
