"""Secrets: what may be called one, where one is given, and which names of values sound like one."""

import re
from functools import lru_cache

HIDDEN = "***"
"""What stands in a text in the place of a secret."""

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
"""What a secret may be called: a file, and what every engine takes."""

PREFIX = "PIPELIFT_SECRET_"
"""What the variables begin with that hold secrets. No script sees them."""

PARAMETERS = PREFIX + "PARAMETERS"
"""The variable with the values of parameters that are secrets, as a JSON object: a command line is seen by all.

Containers get files instead: an engine shows their variables to whoever asks it."""

FOLDER_VARIABLE = "PIPELIFT_SECRETS"
"""The variable that names the folder of secrets for a Compose project, where it is another than that of the state."""

_WORDS = ("password", "passwd", "pwd", "key", "token", "secret", "credential", "sas")
_LAST = (
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "sas",
    "credential",
    "credentials",
    "key",
)
_PLAIN_KEYS = frozenset(
    "cache column date dict foreign group hash index join merge partition primary public row sort time unique".split()
)
_PLAIN_TOKENS = frozenset(
    "bos cls end eos extra mask max min n next num pad page per sep special start stop unk".split()
)


def is_name(text: str) -> bool:
    """Whether a secret may be called `text`."""
    return re.fullmatch(NAME, text) is not None


def variable(name: str) -> str:
    """The variable that holds the secret `name`."""
    return PREFIX + re.sub(r"[^A-Z0-9]", "_", name.upper())


def parameter_variable(name: str) -> str:
    """The variable of a script that holds the value of the parameter `name`, as the service calls it."""
    return "AML_PARAMETER_" + re.sub(r"\W", "_", name)


def looks_secret(name: str) -> bool:
    """Whether a value of that name is kept out of everything that is written down."""
    lowered = name.lower()
    return any(word in lowered for word in _WORDS) or names_credential(name)


@lru_cache(maxsize=4096)
def names_credential(name: str) -> bool:
    """Whether a value of that name is surely a credential: ``STORAGE_KEY`` is, ``max_tokens`` and ``KEY_PATH`` are not.

    `looks_secret` errs on the safe side where a value is only not written down; here a wrong guess would stop the
    user's work, or put ``***`` into a log.
    """
    spread = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    words = [word for word in re.split(r"[^a-z0-9]+", spread.lower()) if word]
    if not words:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last == "key":
        return bool(before) and before not in _PLAIN_KEYS
    if last == "token":
        return before not in _PLAIN_TOKENS
    if last == "string":
        return before == "connection"
    return last in _LAST or last.endswith(("password", "secret", "apikey", "accountkey", "connectionstring"))
