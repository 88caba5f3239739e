"""The user's own Dockerfile as the first stages of ours: its last stage gets a name, its files another folder."""

from __future__ import annotations

import json
import re

_FROM = re.compile(r"^[ \t]*FROM(?P<rest>[ \t]+[^\n]*)$", re.IGNORECASE | re.MULTILINE)
_STAGE = re.compile(r"[ \t]AS[ \t]+(?P<name>\S+)[ \t]*$", re.IGNORECASE)
_COPY = re.compile(
    r"^(?P<start>[ \t]*(?:COPY|ADD)(?P<flags>(?:[ \t]+--\S+)*)[ \t]+)(?P<rest>(?:[^\n]*\\\n)*[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)
_ELSEWHERE = re.compile(r"https?://|git@|git://|<<|[^\s/]+\.git(#|$)", re.IGNORECASE)


def last_stage(dockerfile: str) -> tuple[str, str] | None:
    """`dockerfile` with a name for its last stage, and that name; None without a FROM."""
    text = dockerfile.replace("\r\n", "\n").rstrip().rstrip("\\").rstrip()
    stages = list(_FROM.finditer(text))
    if not stages:
        return None
    last = stages[-1]
    named = _STAGE.search(last["rest"])
    if named is not None:
        return f"{text}\n", named["name"]
    return f"{text[: last.end()].rstrip()} AS environment{text[last.end() :]}\n", "environment"


def below(dockerfile: str, folder: str) -> str:
    """`dockerfile` for a build context in which its own files lie in `folder`.

    ``COPY`` and ``ADD`` get the folder before each source, but for those that copy from a stage, an image or a URL.
    """
    return _COPY.sub(lambda found: _moved(found, folder), dockerfile.replace("\r\n", "\n"))


def _moved(found: re.Match[str], folder: str) -> str:
    rest = re.sub(r"\\\n", " ", found["rest"]).strip()
    if "--from" in found["flags"].lower() or "<<" in rest:
        return found[0]
    if rest.startswith("["):
        return found["start"] + _moved_list(rest, folder)
    *sources, target = rest.split()
    return found["start"] + " ".join([*(_below(source, folder) for source in sources), target])


def _moved_list(rest: str, folder: str) -> str:
    try:
        *sources, target = json.loads(rest)
    except ValueError:  # which Docker itself takes for the other form, or refuses
        return rest
    return json.dumps([*(_below(str(source), folder) for source in sources), target])


def _below(source: str, folder: str) -> str:
    return source if _ELSEWHERE.match(source) else f"{folder}/{source.lstrip('/')}"
