"""The sample of `pipelift.testing.conform` through the real kfp, which the quick test of conformance runs but once."""

from __future__ import annotations

from pathlib import Path

from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter, Severity
from pipelift.compiler.target import Compiles, load_target
from pipelift.testing import Contents, sample
from pipelift.testing.changes import with_texts
from pipelift.testing.conformance import TRAPS
from pipelift.testing.outcome import Outcome, compile_sample
from tests.testing.test_conform import compiling_once

YAML = "pipeline.yaml"


def refusals(outcome: Outcome, folder: Path) -> list[str]:
    """What kfp's own loader says against the files."""
    for path, data in outcome.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    target, reporter = load_target("kubeflow"), Reporter()
    assert isinstance(target, Compiles)
    target.verify(folder, reporter)
    return [diagnostic.message for diagnostic in reporter if diagnostic.severity is Severity.ERROR]


def hostile() -> tuple[ir.Pipeline, Contents]:
    pipeline, contents = sample()
    return with_texts(pipeline, "".join(TRAPS)), contents


def test_kfp_gives_what_the_quick_test_takes_for_it(tmp_path: Path) -> None:
    target = load_target("kubeflow")
    real = compile_sample(target, *sample())
    with compiling_once():
        quick = compile_sample(target, *sample())
        reused = compile_sample(target, *hostile())
    assert real == quick
    assert real.files[YAML] == reused.files[YAML]  # the quick test tells the two apart by pipeline.py alone
    assert refusals(real, tmp_path) == []


def test_kfp_sees_every_difference_that_pipeline_py_shows(tmp_path: Path) -> None:
    target = load_target("kubeflow")
    (pipeline, contents), real = sample(), compile_sample(target, *sample())
    others = [compile_sample(target, with_texts(pipeline, trap), contents) for trap in ("'", "{{ x }}")]
    others.append(compile_sample(target, *hostile()))
    for number, other in enumerate(others):
        assert other.files["pipeline.py"] != real.files["pipeline.py"]
        assert other.files[YAML] != real.files[YAML]
        assert refusals(other, tmp_path / str(number)) == []
