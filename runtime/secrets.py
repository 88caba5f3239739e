"""Secrets: where the launcher finds one, what forms it has, and which of them a step has."""

import json
import os
import re
from typing import Callable, Dict, Iterable, Mapping, Optional, Tuple

from .contract import paths
from .contract.secrets import HIDDEN, PARAMETERS, PREFIX, names_credential, variable
from .contract.spec import Spec
from .errors import UNAVAILABLE, USAGE, LauncherError
from .masking import Mask

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
_QUERY = re.compile(r"\?[^\s'\"<>]*=[^\s'\"<>]*")
_SIGNATURE = re.compile(r"(?i)\b(sig|signature|accountkey|password|token)=[^\s&;,'\"<>]+")
_PLAIN = {
    "account_name",
    "azure_storage_account_name",
    "user",
    "username",
    "tenant_id",
    "client_id",
    "region",
}
_WHOLE = "value"
"""The key of a secret with one value, where the engine makes a folder of it."""

Values = Dict[str, str]


class Secrets:
    """The secrets at hand: in the variables of `environ`, and below `folder` (a file or a folder each).

    `mask` keeps out of texts what was read so far.
    """

    def __init__(self, folder: Optional[str] = None, environ: Optional[Mapping[str, str]] = None) -> None:
        self._folder = folder
        self._environ = {name: text for name, text in (environ or {}).items() if name.startswith(PREFIX)}
        self.mask = Mask()

    def holds(self, name: str) -> bool:
        """Whether there is a secret of that name."""
        return variable(name) in self._environ or os.path.exists(self._path(name))

    def where(self, name: str) -> str:
        """For people: the two places where the secret `name` is looked for."""
        return "the variable {} or the file {}".format(variable(name), self._path(name))

    def credentials(self, name: str, names: Iterable[str], bare: Callable[[str], Values]) -> Values:
        """The values of the secret `name`, by their names in lower case.

        It is a text of the `names` (``NAME=value`` lines), a folder with a file a name, or one value, which
        `bare` gives its name. Raises `LauncherError` where there is none.
        """
        text, values = self._read(name)
        if text is not None:
            values = _lines(text, names) or bare(text)
        self.mask.note(value for key, value in values.items() if key.lower() not in _PLAIN)
        return {key.lower(): value for key, value in values.items()}

    def text(self, name: str, wanted: str) -> str:
        """The one value of the secret `name`, or of several that called `wanted`. Raises `LauncherError`."""
        text, values = self._read(name)
        if text is not None:
            values = _lines(text, {wanted.lower()})
            value = values.get(wanted, text)
        elif wanted in values or len(values) == 1:
            value = values.get(wanted, "".join(values.values()))
        else:
            message = "the secret '{}' has several values and none is called '{}'"
            raise LauncherError(UNAVAILABLE, message.format(name, wanted))
        self.mask.note([value])
        return value

    def without(self, environ: Mapping[str, str]) -> Dict[str, str]:
        """`environ` as a script may see it."""
        return {name: text for name, text in environ.items() if not name.startswith(PREFIX)}

    def note_parameters(self, spec: Spec, values: Mapping[str, str]) -> None:
        """Learn of the values of the step's parameters that are credentials by their names."""
        for parameter in spec["parameters"]:
            value = values.get(parameter["name"], parameter.get("default"))
            if value is not None and names_credential(parameter["name"]):
                self.mask.note([str(value)])

    def scrubbed(self, text: str) -> str:
        """`text` with ``***`` for every secret value that was read so far."""
        return self.mask.text(text)

    def sentence(self, error: object) -> str:
        """What a client's error says, in one line without a credential, the query of an address or a signature."""
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        first = self.scrubbed(lines[0] if lines else type(error).__name__)
        return _SIGNATURE.sub(r"\1=" + HIDDEN, _QUERY.sub("?" + HIDDEN, first))[:300]

    def _path(self, name: str) -> str:
        return os.path.join(self._folder or ".", name)

    def _read(self, name: str) -> Tuple[Optional[str], Values]:
        """The secret's text, or the values of its folder.

        An empty folder is what Kubernetes mounts where there is no such Secret.
        """
        text = self._environ.get(variable(name))
        path = self._path(name)
        try:
            if text is None and os.path.isdir(path):
                values = {key: _text(os.path.join(path, key)) for key in os.listdir(path) if key[0] != "."}
                sole = values.get(_WHOLE, values.get(name)) if len(values) == 1 else None
                if values and sole is None:
                    return None, values
                text = sole
            else:
                text = _text(path) if text is None else text.strip()
        except (OSError, UnicodeError):
            text = None
        if not text:
            message = "the secret '{}' is not there: put it into {}"
            raise LauncherError(UNAVAILABLE, message.format(name, self.where(name)))
        return text, {}


def parameters(spec: Spec, folder: str, environ: Mapping[str, str]) -> Values:
    """The values of the step's parameters that stand on no command line: in a file of `folder` each, or all in a
    variable of `environ`. Raises `LauncherError`."""
    try:
        values = {str(name): str(text) for name, text in json.loads(environ.get(PARAMETERS) or "{}").items()}
    except (ValueError, AttributeError):
        raise LauncherError(USAGE, "the variable {} is no JSON object".format(PARAMETERS))
    for parameter in spec["parameters"]:
        path = os.path.join(folder, paths.file_name(parameter["name"]))
        try:
            with open(path, encoding="utf-8", newline="") as file:
                values[parameter["name"]] = file.read()
        except FileNotFoundError:
            continue
        except (OSError, UnicodeError) as error:
            message = "the value of parameter '{}' cannot be read from {}: {}"
            raise LauncherError(UNAVAILABLE, message.format(parameter["name"], path, type(error).__name__))
    return values


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def _lines(text: str, names: Iterable[str]) -> Values:
    """The ``NAME=value`` lines of `text`; nothing where it is one value, which may hold ``=`` too."""
    lines = [line.strip() for line in text.splitlines()]
    wanted = set(names)
    matches = [_LINE.match(line) for line in lines if line and not line.startswith("#")]
    values = {match.group(1): _unquote(match.group(2)) for match in matches if match}
    whole = all(matches) and bool(values)
    return values if whole and (len(matches) > 1 or {name.lower() for name in values} & wanted) else {}


def _unquote(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value
