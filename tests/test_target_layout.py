"""Our targets are laid out alike, as CONTRIBUTING's recipe says, and their settings describe themselves alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelift.app.deploying import Deploys
from pipelift.compiler.config.section import list_options
from pipelift.compiler.plugins import is_ours
from pipelift.compiler.target import Compiles, Target, load_target, target_names

ROOT = Path(__file__).parents[1]
OURS = [load_target(name) for name in target_names() if is_ours(name)]
EVERY = {"__init__", "codes", "keeps", "settings", "stores"}
COMPILING = {"compiling", "plan", "printing", "schedules", "verification", "doctor"}
DEPLOYING = {"__init__", "deployer"}


def modules(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py")}


@pytest.mark.parametrize("target", OURS, ids=lambda target: target.name)
def test_the_same_thing_has_the_same_name_in_every_target(target: Target) -> None:
    folder = ROOT / "backends" / target.name
    assert modules(folder) >= EVERY
    assert not isinstance(target, Compiles) or modules(folder) >= COMPILING
    assert not isinstance(target, Deploys) or modules(folder / "deploying") >= DEPLOYING
    for module in ("settings", "codes", "keeps"):
        declared = {"settings": target.settings, "codes": target.codes, "keeps": target.keeps}[module]
        names = vars(__import__(f"pipelift.backends.{target.name}.{module}", fromlist=["*"])).values()
        assert any(declared is value for value in names)


def test_the_recipe_names_every_module() -> None:
    recipe = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Recipe: a target")[2]
    listed = set(re.findall(r"`(?:deploying/)?(\w+)\.py`", recipe.partition("## Recipe")[0]))
    assert listed >= (EVERY | COMPILING | DEPLOYING) - {"__init__"}


@pytest.mark.parametrize("target", OURS, ids=lambda target: target.name)
def test_help_of_settings_is_a_phrase_as_click_shows_it(target: Target) -> None:
    """Lower case, one line, no full stop: what stands beside an option in ``--help``."""
    helps = {name: option.help for name, option in list_options(target.settings).items()}
    assert {name for name, text in helps.items() if not text or "\n" in text} == set()
    assert {name for name, text in helps.items() if text.endswith(".") or ". " in text} == set()
    acronyms = r"[A-Z]{2,}"
    assert {n for n, text in helps.items() if text[0].isupper() and not re.match(acronyms, text)} == set()
