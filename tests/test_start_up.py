"""What a command loads before it can say anything: whole libraries come only where they are needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PIPELINE = """
from azureml.core import Experiment, Workspace
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep

ws = Workspace.from_config()
step = PythonScriptStep(name="a", script_name="a.py", source_directory="src", compute_target="cpu")
Experiment(ws, "e").submit(Pipeline(ws, [step]))
"""
PROBE = """
import sys
from pipelift.app.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(" ".join(sorted({name.split(".")[0] for name in sys.modules})))
"""
HEAVY = {
    "email",
    "dotenv",
    "jinja2",
    "networkx",
    "packaging",
    "pathspec",
    "pydantic",
    "pydantic_core",
    "yaml",
}
HEAVY_FOR_COMPOSE = HEAVY - {"email", "jinja2", "yaml"}


def test_checking_a_plain_file_loads_no_library_that_it_has_no_use_for(tmp_path: Path) -> None:
    loaded = _list_loaded(tmp_path, "check", "pipeline.py")
    assert "libcst" in loaded
    assert not loaded & HEAVY


def test_compiling_a_plain_file_to_compose_loads_no_library_that_it_has_no_use_for(tmp_path: Path) -> None:
    loaded = _list_loaded(tmp_path, "compile", "pipeline.py", "-t", "compose", "-o", "out", "--no-verify")
    assert (tmp_path / "out" / "compose.yaml").is_file()
    assert "yaml" in loaded
    assert not loaded & HEAVY_FOR_COMPOSE


def _list_loaded(tmp_path: Path, *command: str) -> set[str]:
    """The modules, without their packages, that a command loads for a plain pipeline file."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("print('a')\n", encoding="utf-8")
    (tmp_path / "pipeline.py").write_text(PIPELINE, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *command], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())
