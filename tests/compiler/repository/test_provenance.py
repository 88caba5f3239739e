"""Facts about a Git repository, held against git's own words; nothing that a repository configures is ever run."""

from __future__ import annotations

import itertools
import os
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelift.compiler.repository.provenance import GitFacts, read_git_facts


def git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example.org", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def told_by_git(folder: Path, exclude: Path | None = None) -> GitFacts:
    """The facts as git tells them."""
    words = ["status", "--porcelain=v2", "--branch", "--untracked-files=no", "--", "."]
    if exclude is not None:
        words.append(f":(exclude,literal){exclude.relative_to(folder)}")
    lines = git(folder, *words).splitlines()
    heads = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    branch = None if heads["branch.head"] == "(detached)" else heads["branch.head"]
    dirty = any(not line.startswith("#") for line in lines)
    return GitFacts(commit=heads["branch.oid"], branch=branch, dirty=dirty)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "a b")


def new_repository(folder: Path, *options: str) -> Path:
    (folder / "build" / "deep").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main", *options)
    for path in (
        "pipeline.py",
        "build/out",
        "build/deep/out",
        "src/a.py",
        "src/a/b.py",
        "src.py",
        "ünï.py",
        "x y",
    ):
        file = folder / path.replace("src/a/", "src/more/")
        file.parent.mkdir(exist_ok=True)
        file.write_text(path)
    (folder / "link").symlink_to("pipeline.py")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "m")
    return folder


def test_a_clean_and_a_changed_folder(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    clean, dirty = (GitFacts(commit=commit, branch="main", dirty=one) for one in (False, True))
    assert read_git_facts(repository) == clean
    (repository / "untracked").touch()
    assert read_git_facts(repository) == clean
    (repository / "build" / "out").write_text("2")
    assert read_git_facts(repository) == dirty
    assert read_git_facts(repository, exclude=repository / "build") == clean
    assert read_git_facts(repository, exclude=repository.parent) == dirty
    assert read_git_facts(repository / "src") == clean
    git(repository, "checkout", "-q", "--detach")
    assert read_git_facts(repository) == GitFacts(commit=commit, branch=None, dirty=True)


def test_without_repository_or_commit_there_are_no_facts(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "new").mkdir()
    git(tmp_path / "new", "init", "-q")
    assert read_git_facts(tmp_path / "plain") is None
    assert read_git_facts(tmp_path / "new") is None
    assert read_git_facts(tmp_path / "absent") is None


STATES = {
    "touched": "touch pipeline.py",
    "changed at once": "printf pipeline.PY > pipeline.py",
    "changed with its time kept": "touch -r 'x y' ../when; printf X_Y > 'x y'; touch -r ../when 'x y'",
    "staged": "echo 2 > src/a.py; git add .",
    "staged and put back": "echo 2 > src/a.py; git add .; printf src/a.py > src/a.py",
    "staged and committed": "echo 2 > src/a.py; git add .; git commit -qm n",
    "a new file": "echo 2 > src/new.py; git add .",
    "a file that is only announced": "echo 2 > src/new.py; git add -N .",
    "deleted": "rm src/a.py",
    "deleted from the index": "git rm -q --cached src/a.py",
    "moved": "git mv src/a.py src/b.py",
    "executable": "chmod +x pipeline.py",
    "a link elsewhere": "ln -sf src.py link",
    "a file for a link": "rm link; echo pipeline.py > link",
    "a folder for a file": "rm src.py; mkdir src.py",
    "a link for a folder": "mv src away; ln -s away src",
    "taken to be unchanged": "git update-index --assume-unchanged src.py; echo 2 > src.py",
    "not checked out": "git update-index --skip-worktree src.py; rm src.py",
    "packed": "git gc -q",
    "packed twice": "git gc -q; echo 2 > src/a.py; git commit -qam n; git repack -q; git pack-refs --all",
    "packed, with differences": "for i in 1 2 3 4 5 6 7 8; do seq 1 40 > src/f$i; echo $i >> src/f$i; git add .;"
    " git commit -qm $i; done; git gc -q --aggressive; echo 3 > src/f1",
    "index of version 4": "git update-index --index-version 4; echo 2 > src/more/b.py",
    "index of version 4, clean": "git update-index --index-version 4",
    "index of version 3": "echo 1 > n; git add -N n; git add n; git commit -qm n; git update-index --skip-worktree n",
    "a branch with a slash": "git checkout -q -b feature/x; git pack-refs --all",
    "in conflict": "git checkout -qb o; echo o > src.py; git commit -qam o; git checkout -q main; echo m > src.py;"
    " git commit -qam m; git merge -q o || true",
    "an untracked folder": "mkdir new; echo 1 > new/x",
    "modes that do not count": "git config core.filemode false; chmod +x pipeline.py",
    "an empty index": "git rm -rq --cached .",
}
SHELL = 'git() { command git -c user.name=t -c user.email=t@example.org "$@"; }\n'


@pytest.mark.parametrize("form", ["sha1", "sha256"])
@pytest.mark.parametrize("state", STATES)
def test_the_facts_are_those_of_git(tmp_path: Path, state: str, form: str) -> None:
    folder = new_repository(tmp_path / "r", f"--object-format={form}")
    subprocess.run(["sh", "-c", SHELL + STATES[state]], cwd=folder, check=True, capture_output=True)
    for below in (folder, folder / "src", folder / "build"):
        if below.is_dir() and not below.is_symlink():
            assert read_git_facts(below) == told_by_git(below), below
    assert read_git_facts(folder, folder / "build") == told_by_git(folder, folder / "build")
    assert read_git_facts(folder, folder / "build" / "deep") == told_by_git(folder, folder / "build" / "deep")


NUMBERS = itertools.count()
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["write", "remove", "mode", "add", "commit", "pack", "untouch", "unstage"]),
        st.sampled_from(
            ["pipeline.py", "build/out", "build/deep/out", "src/a.py", "src/new", "build/new", "link"]
        ),
        st.integers(0, 2),
    ),
    max_size=7,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changes=CHANGES)
