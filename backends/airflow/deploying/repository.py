"""Takes the files of a DAG to a git repository that Airflow reads its DAGs from: clone, copy, commit, push."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipelift.backends.airflow.deploying.placing import Placement, place_files
from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.secrets.secrecy import clean_text, find_credentials

SECONDS = 600
_USER, _PASSWORD = "PIPELIFT_GIT_USER", "PIPELIFT_GIT_PASSWORD"
_HELPER = (
    f"""!f() {{ test "$1" = get && printf 'username=%s\\npassword=%s\\n' "${_USER}" "${_PASSWORD}"; }}; f"""
)
_REPOSITORY_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


def push(
    files: Mapping[str, bytes], repository: str, branch: str | None, folder: str, environ: Mapping[str, str]
) -> Placement:
    """Make `folder` of the repository hold `files`; where it does, nothing is committed. Raises `Refused` (PL568)."""
    git = shutil.which("git", path=environ.get("PATH"))
    if git is None:
        raise Refused("PL568", "git=… needs the git command, which is not on the PATH")
    repository, login = _split_login(repository)
    variables = {**environ, "GIT_TERMINAL_PROMPT": "0", **_pass_login(login, environ)}
    for name in _REPOSITORY_VARIABLES:
        variables.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="pipelift-git-") as home:
        clone = Path(home) / "dags"
        branch_options = () if branch is None else ("--branch", branch)
        source = os.path.abspath(repository) if Path(repository).is_dir() else repository
        _run_git(
            git,
            Path(home),
            variables,
            "clone",
            "--quiet",
            "--depth",
            "1",
            *branch_options,
            "--",
            source,
            str(clone),
        )
        placement = place_files(files, clone, folder)
        _run_git(git, clone, variables, "add", "--all", "--force", "--", folder)
        if _run_git(git, clone, variables, "status", "--porcelain", "--", folder):
            _run_git(
                git, clone, variables, "commit", "--quiet", "--message", f"Deploy {folder} with pipelift"
            )
            _run_git(git, clone, variables, "push", "--quiet", "origin", "HEAD")
    return Placement(Path(folder), placement.changed, placement.removed)


def _split_login(repository: str) -> tuple[str, tuple[str, str] | None]:
    """An address without its user name and password, and these: git would put both on command lines of its own."""
    parts = urlsplit(repository)
    if parts.scheme not in ("http", "https") or not parts.password:
        return repository, None
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return address, (unquote(parts.username or ""), unquote(parts.password))


def _pass_login(login: tuple[str, str] | None, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables by which git learns of a login and of no other, and keeps none (`gitcredentials`, helpers)."""
    if login is None:
        return {}
    count = int(environ.get("GIT_CONFIG_COUNT") or 0)
    entries = {
        f"GIT_CONFIG_{kind}_{count + place}": text
        for place, helper in enumerate(("", _HELPER))
        for kind, text in (("KEY", "credential.helper"), ("VALUE", helper))
    }
    return {**entries, "GIT_CONFIG_COUNT": str(count + 2), _USER: login[0], _PASSWORD: login[1]}


def _run_git(git: str, folder: Path, variables: Mapping[str, str], *words: str) -> str:
    """What git prints. Raises `Refused` with its last line."""
    try:
        result = subprocess.run(
            (git, *words),
            cwd=folder,
            env=dict(variables),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused("PL568", f"git {words[0]} does not end in {SECONDS} seconds") from None
    if result.returncode == 0:
        return result.stdout.strip()
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    reason = " ".join(lines)[-500:] or f"exit status {result.returncode}"
    secrets = (*find_credentials(reason), variables.get(_PASSWORD, ""))
    raise Refused("PL568", f"git {words[0]} failed: {clean_text(reason, secrets)}")
