"""The check of a long Compose project: one service of each kind, and whatever could make a difference."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelift.backends.compose.sampling import sample_project
from pipelift.backends.compose.verification import verify
from pipelift.compiler.diagnostics import Reporter

NOTHING = "# no machines\nservices: {}\n"


def service(name: str, after: str = "", more: str = "") -> str:
    text = f'\n  # {name} is a step\n  {name}:\n    image: "p/{name}:0123456789ab"\n    command:\n    - "--id={name}"\n'
    waiting = f"    depends_on:\n      {after}:\n        condition: service_completed_successfully\n"
    return text + more + (waiting if after else "")


def project(*services: str) -> str:
    return f"name: p\n\nservices:{''.join(services)}\nvolumes:\n  data: {{}}\n"


CHAIN = [service("step-0"), *(service(f"step-{n}", f"step-{n - 1}") for n in range(1, 50))]


def sampled(main: str, override: str = NOTHING) -> list[str]:
    sample = sample_project(main, override)
    assert sample is not None
    data = yaml.safe_load(sample[0])
    assert data["volumes"] == {"data": {}}
    names = [name for name, block in data["services"].items() if block["image"] != "stub"]
    waited = {name for block in data["services"].values() for name in block.get("depends_on", ())}
    assert waited <= data["services"].keys()
    return names


def test_services_that_differ_in_names_are_one_kind() -> None:
    assert sampled(project(*CHAIN)) == ["step-0", "step-1"]


@pytest.mark.parametrize(
    "more", ["    read_only: yes please\n", "    restart: on-failure:3\n", '    user: "0:0"\n']
)
def test_a_service_with_a_word_of_its_own_is_looked_at(more: str) -> None:
    special = service("special", "step-3", more)
    assert sampled(project(*CHAIN, special)) == ["step-0", "step-1", "special"]


def test_a_service_with_a_machine_of_its_own_is_looked_at() -> None:
    override = "services:\n  step-7:\n    cpus: 2\n  step-8:\n    cpus: 2\n  step-9:\n    cpus: 3\n"
    assert sampled(project(*CHAIN), override) == ["step-0", "step-1", "step-7", "step-9"]


@pytest.mark.parametrize(
    "main",
    {
        "another layout": "services: {a: {image: b}, c: {image: b}}\n",
        "a dependency that is missing": project(*CHAIN, service("lost", "nobody")),
        "a name twice": project(*CHAIN, service("step-3", "step-1")),
        "nothing to leave out": project(*CHAIN[:2]),
    }.values(),
)
def test_where_services_could_clash_all_are_looked_at(main: str) -> None:
    assert sample_project(main, NOTHING) is None


def test_what_is_wrong_with_one_of_many_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "compose.gpu.yaml").write_text(NOTHING)
    for more, count in (("", 0), ("    comand: x\n", 1)):
        (tmp_path / "compose.yaml").write_text(project(*CHAIN, service("last", "step-49", more)))
        reporter = Reporter()
        verify(tmp_path, reporter)
        assert len(list(reporter)) == count
    assert sorted(path.name for path in tmp_path.iterdir()) == ["compose.gpu.yaml", "compose.yaml"]
