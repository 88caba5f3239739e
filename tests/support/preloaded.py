"""Python processes that need not import a large library again: forks of one that has imported it.

`Preloaded.run` stands for `subprocess.run` of ``python FILE``, ``python -m MODULE`` or ``python -c PROGRAM`` where the
program imports kfp, Airflow or pipelift: each run is a process of its own, with its own folder, environment, arguments
and standard streams, and it starts with the modules of the prelude already there. The import takes 1 to 5 seconds.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import select
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

DONE = os.waitstatus_to_exitcode


class Preloaded:
    """A Python that has run `prelude`, with `environ` besides our own environment; started when it is needed."""

    def __init__(self, prelude: str, environ: Mapping[str, str] | None = None) -> None:
        self._prelude = prelude
        self._environ = {**os.environ, **(environ or {})}
        self._server: subprocess.Popen[bytes] | None = None

    def run(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path | str | None = None,
        env: Mapping[str, str] | None = None,
        input: str = "",
        timeout: float = 600,
        check: bool = False,
        **how: object,
    ) -> subprocess.CompletedProcess[str]:
        """What `subprocess.run` of `command` with `capture_output` and `text` gives; `how` is what it is told besides.

        The first word of `command` is a Python or a script of one. Raises what `subprocess.run` raises.
        """
        assert how.pop("capture_output", True) and how.pop("text", True), "nothing but captured text"
        assert set(how) <= {"encoding", "errors"}, sorted(how)
        words = [str(word) for word in command]
        environ = dict(os.environ if env is None else env)
        assert environ.get("PYTHONPATH") == self._environ.get("PYTHONPATH"), (
            "decided before a module is imported"
        )
        with tempfile.TemporaryDirectory(prefix="preloaded-") as folder:
            streams = [os.path.join(folder, name) for name in ("in", "out", "err")]
            Path(streams[0]).write_text(input, encoding="utf-8")
            asked = {
                "words": words,
                "cwd": str(cwd or Path.cwd()),
                "env": environ,
                "streams": streams,
            }
            status = self._ask(asked, timeout)
            out, err = (Path(path).read_text(encoding="utf-8", errors="replace") for path in streams[1:])
        done = subprocess.CompletedProcess(words, status, out, err)
        if check:
            done.check_returncode()
        return done

    def close(self) -> None:
        """End the server."""
        if self._server:
            self._server.communicate()
            self._server = None

    def _ask(self, asked: Mapping[str, Any], timeout: float) -> int:
        server = self._server or self._start()
        assert server.stdin and server.stdout
        server.stdin.write(json.dumps(asked).encode() + b"\n")
        server.stdin.flush()
        ready, _, _ = select.select([server.stdout], [], [], timeout)
        if not ready:
            server.kill()
            self._server = None
            raise subprocess.TimeoutExpired(asked["words"], timeout)
        return int(server.stdout.readline())

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(Path(__file__)), self._prelude]
        self._server = subprocess.Popen(
            command, env=self._environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self._server


def _serve(prelude: str) -> None:
    """Answer each request (a line of JSON) with the exit status of the process that carried it out."""
    fork, wait = os.fork, os.waitpid  # a prelude may take them away, as Windows does
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    sys.path.pop(0)  # the folder of this file: what a prelude imports is what everyone would import
    exec(prelude, {"__name__": "prelude"})
    for line in iter(requests.readline, b""):
        child = fork()
        if child == 0:
            requests.close()
            answers.close()
            os._exit(_carry_out(json.loads(line)))
        print(DONE(wait(child, 0)[1]), file=answers, flush=True)


def _carry_out(asked: Mapping[str, Any]) -> int:
    for number, path in enumerate(asked["streams"]):
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY
        os.dup2(os.open(path, flags), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    try:
        _execute(asked["words"])
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return status & 0xFF


def _execute(words: list[str]) -> None:
    """What Python's own command line does with `words`."""
    if not Path(words[0]).name.startswith("python"):
        words = [sys.executable, *words]
    rest = words[1:]
    while rest[0].startswith("-") and rest[0] not in ("-c", "-m"):
        option = rest.pop(0)
        if option == "-B":
            sys.dont_write_bytecode = True
        elif option == "-W":
            warnings.simplefilter(rest.pop(0))  # type: ignore[arg-type]
        else:
            raise ValueError(f"{option} decides before a module is imported: start a Python of its own")
    if rest[0] == "-c":
        sys.argv, names = ["-c", *rest[2:]], {"__name__": "__main__"}
        sys.path.insert(0, "")
        exec(compile(rest[1], "<string>", "exec"), names)
    elif rest[0] == "-m":
        sys.argv = rest[1:]
        sys.path.insert(0, os.getcwd())
        runpy.run_module(rest[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = rest
        sys.path.insert(0, str(Path(rest[0]).resolve().parent))
        runpy.run_path(rest[0], run_name="__main__")


if __name__ == "__main__":
    _serve(sys.argv[1])
