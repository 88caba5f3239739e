"""`conform`: whether a target keeps its word, tried on a pipeline that uses every field of the IR."""

from __future__ import annotations

import ast
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

import yaml

from pipelift.compiler import ir
from pipelift.compiler.config import Config, Section, StoreConfig, StoreSection
from pipelift.compiler.diagnostics import Reporter, Severity
from pipelift.compiler.diagnostics.codes import all_codes
from pipelift.compiler.output import RESERVED
from pipelift.compiler.passes.losses import FEATURES
from pipelift.compiler.plugins import is_ours
from pipelift.compiler.target import IR, Compiles, Target, announced, code_prefix
from pipelift.testing.changes import changed_pipelines, fields_of_the_ir, with_texts
from pipelift.testing.ignored import IGNORED, fields_told_with_others, fields_without_meaning
from pipelift.testing.outcome import PROJECT, Outcome, Rehearses, compile_sample, rehearse_sample
from pipelift.testing.sample import Contents, sample
from pipelift.testing.settings import changed_settings

Verdict: TypeAlias = Literal["kept", "told", "ignored", "silent"]

TRAPS = (
    "'",
    '"',
    "'''",
    '"""',
    "\\",
    "\n",
    "${HOME}",
    "$(id)",
    "{{ x }}",
    "{% x %}",
    ": #",
    "- &a *b !c",
    "</script>",
)
"""Texts that end a string, or mean something, in one of the languages that artifacts are written in."""

_PARSERS: Mapping[str, Callable[[str], object]] = {
    ".json": json.loads,
    ".py": ast.parse,
    ".yaml": lambda text: list(yaml.safe_load_all(text)),
    ".yml": lambda text: list(yaml.safe_load_all(text)),
}


class NotConforming(AssertionError):
    """What a target does otherwise than it must; the message has a line for each."""


@dataclass(frozen=True, slots=True)
class Conformance:
    """`fields` says what became of each field of the IR, by ``Class.field``: ``kept`` in the artifacts, ``told`` in a
    diagnostic, rightly ``ignored``, or ``silent``. `failures` are sentences; none means that all is well."""

    target: str
    fields: Mapping[str, Verdict]
    failures: tuple[str, ...]


def conform(target: Target) -> Conformance:
    """Try `target`; a test of yours that calls this is a whole suite. Raises `NotConforming`.

    It compiles a pipeline that uses every field of the IR (`sample`), once for each field with that field changed, and
    demands that the artifacts or the diagnostics change. It demands that nothing is written, that the same comes out
    twice and wherever the project lies, that hostile names stay text, that the target's own check accepts its output,
    that its codes bear its name, and that each of its settings has an effect.
    """
    conformance = examine(target)
    if conformance.failures:
        raise NotConforming("\n".join(f"{target.name}: {failure}" for failure in conformance.failures))
    return conformance


def examine(target: Target) -> Conformance:
    """As `conform`, without raising."""
    with announced(target):
        failures = [*_check_declaration(target)]
        pipeline, contents = sample()
        if not isinstance(target, Compiles):
            fields = _judge_by_rehearsal(target, pipeline, contents) if isinstance(target, Rehearses) else {}
            failures += _check_fields(target, fields)
            return Conformance(target.name, fields, tuple(failures))
        first = compile_sample(target, pipeline, contents)
        failures += _check_files(target, first)
        failures += _check_repetition(target, pipeline, contents, first)
        failures += _check_hostile_texts(target, pipeline, contents, first)
        failures += _check_verification(target, first)
        failures += _check_settings(target, pipeline, contents)
        fields = {
            field: _judge_field(
                target, pipeline, lambda changed: compile_sample(target, changed, contents), field, first
            )
            for field in fields_of_the_ir()
        }
        failures += _check_fields(target, fields)
    return Conformance(target.name, fields, tuple(failures))


