"""A pipeline of one step that ends as it is told to, and the real command line on it, as a shell starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelift.app.interrupts import SIGNALS
from tests.support.folders import write_program
from tests.support.runtime_world import PLAIN_PYTHON

PIPELIFT = str(Path(sys.executable).with_name("pipelift"))
PIPELINE = """\
from azureml.core import Experiment, Workspace
from azureml.pipeline.core import Pipeline, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

mood = PipelineParameter("mood", "fine")
step = PythonScriptStep("main.py", name="act", arguments=[mood], source_directory="src", compute_target="c",
                        allow_reuse=False)
ws = Workspace.from_config()
Experiment(ws, "Ends").submit(Pipeline(ws, [step]))
"""
SCRIPT = """\
import os, signal, subprocess, sys, time
mood = sys.argv[1]
if mood == "slow":
    def end(number, frame):
        print("asked", flush=True)
        time.sleep(0.5)
        sys.exit(0)
    signal.signal(signal.SIGTERM, end)
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(["sleep", "600"], stdin=quiet, stdout=quiet, stderr=quiet)
    print("pids", os.getpid(), child.pid, flush=True)
    time.sleep(600)
for number in range(2000):
    print("line", number)
if mood == "bad":
    sys.exit(7)
"""
DOCKER = """\
#!/bin/sh
# Answers as docker does for the pipeline. At the word FAKE_SLOW it notes its process and takes FAKE_SECONDS.
echo "$*" >> "$FAKE/calls"
case " $* " in *" $FAKE_SLOW "*)
    echo $$ > "$FAKE/noted" && mv "$FAKE/noted" "$FAKE/slow"
    exec sleep "${FAKE_SECONDS:-60}"
esac
case "$*" in
    "compose version"*) echo 2.26.1 ;;
    info*) echo '{"ServerVersion": "20", "NCPU": 2}' ;;
    "image inspect"*) exit "${FAKE_MISSING:-0}" ;;
    stop*) kill "$(cat "$FAKE/slow")" ;;
    *" config "*)
        state='"volumes": [{"type": "bind", "source": "'$FAKE'/state", "target": "/pipelift/state"}]'
        echo '{"services": {"begin": {"command": ["begin"], '$state'},
                            "act": {"command": ["step"], "depends_on": {"begin": {}}}}}' ;;
    *" --name "*"-begin begin "*)
        mkdir -p "$FAKE/state/current"
        for last; do :; done
        echo "$last" > "$FAKE/state/current/$5" ;;
    *" --name "*"-act act "*)
        step="$FAKE/state/runs/$(cat "$FAKE/state/current/$5")/steps/act"
        mkdir -p "$step"
        echo '{"status": "completed", "exit_code": 0}' > "$step/record.json" ;;
esac
"""


class Project:
    """The folder of the pipeline, and what runs of it have left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "src").mkdir(parents=True)
        (folder / "src/main.py").write_text(SCRIPT)
        (folder / "pipeline.py").write_text(PIPELINE)

    def command(self, *words: str, mood: str = "fine") -> list[str]:
        """A run; the step's Python is one that starts fast."""
        return [PIPELIFT, "run", "pipeline.py", "--python", PLAIN_PYTHON, "-p", f"mood={mood}", *words]

    def docker(self, **more: str) -> dict[str, str]:
        """The variables with which a stand-in for docker is found; `more` are its own, without ``FAKE_``."""
        folder = self.folder / "docker"
        write_program(folder / "docker", DOCKER)
        own = {f"FAKE_{name.upper()}": text for name, text in more.items()}
        return {"PATH": f"{folder}:{os.environ['PATH']}", "FAKE": str(folder), "FAKE_SLOW": "-", **own}

    def calls(self) -> list[str]:
        """What that docker was asked."""
        return (self.folder / "docker/calls").read_text().splitlines()

    def slow(self) -> int:
        """The process of the docker that takes its time."""
        noted = self.folder / "docker/slow"
        assert eventually(noted.is_file), "docker was not asked that"
        return int(noted.read_text())

    @property
    def run_folder(self) -> Path:
        """The folder of the one run."""
        (found,) = (self.folder / ".pipelift/runs").iterdir()
        return found


def start(
    command: Sequence[str],
    folder: Path,
    *,
    closed: Sequence[int] = (),
    ignored: Sequence[signal.Signals] = (),
    environ: Mapping[str, str] | None = None,
    **streams: Any,
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, with the signals as a terminal's shell has them, not as this one."""

    def as_from_a_shell() -> None:
        signals_as_from_a_shell(ignored)
        for descriptor in closed:
            os.close(descriptor)

    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    variables = {**os.environ, **(environ or {})}
    return subprocess.Popen(
        list(command), cwd=folder, env=variables, start_new_session=True, preexec_fn=as_from_a_shell, **given
    )


def signals_as_from_a_shell(ignored: Sequence[signal.Signals] = ()) -> None:
    """Give this process, a child that is about to become a command, the signals that a terminal's shell gives it."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path("/proc/self").exists()


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it holds within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False
