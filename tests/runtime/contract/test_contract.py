"""What all storeys share: the types of the launcher's files, their schemas, and real files against both."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelift.backends.containers.bundle import step_spec
from pipelift.compiler import ir
from pipelift.compiler.ir.fields import field_types
from pipelift.runtime.contract import record, run, shapes, spec
from tests.support.reuse_project import Project
from tests.support.runtime_world import PLAIN_PYTHON, Identity, World, output
from tests.support.strategies import pipelines

SCHEMAS = {"record": record.Record, "run": run.Run, "spec": spec.Spec}
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
WORDS = {"type", "properties", "required", "additionalProperties", "items", "enum", "format", "anyOf", "$ref"}
LIMITS = {"minimum", "maximum"}
NOTES = {"$schema", "$comment", "$defs"}


def described(kind: Any) -> Any:
    """What a schema has to say of values of a type; formats and limits are the schema's own."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is object:
        return {}
    if kind in PLAIN:
        return {"type": {PLAIN[kind]}}
    if origin is Literal:
        return {"type": {"string"}, "enum": set(inner)}
    if origin is list:
        return {"type": {"array"}, "items": described(inner[0])}
    if origin is dict:
        assert inner[0] is str
        return {"type": {"object"}, "others": described(inner[1])}
    if origin in (Union, types.UnionType):
        several = [described(one) for one in inner]
        return _one_of(several)
    assert is_typeddict(kind), kind
    fields = {name: described(one) for name, one in get_type_hints(kind).items()}
    return {"type": {"object"}, "fields": fields, "required": set(kind.__required_keys__)}


def _one_of(several: list[Any]) -> Any:
    """Plain types are one with several names; where one of them is null, the rest says what else there is."""
    rest = [one for one in several if one != {"type": {"null"}}]
    if all(one.keys() == {"type"} for one in several):
        return {"type": set().union(*(one["type"] for one in several))}
    if all("enum" in one for one in several):
        return {"type": {"string"}, "enum": set().union(*(one["enum"] for one in several))}
    if len(rest) == 1:
        return {**rest[0], "type": rest[0]["type"] | {"null"}}
    return {"any": sorted(several, key=repr)}


