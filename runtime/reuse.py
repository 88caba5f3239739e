"""When an earlier result may stand in for a run of a step: the key, the lookup, and the record."""

import hashlib
import json
import os
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple

from . import files, inputs, records
from . import spec as specs
from .context import Context
from .outputs import Output

_SECRET = ("password", "passwd", "pwd", "key", "token", "secret", "credential", "sas")

Part = Dict[str, str]


class Key(NamedTuple("Key", [("digest", str), ("parts", Tuple[Part, ...])])):
    """A reuse key, and the parts that it was made of; parts can be compared between runs."""


def looks_secret(name: str) -> bool:
    """Whether a value of that name is kept out of everything that is written down."""
    lowered = name.lower()
    return any(word in lowered for word in _SECRET)


def reuse_key(
    spec: dict, values: Mapping[str, str], upstream: Mapping[str, Optional[str]], context: Context
) -> Key:
    """The key of this run of the step.

    Made of the compiler's half, the parameter `values`, the identity of each bound dataset and the result id
    of each `upstream` step. (An upstream *key* would not do: a step that may not be reused makes new results
    under an unchanged key.)
    """
    parts = [_part("step", spec["step"]["reuse"]["key"])]
    for name, value in sorted(values.items()):
        part = _part("parameter {}".format(name), value)
        parts.append(part if looks_secret(name) else dict(part, value=value))
    for port in spec["step"]["inputs"]:
        source = port["source"]
        name = "input {}".format(port["name"])
        if source["kind"] == "step":
            parts.append(_part(name, "{}\0{}".format(upstream.get(source["step"]), source["port"])))
        else:
            parts.append(_part(name, _dataset_identity(spec, port, context)))
    text = "".join("{}\0{}\n".format(part["name"], part["digest"]) for part in parts)
    return Key(_sha256(text), tuple(parts))


def _dataset_identity(spec: dict, port: dict, context: Context) -> str:
    dataset = specs.dataset(spec, port["source"]["dataset"])
    places = inputs.dataset_locations(spec, dataset, context.state)
    definition = {"locations": places, "table": dataset["table"], "version": dataset.get("version")}
    if spec["identity"] == "content":
        found = inputs.found_dataset(spec, dict(port), context, os.path.join(context.state, "fetched"))
        definition["content"] = [files.content_digest(place.entries) for place in found]
    return json.dumps(definition, sort_keys=True)


def allowed(step: dict, context: Context) -> bool:
    """Whether an earlier result may be looked up for this run of the step."""
    asked_anew = {step["id"], step["name"], step["label"]} & context.refresh
    return bool(step["reuse"]["allowed"]) and context.reuse and not asked_anew and context.artifacts is None


def lookup(key: Key, step: dict, context: Context) -> Optional[dict]:
    """The record of an earlier result under `key`, if all of its outputs are still as they were made."""
    record = files.read_json(records.reuse_record(context.state, key.digest))
    if record is None or not isinstance(record.get("outputs"), dict):
        return None
    for port in step["outputs"]:
        output = record["outputs"].get(port["name"])
        if not output or not _unchanged(output, context.stores):
            return None
    return record


def _unchanged(output: dict, stores: Mapping[str, str]) -> bool:
    try:
        path = os.path.join(stores[output["store"]], *output["path"].split("/"))
        return os.path.exists(path) and files.stamp(_entries(path, output["names"])) == output["stamp"]
    except (OSError, KeyError):
        return False


def _entries(path: str, names: Optional[List[str]]) -> List[Tuple[str, str]]:
    if names is None:
        return files.listing(path)
    return [(name, os.path.join(path, *name.split("/"))) for name in names]


def described(output: Output, content: bool) -> dict:
    """A published output as records hold it: where it is, and how to see that it has not changed since.

    `names` lists its files where the folder may hold others. With `content` it has a digest of its bytes too.
    """
    entries = _entries(output.final, output.published)
    found = {
        "store": output.store,
        "path": output.path,
        "names": output.published,
        "stamp": files.stamp(entries),
    }
    if content:
        found["content"] = files.content_digest(entries)
    return found


def result_id(described_outputs: Mapping[str, dict]) -> str:
    """What consumers know the result by: this run of the step, or with content digests what it made."""
    digests = [
        "{}\0{}\n".format(port, entry.get("content")) for port, entry in sorted(described_outputs.items())
    ]
    if digests and all("content" in entry for entry in described_outputs.values()):
        return _sha256("".join(digests))[:32]
    return os.urandom(16).hex()


def publish(key: str, record: dict, state: str) -> None:
    """Make a result known under `key`, durably and whole."""
    path = records.reuse_record(state, key)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    files.write_json(path, record, durable=True)


def _part(name: str, text: str) -> Part:
    return {"name": name, "digest": _sha256(text)}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
