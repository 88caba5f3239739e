"""What would make a local run fail, found before anything runs: stores, data, programs, parameters."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from pipelift.app.request import report_missing
from pipelift.app.running import LocalRun
from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.config.places import Claim, Folder, Volume, place
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir.uses import store_uses
from pipelift.runtime import inputs, locations, records

_LISTED = 4
"""How many step names a message spells out."""

_GPU_SIGNS = (Path("/dev/nvidiactl"), Path("/dev/dxg"))


def store_folders(pipeline: ir.Pipeline, config: Config) -> dict[str, str]:
    """The folder of each store that the steps use, by the store's name; those that have none are left out."""
    folders = {}
    for name in used_stores(pipeline):
        location = place(config, name, "local")
        if isinstance(location, Folder):
            folders[name] = str(location.path.absolute())
    return folders


def check_stores(pipeline: ir.Pipeline, config: Config, reporter: Reporter) -> None:
    """Report stores that only another engine has: volumes and claims."""
    spans = {store.name: store.span for store in pipeline.stores}
    for name in used_stores(pipeline):
        if isinstance(place(config, name, "local"), Volume | Claim):
            url = config.store_url(name, "local")
            reporter.report(
                "PL511",
                f"the store '{name}' is at {url}, which the local runner cannot read or write",
                spans.get(name),
                help=f'Set in pipelift.toml:\n[stores.{toml_key(name)}.local]\nurl = "FOLDER"',
            )


def check_data(pipeline: ir.Pipeline, state: Path, config: Config, reporter: Reporter) -> None:
    """Report source data that is not there; each dataset once, with the first step that reads it."""
    folders = store_folders(pipeline, config)
    made_here = {out.register_as.name for step in pipeline.steps for out in step.outputs if out.register_as}
    readers = {
        port.source.dataset: (step, port)
        for step in reversed(pipeline.steps)
        for port in step.inputs
        if isinstance(port.source, ir.DatasetSource)
    }
    for dataset in pipeline.datasets:
        if dataset.id not in readers or (not dataset.locations and dataset.name in made_here):
            continue
        step, port = readers[dataset.id]
        places = _locate(dataset, state) or _locate_by_name(pipeline, dataset, folders)
        if not places:
            _report_unknown(pipeline, dataset, step, reporter)
        for store, path in places:
            if store in folders:
                missing = _find_missing(store, path, folders)
                if missing:
                    _report_missing(dataset, step, port, missing, reporter, _write_setting(pipeline, store))


def check_steps(pipeline: ir.Pipeline, run: LocalRun, reporter: Reporter) -> None:
    """Report steps that cannot run here, or run otherwise than they ask, and parameters without a value."""
    report_missing(pipeline, run.request.parameters, reporter)
    _check_gpus(pipeline, run, reporter)
    for step in pipeline.steps:
        if step.unsupported:
            reporter.report("PL515", f"'{step.name}': {step.unsupported}", step.span, step=step.name)
            continue
        program = _program(step)
        if program and not run.request.docker and not _is_available(program, step, run):
            text = f"'{step.name}' starts '{program}', which is not on the PATH of this machine"
            reporter.report("PL516", text, step.span, step=step.name)


def _check_gpus(pipeline: ir.Pipeline, run: LocalRun, reporter: Reporter) -> None:
    """One note for all steps that ask for a GPU where there is none: it is the machine's, not a step's."""
    asking = [step.name for step in pipeline.steps if step.resources.gpus and not step.unsupported]
    if not asking or has_gpu(run.request.environ):
        return
    names = ", ".join(f"'{name}'" for name in asking[:_LISTED]) + (", …" if len(asking) > _LISTED else "")
    reporter.report("PL517", f"this machine has no GPU, so the scripts of {names} run on the CPU")


def has_gpu(environ: Mapping[str, str]) -> bool:
    """Whether this machine shows an NVIDIA GPU: its device file, or the driver's program."""
    signs = any(sign.exists() for sign in _GPU_SIGNS)
    return signs or shutil.which("nvidia-smi", path=environ.get("PATH")) is not None


