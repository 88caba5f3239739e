"""`pipelift.toml`: what only the user can know about stores, compute, environments and targets."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from pipelift.compiler.config.model import Config, StoreConfig
from pipelift.compiler.config.section import Section, options_of, problem_text, suggestion
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.reading.reach import Reach, read_regular
from pipelift.compiler.target import load_target, target_names

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

S = TypeVar("S", bound=Section)

FILE_NAME = "pipelift.toml"
MAX_BYTES = 2_000_000
"""The largest configuration that is read."""
_SECTIONS = ("stores", "compute", "environments", "images", "reuse")
"""The tables that are the same for all targets; every other one bears the name of a target."""


def load_config(path: Path, reporter: Reporter, *, required: bool, reach: Reach | None = None) -> Config:
    """Read `path`; a missing file gives the defaults unless it is `required`. Mistakes in it are reported.

    `reach` bounds where a file that nobody has named may really lie.
    """
    folder = path.parent
    if not os.path.lexists(path):
        if required:
            reporter.report("PL501", f"the configuration file {path.name} does not exist")
        return Config(folder=folder)
    here = Span(path.name, 1, 1, 1, 1)
    try:
        data = read_regular(path, MAX_BYTES) if reach is None else reach.read(path, MAX_BYTES)
        config, problems = read_tables(tomllib.loads(data.decode("utf-8")), folder)
    except OSError as error:
        reporter.report("PL501", f"{path.name} cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reporter.report("PL501", f"{path.name} is not TOML: {error}", here)
    else:
        for problem in problems:
            reporter.report("PL501", f"{path.name}: {problem}", here)
        if not problems:
            return config
    return Config(folder=folder)


def read_tables(tables: Mapping[str, object], folder: Path) -> tuple[Config, list[str]]:
    """The configuration, and all that is wrong with it: a list of what was read tells the user everything at once."""
    own = {name: table for name, table in tables.items() if name in _SECTIONS}
    targets: dict[str, Section] = {}
    problems: list[str] = []
    for name, table in tables.items():
        if name not in own:
            section, wrong = _read_target(name, table)
            targets[name] = section
            problems += wrong
    stores = own.get("stores")
    if isinstance(stores, dict):
        own["stores"] = {name: _store_table(table) for name, table in stores.items()}
    try:
        return Config.model_validate({**own, "targets": targets, "folder": folder}), problems
    except ValidationError as error:
        return Config(folder=folder), problems + [_problem(one) for one in error.errors()]


def _read_target(name: str, table: object) -> tuple[Section, list[str]]:
    """The section of a target by its own model, and what is wrong with it."""
    if name not in target_names():
        known = [*_SECTIONS, *target_names()]
        return Section(), [f"[{name}] is no section; {suggestion(name, known)}there are: {', '.join(known)}"]
    try:
        model = load_target(name).settings
        asked = [key for key, option in options_of(model).items() if not option.filed]
        wrong = [key for key in asked if isinstance(table, dict) and key in table]
        if wrong:
            return Section(), [f"[{name}.{key}] is given when you deploy: --set {key}=…" for key in wrong]
        return model.model_validate(table), []
    except Refused as error:
        return Section(), [f"[{name}] cannot be read: {error}"]
    except ValidationError as error:
        return Section(), [_problem(one, name, [*model.model_fields]) for one in error.errors()]


def _store_table(table: object) -> object:
    """The table of a store, with what bears the name of a target where the model has it."""
    if not isinstance(table, dict):
        return table
    special = {name: value for name, value in table.items() if name in target_names()}
    own = {name: value for name, value in table.items() if name not in special}
    if "targets" in own:  # a word of the model, and not of the file: refused below as any other key
        own["targets "] = own.pop("targets")
    return {**own, "targets": special}


def _problem(error: ErrorDetails, section: str = "", names: Sequence[str] = ()) -> str:
    """One mistake as a sentence, with its place as the file has it."""
    where = [part for part in (section, *map(str, error["loc"])) if part and part != "targets"]
    known = names or (_store_keys() if where[0] == "stores" else ())
    hint = suggestion(where[-1], list(known)) if error["type"] == "extra_forbidden" else ""
    text = f"{problem_text(error['msg'])}{'; ' if hint else ''}{hint.strip()}"
    return f"[{'.'.join(where).strip()}] {text}"


def _store_keys() -> list[str]:
    return [*StoreConfig.model_fields, *target_names()]
