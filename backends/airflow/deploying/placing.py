"""Puts the files of a DAG below a DAGs folder, and removes what an earlier deployment left there.

Airflow reads the folder at any moment, and tasks that run read support files from it. So no file is ever seen half
written, the DAG file comes last, and what is no longer needed goes after that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.output.folder import Output
from pipelift.runtime.contract.digests import digest
from pipelift.runtime.contract.files import write_whole

DEPLOYMENT = "deployment.json"
"""Beside the DAG file: the folder that relative ways start from, and the files that we wrote, with their sha256."""

_IGNORE = ".airflowignore"
_FOR_IMAGES = ("environments/", "sources/", "images.json")
_FOR_PEOPLE = ("REPORT.md", "pipeline.ir.json")


@dataclass(frozen=True, slots=True)
class Placement:
    """What was done: the `changed` and `removed` files, relative to `folder`."""

    folder: Path
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def read_worker_files(output: Output, base: str, dag_file: str) -> dict[str, bytes]:
    """The files that workers need, by path, in the order in which they are put in place: the DAG file comes last."""
    directory = output.directory
    excluded = (*_FOR_IMAGES, *_FOR_PEOPLE)
    paths = [file.path for file in output.manifest.files if not file.path.startswith(excluded)]
    if dag_file not in paths:
        raise Refused("PL567", f"{directory} holds no {dag_file}: compile it anew")
    try:
        files = {
            path: (directory / path).read_bytes() for path in sorted(paths, key=lambda path: path == dag_file)
        }
    except OSError as error:
        raise Refused("PL567", f"{error.filename} cannot be read: {error.strerror}") from None
    dag = files.pop(dag_file)
    sums = {path: digest(data) for path, data in {**files, dag_file: dag}.items()}
    note = {"base": base, "files": sums}
    return {**files, DEPLOYMENT: (json.dumps(note, indent=2, sort_keys=True) + "\n").encode(), dag_file: dag}


def place_files(files: Mapping[str, bytes], dags: Path, folder: str) -> Placement:
    """Make `folder` below `dags` hold `files`. Raises `Refused` (PL567) before anything is changed."""
    if not dags.is_dir():
        raise Refused("PL567", f"there is no folder {dags}")
    target = dags / folder
    earlier = _read_deployed(target)
    _check_ours(target, files, earlier)
    _check_not_ignored(dags, folder, files)
    changed = tuple(path for path, data in files.items() if _read(target / path) != data)
    removed = tuple(sorted(path for path in earlier.keys() - files.keys() if (target / path).is_file()))
    try:
        for path in changed:
            _write(target / path, files[path])
        for path in removed:
            _remove(target, path)
    except OSError as error:
        raise Refused("PL567", f"{target} cannot be written: {error.strerror} ('{error.filename}')") from None
    return Placement(target, changed, removed)


def _read_deployed(target: Path) -> dict[str, str]:
    """The files that an earlier deployment wrote, with their sha256."""
    data = _read(target / DEPLOYMENT)
    if data is None:
        return {}
    try:
        files = json.loads(data)["files"]
        return {str(path): str(digest) for path, digest in files.items() if _is_below(str(path))}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused("PL567", f"{target / DEPLOYMENT} was not written by this version of pipelift") from None


def _is_below(path: str) -> bool:
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts


def _check_ours(target: Path, files: Mapping[str, bytes], earlier: Mapping[str, str]) -> None:
    """Nothing that somebody else wrote, or changed, is overwritten."""
    foreign = [
        path
        for path in sorted({*files, *earlier} - {DEPLOYMENT})
        if (data := _read(target / path)) is not None
        and data != files.get(path)
        and digest(data) != earlier.get(path)
    ]
    if foreign:
        names = ", ".join(foreign[:5])
        help = "Keep what you need of them, remove them, and deploy again; or name another with --set folder=NAME."
        raise Refused("PL567", f"{target} holds files that no deployment left like that: {names}", help)


def _check_not_ignored(dags: Path, folder: str, files: Mapping[str, bytes]) -> None:
    """An ``.airflowignore`` further up must not hide the DAG file."""
    dag_file = list(files)[-1]
    parts = PurePosixPath(folder).parts
    for depth in range(len(parts)):
        above = dags.joinpath(*parts[:depth])
        patterns = _read(above / _IGNORE)
        if patterns is None:
            continue
        dag_path = PurePosixPath(*parts[depth:], dag_file).as_posix()
        if _is_ignored(dag_path, patterns.decode("utf-8", "replace")):
            raise Refused("PL567", f"{above / _IGNORE} keeps Airflow from reading {dag_path}")


def _is_ignored(path: str, patterns: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(patterns.splitlines()).match_file(path)
    except ValueError:
        return False


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(str(path), data)


def _remove(target: Path, path: str) -> None:
    """Remove a file of ours, and the folders that it leaves empty."""
    (target / path).unlink()
    for parent in (target / path).relative_to(target).parents:
        with suppress(OSError):
            if parent != Path():
                (target / parent).rmdir()
