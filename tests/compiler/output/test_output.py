"""Output folders: what they hold, what of the user's they respect, and what a crash leaves."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelift.compiler.diagnostics import Diagnostic, Refused, Reporter, Severity
from pipelift.compiler.diagnostics.codes import Code
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.ir.wire import read_pipeline
from pipelift.compiler.output import Content, Written, manifest, write
from pipelift.compiler.output.fidelity import report_page, step_fidelity
from pipelift.compiler.output.manifest import read_manifest
from pipelift.compiler.output.needs import GpuNeed, Needs, SecretNeed, StoreNeed
from pipelift.compiler.repository.provenance import GitFacts
from pipelift.compiler.target import Artifacts, Target, announced
from tests.support.folders import read_files
from tests.support.samples import two_steps

OURS = {"REPORT.md", "manifest.json", "pipeline.ir.json"}
FIRST = {"compose.yaml": b"one\n", "steps/a.json": b"{}\n", "run.sh": b"#!/bin/sh\n"}
SECOND = {"compose.yaml": b"two\n", "steps/b.json": b"{}\n", "run.sh": b"#!/bin/sh\n"}


def compile_to(directory: Path, files: dict[str, bytes], **options: Any) -> Written:
    reporter = options.pop("reporter", None) or Reporter()
    pipeline = options.pop("pipeline", two_steps()[0])
    artifacts = Artifacts(files, frozenset({"run.sh"}))
    content = Content(pipeline, "compose", artifacts, options.pop("git", None))
    return write(directory, content, reporter, **options)


def beside(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.parent.iterdir() if path != directory)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "build" / "compose"


class Lossy(Target):
    """A target that is there for one code of each fidelity."""

    name = "lossy"
    codes = (
        Code("PL498", "warning", "near", "w", "e", "do this", "approximated"),
        Code("PL499", "error", "gone", "w", "e", "do that", "dropped"),
    )


@pytest.fixture
def lossy() -> Iterator[None]:
    with announced(Lossy()):
        yield


def test_a_folder_holds_the_artifacts_the_ir_the_manifest_and_the_report(out: Path) -> None:
    written = compile_to(out, FIRST)
    assert written.replaced
    assert set(read_files(out)) == FIRST.keys() | OURS == set(written.files) == set(written.changed)
    assert (out / "run.sh").stat().st_mode & 0o111
    assert not (out / "compose.yaml").stat().st_mode & 0o111
    assert read_pipeline((out / "pipeline.ir.json").read_bytes()) == two_steps()[0]
    assert beside(out) == []


def test_the_manifest_names_every_file_but_itself(out: Path) -> None:
    git = GitFacts(commit="c" * 40, branch="main", dirty=True)
    compile_to(out, FIRST, git=git)
    found = read_manifest(out)
    assert (found.target, found.pipeline, found.source, found.git) == (
        "compose",
        "Compare_Models_Exp",
        "pipeline.py",
        git,
    )
    assert {file.path: (file.sha256, file.size) for file in found.files} == {
        path: (hashlib.sha256(data).hexdigest(), len(data))
        for path, data in read_files(out).items()
        if path != "manifest.json"
    }
    assert [file.path for file in found.files if file.executable] == ["run.sh"]
    assert json.loads((out / "manifest.json").read_bytes())["schema_version"] == "1"


def test_the_same_compilation_gives_the_same_bytes_and_touches_nothing(tmp_path: Path) -> None:
    compile_to(tmp_path / "a", FIRST)
    compile_to(tmp_path / "elsewhere" / "b", FIRST)
    assert read_files(tmp_path / "a") == read_files(tmp_path / "elsewhere" / "b")
    before = (tmp_path / "a").stat().st_ino
    written = compile_to(tmp_path / "a", FIRST)
    assert not written.replaced and not written.changed
    assert (tmp_path / "a").stat().st_ino == before
    assert str(tmp_path).encode() not in b"".join(read_files(tmp_path / "a").values())


def test_files_no_longer_produced_go_and_their_folders_with_them(out: Path) -> None:
    compile_to(out, {**FIRST, "old/x": b"x"})
    written = compile_to(out, SECOND)
    assert written.removed == ("old/x", "steps/a.json")
    assert set(read_files(out)) == SECOND.keys() | OURS
    assert not (out / "old").exists()


def test_a_lost_file_or_mode_is_restored(out: Path) -> None:
    compile_to(out, FIRST)
    (out / "compose.yaml").unlink()
    (out / "run.sh").chmod(0o644)
    assert compile_to(out, FIRST).changed == ("compose.yaml", "run.sh")
    assert (out / "run.sh").stat().st_mode & 0o111


@pytest.mark.parametrize("again", [FIRST, SECOND], ids=["same files", "other files"])
def test_an_edited_file_stops_the_output(out: Path, again: dict[str, bytes]) -> None:
    compile_to(out, FIRST)
    (out / "steps/a.json").write_text("edited")
    before = read_files(out)
    with pytest.raises(Refused, match=r"'steps/a\.json'") as refused:
        compile_to(out, again)
    assert refused.value.code == "PL540"
    assert "--force" in refused.value.help
    assert read_files(out) == before and beside(out) == []


def test_force_gives_up_the_edits(out: Path) -> None:
    compile_to(out, FIRST)
    (out / "steps/a.json").write_text("edited")
    (out / "compose.yaml").write_text("edited")
    written = compile_to(out, SECOND, force=True)
    assert written.removed == ("steps/a.json",)
    assert set(read_files(out)) == SECOND.keys() | OURS
    assert (out / "compose.yaml").read_bytes() == b"two\n"


def test_an_edit_that_is_what_we_would_write_is_no_conflict(out: Path) -> None:
    compile_to(out, FIRST)
    (out / "compose.yaml").write_bytes(b"two\n")
    assert "compose.yaml" not in compile_to(out, SECOND).changed


def test_what_the_user_added_is_kept(out: Path) -> None:
    compile_to(out, FIRST)
    (out / ".env.local").write_text("A=1")
    (out / "steps/mine.json").write_text("{}")
    (out / "link").symlink_to("compose.yaml")
    (out / "data").mkdir()
    (out / "steps/__pycache__").mkdir()
    (out / "steps/__pycache__/x.pyc").write_bytes(b"")
    written = compile_to(out, SECOND)
    assert written.kept == (".env.local", "data", "link", "steps/mine.json")
    assert (out / ".env.local").read_text() == "A=1"
    assert (out / "link").readlink() == Path("compose.yaml")
    assert (out / "data").is_dir()
    assert not (out / "steps/__pycache__").exists()
    assert beside(out) == []


@pytest.mark.parametrize("path", ["steps/b.json", "more", "compose.yaml2/x"])
def test_a_file_of_the_user_in_our_way_stops_the_output(out: Path, path: str) -> None:
    compile_to(out, FIRST)
    (out / path).parent.mkdir(exist_ok=True)
    (out / path).write_text("mine")
    files = {**SECOND, "more/x": b"", "compose.yaml2": b""}
    with pytest.raises(Refused) as refused:
        compile_to(out, files)
    assert refused.value.message.endswith(f": '{path}'")
    compile_to(out, files, force=True)
    assert set(read_files(out)) == files.keys() | OURS


def test_a_link_in_the_place_of_our_folder_is_an_edit_and_its_target_stays(out: Path, tmp_path: Path) -> None:
    compile_to(out, FIRST)
    other = tmp_path / "other"
    (out / "steps").rename(other)
    (out / "steps").symlink_to(other)
    with pytest.raises(Refused):
        compile_to(out, FIRST)
    compile_to(out, SECOND, force=True)
    assert (other / "a.json").read_bytes() == b"{}\n"
    assert not (out / "steps").is_symlink()


def test_run_state_is_carried_over(out: Path) -> None:
    compile_to(out, FIRST)
    (out / ".pipelift/runs").mkdir(parents=True)
    (out / ".pipelift/runs/r.json").write_text("{}")
    number = (out / ".pipelift").stat().st_ino
    compile_to(out, SECOND)
    assert (out / ".pipelift").stat().st_ino == number
    assert (out / ".pipelift/runs/r.json").read_text() == "{}"


def test_an_empty_folder_may_be_used(out: Path) -> None:
    out.mkdir(parents=True)
    (out / ".gitkeep").touch()
    (out / ".pipelift").mkdir()
    assert compile_to(out, FIRST).kept == (".gitkeep",)
    assert (out / ".pipelift").is_dir()


@pytest.mark.parametrize("content", [None, "{}", '{"schema_version": "1"}', "not json", "\udcff"])
@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_is_not_ours_is_refused_even_with_force(
    out: Path, content: str | None, force: bool
) -> None:
    out.mkdir(parents=True)
    (out / "notes.txt").write_text("mine")
    if content is not None:
        (out / "manifest.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    before = read_files(out)
    with pytest.raises(Refused) as refused:
        compile_to(out, FIRST, force=force)
    assert refused.value.code == "PL541"
    assert read_files(out) == before and beside(out) == []


def _link(out: Path) -> None:
    out.parent.mkdir(parents=True)
    (out.parent / "real").mkdir()
    out.symlink_to("real")


def _file(out: Path) -> None:
    out.parent.mkdir(parents=True)
    out.write_text("")


def _file_above(out: Path) -> None:
    out.parent.write_text("")


@pytest.mark.parametrize(
    ("prepare", "word"), [(_link, "symbolic link"), (_file, "is a file"), (_file_above, "cannot be written")]
)
def test_a_place_that_cannot_hold_the_folder_is_refused(
    out: Path, prepare: Callable[[Path], None], word: str
) -> None:
    prepare(out)
    with pytest.raises(Refused, match=word) as refused:
        compile_to(out, FIRST)
    assert refused.value.code == "PL542"


def test_a_mount_point_is_refused() -> None:
    with pytest.raises(Refused, match="mount point"):
        compile_to(Path("/"), FIRST)


def test_a_rename_that_fails_leaves_the_old_folder(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_to(out, FIRST)
    before = read_files(out)
    rename = os.rename

    def refuse(old: Path, new: Path) -> None:
        if new == out and old.name.endswith("new"):
            raise PermissionError(13, "Permission denied", str(new))
        rename(old, new)

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(Refused, match="Permission denied"):
        compile_to(out, SECOND)
    assert read_files(out) == before and beside(out) == []


def test_a_backend_may_not_leave_the_folder_or_take_our_names(out: Path) -> None:
    for path in ("../x", "/x", "a/../b", "./a", "a//b", "manifest.json", "REPORT.md", "pipeline.ir.json"):
        with pytest.raises(ValueError, match="may not write"):
            compile_to(out, {path: b""})
    assert not out.exists()


def test_the_check_sees_the_complete_folder_and_its_errors_stop_the_output(out: Path) -> None:
    compile_to(out, FIRST)
    before = read_files(out)
    reporter = Reporter()
    seen: set[str] = set()

    def verify(staged: Path, reporter: Reporter) -> None:
        seen.update(read_files(staged))
        (staged / "__pycache__").mkdir()
        reporter.report("PL501", "the loader refuses it")

    written = compile_to(out, SECOND, reporter=reporter, verify=verify)
    assert not written.replaced
    assert seen == SECOND.keys() | OURS
    assert read_files(out) == before and beside(out) == []


def test_what_the_check_leaves_behind_does_not_stay(out: Path) -> None:
    compile_to(out, FIRST, verify=lambda staged, reporter: (staged / "steps/__pycache__").mkdir())
    assert not (out / "steps/__pycache__").exists()


@pytest.mark.parametrize("error", [RuntimeError("x"), FileNotFoundError(2, "No such file", "docker")])
def test_a_check_that_raises_leaves_no_trace(out: Path, error: Exception) -> None:
    def verify(staged: Path, reporter: Reporter) -> None:
        raise error

    with pytest.raises(RuntimeError):
        compile_to(out, FIRST, verify=verify)
    assert not out.exists() and beside(out) == []


# --- crashes ----------------------------------------


def die_at(event: int, action: Callable[[], object]) -> bool:
    """Run `action` in a child that dies, as by kill -9, at its `event`-th touch of the file system.

    True if it died; False if it was done before.
    """
    child = os.fork()
    if child == 0:
        touched = 0

        def watch(name: str, _: object) -> None:
            nonlocal touched
            if name in ("open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.chmod"):
                touched += 1
                if touched == event:
                    os._exit(9)

        sys.addaudithook(watch)
        try:
            action()
        except BaseException:
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 9)
    return status == 9


def test_a_crash_at_any_touch_of_the_file_system_leaves_the_old_or_the_new(out: Path, tmp_path: Path) -> None:
    compile_to(tmp_path / "first", FIRST)
    compile_to(tmp_path / "second", SECOND)
    whole = [read_files(tmp_path / name) for name in ("first", "second")]
    versions = (FIRST, SECOND)
    compile_to(out, FIRST)
    (out / ".pipelift").mkdir()
    (out / ".pipelift/state").write_text("s")
    (out / "mine").write_text("m")
    current, event, absent = 0, 1, 0
    while die_at(event, lambda: compile_to(out, versions[1 - current])):
        absent += not out.exists()
        if out.exists():
            left = read_files(out)
            assert left.pop("mine") == b"m"
            left.pop(".pipelift/state", None)
            assert left in whole, f"after event {event}"
        compile_to(out, versions[current])
        left = read_files(out)
        assert (left.pop("mine"), left.pop(".pipelift/state")) == (b"m", b"s")
        assert left == whole[current] and beside(out) == []
        event += 1
    assert event > 20
    assert absent == 1


def test_two_at_once_wait_for_each_other(out: Path, tmp_path: Path) -> None:
    compile_to(tmp_path / "first", FIRST)
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            try:
                for files in (FIRST, SECOND) * 5 + (FIRST,):
                    compile_to(out, files)
            except BaseException:
                os._exit(1)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    assert read_files(out) == read_files(tmp_path / "first") and beside(out) == []


def test_a_remnant_of_an_old_folder_is_not_taken_for_it(out: Path) -> None:
    compile_to(out, FIRST)
    gone = out.parent / ".compose.pipelift-gone"
    gone.mkdir()
    (gone / "half").touch()
    compile_to(out, SECOND)
    assert beside(out) == [] and set(read_files(out)) == SECOND.keys() | OURS


def test_two_run_states_are_never_merged_by_guessing(out: Path) -> None:
    compile_to(out, FIRST)
    (out / ".pipelift").mkdir()
    aside = out.parent / ".compose.pipelift-old"
    (aside / ".pipelift").mkdir(parents=True)
    with pytest.raises(Refused, match="both"):
        compile_to(out, SECOND)
    assert (aside / ".pipelift").is_dir()


# --- the report ----------------------------------------

NEEDS = Needs(
    stores=(
        StoreNeed(
            name="raw",
            kind="files",
            where="abfs://c@a.dfs.core.windows.net",
            configured=True,
            secret="raw-key",
            read_by=("prepare.py",),
        ),
        StoreNeed(
            name="out",
            kind="folder",
            where="../../.pipelift/stores/out",
            configured=False,
            written_by=("train",),
        ),
    ),
    secrets=(SecretNeed(name="db", variables=("DB_PASSWORD",)), SecretNeed(name="raw-key", stores=("raw",))),
    parameters=("rate",),
    gpus=(GpuNeed(step="train", count=2, model="V100"),),
)


@pytest.mark.usefixtures("lossy")
def test_the_report_tells_each_step_what_it_keeps() -> None:
    pipeline, _ = two_steps()
    losses = [
        Diagnostic("PL498", Severity.WARNING, "the GPU | is *near*", help="do this", step="train model"),
        Diagnostic("PL499", Severity.ERROR, "the priority", help="do that"),
        Diagnostic("PL501", Severity.WARNING, "odd", Span("pipeline.py", 3, 1, 3, 2)),
    ]
    git = GitFacts(commit="0123456789abcdef" + "0" * 24, branch="main", dirty=True)
    page = report_page(pipeline, "compose", git, losses, NEEDS)
    assert "# Compare\\_Models\\_Exp: what compose keeps" in page
    assert "pipeline.py, commit 0123456789ab on main, with uncommitted changes" in page
    assert "2 in all: 1 exact, 1 approximated, 0 dropped." in page
    assert "| prepare.py | exact | prepare.py | – | allowed | pipeline.py:40:18 |" in page
    assert "| train model | **approximated** | train.py | prepare.py | never | pipeline.py:55:14 |" in page
    assert "| train model | approximated | PL498 | the GPU \\| is \\*near\\* | do this |" in page
    assert "| the pipeline | dropped | PL499 | the priority | do that |" in page
    assert "| warning | PL501 | odd |  | pipeline.py:3:1 |" in page
    assert "| raw | remote files | abfs://c@a.dfs.core.windows.net | raw-key | prepare.py | – |" in page
    assert "| out | a folder (our default) | ../../.pipelift/stores/out | – | – | train |" in page
    assert "- Secret **raw-key**: the credentials of raw.\n" in page
    assert "- Secret **db**: the variable DB\\_PASSWORD of steps.\n" in page
    assert "- Parameter **rate** has no default: give it a value.\n" in page
    assert "- **train** asks for 2 GPUs (V100).\n" in page
    assert step_fidelity(pipeline.steps[0], losses) == "exact"


@pytest.mark.usefixtures("lossy")
def test_losses_stand_in_the_manifest_too(out: Path) -> None:
    reporter = Reporter()
    reporter.report("PL498", "near", step="train model")
    compile_to(out, FIRST, reporter=reporter)
    found = read_manifest(out)
    loss = manifest.Loss(code="PL498", fidelity="approximated", step="train model", message="near")
    assert found.losses == (loss,)
    assert [item["code"] for item in found.diagnostics] == ["PL498"]  # type: ignore[index]


def test_a_report_without_losses_says_so() -> None:
    page = report_page(two_steps()[0], "ir", None, [])
    assert "What it needs" not in page
    assert "Nothing: the target keeps every step as the source has it." in page
    assert "commit" not in page


def test_hostile_text_stays_within_its_cell_of_the_report() -> None:
    pipeline, _ = two_steps()
    hostile = 'a|b\n## x <script> `c` [d](e) \\ "\x1b'
    step = replace(pipeline.steps[0], name=hostile)
    pipeline = replace(pipeline, steps=(step, pipeline.steps[1]), name=hostile)
    page = report_page(pipeline, "compose", None, [])
    shown = 'a\\|b \\#\\# x \\<script\\> \\`c\\` \\[d\\](e) \\\\ "'
    assert f"| {shown} | exact |" in page
    assert f"# {shown}: what compose keeps" in page


def test_the_page_says_that_no_result_is_reused_where_a_submission_regenerates_all() -> None:
    pipeline = two_steps()[0]
    assert "| allowed |" in report_page(pipeline, "compose", None, [])
    page = report_page(replace(pipeline, regenerate=True), "compose", None, [])
    assert "| allowed |" not in page and page.count("| never (regenerate_outputs) |") == 2


def test_what_reads_the_output_of_a_dropped_step_is_not_exact() -> None:
    pipeline = two_steps()[0]
    first, second = pipeline.steps
    lost = Diagnostic("PL410", Severity.WARNING, "it cannot run", None, (), "", first.name, "dropped")
    page = report_page(pipeline, "compose", None, [lost])
    assert "2 in all: 0 exact, 0 approximated, 2 dropped." in page
    assert f"step '{second.name}' reads what step '{first.name}' writes" in page
    later = replace(lost, step=second.name)
    assert "1 exact, 0 approximated, 1 dropped." in report_page(pipeline, "compose", None, [later])
