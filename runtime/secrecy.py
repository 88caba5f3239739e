"""How a secret stands in what is written down: as a digest with a key of the state folder."""

import hashlib
import hmac
import os
from typing import Optional, Union

from .contract.files import half_of
from .contract.paths import SEAL
from .contract.record import Sealed
from .contract.secrets import looks_secret

_LENGTH = 64


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
        temporary = half_of(self._path)
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

    def guarded(self, name: str, value: str) -> Union[str, Sealed]:
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


def _put(temporary: str, path: str) -> None:
    """Give the file `temporary` the name `path`, unless there is one; never a half one."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass  # a run beside this one was first
    except OSError:  # a file system without links
        os.replace(temporary, path)