def said(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """The same of a schema."""
    if "$ref" in schema:
        return said(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)
    if "anyOf" in schema:
        return _one_of([said(one, root) for one in schema["anyOf"]])
    found: dict[str, Any] = {}
    if "type" in schema:
        found["type"] = {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
    if "enum" in schema:
        found["enum"] = set(schema["enum"])
    if "items" in schema:
        found["items"] = said(schema["items"], root)
    if "additionalProperties" in schema:
        found["others"] = said(schema["additionalProperties"], root)
    if "properties" in schema:
        found["fields"] = {name: said(one, root) for name, one in schema["properties"].items()}
        found["required"] = set(schema.get("required", ()))
    return found


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_says_what_the_types_say(name: str) -> None:
    schema = shapes.load_schema(name)
    assert said(schema, schema) == described(SCHEMAS[name])


def _schemas(schema: Any) -> Iterator[Mapping[str, Any]]:
    """The schema and all those in it."""
    yield schema
    for word in ("properties", "$defs"):
        for one in schema.get(word, {}).values():
            yield from _schemas(one)
    for word in ("additionalProperties", "items"):
        if word in schema:
            yield from _schemas(schema[word])
    for one in schema.get("anyOf", ()):
        yield from _schemas(one)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_uses_only_words_that_the_launcher_knows(name: str) -> None:
    schema = shapes.load_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    for one in _schemas(schema):
        assert one.keys() <= WORDS | LIMITS | NOTES
        assert one.keys() & LIMITS in (set(), LIMITS)
        assert "enum" not in one or one["type"] == "string"
        assert "format" not in one or one["format"] in shapes.FORMATS


# --- the launcher's check, against the library's ----------------------------------------


RECORD: record.Record = {
    "schema_version": "1",
    "run": "20260101-000000-abcd",
    "step": "train",
    "name": "train model",
    "pipeline": "p",
    "started": 1.5,
    "ended": 2.0,
    "seconds": 0.5,
    "status": "completed",
    "exit_code": 0,
    "reason": "",
    "result": "r",
    "key": "k",
    "key_parts": [{"name": "step", "digest": "d"}, {"name": "parameter a", "digest": "d", "value": "1"}],
    "parameters": {"a": "1"},
    "made_of": {
        "name": "train",
        "command": "train.py",
        "interpreter": None,
        "arguments": ["--a"],
        "inputs": {"raw": "mount"},
        "outputs": {"model": "mount to s/p"},
        "variables": {"TOKEN": {"secret": "d"}, "X": "1"},
        "snapshot": "d",
        "environment": "d",
        "parameters": {"a": "1"},
        "datasets": {"raw": {"dataset": "raw", "locations": [{"store": None, "path": "x"}], "table": None}},
        "upstream": {"words": {"step": "prep", "port": "words", "result": None}},
    },
    "decision": {"why": "no result", "detail": ""},
    "outputs": {"model": {"store": "s", "path": "a/b", "names": None, "stamp": "d", "explicit": False}},
    "metrics": {"loss": 0.5, "text": "x", "list": [1, None]},
    "reused_from": {"run": "r0", "step": "train"},
    "reusable": True,
    "attempt": "r_train.0",
    "failed_outputs": {"model": {"store": "s", "path": ".pipelift/failed/r_train/model"}},
    "changed_inputs": ["raw"],
}
RUN: run.Run = {
    "schema_version": "1",
    "run_id": "r",
    "pipeline": "P",
    "engine": "local",
    "parameters": {"a": 1, "b": None, "c": "x", "d": True},
    "withheld": ["token"],
    "started": "2026-01-01T00:00:00.000+00:00",
    "seconds": 3.5,
    "resumed": ["2026-01-01T00:00:00.000+00:00"],
    "git": {"commit": "c", "branch": None, "dirty": False},
    "status": "failed",
    "steps": [{"name": "act", "status": "skipped", "seconds": 0.0, "outputs": {"o": "/x"}, "metrics": {}}],
}
SAMPLES: dict[str, Any] = {"record": RECORD, "run": RUN}
PUT: st.SearchStrategy[Any] = st.sampled_from(
    (None, True, 0, -1.5, 10**400, float("inf"), "", "..", "a/../b", "/a", "a\0", "x", [], {})
)


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every field and every element, as what holds it and its key."""
    for key in list(data) if isinstance(data, dict) else range(len(data)):
        yield data, key
        if isinstance(data[key], dict | list):
            yield from _places(data[key])


def _validator(name: str) -> jsonschema.Draft202012Validator:
    checker = jsonschema.FormatChecker(())
    for name_of_format, test in shapes.FORMATS.items():
        checker.checks(name_of_format)(lambda value, test=test: not isinstance(value, str) or test(value))
    return jsonschema.Draft202012Validator(dict(shapes.load_schema(name)), format_checker=checker)


VALIDATORS = {name: _validator(name) for name in SCHEMAS}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_has_every_field_and_is_valid(name: str) -> None:
    schema = shapes.load_schema(name)
    assert SAMPLES[name].keys() == schema["properties"].keys()
    assert list(VALIDATORS[name].iter_errors(SAMPLES[name])) == []
    assert shapes.drop_misfits(SAMPLES[name], name) == SAMPLES[name]


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=400)
@given(data=st.data())
def test_a_damaged_field_is_left_out_as_the_library_would(name: str, data: st.DataObject) -> None:
    damaged = json.loads(json.dumps(SAMPLES[name]))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(list(_places(damaged))))
        if isinstance(holder, dict) and data.draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = data.draw(PUT)
    fields = shapes.load_schema(name)["properties"]
    wrong = {error.path[0] for error in VALIDATORS[name].iter_errors(damaged)}
    assert shapes.drop_misfits(damaged, name).keys() == damaged.keys() - wrong
    assert damaged.keys() <= fields.keys()


def test_no_time_is_not_a_number() -> None:
    """JSON has no such number, but Python's own reader takes it."""
    assert shapes.drop_misfits({"ended": float("nan"), "exit_code": float("nan"), "key": "k"}, "record") == {
        "key": "k"
    }


def test_a_field_that_nobody_knows_stays() -> None:
    assert shapes.drop_misfits({"new": [1], "run": ".."}, "record") == {"new": [1]}


@pytest.mark.parametrize("lost", shapes.load_schema("record")["$defs"]["Result"]["required"])
def test_a_result_needs_all_that_is_read_of_it(lost: str) -> None:
    assert record.is_result(RECORD)
    assert not record.is_result(
        record.as_record({key: value for key, value in RECORD.items() if key != lost})
    )
    assert record.is_result(record.result_of(RECORD))


# --- what runs leave ----------------------------------------


def _assert_valid(path: Path, name: str) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    assert list(VALIDATORS[name].iter_errors(data)) == [], path
    assert data.keys() <= shapes.load_schema(name)["properties"].keys(), path


def test_what_runs_leave_is_valid(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.run()
    project.run()
    project.edit("train/train.py", "import argparse", "import argparse, sys; sys.exit(3)\nimport argparse")
    failed = project.call("run", str(project.file), "--python", PLAIN_PYTHON)
    assert failed.exit_code == 3, failed.output
    project.edit("train/train.py", "sys.exit(3)", "sys")
    project.call("run", str(project.file), "--python", PLAIN_PYTHON, "--resume", "last")
    project.run("--only", "train model", "--refresh", "train model")
    records = sorted(project.state.glob("runs/*/steps/*/record.json"))
    statuses = {json.loads(path.read_text())["status"] for path in records}
    assert statuses == {"completed", "reused"} and len(records) == 8
    for path in records:
        _assert_valid(path, "record")
    for path in project.state.glob("reuse/*.json"):
        _assert_valid(path, "record")
        assert record.is_result(record.read_record(str(path)) or record.Record())
    runs = list(project.state.glob("runs/*/run.json"))
    assert len(runs) == 4 and any("resumed" in json.loads(path.read_text()) for path in runs)
    for path in runs:
        _assert_valid(path, "run")


SCRIPTS = {
    "completed": 'from azureml.core import Run\nRun.get_context().log("loss", float("nan"))',
    "failed": "import os, sys; os.makedirs(sys.argv[1]); open(sys.argv[1] + '/x', 'w').close(); sys.exit(300)",
    "cancelled": "from azureml.core import Run\nRun.get_context().cancel()",
}


@pytest.mark.parametrize("status", SCRIPTS)
@pytest.mark.parametrize("identity", ["definition", "content"])
def test_a_record_is_valid_however_the_step_ends(tmp_path: Path, status: str, identity: Identity) -> None:
    world = World(tmp_path)
    world.identity = identity
    world.variables = [ir.NamedValue(name="API_TOKEN", value="hunter22")]
    world.step(
        SCRIPTS[status], outputs=[output(create=status != "failed")], arguments=[ir.OutputPath(port="out")]
    )
    assert world.run().status == status
    _assert_valid(world.place() / "record.json", "record")
    assert ("result" in world.record()) == (status == "completed")


# --- launch specs ----------------------------------------


def _strict(schema: Any) -> Any:
    """The schema, with nothing allowed that it does not name."""
    if isinstance(schema, dict):
        closed = {"additionalProperties": False} if "properties" in schema else {}
        return {**closed, **{word: _strict(one) for word, one in schema.items()}}
    return [_strict(one) for one in schema] if isinstance(schema, list) else schema


STRICT = jsonschema.Draft202012Validator(_strict(dict(shapes.load_schema("spec"))))


@given(pipelines())
def test_a_launch_spec_holds_what_its_schema_says_and_nothing_else(made: tuple[ir.Pipeline, object]) -> None:
    pipeline, _ = made
    for step in pipeline.steps:
        data = json.loads(json.dumps(step_spec(pipeline, step)))
        assert list(STRICT.iter_errors(data)) == []
        assert shapes.fits(data, shapes.load_schema("spec"), shapes.load_schema("spec"))


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        (ir.Input, spec.InputPort),
        (ir.Output, spec.OutputPort),
        (ir.Location, spec.Location),
        (ir.Dataset, spec.Dataset),
        (ir.Script, spec.Script),
        (ir.Command, spec.Command),
        (ir.Literal, spec.LiteralText),
        (ir.InputPath, spec.InputPath),
        (ir.OutputPath, spec.OutputPath),
        (ir.ParameterValue, spec.ParameterValue),
        (ir.SecretValue, spec.SecretValue),
        (ir.Concatenation, spec.Concatenation),
        (ir.Reuse, spec.Reuse),
        (ir.KeyPart, spec.KeyPart),
        (ir.SecretVariable, spec.SecretVariable),
        (ir.NamedValue, spec.NamedValue),
        (ir.Registration, spec.Registration),
        (ir.TableFormat, spec.TableFormat),
        (ir.ColumnType, spec.ColumnType),
        (ir.RowOperation, spec.RowOperation),
    ],
    ids=lambda one: one.__name__,
)
def test_a_part_of_the_spec_has_the_fields_of_its_node(node: Any, kind: Any) -> None:
    assert kind.__annotations__.keys() | {"span"} == field_types(node).keys() | {"span"}


def test_the_launcher_is_told_no_secret_of_a_parameter() -> None:
    assert spec.Parameter.__annotations__.keys() == field_types(ir.Parameter).keys() - {"span", "secret"}
