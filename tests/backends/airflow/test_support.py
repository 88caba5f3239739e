"""The functions that DAG files get: what they do, with an Airflow that is only a stand-in, and how they are copied."""

from __future__ import annotations

import ast
import datetime as dt
import importlib
import io
import itertools
import sys
import tarfile
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipelift.templates.airflow.support as package
from pipelift.backends.airflow.support import SUPPORT
from pipelift.backends.printing.support import link, parse_module, read_module

MODULES = sorted(path.stem for path in Path(package.__path__[0]).glob("*.py") if path.stem != "__init__")


class PokeReturnValue(NamedTuple):
    is_done: bool
    xcom_value: str | None


class Events(NamedTuple):
    event_dates: list[dt.datetime]
    description: str


class Connection(NamedTuple):
    password: str | None

    @classmethod
    def get(cls, name: str) -> Connection:
        return cls({"with": "word", "without": None}[name])


class Client:
    """Docker's API: what is done with a container, in its order."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def put_archive(self, container: str, path: str, data: bytes) -> None:
        self.calls.append(("put", container, path, files_in(data)))

    def start(self, container: str, detach: bool = False) -> str:
        self.calls.append(("start", container, detach))
        return "started"


class DockerOperator:
    """The provider's operator, with a container that tells what it sees."""

    def __init__(self, **kwargs: Any) -> None:
        self.__dict__.update(kwargs)
        self.seen: list[object] = []
        self.client = Client()

    def execute(self, context: object) -> object:
        self.seen.append(list(self.mounts))  # type: ignore[attr-defined]
        if context == "refused":
            raise RuntimeError("no such image")
        return "ran"

    @property
    def hook(self) -> object:
        return types.SimpleNamespace(api_client=self.client)


FAKES: Mapping[str, Mapping[str, object]] = {
    "airflow": {},
    "airflow.sdk": {
        "Connection": Connection,
        "Context": dict,
        "PokeReturnValue": PokeReturnValue,
        "literal": lambda text: text,
    },
    "airflow.providers.docker.hooks.docker": {"DockerHook": object},
    "airflow.providers.docker.operators.docker": {"DockerOperator": DockerOperator},
    "airflow.timetables.events": {"EventsTimetable": Events},
}

Load = Callable[[str], Any]


@pytest.fixture
def support(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """`support(name)` is the support module, imported where Airflow is a stand-in."""
    real = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "airflow"}
    for name in real:
        monkeypatch.delitem(sys.modules, name)
    for name, contents in FAKES.items():
        module = types.ModuleType(name)
        module.__dict__.update(contents)
        monkeypatch.setitem(sys.modules, name, module)
    yield lambda name: importlib.import_module(f"{SUPPORT}.{name}")
    for name in [name for name in sys.modules if name.startswith(f"{SUPPORT}.")]:
        del sys.modules[name]


