"""What the project is installed from: every version pinned, every file known by its digest, no registry named."""

from __future__ import annotations

import re
from importlib.metadata import requires
from typing import cast

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from tests.support.folders import ROOT

TEXT = (ROOT / "constraints.txt").read_text(encoding="utf-8")
ENTRY = re.compile(
    r"^(?P<requirement>[^\s#].*?)(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", re.MULTILINE
)
PINS = [(Requirement(entry["requirement"]), entry["hashes"]) for entry in ENTRY.finditer(TEXT)]


def test_each_pin_is_one_version_with_the_digests_of_its_files() -> None:
    assert len(PINS) > 100
    for requirement, hashes in PINS:
        assert [specifier.operator for specifier in requirement.specifier] == ["=="], requirement
        assert hashes, f"{requirement} has no digest"


def test_no_registry_is_named() -> None:
    assert "://" not in TEXT
    assert not re.search(r"^\s*--(?!hash=)", TEXT, re.MULTILINE)


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
def test_what_pyproject_asks_for_is_pinned_for_each_python(python: str) -> None:
    environ: dict[str, str] = {
        **cast("dict[str, str]", default_environment()),
        "python_version": python,
        "python_full_version": f"{python}.0",
    }
    pinned = {
        requirement.name: next(iter(requirement.specifier)).version
        for requirement, _ in PINS
        if requirement.marker is None or requirement.marker.evaluate({**environ, "extra": ""})
    }
    wanted = [Requirement(text) for text in requires("pipelift") or ()]
    extras = ("", "kubeflow", "airflow", "abfs", "s3", "gs", "azfile", "sql", "examples", "test")
    for requirement in wanted:
        marker = requirement.marker
        if requirement.name == "pipelift":
            continue
        if marker is None or any(marker.evaluate({**environ, "extra": extra}) for extra in extras):
            name = re.sub(r"[-_.]+", "-", requirement.name).lower()
            assert requirement.specifier.contains(pinned[name]), requirement
