"""Argo Workflows for pipelift: ``workflow.yaml``, a pod a step, beside the files that the images are built from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pipelift.backends.containers.target import ContainerTarget
from pipelift.compiler import ir
from pipelift.compiler.config import Option, Section
from pipelift.compiler.config.places import Claim, Place, Remote, Volume
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.codes import Code
from pipelift.compiler.ir.graph import upstream
from pipelift.compiler.ir.names import slug
from pipelift.compiler.ir.uses import store_uses
from pipelift.compiler.keeps import EXACT, UNCONCERNED, Keeps, dropped
from pipelift.compiler.target import Artifacts, Compilation
from pipelift.runtime.contract import paths

FILE, LAUNCHER = "workflow.yaml", ["python", "-m", "pipelift.runtime"]


class ArgoSettings(Section):
    """`[argo]` in pipelift.toml."""

    namespace: Annotated[str, Option("where the workflow runs", example='"argo"')] = "default"
    claim: Annotated[str, Option("the volume claim (ReadWriteMany) of the runs' records")] = "pipelift"


CODES = (
    Code("ARGO01", "warning", "a parameter has another name in Argo", "Argo takes letters, digits, - and _ in names.",
         'PipelineParameter("learning rate", 0.1)', "Use the new name in Argo, or rename it.", "approximated"),
    Code("ARGO02", "error", "a store that pods cannot mount", "Volumes of Docker lie on one machine.",
         '[stores.blobs]\nurl = "volume:blobs"', 'Name a claim, url = "pvc:CLAIM".', "dropped"),
    Code("ARGO03", "error", "a parameter that is a secret", "Argo shows the parameters of a workflow to all its users.",
         'PipelineParameter("db_password", None)', "Let the step read a secret (see docs/wiring.md).", "dropped"),
    Code("ARGO04", "error", "Argo cannot read the workflow", "Each task needs a template of its own in workflow.yaml.",
         "pipelift compile pipeline.py -t argo", "Undo what was edited in workflow.yaml, or compile again."),
)


class ArgoTarget(ContainerTarget):
    """Compiles to a Workflow; its images are built as those of all targets."""

    name = "argo"
    summary = "Argo Workflows: one Workflow, a pod a step"
    settings = ArgoSettings
    codes = CODES
    keeps = Keeps(
        processes=dropped("runs it as one pod"),
        recurrences=dropped("starts nothing by itself", "Write a CronWorkflow that refers to the workflow."),
        polling=dropped("has nothing that watches", "Write a Sensor of Argo Events."),
        going_on=EXACT, retries=EXACT, timeouts=EXACT, sizes=EXACT, gpus=EXACT, shared_memory=EXACT, secrets=EXACT,
        destinations=EXACT, registrations=EXACT, reuse=EXACT, experiments=UNCONCERNED,
    )

    def compile(self, pipeline: ir.Pipeline, compilation: Compilation) -> Artifacts:
        """``workflow.yaml`` and the files of the images."""
        from pipelift.backends.containers.bundle import bundle
        from pipelift.backends.printing.yaml import dump_yaml
        from pipelift.backends.wiring import remotes

        common = bundle(pipeline, compilation, self.name)
        settings = compilation.config.settings(self.name, ArgoSettings)
        places = remotes.places(pipeline, compilation, self.name, store_uses)
        remotes.report(pipeline, compilation, places, store_uses, remotes.kubernetes_advice)
        for store, place in places.items():
            if isinstance(place, Volume):
                compilation.reporter.report("ARGO02", f"store '{store}' is the volume '{place.name}' of Docker")
        names = _names(pipeline, compilation.reporter)
        parameters = [{"name": names[entry.name]} if entry.default is None else {"name": names[entry.name],
                      "value": entry.default if isinstance(entry.default, str) else json.dumps(entry.default)}
                      for entry in pipeline.parameters]
        tasks = [{"name": step.id, "template": step.id, "dependencies": list(upstream(pipeline, step))}
                 for step in pipeline.steps]
        graph = {"name": "pipelift", "dag": {"failFast": not pipeline.continue_on_failure, "tasks": tasks}}
        images = {step.id: common.images[step.id].reference for step in pipeline.steps}
        templates = [_template(pipeline, step, images[step.id], places, names, compilation) for step in pipeline.steps]
        claims = {settings.claim, *(place.name for place in places.values() if isinstance(place, Claim))}
        volumes = [{"name": f"claim-{name}", "persistentVolumeClaim": {"claimName": name}} for name in sorted(claims)]
        spec = {"entrypoint": "pipelift", "arguments": {"parameters": parameters}, "volumes": volumes,
                "templates": [graph, *templates]}
        tags = json.dumps([[tag.name, tag.value] for tag in pipeline.tags])
        notes = {"pipelift/name": pipeline.name, "pipelift/tags": tags}
        metadata = {"generateName": f"{pipeline.id[:40]}-", "namespace": settings.namespace, "annotations": notes}
        workflow = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": metadata, "spec": spec}
        return Artifacts({**common.files, FILE: dump_yaml(workflow).encode()})

    def verify(self, directory: Path, reporter: Reporter) -> None:
        """Every task of the graph has its template."""
        import yaml
        try:
            graph, *pods = yaml.safe_load((directory / FILE).read_text(encoding="utf-8"))["spec"]["templates"]
            missing = {task["template"] for task in graph["dag"]["tasks"]} - {pod["name"] for pod in pods}
            problems = [f"there is no template '{name}'" for name in sorted(missing)]
        except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            problems = [f"{FILE} is no workflow: {error!r}"]
        for problem in problems:
            reporter.report("ARGO04", problem)


def _names(pipeline: ir.Pipeline, reporter: Reporter) -> dict[str, str]:
    """What Argo calls each parameter."""
    from pipelift.backends.wiring.remotes import secret_parameters

    for name in secret_parameters([parameter.name for parameter in pipeline.parameters]):
        reporter.report("ARGO03", f"the value of parameter '{name}' would be seen in Argo")
    names = {parameter.name: parameter.name for parameter in pipeline.parameters}
    for number, old in enumerate(names):
        if not re.fullmatch(r"[\w-]+", old, re.ASCII):
            names[old] = f"parameter-{number}"
            reporter.report("ARGO01", f"the parameter '{old}' is called '{names[old]}'", pipeline.parameter(old).span)
    return names


def _template(pipeline: ir.Pipeline, step: ir.Step, image: str, places: Mapping[str, Place], names: Mapping[str, str],
              compilation: Compilation) -> dict[str, object]:
    """The pod of `step`: the launcher's words, and what it mounts (docs/runtime.md says where)."""
    from pipelift.backends.wiring import remotes
    from pipelift.backends.wiring.requests import request, section_of

    shared = {"name": f"claim-{compilation.config.settings('argo', ArgoSettings).claim}"}
    used = {use.name: places[use.name] for use in store_uses(pipeline, step) if use.name in places}
    words = ["step", "--run={{workflow.name}}", *(["--no-reuse"] if pipeline.regenerate else [])]
    words += [f"--parameter={name}={{{{workflow.parameters.{names[name]}}}}}" for name in step.parameters]
    mounts = [{**shared, "mountPath": paths.STATE_PATH, "subPath": "state"}]
    for store, place in used.items():
        if isinstance(place, Remote):
            words += [f"--store={store}={place.url}", *remotes.settings(store, place)]
            continue
        own = {"name": f"claim-{place.name}"} if isinstance(place, Claim) else {**shared, "subPath": f"stores/{store}"}
        mounts.append({**own, "mountPath": f"{paths.STORES_PATH}/{store}"})
    secrets = {key: slug(key) for key in remotes.secrets(step, used.values())}
    mounts += [{"name": f"secret-{name}", "mountPath": f"{paths.SECRETS_PATH}/{key}"} for key, name in secrets.items()]
    volumes = [{"name": f"secret-{name}", "secret": {"secretName": name}} for name in secrets.values()]
    asked = request(step.resources, section_of(step.resources, compilation.config))
    if asked.shm_size:
        volumes.append({"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": f"{asked.shm_size:g}Gi"}})
        mounts.append({"name": "shm", "mountPath": "/dev/shm"})
    sizes = {"cpu": f"{asked.cpus or 0:g}", "memory": f"{asked.memory or 0:g}Gi"}
    resources = {"requests": sizes, "limits": {asked.accelerator: asked.gpus} if asked.gpus else {}}
    container = {"image": image, "command": LAUNCHER, "args": words, "resources": resources, "volumeMounts": mounts}
    return {"name": step.id, "retryStrategy": {"limit": step.retries}, "container": container, "volumes": volumes}


TARGET = ArgoTarget()
