"""The loader of kfp at work: whether it takes a ``pipeline.yaml``, and whether each task would make a pod."""

from __future__ import annotations

import warnings
from pathlib import Path

from pipelift.compiler.diagnostics import Reporter


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
    for problem in _list_problems(component):
        reporter.report("PL429", f"{path.name}: {problem}")


def _list_problems(component: object) -> list[str]:
    """What a pod would lack: an image or a command, a mount's claim, a container for its settings."""
    spec = getattr(component, "pipeline_spec", None)
    if spec is None or not spec.root.HasField("dag"):
        return ["there is no pipeline in it"]
    executors = dict(spec.deployment_spec.fields["executors"].struct_value.fields)
    problems = []
    for label, executor in executors.items():
        container = executor.struct_value.fields["container"].struct_value.fields
        if not container["image"].string_value or not container["command"].list_value.values:
            problems.append(f"{label} has no image or no command")
    platforms = component.platform_spec.platforms  # type: ignore[attr-defined]  # read with spec, above
    for label, settings in platforms["kubernetes"].deployment_spec.executors.items():
        if label not in executors:
            problems.append(f"{label} has settings for Kubernetes but no container")
        for mount in settings.fields["pvcMount"].list_value.values:
            fields = mount.struct_value.fields
            if not fields["constant"].string_value or not fields["mountPath"].string_value:
                problems.append(f"{label} mounts a volume without a claim or a path")
    return problems


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
