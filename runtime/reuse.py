"""When an earlier result may stand in for a run of a step: the key, the lookup, and the record."""

import json
import os
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from . import files, mirrors, outputs, records
from .context import Context
from .contract import reasons, untrusted
from .contract.digests import digest
from .contract.record import GOOD, Output, Record, StepOfRun, ValuedKeyPart, read_record
from .contract.secrets import looks_secret
from .contract.spec import KeyPart, OutputPort, Spec, StepSpec
from .remotes import Entry
from .secrecy import Seal


class Key(NamedTuple("Key", [("digest", str), ("parts", Tuple[ValuedKeyPart, ...])])):
    """A reuse key, and the parts that it was made of; parts can be compared between runs."""


def reuse_key(
    spec: Spec,
    values: Mapping[str, str],
    upstream: Mapping[str, Optional[str]],
    datasets: Mapping[str, Dict[str, Any]],
    seal: Seal,
) -> Key:
    """The key of this run of the step.

    Made of the compiler's half, the parameter `values` (secrets under `seal`), the identity of each bound dataset
    (by port, see `identity.datasets`) and the result id of each `upstream` step. (An upstream *key* would not do: a
    step that may not be reused makes new results under an unchanged key.)
    """
    parts = [_part("step", spec["step"]["reuse"]["key"])]
    for name, value in sorted(values.items()):
        called = "parameter {}".format(name)
        if looks_secret(name):
            parts.append({"name": called, "digest": seal.digest(value)})
        else:
            parts.append({"name": called, "digest": digest(value), "value": value})
    for port in spec["step"]["inputs"]:
        source = port["source"]
        name = "input {}".format(port["name"])
        if source["kind"] == "step":
            parts.append(_part(name, "{}\0{}".format(upstream.get(source["step"]), source["port"])))
        else:
            parts.append(_part(name, json.dumps(datasets[port["name"]], sort_keys=True)))
    return Key(key_of(parts), tuple(parts))


def key_of(parts: Iterable[KeyPart]) -> str:
    """The digest that stands for the `parts` of a key."""
    return digest("".join("{}\0{}\n".format(part["name"], part["digest"]) for part in parts))


class Lookup(NamedTuple("Lookup", [("record", Optional[Record]), ("why", str), ("detail", str)])):
    """What was found: the `record` to reuse, or None and `why` (`contract.reasons`), with a `detail`."""


def find_bar(step: StepSpec, context: Context) -> Optional[Lookup]:
    """Why no earlier result may be looked up for this run of the step; None where it may."""
    if not step["reuse"]["allowed"]:
        return Lookup(None, reasons.NOT_ALLOWED, "")
    if {step["id"], step["name"], step["label"]} & context.refresh:
        return Lookup(None, reasons.REFRESHED, "")
    return None if context.reuse and context.artifacts is None else Lookup(None, reasons.SWITCHED_OFF, "")


def lookup(key: Key, step: StepSpec, context: Context) -> Lookup:
    """The record of an earlier result under `key`, if all of its outputs are still as they were made."""
    record = read_record(records.reuse_record(context.state, key.digest))
    return check_result(record, step, context)


def look_up_kept(record: Optional[Record], key: Key, step: StepSpec, context: Context) -> Optional[Lookup]:
    """The run's own `record` of the step from before it was resumed; None where the step has to be tried again."""
    refreshed = {step["id"], step["name"], step["label"]} & context.refresh
    if record is None or refreshed or record.get("status") not in GOOD:
        return None
    if record.get("key") != key.digest:
        return None
    result = check_result(record, step, context)
    return result._replace(why=reasons.KEPT) if result.record is not None else None


def check_result(record: Optional[Record], step: StepSpec, context: Context) -> Lookup:
    """The `record` of a result, if all of its outputs are still as they were made."""
    if record is None or not {"run", "step", "outputs", "result"} <= set(record):
        return Lookup(None, reasons.NO_RESULT, "")
    origin = record.get("reused_from") or StepOfRun(run=record["run"], step=record["step"])
    if origin["step"] != step["id"]:
        return Lookup(None, reasons.NO_RESULT, "")  # a step may say what it has made, but not for another
    for port in step["outputs"]:
        output = record["outputs"].get(port["name"])
        if output is None or not _is_of(output, port, origin) or not is_as_made(output, context):
            detail = "output '{}' of run {} is gone from store '{}', or was changed there"
            return Lookup(None, reasons.LOST, detail.format(port["name"], record.get("run"), port["store"]))
    return Lookup(record, reasons.REUSED, "")


def _is_of(output: Output, port: OutputPort, origin: StepOfRun) -> bool:
    """Whether an output of a record lies where the step of the run `origin` writes that port: records are written by
    steps, and one could name the data of another."""
    path = outputs.destination(port, "{run}_{step}".format(**origin))
    return output["store"] == port["store"] and output["path"] == path


def note_use(key: str, state: str) -> None:
    """Note by the record's time that the result is used, before a run relies on it: see `pipelift cache`."""
    try:
        os.utime(records.reuse_record(state, key))
    except OSError:
        pass  # of another owner, only to be read, or just removed: then the lookup finds nothing


def is_as_made(output: Output, context: Context) -> bool:
    """Whether a recorded output is as it was made; of a remote store that is asked. Raises `LauncherError`."""
    try:
        if output["store"] in context.remotes:
            return context.offline or output["stamp"] == mirrors.stamp(_remote_entries(output, context))
        path = untrusted.below(context.stores[output["store"]], output["path"])
        entries = _entries(path, output["names"])
        if not os.path.exists(path) or files.stamp(entries) != output["stamp"]:
            return False
        # Whoever has asked for the bytes to count does not trust sizes and times.
        return "content" not in output or files.content_digest(entries) == output["content"]
    except (OSError, KeyError, TypeError):
        return False


def _remote_entries(output: Output, context: Context) -> Mapping[str, Entry]:
    entries = mirrors.Mirror(output["store"], context).entries(output["path"])
    if output["names"] is None:
        return entries
    names = ["/".join((output["path"], name)) for name in output["names"]]
    return {name: entries[name] for name in names if name in entries}


def _entries(path: str, names: Optional[List[str]]) -> List[Tuple[str, str]]:
    if names is None:
        return files.contents(path)
    return list(zip(names, untrusted.all_below(path, names)))


def describe_output(output: outputs.Output, content: bool) -> Output:
    """A published output as records hold it: where it is, and how to see that it has not changed since.

    `names` lists its files where the folder may hold others. With `content` it has a digest of its bytes too.
    """
    entries = _entries(output.final, output.published)
    description: Output = {
        "store": output.store,
        "path": output.path,
        "names": output.published,
        "stamp": files.stamp(entries) if output.pushed is None else mirrors.stamp(output.pushed),
        "explicit": bool(output.port["explicit"]),
    }
    if content:
        description["content"] = files.content_digest(entries)
    return description


def result_id(described_outputs: Mapping[str, Output]) -> str:
    """What consumers know the result by: this run of the step, or with content digests what it made."""
    digests = [
        "{}\0{}\n".format(port, entry.get("content")) for port, entry in sorted(described_outputs.items())
    ]
    if digests and all("content" in entry for entry in described_outputs.values()):
        return digest("".join(digests))[:32]
    return os.urandom(16).hex()


def publish(key: str, record: Record, state: str) -> None:
    """Make a result known under `key`, durably and whole."""
    path = records.reuse_record(state, key)
    files.make_folder(os.path.dirname(path))
    files.write_json(path, record, durable=True)


def _part(name: str, text: str) -> ValuedKeyPart:
    return {"name": name, "digest": digest(text)}