def test_after_any_changes_the_facts_are_those_of_git(
    tmp_path: Path, changes: list[tuple[str, str, int]]
) -> None:
    folder = new_repository(tmp_path / f"r{next(NUMBERS)}")
    for what, name, value in changes:
        path = folder / name
        if what == "write" and not path.is_symlink():
            path.write_text(f"{value}")
        elif what == "remove":
            path.unlink(missing_ok=True)
        elif what == "mode" and path.is_file():
            path.chmod(0o755 if value else 0o644)
        elif what == "untouch" and path.exists():
            os.utime(path, (1_000_000 + value, 1_000_000))
        elif what == "add":
            git(folder, "add", "--all")
        elif what == "unstage":
            git(folder, "reset", "-q")
        elif what == "commit":
            git(folder, "commit", "-q", "--allow-empty", "-m", "m")
        elif what == "pack":
            git(folder, "gc", "-q")
    for below in (folder, folder / "src", folder / "build"):
        if below.is_dir():
            assert read_git_facts(below) == told_by_git(below)
    assert read_git_facts(folder, folder / "build") == told_by_git(folder, folder / "build")


def test_a_second_working_tree_has_facts_of_its_own(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", str(tmp_path / "second"), "-b", "second")
    assert read_git_facts(tmp_path / "second") == told_by_git(tmp_path / "second")
    (tmp_path / "second" / "src.py").write_text("2")
    assert read_git_facts(tmp_path / "second") == told_by_git(tmp_path / "second")
    assert read_git_facts(repository) == told_by_git(repository)


def test_submodules_count_by_their_commit_and_content(repository: Path, tmp_path: Path) -> None:
    inner = new_repository(tmp_path / "inner")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "lib")
    git(repository, "commit", "-q", "-m", "lib")
    assert read_git_facts(repository) == told_by_git(repository)
    assert read_git_facts(repository / "lib") == told_by_git(repository / "lib")
    (repository / "lib" / "src.py").write_text("2")
    facts = read_git_facts(repository)
    assert facts is not None
    assert facts.dirty
    git(repository / "lib", "commit", "-q", "-am", "2")
    assert read_git_facts(repository) == told_by_git(repository)


# --- what is hostile --------------------------


