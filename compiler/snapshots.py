"""Source directories as snapshots: which files travel with a step, their bytes, and one digest over both.

The rules are the SDK's (`azureml-sdk-v1.md` §3.4): `.amlignore` in the root of the directory, only without it
`.gitignore`; never both, none below the root. Beyond these, what tools write never travels: see `_NEVER`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.ir import Pipeline, Script, Snapshot, SnapshotFile
from pipelift.compiler.masking import holds_secret, spells_secret
from pipelift.compiler.places import Folder, place
from pipelift.compiler.secrecy import shows_credential

MAX_BYTES = 300 * 1024 * 1024
"""The SDK's limit of a snapshot (`SNAPSHOT_MAX_SIZE_BYTES`)."""

_NEVER = frozenset({".git", ".pipelift", "__pycache__", ".ipynb_checkpoints"})
"""Folders that tools write: their content differs between machines, and would defeat reuse."""

Contents = dict[str, dict[str, bytes]]


def read_snapshots(
    pipeline: Pipeline, outside: Outside, config: Config, reporter: Reporter
) -> tuple[Pipeline, Contents]:
    """The pipeline with its snapshots' files and digests, and their bytes by snapshot and path.

    A folder or script that is not there is reported.
    """
    reading = _Reading(outside, _store_folders(pipeline, config), reporter)
    contents: Contents = {}
    snapshots = []
    for snapshot in pipeline.snapshots:
        root = Path(os.path.normpath(outside.folder / snapshot.directory))
        if not outside.is_dir(str(root)):
            message = f"the source directory '{snapshot.directory}' does not exist"
            reporter.report("PL310", message, snapshot.span)
        contents[snapshot.id] = _read(root, reading, snapshot)
        snapshots.append(_described(snapshot, contents[snapshot.id]))
    _check_scripts(pipeline, contents, reporter)
    return pipeline.model_copy(update={"snapshots": tuple(snapshots)}), contents


def _store_folders(pipeline: Pipeline, config: Config) -> frozenset[Path]:
    """Folders that hold data: a snapshot of the whole project must not carry them."""
    places = (place(config, store.name, "local") for store in pipeline.stores)
    return frozenset(Path(os.path.abspath(where.path)) for where in places if isinstance(where, Folder))


@dataclass(frozen=True, slots=True)
class _Reading:
    """What reading a snapshot takes: the files, the folders that hold data, and whom to tell."""

    outside: Outside
    stores: frozenset[Path]
    reporter: Reporter


def _read(root: Path, reading: _Reading, snapshot: Snapshot) -> dict[str, bytes]:
    outside, reporter = reading.outside, reading.reporter
    found: dict[str, bytes] = {}
    size = 0
    ignored = _ignore_rules(root, outside)
    for path in sorted({*_files(root, reading.stores), *_written(root, outside)}):
        if ignored.match_file(path) or _is_dotenv(Path(path).name):
            continue
        try:
            found[path] = outside.read(str(root / path), MAX_BYTES)
        except OSError as error:
            reporter.report(
                "PL312", f"'{snapshot.directory}/{path}' cannot be read: {error.strerror}", snapshot.span
            )
            continue
        if not _may_travel(root / path, found[path], reading, snapshot, path):
            del found[path]
            continue
        size += len(found[path])
        if size > MAX_BYTES:
            message = f"the source directory '{snapshot.directory}' holds more than 300 MB, the SDK's limit"
            reporter.report("PL312", message, snapshot.span)
            break
    return found


def _is_dotenv(name: str) -> bool:
    """Whether a file holds variables of one machine: ``.env``, ``.env.local``, ``prod.env``; an example is code."""
    if name.endswith((".example", ".sample", ".template")):
        return False
    return name.startswith(".env.") or name.endswith(".env")


def _may_travel(file: Path, data: bytes, reading: _Reading, snapshot: Snapshot, path: str) -> bool:
    """Whether a file goes along: the pipeline file does not if it holds a secret; any other with one is reported."""
    secrets, reporter = reading.reporter.secrets, reading.reporter
    if file == reading.outside.main:
        text = data.decode("utf-8", "replace")
        if not holds_secret(text, secrets):
            return True
        message = f"{file.name} holds a secret: it stays out of the snapshot of '{snapshot.directory}'"
        reporter.report("PL315", message, snapshot.span)
        return False
    spelled = (
        bool(secrets) and path.endswith(".py") and spells_secret(data.decode("utf-8", "replace"), secrets)
    )
    if spelled or secrets.found_in_bytes(data) or shows_credential(data):
        where = os.path.normpath(os.path.join(snapshot.directory, path))
        reporter.report("PL316", f"'{where}' holds a secret, and would travel with the steps", snapshot.span)
    return True


def _ignore_rules(root: Path, outside: Outside) -> GitIgnoreSpec:
    for name in (".amlignore", ".gitignore"):
        if outside.is_file(str(root / name)):
            return GitIgnoreSpec.from_lines(
                outside.read(str(root / name)).decode("utf-8", "replace").splitlines()
            )
    return GitIgnoreSpec([])


def _files(root: Path, stores: frozenset[Path]) -> Iterator[str]:
    """The files below `root`, following links as the SDK does, each folder once."""
    seen: set[str] = set()
    for folder, names, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen or Path(folder) in stores or (Path(folder) != root and _is_output(Path(folder))):
            names.clear()
            continue
        seen.add(real)
        names[:] = sorted(name for name in names if name not in _NEVER and ".pipelift-" not in name)
        for name in files:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                yield Path(os.path.relpath(path, root)).as_posix()


def _is_output(folder: Path) -> bool:
    """Whether a folder is one of our own output folders."""
    manifest = folder / "manifest.json"
    if not manifest.is_file() or not (folder / "pipeline.ir.json").is_file():
        return False
    try:
        return "pipelift" in json.loads(manifest.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False


def _written(root: Path, outside: Outside) -> Iterator[str]:
    """The files below `root` that the program itself writes."""
    prefix = f"{root}/"
    for name in outside.written:
        if name.startswith(prefix):
            yield name[len(prefix) :]


def _described(snapshot: Snapshot, files: Mapping[str, bytes]) -> Snapshot:
    entries = tuple(
        SnapshotFile(path=path, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        for path, data in sorted(files.items())
    )
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(f"{entry.path}\0{entry.sha256}\n".encode("utf-8", "surrogateescape"))
    return snapshot.model_copy(update={"files": entries, "digest": digest.hexdigest()})


def _check_scripts(pipeline: Pipeline, contents: Contents, reporter: Reporter) -> None:
    directories = {snapshot.id: snapshot.directory for snapshot in pipeline.snapshots}
    for step in pipeline.steps:
        if not isinstance(step.run, Script) or step.unsupported or not contents[step.snapshot]:
            continue
        if not step.run.path:  # not known, which is told already
            continue
        path = os.path.normpath(step.run.path)
        if path not in contents[step.snapshot]:
            message = f"step '{step.name}': script not found at '{directories[step.snapshot]}/{path}'"
            reporter.report("PL311", message, step.span, step=step.name)
