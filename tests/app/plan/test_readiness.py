"""What a plan says beside the steps: open parameters, missing secrets, sizes on a target; it writes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelift.app.cli.main import main
from pipelift.backends.kubeflow.limits import check_size
from pipelift.compiler.diagnostics import Reporter
from tests.support.folders import ROOT

PROJECT = ROOT / "tests" / "e2e" / "supervised"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a parameter that has no value, and a store that needs a secret."""
    folder = Path(shutil.copytree(PROJECT, tmp_path / "project"))
    text = (folder / "pipeline.py").read_text()
    (folder / "pipeline.py").write_text(
        text.replace('("mood", "fine")', '("mood_token", "canary-3")').replace("--mood", "--mood_token")
    )
    (folder / "pipelift.toml").write_text(
        '[stores.workspaceblobstore]\nurl = "s3://data"\nsecret = "data-key"\n[stores.workspaceblobstore.kubeflow]\n'
        'url = "pvc:data"\n'
    )
    return folder


def plan(folder: Path, *words: str) -> Result:
    before = sorted(folder.rglob("*"))
    done = CliRunner().invoke(main, ["plan", str(folder / "pipeline.py"), *words])
    assert sorted(folder.rglob("*")) == before
    return done


def needs(folder: Path, *words: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(plan(folder, "--json", *words).stdout)[0]["needs"]
    return found


def test_what_is_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "secret mood-token is missing here: variable PIPELIFT_SECRET_MOOD_TOKEN" in plan(folder).stdout
    assert "secret data-key is missing here: variable PIPELIFT_SECRET_DATA_KEY" in plan(folder).stdout
    assert needs(folder)["missing_secrets"] == ["data-key", "mood-token"]
    assert needs(folder, "-p", "mood_token=1")["missing_secrets"] == ["data-key"]
    assert needs(folder)["parameters"] == []
    monkeypatch.setenv("PIPELIFT_SECRET_DATA_KEY", "canary-1")
    told = plan(folder)
    assert "secret data-key is needed" in told.stdout
    assert "canary" not in told.output


def test_secret_in_a_file(folder: Path) -> None:
    (folder / ".pipelift/secrets").mkdir(parents=True)
    (folder / ".pipelift/secrets/data-key").write_text("canary-2")
    (folder / ".pipelift/secrets/mood-token").write_text("canary-4")
    assert needs(folder)["missing_secrets"] == []
    assert "canary-2" not in plan(folder).output


def test_a_target_adds_its_sizes_and_its_losses(folder: Path) -> None:
    found = needs(folder, "--target", "compose")
    assert {"compose.yaml", ".env", "images.json"} <= set(found["files"])  # type: ignore[call-overload]
    assert "compose: " in plan(folder, "--target", "compose").stdout
    assert needs(folder, "--target", "kubeflow")["secrets"] == ["mood-token"]
    unknown = plan(folder, "--target", "kuberflow")
    assert (unknown.exit_code, "no target 'kuberflow'" in unknown.output) == (2, True)


@pytest.mark.parametrize(
    ("tasks", "size", "codes"), [(40, 10_000, []), (56, 10_000, ["PL535"]), (2, 1 << 21, ["PL535"])]
)
def test_pipelines_that_a_cluster_may_not_keep(tasks: int, size: int, codes: list[str]) -> None:
    reporter = Reporter()
    check_size(tasks, bytes(size), reporter)
    assert [entry.code for entry in reporter] == codes
