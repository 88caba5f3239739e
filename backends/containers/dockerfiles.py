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
    stage_name = _STAGE.search(last["rest"])
    if stage_name is not None:
        return f"{text}\n", stage_name["name"]
    return f"{text[: last.end()].rstrip()} AS environment{text[last.end() :]}\n", "environment"


def move_below(dockerfile: str, folder: str) -> str:
    """`dockerfile` for a build context in which its own files lie in `folder`.

    ``COPY`` and ``ADD`` get the folder before each source, but for those that copy from a stage, an image or a URL.
    """
    return _COPY.sub(lambda match: _move_copy(match, folder), dockerfile.replace("\r\n", "\n"))


def _move_copy(match: re.Match[str], folder: str) -> str:
    words = re.sub(r"\\\n", " ", match["rest"]).strip()
    if "--from" in match["flags"].lower() or "<<" in words:
        return match[0]
    if words.startswith("["):
        return match["start"] + _move_copy_list(words, folder)
    *sources, target = words.split()
    return match["start"] + " ".join([*(_add_folder(source, folder) for source in sources), target])


def _move_copy_list(words: str, folder: str) -> str:
    try:
        *sources, target = json.loads(words)
    except ValueError:  # which Docker itself takes for the other form, or refuses
        return words
    return json.dumps([*(_add_folder(str(source), folder) for source in sources), target])


def _add_folder(source: str, folder: str) -> str:
    return source if _ELSEWHERE.match(source) else f"{folder}/{source.lstrip('/')}"
