"""Source directories as snapshots: which files travel with a step, and one digest over their names and bytes.

The rules are the SDK's (`azureml-sdk-v1.md` §3.4): `.amlignore` in the root of the directory, only without it
`.gitignore`; never both, none below the root. Beyond these, what tools write never travels: see `_NEVER`.
"""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipelift.compiler.config import Config
from pipelift.compiler.config.places import Folder, place
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.spelling import spell_out
from pipelift.compiler.evaluate.outside import MAX_DEPTH, Outside
from pipelift.compiler.evaluate.values import Unknown
from pipelift.compiler.ir import Pipeline, Script, Snapshot, SnapshotFile
from pipelift.compiler.ir.walk import texts
from pipelift.compiler.passes.ignoring import MAX_FOLDER_STARS, read_rules
from pipelift.compiler.passes.writers import explain_script, find_writers
from pipelift.compiler.reading.contents import Content, digest_of
from pipelift.compiler.reading.reach import OutOfReach
from pipelift.compiler.secrets.masking import holds_secret, spells_secret
from pipelift.compiler.secrets.secrecy import shows_credential
from pipelift.runtime.contract.digests import digest
from pipelift.runtime.contract.paths import STATE

MAX_BYTES = 300 * 1024 * 1024
"""The SDK's limit of a snapshot (`SNAPSHOT_MAX_SIZE_BYTES`)."""

_NEVER = frozenset({".git", STATE, "__pycache__", ".ipynb_checkpoints"})
"""Folders that tools write: their content differs between machines, and would defeat reuse."""

Contents = Mapping[str, Mapping[str, Content]]
"""What the files of each snapshot hold, by its id and by path."""


def read_snapshots(
    pipeline: Pipeline, outside: Outside, config: Config, reporter: Reporter
) -> tuple[Pipeline, Contents]:
    """The pipeline with its snapshots' files and digests, and what the files hold by snapshot and path.

    A folder or script that is not there is reported.
    """
    stores = _store_folders(pipeline, config)
    contents: dict[str, Mapping[str, Content]] = {}
    snapshots = []
    for snapshot in pipeline.snapshots:
        root = Path(os.path.normpath(outside.folder / snapshot.directory))
        words = frozenset(_list_words(pipeline, snapshot))
        reading = _Reading(snapshot, root, outside, stores, reporter, words)
        contents[snapshot.id] = _read(reading)
        snapshots.append(_described(snapshot, contents[snapshot.id]))
    _check_scripts(pipeline, contents, outside, reporter)
    return replace(pipeline, snapshots=tuple(snapshots)), contents


def _list_words(pipeline: Pipeline, snapshot: Snapshot) -> Iterator[str]:
    """What the steps of a snapshot run, and the texts among their arguments."""
    for step in pipeline.steps:
        if step.snapshot == snapshot.id:
            yield from texts(step.run)
            for argument in step.arguments:
                yield from texts(argument)


def _store_folders(pipeline: Pipeline, config: Config) -> frozenset[Path]:
    """Folders that hold data: a snapshot of the whole project must not carry them."""
    places = (place(config, store.name, "local") for store in pipeline.stores)
    return frozenset(Path(os.path.abspath(where.path)) for where in places if isinstance(where, Folder))


@dataclass(frozen=True, slots=True)
class _Reading:
    """What reading a snapshot takes: its folder, the files, the folders that hold data, and whom to tell.

    `words` are those of the steps' command lines.
    """

    snapshot: Snapshot
    root: Path
    outside: Outside
    stores: frozenset[Path]
    reporter: Reporter
    words: frozenset[str]

    def tell(self, code: str, path: str, problem: str, help: str = "") -> None:
        """Report what is wrong with the file or folder `path` of the snapshot."""
        message = f"'{self.snapshot.directory}/{spell_out(path)}' {problem}"
        self.reporter.report(code, message, self.snapshot.span, help=help)

    def tell_unknown(self, path: str, unknown: Unknown) -> None:
        """Report that what the program writes into `path` is not known."""
        if unknown.root.unread:
            self.tell_way_out(path, unknown.root.supply)
            return
        supply = unknown.supply or unknown.root.supply
        problem = f"travels without what the program writes into it: {unknown.root.reason}"
        self.tell("PL320", path, problem, f"Supply it: {supply}." if supply else "")

    def tell_way_out(self, path: str, allow: str) -> None:
        """Report that `path` leads out of the project; `allow` is the option that would let it be read."""
        remedy = (
            f"If you trust the project, let pipelift read it: {allow}. Or name it in .amlignore, or go on "
            "without it: --allow PL317."
        )
        self.tell("PL317", path, "leads out of the project, and stays out of the snapshot", remedy)


