"""Texts without secrets: the forms in which a value is found, and ``***`` in its place."""

import base64
import json
import os
import re
import stat
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Tuple, Union

from . import files, records
from .contract import paths
from .contract.secrets import HIDDEN, names_credential

ASKED = "asked.jsonl"
"""In a step's folder: the variables that its script has asked for as secrets, a line each."""

_SHORTEST = 4
"""A shorter text would hide half of every line."""
_CODED = 8
"""Of a shorter one, what encodes it is not told from a word."""
_WORDS = frozenset({"true", "false", "none", "null"})
_PARTS = re.compile(r"(?i)(?:accountkey|sig)=([^;&\s]+)")
_LOGS = (paths.METRICS_FILE, paths.EVENTS_FILE)
_OURS = {"status": ("value",)}
"""What the launcher itself says in events, by their kinds: it has to read that again."""


class Mask:
    """Puts ``***`` for the secrets that it was told, in each form that they take."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._known: Dict[str, None] = {}
        self._forms: List[Tuple[str, bytes]] = []
        self.note(values)

    def note(self, values: Iterable[str]) -> None:
        """Learn of secrets. One that is very short, or says yes or no, stays in texts: it would hide the rest."""
        new = [value for value in dict.fromkeys(values) if value not in self._known]
        if not new:
            return
        self._known.update(dict.fromkeys(new))
        forms = {form for value in self._known for form in _forms(value)}
        pairs = [(form, form.encode("utf-8", "surrogateescape")) for form in forms]
        # Of two forms the longer hides the shorter one in it. A new list, as a thread may be at work on the old.
        self._forms = sorted(pairs, key=lambda pair: len(pair[0]), reverse=True)

    @property
    def is_blank(self) -> bool:
        """Whether it knows of no secret."""
        return not self._forms

    def text(self, text: str) -> str:
        """`text` without the secrets."""
        for form, _ in self._forms:
            if form in text:
                text = text.replace(form, HIDDEN)
        return text

    def line(self, line: bytes) -> bytes:
        """The bytes of a line without the secrets."""
        for _, form in self._forms:
            if form in line:
                line = line.replace(form, HIDDEN.encode("ascii"))
        return line

    def data(self, value: Any) -> Any:
        """JSON data without the secrets: in texts, in names of entries, and as numbers."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(name)): self.data(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.data(item) for item in value]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return HIDDEN if self.text(_digits(value)) == HIDDEN else value
        return value

    def starred(self, data: bytes) -> bytes:
        """`data` with as many stars as a secret in it has bytes: what follows stays where it is."""
        for _, form in self._forms:
            if form in data:
                data = data.replace(form, b"*" * len(form))
        return data


class Listener:
    """The mask of a script's lines, which learns of secrets while the script asks for them.

    The script's stand-in names the variable before the script has its value, so no line comes too early.
    """

    def __init__(self, mask: Mask, folder: str, environment: Mapping[str, str]) -> None:
        """`folder` is the step's; `environment` are the script's variables."""
        self._mask = mask
        self._path = os.path.join(folder, ASKED)
        self._environment = environment
        self._size = 0

    def __call__(self, line: bytes) -> bytes:
        """The line without the secrets."""
        self.catch_up()
        return self._mask.line(line)

    def catch_up(self) -> None:
        """Learn of what the script has asked for so far."""
        try:
            size = os.stat(self._path).st_size
        except OSError:
            size = 0
        if size != self._size:
            self._size = size
            names = [str(row.get("variable")) for row in files.read_lines(self._path)]
            self._mask.note(self._environment[name] for name in names if name in self._environment)


def clean(place: records.StepPlace, mask: Mask) -> None:
    """Put stars over secrets in the metrics and events of a step, which a script can write past its stand-in.

    What a script has left running may add to them meanwhile, so files are changed in place. Raises `OSError`.
    """
    if mask.is_blank:
        return
    tops = [top for top in (os.path.join(place.folder, "children"), place.of_run) if not os.path.islink(top)]
    for folder in [place.folder] + [folder for top in tops for folder, _, _ in os.walk(top)]:
        for name in _LOGS:
            _clean_file(os.path.join(folder, name), mask)


def _clean_file(path: str, mask: Mask) -> None:
    try:
        # A script may have put a link in the file's place: what that leads to is not ours to change.
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    with os.fdopen(descriptor, "r+b") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            return
        start = 0
        for line in file:
            cleaned = _clean_line(line, mask)
            if cleaned != line:
                os.pwrite(descriptor, cleaned, start)
            start += len(line)


def _clean_line(line: bytes, mask: Mask) -> bytes:
    """A line of JSON, as long as it was: the names of its fields are ours, and no secrets."""
    try:
        row = json.loads(line.decode("utf-8", "surrogateescape"))
        ours = ("kind",) + _OURS.get(str(row["kind"]), ())
        masked = {key: row[key] if key in ours else mask.data(row[key]) for key in row}
    except (ValueError, TypeError, KeyError, RecursionError):
        return mask.starred(line)  # cut off, or no line of ours
    if masked == row:
        return line
    text = json.dumps(masked, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogateescape")
    end = b"\n" if line.endswith(b"\n") else b""
    return text.ljust(len(line) - len(end)) + end if len(text) + len(end) <= len(line) else mask.starred(line)


def _digits(value: Union[int, float]) -> str:
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if is_whole else value)


def _forms(value: str) -> Iterator[str]:
    """What may stand for a secret: itself, each of its lines, what it holds, and these escaped or encoded."""
    # Of a key with several lines, each line alone could be printed.
    parts = [value] + value.splitlines() + _PARTS.findall(value) + list(_fields(value))
    for part in dict.fromkeys(parts):
        stripped = part.strip()
        if len(stripped) < _SHORTEST or stripped.lower() in _WORDS:
            continue
        yield part
        yield stripped
        yield from (form for form in _encode(stripped) if len(form) >= min(_CODED, len(stripped)))


def _fields(value: str) -> Iterator[str]:
    """The credentials in a secret that is a JSON object, as Google's keys are."""
    if not value.lstrip().startswith("{"):
        return
    try:
        credentials = json.loads(value)
    except ValueError:
        return
    for name, text in credentials.items():
        if isinstance(text, str) and names_credential(name):
            yield text
            yield from text.splitlines()


def _encode(text: str) -> Iterator[str]:
    from urllib.parse import quote, quote_plus  # not for steps that have no secret

    raw = text.encode("utf-8", "surrogateescape")
    yield from (repr(text)[1:-1], repr(raw)[2:-1], json.dumps(text)[1:-1])
    yield from (json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1].replace("/", "\\/"))
    yield from (quote(raw), quote(raw, safe=""), quote_plus(raw), raw.hex())
    for offset in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield from _base64(encode(b"\0" * offset + raw).decode("ascii"), offset, len(raw))


def _base64(code: str, offset: int, length: int) -> Iterator[str]:
    """The whole code, and the signs of it that stand for nothing else, whatever comes before and after."""
    sole = code[-(-offset * 8 // 6) : (offset + length) * 8 // 6]
    whole = code if offset == 0 else sole
    yield from (form for form in (whole, sole) if len(form) >= _CODED)
