"""docs/targets.md: what each of the installed targets keeps of a pipeline, feature by feature and field by field.

``python -m pipelift.testing.page > docs/targets.md`` brings the committed page up to date; it takes some minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipelift.compiler.keeps import Kept
from pipelift.compiler.passes.losses import FEATURES
from pipelift.compiler.target import load_target, load_targets
from pipelift.testing.conformance import Conformance, conform
from pipelift.testing.ignored import IGNORED, without_meaning

PAGE = "docs/targets.md"

_HEAD = """\
# What the targets keep

Printed by `python -m pipelift.testing.page > docs/targets.md`, which tries every target (`pipelift.testing.conform`).
How to write one of your own is in [writing-a-target.md](writing-a-target.md).

## What a pipeline can ask for

Each loss has one code on all targets; the message names the target.
"""

_FIELDS = """\
## The fields of the IR

A pipeline that uses all of them is compiled once for each, with that field changed. *kept*: the artifacts change; where
the pipeline is run as it is (local), what the steps are given does, or which of them start. *told*: a diagnostic says
that it is lost, or what becomes of it. Everything else has a reason below.
"""


def targets_page(found: Sequence[Conformance]) -> str:
    """The page for targets that were tried, in Markdown."""
    return "\n".join([_HEAD, *_features(found), "", _FIELDS, *_table(found), "", *_reasons(found), ""])


def _features(found: Sequence[Conformance]) -> Iterator[str]:
    yield _row("", "Code", *(one.target for one in found))
    yield _row(*["---"] * (len(found) + 2))
    for name, feature in FEATURES.items():
        kept = (feature.kept(load_target(one.target).keeps) for one in found)
        yield _row(name.replace("_", " "), feature.code, *map(_cell, kept))


def _cell(kept: Kept) -> str:
    if kept.fit == "unconcerned":
        return "no matter"
    if kept.codes:
        return f"{kept.fit}, but {', '.join(kept.codes)}"
    return f"{kept.fit}: {kept.how}" if kept.how else kept.fit


def _table(found: Sequence[Conformance]) -> Iterator[str]:
    compiling = [one for one in found if one.fields]
    yield _row("Field", *(one.target for one in compiling))
    yield _row(*["---"] * (len(compiling) + 1))
    for field in compiling[0].fields if compiling else ():
        fates = [one.fields[field] for one in compiling]
        if set(fates) != {"ignored"}:
            yield _row(f"`{field}`", *("–" if fate == "ignored" else fate for fate in fates))


def _reasons(found: Sequence[Conformance]) -> Iterator[str]:
    """Why a field may be left out: the reasons that are everybody's, then those of one target."""
    yield "Left out, by all or by those that have – above:\n"
    reasons: dict[str, list[str]] = {}
    ignored = {field for one in found for field, fate in one.fields.items() if fate == "ignored"}
    for field in IGNORED:
        if field in ignored:
            reasons.setdefault(IGNORED[field], []).append(f"`{field}`")
    for one in found:
        for field, reason in load_target(one.target).keeps.ignores.items():
            if one.fields.get(field) == "ignored":
                reasons.setdefault(f"{one.target}: {reason}", []).append(f"`{field}`")
    for one in found:
        pointless = without_meaning(load_target(one.target).keeps) - IGNORED.keys()
        fields = [
            f"`{field}`" for field, fate in one.fields.items() if fate == "ignored" and field in pointless
        ]
        if fields:
            reasons[f"{one.target}: it is no matter there, as the first table says"] = fields
    for reason, fields in reasons.items():
        yield f"- {', '.join(fields)}: {reason}."


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(targets_page([conform(target) for target in load_targets()]), end="")
