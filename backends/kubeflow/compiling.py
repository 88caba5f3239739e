"""The output folder of a Kubeflow target: ``pipeline.py``, the ``pipeline.yaml`` made of it, the images' files."""

from __future__ import annotations

from pipelift.backends.containers.bundle import bundle
from pipelift.backends.kubeflow import kfp_compiler, self_check
from pipelift.backends.kubeflow.deployment import NAME, deployment
from pipelift.backends.kubeflow.limits import check_size
from pipelift.backends.kubeflow.plan import plan
from pipelift.backends.kubeflow.printing import pipeline_file
from pipelift.backends.kubeflow.schedules import recurring
from pipelift.backends.kubeflow.settings import KubeflowSettings
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.ir.detaching import detach_secrets
from pipelift.compiler.ir.uses import source_uses
from pipelift.compiler.target import Artifacts, Compilation


def compile_folder(pipeline: Pipeline, compilation: Compilation, target: str) -> Artifacts:
    """The files of the output folder. Raises `Refused` (PL506) without kfp and kfp-kubernetes."""
    kfp_compiler.require_kfp()
    pipeline = detach_secrets(pipeline)  # all who see a run would see their values
    common = bundle(pipeline, compilation, target, entry=False, uses=source_uses)
    planned = plan(pipeline, compilation, common.images)
    source = pipeline_file(planned)
    compiled = kfp_compiler.compile_with_kfp(source)
    self_check.check(planned, compiled)
    check_size(len(planned.tasks), compiled, compilation.reporter)
    names = {parameter.source: parameter.name for parameter in planned.parameters if parameter.source}
    schedules = recurring(
        pipeline, names, compilation.config.settings(target, KubeflowSettings).time_zone, compilation.reporter
    )
    files = {
        kfp_compiler.SOURCE: source.encode(),
        kfp_compiler.YAML: compiled,
        NAME: deployment(planned, schedules, compilation.config).text().encode(),
    }
    return Artifacts({**common.files, **files})
