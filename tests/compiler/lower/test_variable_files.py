"""Files that may hold missing variables are looked for near the top first, as far as a large project is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.lower import gaps
from tests.support.folders import write_files


def test_a_large_project_is_looked_at_from_its_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {f"data/deep/{number}.txt": "" for number in range(300)})
    write_files(
        tmp_path, {".env": "A=1\n", "settings/x.env": "A=1\nB=2\n", "data/deep/late.env": "A=1\nB=2\n"}
    )
    (tmp_path / "away").symlink_to("/usr")
    outside = Outside(tmp_path, tmp_path, tmp_path / "pipeline.py")

    def found() -> list[str]:
        paths = gaps.find_variable_files(outside, frozenset("AB"))
        return [path.relative_to(tmp_path).as_posix() for path, _ in paths]

    assert found() == ["settings/x.env", "data/deep/late.env", ".env"]
    monkeypatch.setattr(gaps, "_LOOKED_AT", 200)
    assert found() == ["settings/x.env", ".env"]
