"""A deployment that nobody waits for: a process of its own supervises the run, and writes what happens to a file.

``python -m pipelift.backends.compose.deploying.detached`` reads the request as JSON, and answers with one line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from pipelift.compiler import ir
from pipelift.compiler.deploying import Deployed, DeployRequest
from pipelift.compiler.diagnostics import Reporter

LOG = "deploy.log"


def start_detached(request: DeployRequest, reporter: Reporter) -> Deployed | None:
    """Start the process, wait until its run exists, and say how to follow it. None, with PL555, without a run."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__],
        env=dict(request.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None  # both were asked for as pipes
    with process.stdin, process.stdout:
        process.stdin.write(json.dumps(_data(request)))
        process.stdin.close()
        said = process.stdout.readline()
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


def main() -> None:
    """Supervise the run that the standard input asks for; the parent is gone once it has the answer."""
    from pipelift.backends.compose.deploying.deployer import begin_run
    from pipelift.compiler.progress import PlainProgress

    reporter = Reporter()
    begun = begin_run(_request(json.load(sys.stdin)), reporter)
    if begun is None:
        _answer({"refused": "; ".join(entry.message for entry in reporter.errors)})
        return
    run_file, run = begun
    log = run_file.folder / LOG
    _answer({"run": run_file.run_id, "log": str(log), "state": str(run_file.folder.parent.parent)})
    with log.open("a", encoding="utf-8") as stream, PlainProgress(stream) as progress:
        deployed = run.to_its_end(reporter, progress.tell)
        if deployed is None:
            stream.writelines(f"{entry.message}\n" for entry in reporter.errors)
        elif deployed.run is not None:
            progress.finish(deployed.run)
            stream.writelines(f"{line}\n" for line in deployed.lines)


def _answer(data: dict[str, str]) -> None:
    print(json.dumps(data), flush=True)
    # The parent's pipe is closed now: nothing may be written to it any more.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
