"""docs/targets.md: what each of the installed targets keeps of a pipeline, feature by feature and field by field.

``python -m pipelift.testing.page > docs/targets.md`` brings the committed page up to date; it takes some minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipelift.compiler.keeps import Kept
from pipelift.compiler.passes.losses import FEATURES
from pipelift.compiler.target import load_target, load_targets
from pipelift.testing.conformance import Conformance, conform
from pipelift.testing.ignored import IGNORED, fields_without_meaning

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


def targets_page(results: Sequence[Conformance]) -> str:
    """The page for targets that were tried, in Markdown."""
    return "\n".join(
        [
            _HEAD,
            *_list_features(results),
            "",
            _FIELDS,
            *_list_fields(results),
            "",
            *_list_reasons(results),
            "",
        ]
    )


def _list_features(results: Sequence[Conformance]) -> Iterator[str]:
    yield _format_row("", "Code", *(result.target for result in results))
    yield _format_row(*["---"] * (len(results) + 2))
    for name, feature in FEATURES.items():
        fits = (feature.kept(load_target(result.target).keeps) for result in results)
        yield _format_row(name.replace("_", " "), feature.code, *map(_format_fit, fits))


def _format_fit(kept: Kept) -> str:
    if kept.fit == "unconcerned":
        return "no matter"
    if kept.codes:
        return f"{kept.fit}, but {', '.join(kept.codes)}"
    return f"{kept.fit}: {kept.how}" if kept.how else kept.fit


def _list_fields(results: Sequence[Conformance]) -> Iterator[str]:
    compiling = [result for result in results if result.fields]
    yield _format_row("Field", *(result.target for result in compiling))
    yield _format_row(*["---"] * (len(compiling) + 1))
    for field in compiling[0].fields if compiling else ():
        fates = [result.fields[field] for result in compiling]
        if set(fates) != {"ignored"}:
            yield _format_row(f"`{field}`", *("–" if fate == "ignored" else fate for fate in fates))


def _list_reasons(results: Sequence[Conformance]) -> Iterator[str]:
    """Why a field may be left out: the reasons that are everybody's, then those of one target."""
    yield "Left out, by all or by those that have – above:\n"
    reasons: dict[str, list[str]] = {}
    ignored = {field for result in results for field, fate in result.fields.items() if fate == "ignored"}
    for field in IGNORED:
        if field in ignored:
            reasons.setdefault(IGNORED[field], []).append(f"`{field}`")
    for result in results:
        for field, reason in load_target(result.target).keeps.ignores.items():
            if result.fields.get(field) == "ignored":
                reasons.setdefault(f"{result.target}: {reason}", []).append(f"`{field}`")
    for result in results:
        pointless = fields_without_meaning(load_target(result.target).keeps) - IGNORED.keys()
        fields = [
            f"`{field}`" for field, fate in result.fields.items() if fate == "ignored" and field in pointless
        ]
        if fields:
            reasons[f"{result.target}: it is no matter there, as the first table says"] = fields
    for reason, fields in reasons.items():
        yield f"- {', '.join(fields)}: {reason}."


def _format_row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(targets_page([conform(target) for target in load_targets()]), end="")
