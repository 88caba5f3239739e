"""The displays of a run: live on a terminal, plain lines elsewhere, or one JSON object for each event."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timezone
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TextIO

from pipelift.app.log_text import clean_line
from pipelift.app.running import Event, RunSummary, StepStatus

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

_MARKS: dict[StepStatus, tuple[str, str]] = {
    "completed": ("✓", "ok"),
    "reused": ("↺", "reused"),
    "failed": ("✗", "FAILED"),
    "cancelled": ("■", "cancelled"),
    "skipped": ("-", "skipped"),
}
_COLOURS: dict[StepStatus, str] = {
    "completed": "green",
    "reused": "cyan",
    "failed": "bold red",
    "cancelled": "yellow",
    "skipped": "dim",
}
_TAIL = 20
_MOST_OUTPUTS = 30
_REFRESHES_A_SECOND = 8.0


class Progress(Protocol):
    """A display of one run: a context manager; `tell` takes the runner's events, one at a time."""

    def __enter__(self) -> Progress:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the stream ready for further output."""

    def tell(self, event: Event) -> None:
        """Show that `event` happened."""

    def finish(self, summary: RunSummary) -> None:
        """Show how the run ended, after the last event."""


def open_progress(steps: int, stream: TextIO, *, as_json: bool = False) -> Progress:
    """The display that suits `stream`, for a run of that many `steps`.

    With `as_json` it prints one JSON object for each event and no summary, which the caller prints as the last
    line. Otherwise a terminal gets the live display, and any other stream plain lines.
    """
    if as_json:
        return JsonProgress(stream)
    return LiveProgress(steps, stream) if stream.isatty() else PlainProgress(stream)


class _Display(ABC):
    """What all displays share: a stream; nothing begins or ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()

    @abstractmethod
    def tell(self, event: Event) -> None:
        """Show that `event` happened."""

    def finish(self, summary: RunSummary) -> None:
        """Show nothing more: the caller prints the summary."""
        self._stream.flush()

    def _print(self, text: str) -> None:
        self._stream.write(_encodable(clean_line(text), self._stream) + "\n")
        self._stream.flush()


class JsonProgress(_Display):
    """One line ``{"event": kind, "time": …, "step": …, "text": …, "status": …, "seconds": …}``, as docs/testing.md
    describes it: `time` is UTC, and fields without a value are left out."""

    def tell(self, event: Event) -> None:
        """Print `event` as one line."""
        fields = {
            "step": event.step,
            "text": event.text or None,
            "status": event.status,
            "seconds": event.seconds,
        }
        present = {name: value for name, value in fields.items() if value is not None}
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        self._stream.write(json.dumps({"event": event.kind, "time": now, **present}) + "\n")
        self._stream.flush()


class PlainProgress(_Display):
    """``[step] line`` for what a step prints, one line for each start and end, and a summary."""

    def tell(self, event: Event) -> None:
        """Print `event` as one line."""
        if event.kind == "log":
            self._print(f"[{event.step}] {event.text}")
        elif event.kind == "started":
            self._print(f"  {event.step} started")
        elif event.kind == "finished":
            self._print(finished_line(event, self._stream))
        else:
            self._print(f"{event.step}: {event.text}" if event.step else event.text)

    def finish(self, summary: RunSummary) -> None:
        """Print the summary."""
        self._print("")
        for line in summary_lines(summary, self._stream):
            self._print(line)


