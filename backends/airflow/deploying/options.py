"""The options of a deployment to Airflow: what ``--set`` and the variables of the shell say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipelift.app.request import RunRequest
from pipelift.backends.airflow.settings import PASSWORD, TOKEN, AirflowSettings
from pipelift.compiler.config.section import read_options
from pipelift.compiler.diagnostics import Refused

_URL = "http://localhost:8080"


@dataclass(frozen=True, slots=True)
class Options:
    """Where the files go (`dags`, or `git` and `branch`; then `folder`), and how Airflow is spoken to.

    `asks` is False where the API server is not needed: nothing is started, and no address is given. `pause` is None
    where nobody says: a DAG that is started is not paused, another stays as it is. `timeout` is in seconds.
    `password` and `token` are secrets, and leave this machine for `url` alone.
    """

    folder: str
    base: str
    dags: Path | None = None
    git: str | None = None
    branch: str | None = None
    url: str = _URL
    asks: bool = True
    user: str = "admin"
    pause: bool | None = None
    schedule: bool = True
    build: bool = True
    timeout: float = 600.0
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


def resolve_options(directory: Path, request: RunRequest, dag_id: str) -> Options:
    """The options of `request` for the output folder `directory`. Raises `Refused` (PL554, PL567)."""
    environ = request.environ
    settings = read_options(AirflowSettings, request.settings)
    git, _, branch = (settings.git or "").partition("#")
    return Options(
        folder=settings.folder or dag_id,
        base=settings.base or str(directory),
        dags=_find_dags_folder(settings, environ),
        git=git or None,
        branch=branch or None,
        url=settings.url or _URL,
        asks=request.start or settings.url is not None,
        user=settings.user,
        pause=settings.pause,
        schedule=settings.schedule,
        build=settings.build,
        timeout=float(settings.timeout),
        password=environ.get(PASSWORD) or None,
        token=environ.get(TOKEN) or None,
    )


def _find_dags_folder(settings: AirflowSettings, environ: Mapping[str, str]) -> Path | None:
    if settings.git is not None:
        return None
    home = environ.get("AIRFLOW_HOME")
    usual = environ.get("AIRFLOW__CORE__DAGS_FOLDER") or (f"{home}/dags" if home else None)
    folder = settings.dags or usual
    if folder is None:
        raise Refused("PL567", "nothing says where Airflow's DAGs folder is")
    return Path(folder).expanduser().absolute()
