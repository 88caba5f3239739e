"""The compiler of kfp at work, in a process of its own: from a DSL file to the YAML of the pipeline."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from pipelift.compiler.diagnostics import Refused

SOURCE = "pipeline.py"
YAML = "pipeline.yaml"


def require_kfp() -> None:
    """Raise `Refused` (PL506) unless kfp and its Kubernetes extension are installed; imports neither."""
    for name in ("kfp", "kfp-kubernetes"):
        try:
            distribution(name)
        except PackageNotFoundError:
            message = (
                f"the target kubeflow needs {name}, which is not installed: pip install 'pipelift[kubeflow]'"
            )
            raise Refused("PL506", message) from None


def compile_with_kfp(source: str) -> bytes:
    """The YAML that kfp makes of the DSL file `source`, as ``python pipeline.py`` does.

    A process of its own, since kfp keeps global state, and with a fixed hash seed. Raises `RuntimeError`
    where kfp refuses the file: a fault of ours, since the plan admits only what kfp takes.
    """
    with tempfile.TemporaryDirectory(prefix="pipelift-") as folder:
        path = Path(folder, SOURCE)
        path.write_text(source, encoding="utf-8")
        process = subprocess.run(
            [sys.executable, "-W", "ignore", str(path)],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        compiled = path.with_suffix(".yaml")
        if process.returncode != 0 or not compiled.is_file():
            raise RuntimeError(f"kfp refused the pipeline.py that pipelift wrote:\n{process.stderr}")
        return compiled.read_bytes()
