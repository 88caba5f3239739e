"""What an Airflow installation and its workers lack of what a compiled DAG needs."""

from __future__ import annotations

from collections.abc import Iterator

from pipelift.app.doctor import Examination, Finding
from pipelift.app.request import RunRequest
from pipelift.backends.airflow.deploying.api import Api, quote_part
from pipelift.backends.airflow.deploying.options import resolve_options
from pipelift.backends.airflow.settings import AirflowSettings
from pipelift.backends.examination.cluster import examine_cluster
from pipelift.backends.examination.engine import examine_engine
from pipelift.backends.examination.stores import examine_stores
from pipelift.compiler.config.section import read_options
from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.ir.names import slug

SHARED_CLAIM = "pipelift"
"""The claim that Kubernetes pods need in any case: the state, and stores without a claim of their own."""

_PROVIDERS = {True: "apache-airflow-providers-cncf-kubernetes", False: "apache-airflow-providers-docker"}
_NO_ADDRESS = "Say where it is: --set url=http://HOST:8080 (password in PIPELIFT_AIRFLOW_PASSWORD)."


def examine(examination: Examination) -> Iterator[Finding]:
    """Asks Airflow's API server where its address is given, then the engine that runs the steps."""
    kubernetes = _on_kubernetes(examination)
    yield from _examine_server(examination, kubernetes)
    if kubernetes:
        needs = examination.manifest.needs
        claims = {store.where for store in needs.stores if store.kind == "claim"} | {SHARED_CLAIM}
        namespace = read_options(AirflowSettings, examination.settings).namespace
        secrets = [slug(secret.name) for secret in needs.secrets]
        yield from examine_cluster(examination, namespace, sorted(claims), secrets)
    else:
        yield from examine_engine(examination)
        yield from examine_stores(examination)


def _on_kubernetes(examination: Examination) -> bool:
    """Whether the DAG's tasks are pods."""
    dags = examination.directory.glob("*_dag.py")
    return any("KubernetesPodOperator" in path.read_text(encoding="utf-8") for path in dags)


def _examine_server(examination: Examination, kubernetes: bool) -> Iterator[Finding]:
    if "url" not in examination.settings:
        yield Finding("Airflow", "unknown", "no address of its API server is given", _NO_ADDRESS)
        return
    # Nothing is put anywhere, so any folder will do.
    place = {} if "git" in examination.settings else {"dags": "."}
    request = RunRequest(settings={**place, **examination.settings}, environ=examination.environ)
    try:
        api = Api(resolve_options(examination.directory, request, "dag"))
        try:
            yield from _examine_api(api, examination, kubernetes)
        finally:
            api.close()
    except Refused as refused:
        yield Finding("Airflow", "missing", refused.message, "pipelift explain " + refused.code)


def _examine_api(api: Api, examination: Examination, kubernetes: bool) -> Iterator[Finding]:
    """What the server says: its parts, the provider of the operator, and the connections for secrets."""
    stopped = api.list_stopped_parts()
    version = (api.get("/version") or {}).get("version", "?")
    if stopped:
        remedy = "Start it: airflow scheduler, airflow dag-processor."
        yield Finding(
            "Airflow", "missing", f"version {version}, without a running {', '.join(stopped)}", remedy
        )
    else:
        yield Finding("Airflow", "ok", f"version {version}, all parts are running")
    provider = _PROVIDERS[kubernetes]
    installed = {entry["package_name"]: entry["version"] for entry in api.all("/providers", "providers")}
    if provider in installed:
        yield Finding("operator", "ok", f"{provider} {installed[provider]}")
    else:
        yield Finding("operator", "missing", f"{provider} is not installed", f"pip install {provider}")
    if not kubernetes:
        for secret in examination.manifest.needs.secrets:
            yield _examine_connection(api, secret.name)


def _examine_connection(api: Api, name: str) -> Finding:
    if api.get(f"/connections/{quote_part(name)}") is not None:
        return Finding(f"secret '{name}'", "ok", "is a connection of Airflow")
    detail = "there is no connection of that name in Airflow's database; the workers may have it elsewhere"
    remedy = f"airflow connections add {name} --conn-type generic --conn-password …"
    return Finding(f"secret '{name}'", "unknown", detail, remedy)
