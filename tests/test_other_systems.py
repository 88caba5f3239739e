"""What only reads and writes files runs where POSIX is not: `check`, `graph`, `init`, `diff`, `compile`, …"""

from __future__ import annotations

import json
import ntpath
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath

import pytest

from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.output.swap import _carry
from pipelift.compiler.passes.snapshots import _written
from pipelift.compiler.reading.reach import is_within, relative_path
from tests.support.folders import ROOT, read_files
from tests.support.preloaded import Preloaded

EXAMPLE = ROOT / "examples" / "compare"

# What Windows' Python lacks: modules, signals, flags, calls. The standard library decides at its own import what it
# uses, so what it needs here is imported before.
WINDOWS = """
import asyncio, ctypes, logging, multiprocessing, os, pathlib, selectors, shutil, signal, socket
import subprocess, sys, tempfile
for name in ("fcntl", "grp", "pwd", "resource", "syslog", "termios", "tty", "pty"):
    sys.modules[name] = None
for name in ("SIGALRM", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGCHLD", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGCONT",
             "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGWINCH", "alarm", "pause", "pthread_sigmask",
             "setitimer", "sigpending", "sigwait"):
    delattr(signal, name)
for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_DIRECTORY", "O_SYNC", "mkfifo", "mknod", "uname", "statvfs",
             "chown", "lchown", "fchown", "fchmod", "fork", "getuid", "geteuid", "getgid", "getpgid", "getsid",
             "getpgrp", "getgroups", "getgrouplist", "initgroups", "setgid", "setuid", "setpgid",
             "killpg", "setsid", "nice", "setpriority", "getpriority", "sched_getaffinity", "sysconf", "confstr",
             "wait", "wait3", "wait4", "chroot", "fchdir", "openpty", "forkpty", "ttyname", "ctermid", "lockf",
             "pread", "pwrite", "readv", "writev", "sendfile", "sync", "getloadavg", "O_NOCTTY", "O_ACCMODE",
             "O_DSYNC"):
    delattr(os, name)
"""

PIPELIFT = str(Path(sys.executable).with_name("pipelift"))
MAIN = "import sys\nsys.argv[0] = 'pipelift'\nfrom pipelift.app.cli.main import main\nmain()\n"
SLOW = "import click, jinja2, jsonschema, libcst, networkx, pydantic, yaml\nimport pipelift.compiler.api\n"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def posix() -> Iterator[Run]:
    """Runs pipelift with its command line."""
    python = Preloaded(SLOW)
    yield lambda *words, cwd: python.run([PIPELIFT, *words], cwd=cwd, timeout=120)
    python.close()


@pytest.fixture(scope="module")
def windows() -> Iterator[Run]:
    """Runs pipelift without what POSIX has; its libraries are imported without it as well."""
    python = Preloaded(WINDOWS + SLOW)
    yield lambda *words, cwd: python.run([sys.executable, "-c", MAIN, *words], cwd=cwd, timeout=120)
    python.close()


