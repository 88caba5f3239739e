"""From an output folder of Kubeflow and a request to a version of the pipeline, its schedules and a run."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any
from urllib.parse import urlsplit

from pipelift.app.deploying import Deployed
from pipelift.app.request import RunRequest, check_values, refuse_secrets
from pipelift.app.running import Event, Tell
from pipelift.backends.kubeflow.deploying.api import TOKEN, Server
from pipelift.backends.kubeflow.deploying.following import Following
from pipelift.backends.kubeflow.deploying.placing import Version, place_schedules, place_version
from pipelift.backends.kubeflow.deployment import NAME, Deployment, read_deployment
from pipelift.backends.kubeflow.kfp_compiler import YAML
from pipelift.backends.kubeflow.settings import URL, KubeflowSettings
from pipelift.compiler.config.section import read_options
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.output.folder import Output


def deploy(output: Output, request: RunRequest, reporter: Reporter, tell: Tell) -> Deployed:
    """Upload what is new, put the schedules in place, start a run and follow it. Raises `Refused`.

    The token of the API is the variable ``PIPELIFT_KUBEFLOW_TOKEN``.
    """
    deployment = _read_folder(output, request)
    _report_images(deployment, reporter)
    settings = read_options(KubeflowSettings, request.settings)
    return _Deployment(output, request, deployment, settings, tell).deploy()


def _read_folder(output: Output, request: RunRequest) -> Deployment:
    """What the folder says about its deployment. Raises `Refused` for settings and parameters that cannot work."""
    try:
        distribution("kfp-server-api")
    except PackageNotFoundError:
        text = "the client of Kubeflow is not installed: pip install 'pipelift[kubeflow]'"
        raise Refused("PL570", text) from None
    try:
        deployment = read_deployment(output.directory)
    except (OSError, ValueError):
        raise Refused("PL575", f"there is no {NAME} that this version wrote: compile again") from None
    if request.start:
        check_values(output.pipeline, request.parameters)
        refuse_secrets(output.pipeline, request.parameters)
        _check_required(deployment, request.parameters)
    return deployment


def _check_required(deployment: Deployment, parameters: Collection[str]) -> None:
    """Raise `Refused` (PL575) for parameters whose default Kubeflow cannot hold: it requires them of each run."""
    names = {deployment.parameters[name] for name in parameters}
    for name in sorted(set(deployment.required) - names):
        source = next((own for own, theirs in deployment.parameters.items() if theirs == name), name)
        raise Refused("PL575", f"parameter '{source}' has no default: give it with -p {source}=VALUE")


def _report_images(deployment: Deployment, reporter: Reporter) -> None:
    """Say so where images name no registry: the first part of a name with one has a dot or a port."""
    bare = [name for name in deployment.images if not re.match(r"[^/]*[.:][^/]*/|localhost/", name)]
    if bare:
        others = f" and {len(bare) - 1} more" if len(bare) > 1 else ""
        reporter.report("PL574", f"the cluster's nodes must have image {bare[0]}{others}")


@dataclass(frozen=True, slots=True)
class _Deployment:
    """One deployment on its way."""

    output: Output
    request: RunRequest
    deployment: Deployment
    settings: KubeflowSettings
    tell: Tell

    def deploy(self) -> Deployed:
        """Everything, one after the other. Raises `Refused`."""
        request, pipeline = self.request, self.output.pipeline
        server = self._connect()
        namespace = self.settings.namespace or self.deployment.namespace
        if server.is_shared() and not namespace:
            raise Refused("PL575", "this server has a namespace for each user: --set namespace=YOURS")
        version = place_version(server, self.output.directory, pipeline, self.deployment, namespace)
        lines = [
            f"pipeline {self.deployment.pipeline}: version {version.name}, {'new' if version.is_new else 'unchanged'}"
        ]
        schedule = self.settings.schedule
        if schedule != "no":
            now = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
            paused = schedule == "paused"
            lines += place_schedules(server, pipeline, self.deployment, version, namespace, paused, now)
        if not request.start:
            return Deployed(lines=tuple(lines))
        run = self._start(server, version, namespace)
        link = f"run {run.run_id}: {server.url}/#/runs/details/{run.run_id}"
        if not request.wait:
            return Deployed(lines=(*lines, link))
        for line in (*lines, link):
            self.tell(Event("note", text=line))
        by_id = {step.id: step for step in pipeline.steps}
        steps = {task: by_id[step] for task, step in self.deployment.tasks.items()}
        summary = Following(server, run.run_id, pipeline.name, steps, self.tell).follow()
        return Deployed(summary, (link,))

    def _connect(self) -> Server:
        environ = self.request.environ
        url = (self.settings.url or environ.get(URL) or "").rstrip("/")
        if not url:
            raise Refused("PL570", f"no server is named: --set url=http://… or the variable {URL}")
        try:
            parts = urlsplit(url)
        except ValueError:  # such as brackets around what is no address
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refused(
                "PL570", "the address of the server begins with http:// or https://, and a host follows"
            )
        if parts.username or parts.password:
            raise Refused(
                "PL570", f"the address holds a credential: take it out, and put a token into {TOKEN}"
            )
        return Server(url, environ.get(TOKEN), self.settings.ca)

    def _start(self, server: Server, version: Version, namespace: str | None) -> Any:
        """A run of the version; of a changed copy of it where steps are not to be taken from the cache."""
        pipeline, models = self.output.pipeline, server.models
        name = self.settings.experiment or pipeline.experiment or self.deployment.pipeline
        experiment = server.experiment(name, namespace)
        parameters = {
            self.deployment.parameters[source]: value for source, value in self.request.parameters.items()
        }
        fields: dict[str, Any] = {
            "display_name": f"{self.deployment.pipeline} {dt.datetime.now(dt.timezone.utc):%Y-%m-%d %H:%M:%S}",
            "experiment_id": experiment.experiment_id,
            "runtime_config": models.V2beta1RuntimeConfig(parameters=parameters),
        }
        if self.request.reuse and not self.request.refresh:
            fields["pipeline_version_reference"] = models.V2beta1PipelineVersionReference(**version.reference)
        else:
            fields["pipeline_spec"] = self._build_uncached_spec()
        return server.create_run(**fields)

    def _build_uncached_spec(self) -> dict[str, Any]:
        """The pipeline with the cache switched off for the steps that are to run in any case."""
        import yaml

        documents = list(yaml.safe_load_all((self.output.directory / YAML).read_text(encoding="utf-8")))
        spec, platforms = documents[0], documents[1:]
        for task, step in self.deployment.tasks.items():
            if not self.request.reuse or step in self.request.refresh:
                spec["root"]["dag"]["tasks"][task]["cachingOptions"] = {}
        return {"pipeline_spec": spec, "platform_spec": platforms[0]} if platforms else spec