def test_nothing_that_a_repository_configures_is_run(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "trap"
    (repository / "evil.dat").write_text("x")
    (repository / ".gitattributes").write_text("* filter=evil diff=evil text\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "evil")
    command = f"touch '{trap}'; cat"
    for name in (
        "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv", "diff.external",
        "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "credential.helper", "alias.status",
        "core.hooksPath", "core.alternateRefsCommand", "uploadpack.packObjectsHook",
    ):  # fmt: skip
        git(repository, "config", name, command)
    (repository / ".git" / "hooks" / "post-index-change").write_text(f"#!/bin/sh\n{command}\n")
    (repository / ".git" / "hooks" / "post-index-change").chmod(0o755)
    (repository / "evil.dat").write_text("y")
    os.utime(repository / "pipeline.py")
    started: list[object] = []
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **_: started.append(args))
    monkeypatch.setattr(os, "posix_spawn", lambda *args, **_: started.append(args))
    facts = read_git_facts(repository)
    assert facts is not None
    assert (facts.branch, facts.dirty, started, trap.exists()) == ("main", True, [], False)


def test_a_filter_that_cannot_be_asked_makes_a_file_count_as_different(repository: Path) -> None:
    git(repository, "config", "core.autocrlf", "true")
    (repository / "src.py").write_bytes(b"one\r\ntwo\r\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "ends of lines")
    os.utime(repository / "src.py", (5, 5))
    facts = read_git_facts(repository)
    assert facts is not None
    assert facts.dirty
    git(repository, "add", ".")  # the index knows the file as it is now
    os.utime(repository / ".git" / "index")
    assert read_git_facts(repository) == told_by_git(repository)


def test_a_folder_that_does_not_know_the_project_is_no_repository_of_it(
    repository: Path, tmp_path: Path
) -> None:
    thief = tmp_path / "thief"
    thief.mkdir()
    (thief / ".git").write_text(f"gitdir: {repository}/.git\n")
    assert read_git_facts(thief) is None
    (thief / ".git").unlink()
    (thief / ".git").symlink_to(repository / ".git")
    assert read_git_facts(thief) is None
    (thief / ".git").unlink()
    own = thief / "own"
    own.mkdir()
    (thief / ".git").write_text("gitdir: own\n")
    (own / "gitdir").write_text(f"{thief}/.git\n")
    (own / "commondir").write_text(f"{repository}/.git\n")
    (own / "HEAD").write_text("ref: refs/heads/main\n")
    assert read_git_facts(thief) is None


SECRET = "5ec4e7" + "0" * 34


@pytest.mark.parametrize("name", ["HEAD", "refs/heads/main", "refs/heads", "packed-refs", "refs"])
def test_links_of_a_repository_lead_nowhere(repository: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    (tmp_path / "folder" / "heads").mkdir(parents=True)
    for path in ("folder/main", "folder/heads/main"):
        (tmp_path / path).write_text(f"{SECRET}\n")
    place = repository / ".git" / name
    if place.is_dir():
        place.rename(tmp_path / "away")
    else:
        place.unlink(missing_ok=True)
    if name == "packed-refs":
        (repository / ".git" / "refs" / "heads" / "main").unlink()
        (tmp_path / "secret").write_text(f"{SECRET} refs/heads/main\n")
    is_folder = name in ("refs", "refs/heads")
    place.symlink_to(tmp_path / ("folder" if is_folder else "secret"))
    assert read_git_facts(repository) is None


@pytest.mark.parametrize(
    "text",
    ["ref: refs/heads/../../../../secret", "ref: /etc/passwd", "ref: refs/heads/.invalid", "ref: refs/heads/a b",
     "ref: refs/heads/main\n\nmore", "x" * 200_000, SECRET[:-1], ""],
)  # fmt: skip
def test_a_head_that_is_none_gives_no_facts(repository: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "secret").write_text(SECRET)
    (repository / ".git" / "HEAD").write_text(text)
    assert read_git_facts(repository) is None


@pytest.mark.parametrize("name", ["HEAD", "index", "config", "packed-refs", "refs/heads/main"])
def test_what_is_no_file_is_not_waited_for(repository: Path, name: str) -> None:
    place = repository / ".git" / name
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    read_git_facts(repository)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_damaged_files_are_no_fault_of_ours(repository: Path, data: st.DataObject) -> None:
    kept = repository.parent / "kept"
    if not kept.exists():
        git(repository, "gc", "-q")
        subprocess.run(["cp", "-a", repository / ".git", kept], check=True)
    packs = sorted(path.relative_to(kept) for path in (kept / "objects" / "pack").iterdir())
    name = data.draw(st.sampled_from([Path("index"), Path("packed-refs"), Path("HEAD"), *packs]))
    content = bytearray((kept / name).read_bytes())
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=4)
    ):
        content[place] = value
    content = content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content
    target = repository / ".git" / name
    target.chmod(0o644)
    target.write_bytes(content)
    try:
        facts = read_git_facts(repository)
    finally:
        target.write_bytes((kept / name).read_bytes())
    assert facts is None or isinstance(facts.dirty, bool)


def test_an_index_cannot_point_out_of_the_repository(repository: Path) -> None:
    index = repository / ".git" / "index"
    index.write_bytes(index.read_bytes().replace(b"pipeline.py", b"../../../et"))
    facts = read_git_facts(repository)
    assert facts is not None
    assert facts.dirty


@pytest.mark.parametrize(
    "tree", ["zz" * 20, "zz", "", "../../../secret", "/etc/passwd", "0" * 39, "0" * 40 + "/../x"]
)
def test_a_commit_of_no_tree_leads_nowhere(repository: Path, tmp_path: Path, tree: str) -> None:
    content = zlib.compress(b"tree 0\0")
    (tmp_path / "secret").write_bytes(content)
    commit = repository / ".git/objects" / SECRET[:2] / SECRET[2:]
    commit.parent.mkdir(exist_ok=True)
    commit.write_bytes(zlib.compress(b"commit 9\0tree " + tree.encode() + b"\n"))
    (repository / ".git/refs/heads/main").write_text(SECRET)
    for folder in (repository, repository / "src"):
        assert read_git_facts(folder) == GitFacts(commit=SECRET, branch="main", dirty=True)


def _packed(repository: Path, delta: bytes, place: int | None) -> None:
    """A pack in which SECRET is a difference from a blob; its index says that it lies at `place`."""
    base = bytes([0x31]) + zlib.compress(b"x")
    difference = bytes([0x60 | len(delta), len(base)]) + zlib.compress(delta)
    name = bytes.fromhex(SECRET)
    counts = struct.pack(">256I", *(int(first >= name[0]) for first in range(256)))
    place = 12 + len(base) if place is None else place
    offsets = struct.pack(">I", place) if place < 1 << 31 else struct.pack(">IQ", 1 << 31, place)
    packs = repository / ".git/objects/pack"
    (packs / "pack-1.pack").write_bytes(b"PACK" + struct.pack(">II", 2, 2) + base + difference)
    (packs / "pack-1.idx").write_bytes(b"\xfftOc\0\0\0\x02" + counts + name + b"\0" * 4 + offsets)
    (repository / ".git/refs/heads/main").write_text(SECRET)


@pytest.mark.parametrize(
    ("delta", "place"),
    [
        (b"\x01\x05\x91", None),
        (b"\x01\x05\xff\0\0", None),
        (b"\x01\x05\x05ab", None),
        (b"\x01", None),
        (b"", None),
        (b"\x01\x01\x90\x01", (1 << 64) - 1),
        (b"\x01\x01\x90\x01", 1 << 40),
    ],
)
def test_a_pack_that_ends_too_early_is_damaged(repository: Path, delta: bytes, place: int | None) -> None:
    _packed(repository, delta, place)
    assert read_git_facts(repository) == GitFacts(commit=SECRET, branch="main", dirty=True)


def test_folders_may_be_as_deep_as_a_path_is_long(repository: Path) -> None:
    blob = git(repository, "hash-object", "-w", "src.py")
    for name in ("d/" * 1_900 + "f", "d/" * 1_900 + "g", "d/" * 1_000 + "f"):
        git(repository, "update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
        git(repository, "update-index", "--skip-worktree", name)
    assert read_git_facts(repository) == told_by_git(repository)
    tree = git(repository, "write-tree")
    commit = git(repository, "commit-tree", "-m", "deep", tree)
    (repository / ".git/refs/heads/main").write_text(commit)
    assert read_git_facts(repository) == GitFacts(commit=commit, branch="main", dirty=False)


def test_what_goes_too_deep_may_differ(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object) -> bool:
        return endless(*_)

    monkeypatch.setattr("pipelift.compiler.repository.provenance.has_changes", endless)
    assert read_git_facts(repository) == GitFacts(
        commit=git(repository, "rev-parse", "HEAD"), branch="main", dirty=True
    )


@pytest.mark.parametrize("name", ["../.git", "gitdir", "commondir", "config"])
def test_a_null_byte_is_in_no_path(repository: Path, tmp_path: Path, name: str) -> None:
    own = tmp_path / "own"
    (repository / ".git").rename(own)
    (repository / ".git").write_text(f"gitdir: {own}\n")
    texts = {
        "../.git": f"gitdir: {own}\0\n",
        "gitdir": "a\0b",
        "commondir": "a\0b",
        "config": "worktree=a\0b",
    }
    place = repository / ".git" if name == "../.git" else own / name
    place.write_text(texts[name])
    if name == "commondir":
        (own / "gitdir").write_text(f"{repository}/.git\n")
    assert read_git_facts(repository) is None


def test_a_branch_that_is_no_text_is_told_as_one(repository: Path) -> None:
    (repository / ".git/HEAD").write_bytes(b"ref: refs/heads/\xff\n")
    commit = git(repository, "rev-parse", "refs/heads/main")
    (repository / ".git/refs/heads" / os.fsdecode(b"\xff")).write_text(commit)
    facts = read_git_facts(repository)
    assert facts is not None
    assert facts.branch == "\ufffd"


def test_a_repository_of_a_home_is_none_of_what_lies_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = new_repository(tmp_path / "home")
    monkeypatch.setenv("HOME", str(home))
    (home / "code").mkdir()
    assert read_git_facts(home / "code") is None
    assert read_git_facts(home) == told_by_git(home)