def test_a_process_of_its_own_says_the_same(project: Path, windows: Run) -> None:
    """From the first import on, not from the libraries on."""
    command = [sys.executable, "-c", WINDOWS + MAIN, "check", "pipeline.py"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    quick = windows("check", "pipeline.py", cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (0, quick.stdout, quick.stderr)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(
        EXAMPLE, folder, ignore=shutil.ignore_patterns("store", "build", ".pipelift", "__pycache__")
    )
    return folder


COMMANDS = {
    "check": ["check", "pipeline.py", "--format", "json"],
    "graph": ["graph", "pipeline.py"],
    "graph as a page": ["graph", "pipeline.py", "--format", "html"],
    "explain": ["explain", "PL110"],
    "targets": ["targets"],
    "schema": ["schema"],
    "help": ["--help"],
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_it_says_the_same_without_posix(project: Path, command: list[str], posix: Run, windows: Run) -> None:
    here = posix(*command, cwd=project)
    there = windows(*command, cwd=project)
    assert (there.stderr, there.stdout, there.returncode) == (here.stderr, here.stdout, here.returncode)
    assert here.returncode == 0


def test_init_writes_the_same_configuration(project: Path, posix: Run, windows: Run) -> None:
    (project / "pipelift.toml").unlink(missing_ok=True)
    assert windows("init", "pipeline.py", cwd=project).returncode == 0
    there = (project / "pipelift.toml").read_bytes()
    assert posix("init", "pipeline.py", "--force", cwd=project).returncode == 0
    assert (project / "pipelift.toml").read_bytes() == there


@pytest.mark.parametrize("target", ["ir", "compose", "kubeflow", "airflow"])
def test_compile_writes_the_same_files_twice_over(
    project: Path, target: str, posix: Run, windows: Run
) -> None:
    """Airflow itself runs on POSIX only, so its artifacts are not loaded there."""
    checked = ["--no-verify"] if target == "airflow" else []
    command = ["compile", "pipeline.py", "--target", target, "-o", "out", *checked]
    assert posix(*command, cwd=project).returncode == 0
    here = read_files(project / "out")
    shutil.rmtree(project / "out")
    for _ in range(2):
        done = windows(*command, cwd=project)
        assert done.returncode == 0, done.stdout + done.stderr
        assert read_files(project / "out") == here
    pipeline = project / "pipeline.py"
    pipeline.write_text(pipeline.read_text() + "\n# changed\n")
    assert windows(*command, cwd=project).returncode == 0


def test_diff_tells_the_same(project: Path, posix: Run, windows: Run) -> None:
    changed = project / "changed.py"
    changed.write_text(
        (project / "pipeline.py").read_text().replace("allow_reuse=True", "allow_reuse=False", 1)
    )
    command = ["diff", "pipeline.py", "changed.py"]
    here = posix(*command, cwd=project)
    there = windows(*command, cwd=project)
    assert (there.returncode, there.stdout) == (here.returncode, here.stdout)
    assert there.stdout


@pytest.mark.parametrize("command", [["run", "pipeline.py"], ["deploy", "out"], ["runs"]], ids=" ".join)
def test_what_needs_posix_says_so(project: Path, command: list[str], posix: Run, windows: Run) -> None:
    compiled = posix("compile", "pipeline.py", "--target", "compose", "-o", "out", cwd=project)
    assert compiled.returncode == 0
    (project / ".pipelift" / "runs" / "one").mkdir(parents=True)
    (project / ".pipelift" / "runs" / "one" / "lock").touch()
    done = windows(*command, cwd=project)
    assert done.returncode == 2, done.stderr
    assert "PL507" in done.stderr and "Windows Subsystem for Linux" in done.stderr
    assert "Traceback" not in done.stderr and "fault of its own" not in done.stderr


@pytest.mark.parametrize(
    ("path", "folder", "inside"),
    [
        (r"C:\project\src\a.py", r"C:\project", True),
        (r"c:\Project\src", r"C:\project", True),
        (r"C:\project", r"C:\project", True),
        (r"C:\projects\a.py", r"C:\project", False),
        (r"D:\project\a.py", r"C:\project", False),
        (r"C:\project", "C:\\", True),
        (r"\\server\share\a.py", r"\\server\share", True),
        (r"\\server\other\a.py", r"\\server\share", False),
    ],
)
def test_a_path_of_windows_lies_in_its_folder(path: str, folder: str, inside: bool) -> None:
    assert is_within(path, folder, ntpath) is inside


PROGRAM = r"""
from azureml.core import Environment, RunConfiguration, Workspace
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep

with open(r'data\raw\x.csv') as file:
    rows = file.read().strip()
config = RunConfiguration()
config.environment = Environment.from_conda_specification('env', r'conf\env.yml')
step = PythonScriptStep(
    name='con',
    script_name=r'scripts\train.py',
    source_directory=r'.\src',
    arguments=['--rows', rows],
    runconfig=config,
    compute_target='cpu',
)
pipeline = Pipeline(Workspace.from_config(), steps=[step])
"""


def write_windows_project(folder: Path, program: str) -> None:
    """A project whose files were edited on Windows: with a byte order mark and its ends of lines."""
    for path, data in {
        "pipeline.py": program.encode(),
        "data/raw/x.csv": b"7\r\n",
        "conf/env.yml": b"name: env\r\ndependencies:\r\n- python=3.10\r\n",
        "src/scripts/train.py": b"print('train')\r\n",
        "src/notes/a.txt": b"no",
        "src/.amlignore": b"\xef\xbb\xbfnotes/\r\n.amlignore\r\n",
        "pipelift.toml": b"\xef\xbb\xbf[reuse]\r\n",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


@pytest.mark.parametrize("target", ["ir", "compose"])
def test_backslashes_mean_the_same_as_slashes(tmp_path: Path, target: str, windows: Run) -> None:
    results = []
    for name, program in {"windows": PROGRAM, "posix": PROGRAM.replace("\\", "/")}.items():
        folder = tmp_path / name
        write_windows_project(folder, program)
        done = windows("compile", "pipeline.py", "--target", target, "-o", "out", cwd=folder)
        assert done.returncode == 0, done.stderr
        results.append(read_files(folder / "out"))
    for files in results:
        del files["manifest.json"]  # it has the digest of the source
    assert results[0] == results[1]
    step = json.loads(results[0]["pipeline.ir.json"])["steps"][0]
    assert (step["run"]["path"], step["arguments"][1]["value"]) == ("scripts/train.py", "7")
    devices = {"con", "nul", "aux", "prn"}
    assert not [
        path for path in results[0] if devices & {part.split(".")[0].lower() for part in path.split("/")}
    ]


@pytest.mark.parametrize(
    ("path", "folder", "relative"),
    [
        (r"C:\project\src\a.py", r"C:\project", "src/a.py"),
        (r"c:\PROJECT\src", r"C:\project", "src"),
        (r"C:\data", r"C:\project\out", "../../data"),
        (r"D:\data\x", r"C:\project", "D:/data/x"),
        (r"\\server\share\x", r"C:\project", "//server/share/x"),
        (r"\\server\share\x", r"\\server\share\y", "../x"),
    ],
)
def test_a_relative_path_of_windows_has_slashes(path: str, folder: str, relative: str) -> None:
    assert relative_path(path, folder, ntpath) == relative


def test_the_overlay_lists_files_with_slashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Outside(tmp_path, tmp_path, tmp_path / "pipeline.py", {}, ())
    outside.written[r"C:\p\src\a\b.py"] = b""
    monkeypatch.setattr(os, "sep", "\\")
    assert list(_written(PureWindowsPath(r"C:\p\src"), outside)) == ["a/b.py"]  # type: ignore[arg-type]
    assert outside._is_created(PureWindowsPath(r"C:\p\src"))  # type: ignore[arg-type]


@pytest.mark.parametrize("linked", [True, False], ids=["link to a file", "file"])
def test_what_a_user_adds_is_carried_where_links_are_not_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise NotImplementedError

    def refuse_symlink(*args: object, **kwargs: object) -> None:
        raise OSError(1314, "A required privilege is not held by the client")

    old, new = tmp_path / "old" / "mine.txt", tmp_path / "new" / "mine.txt"
    old.parent.mkdir()
    if linked:
        (tmp_path / "target.txt").write_bytes(b"mine")
        old.symlink_to(tmp_path / "target.txt")
    else:
        old.write_bytes(b"mine")
    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "symlink", refuse_symlink)
    _carry(old, new)
    assert new.read_bytes() == b"mine"


ENCODINGS = """
import sys, warnings
warnings.filterwarnings("error", category=EncodingWarning, module="pipelift[.]")
"""


@pytest.mark.parametrize(
    "command",
    [
        "check pipeline.py",
        "graph pipeline.py -o graph.svg",
        "targets",
        "init pipeline.py --force",
        "diff pipeline.py pipeline.py",
        *(f"compile pipeline.py --target {target} -o out" for target in ("compose", "kubeflow", "airflow")),
    ],
)
def test_texts_are_read_and_written_as_utf8_whatever_the_locale(project: Path, command: str) -> None:
    words = [sys.executable, "-X", "warn_default_encoding", "-c", ENCODINGS + MAIN, *command.split()]
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
