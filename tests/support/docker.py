"""A program that answers as docker does, for deploying to Compose."""

from __future__ import annotations

DOCKER = '''#!{python}
"""Answers as docker does, and writes down what it is asked; FAKE_* variables say what goes wrong."""
import json, os, pathlib, sys
words = sys.argv[1:]
root = pathlib.Path(os.environ["FAKE"])
with (root / "calls").open("a") as file:
    file.write(json.dumps(words) + "\\n")
if words[:2] == ["compose", "version"]:
    print(os.environ.get("FAKE_VERSION", "2.26.1"))
elif words[0] == "info":
    print(json.dumps({{"ServerVersion": os.environ.get("FAKE_SERVER", "20"), "NCPU": 2,
                       "Runtimes": {{"nvidia": {{}}}} if os.environ.get("FAKE_GPU") else {{}}}}))
elif words[0] in ("ps", "network") and "--format" in words:
    print(os.environ.get("FAKE_LEFT", ""))
elif "config" in words:
    if os.environ.get("FAKE_REFUSED"):
        sys.exit("required variable PARAM_rate is missing a value")
    name = words[words.index("-p") + 1]
    mounts = [{{"type": "bind", "source": str(root / "state"), "target": "/pipelift/state"}},
              {{"type": "bind", "source": str(root / "store"), "target": "/pipelift/stores/workspaceblobstore"}}]
    rate = os.environ.get("PARAM_rate", "0.5")
    services = {{
        "begin": {{"command": ["begin", "--run-key", name], "volumes": mounts}},
        "prepare": {{"command": ["step", "--run-key", name], "depends_on": {{"begin": {{}}}}}},
        "train": {{"command": ["step", "--run-key", name, "--parameter", "rate=" + rate, "a$$b"],
                   "depends_on": {{"prepare": {{}}}}}},
        "other": {{"command": ["step", "--run-key", name], "depends_on": {{"begin": {{}}}}}},
        "end": {{"command": None, "depends_on": {{"train": {{}}}}}},
    }}
    print(json.dumps({{"services": services}}))
elif "run" in words:
    project, service = words[words.index("-p") + 1], words[words.index("--name") + 2]
    if service == "begin":
        (root / "state/current").mkdir(exist_ok=True)
        (root / "state/current" / project).write_text(words[words.index("--run") + 1])
        sys.exit(int(os.environ.get("FAKE_BEGIN", "0")))
    run = (root / "state/current" / project).read_text()
    if os.environ.get("FAKE_REFUSING") == service:
        sys.exit("docker: Error response from daemon: no such device")
    print("hello of", service)
    if os.environ.get("FAKE_BROKEN") == service:
        sys.exit("docker: Error response from daemon: no such device")
    if os.environ.get("FAKE_KILLED") == service:
        sys.exit(137)
    failed = os.environ.get("FAKE_FAILED") == service
    place = root / "state/runs" / run / "steps" / service
    place.mkdir(parents=True, exist_ok=True)
    if os.environ.get("FAKE_STOPPED") == service:
        stopped = {{"status": "cancelled", "exit_code": 143, "reason": "cancelled"}}
        (place / "record.json").write_text(json.dumps(stopped))
        sys.exit(143)
    outputs = {{"out": {{"store": "workspaceblobstore", "path": "x/" + service}}}}
    (place / "record.json").write_text(json.dumps({{
        "status": "failed" if failed else "reused" if service == "prepare" else "completed",
        "seconds": 2.5, "metrics": {{"n": 1}}, "reason": "it failed" if failed else "",
        "outputs": {{}} if failed else outputs}}))
    sys.exit(9 if failed else 0)
'''