class LiveProgress(_Display):
    """Ended steps scroll by; below them a line for each running one, with its time and last line of output.

    A failed step's last lines of output are printed, since they were not shown before.
    """

    def __init__(self, steps: int, stream: TextIO) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner

        super().__init__(stream)
        self._steps = steps
        self._ended = 0
        self._running: dict[str, tuple[float, deque[str]]] = {}
        self._spinner = Spinner("dots", style="cyan")
        self._console: Console = Console(file=stream, highlight=False, soft_wrap=False)
        self._live = Live(
            console=self._console,
            refresh_per_second=_REFRESHES_A_SECOND,
            get_renderable=self._render,
            redirect_stdout=False,
            redirect_stderr=False,
            transient=True,
        )

    def __enter__(self) -> Progress:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        super().__exit__(kind, error, trace)

    def tell(self, event: Event) -> None:
        """Update the picture with `event`; print lasting lines above it."""
        step = event.step or ""
        if event.kind == "started":
            self._running[step] = (time.monotonic(), deque(maxlen=_TAIL))
        elif event.kind == "log" and step in self._running:
            self._running[step][1].append(event.text)
        elif event.kind == "finished":
            self._show_finished(event)
        else:
            self._console.print(_text(f"{step}: {event.text}" if step else event.text, "dim"))

    def finish(self, summary: RunSummary) -> None:
        """Print the summary in place of the picture."""
        self._live.stop()
        self._console.print()
        for line in summary_lines(summary, self._stream):
            self._console.print(_text(line), soft_wrap=True)

    def _show_finished(self, event: Event) -> None:
        self._ended += 1
        _, lines = self._running.pop(event.step or "", (0.0, deque[str]()))
        headline = _text(finished_line(event, self._stream), _COLOURS[event.status or "completed"])
        tail = [_text(f"    {line}") for line in lines] if event.status == "failed" else []
        self._console.print(*(headline, *tail), sep="\n", soft_wrap=True)

    def _render(self) -> RenderableType:
        """The running steps that fit on the screen, and how many have ended."""
        from rich.console import Group
        from rich.table import Table

        now = time.monotonic()
        running = list(self._running.items())
        room = max(1, self._console.height - 2)
        table = Table.grid(padding=(0, 1))
        for name, (since, lines) in running[:room]:
            last = lines[-1] if lines else ""
            table.add_row(
                self._spinner,
                _text(name),
                f"{now - since:.0f} s",
                _text(last, "dim", cut=True),
            )
        more = f", {len(running) - room} more running" if len(running) > room else ""
        return Group(table, _text(f"{self._ended} of {self._steps} steps ended{more}", "bold"))


def finished_line(event: Event, stream: TextIO) -> str:
    """``✓ train completed in 1.2 s``, with the reason if any; the mark in ASCII where `stream` needs it."""
    status = event.status or "completed"
    took = f" in {seconds_text(event.seconds)}" if event.seconds and status != "skipped" else ""
    why = f": {event.text}" if event.text else ""
    return f"{_mark(status, stream)} {event.step} {status}{took}{why}"


def summary_lines(summary: RunSummary, stream: TextIO) -> Iterator[str]:
    """The summary as a table of steps, the folders of the outputs, and how the run ended."""
    width = max((len(step.name) for step in summary.steps), default=0)
    for step in summary.steps:
        took = seconds_text(step.seconds) if step.seconds else ""
        metrics = [f"{name}={_short(value)}" for name, value in step.metrics.items()]
        note = "  ".join([*([step.note] if step.note else []), *metrics])
        mark = _mark(step.status, stream)
        yield f"{mark} {step.name:<{width}}  {step.status:<9}  {took:>8}  {note}".rstrip()
    outputs = [(f"{step.name}.{port}", path) for step in summary.steps for port, path in step.outputs.items()]
    if outputs:
        yield "outputs"
    for port, path in outputs[:_MOST_OUTPUTS]:
        yield f"  {port}  {path}"
    if len(outputs) > _MOST_OUTPUTS:
        yield f"  and {len(outputs) - _MOST_OUTPUTS} more, in the run's run.json"
    yield f"{summary.pipeline}: run {summary.run_id} {summary.status}"


def seconds_text(seconds: float) -> str:
    """A duration for people: ``0.2 s``, ``3 min 20 s``, ``2 h 05 min``."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, remainder = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {remainder:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def _short(value: object) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _mark(status: StepStatus, stream: TextIO) -> str:
    sign, word = _MARKS[status]
    return sign if _encodable(sign, stream) == sign else f"[{word}]"


def _encodable(text: str, stream: TextIO) -> str:
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding, "replace")


def _text(text: str, style: str = "", *, cut: bool = False) -> Text:
    """User text for rich: no markup is read from it, no control character reaches the terminal."""
    from rich.text import Text

    return Text(clean_line(text), style=style, no_wrap=cut, overflow="ellipsis" if cut else "fold")
