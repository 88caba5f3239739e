"""The secrets that one analysis has met, texts that show one by their form, and how a text is cleaned of them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus
from weakref import WeakSet

from pipelift.runtime.contract.secrets import HIDDEN, names_credential

_SHORTEST = 4  # a shorter text is no secret worth the name, and would hide half of every line
_WHOLE = 8  # a shorter secret counts only as a word of its own: "test" is not hidden in "test-data"
_WORD = 20  # and so does one of letters alone that is shorter than this

_OBVIOUS = (
    re.compile(r"(?i)(?:Account|SharedAccess)Key=([A-Za-z0-9+/_.\-]{8,}={0,2})"),
    re.compile(r"(?i)(?:^|[?&;])sig=([A-Za-z0-9%+/_.\-]{8,}={0,2})"),
    re.compile(r"(?i)\baws_secret_access_key[\"']?\s*[:=]\s*[\"']?([A-Za-z0-9/+=]{40})(?![A-Za-z0-9/+=])"),
    re.compile(
        r"(?<![\w-])((?:ghp|gho|ghs)_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|dapi[0-9a-f]{32})"
    ),
    re.compile(r"(-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{16,})"),
)
"""Unmistakable credentials: storage keys, signatures, keys and tokens of services."""

_PATTERNS = (
    *_OBVIOUS,
    re.compile(r"(?i)(?:^|[;\s'\"])(?:password|pwd)=([^;\s'\"$<{][^;\s'\"]{3,})(?=;)"),
    re.compile(r"(?i)\bbearer\s+([A-Za-z0-9._~+/-]{16,}={0,2})"),
    re.compile(r"://(?=[A-Za-z_-]*[0-9])([A-Za-z0-9_-]{20,})@"),  # a token as the user of an address
    re.compile(r"://[^\s/]+/t/([A-Za-z0-9_-]{8,})/"),  # and in that of a channel of conda
    re.compile(r"://[^\s/:@'\"]*:(?!\d{1,5}(?:[/?#]|$))([^\s@'\"$<{]{4,})@"),
)
"""Passwords in connection strings and URLs; code and documentation are full of harmless examples of them."""

_QUERY = re.compile(r"\?([^\s?#'\"<>]*\bsig=[^\s?#'\"<>]+)")
_MARKS = re.compile(rb"(?i)key=|sig=|private key|secret_access_key|gh[pos]_|github_pat_|glpat-|dapi")
_MEANT = (
    r"key|secret|passw|pwd|token|account|storage|client|tenant|value|name|here|string|sas|credential|\bid\b"
)
_PLACEHOLDER = re.compile(
    rf"(?i)[<{{]|\$[({{]|\.\.\.|(?:your|my|the|insert|enter)[-_ ](?=.*(?:{_MEANT}))"
)  # "the old gods" may be a password
_QUICK = re.compile(r"(?i)key|sig=|pwd|password|://|gh[pos]_|_pat_|glpat|dapi|bearer")
_ASSIGNED = re.compile(r"(?<![\w.$-])-{0,2}([A-Za-z][\w.-]*)\s*=\s*(?=[\"']?([^\s\"'&;$<{,)]{4,}))")
_OPTION = re.compile(r"(?<![\w-])--?([A-Za-z][\w-]*)\s+[\"']?([^\s\"'$<{-][^\s\"']{3,})")
_OPEN_KEYS = re.compile(r"(?i)(?:recv|signing|gpg|apt|host|ssh)[-_]?key$")


def find_credentials(text: str) -> tuple[str, ...]:
    """The credentials that a text shows by its form: storage keys, signatures, passwords in URLs, private keys."""
    return _find_shown(text, _PATTERNS) if _QUICK.search(text) else ()


def find_assigned_credentials(text: str) -> tuple[str, ...]:
    """What a text that is no program gives to names of credentials: ``?api_key=…``, ``password=…``."""
    return _find_named(_ASSIGNED, text)


def find_dockerfile_credentials(text: str) -> tuple[str, ...]:
    """The credentials in a Dockerfile: variables, labels, and what its commands are given under such names."""
    joined = re.sub(r"\\[ \t]*\r?\n", " ", text)
    spaced = re.compile(r"(?im)^\s*ENV\s+([A-Za-z_]\w*)\s+[\"']?([^\s\"'$=]{4,})")
    named = (_find_named(pattern, joined) for pattern in (_ASSIGNED, _OPTION, spaced))
    return tuple(value for values in named for value in values)


def _find_named(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    pairs = ((match[1], match[2]) for match in pattern.finditer(text))
    return tuple(
        value
        for name, value in pairs
        if names_credential(name) and not _OPEN_KEYS.search(name) and is_secret_text(value)
    )


def find_signed_queries(text: str) -> tuple[str, ...]:
    """The queries of addresses that hold a signature: what is renewed as a whole, as a SAS token is."""
    if "sig=" not in text:
        return ()
    return tuple(match[1] for match in _QUERY.finditer(text) if find_credentials(match[1]))


def shows_credential(data: bytes) -> bool:
    """Whether a file shows a credential that is plain to see: no password in an example's URL."""
    return _MARKS.search(data) is not None and bool(_find_shown(data.decode("utf-8", "replace"), _OBVIOUS))


