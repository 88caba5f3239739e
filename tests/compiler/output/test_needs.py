"""What an output needs: stores as its target sees them, secrets, open parameters, GPUs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipelift.compiler import ir
from pipelift.compiler.config import Config, StoreConfig, StoreSection
from pipelift.compiler.output.needs import NOTHING, GpuNeed, SecretNeed, needs
from tests.support.samples import two_steps


def test_nothing_configured_needs_our_own_folder() -> None:
    pipeline, _ = two_steps()
    found = needs(
        pipeline, Config(folder=Path("project")), "compose", Path("project/build/compose"), Path("project")
    )
    assert found.home == "../.."
    (store,) = found.stores
    assert (store.kind, store.where) == ("folder", "../../.pipelift/stores/workspaceblobstore")
    assert not store.configured
    assert store.written_by == tuple(step.name for step in pipeline.steps)
    assert store.read_by == ("prepare.py",)
    assert found.secrets == ()
    assert found.gpus == (GpuNeed(step="train model", count=1, model="NVIDIA Tesla K80"),)


def test_each_target_has_its_own_places_and_secrets() -> None:
    pipeline, _ = two_steps()
    section = StoreSection(
        url="abfs://data@account.dfs.core.windows.net/x",
        secret="blob",
        options={"timeout": "5"},
        targets={
            "airflow": StoreConfig(url="volume:shared"),
            "kubeflow": StoreConfig(url="pvc:claim"),
            "local": StoreConfig(url="postgresql://me@db/x"),
        },
    )
    config = Config(stores={"workspaceblobstore": section})
    kinds = {}
    for target in ("compose", "airflow", "kubeflow", "local"):
        (store,) = needs(pipeline, config, target, Path(), Path()).stores
        kinds[target] = (store.kind, store.where, store.options, store.secret)
    options = (("timeout", "5"),)
    assert kinds == {
        "compose": ("files", "abfs://data@account.dfs.core.windows.net/x", options, "blob"),
        "airflow": ("volume", "shared", (), None),
        "kubeflow": ("claim", "claim", (), None),
        "local": ("database", "postgresql://me@db/x", options, "blob"),
    }


def test_secrets_of_stores_and_variables_are_told_once() -> None:
    pipeline, _ = two_steps()
    secret = ir.SecretVariable(name="PASSWORD", secret="blob")
    steps = tuple(replace(step, secrets=(secret,)) for step in pipeline.steps)
    pipeline = replace(pipeline, steps=steps)
    config = Config(stores={"workspaceblobstore": StoreSection(url="s3://bucket", secret="blob")})
    found = needs(pipeline, config, "compose", Path(), Path())
    assert found.secrets == (
        SecretNeed(name="blob", stores=("workspaceblobstore",), variables=("PASSWORD",)),
    )


def test_secrets_in_arguments_are_needed_too() -> None:
    pipeline, _ = two_steps()
    parts = (ir.Literal(value="--key="), ir.SecretValue(secret="key"))
    words = (ir.SecretValue(secret="blob"), ir.Concatenation(parts=parts), ir.SecretValue(secret="key"))
    steps = (replace(pipeline.steps[0], arguments=words), *pipeline.steps[1:])
    found = needs(replace(pipeline, steps=steps), Config(), "compose", Path(), Path())
    assert found.secrets == (
        SecretNeed(name="blob", arguments=("prepare.py",)),
        SecretNeed(name="key", arguments=("prepare.py",)),
    )


def test_a_parameter_without_a_default_is_needed() -> None:
    pipeline = ir.Pipeline(
        id="p",
        name="p",
        source="p.py",
        default_store="s",
        parameters=(
            ir.Parameter(name="open", type="string"),
            ir.Parameter(name="set", type="integer", default=0),
        ),
    )
    assert needs(pipeline, Config(), "compose", Path(), Path()) == replace(NOTHING, parameters=("open",))
