"""The displays of a run: plain lines, JSON lines, and the live one on a terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from pipelift.app.progress import (
    JsonProgress,
    LiveProgress,
    PlainProgress,
    open_progress,
    seconds_text,
    summary_lines,
)
from pipelift.app.running import Event, RunSummary, StepSummary

EVENTS = (
    Event("note", text="run 20260101-000000-abcd"),
    Event("started", "prepare"),
    Event("log", "prepare", "half [bold]way[/bold] \x1b[31mred"),
    Event("note", "prepare", "exit status 1; attempt 2 of 2 follows"),
    Event("finished", "prepare", "", "completed", 1.23),
    Event("finished", "train", "", "reused", 0.0),
    Event("started", "score"),
    Event("log", "score", "Traceback: no such file"),
    Event("finished", "score", "exit status 1", "failed", 75.0),
    Event("finished", "report", "waits for 'score', which failed", "skipped", 0.0),
)
SUMMARY = RunSummary(
    "20260101-000000-abcd",
    "digits",
    "failed",
    (
        StepSummary("prepare", "completed", 1.23, {"out": "/data/out"}, {"words": 3, "loss": 0.123456789}),
        StepSummary("train", "reused"),
        StepSummary("score", "failed", 75.0, exit_code=1),
        StepSummary("report", "skipped"),
    ),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_are_prefixed_with_the_step() -> None:
    stream = io.StringIO()
    with PlainProgress(stream) as progress:
        for event in EVENTS:
            progress.tell(event)
    assert stream.getvalue().splitlines() == [
        "run 20260101-000000-abcd",
        "  prepare started",
        "[prepare] half [bold]way[/bold] red",
        "prepare: exit status 1; attempt 2 of 2 follows",
        "✓ prepare completed in 1.2 s",
        "↺ train reused",
        "  score started",
        "[score] Traceback: no such file",
        "✗ score failed in 1 min 15 s: exit status 1",
        "- report skipped: waits for 'score', which failed",
    ]


def test_the_summary_has_times_metrics_and_outputs() -> None:
    assert list(summary_lines(SUMMARY, io.StringIO())) == [
        "✓ prepare  completed     1.2 s  words=3  loss=0.123457",
        "↺ train    reused",
        "✗ score    failed     1 min 15 s",
        "- report   skipped",
        "outputs",
        "  prepare.out  /data/out",
        "digits: run 20260101-000000-abcd failed",
    ]


def test_json_lines_are_one_object_an_event_and_no_summary() -> None:
    stream = io.StringIO()
    with JsonProgress(stream) as progress:
        for event in EVENTS:
            progress.tell(event)
        progress.finish(SUMMARY)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) == len(EVENTS)
    assert all(datetime.fromisoformat(line.pop("time")).utcoffset() == timedelta(0) for line in lines)
    assert lines[0] == {"event": "note", "text": "run 20260101-000000-abcd"}
    assert lines[4] == {"event": "finished", "step": "prepare", "status": "completed", "seconds": 1.23}


def test_the_live_display_keeps_ended_steps_and_the_last_words_of_a_failed_one() -> None:
    stream = Terminal()
    with LiveProgress(4, stream) as progress:
        for event in EVENTS:
            progress.tell(event)
        progress.finish(SUMMARY)
    text = stream.getvalue()
    assert "✓ prepare completed in 1.2 s" in text
    assert "    Traceback: no such file" in text
    assert "digits: run 20260101-000000-abcd failed" in text
    assert "\x1b[31mred" not in text, "what a script prints is not obeyed"


def test_the_stream_chooses_the_display() -> None:
    assert isinstance(open_progress(1, Terminal()), LiveProgress)
    assert isinstance(open_progress(1, io.StringIO()), PlainProgress)
    assert isinstance(open_progress(1, Terminal(), as_json=True), JsonProgress)


def test_a_stream_that_knows_ascii_only_gets_ascii() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    with PlainProgress(stream) as progress:
        progress.tell(Event("log", "é", "naïve"))
        progress.tell(Event("finished", "a", "", "completed", 1.0))
    assert raw.getvalue() == b"[?] na?ve\n[ok] a completed in 1.0 s\n"


def test_many_outputs_are_cut_short() -> None:
    outputs = {f"port{number}": "/x" for number in range(100)}
    summary = RunSummary("r", "p", "completed", (StepSummary("a", "completed", outputs=outputs),))
    assert "  and 70 more, in the run's run.json" in summary_lines(summary, io.StringIO())


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 00 s"), (3599.7, "1 h 00 min"), (7500, "2 h 05 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_rich_is_not_imported_for_plain_lines() -> None:
    program = (
        "import io, sys; from pipelift.app import progress; "
        "progress.open_progress(1, io.StringIO()); assert 'rich' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_real_terminal_is_left_in_order() -> None:
    program = (
        "import sys, time\n"
        "from pipelift.app.progress import open_progress\n"
        "from pipelift.app.running import Event\n"
        "with open_progress(2, sys.stdout) as progress:\n"
        "    progress.tell(Event('started', 'a'))\n"
        "    progress.tell(Event('log', 'a', 'working'))\n"
        "    time.sleep(0.4)\n"
        "    progress.tell(Event('finished', 'a', '', 'completed', 0.4))\n"
    )
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    subprocess.run([sys.executable, "-c", program], stdout=theirs, env=environ, check=True)
    os.close(theirs)
    text = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert "working" in text and "0 of 2 steps ended" in text and "✓ a completed" in text
    assert text.rstrip().endswith("\x1b[?25h") or text.count("\x1b[?25l") == text.count("\x1b[?25h")
