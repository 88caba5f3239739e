"""The tables of docs/versions.md: what loads where, held against what was found."""

from __future__ import annotations

from collections.abc import Mapping

from tests.matrix.environments import ROOT

PAGE = ROOT / "docs" / "versions.md"


def row(product: str, version: str) -> list[str]:
    """The cells of a version after its name, as they are documented."""
    found = [
        [cell.strip() for cell in line.strip("| \n").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| {product} {version} ")
    ]
    assert len(found) == 1, f"{product} {version} stands {len(found)} times in {PAGE.name}"
    return found[0][1:]


def cell(outcomes: Mapping[str, str | None]) -> str:
    """What a cell says of files that loaded (None) or did not (why): `all`, `none`, `all but NAMES` or `only NAMES`."""
    loaded = sorted(name for name, problem in outcomes.items() if problem is None)
    failed = sorted(outcomes.keys() - set(loaded))
    if not failed or not loaded:
        return "none" if failed else "all"
    return f"all but {', '.join(failed)}" if len(failed) <= len(loaded) else f"only {', '.join(loaded)}"
