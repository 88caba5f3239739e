"""`pipelift.testing.conform`: our targets keep their word, and one that breaks it is caught at each point."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pytest

from pipelift.backends.kubeflow import kfp_compiler, self_check
from pipelift.compiler import ir
from pipelift.compiler.config import Option, Section
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.codes import Code
from pipelift.compiler.ir.wire import as_data, as_json, read_pipeline
from pipelift.compiler.keeps import Keeps, exact_but
from pipelift.compiler.passes.losses import FEATURES
from pipelift.compiler.target import Artifacts, Compilation, Target, load_target, load_targets
from pipelift.testing import NotConforming, conform, examine, sample
from pipelift.testing.changes import changed_pipelines, fields_of_the_ir, is_whole
from pipelift.testing.ignored import IGNORED, fields_told_with_others
from pipelift.testing.outcome import rehearse_sample
from pipelift.testing.page import PAGE, targets_page
from tests.support.folders import ROOT


@contextmanager
def compiling_once() -> Iterator[None]:
    """kfp compiles the sample once: a process for each of 160 fields takes minutes, and pipeline.py says it all.

    `tests/e2e/test_conformance.py` compares that with what kfp makes of more.
    """
    compiled: list[bytes] = []
    compile_with_kfp = kfp_compiler.compile_with_kfp

    def once(source: str) -> bytes:
        if not compiled:
            compiled.append(compile_with_kfp(source))
        return compiled[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kfp_compiler, "compile_with_kfp", once)
        patch.setattr(self_check, "check", lambda plan, compiled: None)
        yield


@pytest.fixture(scope="module")
def quick_kfp() -> Iterator[None]:
    with compiling_once():
        yield


@pytest.mark.usefixtures("quick_kfp")
def test_our_targets_conform_and_the_page_tells_how() -> None:
    found = [conform(target) for target in load_targets()]
    for one in found:
        assert set(one.fields) == set(fields_of_the_ir())
        assert "silent" not in one.fields.values()
    committed = (ROOT / PAGE).read_text(encoding="utf-8")
    assert committed == targets_page(found), f"run: python -m pipelift.testing.page > {PAGE}"


# --- the sample and its changes


def test_the_sample_uses_every_field() -> None:
    pipeline, contents = sample()
    assert is_whole(pipeline)
    assert {snapshot.id for snapshot in pipeline.snapshots} == contents.keys()
    assert read_pipeline(as_json(pipeline)) == pipeline
    for field in fields_of_the_ir():
        changed = list(itertools.islice(changed_pipelines(pipeline, field), 5))
        assert changed or field.endswith(".span"), field
        assert all(is_whole(one) and one != pipeline for one in changed)


def test_a_reason_is_given_for_fields_that_are_there_alone() -> None:
    assert IGNORED.keys() <= set(fields_of_the_ir()) | {"Pipeline.tags"}
    assert fields_told_with_others(Keeps()) <= set(fields_of_the_ir())


# --- a target that keeps its word, and others


class Settings(Section):
    queue: Annotated[str, Option("where runs wait")] = "all"


EXACT: dict[str, Any] = {name: replace(Keeps().retries, fit="exact", how="") for name in FEATURES}


class Faithful(Target):
    """It writes the IR itself, without what is ignored."""

    name = "faithful"
    summary = "the pipeline as JSON"
    settings = Settings
    keeps = Keeps(**EXACT)

    def compile(self, pipeline: ir.Pipeline, compilation: Compilation) -> Artifacts:
        data = as_data(pipeline)
        places = [compilation.config.store_url(store.name, self.name) for store in pipeline.stores]
        queue = compilation.config.settings(self.name, Settings).queue
        return Artifacts({"pipeline.json": json.dumps([data, places, queue]).encode()})

    def verify(self, directory: Path, reporter: Reporter) -> None:
        json.loads((directory / "pipeline.json").read_text())


def test_a_target_that_keeps_its_word_conforms() -> None:
    found = conform(Faithful())
    assert found.failures == ()
    assert found.fields["Step.retries"] == "kept" and found.fields["Step.span"] == "ignored"


def test_what_is_left_out_is_named_field_by_field() -> None:
    class Forgetful(Faithful):
        def compile(self, pipeline: ir.Pipeline, compilation: Compilation) -> Artifacts:
            steps = tuple(replace(step, retries=0, timeout=None) for step in pipeline.steps)
            return super().compile(replace(pipeline, steps=steps), compilation)

    assert set(examine(Forgetful()).failures) == {
        "Step.retries is silently ignored",
        "Step.timeout is silently ignored",
    }

    class Honest(Forgetful):
        keeps = replace(Faithful.keeps, retries=Keeps().retries, ignores={"Step.timeout": "nothing runs"})

    found = conform(Honest())
    assert (found.fields["Step.retries"], found.fields["Step.timeout"]) == ("told", "ignored")


class Nondeterministic(Faithful):
    numbers = itertools.count()

    def compile(self, pipeline: ir.Pipeline, compilation: Compilation) -> Artifacts:
        made = super().compile(pipeline, compilation)
        return Artifacts({**made.files, "number.txt": str(next(self.numbers)).encode()})


class Placed(Faithful):
    def compile(self, pipeline: ir.Pipeline, compilation: Compilation) -> Artifacts:
        made = super().compile(pipeline, compilation)
        return Artifacts({**made.files, "place.txt": str(compilation.base).encode()})


class Writing(Faithful):
    def compile(self, pipeline: ir.Pipeline, compilation: Compilation) -> Artifacts:
        if compilation.base.is_dir():
            (compilation.base / "left.txt").write_text("x")
        return super().compile(pipeline, compilation)


class Outside(Faithful):
    def compile(self, pipeline: ir.Pipeline, compilation: Compilation) -> Artifacts:
        return Artifacts(
            {**super().compile(pipeline, compilation).files, "../x": b"", "manifest.json": b"{}"}
        )


class Unescaped(Faithful):
    def compile(self, pipeline: ir.Pipeline, compilation: Compilation) -> Artifacts:
        text = f'name: "{pipeline.name}"\n'.encode()
        return Artifacts({**super().compile(pipeline, compilation).files, "name.yaml": text})


class Refusing(Faithful):
    codes = (Code("FAITHFUL01", "error", "t", "w", "e", "r"),)

    def verify(self, directory: Path, reporter: Reporter) -> None:
        reporter.report("FAITHFUL01", "it is not valid")


class Foreign(Faithful):
    codes = (Code("OTHER01", "error", "t", "w", "e", ""),)


class Borrowing(Faithful):
    codes = (Code("PL498", "error", "t", "w", "e", "r"),)


class Vague(Faithful):
    keeps = replace(Faithful.keeps, retries=exact_but("PL101"))


class Deaf(Faithful):
    def compile(self, pipeline: ir.Pipeline, compilation: Compilation) -> Artifacts:
        return Artifacts({"pipeline.json": as_json(pipeline).encode()})


class Mistaken(Faithful):
    keeps = replace(Faithful.keeps, ignores={"Step.retry": "a typing error"})


class Named(Faithful):
    name = "stores"
    summary = ""


FAULTS: dict[type[Target], str] = {
    Nondeterministic: "compiling twice gives two outcomes",
    Placed: "the place of the project is in: place.txt",
    Writing: "compiling writes: left.txt",
    Outside: "'manifest.json' is no path of a file in the output folder",
    Unescaped: "'name.yaml' of a pipeline with the text '\"' cannot be read",
    Refusing: "its check refuses its own output: it is not valid",
    Foreign: "the code OTHER01 does not begin with FAITHFUL",
    Borrowing: "the code PL498 does not begin with FAITHFUL",
    Vague: "keeps.retries names the code PL101, which stands for no loss",
    Deaf: "the setting 'queue' has no effect",
    Mistaken: "Step.retry is no field of the IR",
    Named: "'stores' is no name for a target",
}


@pytest.mark.parametrize("target", FAULTS, ids=lambda target: target.__name__)
def test_a_broken_word_is_named(target: type[Target]) -> None:
    with pytest.raises(NotConforming) as caught:
        conform(target())
    assert f"{target.name}: {FAULTS[target]}" in str(caught.value)


def test_a_rehearsal_is_of_the_run_that_the_local_target_makes() -> None:
    """It starts nothing; each step is given its own values, in the order of the steps, as often as it retries."""
    pipeline, contents = sample()
    (file,) = rehearse_sample(load_target("local"), pipeline, contents).files.values()
    run = json.loads(file)
    assert [spec["step"]["id"] for spec, _ in run["launches"]] == [step.id for step in pipeline.steps]
    for (_, facts), step in zip(run["launches"], pipeline.steps, strict=True):
        assert facts["parameters"].keys() <= set(step.parameters)
        devices = facts["variables"].get("CUDA_VISIBLE_DEVICES", "")
        assert len(devices.split(",") if devices else []) == step.resources.gpus
    first = pipeline.steps[0]
    alone = run[f"{first.id} fails"]
    assert alone["attempts"].count(first.id) == first.retries + 1
    assert alone["statuses"][0] == "failed" and "skipped" in alone["statuses"]


def test_where_stores_are_has_to_have_an_effect() -> None:
    assert "[stores.NAME.faithful] has no effect" in examine(Deaf()).failures
