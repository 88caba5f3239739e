"""`pipelift.toml`: what only the user can know about stores, compute, environments and targets."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipelift.compiler.config.model import Config
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.plugins import plugin_names
from pipelift.compiler.reading.reach import Reach, read_regular

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from pipelift.compiler.config.section import Section

FILE_NAME = "pipelift.toml"
MAX_BYTES = 2_000_000
"""The largest configuration that is read."""
MOST_PROBLEMS = 50
"""How many mistakes of a configuration are told."""
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
    start = Span(path.name, 1, 1, 1, 1)
    try:
        data = read_regular(path, MAX_BYTES) if reach is None else reach.read(path, MAX_BYTES)
        config, problems = read_tables(tomllib.loads(data.decode("utf-8-sig")), folder)
    except OSError as error:
        reporter.report("PL501", f"{path.name} cannot be read: {error.strerror}")
    except RecursionError:
        reporter.report("PL501", f"{path.name} cannot be read: it nests too deeply", start)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reporter.report("PL501", f"{path.name} is not TOML: {error}", start)
    else:
        for problem in problems[:MOST_PROBLEMS]:
            reporter.report("PL501", f"{path.name}: {problem}", start)
        if len(problems) > MOST_PROBLEMS:
            reporter.report("PL501", f"{path.name}: there are more mistakes than these", start)
        if not problems:
            return config
    return Config(folder=folder)


def read_tables(tables: Mapping[str, object], folder: Path) -> tuple[Config, list[str]]:
    """The configuration and its mistakes: a list, so that the user sees everything at once.

    Of a file with more than `MOST_PROBLEMS` the rest is not looked at.
    """
    from pydantic import ValidationError

    from pipelift.compiler.config.tables import File

    sections = {name: table for name, table in tables.items() if name in _SECTIONS}
    targets: dict[str, Section] = {}
    problems: list[str] = []
    for name, table in tables.items():
        if len(problems) > MOST_PROBLEMS:
            break
        if name not in sections:
            section, target_problems = _read_target(name, table)
            targets[name] = section
            problems += target_problems
    stores = sections.get("stores")
    if isinstance(stores, dict):
        sections["stores"] = {name: _read_store_table(table) for name, table in stores.items()}
    try:
        file = File.model_validate(sections)
    except ValidationError as error:
        return Config(folder=folder), problems + [
            _describe_problem(error_details) for error_details in error.errors()
        ]
    return Config(
        **{name: getattr(file, name) for name in _SECTIONS}, targets=targets, folder=folder
    ), problems


def _read_target(name: str, table: object) -> tuple[Section, list[str]]:
    """The section of a target by its own model, and what is wrong with it."""
    from pydantic import ValidationError

    from pipelift.compiler.config.section import Section, list_options, suggestion
    from pipelift.compiler.target import load_target

    if name not in plugin_names():
        names = [*_SECTIONS, *plugin_names()]
        return Section(), [f"[{name}] is no section; {suggestion(name, names)}there are: {', '.join(names)}"]
    try:
        model = load_target(name).settings
        deploy_keys = [key for key, option in list_options(model).items() if not option.filed]
        misplaced = [key for key in deploy_keys if isinstance(table, dict) and key in table]
        if misplaced:
            return Section(), [f"[{name}.{key}] is given when you deploy: --set {key}=…" for key in misplaced]
        return model.model_validate(table), []
    except Refused as error:
        return Section(), [f"[{name}] cannot be read: {error}"]
    except ValidationError as error:
        return Section(), [
            _describe_problem(error_details, name, [*model.model_fields]) for error_details in error.errors()
        ]


def _read_store_table(table: object) -> object:
    """The table of a store, with the tables of targets moved to the field `targets`."""
    if not isinstance(table, dict):
        return table
    special = {name: value for name, value in table.items() if name in plugin_names()}
    own = {name: value for name, value in table.items() if name not in special}
    if "targets" in own:  # a word of the model, and not of the file: refused below as any other key
        own["targets "] = own.pop("targets")
    return {**own, "targets": special}


def _describe_problem(error: ErrorDetails, section: str = "", names: Sequence[str] = ()) -> str:
    """One mistake as a sentence, with its place as the file has it."""
    from pipelift.compiler.config.section import describe_problem, suggestion

    path = [part for part in (section, *map(str, error["loc"])) if part and part != "targets"]
    candidates = names or (_list_store_keys() if path[0] == "stores" else ())
    is_unknown = error["type"] in ("extra_forbidden", "unexpected_keyword_argument")
    hint = suggestion(path[-1], list(candidates)) if is_unknown else ""
    message = "extra inputs are not permitted" if is_unknown else describe_problem(error["msg"])
    text = f"{message}{'; ' if hint else ''}{hint.strip()}"
    return f"[{'.'.join(path).strip()}] {text}"


def _list_store_keys() -> list[str]:
    from pipelift.compiler.config.sections import StoreConfig

    return [*StoreConfig.model_fields, *plugin_names()]
