"""What a reuse key was made of, readable: what `pipelift explain` compares between two runs of a step."""

import json
import os
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple, cast

from . import files
from .context import Context
from .contract.parts import part_path
from .contract.record import DataIdentity, MadeOf
from .contract.secrets import looks_secret
from .contract.spec import Argument, InputPort, OutputPort, Spec
from .secrecy import Seal

_MOST_FILES = 10000


def made_of(
    spec: Spec,
    values: Mapping[str, str],
    upstream: Mapping[str, Optional[str]],
    datasets: Mapping[str, Dict[str, Any]],
    seal: Seal,
) -> MadeOf:
    """The ingredients of a step's key as a record holds them: small; secrets under `seal`; lists by digest."""
    step, run = spec["step"], spec["step"]["run"]
    names = {entry["id"]: entry.get("name") or entry["id"] for entry in spec["datasets"]}
    sources = {port["name"]: port["source"] for port in step["inputs"]}
    return {
        "name": step["label"],
        "command": run["path"] if run["kind"] == "script" else run["program"],
        "interpreter": run["interpreter"] if run["kind"] == "script" else None,
        "arguments": templates(step["arguments"], seal),
        "inputs": {port["name"]: _input(port) for port in step["inputs"]},
        "outputs": {port["name"]: _output(port) for port in step["outputs"]},
        "variables": {
            entry["name"]: seal.guarded(entry["name"], entry["value"])
            for entry in step["variables"] + spec["environment"]["variables"]
        },
        "snapshot": spec["snapshot_digest"],
        "environment": spec["environment"]["digest"],
        "parameters": {name: seal.guarded(name, value) for name, value in values.items()},
        "datasets": {
            name: _name_identity(datasets[name], names[source["dataset"]])
            for name, source in sources.items()
            if source["kind"] == "dataset"
        },
        "upstream": {
            name: {"step": source["step"], "port": source["port"], "result": upstream.get(source["step"])}
            for name, source in sources.items()
            if source["kind"] == "step"
        },
    }


def _name_identity(identity: Mapping[str, object], name: str) -> DataIdentity:
    return cast(DataIdentity, dict(identity, dataset=name))


def templates(arguments: List[Argument], seal: Seal) -> List[str]:
    """The arguments as texts, with ``<…>`` for what only a run knows, and for the value of a secret option."""
    texts = [_template(argument) for argument in arguments]
    for index in range(1, len(texts)):
        option = texts[index - 1]
        if option.startswith("-") and looks_secret(option) and arguments[index]["kind"] == "literal":
            texts[index] = seal.hidden(texts[index])
    return texts


def _template(argument: Argument) -> str:
    if argument["kind"] == "literal":
        return argument["value"]
    if argument["kind"] == "concat":
        return "".join(_template(part) for part in argument["parts"])
    if argument["kind"] == "parameter":
        return "<parameter {}>".format(argument["parameter"])
    if argument["kind"] == "secret":
        return "<secret {}>".format(argument["secret"])
    return "<{} {}>".format(argument["kind"], argument["port"])


def keep_parts(spec: Spec, context: Context, folder: str) -> None:
    """Keep in `folder` the lists behind the digests that the state lacks. Raises `OSError`."""
    if os.path.isdir(context.source):  # who only looks up a result may not have it
        keep(context, folder, spec["snapshot_digest"], lambda: _digest_files(files.walk(context.source)))
    environment = spec["environment"]
    packages = {name: value for name, value in environment.items() if name not in ("variables", "digest")}
    keep(context, folder, environment["digest"], lambda: packages)


def keep(context: Context, folder: str, digest: str, make_list: Callable[[], Mapping[str, object]]) -> None:
    """Keep in `folder` what a digest stands for, unless the state has it. Raises `OSError`."""
    if os.path.exists(part_path(context.state, digest)):
        return
    path = part_path(folder, digest)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    files.write_json(path, dict(make_list()))


def _digest_files(entries: Iterable[Tuple[str, str]]) -> Dict[str, str]:
    digests: Dict[str, str] = {}
    for name, path in entries:
        if len(digests) == _MOST_FILES:
            break
        digests[name] = files.file_digest(path)
    return digests


def _input(port: InputPort) -> str:
    asked, table = port.get("path_on_compute"), port.get("table")
    text = "{} at {}".format(port["mode"], asked) if asked else port["mode"]
    return "{} as {}".format(text, json.dumps(table, sort_keys=True)) if table else text


def _output(port: OutputPort) -> str:
    text = "{} to {}/{}".format(port["mode"], port["store"], port["path"])
    asked = port.get("path_on_compute")
    text += " from {}".format(asked) if asked else ""
    text += ", may overwrite" if port["overwrite"] else ""
    return text + (", only {}".format(", ".join(port["globs"])) if port["globs"] else "")
