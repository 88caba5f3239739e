"""What leads out of a folder is seen, whatever it is called and wherever a link stands; files are read to a limit."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from pipelift.runtime.contract import untrusted

PARTS = ("a", "link", "out", "loop", "dangling", "..", ".", "", "file", "missing", "up", "ä \n")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder ``root``, beside which lies another whose name begins as its own does, with links of all kinds in it."""
    root = tmp_path / "root"
    (root / "a" / "a").mkdir(parents=True)
    (root / "ä \n").mkdir()
    (root / "file").write_text("text")
    (tmp_path / "root-2" / "a").mkdir(parents=True)
    for folder in (root, root / "a"):
        (folder / "link").symlink_to(root / "a")
        (folder / "out").symlink_to(tmp_path / "root-2")
        (folder / "up").symlink_to("..")
        (folder / "loop").symlink_to("loop")
        (folder / "dangling").symlink_to(tmp_path / "nowhere")
    return root


def test_what_needs_not_be_followed_is_answered_as_if_it_were(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree.parent)
    names = ["/".join(parts) for count in (1, 2, 3) for parts in itertools.product(PARTS, repeat=count)]
    for root in (str(tree), f"{tree}/", "root", "root/a/up", "root/a/link"):
        for name in names:
            path = f"{root.rstrip('/')}/{name}"
            assert untrusted.is_in(path, root) == follows(path, root), (path, root)
    others = [str(tree), f"{tree}-2/a", str(tree.parent), "root", "/", "", "root-2", f"{tree}/a/../../root-2"]
    for path, root in itertools.product(others, repeat=2):
        assert untrusted.is_in(path, root) == follows(path, root), (path, root)


def follows(path: str, root: str) -> bool:
    real, top = os.path.realpath(path), os.path.realpath(root)
    return real == top or real.startswith(top.rstrip(os.sep) + os.sep)


def test_the_bytes_of_a_file_up_to_a_limit(tree: Path) -> None:
    path = tree / "bytes"
    for length in (0, 1, 9, 10):
        path.write_bytes(b"x" * length)
        assert untrusted.read(str(path), most=10) == b"x" * length
    path.write_bytes(b"x" * 11)
    with pytest.raises(untrusted.Outside, match="longer than 10 bytes"):
        untrusted.read(str(path), most=10)
    assert untrusted.read("/proc/self/status").startswith(b"Name:")  # its size is said to be 0


def test_a_file_that_grows_as_it_is_read(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tree / "bytes"
    path.write_bytes(b"x" * 5)
    stat = path.stat()
    monkeypatch.setattr(os, "fstat", lambda descriptor: stat)
    path.write_bytes(b"x" * 10)
    assert untrusted.read(str(path), most=10) == b"x" * 10
    path.write_bytes(b"x" * 11)
    with pytest.raises(untrusted.Outside, match="longer than 10 bytes"):
        untrusted.read(str(path), most=10)
