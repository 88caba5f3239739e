"""Which names sound like secrets, and how a secret stands in what is written down: as a digest with a key.

`compiler/secrets/secrecy.py` has the rules for names too: neither imports the other, and a test compares them.
"""

import hashlib
import hmac
import os
import re
from typing import Dict, Optional, Union

from .contract.paths import SEAL

_LENGTH = 64

_SECRET = ("password", "passwd", "pwd", "key", "token", "secret", "credential", "sas")
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


def looks_secret(name: str) -> bool:
    """Whether a value of that name is kept out of everything that is written down."""
    lowered = name.lower()
    return any(word in lowered for word in _SECRET) or names_credential(name)


def names_credential(name: str) -> bool:
    """Whether a value of that name is surely a credential: ``STORAGE_KEY`` is, ``max_tokens`` and ``KEY_PATH`` are not.

    `looks_secret` errs on the safe side where a value is only not written down; here a wrong guess would put
    ``***`` into the user's log.
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


class Seal:
    """Digests of secrets that can be compared between the runs of one state folder, and guessed by nobody else.

    A plain digest would give a short secret away: whoever reads it tries all of them. (HMAC, RFC 2104.)
    """

    def __init__(self, state: str) -> None:
        self._path = os.path.join(state, SEAL)
        self._key: Optional[bytes] = None

    def make(self) -> None:
        """Make the key of the state folder, unless it has one; of several at once the first wins. Raises `OSError`."""
        if os.path.exists(self._path):
            return
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        temporary = "{}.{}.tmp".format(self._path, os.urandom(8).hex())
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, os.urandom(_LENGTH // 2).hex().encode("ascii"))
            os.fsync(descriptor)
            _put(temporary, self._path)
        finally:
            os.close(descriptor)
            if os.path.exists(temporary):
                os.unlink(temporary)

    def digest(self, value: str) -> str:
        """64 hex digits. Without a key that can be read they are random: nothing compares equal to them."""
        if self._key is None:
            self._key = self._read() or os.urandom(_LENGTH)
        data = value.encode("utf-8", "surrogateescape")
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()

    def guarded(self, name: str, value: str) -> Union[str, Dict[str, str]]:
        """`value`, or for a name that sounds secret a digest, which still tells two values apart."""
        return {"secret": self.digest(value)} if looks_secret(name) else value

    def hidden(self, value: str) -> str:
        """A secret as one word that can be compared and shown."""
        return "<secret {}>".format(self.digest(value)[:12])

    def _read(self) -> Optional[bytes]:
        try:
            with open(self._path, "rb") as file:
                key = file.read()
        except OSError:
            return None
        return key if len(key) == _LENGTH else None


def _put(made: str, path: str) -> None:
    """Give the file `made` the name `path`, unless there is one; never a half one."""
    try:
        os.link(made, path)
    except FileExistsError:
        pass  # a run beside this one was first
    except OSError:  # a file system without links
        os.replace(made, path)
