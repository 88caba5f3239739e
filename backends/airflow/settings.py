"""What the user may say of Airflow: how the DAG runs its steps, and where a deployment puts it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from pipelift.compiler.config import Config, Option, Section

PASSWORD = "PIPELIFT_AIRFLOW_PASSWORD"
TOKEN = "PIPELIFT_AIRFLOW_TOKEN"


class AirflowSettings(Section):
    """`[airflow]`, and ``--set`` of a deployment. `url` and `git` decide where a password goes: never filed."""

    version: Annotated[Literal[2, 3], Option("the version of Airflow")] = 3
    operator: Annotated[Literal["docker", "kubernetes"], Option('or "kubernetes"', example='"docker"')] = (
        "docker"
    )
    namespace: Annotated[str, Option("the namespace of the pods; `doctor` asks there", asked=True)] = (
        "default"
    )
    dags: Annotated[
        str | None,
        Option(
            "the folder of Airflow's DAGs (what AIRFLOW__CORE__DAGS_FOLDER or AIRFLOW_HOME say)",
            filed=False,
            asked=True,
        ),
    ] = None
    git: Annotated[
        str | None,
        Option(
            "a git repository instead, with #BRANCH behind it where it is not the usual one",
            filed=False,
            asked=True,
        ),
    ] = None
    folder: Annotated[
        str | None,
        Option(
            "the folder for this pipeline's files, in the DAGs folder or the repository (the DAG's id)",
            filed=False,
            asked=True,
        ),
    ] = None
    base: Annotated[
        str | None,
        Option(
            "the folder on the workers that relative folders start from (this output folder)",
            filed=False,
            asked=True,
        ),
    ] = None
    url: Annotated[
        str | None,
        Option("the address of Airflow's API server (http://localhost:8080)", filed=False, asked=True),
    ] = None
    user: Annotated[
        str,
        Option(
            f"who logs in there (admin); the password is in {PASSWORD}, or a token in {TOKEN}",
            filed=False,
            asked=True,
        ),
    ] = "admin"
    pause: Annotated[
        bool | None,
        Option(
            "yes: the DAG is paused, and nothing starts; no: it is not paused, even with --no-start",
            filed=False,
            asked=True,
        ),
    ] = None
    schedule: Annotated[
        bool,
        Option(
            "no: schedules stay as they are in Airflow, and a new one is off (yes)", filed=False, asked=True
        ),
    ] = True
    build: Annotated[
        bool,
        Option("no: build no images, as the workers have them from elsewhere (yes)", filed=False, asked=True),
    ] = True
    timeout: Annotated[
        int,
        Field(ge=1),
        Option("seconds that Airflow may take to read the DAG (600)", filed=False, asked=True),
    ] = 600

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("this is no address of a server: it begins with http:// or https://")
        return _without_password(url.rstrip("/"))

    @field_validator("git")
    @classmethod
    def _holds_no_password(cls, git: str | None) -> str | None:
        return _without_password(git) if git else None

    @field_validator("folder")
    @classmethod
    def _is_below(cls, text: str | None) -> str | None:
        if text is None:
            return None
        path = PurePosixPath(text)
        if not path.parts or path.is_absolute() or ".." in path.parts or not text.isprintable():
            raise ValueError(f"{text!r} is no folder below the DAGs folder")
        return path.as_posix()

    @model_validator(mode="after")
    def _go_to_one_place(self) -> AirflowSettings:
        if self.dags is not None and self.git is not None:
            raise ValueError("dags= and git= exclude each other: the files go to one place")
        return self


def settings_of(config: Config) -> AirflowSettings:
    """What `pipelift.toml` says of Airflow."""
    return config.settings("airflow", AirflowSettings)


def _without_password(url: str) -> str:
    """What stands in an address is shown in process lists, messages and logs."""
    if "://" in url and urlsplit(url).password:
        raise ValueError("the address holds a password, which others could read there")
    return url