def _read(reading: _Reading) -> dict[str, Content]:
    _check_root(reading)
    found: dict[str, Content] = {}
    size = 0
    for path in _paths(reading):
        try:
            data = reading.outside.read(str(reading.root / path), MAX_BYTES)
        except OutOfReach as refusal:
            reading.tell_way_out(path, refusal.allow)
            continue
        except OSError as error:
            reading.tell("PL312", path, f"cannot be read: {error.strerror}")
            continue
        if not _may_travel(path, data, reading):
            continue
        found[path] = reading.outside.note_content(str(reading.root / path), data)
        size += len(data)
        if size > MAX_BYTES:
            message = (
                f"the source directory '{reading.snapshot.directory}' holds more than 300 MB, the SDK's limit"
            )
            reading.reporter.report("PL312", message, reading.snapshot.span)
            break
    return found


def _check_root(reading: _Reading) -> None:
    """Report a source directory that is not there, or that lies outside the project."""
    if reading.outside.is_dir(str(reading.root)):
        return
    refusal = reading.outside.refusal(str(reading.root), folder=True)
    problem = "does not exist" if refusal is None else "lies outside the project"
    remedy = "" if refusal is None else f"If you trust the project, let pipelift read it: {refusal.allow}."
    written = reading.outside.spellings.get(str(reading.root), reading.snapshot.directory)
    message = f"the source directory '{spell_out(written)}' {problem}"
    reading.reporter.report("PL310", message, reading.snapshot.span, help=remedy)


def _paths(reading: _Reading) -> Iterator[str]:
    """The files that travel, sorted. Reported are folders that lie outside the project, and names that no artifact can
    hold."""
    is_ignored = _ignore_rules(reading)
    beyond: list[Path] = []
    for path in sorted({*_files(reading, beyond), *_written(reading.root, reading.outside)}):
        if is_ignored(path) or _is_dotenv(Path(path).name):
            continue
        if "\0" in path:  # a file that the program writes, by the name of one that it has read, say
            reading.tell("PL312", path, "cannot travel: its name has a null byte")
        elif spell_out(path) == path:
            yield path
        else:
            reading.tell("PL312", path, "cannot travel: its name is not UTF-8")
    for folder in beyond:
        refusal = reading.outside.reach.refusal(folder, folder=True)
        path = Path(os.path.relpath(folder, reading.root)).as_posix()
        if refusal is not None and not is_ignored(f"{path}/"):
            reading.tell_way_out(path, refusal.allow)
    for path, unknown in reading.outside.list_unknown_below(reading.root).items():
        if not is_ignored(path):
            reading.tell_unknown(path, unknown)


def _is_dotenv(name: str) -> bool:
    """Whether a file holds variables of one machine: ``.env``, ``.env.local``, ``prod.env``; an example is code."""
    if name.endswith((".example", ".sample", ".template")):
        return False
    return name.startswith(".env.") or name.endswith(".env")


def _may_travel(path: str, data: bytes, reading: _Reading) -> bool:
    """Whether a file goes along: neither the pipeline file nor a notebook that no step names does if it holds a secret,
    as the outputs of cells do; any other file with one is reported.
    """
    secrets, snapshot = reading.reporter.secrets, reading.snapshot
    if reading.root / path == reading.outside.main:
        text = data.decode("utf-8", "replace")
        if not holds_secret(text, secrets):
            return True
        _report_left_out(path, reading)
        return False
    spelled = (
        bool(secrets) and path.endswith(".py") and spells_secret(data.decode("utf-8", "replace"), secrets)
    )
    if spelled or secrets.found_in_bytes(data) or shows_credential(data):
        if path.endswith(".ipynb") and not any(Path(path).name in word for word in reading.words):
            _report_left_out(path, reading)
            return False
        where = posixpath.normpath(posixpath.join(snapshot.directory, path))
        message = f"'{where}' holds a secret, and would travel with the steps"
        reading.reporter.report("PL316", message, snapshot.span)
    return True


def _report_left_out(path: str, reading: _Reading) -> None:
    message = (
        f"{Path(path).name} holds a secret: it stays out of the snapshot of '{reading.snapshot.directory}'"
    )
    reading.reporter.report("PL315", message, reading.snapshot.span)


def _ignore_rules(reading: _Reading) -> Callable[[str], bool]:
    """Which files the ignore file leaves out, by their paths; rules that cannot be followed are reported."""
    for name in (".amlignore", ".gitignore"):
        file = str(reading.root / name)
        if reading.outside.is_file(file):
            return _read_ignore_file(name, reading)
        if _leads_out(reading.root / name, reading.outside):
            break  # it is told as one of the files, and the next one must not rule in its place
    return lambda path: False


