"""The options of a deployment to Airflow: what ``--set`` and the variables of the shell say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from pipelift.app.deploying import DeployRequest, Refused

PASSWORD = "PIPELIFT_AIRFLOW_PASSWORD"
TOKEN = "PIPELIFT_AIRFLOW_TOKEN"

SETTINGS: Mapping[str, str] = {
    "dags": "Airflow's DAGs folder (what AIRFLOW__CORE__DAGS_FOLDER or AIRFLOW_HOME say)",
    "git": "a git repository instead, with #BRANCH behind it where it is not the usual one",
    "folder": "the folder for this pipeline's files, in the DAGs folder or the repository (the DAG's id)",
    "base": "the folder on the workers that relative folders start from (this output folder)",
    "url": "the address of Airflow's API server (http://localhost:8080)",
    "user": f"who logs in there (admin); the password is in {PASSWORD}, or a token in {TOKEN}",
    "pause": "yes: the DAG is paused, and nothing is started; no: it is not, even with --no-start",
    "schedule": "no: the schedules are left as they are in Airflow, a new one is off (yes)",
    "build": "no: build no images; the workers have them from elsewhere (yes)",
    "timeout": "seconds that Airflow may take to read the DAG (600)",
}

_URL = "http://localhost:8080"
_WORDS = {"yes": True, "no": False}


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


def options(request: DeployRequest, dag_id: str) -> Options:
    """The options of `request`. Raises `Refused` (PL567, PL569)."""
    given, environ = request.settings, request.environ
    git, _, branch = given.get("git", "").partition("#")
    if git:
        _refuse_password("git", git)
    url = given.get("url", _URL).rstrip("/")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise Refused("PL569", f"url={url!r} is no address of a server: it begins with http:// or https://")
    _refuse_password("url", url)
    return Options(
        folder=_folder(given.get("folder", dag_id)),
        base=given.get("base") or str(request.directory),
        dags=_dags(given, environ),
        git=git or None,
        branch=branch or None,
        url=url,
        asks=request.start or "url" in given,
        user=given.get("user", "admin"),
        pause=_yes("pause", given["pause"]) if "pause" in given else None,
        schedule=_yes("schedule", given.get("schedule", "yes")),
        build=_yes("build", given.get("build", "yes")),
        timeout=_seconds(given.get("timeout", "600")),
        password=environ.get(PASSWORD) or None,
        token=environ.get(TOKEN) or None,
    )


def _dags(given: Mapping[str, str], environ: Mapping[str, str]) -> Path | None:
    if "git" in given:
        if "dags" in given:
            raise Refused("PL569", "dags= and git= exclude each other: the files go to one place")
        return None
    home = environ.get("AIRFLOW_HOME")
    usual = environ.get("AIRFLOW__CORE__DAGS_FOLDER") or (f"{home}/dags" if home else None)
    found = given.get("dags") or usual
    if found is None:
        raise Refused("PL567", "nothing says where Airflow's DAGs folder is")
    return Path(found).expanduser().absolute()


def _folder(text: str) -> str:
    path = PurePosixPath(text)
    if not path.parts or path.is_absolute() or ".." in path.parts or not text.isprintable():
        raise Refused("PL569", f"folder={text!r} is no folder below the DAGs folder")
    return path.as_posix()


def _yes(name: str, text: str) -> bool:
    if text not in _WORDS:
        raise Refused("PL569", f"{name}={text!r} is neither yes nor no")
    return _WORDS[text]


def _seconds(text: str) -> float:
    try:
        return float(int(text))
    except ValueError:
        raise Refused("PL569", f"timeout={text!r} is no number of seconds") from None


def _refuse_password(name: str, url: str) -> None:
    """What stands in an address is shown in process lists, messages and logs."""
    if "://" in url and urlsplit(url).password:
        raise Refused("PL569", f"the address of {name}= holds a password, which others could read there")
