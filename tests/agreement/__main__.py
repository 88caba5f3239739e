"""``python -m tests.agreement PROGRAMS TRUTH``: read each recorded program, compare, print a table.

PROGRAMS holds the repositories as ``OWNER+REPO/…`` (files that only the history has below ``__history__/``);
TRUTH holds the recordings. Exit 1 where the share of programs that agree is below ``--at-least``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from tests.agreement.compare import Json, differences, graphs

CLOCK = "1704164645"
"""The moment at which the recordings' clock stood: 2024-01-02 03:04:05, in seconds since 1970."""


@dataclass(frozen=True)
class Verdict:
    """What became of one program; `differing` is empty where it agrees. `told` are the diagnostics' lines."""

    program: str
    differing: tuple[str, ...]
    told: tuple[str, ...]


def judge(programs: Path, truth: Json) -> Verdict:
    """Read the program as it was recorded, and compare."""
    program: str = truth["program"]
    repository, _, path = program.partition("/")
    assumed = truth["assumed"]
    cwd = programs / repository / assumed["cwd"]
    arguments = tuple(word for name, value in assumed["arguments"].items() for word in (f"--{name}", value))
    environment = {**assumed["env"], "SOURCE_DATE_EPOCH": CLOCK}
    project = (programs / repository,)  # its folder of Git's is not among the recordings
    options = Options(environment=environment, arguments=arguments, cwd=cwd, readable=project)
    analysis = analyse(programs / repository / path, options, snapshots=False)
    told = tuple(
        f"{one.code} {one.span and one.span.line}: {one.message}" for one in analysis.reporter.errors
    )
    shown = analysis.reporter.secrets.clean(json.dumps(truth["pipelines"]))  # the SDK hides none in arguments
    differing = _differing(graphs(analysis.pipelines), json.loads(shown))
    return Verdict(program, tuple(differing), told)


def _differing(ours: Sequence[Json], recorded: Sequence[Json]) -> list[str]:
    """Pair the pipelines in order; a recorded one that is not submitted may be absent here."""
    if not ours:
        return ["no pipeline was read"]
    found: list[str] = []
    left = list(recorded)
    for mine in ours:
        against = [differences(mine, theirs) for theirs in left]
        if not against:
            return [*found, f"pipeline '{mine['name']}' is too many"]
        best = min(range(len(left)), key=lambda index: len(against[index]))
        found += against[best]
        del left[: best + 1]
    return found


@click.command()
@click.argument("programs", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("truth", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--at-least", type=float, default=95.0, help="the share that must agree, in percent")
@click.option("--only", default="", help="only programs with this in their path")
def main(programs: Path, truth: Path, at_least: float, only: str) -> None:
    """Compare the graph of each recorded program with the recording."""
    verdicts = []
    for file in sorted(truth.glob("*.json")):
        recorded = json.loads(file.read_text(encoding="utf-8"))
        if only in recorded["program"]:
            verdict = judge(programs, recorded)
            verdicts.append(verdict)
            _print(verdict)
    agreeing = sum(not verdict.differing for verdict in verdicts)
    share = 100.0 * agreeing / len(verdicts) if verdicts else 0.0
    click.echo(f"{agreeing} of {len(verdicts)} programs agree completely: {share:.1f} %")
    sys.exit(0 if share >= at_least else 1)


def _print(verdict: Verdict) -> None:
    click.echo(f"{'agrees ' if not verdict.differing else 'DIFFERS'}  {verdict.program}")
    if verdict.differing:
        for line in (*verdict.differing, *(f"says {line}" for line in verdict.told)):
            click.echo(f"             {line}")


if __name__ == "__main__":
    main()
