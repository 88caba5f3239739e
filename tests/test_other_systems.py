"""What only reads and writes files runs where POSIX is not: `check`, `graph`, `init`, `diff`, `compile`, …"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path, PureWindowsPath

import pytest

from pipelift.compiler.reading.reach import is_within
from tests.support.folders import ROOT, read_files

EXAMPLE = ROOT / "examples" / "compare"

# What Windows' Python lacks: modules, signals, flags, calls. The standard library decides at its own import what it
# uses, so what it needs here is imported before.
WINDOWS = """
import asyncio, ctypes, logging, multiprocessing, os, pathlib, selectors, shutil, signal, socket
import subprocess, sys, tempfile
for name in ("fcntl", "grp", "pwd", "resource", "syslog", "termios", "tty", "pty"):
    sys.modules[name] = None
for name in ("SIGALRM", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGCHLD", "SIGUSR1", "SIGPIPE", "alarm", "pause", "sigwait"):
    delattr(signal, name)
for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_DIRECTORY", "O_SYNC", "mkfifo", "mknod", "uname", "statvfs",
             "chown", "lchown", "fchown", "fchmod", "fork", "getuid", "geteuid", "getgid", "getpgid", "getsid",
             "killpg", "setsid"):
    delattr(os, name)
"""

PIPELIFT = str(Path(sys.executable).with_name("pipelift"))
MAIN = "sys.argv[0] = 'pipelift'\nfrom pipelift.app.cli.main import main\nmain()\n"


def windows(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run pipelift without what POSIX has."""
    command = [sys.executable, "-c", WINDOWS + MAIN, *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


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
def test_it_says_the_same_without_posix(project: Path, command: list[str]) -> None:
    here = subprocess.run([PIPELIFT, *command], cwd=project, capture_output=True, text=True, check=False)
    there = windows(*command, cwd=project)
    assert (there.stderr, there.stdout, there.returncode) == (here.stderr, here.stdout, here.returncode)
    assert here.returncode == 0


def test_init_writes_the_same_configuration(project: Path) -> None:
    (project / "pipelift.toml").unlink(missing_ok=True)
    assert windows("init", "pipeline.py", cwd=project).returncode == 0
    there = (project / "pipelift.toml").read_bytes()
    subprocess.run([PIPELIFT, "init", "pipeline.py", "--force"], cwd=project, capture_output=True, check=True)
    assert (project / "pipelift.toml").read_bytes() == there


@pytest.mark.parametrize("target", ["ir", "compose", "kubeflow", "airflow"])
def test_compile_writes_the_same_files_twice_over(project: Path, target: str) -> None:
    """Airflow itself runs on POSIX only, so its artifacts are not loaded there."""
    checked = ["--no-verify"] if target == "airflow" else []
    command = ["compile", "pipeline.py", "--target", target, "-o", "out", *checked]
    subprocess.run([PIPELIFT, *command], cwd=project, capture_output=True, check=True)
    here = read_files(project / "out")
    shutil.rmtree(project / "out")
    for _ in range(2):
        done = windows(*command, cwd=project)
        assert done.returncode == 0, done.stdout + done.stderr
        assert read_files(project / "out") == here
    pipeline = project / "pipeline.py"
    pipeline.write_text(pipeline.read_text() + "\n# changed\n")
    assert windows(*command, cwd=project).returncode == 0


def test_diff_tells_the_same(project: Path) -> None:
    changed = project / "changed.py"
    changed.write_text(
        (project / "pipeline.py").read_text().replace("allow_reuse=True", "allow_reuse=False", 1)
    )
    command = ["diff", "pipeline.py", "changed.py"]
    here = subprocess.run([PIPELIFT, *command], cwd=project, capture_output=True, text=True, check=False)
    there = windows(*command, cwd=project)
    assert (there.returncode, there.stdout) == (here.returncode, here.stdout)
    assert there.stdout


@pytest.mark.parametrize("command", [["run", "pipeline.py"], ["deploy", "out"], ["runs"]], ids=" ".join)
def test_what_needs_posix_says_so(project: Path, command: list[str]) -> None:
    compiled = [PIPELIFT, "compile", "pipeline.py", "--target", "compose", "-o", "out"]
    subprocess.run(compiled, cwd=project, capture_output=True, check=True)
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
    assert is_within(path, folder, PureWindowsPath) is inside