def _find_shown(text: str, patterns: Iterable[re.Pattern[str]]) -> tuple[str, ...]:
    candidates = (match[1] for pattern in patterns for match in pattern.finditer(text))
    return tuple(candidate for candidate in candidates if is_secret_text(candidate))


def clean_text(text: str, secrets: Iterable[str]) -> str:
    """`text` with each of `secrets` replaced by ``***``, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text


class Secrets:
    """The secrets that one analysis has met: what leaves it is cleaned of them, in every form that they take there.

    `given` are those that come from outside the source: nobody wrote them into it.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: dict[str, None] = {}
        self._short: set[str] = set()
        self.given: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._bytes: re.Pattern[bytes] | None = None
        _ALIVE.add(self)
        self.update(values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __bool__(self) -> bool:
        return bool(self._values)

    def __contains__(self, value: object) -> bool:
        return value in self._values

    def add(self, value: str) -> None:
        """Note a secret. One that is too short to be told from a word, or a placeholder such as ``<your key>``, is
        hidden only where it is a literal of its own.
        """
        if not is_secret_text(value):
            self._short.add(value)
        elif value not in self._values:
            self._values[value] = None
            self._pattern = self._bytes = None

    def give(self, values: Iterable[str]) -> None:
        """Note several that come from outside the source."""
        for value in values:
            self.given.add(value)
            self.add(value)

    def note_word(self, value: str) -> None:
        """Note a secret that may be a word of the program's, too: it is hidden only as a literal of its own."""
        self._short.add(value)

    def and_also(self, values: Iterable[str]) -> Secrets:
        """A new collection of these secrets and `values`."""
        return Secrets((*self._values, *self._short, *values))

    def is_literal(self, text: str) -> bool:
        """Whether a literal of that value is a secret, be it as short as it may."""
        return text in self._short or self.found_in(text)

    def update(self, values: Iterable[str]) -> None:
        """Note several."""
        for value in values:
            self.add(value)

    def found_in(self, text: str) -> bool:
        """Whether one of the secrets stands in `text`."""
        return bool(self._values) and self._compile_pattern().search(text) is not None

    def found_in_bytes(self, data: bytes) -> bool:
        """Whether one of the secrets stands in a file."""
        if not self._values:
            return False
        if self._bytes is None:
            self._bytes = re.compile(self._compile_pattern().pattern.encode("utf-8", "surrogatepass"))
        return self._bytes.search(data) is not None

    def split(self, text: str) -> Iterator[tuple[str, bool]]:
        """The pieces of `text`, and which of them are secrets."""
        start = 0
        for match in self._compile_pattern().finditer(text) if self._values else ():
            yield text[start : match.start()], False
            yield match[0], True
            start = match.end()
        yield text[start:], False

    def clean(self, text: str) -> str:
        """`text` with ``***`` for each secret in it."""
        return self._compile_pattern().sub(HIDDEN, text) if self._values else text

    def blank(self, text: str) -> str:
        """`text` with as many ``*`` as each secret has characters: what follows it keeps its column."""
        return self._compile_pattern().sub(lambda match: make_stars(match[0]), text) if self._values else text

    def _compile_pattern(self) -> re.Pattern[str]:
        if self._pattern is None:
            forms = sorted(
                {form for value in self._values for form in _list_expressions(value)}, key=len, reverse=True
            )
            self._pattern = re.compile("|".join(forms))
        return self._pattern


_ALIVE: WeakSet[Secrets] = WeakSet()


def clean_text_of_all(text: str) -> str:
    """`text` without the secrets of any analysis of this process: for messages of our own faults."""
    for secrets in list(_ALIVE):
        text = secrets.clean(text)
    return text


def is_secret_text(value: str) -> bool:
    """Whether a value given as a credential can be one: no placeholder, and not too short to be told from a word."""
    stripped = value.strip()
    placeholder = _PLACEHOLDER.match(stripped) is not None or not stripped.strip("xX*.-_ ")
    return len(stripped) >= _SHORTEST and not placeholder


def make_stars(text: str) -> str:
    """`text` with ``*`` for each character but the ends of lines."""
    return re.sub(r"[^\r\n]", "*", text)


def _list_expressions(value: str) -> Iterator[str]:
    """Regular expressions for the forms in which a secret is found: as it is, escaped, quoted for URLs, in base64."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {value, repr(value)[1:-1], json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    forms |= {quote(raw), quote(raw, safe=""), quote_plus(raw)}
    forms |= {value.encode("unicode_escape").decode("ascii"), value.replace("'", "''")}
    forms |= {value.replace("'", "'\"'\"'"), value.replace("'", "\\'"), value.replace('"', '\\"')}
    if len(value) >= _WHOLE:
        forms |= {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    if "\n" in value:
        forms |= {line for line in value.splitlines() if len(line) >= 16 and not line.startswith("-----")}
    for form in forms:
        escaped = re.escape(form)
        yield rf"(?<![\w-]){escaped}(?![\w-])" if _is_word(value) else escaped


def _is_word(value: str) -> bool:
    """Whether a secret may be an ordinary word, as "password" is: it counts only where it stands alone."""
    return len(value) < _WHOLE or (value.isalpha() and len(value) < _WORD)
