"""The libraries that reach remote stores: found, given their credentials, and their errors put into a sentence."""

import importlib
import importlib.util
import json
import os
import sys
from typing import Any, Dict, Iterator, List, Optional, Set

from .contract import stores
from .contract.paths import CLIENTS_PATH
from .errors import UNAVAILABLE, LauncherError
from .places import Place
from .secrets import Secrets

_REFUSED = {
    "NoCredentialsError",
    "PartialCredentialsError",
    "ClientAuthenticationError",
    "DefaultCredentialsError",
    "RefreshError",
    "CredentialUnavailableError",
}
_REFUSALS = ("401", "403", "password", "authenti", "authoriz", "credential", "Login failed", "access denied")


def find(module: str) -> Any:
    """The module of that name. Raises `ImportError`."""
    if os.path.isdir(CLIENTS_PATH) and CLIENTS_PATH not in sys.path:
        sys.path.insert(0, CLIENTS_PATH)
    return importlib.import_module(module)


def missing(place: Place) -> Optional[str]:
    """The first module that the client of `place` needs and that is not installed; imports none of them."""
    kind = stores.KINDS.get(place.scheme)
    for name in kind.modules if kind is not None else ():
        try:
            spec = importlib.util.find_spec(name)
        except ImportError:  # of the package that holds it
            spec = None
        if spec is None:
            return name
    return None


def is_known(place: Place) -> bool:
    """Whether there is a client for the scheme of `place`."""
    return place.scheme in stores.KINDS


def credentials(place: Place, secrets: Secrets) -> Dict[str, object]:
    """What the client of `place` logs in with, as its options: nothing where no secret is named, so that the client
    looks for credentials by itself. Raises `LauncherError` where the secret is missing, or is none for this client."""
    if place.secret is None:
        return {}
    kind = stores.KINDS.get(place.scheme)
    aliases = kind.aliases if kind is not None else {}
    names = kind.credentials + tuple(aliases) if kind is not None else ()
    secret_values = secrets.credentials(
        place.secret, names, lambda text: {_main(kind, text, place.secret): text}
    )
    values: Dict[str, object] = {aliases.get(name, name): value for name, value in secret_values.items()}
    if place.scheme in ("gs", "gcs") and str(values.get("token", "")).lstrip().startswith("{"):
        values["token"] = _json(str(values["token"]), place.secret)
    return values


def _main(kind: Optional[stores.Kind], text: str, secret: object) -> str:
    """The client's name for a secret that is one value."""
    if kind is None or kind.bare is None:
        message = "the secret '{}' has to be lines NAME=value (for s3: key=… and secret=…)"
        raise LauncherError(UNAVAILABLE, message.format(secret))
    if kind.bare == "account_key":
        if "AccountKey=" in text or "SharedAccessSignature=" in text:
            return "connection_string"
        return "sas_token" if "sig=" in text else "account_key"
    return kind.bare


def _json(text: str, secret: object) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise LauncherError(UNAVAILABLE, "the secret '{}' begins like JSON and is none".format(secret))


def failure(store: str, place: Place, path: str, error: BaseException, secrets: Secrets) -> LauncherError:
    """What a client's `error` at `path` of the store means, and the setting of pipelift.toml that would change it."""
    if isinstance(error, LauncherError):
        return error
    what = "store '{}' ({}{})".format(store, place.url, ", '{}'".format(path) if path else "")
    reason = secrets.sentence(error)
    if isinstance(error, ImportError):
        message = "{}: its client is not installed ({}): locally pip install 'pipelift[{}]', else build the image anew"
        return LauncherError(UNAVAILABLE, message.format(what, reason, extra(place)))
    if _is_refusal(error):
        if place.secret is None:
            message = '{} wants a login ({}); name a secret in pipelift.toml: [stores.{}] secret = "NAME"'
            return LauncherError(UNAVAILABLE, message.format(what, reason, store))
        message = "{} refused the secret '{}' ({}); put another into {}, or name another: [stores.{}] secret"
        where = secrets.where(place.secret)
        return LauncherError(UNAVAILABLE, message.format(what, place.secret, reason, where, store))
    what += (
        " does not take these settings"
        if isinstance(error, (TypeError, ValueError))
        else " cannot be reached"
    )
    message = "{} ({}); look at url, options and secret of [stores.{}] in pipelift.toml"
    return LauncherError(UNAVAILABLE, message.format(what, reason, store))


def extra(place: Place) -> str:
    """The extra of pipelift that installs the client of `place`."""
    kind = stores.KINDS.get(place.scheme)
    return kind.extra if kind is not None else "stores"


def _is_refusal(error: BaseException) -> bool:
    for cause in _chain(error):
        if isinstance(cause, PermissionError) or type(cause).__name__ in _REFUSED:
            return True
        if getattr(cause, "status_code", None) in (401, 403) or getattr(cause, "code", None) in (401, 403):
            return True
    text = str(error).lower()
    return any(word.lower() in text for word in _REFUSALS)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and those that it was raised from."""
    seen: Set[int] = set()
    waiting: List[BaseException] = [error]
    while waiting:
        exception = waiting.pop()
        if id(exception) not in seen:
            seen.add(id(exception))
            yield exception
            waiting += [cause for cause in (exception.__cause__, exception.__context__) if cause is not None]
