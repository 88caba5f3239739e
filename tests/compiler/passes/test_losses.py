"""Losses that are derived from what a target declares: each asked for, kept in each way, on each target."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelift.app.request import RunRequest
from pipelift.app.request.preparation import prepare_run
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Diagnostic, Reporter, Severity
from pipelift.compiler.diagnostics.codes import CODES
from pipelift.compiler.driver import analyse
from pipelift.compiler.keeps import EXACT, UNCONCERNED, Keeps, Kept, approximated, dropped
from pipelift.compiler.options import Options
from pipelift.compiler.passes.losses import FEATURES, report_losses
from pipelift.compiler.target import load_target, load_targets
from tests.support.samples import two_steps

EVERY: dict[str, Any] = dict.fromkeys(FEATURES, EXACT)
ALL = Keeps(**EVERY)
WHEN = ir.Recurrence(frequency="day")


def keeping(feature: str, kept: Kept) -> Keeps:
    """All is kept; `feature` as `kept` says."""
    return Keeps(**{**EVERY, feature: kept})


def with_step(**changes: Any) -> ir.Pipeline:
    """The two steps without any wish, the second changed."""
    pipeline, _ = two_steps()
    bare: dict[str, Any] = {
        "resources": ir.Resources(),
        "reuse": ir.Reuse(allowed=False),
        "retries": 0,
        "timeout": None,
    }
    first, second = (replace(step, **bare) for step in pipeline.steps)
    return replace(pipeline, steps=(first, replace(second, **changes)))


def with_output(**changes: Any) -> ir.Pipeline:
    (output,) = two_steps()[0].steps[1].outputs
    return with_step(outputs=(replace(output, **changes),))


def scheduled(trigger: ir.Recurrence | ir.Polling, experiment: str | None = None) -> ir.Pipeline:
    schedule = ir.Schedule(id="s", name="s", trigger=trigger, experiment=experiment)
    return replace(with_step(), schedules=(schedule,))


ASKED = {
    "processes": (with_step(resources=ir.Resources(nodes=2)), "PL424"),
    "going_on": (replace(with_step(), continue_on_failure=True), "PL426"),
    "retries": (with_step(retries=2), "PL442"),
    "timeouts": (with_step(timeout=60.0), "PL491"),
    "sizes": (with_step(resources=ir.Resources(cpus=2)), "PL492"),
    "gpus": (with_step(resources=ir.Resources(gpus=1)), "PL493"),
    "shared_memory": (with_step(resources=ir.Resources(shm_size=2)), "PL494"),
    "secrets": (with_step(secrets=(ir.SecretVariable(name="KEY", secret="key"),)), "PL495"),
    "destinations": (with_output(explicit=True), "PL423"),
    "registrations": (with_output(register_as=ir.Registration(name="r")), "PL423"),
    "reuse": (with_step(reuse=ir.Reuse()), "PL496"),
    "recurrences": (scheduled(WHEN), "PL490"),
    "polling": (scheduled(ir.Polling(store="incoming")), "PL483"),
    "experiments": (scheduled(WHEN, experiment="nightly"), "PL474"),
}


def losses(pipeline: ir.Pipeline, keeps: Keeps) -> list[Diagnostic]:
    reporter = Reporter()
    report_losses(pipeline, "plain", keeps, reporter)
    return list(reporter)


def test_every_declaration_is_compared() -> None:
    assert [*ASKED] == [*FEATURES] == [one.name for one in fields(Keeps) if one.name != "ignores"]


@pytest.mark.parametrize("feature", ASKED)
def test_what_is_asked_and_not_kept_is_one_loss(feature: str) -> None:
    pipeline, code = ASKED[feature]
    for kept in (EXACT, UNCONCERNED):
        assert losses(pipeline, keeping(feature, kept)) == []
    for kept in (approximated("does it so", "Do that."), dropped("does not", "Do this.")):
        (found,) = losses(pipeline, keeping(feature, kept))
        assert (found.code, found.fidelity) == (code, kept.fit)
        assert found.message.endswith(f"; plain {kept.how}") and found.help == kept.help
        assert found.severity is not (Severity.ERROR if kept.fit == "approximated" else Severity.NOTE)


@pytest.mark.parametrize("feature", ASKED)
def test_an_error_can_be_allowed(feature: str) -> None:
    pipeline, code = ASKED[feature]
    reporter = Reporter([code])
    report_losses(pipeline, "plain", keeping(feature, dropped()), reporter)
    assert reporter.errors == [] and len(list(reporter)) == 1


def test_a_target_that_declares_nothing_loses_everything_that_is_asked() -> None:
    assert {one.code for pipeline, _ in ASKED.values() for one in losses(pipeline, Keeps())} == {
        code for _, code in ASKED.values()
    }


def test_who_asks_for_nothing_loses_nothing() -> None:
    assert losses(with_step(), Keeps()) == []


def test_a_step_that_runs_nowhere_asks_for_nothing() -> None:
    assert losses(with_step(unsupported="it needs a service", retries=3, timeout=5.0), Keeps()) == []


KINDS = st.sampled_from([EXACT, UNCONCERNED, approximated(), dropped()])


@given(st.fixed_dictionaries(dict.fromkeys(FEATURES, KINDS)))
def test_a_loss_is_as_bad_as_it_is_declared(kept: dict[str, Any]) -> None:
    for name, (pipeline, code) in ASKED.items():
        fit = kept[name].fit
        lost = [fit] if fit in ("approximated", "dropped") else []
        found = losses(pipeline, Keeps(**kept))
        assert [one.fidelity for one in found if one.code == code] == lost


@pytest.mark.parametrize("target", load_targets(), ids=lambda target: target.name)
def test_our_targets_declare_each_thing_in_words_that_follow_their_name(target: object) -> None:
    keeps = load_target(getattr(target, "name", "")).keeps
    for feature in FEATURES.values():
        kept = feature.kept(keeps)
        assert (kept.fit in ("exact", "unconcerned")) == (kept.how == "")
        assert not kept.how.endswith(".") and (not kept.help or kept.help.endswith("."))
        assert CODES[feature.code].fidelity


def test_this_machine_runs_a_distributed_step_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").write_text("print(1)\n")
    file = tmp_path / "pipeline.py"
    file.write_text(
        "from azureml.core import Workspace\nfrom azureml.core.runconfig import RunConfiguration\n"
        "from azureml.pipeline.core import Pipeline\nfrom azureml.pipeline.steps import PythonScriptStep\n"
        "run = RunConfiguration()\nrun.node_count = 2\n"
        "step = PythonScriptStep('a.py', name='a', source_directory='src', compute_target='c', runconfig=run)\n"
        "pipeline = Pipeline(Workspace.from_config(), [step])\n"
    )
    analysis = analyse(file, Options())
    prepare_run(analysis, RunRequest())
    (found,) = [one for one in analysis.reporter if one.code == "PL424"]
    assert (found.severity, found.fidelity) == (Severity.WARNING, "approximated")
    assert found.message == "step 'a' asks for 2 nodes with 1 processes each; local runs it as one process"
