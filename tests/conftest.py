"""Fixtures for all tests: `golden` compares output with files under tests/golden, both ways."""

from __future__ import annotations

import gc
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings

from pipelift.backends.airflow import probe, verification
from pipelift.backends.containers import bundle
from pipelift.backends.kubeflow import kfp_compiler
from tests.support.folders import write_files
from tests.support.preloaded import Preloaded

# Whoever started us may ignore Ctrl-C (a script in the background does), and a process begins with what its parent
# ignores: the tests that send one mean a person at a terminal. Those about ignoring say so themselves.
signal.signal(signal.SIGINT, signal.default_int_handler)

gc.disable()  # until all tests are there: half of the collection went into looking through what stays

settings.register_profile("pipelift", deadline=None)  # what a test says is never how long it takes
settings.load_profile("pipelift")

GOLDEN = Path(__file__).parent / "golden"
E2E = Path(__file__).parent / "e2e"
AIRFLOW = """
import airflow.sdk
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.docker.operators.docker import DockerOperator
from airflow.providers.standard.operators import trigger_dagrun
"""
Golden = Callable[[str, Mapping[str, "str | bytes"] | Path], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite tests/golden, deleting what is no longer printed",
    )
    parser.addoption(
        "--kills", type=int, default=12, metavar="N", help="how often tests/crash kills launcher and runner"
    )
    parser.addoption(
        "--pairs", type=int, default=5, metavar="N", help="how many pairs of runs race for one destination"
    )
    parser.addoption(
        "--published", type=int, default=300, metavar="N", help="how many files each of such a pair publishes"
    )
    parser.addoption(
        "--stride",
        type=int,
        default=3,
        metavar="N",
        help="kill at one in N of the moments that are gone through",
    )


def pytest_collection_finish() -> None:
    """From here on garbage is looked for again, though not among the tests, and as seldom as in our command line."""
    gc.freeze()
    gc.set_threshold(100_000)
    gc.enable()


@pytest.fixture(scope="session")
def stride(request: pytest.FixtureRequest) -> int:
    """How far apart are the moments that a test kills at; 1, which is all of them, in `make soak`."""
    return int(request.config.getoption("--stride"))


@pytest.fixture(scope="session")
def kfp_python() -> Iterator[Preloaded]:
    """A Python that has imported kfp, with the hash seed that its compiler is given."""
    python = Preloaded("from kfp import compiler, dsl, kubernetes", {"PYTHONHASHSEED": "0"})
    yield python
    python.close()


@pytest.fixture(scope="session")
def airflow_python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preloaded]:
    """A Python that has imported Airflow, with a home folder that all of its runs share."""
    python = Preloaded(AIRFLOW, {**probe.SETTINGS, "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow"))})
    yield python
    python.close()


@pytest.fixture(scope="module", autouse=True)
def quick_loaders(
    request: pytest.FixtureRequest, kfp_python: Preloaded, airflow_python: Preloaded
) -> Iterator[None]:
    """kfp's compiler and Airflow's loader start with their library imported, but in end-to-end tests."""
    with pytest.MonkeyPatch.context() as patch:
        if E2E not in request.path.parents:
            patch.setattr(kfp_compiler, "subprocess", _instead(kfp_python))
            patch.setattr(verification, "subprocess", _instead(airflow_python))
        yield


def _instead(python: Preloaded) -> SimpleNamespace:
    return SimpleNamespace(run=python.run, TimeoutExpired=subprocess.TimeoutExpired)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden(name, files)`: `files` (paths to text, or a folder) must equal tests/golden/<name>/ exactly.

    With --update-golden that folder is made equal instead.
    """

    def compare(name: str, files: Mapping[str, str | bytes] | Path) -> None:
        actual = _read(files) if isinstance(files, Path) else {p: _bytes(text) for p, text in files.items()}
        folder = GOLDEN / name
        if request.config.getoption("--update-golden"):
            _rewrite(folder, actual)
        expected = _read(folder)
        again = "(pytest --update-golden rewrites)"
        assert sorted(actual) == sorted(expected), f"other files than in golden/{name} {again}"
        for path, data in actual.items():
            assert _text(data) == _text(expected[path]), f"golden/{name}/{path} differs {again}"

    return compare


@pytest.fixture
def fixed_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tags do not follow the runtime here, or every change of it would change the golden files."""
    monkeypatch.setattr(bundle, "runtime_files", lambda: {"runtime/pipelift/runtime/__init__.py": b""})


def _read(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _rewrite(folder: Path, files: Mapping[str, bytes]) -> None:
    for stale in _read(folder).keys() - files.keys():
        (folder / stale).unlink()
    write_files(folder, files)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
