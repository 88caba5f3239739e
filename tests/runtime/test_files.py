"""Folders that several steps make and delete."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pipelift.runtime import files


def test_a_folder_that_is_deleted_as_it_is_made_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step beside this one has it when we try, and has deleted it, as it is empty, when we look."""
    folder = tmp_path / ".pipelift"
    folder.mkdir()
    mkdir = os.mkdir

    def lose_race(*arguments: Any, **named: Any) -> None:
        try:
            mkdir(*arguments, **named)
        except FileExistsError:
            folder.rmdir()
            raise

    monkeypatch.setattr(os, "mkdir", lose_race)
    files.make_folder(str(folder))
    assert folder.is_dir()


def test_a_file_in_the_place_of_a_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(FileExistsError):
        files.make_folder(str(tmp_path / "taken"))