def _read_ignore_file(name: str, reading: _Reading) -> Callable[[str], bool]:
    try:
        text = reading.outside.read(str(reading.root / name)).decode("utf-8-sig", "replace")
    except OSError as error:
        reading.tell("PL312", name, f"cannot be read: {error.strerror}")
        return lambda path: False
    rules = read_rules(text)
    for line in rules.unreadable:
        reading.tell("PL322", name, f"has the line '{line}', which is no pattern: it leaves nothing out")
    for line in rules.excessive:
        most = f"more than {MAX_FOLDER_STARS} times '**'"
        reading.tell("PL312", name, f"has the line '{line}', which has {most} and would take too long")
    return rules.leave_out


def _leads_out(path: Path, outside: Outside) -> bool:
    return outside.reach.holds(path.parent) and os.path.lexists(path) and not outside.reach.holds(path)


def _files(reading: _Reading, beyond: list[Path]) -> Iterator[str]:
    """The files below the root, following links as the SDK does, each folder once.

    `beyond` gets the folders that lie outside the project: they are not entered.
    """
    reach, root = reading.outside.reach, reading.root
    seen: set[str] = set()
    waiting = [(root, os.path.realpath(root))] if reach.holds(root) and os.path.isdir(root) else []
    while waiting:
        folder, real = waiting.pop()
        if (
            real in seen
            or folder in reading.stores
            or (folder != root and _is_output(folder, reading.outside))
        ):
            continue
        seen.add(real)
        inner: list[tuple[Path, str]] = []
        if len(folder.parts) - len(root.parts) > MAX_DEPTH:
            deep = Path(os.path.relpath(folder, root)).as_posix()
            reading.tell("PL312", deep, f"nests more than {MAX_DEPTH} folders deep, and is left out")
            continue
        for name in _listed(folder, reading):
            path = folder / name
            if os.path.isfile(path):
                yield Path(os.path.relpath(path, root)).as_posix()
            elif name not in _NEVER and ".pipelift-" not in name and os.path.isdir(path):
                target = _real_folder(path, real)
                if reach.holds_real(target):
                    inner.append((path, target))
                else:
                    beyond.append(path)
        waiting += reversed(inner)


def _real_folder(path: Path, above: str) -> str:
    """The real path of a folder, from that of the one `above` where no link leads there: resolving all of the way for
    each folder is quadratic in the depth. A junction of Windows is no link to Python before 3.12."""
    if os.name == "nt" or os.path.islink(path):
        return os.path.realpath(path)
    return os.path.join(above, path.name)


def _listed(folder: Path, reading: _Reading) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError as error:
        path = Path(os.path.relpath(folder, reading.root)).as_posix()
        reading.tell("PL312", path, f"cannot be read: {error.strerror}")
        return []


def _is_output(folder: Path, outside: Outside) -> bool:
    """Whether a folder is one of our own output folders."""
    manifest = folder / "manifest.json"
    if not os.path.isfile(manifest) or not os.path.isfile(folder / "pipeline.ir.json"):
        return False
    try:
        return "pipelift" in json.loads(outside.read(str(manifest), MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return False


def _written(root: Path, outside: Outside) -> Iterator[str]:
    """The files below `root` that the program itself writes."""
    prefix = f"{root}{os.sep}"
    for name in outside.written:
        if name.startswith(prefix):
            yield name[len(prefix) :].replace(os.sep, "/")


def _described(snapshot: Snapshot, files: Mapping[str, Content]) -> Snapshot:
    entries = tuple(
        SnapshotFile(path=path, sha256=digest_of(content), size=len(content))
        for path, content in sorted(files.items())
    )
    lines = "".join(f"{entry.path}\0{entry.sha256}\n" for entry in entries)
    whole = digest(lines.encode("utf-8", "surrogateescape"))
    return replace(snapshot, files=entries, digest=whole)


def _check_scripts(pipeline: Pipeline, contents: Contents, outside: Outside, reporter: Reporter) -> None:
    directories = {snapshot.id: snapshot.directory for snapshot in pipeline.snapshots}
    for step in pipeline.steps:
        if not isinstance(step.run, Script) or step.unsupported or not contents[step.snapshot]:
            continue
        root = os.path.normpath(outside.folder / directories[step.snapshot])
        if not step.run.path or root in outside.guessed:  # not known, which is told already
            continue
        path = posixpath.normpath(step.run.path)
        if path not in contents[step.snapshot]:
            message = f"step '{step.name}': script not found at '{directories[step.snapshot]}/{path}'"
            causes, remedy = explain_script(find_writers(outside, os.path.join(root, path)))
            reporter.report("PL311", message, step.span, causes=causes, help=remedy, step=step.name)
