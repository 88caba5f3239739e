"""kfp at work: the compiler in a process of its own, and the loader that verifies what came out."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import warnings
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from pipelift.compiler.diagnostics import Refused, Reporter

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
        done = subprocess.run(
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
        if done.returncode != 0 or not compiled.is_file():
            raise RuntimeError(f"kfp refused the pipeline.py that pipelift wrote:\n{done.stderr}")
        return compiled.read_bytes()


def verify(path: Path, reporter: Reporter) -> None:
    """Load `path` with kfp's own loader; report what it refuses, or what makes no pod (PL429)."""
    from kfp import components

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            component = components.load_component_from_file(str(path))
    except Exception as error:  # kfp raises whatever its YAML, protobuf and own checks raise
        reporter.report("PL429", f"kfp does not load {path.name}: {_first_line(error)}")
        return
    for problem in _problems(component):
        reporter.report("PL429", f"{path.name}: {problem}")


def _problems(component: object) -> list[str]:
    """What a pod would lack: an image or a command, a mount's claim, a container for its settings."""
    spec = getattr(component, "pipeline_spec", None)
    if spec is None or not spec.root.HasField("dag"):
        return ["there is no pipeline in it"]
    executors = dict(spec.deployment_spec.fields["executors"].struct_value.fields)
    found = []
    for label, executor in executors.items():
        container = executor.struct_value.fields["container"].struct_value.fields
        if not container["image"].string_value or not container["command"].list_value.values:
            found.append(f"{label} has no image or no command")
    platforms = component.platform_spec.platforms  # type: ignore[attr-defined]  # read with spec, above
    for label, settings in platforms["kubernetes"].deployment_spec.executors.items():
        if label not in executors:
            found.append(f"{label} has settings for Kubernetes but no container")
        for mount in settings.fields["pvcMount"].list_value.values:
            fields = mount.struct_value.fields
            if not fields["constant"].string_value or not fields["mountPath"].string_value:
                found.append(f"{label} mounts a volume without a claim or a path")
    return found


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