def _check_declaration(target: Target) -> Iterator[str]:
    """What the object says of itself."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", target.name) or target.name in (
        IR,
        *(field.name for field in fields(Config)),
    ):
        yield f"'{target.name}' is no name for a target: small letters, digits and -, and no word of pipelift.toml"
    if not target.summary or "\n" in target.summary:
        yield "summary is one line"
    prefix = r"PL\d" if is_ours(target.name) else code_prefix(target.name)
    for row in target.codes:
        if not re.fullmatch(rf"{prefix}\d\d", row.code):
            yield f"the code {row.code} does not begin with {code_prefix(target.name)}"
        if not all((row.title, row.why, row.example, row.remedy)):
            yield f"the code {row.code} says nothing in one of title, why, example, remedy"
    rows = all_codes()
    for name, feature in FEATURES.items():
        for code in feature.kept(target.keeps).codes:
            if code not in rows or not rows[code].fidelity:
                yield f"keeps.{name} names the code {code}, which stands for no loss"


def _check_files(target: Target, outcome: Outcome) -> Iterator[str]:
    if not outcome.files:
        yield "nothing is written"
    for path in outcome.files:
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or str(pure) != path or path in RESERVED:
            yield f"'{path}' is no path of a file in the output folder"
    for path in outcome.executable - outcome.files.keys():
        yield f"'{path}' is a program, and not written"
    yield from _list_unreadable(outcome, "the sample")


def _check_repetition(
    target: Target, pipeline: ir.Pipeline, contents: Contents, first: Outcome
) -> Iterator[str]:
    """The same twice, the same elsewhere, and nothing written by compiling."""
    if compile_sample(target, pipeline, contents) != first:
        yield "compiling twice gives two outcomes"
    with tempfile.TemporaryDirectory() as folder:
        before = os.getcwd()
        os.chdir(folder)
        try:
            elsewhere = compile_sample(target, pipeline, contents, base=Path(folder))
        finally:
            os.chdir(before)
        leftovers = sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*"))
    if leftovers:
        yield f"compiling writes: {', '.join(leftovers)}"
    differing = [path for path, data in first.files.items() if elsewhere.files.get(path) != data]
    if differing:
        yield f"the place of the project is in: {', '.join(differing)}"


def _check_hostile_texts(
    target: Target, pipeline: ir.Pipeline, contents: Contents, first: Outcome
) -> Iterator[str]:
    for trap in TRAPS:
        hostile = compile_sample(target, with_texts(pipeline, trap), contents)
        changed = {path: data for path, data in hostile.files.items() if first.files.get(path) != data}
        outcome = replace(hostile, files=changed)  # the others have been read
        yield from _list_unreadable(outcome, f"a pipeline with the text {trap!r}")


def _list_unreadable(outcome: Outcome, subject: str) -> Iterator[str]:
    """The files that cannot be read as what their names say."""
    for path, data in outcome.files.items():
        parser = _PARSERS.get(PurePosixPath(path).suffix)
        if parser is None:
            continue
        try:
            parser(data.decode("utf-8"))
        except (ValueError, SyntaxError, yaml.YAMLError) as error:
            yield f"'{path}' of {subject} cannot be read: {' '.join(str(error).split())}"


def _check_verification(target: Compiles, outcome: Outcome) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        for path, data in outcome.files.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            file.chmod(0o755 if path in outcome.executable else 0o644)
        reporter = Reporter()
        target.verify(Path(folder), reporter)
    for diagnostic in reporter:
        if diagnostic.severity is Severity.ERROR:
            yield f"its check refuses its own output: {diagnostic.message}"


def _check_settings(target: Target, pipeline: ir.Pipeline, contents: Contents) -> Iterator[str]:
    """Each field of `[NAME]` that has no effect, whatever the others are; and the places of stores."""

    def outcome(section: Section, stores: dict[str, StoreSection] | None = None) -> Outcome:
        config = Config(folder=PROJECT, targets={target.name: section}, stores=stores or {})
        return compile_sample(target, pipeline, contents, config)

    for name, pairs in changed_settings(target.settings).items():
        outcomes = ([outcome(section) for section in pair] for pair in pairs)
        if not any(before != after for before, after in outcomes):
            yield f"the setting '{name}' has no effect"
    place = StoreConfig(url="s3://bucket/data", secret="key")
    stores = {"blobs": StoreSection(targets={target.name: place})}
    usual = target.settings()
    if outcome(usual, stores) == outcome(usual):
        yield f"[stores.NAME.{target.name}] has no effect"


def _judge_by_rehearsal(target: Target, pipeline: ir.Pipeline, contents: Contents) -> dict[str, Verdict]:
    """What becomes of each field on a target that runs the IR as it is."""

    def rehearse(changed: ir.Pipeline) -> Outcome:
        return rehearse_sample(target, changed, contents)

    first = rehearse(pipeline)
    return {field: _judge_field(target, pipeline, rehearse, field, first) for field in fields_of_the_ir()}


def _check_fields(target: Target, fields: Mapping[str, Verdict]) -> Iterator[str]:
    """The fields that nobody notices, and those that the target ignores and that do not exist."""
    yield from (f"{field} is silently ignored" for field, fate in fields.items() if fate == "silent")
    known_fields = fields_of_the_ir()
    yield from (
        f"{field} is no field of the IR" for field in target.keeps.ignores if field not in known_fields
    )


def _judge_field(
    target: Target,
    pipeline: ir.Pipeline,
    attempt: Callable[[ir.Pipeline], Outcome],
    field: str,
    first: Outcome,
) -> Verdict:
    """What becomes of `field`: the best that `attempt` makes of any change to it."""
    is_told = False
    for changed in changed_pipelines(pipeline, field):
        outcome = attempt(changed)
        if outcome.artifacts != first.artifacts:
            return "kept"
        is_told = is_told or outcome.diagnostics != first.diagnostics
    if is_told or field in fields_told_with_others(target.keeps):
        return "told"
    ignored = (
        field in IGNORED or field in target.keeps.ignores or field in fields_without_meaning(target.keeps)
    )
    return "ignored" if ignored else "silent"
