"""Where a fuzzer begins: small good files of each kind, and what it has found worth keeping."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.compiler.lower.planted_programs import PROGRAMS
from tests.support.folders import ROOT

FOLDER = Path(__file__).parent / "seeds"


def seeds(door: str) -> Sequence[bytes]:
    """The inputs to begin with at `door`: files of its folder, and what other tests have of that kind."""
    files = sorted((FOLDER / door).glob("*"))
    return [*(path.read_bytes() for path in files), *_of_tests(door)]


def _of_tests(door: str) -> Sequence[bytes]:
    if door == "program":
        texts = [
            *PROGRAMS.values(),
            *(path.read_text("utf-8") for path in sorted((ROOT / "examples").glob("*/pipeline.py"))),
            *(path.read_text("utf-8") for path in sorted((ROOT / "tests" / "seeds").glob("*.py"))),
        ]
        return [text.encode() for text in texts]
    return []


def join_door(door: str, data: bytes) -> bytes:
    """One input for the fuzzer: the door's name on a line, and what it gets."""
    return door.encode() + b"\n" + data


def split_door(data: bytes) -> tuple[str, bytes]:
    """The name of the door, and what it gets."""
    name, _, rest = data.partition(b"\n")
    return name.decode("ascii", "replace"), rest
