"""Every setting of a target, changed, on top of every other."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from pipelift.compiler.config import Section
from pipelift.compiler.config.section import list_options
from pipelift.testing.changes import other_values

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Pair = tuple[Section, Section]


def changed_settings(model: type[Section]) -> Mapping[str, tuple[Pair, ...]]:
    """For each field that `pipelift.toml` may have: settings that differ in that field alone."""
    filed = [name for name, option in list_options(model).items() if option.filed]
    values = {name: tuple(_valid_values(model, name)) for name in filed}
    bases: list[dict[str, object]] = [{}, *({name: value} for name in filed for value in values[name])]
    return {
        name: tuple(
            (model.model_validate(base), model.model_validate({**base, name: value}))
            for base in bases
            if name not in base
            for value in values[name]
        )
        for name in filed
    }


def _valid_values(model: type[Section], name: str) -> Iterator[object]:
    """Values of the field that its model takes and that are not the usual one: by its type, then its example."""
    field = model.model_fields[name]
    usual = getattr(model(), name)
    example = list_options(model)[name].example
    examples = [tomllib.loads(f"value = {example}")["value"]] if example else []
    for value in (*other_values(field.annotation, usual), *examples):
        try:
            accepted = getattr(model.model_validate({name: value}), name)
        except ValidationError:
            continue
        if accepted != usual:
            yield value
