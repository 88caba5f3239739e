"""The agreement command: that it finds every kind of difference, and matches made-up names."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.agreement.__main__ import main
from tests.agreement.compare import differences
from tests.support.sdk_world import PRELUDE

SOURCE = """\
o = OutputFileDatasetConfig()
a = py("a", arguments=["--out", o, f"--p={PipelineParameter('p', 1)}"])
b = py("b", arguments=[o.as_input()], inputs=[files.as_mount()])
Pipeline(ws, [a, b]).submit("e")
Pipeline(ws, [a])
"""


def _step(name: str, arguments: list[Any]) -> dict[str, Any]:
    return {
        "name": name,
        "type": "PythonScriptStep",
        "script": "a.py",
        "allow_reuse": True,
        "arguments": arguments,
    }


def _edge(before: str | None, port: str, after: str, to_port: str, kind: str) -> dict[str, Any]:
    return {"from": before, "from_port": port, "to": after, "to_port": to_port, "kind": kind, "mode": "mount"}


RECORDED: dict[str, Any] = {
    "name": None,
    "steps": [
        _step("a", ["--out", {"output": "output_#1"}, {"concat": ["--p=", {"parameter": "p"}]}]),
        _step("b", [{"input": "input_#1"}]),
    ],
    "edges": [
        _edge("a", "output_#1", "b", "input_#1", "data"),
        _edge(None, "input__#1", "b", "input__#1", "source"),
    ],
    "parameters": [{"name": "p", "type": "int", "default": 1}],
}


def run(folder: Path, recorded: dict[str, Any], *options: str) -> tuple[int, str]:
    program = folder / "programs" / "me+mine" / "sub" / "pipeline.py"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(PRELUDE + SOURCE, encoding="utf-8")
    truth = {
        "program": "me+mine/sub/pipeline.py",
        "pipelines": [recorded, {**recorded, "steps": [], "edges": []}],
        "assumed": {"env": {}, "arguments": {}, "cwd": "sub", "created_files": []},
    }
    (folder / "truth").mkdir(exist_ok=True)
    (folder / "truth" / "one.json").write_text(json.dumps(truth), encoding="utf-8")
    result = CliRunner().invoke(main, [str(folder / "programs"), str(folder / "truth"), *options])
    return result.exit_code, result.output


def test_agreement(tmp_path: Path) -> None:
    status, output = run(tmp_path, RECORDED)
    assert status == 0, output
    assert "1 of 1 programs agree completely: 100.0 %" in output


CHANGES = {
    "a step's class": ("steps.0.type", "MpiStep"),
    "a script": ("steps.0.script", "b.py"),
    "reuse": ("steps.0.allow_reuse", False),
    "an argument": ("steps.0.arguments.0", "--other"),
    "the number of arguments": ("steps.0.arguments", []),
    "a name": ("steps.0.name", "c"),
    "a mode": ("edges.0.mode", "download"),
    "a port": ("edges.0.to_port", "i"),
    "a made-up name that stands for two": ("edges.1.to_port", "input_#1"),
    "an edge": ("edges", []),
    "a parameter": ("parameters", []),
    "a default": ("parameters.0.default", 2),
}


@pytest.mark.parametrize("case", CHANGES, ids=str)
def test_each_difference_is_found(case: str, tmp_path: Path) -> None:
    path, value = CHANGES[case]
    changed = copy.deepcopy(RECORDED)
    *keys, last = path.split(".")
    at: Any = changed
    for key in keys:
        at = at[int(key)] if key.isdigit() else at[key]
    at[int(last) if last.isdigit() else last] = value
    status, output = run(tmp_path, changed)
    assert status == 1, output
    assert "DIFFERS" in output


def test_the_threshold_decides(tmp_path: Path) -> None:
    assert run(tmp_path, {**RECORDED, "edges": []}, "--at-least", "0")[0] == 0


def test_module_steps_are_compared_by_the_use_of_their_data() -> None:
    ours = {"steps": [_step("m", [{"input": "in1"}, {"output": "out"}])], "edges": [], "parameters": []}
    theirs = {"steps": [_step("m", [{"input": "x"}, {"input": "y"}])], "edges": [], "parameters": []}
    assert differences(ours, theirs)
    for one in (ours, theirs):
        one["steps"][0]["type"] = "ModuleStep"
    assert differences(ours, theirs) == []
