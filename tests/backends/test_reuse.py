"""What the artifacts of each target say about reuse: never, not this time, this step anew, identity."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from pipelift.compiler import ir
from tests.support.compiling import compile_for
from tests.support.samples import configured, two_steps

TARGETS = ("compose", "airflow", "kubeflow")


def compiled(target: str, pipeline: ir.Pipeline, **config: Any) -> Mapping[str, str]:
    _, contents = two_steps()
    files = compile_for(target, pipeline, contents, configured(config)).files
    return {path: data.decode() for path, data in files.items() if not path.startswith("runtime/")}


def _commands(target: str, files: Mapping[str, str]) -> dict[str, list[str]]:
    """The launcher's arguments of each step, as texts."""
    if target == "compose":
        services = yaml.safe_load(files["compose.yaml"])["services"]
        return {name: services[name]["command"] for name in ("prepare", "train")}
    (dag,) = (text for path, text in files.items() if path.endswith("_dag.py"))
    calls = [node for node in ast.walk(ast.parse(dag)) if isinstance(node, ast.Call)]
    return {
        ast.literal_eval(words["task_id"]): [ast.unparse(word) for word in words["command"].elts]  # type: ignore[attr-defined]
        for words in ({keyword.arg: keyword.value for keyword in call.keywords} for call in calls)
        if "task_id" in words
    }


def _caching(files: Mapping[str, str]) -> dict[str, bool]:
    tasks = next(yaml.safe_load_all(files["pipeline.yaml"]))["root"]["dag"]["tasks"]
    return {name: task["cachingOptions"].get("enableCache", False) for name, task in tasks.items()}


@pytest.mark.parametrize("target", ["compose", "airflow"])
def test_regenerate_switches_every_lookup_off(target: str) -> None:
    pipeline, _ = two_steps()
    again = replace(pipeline, regenerate=True)
    for files, there in ((compiled(target, pipeline), False), (compiled(target, again), True)):
        for words in _commands(target, files).values():
            assert any("--no-reuse" in word for word in words) == there


def test_kubeflow_caches_what_may_be_reused_and_nothing_else() -> None:
    pipeline, _ = two_steps()
    assert _caching(compiled("kubeflow", pipeline)) == {"prepare": True, "train": False}
    again = replace(pipeline, regenerate=True)
    assert set(_caching(compiled("kubeflow", again)).values()) == {False}


def test_kubeflow_cannot_see_changed_data_so_it_does_not_cache_its_readers() -> None:
    pipeline, _ = two_steps()
    by_content = compiled("kubeflow", pipeline, reuse={"identity": "content"})
    assert _caching(by_content) == {"prepare": False, "train": False}


@pytest.mark.parametrize("target", TARGETS)
def test_specs_carry_identity_and_whether_reuse_is_allowed(target: str) -> None:
    pipeline, _ = two_steps()
    for identity in ("definition", "content"):
        files = compiled(target, pipeline, reuse={"identity": identity})
        specs = [json.loads(files[f"steps/{name}.json"]) for name in ("prepare", "train")]
        assert [spec["identity"] for spec in specs] == [identity, identity]
        assert [spec["step"]["reuse"]["allowed"] for spec in specs] == [True, False]


@pytest.mark.parametrize("target", TARGETS)
def test_what_the_key_does_not_see_leaves_the_image_as_it_is(target: str) -> None:
    """Else Kubeflow's cache, which sees the image's tag, would miss where our key hits."""
    pipeline, _ = two_steps()
    other = replace(
        pipeline,
        steps=tuple(
            replace(step, retries=5, resources=ir.Resources(cpus=1), span=None) for step in pipeline.steps
        ),
        parameters=(replace(pipeline.parameters[0], default=9.5),),
    )
    assert compiled(target, pipeline)["images.json"] == compiled(target, other)["images.json"]


def test_a_run_of_the_dag_can_ask_for_new_results() -> None:
    files = compiled("airflow", two_steps()[0])
    (dag,) = (text for path, text in files.items() if path.endswith("_dag.py"))
    (function,) = (
        node
        for node in ast.parse(dag).body
        if isinstance(node, ast.FunctionDef) and node.name == "reuse_options"
    )
    names: dict[str, Any] = {}
    exec(compile(ast.Module([function], []), "dag", "exec"), names)

    def options(conf: object) -> list[str]:
        found: list[str] = names["reuse_options"]({"dag_run": SimpleNamespace(conf=conf)})
        return found

    assert options(None) == options({}) == []
    assert options({"pipelift_no_reuse": True}) == ["--no-reuse"]
    assert options({"pipelift_refresh": ["prepare", "train model"]}) == [
        "--refresh=prepare",
        "--refresh=train model",
    ]


def test_compose_asks_for_new_results_by_variables() -> None:
    pipeline, _ = two_steps()
    words = _commands("compose", compiled("compose", pipeline))
    assert [word for word in words["prepare"] if "refresh" in word] == [
        "--refresh=${PIPELIFT_NO_REUSE:+prepare}",
        "--refresh=${PIPELIFT_REFRESH:-}",
    ]
    assert not [word for word in words["train"] if "refresh" in word]  # it runs every time anyway