def files_in(data: bytes) -> dict[str, tuple[bytes, int]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        contents = {entry.name: archive.extractfile(entry) for entry in archive.getmembers()}
        modes = {entry.name: entry.mode for entry in archive.getmembers()}
        return {name: (file.read(), modes[name]) for name, file in contents.items() if file is not None}


# --- what they do ----------------------------------------


def test_a_container_gets_its_secrets_before_it_starts(support: Load) -> None:
    docker = support("docker")
    docker.secret = {"token": 'a "b"\n'}.__getitem__
    operator = docker.SecretStepOperator(
        step="only",
        secrets={"token": "/pipelift/secrets/token"},
        hidden={"pass word": "/pipelift/parameters/x"},
        command=["step", "--run", "r"],
        mounts=[],
    )
    operator.given = {"pass word": "ü"}
    hook = operator.hook
    assert hook.api_client.start("c1", detach=True) == "started"
    files = {
        "pipelift/secrets/token": (b'a "b"\n', 0o400),
        "pipelift/parameters/x": ("ü".encode(), 0o400),
    }
    assert operator.client.calls == [("put", "c1", "/", files), ("start", "c1", True)]
    assert operator.hook is hook


def test_the_launcher_gets_hidden_parameters_and_no_others(support: Load) -> None:
    docker = support("docker")
    operator = docker.SecretStepOperator(
        step="only", hidden={"a": "/x"}, command=[], mounts=[], looks_up=True
    )
    operator.is_reused = lambda: True
    assert operator.execute({"params": {"a": 3, "b": "open"}}) is None
    assert operator.launcher_variables() == {"PIPELIFT_SECRET_PARAMETERS": '{"a": "3"}'}
    assert docker.StepOperator(step="only").launcher_variables() == {}


@pytest.mark.parametrize(("context", "ends"), [({}, "ran"), ("refused", "no such image")])
def test_a_step_can_write_its_own_folder_while_it_runs(
    context: object, ends: str, support: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    docker = support("docker")
    monkeypatch.setattr(docker, "STATE", str(tmp_path))
    operator = docker.StepOperator(step="only", command=["step", "--run", "..a b"], mounts=["other"])
    calls: list[tuple[str, ...]] = []
    operator.launcher = lambda *command: calls.append(command)
    try:
        assert operator.execute(context) == ends
    except RuntimeError as error:
        assert str(error) == ends
    ((other, own),) = operator.seen
    assert other == "other" and operator.mounts == ["other"]
    assert own["Source"] == f"{tmp_path}/runs/a_b/steps/only" and Path(own["Source"]).is_dir()
    assert own["Target"] == "/pipelift/state/runs/a_b/steps/only" and not own["ReadOnly"]
    about = ("--run", "a_b", "--step", "only")
    assert calls == [("expect", *about), ("settle", *about)]


def test_without_the_launcher_nothing_is_looked_up(
    support: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    docker = support("docker")
    monkeypatch.setattr(docker, "HERE", tmp_path)
    operator = docker.StepOperator(step="only", command=["step"], mounts=[])
    assert operator.launcher("expect") is None
    assert not operator.is_reused()
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "only.json").write_text("{}")
    assert not operator.is_reused()


@pytest.mark.parametrize(("told", "count"), [(None, 1), ("1", 1), ("0", 0)])
def test_gpus_can_be_switched_off(
    told: str | None, count: int, support: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIPELIFT_GPU", raising=False)
    if told is not None:
        monkeypatch.setenv("PIPELIFT_GPU", told)
    docker, pods = support("docker"), support("pods")
    assert [request["Count"] for request in docker.gpus(3)] == [3] * count
    assert len(docker.amd_gpus()) == 2 * count
    assert pods.gpus("amd.com/gpu", 3) == ({"amd.com/gpu": "3"} if count else {})


def test_mounts_of_docker(support: Load) -> None:
    docker = support("docker")
    folder, volume = docker.bind("/a", "/b", read_only=True), docker.volume("models", "/c")
    assert (folder["Type"], folder["Source"], folder["Target"], folder["ReadOnly"]) == (
        *("bind", "/a", "/b"),
        True,
    )
    assert (volume["Type"], volume["Source"], volume["ReadOnly"]) == ("volume", "models", False)


def test_volumes_of_pods(support: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    claims, pods = support("claims"), support("pods")
    monkeypatch.setenv("CLAIM", "mine")
    found = claims.volume("data", "CLAIM", "default")
    assert found.persistent_volume_claim.claim_name == "mine"
    monkeypatch.setenv("CLAIM", "")
    assert claims.volume("data", "CLAIM", "default").persistent_volume_claim.claim_name == "default"
    mounted = pods.mount(found, "/x", sub_path="a/b", read_only=True)
    assert (mounted.name, mounted.mount_path, mounted.sub_path, mounted.read_only) == (
        *("data", "/x", "a/b"),
        True,
    )
    assert claims.secret("s", "name").secret.optional is True
    assert pods.shared_memory("64Mi").empty_dir.size_limit == "64Mi"


def test_a_password_is_a_text(support: Load) -> None:
    assert [support("passwords").secret(name) for name in ("with", "without")] == ["word", ""]


def context_of(conf: object = None, states: Mapping[str, str] | None = None) -> dict[str, Any]:
    told = {"run": dict(states or {})}
    instance = types.SimpleNamespace(dag_id="d", run_id="run", get_task_states=lambda dag_id, run_ids: told)
    task = types.SimpleNamespace(command=["step"], arguments=["step"], mounts=[])
    return {"dag_run": types.SimpleNamespace(conf=conf), "ti": instance, "task": task}


def test_a_failed_step_keeps_others_from_starting(support: Load) -> None:
    stop = support("runs").stop_after_failure
    stop(context_of(states={"a": "success", "b": "upstream_failed", "c": "running"}))
    with pytest.raises(RuntimeError, match="not started, since a, z failed"):
        stop(context_of(states={"z": "failed", "a": "failed", "b": "success"}))


@pytest.mark.parametrize(
    ("conf", "options"),
    [
        (None, []),
        ({"other": 1}, []),
        ({"pipelift_no_reuse": True}, ["--no-reuse"]),
        ({"pipelift_refresh": ["a b", "c"]}, ["--refresh=a b", "--refresh=c"]),
        ({"pipelift_no_reuse": False, "pipelift_refresh": []}, []),
    ],
)
def test_a_run_can_ask_for_new_results(conf: object, options: list[str], support: Load) -> None:
    for module, what in (("before_container", "command"), ("before_pod", "arguments")):
        context = context_of(conf)
        support(module).prepare_step(context)
        assert getattr(context["task"], what) == ["step", *options]


def test_what_comes_before_the_steps_gets_no_options(support: Load, tmp_path: Path) -> None:
    context = context_of({"pipelift_no_reuse": True})
    context["task"].command = ["begin"]
    bind = {"Type": "bind", "Source": str(tmp_path / "a" / "b")}
    context["task"].mounts = [bind, {"Type": "volume", "Source": str(tmp_path / "c")}]
    support("before_container").prepare_step(context)
    assert context["task"].command == ["begin"]
    assert (tmp_path / "a" / "b").is_dir() and not (tmp_path / "c").exists()


def test_folders_start_where_deploy_found_the_file(
    support: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folders = support("folders")
    monkeypatch.setattr(folders, "HERE", tmp_path)
    assert folders.base_folder() == tmp_path
    (tmp_path / "deployment.json").write_text('{"base": "/srv/project"}')
    monkeypatch.setattr(folders, "BASE", folders.base_folder())
    monkeypatch.setenv("PLACE", "/elsewhere")
    assert folders.host_folder("OTHER", "../data") == "/srv/data"
    assert folders.host_folder("PLACE", "../data") == "/elsewhere"


def test_a_look_tells_each_change_once(
    support: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    polling = support("polling")
    monkeypatch.setattr(polling, "STATE", str(tmp_path / "state"))
    folder = tmp_path / "in"

    def look(prefix: str | None = "in/") -> tuple[bool, str | None]:
        return tuple(polling.look_for_change(str(folder), "note.json", prefix))

    assert look() == (False, None)  # a folder that is not there yet
    folder.mkdir()
    for name in ("b", "a"):
        (folder / name).write_text(name)
    (folder / "below").mkdir()
    assert [look(), look(), look()] == [(True, "in/a"), (True, "in/b"), (False, None)]
    (folder / "a").write_text("longer")
    (folder / "b").write_text("longer")
    assert [look(None), look(None)] == [(True, None), (False, None)]


@given(
    st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2040, 1, 1), timezones=st.just(dt.timezone.utc)),
    st.timedeltas(dt.timedelta(minutes=1), dt.timedelta(days=40)),
)
def test_steps_are_those_of_the_first_time(first: dt.datetime, step: dt.timedelta) -> None:
    times = helper("times", "steps")(first, step)
    found = list(itertools.islice(times, 3))
    now = dt.datetime.now(dt.timezone.utc)
    assert all((moment - first) % step == dt.timedelta(0) and moment >= first for moment in found)
    assert found[0] == first or found[0] <= now <= found[2]


@given(st.dates(dt.date(2000, 1, 1), dt.date(2040, 1, 1)), st.integers(1, 14), st.integers(0, 20))
def test_chosen_days(first: dt.date, interval: int, later: int) -> None:
    every_days, every_months = helper("times", "every_days"), helper("times", "every_months")
    every_weeks = helper("times", "every_weeks")
    assert every_days(first, interval)(first + dt.timedelta(days=later * interval))
    assert interval == 1 or not every_days(first, interval)(first + dt.timedelta(days=later * interval + 1))
    monday = first - dt.timedelta(days=first.weekday())
    chosen = every_weeks(monday, interval, [2, 6])
    week = monday + dt.timedelta(weeks=later * interval)
    assert [day for day in range(7) if chosen(week + dt.timedelta(days=day))] == [2, 6]
    months = every_months(first, interval)
    year = [dt.date(first.year, 1, 1) + dt.timedelta(days=day) for day in range(365)]
    assert len({day.month for day in year if months(day)}) == len([day for day in year if months(day)])


def helper(module: str, name: str) -> Callable[..., Any]:
    """A function as it is copied: with what it needs of its module, and nothing else."""
    text = link(f"#: imports\n\n\n#: helpers {module}\n\n\n{name}\n", SUPPORT)
    scope: dict[str, Any] = {}
    exec(text, scope)
    return scope[name]  # type: ignore[no-any-return]


# --- how they are copied ----------------------------------------


class Untyped(ast.NodeTransformer):
    """Takes the types out of a program."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns = None
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        return node if node.value is None else ast.Assign([node.target], node.value, lineno=node.lineno)


@pytest.mark.parametrize("module", [name for name in MODULES if name != "file"])
def test_a_copied_helper_is_the_tested_one_without_types(module: str) -> None:
    source = (Path(package.__path__[0]) / f"{module}.py").read_text(encoding="utf-8")
    helpers = {helper.name: helper.text for helper in read_module(f"{SUPPORT}.{module}").helpers}
    nodes = {
        node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else ast.unparse(node.targets[0]): node  # type: ignore[attr-defined]
        for node in ast.parse(source).body
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.Expr)
    }
    facts = [name for name in helpers if name not in nodes]
    assert list(helpers) == [*facts, *nodes], "the contract's facts, then what stands here"
    for name in facts:
        assert (
            helpers.pop(name) == f'{name} = "{vars(importlib.import_module(f"{SUPPORT}.{module}"))[name]}"\n'
        )
    for name, text in helpers.items():
        assert ast.dump(ast.parse(text)) == ast.dump(ast.Module([Untyped().visit(nodes[name])], [])), name
    comments = [line for line in source.splitlines() if line.strip().startswith("#")]
    assert [
        line for text in helpers.values() for line in text.splitlines() if line.strip()[:1] == "#"
    ] == comments
    assert "type: ignore" not in "".join(helpers.values())


TYPED = """
from typing import Final


@decorated
def first(a: int, *rest: str, key: float = 1, **more: object) -> None:
    def second(
        a_long_name: dict[str, int], other_name_that_is_long: str, third_of_the_names: str | None = None
    ) -> int:
        # why
        return 1

    x: list[int] = []  # type: ignore[misc]
    second({}, "", x)


TEXT = "# no comment: type: ignore"
"""
UNTYPED = """@decorated
def first(a, *rest, key=1, **more):
    def second(a_long_name, other_name_that_is_long, third_of_the_names=None):
        # why
        return 1

    x = []
    second({}, "", x)
"""


def test_types_and_words_for_checkers_are_not_copied() -> None:
    first, text = parse_module(TYPED).helpers
    assert first.text == UNTYPED
    assert first.uses == {"decorated"} and text.is_constant and text.uses == frozenset()


def test_a_header_that_is_short_without_types_is_one_line() -> None:
    (short,) = parse_module("def f(\n    a: int,\n    b: str,\n) -> dict[str, int]:\n    return a\n").helpers
    assert short.text == "def f(a, b):\n    return a\n"


FILE = '''"""A file."""

#: imports

ZONE = "x"


#: helpers runs folders


print(reuse_options(sys.argv), Path)
'''


def test_a_file_gets_what_it_uses_and_no_more() -> None:
    text = link(FILE, SUPPORT, "import sys, re\nfrom os import path as Path, sep")
    assert text.startswith(
        '"""A file."""\n\nimport sys\nfrom pathlib import Path\n\nZONE = "x"\n\n\ndef reuse_options'
    )
    assert text.count("def ") == 1 and text.endswith("]\n\n\nprint(reuse_options(sys.argv), Path)\n")


def test_helpers_bring_what_they_use() -> None:
    text = link("#: imports\n\n\n#: helpers folders runs\n\n\nhost_folder()\n", SUPPORT)
    functions = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert functions == ["base_folder", "host_folder"] and "\nBASE = base_folder()\n" in text
    empty = link("#: imports\n\n\n#: helpers folders runs\n\n\nprint()\n", SUPPORT)
    assert empty == "\n\nprint()\n"
