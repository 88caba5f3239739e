"""A deployment that nobody waits for: a process of its own supervises the run, and writes what happens to a file.

It reads the request as JSON, and answers with one line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from pipelift.app.deploying import Deployed, DeployRequest
from pipelift.app.interrupts import caught
from pipelift.app.running import EXIT_STATUS
from pipelift.app.streams import open_steady
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter

LOG = "deploy.log"

_START = f"import sys; sys.path[:] = filter(None, sys.path); from {__name__} import main; sys.exit(main())"
"""With `-m` Python would look for each of our modules in the current folder first, which is the user's."""


def start_detached(request: DeployRequest, reporter: Reporter) -> Deployed | None:
    """Start the process, wait until its run exists, and say how to follow it. None, with PL555, without a run."""
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
            process.stdin.write(json.dumps(_data(request)))
            process.stdin.close()
            said = process.stdout.readline()
    except BaseException:  # nobody would know of the run
        process.terminate()
        raise
    answer = json.loads(said) if said else {"refused": "the process in the background ended"}
    if "refused" in answer:
        reporter.report("PL555", answer["refused"])
        return None
    log = os.path.relpath(answer["log"])
    return Deployed(
        lines=(
            f"run {answer['run']} goes on in the background, supervised by process {process.pid}",
            f"follow it:    tail -f {log}",
            f"look at it:   pipelift runs {answer['run']} --state {os.path.relpath(answer['state'])}",
            f"stop it:      kill {process.pid}",
        )
    )


def _data(request: DeployRequest) -> dict[str, object]:
    return {
        "directory": str(request.directory),
        "parameters": dict(request.parameters),
        "reuse": request.reuse,
        "refresh": sorted(request.refresh),
        "settings": dict(request.settings),
    }


def _request(data: dict[str, object]) -> DeployRequest:
    directory = Path(str(data["directory"]))
    pipeline = ir.Pipeline.model_validate_json((directory / "pipeline.ir.json").read_bytes())
    fields = {**data, "directory": directory, "refresh": frozenset(data["refresh"])}  # type: ignore[call-overload]
    return DeployRequest(pipeline=pipeline, environ=dict(os.environ), **fields)


def main() -> int:
    """Supervise the run that the standard input asks for; the parent is gone once it has the answer.

    Returns the exit status.
    """
    from pipelift.app.progress import PlainProgress
    from pipelift.backends.compose.deploying.deployer import begin_run

    reporter = Reporter()
    with caught() as interrupts:
        run = begin_run(_request(json.load(sys.stdin)), reporter)
        if run is None:
            _answer({"refused": "; ".join(entry.message for entry in reporter.errors)})
            return 1
        with open_steady(run.folder / LOG) as stream, PlainProgress(stream) as progress:
            _answer({"run": run.folder.name, "log": stream.name, "state": str(run.folder.parent.parent)})
            deployed = run.to_its_end(reporter, progress.tell, interrupts)
            if deployed is None or deployed.run is None:
                stream.writelines(f"{entry.message}\n" for entry in reporter.errors)
                return 1
            progress.finish(deployed.run)
            stream.writelines(f"{line}\n" for line in deployed.lines)
            return EXIT_STATUS[deployed.run.status]


def _answer(data: dict[str, str]) -> None:
    with suppress(BrokenPipeError):  # the parent was killed; a run that has begun goes on
        print(json.dumps(data), flush=True)
    # The parent's pipe is closed now: nothing may be written to it any more.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
