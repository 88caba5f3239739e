"""Files below a folder, written and read as a mapping from relative paths; and where the repository lies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write `files` below `folder`, with the folders that they need; returns `folder`."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def read_files(folder: Path) -> dict[str, bytes]:
    """The bytes of every file below `folder`, by relative path in order."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def read_texts(folder: Path) -> dict[str, str]:
    """The text of every file below `folder`, by relative path in order."""
    return {path: data.decode() for path, data in read_files(folder).items()}


def write_program(path: Path, text: str) -> Path:
    """Write a program that can be started; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path
