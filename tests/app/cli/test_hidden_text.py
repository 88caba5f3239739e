"""Names, arguments and logs of a stranger's pipeline steer no terminal, whichever command shows them."""

from __future__ import annotations

import ast
import json
import os
import pty
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelift.app.cli.main import main
from pipelift.app.log_text import clean_line
from tests.support.folders import ROOT

HOSTILE = "\x1b]0;owned\x07\x1b[31mred\x9b2J\u202eevil</script><script>alert(1)</script>::error::{{ x }}"
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

PROGRAM = f"""
from azureml.core import Datastore, Experiment, Workspace
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep
H = {HOSTILE!r}
ws = Workspace.from_config()
out = PipelineData("out")
given = PipelineParameter("p" + H, default_value=H)
first = PythonScriptStep("step.py", source_directory="src", compute_target="cpu" + H, name="t" + H,
                         arguments=["--x", given, H, out], outputs=[out])
second = PythonScriptStep("step.py", source_directory="src", compute_target="cpu", name="b", inputs=[out])
Experiment(ws, "exp" + H).submit(Pipeline(ws, steps=[first, second], description=H))
"""

STEP = f"""
import sys
from azureml.core import Run
run = Run.get_context()
run.log("m" + {HOSTILE!r}, 1.5)
run.tag("t" + {HOSTILE!r}, {HOSTILE!r})
print({HOSTILE!r})
sys.exit(3)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has run once, and failed."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "src").mkdir()
    (folder / "src" / "step.py").write_text(STEP, encoding="utf-8")
    (folder / "pipeline.py").write_text(PROGRAM, encoding="utf-8")
    ran = CliRunner().invoke(main, ["run", str(folder / "pipeline.py")])
    assert ran.exit_code == 3
    assert not HIDDEN.search(ran.output)
    assert not HIDDEN.search(ran.stderr)
    return folder


COMMANDS = (
    *(
        "check F",
        "check F --format json",
        "check F --format sarif",
        "check F --format github",
        "check F --format text",
    ),
    *(
        "graph F",
        "graph F --format json",
        "graph F --format mermaid",
        "graph F --format dot",
        "init F -o new.toml",
    ),
    *("plan F", "plan F --json", "plan F --target kubeflow", "compile F -t compose -o out", "doctor out"),
    *(
        "doctor out --json",
        "runs F",
        "runs F --json",
        "runs RUN F",
        "runs RUN F --json",
        "explain b F",
        "explain nothing F",
    ),
    *(
        "cache list F",
        "cache list F --json",
        "diff F F",
        "diff out F",
        "runs RUN F --log t",
        "run F --only nothing",
    ),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_prints_what_is_hidden(
    command: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    run = next(iter(os.listdir(".pipelift/runs")))
    if "out" in command.split() and not command.startswith("compile"):
        CliRunner().invoke(main, ["compile", "pipeline.py", "-t", "compose", "-o", "out"])
    words = [{"F": "pipeline.py", "RUN": run}.get(word, word) for word in command.split()]
    done = CliRunner().invoke(main, words)
    assert done.exit_code in (0, 1, 2)
    assert done.output + done.stderr
    assert not HIDDEN.search(done.output + done.stderr)


def test_json_has_the_text_itself(project: Path) -> None:
    done = CliRunner().invoke(main, ["graph", str(project / "pipeline.py"), "--format", "json"])
    (pipeline,) = json.loads(done.stdout)["pipelines"]
    assert f"t{HOSTILE}" in [step["name"] for step in pipeline["steps"]]


def test_a_log_is_exact_in_a_file_and_clean_on_a_terminal(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = next((project / ".pipelift" / "runs").glob("*/steps/t*"))
    exact = (step / "log.txt").read_bytes()
    assert b"\x1b]0;owned" in exact
    words = ["runs", str(project / "pipeline.py"), "--log", f"t{HOSTILE}"]
    assert CliRunner().invoke(main, words).stdout_bytes == exact
    reading, writing = pty.openpty()
    with os.fdopen(writing, "w", encoding="utf-8") as terminal, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", terminal)
        main.main(words, standalone_mode=False)
        terminal.flush()
        shown = os.read(reading, 4096)
    os.close(reading)
    text = shown.decode().replace("\r\n", "\n")
    assert text == "red\N{REPLACEMENT CHARACTER}evil</script><script>alert(1)</script>::error::{{ x }}\n"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain ü", "plain ü"),
        ("a\tb", "a\tb"),
        ("\x1b[31mred\x1b[0m", "red"),
        (" 10%\r 90%\r100%\r", "100%"),
        ("\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jx", "x"),
        ("a\x08b", "a\N{REPLACEMENT CHARACTER}b"),
        ("\u202eabc", "\N{REPLACEMENT CHARACTER}abc"),
        ("\x1b(0lqk\x1bM", "lqk"),
        ("a\x1b[", "a"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_a_line_as_it_looks_in_the_end(line: str, shown: str) -> None:
    assert clean_line(line) == shown


def test_commands_print_through_one_door() -> None:
    """``click.echo`` prints what it is given: only `printing.py` calls it, and the log of a step, cleaned by line."""
    allowed = {"printing.py": 3, "history.py": 1}
    for file in (ROOT / "app" / "cli").glob("*.py"):
        calls = [
            node
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
            and node.attr in {"echo", "secho"}
            and ast.unparse(node).startswith("click.")
        ]
        assert len(calls) == allowed.get(file.name, 0), file.name
