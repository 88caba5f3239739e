"""The stores and secrets of an output, where the engine of this host will look for them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipelift.app.doctor import Examination, Finding
from pipelift.backends.examination.asking import ask
from pipelift.compiler.output.manifest import Manifest
from pipelift.compiler.output.needs import StoreNeed
from pipelift.runtime import clients, databases, remotes
from pipelift.runtime.contract.paths import SECRETS, STATE
from pipelift.runtime.contract.secrets import FOLDER_VARIABLE
from pipelift.runtime.places import Place
from pipelift.runtime.secrets import Secrets


def examine_stores(examination: Examination) -> Iterator[Finding]:
    """Each store: a folder that can be read and written, a volume, a remote store that answers."""
    for store in examination.manifest.needs.stores:
        yield _EXAMINERS[store.kind](store, examination)


def examine_secrets(examination: Examination) -> Iterator[Finding]:
    """Each secret, where containers of this host find it: a file or folder below the folder of secrets."""
    secrets = host_secrets(examination.directory, examination.manifest, examination.environ)
    for need in examination.manifest.needs.secrets:
        subject = f"secret '{need.name}'"
        if secrets.holds(need.name):
            yield Finding(subject, "ok", "is there")
        else:
            users = ", ".join([*need.stores, *need.variables, *need.arguments, *need.parameters])
            yield Finding(
                subject, "missing", f"is not there, for {users}", f"Put it into {secrets.where(need.name)}."
            )


def host_secrets(directory: Path, manifest: Manifest, environ: Mapping[str, str]) -> Secrets:
    """The secrets that the engine of this host finds for the output in the folder `directory`."""
    configured = environ.get(FOLDER_VARIABLE)
    folder = directory / configured if configured else directory / manifest.needs.home / STATE / SECRETS
    return Secrets(os.path.normpath(folder), environ)


def _examine_folder(store: StoreNeed, examination: Examination) -> Finding:
    subject = f"store '{store.name}'"
    path = Path(os.path.normpath(examination.directory / store.where))
    line = f'[stores."{store.name}"] url = "FOLDER"'
    if not path.exists():
        if store.read_by:
            remedy = f"Put the data there, or say in pipelift.toml where it is: {line}"
            return Finding(subject, "missing", f"the folder {store.where} does not exist", remedy)
        return Finding(subject, "ok", f"the folder {store.where} will be made")
    if not path.is_dir():
        return Finding(
            subject, "missing", f"{store.where} is no folder", f"Name one in pipelift.toml: {line}"
        )
    if store.written_by and not os.access(path, os.W_OK):
        return Finding(
            subject, "missing", f"the folder {store.where} cannot be written", "Change who may write it."
        )
    return Finding(subject, "ok", f"the folder {store.where}")


def _examine_volume(store: StoreNeed, examination: Examination) -> Finding:
    subject = f"store '{store.name}'"
    answer = ask("docker", "volume", "inspect", store.where, environ=examination.environ)
    if answer.ok:
        return Finding(subject, "ok", f"the volume '{store.where}'")
    if store.read_by:
        remedy = f"docker volume create {store.where}, and put the data into it."
        return Finding(subject, "missing", f"there is no volume '{store.where}' with its data", remedy)
    return Finding(subject, "ok", f"the volume '{store.where}' will be made")


def _examine_claim(store: StoreNeed, examination: Examination) -> Finding:
    detail = f"is the claim '{store.where}', which only a cluster has"
    return Finding(
        f"store '{store.name}'", "missing", detail, "Give it another place for this target in pipelift.toml."
    )


def _examine_remote(store: StoreNeed, examination: Examination) -> Finding:
    """Ask for the top of the store, as the launcher would, from here."""
    subject = f"store '{store.name}'"
    secrets = host_secrets(examination.directory, examination.manifest, examination.environ)
    if store.secret is not None and not secrets.holds(store.secret):
        detail = f"{store.where} cannot be asked from here, without the secret '{store.secret}'"
        return Finding(
            subject,
            "unknown",
            detail,
            f"To have it asked, put the secret into {secrets.where(store.secret)}.",
        )
    place = Place(store.where, dict(store.options), store.secret)
    try:
        if store.kind == "database":
            databases.check(store.name, place, secrets)
        else:
            remotes.connect(place, secrets).listing("", 1)
    except FileNotFoundError:
        remedy = f'Make it, or name another in pipelift.toml: [stores."{store.name}"] url'
        return Finding(subject, "missing", f"{store.where} does not exist", remedy)
    except Exception as error:  # a client may raise anything
        failure = clients.failure(store.name, place, "", error, secrets)
        return Finding(
            subject, "missing", str(failure), "pipelift.toml and the secret say how it is reached."
        )
    return Finding(subject, "ok", f"{store.where} answers")


_EXAMINERS = {
    "folder": _examine_folder,
    "volume": _examine_volume,
    "claim": _examine_claim,
    "files": _examine_remote,
    "database": _examine_remote,
}
