"""Secrets of a run: planted in each way in, sent out in each way that a script has, and found nowhere."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelift.compiler import ir
from pipelift.runtime.context import Result
from pipelift.runtime.contract.secrets import variable
from pipelift.runtime.masking import Mask
from pipelift.runtime.secrets import Secrets
from tests.support.canaries import encoded
from tests.support.runtime_world import World, output

VALUES = {
    "plain": "canary-0b5e",
    "quoted": "cañary 'a\"b'/c+d=&\\e%",
    "lines": "-----BEGIN KEY-----\ncanaryQm9uam91cg0K\ncanaryU2FsdXQ=\n-----END KEY-----",
    "number": "7390214",
    "object": '{"type": "account", "private_key": "canary-k1\\ncanary-k2"}',
}
WAYS_IN = ("parameter", "step secret", "argument", "store credential", "asked for")

PRELUDE = """
import base64, json, os, sys
from urllib.parse import quote
from azureml.core import Run
from azureml.core.model import Model
run = Run.get_context()
value = {read}
forms = [
    value, "x" + value + "y", quote(value, safe=""), base64.b64encode(value.encode()).decode(),
    base64.b64encode(("user:" + value).encode()).decode(), json.dumps(value), repr(value), repr([value.encode()]),
]
"""
WAYS_OUT = {
    "printed": """
for form in forms:
    print("it is", form)
    print(form, file=sys.stderr)
for line in value.splitlines():
    print(line)
sys.stdout.write(value[:3]); sys.stdout.flush(); sys.stdout.write(value[3:])
""",
    "logged": """
for form in forms:
    run.log(form, form)
    run.log_list("list", [1, form, [form]])
    run.log_row("row", description="", **{form: form})
    run.log_table("table", {form: [form, 2], "z": {"a": form}})
    run.log_confusion_matrix("matrix", json.dumps({"schema_type": form, "data": {"class_labels": [form]}}))
    run.parent.log(form, form)
if value.isdigit():
    run.log("number", int(value))
    run.log_list("numbers", [1, int(value), float(value)])
""",
    "told": """
open("plot.png", "w").close()
for index, form in enumerate(forms):
    for one in (run, run.parent):
        one.tag(form, form)
        one.set_tags({"t": form, form: None})
        one.add_properties({form: form, "p": form})
    run.remove_tags(form)
    child = run.child_run(form)
    child.log("in a child", form)
    child.tag("in a child", form)
    child.fail(form)
    run.log_image(form.replace("/", ""), path="plot.png")
    run.upload_file("outputs/" + form.replace("/", "") + ".txt", "plot.png")
    run.register_model("m", "outputs", tags={"a": form, form: "b"}, properties={"q": form}, description=form)
    Model(None, "m").add_tags({"later": form})
""",
    "failed with": """
run.fail(" ".join(forms))
""",
    "raised": """
raise ValueError(value)
""",
    "written past the stand-in": """
folder = os.path.dirname(os.environ["PIPELIFT_CONTEXT"])
for name in ("metrics.jsonl", "events.jsonl"):
    for path in (os.path.join(folder, name), os.path.join(folder, "run", name)):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a") as file:
            for form in forms:
                row = {"kind": "scalar" if "metrics" in name else "tag", "name": form, "value": form}
                file.write(json.dumps(row) + "\\n")
""",
}


def ran(tmp_path: Path, way_in: str, value: str, script: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The step that has the secret, and what is seen of it from outside."""
    world = World(tmp_path)
    secrets, read = {}, ""
    given: dict[str, str] = {}
    fields: dict[str, Any] = {}
    if way_in == "parameter":
        name = world.parameter("db_password", None)
        given = {name: value}
        fields = {"arguments": (ir.Literal(value="--password"), ir.ParameterValue(parameter=name))}
        read = "sys.argv[2]"
    elif way_in == "step secret":
        secrets = {variable("api"): value}
        fields = {"secrets": (ir.model.SecretVariable(name="TOKEN", secret="api"),)}
        read = 'os.environ["TOKEN"]'
    elif way_in == "argument":
        secrets = {variable("api"): value}
        parts = (ir.Literal(value="--token="), ir.SecretValue(secret="api"))
        fields = {"arguments": (ir.SecretValue(secret="api"), ir.Concatenation(parts=parts))}
        read = 'sys.argv[2].partition("=")[2]'
    elif way_in == "store credential":
        secrets = {variable("store"): value}
        kept = tmp_path / "elsewhere"
        kept.write_text(value, encoding="utf-8")
        read = f"open({str(kept)!r}, encoding='utf-8').read()"
    else:
        monkeypatch.setenv("UNSUSPICIOUS", value)
        read = 'run.get_secret("unsuspicious")'
    world.step(PRELUDE.replace("{read}", read) + script, outputs=(output(),), **fields)
    at_hand = Secrets(None, secrets)
    if way_in == "store credential":  # as the client of a store reads it
        at_hand.credentials("store", (), lambda text: {"account_key": text})
    return Run(world, world.run(secrets=at_hand, parameters=given))


