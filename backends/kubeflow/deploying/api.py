"""The server's REST API (v2beta1) through `kfp_server_api`, the generated client below `kfp.Client`.

`kfp.Client` itself waits 25 seconds for a server that is not there, prints, and reads a file in the home folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.secrets.secrecy import clean_text

TOKEN = "PIPELIFT_KUBEFLOW_TOKEN"
_SECONDS = 60
_PAGE = 100
_EQUALS = 1  # V2beta1PredicateOperation as the server's own JSON takes it


class Server:
    """One server. Everything raises `Refused`; `url` is the one that people see runs at."""

    def __init__(self, url: str, token: str | None, ca: str | None) -> None:
        import kfp_server_api as api

        configuration = api.Configuration(host=url)
        configuration.retries = False
        configuration.client_side_validation = False
        if token:
            configuration.api_key["authorization"] = token
            configuration.api_key_prefix["authorization"] = "Bearer"
        if ca:
            configuration.ssl_ca_cert = ca
        self.url = url
        self._token = token
        client = api.ApiClient(configuration)
        self.models = api
        self._health = api.HealthzServiceApi(client)
        self._pipelines = api.PipelineServiceApi(client)
        self._uploads = api.PipelineUploadServiceApi(client)
        self._experiments = api.ExperimentServiceApi(client)
        self._runs = api.RunServiceApi(client)
        self._recurring = api.RecurringRunServiceApi(client)

    def is_shared(self) -> bool:
        """Whether each user has a namespace; the first call, which tells whether there is a server at all."""
        health = self._call(self._health.healthz_service_get_healthz)
        if not isinstance(getattr(health, "multi_user", None), bool | None):
            raise Refused("PL572", f"{self.url} is no Kubeflow Pipelines API")
        return bool(health.multi_user)

    def pipeline(self, name: str, namespace: str | None) -> Any | None:
        """The pipeline of that name."""
        listing = self._pipelines.pipeline_service_list_pipelines
        return self._find(listing, "pipelines", name, **_without_empty(namespace=namespace))

    def create_pipeline(self, name: str, description: str | None, namespace: str | None) -> Any:
        """A pipeline without versions."""
        body = self.models.V2beta1Pipeline(display_name=name, description=description, namespace=namespace)
        return self._call(self._pipelines.pipeline_service_create_pipeline, body)

    def version(self, pipeline_id: str, name: str) -> Any | None:
        """The version of that name."""
        listing = self._pipelines.pipeline_service_list_pipeline_versions
        return self._find(listing, "pipeline_versions", name, pipeline_id)

    def upload_version(self, pipeline_id: str, name: str, description: str, path: Path) -> Any:
        """A new version; the server checks the file."""
        return self._call(
            self._uploads.upload_pipeline_version,
            str(path),
            name=name,
            pipelineid=pipeline_id,
            **_without_empty(description=description),
        )

    def experiment(self, name: str, namespace: str | None) -> Any:
        """The experiment of that name, made where there is none."""
        listing = self._experiments.experiment_service_list_experiments
        existing = self._find(listing, "experiments", name, **_without_empty(namespace=namespace))
        if existing is not None:
            return existing
        body = self.models.V2beta1Experiment(display_name=name, namespace=namespace)
        return self._call(self._experiments.experiment_service_create_experiment, body)

    def create_run(self, **fields: Any) -> Any:
        """Start a run."""
        return self._call(self._runs.run_service_create_run, self.models.V2beta1Run(**fields))

    def run(self, run_id: str) -> Any:
        """A run as it is now."""
        return self._call(self._runs.run_service_get_run, run_id)

    def terminate(self, run_id: str) -> None:
        """Ask for the end of a run."""
        self._call(self._runs.run_service_terminate_run, run_id)

    def recurring_runs(self, namespace: str | None) -> Iterator[Any]:
        """All recurring runs."""
        listing = self._recurring.recurring_run_service_list_recurring_runs
        return self._list_all(listing, "recurring_runs", **_without_empty(namespace=namespace))

    def create_recurring_run(self, **fields: Any) -> Any:
        """A new recurring run."""
        body = self.models.V2beta1RecurringRun(**fields)
        return self._call(self._recurring.recurring_run_service_create_recurring_run, body)

    def delete_recurring_run(self, recurring_run_id: str) -> None:
        """Remove a recurring run; what it has started goes on."""
        self._call(self._recurring.recurring_run_service_delete_recurring_run, recurring_run_id)

    def _find(
        self, listing: Callable[..., Any], field: str, name: str, *args: Any, **options: Any
    ) -> Any | None:
        predicate = {"operation": _EQUALS, "key": "display_name", "stringValue": name}
        options["filter"] = json.dumps({"predicates": [predicate]})
        matches = (
            item for item in self._list_all(listing, field, *args, **options) if item.display_name == name
        )
        return next(matches, None)

    def _list_all(self, listing: Callable[..., Any], field: str, *args: Any, **options: Any) -> Iterator[Any]:
        token = ""
        while True:
            page = self._call(listing, *args, page_token=token, page_size=_PAGE, **options)
            yield from getattr(page, field) or ()
            token = page.next_page_token or ""
            if not token:
                return

    def _call(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        from urllib3.exceptions import HTTPError

        try:
            return function(*args, _request_timeout=_SECONDS, **options)
        except self.models.ApiException as error:
            raise self._describe_refusal(error) from None
        except HTTPError as error:
            raise Refused("PL570", f"{self.url} does not answer: {self._mask(str(error))}") from None
        except (ValueError, TypeError, AttributeError):
            raise Refused("PL572", f"what {self.url} answers is not of the Kubeflow Pipelines API") from None

    def _describe_refusal(self, error: Any) -> Refused:
        if not error.status:
            return Refused("PL570", f"{self.url} does not answer: {self._mask(str(error.reason))}")
        message = _read_message(error.body)
        if error.status in (401, 403) or 300 <= error.status < 400:  # a redirection leads to a page to log in
            credential = (
                f"the token in {TOKEN}" if self._token else f"a request without a token ({TOKEN} is not set)"
            )
            detail = f": {self._mask(message)}" if message else ""
            return Refused("PL571", f"{self.url} refuses {credential}{detail}")
        if error.status == 404 and not message:
            return Refused("PL572", f"{self.url} is no Kubeflow Pipelines API (404)")
        return Refused("PL573", f"the server refuses: {self._mask(message or str(error.reason))}")

    def _mask(self, text: str) -> str:
        return clean_text(text, [self._token] if self._token else [])


def _read_message(body: Any) -> str:
    """What the server says; empty where its answer is not the API's JSON."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")
    try:
        data = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(data, Mapping):
        return ""
    return str(data.get("message") or data.get("error") or "").strip()


def _without_empty(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value}
