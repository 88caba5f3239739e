"""What the local runner finds before a run: data, stores, modules, the Python, steps that cannot run here."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelift.app.request import RunRequest
from pipelift.app.running import LocalRun
from pipelift.backends.local import TARGET as RUNNER
from pipelift.backends.local import checks
from pipelift.backends.local.imports import imported_modules
from pipelift.backends.local.interpreter import Interpreter, choose_python
from pipelift.backends.local.probe import ask
from pipelift.backends.local.snapshots import materialise
from pipelift.compiler import ir
from pipelift.compiler.config import Config, StoreSection
from pipelift.compiler.diagnostics import Diagnostic, Refused, Reporter
from pipelift.runtime.contract import stores
from tests.support.folders import write_program
from tests.support.samples import Contents, two_steps


def found(
    pipeline: ir.Pipeline,
    contents: Contents,
    base: Path,
    config: Config | None = None,
    python: str | None = None,
) -> dict[str, Diagnostic]:
    reporter = Reporter()
    run = LocalRun(pipeline, RunRequest(python=python), base, config or Config(folder=base), contents)
    RUNNER.check(run, reporter)
    return {diagnostic.code: diagnostic for diagnostic in reporter}


def changed(pipeline: ir.Pipeline, **fields: Any) -> ir.Pipeline:
    """`pipeline` with its first step changed."""
    first, *rest = pipeline.steps
    return replace(pipeline, steps=(replace(first, **fields), *rest))


def test_missing_data_names_store_path_and_remedy(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    diagnostic = found(pipeline, contents, tmp_path)["PL512"]
    assert "the store 'workspaceblobstore'" in diagnostic.message
    assert str(tmp_path / ".pipelift/stores/workspaceblobstore/train-images") in diagnostic.message
    assert '[stores.workspaceblobstore]\nurl = "FOLDER"' in diagnostic.help
    assert diagnostic.step == "prepare.py"


def test_missing_data_names_where_the_source_says_it_is(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    address = "abfs://c@acc.dfs.core.windows.net"
    stores = tuple(replace(store, address=address) for store in pipeline.stores)
    diagnostic = found(replace(pipeline, stores=stores), contents, tmp_path)["PL512"]
    assert f'url = "FOLDER"   # or, where the source says it is: "{address}"' in diagnostic.help


@pytest.mark.parametrize(
    ("path", "code"), [("out/v1.0", "PL526"), ("train.csv", "PL512"), ("*.csv", "PL512")]
)
def test_a_folder_that_a_step_may_write_need_not_be_there(tmp_path: Path, path: str, code: str) -> None:
    pipeline, contents = two_steps()
    port = replace(pipeline.steps[0].inputs[0], writable=True)
    (dataset,) = pipeline.datasets
    (location,) = dataset.locations
    moved = replace(dataset, locations=(replace(location, path=path),))
    pipeline = replace(changed(pipeline, inputs=(port,)), datasets=(moved,))
    diagnostic = found(pipeline, contents, tmp_path)[code]
    assert f"'{path}' of the store 'workspaceblobstore'" in diagnostic.message
    assert '[stores.workspaceblobstore]\nurl = "FOLDER"' in diagnostic.help
    assert not {"PL512", "PL526"}.difference({code}) & found(pipeline, contents, tmp_path).keys()


def test_checking_writes_nothing(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    found(pipeline, contents, tmp_path)
    assert not list(tmp_path.iterdir())


def test_data_that_is_there_is_fine(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    (tmp_path / "data/train-images").mkdir(parents=True)
    config = Config(folder=tmp_path, stores={"workspaceblobstore": StoreSection(url="data")})
    assert not found(pipeline, contents, tmp_path, config).keys() & {"PL511", "PL512"}


def test_a_volume_is_refused_with_the_line_to_set(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    config = Config(folder=tmp_path, stores={"workspaceblobstore": StoreSection(url="volume:data")})
    diagnostics = found(pipeline, contents, tmp_path, config)
    assert "volume:data" in diagnostics["PL511"].message
    assert "[stores.workspaceblobstore.local]" in diagnostics["PL511"].help
    assert "PL512" not in diagnostics


def remote(tmp_path: Path, url: str, secret: str | None = None) -> Config:
    return Config(folder=tmp_path, stores={"workspaceblobstore": StoreSection(url=url, secret=secret)})


def test_a_remote_store_is_not_asked_before_the_run(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    diagnostics = found(pipeline, contents, tmp_path, remote(tmp_path, "s3://nowhere.invalid/data"))
    assert not any(diagnostic.severity == "error" for diagnostic in diagnostics.values())


def test_a_client_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = stores.KINDS["s3"]._replace(modules=("s3fs", "no_such_module_here"))
    monkeypatch.setitem(stores.KINDS, "s3", s3)
    pipeline, contents = two_steps()
    diagnostic = found(pipeline, contents, tmp_path, remote(tmp_path, "s3://bucket"))["PL521"]
    assert "'no_such_module_here'" in diagnostic.message
    assert "pip install 'pipelift[s3]'" in diagnostic.help
    assert "ftp://" in found(pipeline, contents, tmp_path, remote(tmp_path, "ftp://h/p"))["PL521"].message


def test_a_secret_that_is_missing(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    config = remote(tmp_path, "s3://bucket", "my-login")
    diagnostic = found(pipeline, contents, tmp_path, config)["PL522"]
    assert "'my-login'" in diagnostic.message
    assert "PIPELIFT_SECRET_MY_LOGIN" in diagnostic.help
    assert ".pipelift/secrets/my-login" in diagnostic.help
    (tmp_path / ".pipelift/secrets").mkdir(parents=True)
    (tmp_path / ".pipelift/secrets/my-login").write_text("key=a\nsecret=b\n")
    assert "PL522" not in found(pipeline, contents, tmp_path, config)


def test_a_variable_whose_secret_is_missing(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    pipeline = changed(pipeline, secrets=(ir.model.SecretVariable(name="TOKEN", secret="api"),))
    assert "TOKEN" in found(pipeline, contents, tmp_path)["PL522"].message


def test_files_in_a_database(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    diagnostic = found(pipeline, contents, tmp_path, remote(tmp_path, "postgresql://u@h/d"))["PL525"]
    assert "is a database" in diagnostic.message


def test_a_dataset_known_only_by_name(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    named = ir.Dataset(id="train-images", name="titanic", version="2")
    pipeline = replace(pipeline, datasets=(named,))
    diagnostic = found(pipeline, contents, tmp_path)["PL513"]
    assert "'titanic' (version 2)" in diagnostic.message
    assert "'datasets/titanic' of the store 'workspaceblobstore'" in diagnostic.help
    (tmp_path / ".pipelift/stores/workspaceblobstore/datasets/titanic").mkdir(parents=True)
    assert "PL513" not in found(pipeline, contents, tmp_path)


def test_a_dataset_that_a_step_registers_is_known(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    named = ir.Dataset(id="train-images", name="titanic")
    output = pipeline.steps[1].outputs[0]
    registering = replace(output, register_as=ir.Registration(name="titanic"))
    train = replace(pipeline.steps[1], outputs=(registering,))
    pipeline = replace(pipeline, datasets=(named,), steps=(pipeline.steps[0], train))
    assert "PL513" not in found(pipeline, contents, tmp_path)


def test_missing_modules_are_named_with_step_python_and_remedy(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    contents["prep_src"]["prepare.py"] = (
        b"import os, not_there_a\nfrom not_there_b.c import d\nimport azureml.core\n"
    )
    diagnostic = found(pipeline, contents, tmp_path)["PL514"]
    assert "'prepare.py' imports 'not_there_a', 'not_there_b'" in diagnostic.message
    assert sys.executable in diagnostic.message
    assert f"{sys.executable} -m pip install not_there_a not_there_b" in diagnostic.help


@pytest.mark.parametrize("python", ["/nowhere/bin/python", "no-such-python", "/bin/true", "/bin/false"])
def test_an_interpreter_that_does_not_work(python: str, tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    assert python in found(pipeline, contents, tmp_path, python=python)["PL510"].message


def test_another_version_of_python_is_noted(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    environment = replace(pipeline.environments[0], python="2.7.18")
    pipeline = replace(pipeline, environments=(environment,))
    assert "ask for Python 2.7; they run in" in found(pipeline, contents, tmp_path)["PL520"].message


def test_steps_that_cannot_run_here(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    unsupported = changed(pipeline, unsupported="DatabricksStep needs a Databricks workspace")
    assert "Databricks workspace" in found(unsupported, contents, tmp_path)["PL515"].message
    program = changed(pipeline, run=ir.Command(program="no-such-program"))
    assert "'no-such-program'" in found(program, contents, tmp_path)["PL516"].message
    script = changed(pipeline, run=ir.Command(program="./prepare.py"))
    assert "PL516" not in found(script, contents, tmp_path)


def test_hardware_that_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline, contents = two_steps()
    monkeypatch.setattr(checks, "has_gpu", lambda environ: False)
    assert "no GPU, so the scripts of 'train model'" in found(pipeline, contents, tmp_path)["PL517"].message
    monkeypatch.setattr(checks, "has_gpu", lambda environ: True)
    assert "PL517" not in found(pipeline, contents, tmp_path)


def test_a_parameter_needs_a_value(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    pipeline = replace(pipeline, parameters=(ir.Parameter(name="rate", type="float"),))
    assert "'rate'" in found(pipeline, contents, tmp_path)["PL518"].message


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        (b"import a.b, c as d\nfrom e.f import g", {"a", "c", "e"}),
        (b"try:\n import a\nexcept ImportError:\n import b", set()),
        (b"try:\n import a\nfinally:\n import b", {"a", "b"}),
        (b"def f():\n import a\nif x:\n import b\nif __name__ == '__main__':\n import c", {"c"}),
        (b"with x():\n import a", {"a"}),
        (b"import helper\nfrom package import part\nfrom package.part import thing", {"behind", "deep"}),
        (b"from . import helper\nfrom .package import part", {"behind", "deep"}),
        (b"import folder.module", {"inside"}),
        (b"import lib_a", {"lib_a"}),
        (b"import sys; sys.path.append('lib')\nimport lib_a", {"sys"}),
        (b"print 'two'", set()),
        (b"\xff\xfe nonsense \x00", set()),
    ],
)
def test_imports_are_followed_through_the_snapshot(source: bytes, modules: set[str]) -> None:
    files = {
        "main.py": source,
        "helper.py": b"import behind\nimport main",
        "package/__init__.py": b"",
        "package/part.py": b"from .other import x\nfrom .. import helper",
        "package/other.py": b"import deep",
        "folder/module.py": b"import inside",
        "lib/lib_a.py": b"",
    }
    assert imported_modules(files, "main.py") == modules


def test_a_script_in_a_folder_finds_its_neighbours_and_the_root() -> None:
    files = {
        "src/train.py": b"import near, far, gone",
        "src/near.py": b"",
        "far.py": b"",
    }
    assert imported_modules(files, "src/train.py") == {"gone"}


def test_the_probe_asks_once_for_everything() -> None:
    answer = ask(Interpreter(sys.executable, "ours"), ["json", "not_there", "xml", "__main__"])
    assert answer.missing == {"not_there"}
    assert answer.version[:2] == sys.version_info[:2]


def test_the_probe_does_not_find_what_lies_where_we_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "beside_us.py").write_text("")
    monkeypatch.chdir(tmp_path)
    assert ask(Interpreter(sys.executable, "ours"), ["beside_us"]).missing == {"beside_us"}


def test_the_probe_says_why_it_failed() -> None:
    with pytest.raises(Refused, match="No such file"):
        ask(Interpreter("/nowhere/python", "asked for"), [])


def test_which_python_and_why(tmp_path: Path) -> None:
    active = {"VIRTUAL_ENV": "/venv", "CONDA_PREFIX": "/conda", "PATH": str(tmp_path)}
    program = write_program(tmp_path / "python3.9", "#!/bin/sh\n")
    choices = [
        (("python3.9", "x", active), (str(program), "given with --python")),
        (("./env/bin/python", None, active), (str(Path.cwd() / "env/bin/python"), "given with --python")),
        ((None, "env/bin/python", active), (str(tmp_path / "env/bin/python"), "set in pipelift.toml")),
        ((None, None, active), ("/venv/bin/python", "active virtual environment")),
        ((None, None, {"CONDA_PREFIX": "/conda"}), ("/conda/bin/python", "active conda environment")),
        ((None, None, {}), (sys.executable, "pipelift itself runs in")),
    ]
    for (requested, configured, environ), (path, why) in choices:
        chosen = choose_python(requested, configured, tmp_path, environ)
        assert chosen.path == path
        assert why in chosen.why


def test_a_snapshot_is_laid_out_once_and_scripts_with_a_shebang_can_be_run(tmp_path: Path) -> None:
    files = {"run.sh": b"#!/bin/sh\n", "a/b/c.txt": b"\x00\xff"}
    first = materialise(tmp_path / "snapshots", "d" * 64, files)
    assert (first / "a/b/c.txt").read_bytes() == b"\x00\xff"
    assert (first / "run.sh").stat().st_mode & 0o111
    assert not (first / "a/b/c.txt").stat().st_mode & 0o111
    made = (first / "run.sh").stat().st_ino
    assert materialise(tmp_path / "snapshots", "d" * 64, files) == first
    assert (first / "run.sh").stat().st_ino == made
    assert [path.name for path in (tmp_path / "snapshots").iterdir()] == ["d" * 64]


def _replace_by_link(file: Path) -> None:
    elsewhere = file.parents[2] / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)


def _replace_by_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_bytes(b"")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut off": lambda folder: (folder / "main.py").write_bytes(b"print("),
    "another of its size": lambda folder: (folder / "main.py").write_bytes(b"print(2)"),
    "gone": lambda folder: (folder / "main.py").unlink(),
    "one more": lambda folder: (folder / "sitecustomize.py").write_bytes(b"print(3)"),
    "a link to the same bytes": lambda folder: _replace_by_link(folder / "main.py"),
    "a linked folder": lambda folder: (folder / "more").symlink_to("/"),
    "cannot be run": lambda folder: (folder / "run.sh").chmod(0o644),
    "a file in its place": _replace_by_file,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_snapshot_that_differs_is_laid_out_anew(tmp_path: Path, damage: str) -> None:
    files = {"main.py": b"print(1)", "run.sh": b"#!/bin/sh\n", "a/b.txt": b""}
    folder = materialise(tmp_path / "snapshots", "d" * 64, files)
    DAMAGES[damage](folder)
    assert materialise(tmp_path / "snapshots", "d" * 64, files) == folder
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    assert {name: path.read_bytes() for name, path in found.items()} == files
    assert not any(path.is_symlink() for path in folder.rglob("*"))
    assert os.access(folder / "run.sh", os.X_OK)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_snapshot_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        materialise(tmp_path, "d" * 64, {"a": b"", "a/b": b""})
    assert not list(tmp_path.iterdir())


def test_steps_at_once_never_lose_what_another_has_laid_out(tmp_path: Path) -> None:
    """The second that finds nothing must not replace what the first has made, and uses by now."""
    files = {f"a{number}.py": b"pass\n" * 50 for number in range(20)}
    for attempt in range(10):
        start = threading.Barrier(4)
        lost: list[str] = []
        arguments = (tmp_path / str(attempt), files, start, lost)
        threads = [threading.Thread(target=_lay_out_and_look, args=arguments) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert lost == []


def _lay_out_and_look(
    folder: Path, files: dict[str, bytes], start: threading.Barrier, lost: list[str]
) -> None:
    start.wait()
    place = materialise(folder, "d" * 64, files)
    for _ in range(50):
        lost.extend(name for name in files if not (place / name).is_file())