class Run:
    """A run of one step, and all that is written or shown of it."""

    def __init__(self, world: World, result: Result) -> None:
        self.world = world
        self.result = result

    def texts(self) -> Iterator[tuple[str, str]]:
        """Each text, and where it stands. What the script itself has put into its outputs and uploads is its own."""
        yield "shown", "\n".join(self.world.lines)
        yield "result", f"{self.result.reason} {json.dumps(self.result.metrics, ensure_ascii=False)}"
        for path in self.world.state.rglob("*"):
            relative = path.relative_to(self.world.state).as_posix()
            yield "name", relative
            if path.is_file() and "/outputs/" not in relative and "/uploads/" not in relative:
                yield relative, path.read_bytes().decode("utf-8", "surrogateescape")


# A script has no way to a store's credential but this test's: what it tells through its run is then not known to it.
CASES = [
    (way_in, value, way_out)
    for way_in in WAYS_IN
    for value in VALUES
    for way_out in WAYS_OUT
    if (way_in, way_out) != ("store credential", "told") and (way_in != "argument" or value == "quoted")
]


@pytest.mark.parametrize(("way_in", "value", "way_out"), CASES)
def test_no_text_holds_the_secret(
    tmp_path: Path, way_in: str, value: str, way_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ran(tmp_path, way_in, VALUES[value], WAYS_OUT[way_out], monkeypatch)
    expected = "failed" if way_out in ("failed with", "raised") else "completed"
    assert run.result.status == expected, (run.result.reason, run.world.lines)
    found = [(where, form) for where, text in run.texts() for form in encoded(VALUES[value]) if form in text]
    assert not found
    assert "***" in "".join(text for _, text in run.texts())


@pytest.mark.parametrize("value", ["x", "1", "abc", "True", "false", "none"])
def test_what_is_too_short_is_not_hidden_and_not_recorded_either(tmp_path: Path, value: str) -> None:
    world = World(tmp_path)
    world.parameter("db_password", None)
    world.step("print('abc: True x 1, False, None')")
    assert world.run(parameters={"db_password": value}).status == "completed"
    assert world.lines == ["abc: True x 1, False, None"]
    record = world.record()
    assert record["parameters"] == {}
    (part,) = [one for one in record["key_parts"] if one["name"] == "parameter db_password"]
    assert set(part) == {"name", "digest"}
    assert set(record["made_of"]["parameters"]["db_password"]) == {"secret"}


def test_a_name_that_only_looks_secret_hides_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.parameter("tokenizer", "wordpiece")
    world.step("print('with wordpiece')")
    assert world.run().status == "completed"
    assert world.lines == ["with wordpiece"]


def test_stars_go_to_no_file_behind_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "mine.txt"
    kept.write_text("canary-0b5e is mine")
    script = f"""
folder = os.path.dirname(os.environ["PIPELIFT_CONTEXT"])
os.symlink({str(kept)!r}, os.path.join(folder, "metrics.jsonl"))
os.link({str(kept)!r}, os.path.join(folder, "events.jsonl"))
"""
    ran(tmp_path, "parameter", VALUES["plain"], script, monkeypatch)
    assert kept.read_text() == "canary-0b5e is mine"


def test_metrics_keep_their_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = """
run.log("rate", 0.5)
run.log("who", "I am " + value)
run.log_row("row", a=1, b=value)
run.tag("value", "kind")
"""
    run = ran(tmp_path, "parameter", "value", script, monkeypatch)
    assert run.result.status == "completed", run.world.lines
    assert run.result.metrics == {"rate": 0.5, "who": "I am ***", "row": {"a": 1, "b": "***"}}


@pytest.mark.parametrize("value", ["value", "status", "Failed", "step", "name", "kind"])
def test_a_secret_that_is_a_word_of_ours_breaks_nothing(
    tmp_path: Path, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ran(tmp_path, "parameter", value, "run.log('a', 1)\nrun.fail('because')\n", monkeypatch)
    assert (run.result.status, run.result.metrics) == ("failed", {"a": 1})
    assert run.result.reason.endswith(": because")


def test_forms_of_a_secret() -> None:
    mask = Mask(["hunter2!"])
    for text in ("hunter2!", "hunter2%21", base64.b64encode(b"hunter2!").decode(), b"hunter2!".hex()):
        assert mask.text(f"a {text} b") == "a *** b"
        assert mask.line(f"a {text} b".encode()) == b"a *** b"
    for before in ("", "u", "us", "use", "user:"):
        code = base64.b64encode(f"{before}hunter2! and more".encode()).decode()
        assert "***" in mask.text(code), code
    assert mask.text("hunter2 is no secret") == "hunter2 is no secret"
    assert os.linesep not in mask.text("")
