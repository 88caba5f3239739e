"""What a step printed, and how it failed, out of the structured log of an Airflow task."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_OPERATOR = "airflow.task.operators."
_POD = "pod_manager"
_OPERATOR_LINES = (
    "Starting docker container from image",
    "Stopping docker container",
    "Trying to load image",
    "::",
)
_REUSED = re.compile(r"pipelift: step '.*' has been run before with the same inputs: its result is reused")
_STATUS = re.compile(r"'StatusCode': (\d+)")
_STATED = re.compile(r"the script ended with exit status (\d+)")
_HELD_BACK = "not started, since"
_ENDED = ("Post Execute", "Task killed!")


def printed_lines(content: Iterable[Any]) -> list[str]:
    """The lines that the container printed (and the launcher, where it looked for an earlier result)."""
    return [text for event in content if (text := _read_line(event)) is not None]


def is_reused(lines: Iterable[str]) -> bool:
    """Whether the launcher says that it took an earlier result."""
    return any(_REUSED.search(line) for line in lines)


def exit_code(content: Iterable[Any]) -> int | None:
    """The status with which the step's script ended: the launcher says it, else the container's own."""
    texts = [str(event.get("event", "")) for event in _list_events(content)]
    for pattern, searched in ((_STATED, texts), (_STATUS, _list_errors(content))):
        matches = [match[1] for text in searched if (match := pattern.search(text))]
        if matches:
            return int(matches[-1])
    return None


def first_error(content: Iterable[Any]) -> str:
    """The exception that ended the task, on one line; empty where there is none."""
    return next(iter(_list_errors(content)), "")


def is_held_back(content: Iterable[Any]) -> bool:
    """Whether the task ended before it began, because another has failed."""
    return any(text.startswith(_HELD_BACK) for text in _list_errors(content))


def has_ended(content: Iterable[Any]) -> bool:
    """Whether the worker is done with the task: its container is gone."""
    return any(word in str(event.get("event", "")) for event in _list_events(content) for word in _ENDED)


def _list_events(content: Iterable[Any]) -> list[dict[str, Any]]:
    return [event for event in content if isinstance(event, dict)]


def _read_line(event: Any) -> str | None:
    """What an event says, if it is the step that says it."""
    if not isinstance(event, dict):
        return None
    logger, text = str(event.get("logger", "")), str(event.get("event", ""))
    if not logger.startswith(_OPERATOR) and _POD not in logger:
        return None
    if text.startswith(_OPERATOR_LINES):
        return None
    return text.removeprefix("[base] ") if _POD in logger else text


def _list_errors(content: Iterable[Any]) -> list[str]:
    """The messages of the exceptions, the one that ended the task first."""
    messages = []
    for event in _list_events(content):
        for part in event.get("error_detail") or ():
            if isinstance(part, dict):
                messages.append(" ".join(f"{part.get('exc_value') or part.get('exc_type')}".split()))
    return messages
