"""``doctor``: whether a machine or cluster has what an output folder needs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelift.app.cli.printing import echo, echo_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelift.app.doctor import Examination, Examines, Finding

_MARKS = {"ok": ("✓", "green"), "missing": ("✗", "red"), "unknown": ("?", "yellow")}


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="An option of the target, as in deploy."
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(directory: Path, settings: tuple[str, ...], as_json: bool) -> None:
    """Check whether this machine, or the cluster it talks to, has what the output folder DIRECTORY needs.

    It looks at engines and their versions, images, GPUs, stores and secrets, and changes nothing.

    Exit status: 0 nothing is missing, 1 something is missing.
    """
    examination, examiner = _prepare_examination(directory, settings)
    findings = []
    for finding in _list_findings(examination, examiner):
        findings.append(finding)
        if not as_json:
            _show_finding(finding)
    if as_json:
        echo_json([finding.as_json() for finding in findings])
    sys.exit(1 if any(finding.state == "missing" for finding in findings) else 0)


def _prepare_examination(directory: Path, settings: tuple[str, ...]) -> tuple[Examination, Examines]:
    """Raises `Refused` for a folder without a manifest, a target without a doctor, and a wrong option."""
    from pipelift.app.cli.common import parse_pairs, refuse_unknown
    from pipelift.app.doctor import Examination, load_doctor
    from pipelift.compiler.config.section import read_options
    from pipelift.compiler.output.manifest import read_manifest
    from pipelift.compiler.target import load_target

    manifest = read_manifest(directory)
    examiner = load_doctor(manifest.target)
    options = parse_pairs(settings, "--set")
    refuse_unknown(manifest.target, options)
    read_options(load_target(manifest.target).settings, options)
    return Examination(directory.absolute(), manifest, options, dict(os.environ)), examiner


def _list_findings(examination: Examination, examiner: Examines) -> Iterator[Finding]:
    from pipelift.app.doctor import examine_files, examine_parameters

    yield examine_files(examination.directory, examination.manifest)
    yield from examiner.examine(examination)
    yield from examine_parameters(examination.manifest)


def _show_finding(finding: Finding) -> None:
    from pipelift.app.doctor import CODES

    mark, color = _MARKS[finding.state]
    code = f" [{CODES[finding.state]}]" if CODES[finding.state] else ""
    echo(f" {finding.what}: {finding.detail}{code}", mark=click.style(mark, fg=color))
    if finding.remedy and finding.state != "ok":
        for line in finding.remedy.splitlines():
            echo(f"    {line}")
