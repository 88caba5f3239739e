"""Results kept for reuse: their size and age, which may be removed, and the removal.

A removal renames the record of the result before it touches the files, so that no run finds it any more. Results that
a running run may read stay: those of local runs that hold their lock, and all used within `GRACE`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelift.app.history.left import is_below
from pipelift.app.history.state import Run, State
from pipelift.compiler.config import Config
from pipelift.compiler.config.places import Folder, Remote, place
from pipelift.compiler.target import load_targets
from pipelift.runtime.contract.paths import FAILED, LOG_FILE, MIRRORS, OUTPUTS, REUSE, STEPS, STORES
from pipelift.runtime.contract.record import Output, Record, read_record

GRACE = 3600.0
"""Seconds in which a result counts as in use: an engine in containers does not tell whether its run still runs."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One result: `used` is when it was made or last reused, in seconds since 1970; `size` is in bytes.

    `folders` are those that hold nothing else and go with it; outputs at destinations that the pipeline names
    stay, and `stays` says where they are. `whole` is False where an output is gone. `record` is None for what
    failed steps have left, which no run reads.
    """

    key: str
    step: str
    pipeline: str
    run: str
    used: float
    size: int
    folders: tuple[Path, ...]
    stays: tuple[Path, ...]
    whole: bool
    record: Path | None


@dataclass(frozen=True, slots=True)
class Rule:
    """What to remove: results unused for that many seconds, all but the newest `keep` of each step, or unused ones.

    A result goes if all rules that are given select it.
    """

    older_than: float | None = None
    keep: int | None = None
    unused: bool = False


def list_results(state: State, config: Config) -> tuple[Entry, ...]:
    """All results and leftovers, the one that was used last first."""
    results = [
        entry
        for path in (state.folder / REUSE).glob("*.json")
        if (entry := _read_entry(path, state, config)) is not None
    ]
    results += _list_leftovers(state, config)
    return tuple(sorted(results, key=lambda entry: (-entry.used, entry.key)))


def choose_results(results: Iterable[Entry], state: State, rule: Rule, now: float) -> tuple[Entry, ...]:
    """Choose those of `results` that the rule selects and no run needs."""
    results = list(results)
    needed = _find_in_use(state, now)
    newest = _find_newest(results, rule.keep) if rule.keep is not None else set()
    last = _find_last_used(state) if rule.unused else set()

    def goes(entry: Entry) -> bool:
        if (entry.run, entry.step) in needed or now - entry.used < GRACE:
            return False
        if rule.older_than is not None and now - entry.used < rule.older_than:
            return False
        return entry.key not in newest and (entry.run, entry.step) not in last

    return tuple(entry for entry in results if goes(entry))


def remove_result(entry: Entry, now: float) -> bool:
    """Remove one result, record first; False if a run has begun to use it meanwhile. Raises `OSError`."""
    if entry.record is not None:
        aside = entry.record.with_suffix(".pruned")
        try:
            entry.record.rename(aside)
        except FileNotFoundError:
            return False  # a prune beside this one was faster
        if now - aside.stat().st_mtime < GRACE:
            aside.rename(entry.record)
            return False
        aside.unlink()
    for folder in entry.folders:
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
        else:
            folder.unlink(missing_ok=True)
        _remove_empty(folder.parent)
    return True


def _remove_empty(folder: Path) -> None:
    """Remove the folder of the step's run if it is empty."""
    with contextlib.suppress(OSError):
        folder.rmdir()


def _read_entry(path: Path, state: State, config: Config) -> Entry | None:
    record = read_record(str(path)) or Record()
    if not {"run", "step", "outputs"} <= record.keys():
        return None
    made_by = f"{record['run']}_{record['step']}"
    folders, stays, size, whole = [], [], 0, True
    for output in record["outputs"].values():
        place = _find_place(output, state, config)
        if place is None:
            whole = whole and _is_remote(output["store"], config)  # which is not asked here
        elif not _is_own(output, made_by):
            stays.append(place)
        else:
            folders.append(place)
            size += _measure_size(place)
    try:
        used = path.stat().st_mtime
    except FileNotFoundError:
        return None
    return Entry(
        key=path.stem,
        step=record["step"],
        pipeline=record.get("pipeline") or "?",
        run=record["run"],
        used=used,
        size=size,
        folders=tuple(folders),
        stays=tuple(stays),
        whole=whole,
        record=path,
    )


