"""`pydantic_settings`, and the `BaseSettings` that pydantic 1 has itself: fields that the environment gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath

from pipelift.compiler.evaluate.library.basemodel import (
    BASE_MODEL,
    Field,
    fill,
    keep_extra,
    list_fields,
    name_values,
    read_config,
)
from pipelift.compiler.evaluate.library.conversion import takes_json
from pipelift.compiler.evaluate.library.dotenv import read_dotenv
from pipelift.compiler.evaluate.library.environ import environ_of, missing_variable
from pipelift.compiler.evaluate.library.files import parse_source
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import Instance, UserClass
from pipelift.compiler.evaluate.values import Model, Module, Raised, Unknown, Value, derived

_SOURCES = ("settings_customise_sources", "customise_sources")
_OWN = {"_env_file": "env_file", "_env_prefix": "env_prefix", "_case_sensitive": "case_sensitive"}
"""Arguments of a call that win over what the class says."""


def _make_initializer(first: bool) -> Model:
    """What makes an object of settings: of version 1 of pydantic, or of `pydantic_settings`."""

    def initialize(instance: Value, call: LibraryCall, **given: Value) -> None:
        assert isinstance(instance, Instance)
        cls = instance.cls
        config = {**read_config(cls), **{_OWN[name]: given[name] for name in _OWN if name in given}}
        passed = {name: value for name, value in given.items() if name not in _OWN}
        fields = list_fields(call, cls)
        values = name_values(fields, cls, passed)
        reader = Reader(call, cls, config, first)
        for one in fields:
            if one.name not in values:
                values.update(reader.read(one))
        fill(call, instance, fields, values, strict=True)
        keep_extra(call, instance, fields, passed, "forbid")

    return Model("pydantic.BaseSettings", initialize, takes_unknown=True, method=True)


class Reader:
    """Reads the fields of settings: from given variables, then from the files of variables that the class names."""

    def __init__(self, call: LibraryCall, cls: UserClass, config: Mapping[str, Value], first: bool) -> None:
        self._call = call
        self._config = config
        self._first = first
        environ = environ_of(call.machine)
        self._unread: Value = environ.unread
        if any(cls.lookup(name)[0] or name in config for name in _SOURCES):
            self._unread = Unknown("pipelift does not follow settings with sources of their own", call.span)
        if config.get("secrets_dir") is not None or isinstance(config.get("env_prefix", ""), Unknown):
            self._unread = Unknown("pipelift does not follow all sources of these settings", call.span)
        self._variables = {**self._read_files(config.get("env_file")), **self._fold(environ.variables)}

    def _fold(self, variables: Mapping[str, Value]) -> dict[str, Value]:
        if self._config.get("case_sensitive") is True:
            return dict(variables)
        return {name.lower(): value for name, value in variables.items()}

    def _read_files(self, files: Value) -> dict[str, Value]:
        names = files if isinstance(files, (list, tuple)) else [] if files is None else [files]
        found: dict[str, Value] = {}
        for name in names:
            values = read_dotenv(self._call, name) if isinstance(name, (str, PurePosixPath)) else None
            if isinstance(values, dict):
                found.update(self._fold(values))
            else:
                cause = values if isinstance(values, Unknown) else name
                reason = "which file of variables is read is not known"
                self._unread = (
                    derived(reason, self._call.span, cause)
                    if isinstance(cause, Unknown)
                    else Unknown(reason, self._call.span)
                )
        return found

    def _list_names(self, one: Field) -> list[str]:
        """The variables that may give the field."""
        prefix = self._config.get("env_prefix") or ""
        env = one.info.options.get("env")
        if self._first and env is None and isinstance(self._config.get("fields"), dict):
            entry = self._config["fields"].get(one.name)  # type: ignore[attr-defined]
            env = entry.get("env") if isinstance(entry, dict) else entry
        if self._first and isinstance(env, (list, tuple)):
            return [str(name) for name in env]
        if self._first and env is not None:
            return [str(env)]
        if not self._first and one.alias is not None:
            return [one.alias]
        return [f"{prefix}{one.name}"]

    def read(self, one: Field) -> dict[str, Value]:
        """The value of the field, by its name; empty where its default holds."""
        names = self._list_names(one)
        if not self._first and one.alias is None and one.info.options.get("validation_alias") is not None:
            return {one.name: Unknown("pipelift does not follow this alias", self._call.span)}
        folded = list(self._fold(dict.fromkeys(names)))
        for name in folded:
            if isinstance(self._unread, Unknown) and name not in self._variables:
                continue
            if name in self._variables:
                return {one.name: self._parse(one, self._variables[name])}
        if isinstance(self._unread, Unknown):
            return {one.name: self._unread}
        delimiter = self._config.get("env_nested_delimiter")
        if delimiter and any(key.startswith(f"{folded[0]}{delimiter}") for key in self._variables):
            return {
                one.name: Unknown("pipelift does not follow variables of nested settings", self._call.span)
            }
        if not one.is_required:
            return {}
        label = names[0] if self._config.get("case_sensitive") is True else names[0].upper()
        return {one.name: missing_variable(self._call, label)}

    def _parse(self, one: Field, text: Value) -> Value:
        """What a variable says: lists, dicts and models are written as JSON."""
        is_json = takes_json(self._call, one.annotation) if one.annotation is not None else None
        if not isinstance(text, str) or is_json is False:
            return text
        if is_json is not None:
            try:
                return parse_source(self._call, text, json.loads, "ValueError")
            except Raised:
                pass  # which exception it is depends on the version
        return Unknown(f"what the variable of '{one.name}' becomes is not known", self._call.span)


SETTINGS_1 = UserClass("BaseSettings", {"__init__": _make_initializer(True)}, (BASE_MODEL,), builtin=True)
"""`pydantic.BaseSettings`, of version 1."""

SETTINGS_2 = UserClass("BaseSettings", {"__init__": _make_initializer(False)}, (BASE_MODEL,), builtin=True)
"""`pydantic_settings.BaseSettings`."""


@module("pydantic_settings")
def pydantic_settings_module(it: Machine) -> Module:
    """`pydantic_settings`."""
    make_config = Model("SettingsConfigDict", lambda call, **options: options, takes_unknown=True)
    return partial_module(
        "pydantic_settings", {"BaseSettings": SETTINGS_2, "SettingsConfigDict": make_config}
    )