def used_stores(pipeline: ir.Pipeline) -> tuple[str, ...]:
    """The stores that the steps use, each once, in the order of the steps."""
    return tuple(dict.fromkeys(use.name for step in pipeline.steps for use in store_uses(pipeline, step)))


def _locate(dataset: ir.Dataset, state: Path) -> list[tuple[str | None, str]]:
    """Store and path of each location; those of a registered dataset come from the state folder."""
    if dataset.locations or not dataset.name:
        return [(place.store, place.path) for place in dataset.locations]
    entry = records.registered_dataset(str(state), dataset.name, dataset.version) or {}
    return [(place["store"], place["path"]) for place in entry.get("locations", ())]


def _locate_by_name(
    pipeline: ir.Pipeline, dataset: ir.Dataset, folders: Mapping[str, str]
) -> list[tuple[str | None, str]]:
    """Where the launcher looks for a dataset that is known by its name alone, if anything is there."""
    root, path = folders.get(pipeline.default_store), f"{inputs.DATASETS_FOLDER}/{dataset.name}"
    is_there = root is None or Path(root, path).exists()  # what is no folder is only asked by a run
    return [(pipeline.default_store, path)] if is_there else []


def _report_unknown(pipeline: ir.Pipeline, dataset: ir.Dataset, step: ir.Step, reporter: Reporter) -> None:
    version = f" (version {dataset.version})" if dataset.version else ""
    name = dataset.name or dataset.id
    reporter.report(
        "PL513",
        f"'{step.name}' reads the dataset '{name}'{version}, known only by that name",
        dataset.span,
        help=f"Put its files into '{inputs.DATASETS_FOLDER}/{name}' of the store '{pipeline.default_store}', or "
        "define it in the pipeline file: Dataset.File.from_files((datastore, 'PATH')), "
        "Dataset.Tabular.from_delimited_files((datastore, 'PATH')).",
        step=step.name,
    )


def _find_missing(store: str | None, path: str, folders: Mapping[str, str]) -> locations.Missing | None:
    try:
        locations.find({"store": store, "path": path}, dict(folders))
    except locations.Missing as missing:
        return missing
    return None


def _report_missing(
    dataset: ir.Dataset,
    step: ir.Step,
    port: ir.Input,
    missing: locations.Missing,
    reporter: Reporter,
    setting: str,
) -> None:
    """An error, but where the step may have to write what is missing: the launcher makes the folder then."""
    is_made = port.writable and not missing.why and locations.may_be_made(missing.path)
    verb, end = ("reads or writes", "; a folder is made there") if is_made else ("reads", "")
    lack = missing.why or f"nothing is at {missing.looked_for}"
    start = "If it is data to read, put it there" if is_made else "Put the data there"
    reporter.report(
        "PL526" if is_made else "PL512",
        f"'{step.name}' {verb} '{missing.path}' of the store '{missing.store}', but {lack}{end}",
        dataset.span or step.span,
        help=f"{start}, or set in pipelift.toml the folder that has it:\n{setting}",
        step=step.name,
    )


def _write_setting(pipeline: ir.Pipeline, store: str) -> str:
    """The lines of pipelift.toml that say where a store is; with its address where the source tells it."""
    address = next((entry.address for entry in pipeline.stores if entry.name == store), None)
    address_note = (
        f'   # or, where the source says it is: {json.dumps(address)} with secret = "NAME"' if address else ""
    )
    return f'[stores.{toml_key(store)}]\nurl = "FOLDER"{address_note}'


def _program(step: ir.Step) -> str | None:
    if isinstance(step.run, ir.Command):
        return step.run.program
    return None if step.run.interpreter == "python" else step.run.interpreter


def _is_available(program: str, step: ir.Step, run: LocalRun) -> bool:
    """Whether `program` is on the PATH, or is a file of the step's own source."""
    is_in_source = program in run.contents.get(step.snapshot, {}) or program.startswith("./")
    return (
        is_in_source
        or _is_python(program)
        or shutil.which(program, path=run.request.environ.get("PATH")) is not None
    )


def _is_python(program: str) -> bool:
    return program in ("python", "python3")  # taken from the chosen interpreter's folder


def toml_key(name: str) -> str:
    """`name` as a key of a TOML table."""
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)