def _is_own(output: Output, made_by: str) -> bool:
    """Whether an output lies where nothing else does: in the folder that its run has below `OUTPUTS`.

    Whatever else the record says, only that is ever deleted.
    """
    explicit = output.get("explicit", True) or output.get("names") is not None
    parts = output["path"].split("/")
    return not explicit and len(parts) == 3 and parts[0] in OUTPUTS and parts[1] == made_by


def _list_leftovers(state: State, config: Config) -> Iterator[Entry]:
    """What failed steps wrote before they failed."""
    for root in find_store_folders(state, config):
        folder = root / FAILED
        leftovers = folder.iterdir() if is_below(root, f"{FAILED}/_") and folder.is_dir() else ()
        for leftover in leftovers:
            yield Entry(
                key=f"failed:{leftover.name}",
                step=leftover.name,
                pipeline="?",
                run="?",
                used=leftover.lstat().st_mtime,
                size=_measure_size(leftover),
                folders=(leftover,),
                stays=(),
                whole=True,
                record=None,
            )


def _find_place(output: Output, state: State, config: Config) -> Path | None:
    """Find where an output lies on this machine; None if no store's folder has it."""
    for root in _list_roots(output["store"], state, config):
        path: Path = root / output["path"]
        if is_below(root, output["path"]) and path.exists():
            return path
    return None


def _list_roots(store: str, state: State, config: Config) -> Iterator[Path]:
    yield state.folder / STORES / store
    yield state.folder / MIRRORS / store  # of a remote store: what is here can go, what is there stays
    for target in _sharing_targets():
        where = place(config, store, target)
        if isinstance(where, Folder):
            yield where.path.absolute()


def _sharing_targets() -> tuple[str, ...]:
    """The targets whose runs leave their results in this state."""
    return tuple(target.name for target in load_targets() if target.shares_state)


def _is_remote(store: str, config: Config) -> bool:
    return any(isinstance(place(config, store, target), Remote) for target in _sharing_targets())


def find_store_folders(state: State, config: Config) -> tuple[Path, ...]:
    """The folders of all stores that are known here, each once."""
    names = {*config.stores, *(path.name for path in (state.folder / STORES).glob("*/"))}
    folders = [root for name in sorted(names) for root in _list_roots(name, state, config) if root.is_dir()]
    return tuple({root.resolve(): root for root in folders}.values())


def _measure_size(path: Path) -> int:
    if path.is_symlink() or path.is_file():
        return path.lstat().st_size
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except FileNotFoundError:
                continue
    return total


def _find_in_use(state: State, now: float) -> set[tuple[str, str]]:
    """Find (run, step) of the results that running runs have made or reused."""
    going = [
        run
        for run in state.runs
        if run.is_going or (not run.about and now - _last_touched(run.folder) < GRACE)
    ]
    return _collect_used(going)


def _last_touched(folder: Path) -> float:
    paths = (folder, *folder.glob(f"{STEPS}/*"), *folder.glob(f"{STEPS}/*/{LOG_FILE}"))
    times = [0.0]
    for path in paths:
        with contextlib.suppress(FileNotFoundError):  # a run beside this one has just moved or removed it
            times.append(path.stat().st_mtime)
    return max(times)


def _find_last_used(state: State) -> set[tuple[str, str]]:
    """Find (run, step) of the results that the last run of each pipeline has made or reused."""
    last: dict[str, Run] = {}
    for run in state.runs:  # the newest first
        last.setdefault(run.pipeline, run)
    return _collect_used(last.values())


def _collect_used(runs: Iterable[Run]) -> set[tuple[str, str]]:
    results: set[tuple[str, str]] = set()
    for run in runs:
        for step in run.steps:
            results.add(step.origin or (run.id, step.step))
    return results


def _find_newest(results: Iterable[Entry], keep: int) -> set[str]:
    by_step: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in results:
        if entry.record is not None:
            by_step[entry.pipeline, entry.step].append(entry)
    ranked = (sorted(group, key=lambda entry: -entry.used)[:keep] for group in by_step.values())
    return {entry.key for group in ranked for entry in group}
