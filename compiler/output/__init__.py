"""Writing an output folder: complete or not at all, and never over what the user has changed in it.

The folder is built beside its place, checked there, and put in place by two renames (`output.swap`). What was
in it before is sorted first (`output.survey`):

- a file that we wrote and nobody changed is replaced, or removed if it is no longer produced;
- a file that we wrote and the user changed, or that stands where we want to write one, stops the output,
  unless `force` is given;
- what the user added elsewhere (an ``.env.local``, a ``values.override.yaml``) is kept, and so is
  ``.pipelift/``;
- ``__pycache__`` folders go.

A folder without our ``manifest.json`` is not ours, and `force` does not make it so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.ir.writing import write_node
from pipelift.compiler.output import manifest
from pipelift.compiler.output.fidelity import report_page
from pipelift.compiler.output.needs import NOTHING, Needs
from pipelift.compiler.output.survey import Survey, survey
from pipelift.compiler.output.swap import drop_caches, locked, repaired, stage, staging_place, swap
from pipelift.compiler.reading.contents import Content as FileContent
from pipelift.compiler.repository.provenance import GitFacts
from pipelift.compiler.target import Artifacts

IR_NAME = "pipeline.ir.json"
REPORT_NAME = "REPORT.md"
RESERVED = frozenset({IR_NAME, REPORT_NAME, manifest.NAME})

_LISTED = 10


@dataclass(frozen=True, slots=True)
class Written:
    """What `write` did; all paths are relative to `directory`.

    `replaced` is False where nothing had to change, and where the check found errors and the folder stayed as
    it was. `files` are all that we produce; `changed`, `removed` and `kept` say what became of the rest.
    """

    directory: Path
    replaced: bool
    files: tuple[str, ...]
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """What an output folder is to hold: the `artifacts` of `target` made from `pipeline`.

    `git` is where the pipeline comes from, `needs` what has to be there when the output runs: manifest and report
    tell both.
    """

    pipeline: Pipeline
    target: str
    artifacts: Artifacts
    git: GitFacts | None = None
    needs: Needs = NOTHING


def ir_text(pipeline: Pipeline) -> str:
    """`pipeline.ir.json` as it is written."""
    return write_node(pipeline)


def write(
    directory: Path,
    content: Content,
    reporter: Reporter,
    *,
    force: bool = False,
    verify: Callable[[Path, Reporter], None] | None = None,
) -> Written:
    """Make `directory` hold the artifacts of `content`, the IR, the manifest and the report.

    `verify` is called with the complete folder before it is put in place; if `reporter` then has errors,
    nothing is replaced. Two calls at once for folders in one parent wait for each other. Raises `Refused` (PL540 to
    PL542, PL321 where a source file has changed); `ValueError` for a path that no target may write and `RuntimeError`
    where the check itself fails, which are faults of ours.
    """
    plan = _complete(content, reporter)
    executable = content.artifacts.executable
    directory = Path(os.path.abspath(directory))
    try:
        _check_place(directory)
        directory.parent.mkdir(parents=True, exist_ok=True)
        with locked(directory.parent), repaired(directory):
            found = survey(directory, plan, executable)
            if found.refused and not force:
                raise Refused("PL540", _edited(directory, found.refused))
            return _replace(directory, plan, executable, found, reporter, verify)
    except OSError as error:
        where = f" ('{error.filename}')" if error.filename else ""
        raise Refused("PL542", f"'{directory}' cannot be written: {error.strerror}{where}") from error


def _complete(content: Content, reporter: Reporter) -> dict[str, FileContent]:
    """All files of the folder, by path."""
    pipeline, target, git, needs = content.pipeline, content.target, content.git, content.needs
    files, executable = content.artifacts.files, content.artifacts.executable
    for path in files:
        pure = PurePosixPath(path)
        if pure.is_absolute() or str(pure) != path or {".", ".."} & set(pure.parts) or path in RESERVED:
            raise ValueError(f"a target may not write {path!r}")
    report = report_page(pipeline, target, git, reporter, needs)
    plan: dict[str, FileContent] = {
        **files,
        IR_NAME: ir_text(pipeline).encode(),
        REPORT_NAME: report.encode("utf-8", "replace"),
    }
    made = manifest.make_manifest(pipeline, target, git, plan, executable, reporter, needs)
    return dict(sorted({**plan, manifest.NAME: made.text().encode()}.items()))


def _check_place(directory: Path) -> None:
    if directory.is_symlink():
        message = f"'{directory}' is a symbolic link to '{os.readlink(directory)}'; name that folder itself"
        raise Refused("PL542", message)
    if directory.exists() and not directory.is_dir():
        raise Refused("PL542", f"'{directory}' is a file, not a folder")
    if os.path.ismount(directory):  # pathlib looks twice, and another process may be replacing the folder
        raise Refused("PL542", f"'{directory}' is a mount point and cannot be replaced; name a folder in it")


def _replace(
    directory: Path,
    plan: Mapping[str, FileContent],
    executable: frozenset[str],
    found: Survey,
    reporter: Reporter,
    verify: Callable[[Path, Reporter], None] | None,
) -> Written:
    with staging_place(directory) as staged:
        stage(staged, plan, executable)
        if verify is not None:
            _check(verify, staged, reporter)
        if reporter.failed:
            return Written(directory, False, tuple(plan))
        changed = plan.keys() - found.same
        removed = found.removed | (found.refused - plan.keys())
        if changed or removed:
            swap(directory, staged, found.kept)
    rest = [tuple(sorted(paths)) for paths in (changed, removed, found.kept)]
    return Written(directory, bool(changed or removed), tuple(plan), *rest)


def _check(verify: Callable[[Path, Reporter], None], staged: Path, reporter: Reporter) -> None:
    try:
        verify(staged, reporter)
    except OSError as error:
        # not a matter of the place that we write to, and so not the user's to mend
        raise RuntimeError(f"the check of the output failed: {error}") from error
    drop_caches(staged)


def _edited(directory: Path, files: Collection[str]) -> str:
    shown = sorted(files)[:_LISTED]
    more = f" and {len(files) - len(shown)} more" if len(files) > len(shown) else ""
    names = ", ".join(f"'{path}'" for path in shown)
    return f"'{directory}' holds files that were changed since they were compiled: {names}{more}"


__all__ = ["IR_NAME", "REPORT_NAME", "RESERVED", "Content", "Written", "ir_text", "write"]
