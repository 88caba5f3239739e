"""A deployment that nobody waits for: a process of its own supervises the run, and writes what happens to a file.

It reads the request as JSON, and answers with one line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from pipelift.app.deploying import Deployed
from pipelift.app.interrupts import caught
from pipelift.app.request import RunRequest
from pipelift.app.running import EXIT_STATUS
from pipelift.app.streams import open_steady
from pipelift.backends.compose.deploying.preparation import PreparedDeployment, prepare
from pipelift.backends.compose.deploying.run import begin_run
from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.output.folder import Output, read_output

LOG = "deploy.log"

_START = f"import sys; sys.path[:] = filter(None, sys.path); from {__name__} import main; sys.exit(main())"
"""With `-m` Python would look for each of our modules in the current folder first, which is the user's."""


def start_detached(output: Output, request: RunRequest) -> Deployed:
    """Start the process, wait until its run exists, and say how to follow it. Raises `Refused` without a run."""
    process = subprocess.Popen(
        [sys.executable, "-c", _START],
        env=dict(request.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None  # both were asked for as pipes
    try:
        with process.stdin, process.stdout:
            process.stdin.write(_write_request(output, request))
            process.stdin.close()
            line = process.stdout.readline()
    except BaseException:  # nobody would know of the run
        process.terminate()
        raise
    answer = json.loads(line) if line else {"code": "PL555", "refused": "the process in the background ended"}
    if "refused" in answer:
        raise Refused(answer["code"], answer["refused"])
    log = os.path.relpath(answer["log"])
    return Deployed(
        lines=(
            f"run {answer['run']} goes on in the background, supervised by process {process.pid}",
            f"follow it:    tail -f {log}",
            f"look at it:   pipelift runs {answer['run']} --state {os.path.relpath(answer['state'])}",
            f"stop it:      kill {process.pid}",
        )
    )


def _write_request(output: Output, request: RunRequest) -> str:
    """The line that the process reads; it has the variables as its own."""
    words = asdict(replace(request, environ={}))
    return json.dumps({"directory": str(output.directory), "request": words}, default=sorted)


def _read_request(line: str) -> PreparedDeployment:
    """What `_write_request` says, ready to begin. Raises `Refused`."""
    data = json.loads(line)
    request = RunRequest(**{**data["request"], "environ": dict(os.environ)})
    return prepare(read_output(Path(data["directory"])), request)


def main() -> int:
    """Supervise the run that the standard input asks for; the parent is gone once it has the answer.

    Returns the exit status.
    """
    from pipelift.app.progress import PlainProgress

    with caught() as interrupts:
        try:
            run = begin_run(_read_request(sys.stdin.read()))
        except Refused as refused:
            message = "; ".join(diagnostic.message for diagnostic in refused.diagnostics)
            _send_answer({"code": refused.code, "refused": message})
            return refused.status
        with open_steady(run.folder / LOG) as stream, PlainProgress(stream) as progress:
            _send_answer({"run": run.folder.name, "log": stream.name, "state": str(run.folder.parent.parent)})
            try:
                deployed = run.run_to_end(progress.tell, interrupts)
            except Refused as refused:
                stream.write(f"{refused.message}\n")
                return refused.status
            assert deployed.run is not None  # it was followed to its end
            progress.finish(deployed.run)
            stream.writelines(f"{line}\n" for line in deployed.lines)
            return EXIT_STATUS[deployed.run.status]


def _send_answer(data: dict[str, str]) -> None:
    with suppress(BrokenPipeError):  # the parent was killed; a run that has begun goes on
        print(json.dumps(data), flush=True)
    # The parent's pipe is closed now: nothing may be written to it any more.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
