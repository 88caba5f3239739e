"""Files outside the project: canaries wherever a machine keeps secrets, and a search of every byte that comes out."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelift.app.cli.main import main
from pipelift.compiler.driver import Analysis, analyse
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.ir.wire import as_json
from pipelift.compiler.options import Options
from pipelift.compiler.reading.contents import read_whole
from pipelift.compiler.reading.reach import OutOfReach, Reach, project_root, read_regular

CANARY = "cNry0f5b1d"
"""Every planted text holds it, and nothing else does."""

HEAD = """\
import configparser, glob, json, os, shutil, sys
from pathlib import Path
import yaml
from dotenv import dotenv_values, load_dotenv
from azureml.core import Environment, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import DockerConfiguration, RunConfiguration
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep
ws = Workspace.from_config()
found, run, source = "nothing", RunConfiguration(), "src"
"""
TAIL = """\
step = PythonScriptStep("a.py", arguments=["--found", found], runconfig=run, source_directory=source,
                        compute_target="STANDARD_D2_V2")
pipeline = Pipeline(ws, steps=[step])
"""


@dataclass(frozen=True)
class Machine:
    """A home folder, a folder beside the project, and the project: no repository holds them."""

    home: Path
    beside: Path
    project: Path

    def write(self, body: str, name: str = "pipeline.py") -> Path:
        path = self.project / name
        path.write_text(HEAD + body.format(home=self.home, beside=self.beside) + "\n" + TAIL)
        return path

    def analysed(self, body: str, **options: Any) -> Analysis:
        return analyse(self.write(body), Options(cwd=self.project, **options))

    def link(self, path: str, target: str | Path) -> None:
        (self.project / path).parent.mkdir(parents=True, exist_ok=True)
        (self.project / path).symlink_to(target)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path / "home", tmp_path / "beside", tmp_path / "work" / "project")
    texts = {
        made.home / ".ssh" / "id_rsa": f"key {CANARY}\n",
        made.home / ".azure" / "accessTokens.json": json.dumps({"token": CANARY}),
        made.home / ".aws" / "credentials": f"[default]\nkey = {CANARY}\n",
        made.home / "notes.txt": CANARY,
        made.beside / "text.txt": CANARY,
        made.beside / f"{CANARY}.csv": "a name is a secret too",
        made.beside / "conf.yml": f"name: {CANARY}\ndependencies: [python=3.8, {{pip: ['{CANARY}']}}]\n",
        made.beside / "conf.json": json.dumps({"token": CANARY}),
        made.beside / "conf.ini": f"[a]\nb = {CANARY}\n",
        made.beside / "vars.env": f"TOLD={CANARY}\n",
        made.beside / "requirements.txt": f"{CANARY}==1.0\n",
        made.beside / "Dockerfile": f"FROM python:3.8\nENV A={CANARY}\n",
        made.beside / "more" / "tokens.py": f"FOUND = '{CANARY}'\n",
        made.beside / "more" / "x.runconfig": f"script: {CANARY}.py\nframework: Python\n",
        made.beside / "envs" / "azureml_environment.json": json.dumps({"name": CANARY}),
        made.project / "src" / "a.py": "print('a')\n",
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setenv("HOME", str(made.home))
    monkeypatch.setenv("AZURE_STORAGE_KEY", CANARY)
    monkeypatch.setenv("PIPELIFT_ANYTHING", CANARY)
    monkeypatch.chdir(made.project)
    return made


READS = {
    "environ of this process": "found = open('/proc/self/environ').read()",
    "environ, given up on": "try:\n    found = open('/proc/self/environ').read()\nexcept OSError:\n    found = 'no'",
    "pathlib": "found = Path('{beside}/text.txt').read_text()",
    "bytes": "found = Path('{beside}/text.txt').read_bytes().decode()",
    "dots": "found = open('../../beside/text.txt').read()",
    "dots through a folder": "found = open('src/../../../beside/text.txt').read()",
    "key": "found = open('{home}/.ssh/id_rsa').read()",
    "tilde": "found = open(os.path.expanduser('~/.ssh/id_rsa')).read()",
    "lines": "found = list(open('{home}/notes.txt'))[0]",
    "with": "with open('{beside}/text.txt') as file:\n    found = file.read()",
    "variable": "found = os.environ['AZURE_STORAGE_KEY']",
    "all variables": "found = dict(os.environ)",
    "expanded": "found = os.path.expandvars('$AZURE_STORAGE_KEY')",
    "yaml": "found = yaml.safe_load(open('{beside}/conf.yml'))['name']",
    "json": "found = json.load(open('{home}/.azure/accessTokens.json'))['token']",
    "ini": "c = configparser.ConfigParser()\nc.read('{home}/.aws/credentials')\nfound = c['default']['key']",
    "ini, fallback": "c = configparser.ConfigParser()\nc.read('{beside}/conf.ini')\n"
    "found = c.get('a', 'b', fallback='x')",
    "dotenv": "load_dotenv('{beside}/vars.env')\nfound = os.environ['TOLD']",
    "dotenv, default": "load_dotenv('{beside}/vars.env')\nfound = os.getenv('TOLD', 'default')",
    "dotenv values": "found = dotenv_values('{beside}/vars.env')['TOLD']",
    "copy": "shutil.copy('{beside}/text.txt', 'src/b.txt')\nfound = open('src/b.txt').read()",
    "copied tree": "shutil.copytree('{beside}', 'src/b')\nfound = open('src/b/text.txt').read()",
    "names": "found = ' '.join(os.listdir('{beside}'))",
    "names, iterated": "found = ' '.join(str(one) for one in Path('{beside}').iterdir())",
    "glob": "found = ' '.join(glob.glob('{beside}/*'))",
    "glob with dots": "found = ' '.join(str(one) for one in Path('src').glob('../../../beside/*'))",
    "deep glob": "found = ' '.join(str(one) for one in Path('..').resolve().parent.rglob('*'))",
    "walk": "found = ' '.join(name for _, _, names in os.walk('{beside}') for name in names)",
    "size": "found = str(os.path.getsize('{beside}/text.txt'))",
    "exists": "found = 'yes' if os.path.exists('{home}/.ssh/id_rsa') else 'no'",
    "is file": "found = str(Path('{home}/.ssh/id_rsa').is_file())",
    "is folder": "found = str(os.path.isdir('{home}/.ssh'))",
    "import": "sys.path.append('{beside}/more')\nfrom tokens import FOUND\nfound = FOUND",
    "folder changed": "os.chdir('{beside}')\nfound = open('text.txt').read()",
    "appended": "open('{beside}/text.txt', 'a').write('x')\nfound = open('{beside}/text.txt').read()",
    "conda file": "run.environment = Environment.from_conda_specification('e', '{beside}/conf.yml')",
    "conda object": "run.environment.python.conda_dependencies = CondaDependencies('{beside}/conf.yml')",
    "requirements": "run.environment = Environment.from_pip_requirements('e', '{beside}/requirements.txt')",
    "nested requirements": "run.environment = Environment.from_pip_requirements('e', 'nested.txt')",
    "Dockerfile": "run.environment.docker.base_dockerfile = '{beside}/Dockerfile'",
    "environment's Dockerfile": "run.environment = Environment.from_dockerfile('e', '{beside}/Dockerfile')",
    "environment's folder": "run.environment = Environment.load_from_directory('{beside}/envs')",
    "run configuration": "run = RunConfiguration.load('{beside}/more', 'x')",
    "pipeline YAML": "pipeline = Pipeline.load_yaml(ws, '{beside}/conf.yml')\nraise SystemExit",
    "source folder": "source = '{home}/.ssh'",
    "source folder with dots": "source = '../../beside'",
}
"""What a pipeline file may try, by what it reads; each is an error, with what to do about it, in the end."""


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    """All that is below a folder: names, links and bytes."""
    for path in folder.rglob("*"):
        yield str(path), os.fsencode(path.name)
        if path.is_symlink():
            yield str(path), os.fsencode(os.readlink(path))
        elif path.is_file():
            yield str(path), path.read_bytes()


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code in (0, 1, 2), result.output + result.stderr
    assert CANARY not in result.output + result.stderr
    return result


@pytest.mark.parametrize("case", READS)
def test_what_lies_outside_reaches_no_output_and_is_told(machine: Machine, tmp_path: Path, case: str) -> None:
    (machine.project / "nested.txt").write_text(f"-r {machine.beside}/requirements.txt\n")
    file = machine.write(READS[case])
    checked = run("check", file, "--format", "json")
    assert checked.exit_code == 1 or "PL245" in checked.output, "nothing is told"
    out = tmp_path / "out"
    run("compile", file, "-t", "ir", "-o", out, "--allow", "PL317")
    run("graph", file, "--format", "json")
    run("init", file)
    assert [path for path, data in everything(out) if CANARY.encode() in data] == []
    assert CANARY not in (machine.project / "pipelift.toml").read_text()


NOT_FILES = frozenset({"tilde", "variable", "all variables", "expanded"})
"""What no option allows: pipelift does not know them at all."""


@pytest.mark.parametrize("case", sorted(READS.keys() - NOT_FILES))
def test_it_is_told_how_to_allow_it(machine: Machine, case: str) -> None:
    (machine.project / "nested.txt").write_text(f"-r {machine.beside}/requirements.txt\n")
    told = [f"{one.message} {one.help}" for one in machine.analysed(READS[case]).reporter.errors]
    assert any("--allow-read" in text for text in told), told


def test_a_folder_that_is_allowed_is_read(machine: Machine) -> None:
    body = "found = open('{beside}/text.txt').read()"
    assert machine.analysed(body).failed
    allowed = machine.analysed(body, readable=(machine.beside,))
    assert not allowed.failed
    assert CANARY in as_json(allowed.pipelines[0])
    result = CliRunner().invoke(main, ["check", "pipeline.py", "--allow-read", str(machine.beside)])
    assert result.exit_code == 0, result.output


def test_a_configuration_of_the_project_allows_nothing(machine: Machine) -> None:
    (machine.project / "pipelift.toml").write_text(f"allow_read = ['{machine.beside}']\n")
    assert "PL501" in run("check", machine.write("")).output


@pytest.mark.parametrize("key", ["conda_file", "requirements_file", "dockerfile"])
def test_files_of_the_configuration_lie_in_the_project(machine: Machine, key: str) -> None:
    name = {"conda_file": "conf.yml", "requirements_file": "requirements.txt", "dockerfile": "Dockerfile"}[
        key
    ]
    for way in (f"{machine.beside}/{name}", f"../../beside/{name}", "link"):
        (machine.project / "link").unlink(missing_ok=True)
        machine.link("link", machine.beside / name)
        (machine.project / "pipelift.toml").write_text(f'[environments.known]\n{key} = "{way}"\n')
        file = machine.write("run.environment = Environment.get(ws, 'known')")
        assert "lies outside the project" in run("check", file).output


@pytest.mark.parametrize(
    "name", ["pipelift.toml", "src/.amlignore", "src/manifest.json", "helper.py", ".env"]
)
def test_no_file_of_a_project_is_waited_for(machine: Machine, name: str) -> None:
    os.mkfifo(machine.project / name)
    run("check", machine.write("import helper\nload_dotenv()"))


def test_what_to_allow_is_the_same_for_every_process(machine: Machine) -> None:
    (found,) = machine.analysed("found = open('/proc/self/environ').read()").reporter.errors
    assert found.help == "Supply it: --allow-read /proc."


def test_a_configuration_that_is_a_link_out_is_not_read(machine: Machine) -> None:
    machine.link("pipelift.toml", machine.home / ".aws" / "credentials")
    assert "PL501" in run("check", machine.write("")).output


def test_init_never_writes_through_a_link(machine: Machine) -> None:
    machine.link("pipelift.toml", machine.beside / "new.toml")
    assert run("init", machine.write("")).exit_code == 2
    assert run("init", machine.write(""), "--force").exit_code == 0
    assert not (machine.beside / "new.toml").exists()


# --- source directories --------------------------------


LINKS = {
    "file": "{beside}/text.txt",
    "key": "{home}/.ssh/id_rsa",
    "environ": "/proc/self/environ",
    "kmsg": "/proc/kmsg",
    "folder": "{beside}",
    "proc": "/proc",
    "dev": "/dev",
    "dots": "../../../beside/text.txt",
    "deep/link": "{beside}/more",
    "chain": "file",
    ".amlignore": "{beside}/text.txt",
}


@pytest.mark.parametrize("target", ["ir", "compose", "airflow", "kubeflow"])
def test_links_of_a_source_folder_carry_nothing_out(machine: Machine, tmp_path: Path, target: str) -> None:
    for name, where in LINKS.items():
        machine.link(f"src/{name}", where.format(home=machine.home, beside=machine.beside))
    file = machine.write("")
    told = json.loads(run("check", file, "--format", "json").stdout)
    assert sorted(one["message"].split("'")[1] for one in told if one["code"] == "PL317") == sorted(
        f"src/{name}" for name in LINKS
    )
    out = tmp_path / "out"
    assert run("compile", file, "-t", target, "-o", out).exit_code == 1
    assert not out.exists()
    made = run("compile", file, "-t", target, "-o", out, "--allow", "PL317", "--no-verify")
    assert made.exit_code == 0, made.output
    assert "src/kmsg" in (out / "REPORT.md").read_text()
    assert [path for path, data in everything(out) if CANARY.encode() in data] == []


def test_a_run_stores_nothing_from_outside(machine: Machine) -> None:
    machine.link("src/key", machine.home / ".ssh" / "id_rsa")
    run("plan", machine.write(""), "--allow", "PL317")
    run("run", machine.write(""), "--allow", "PL317", "--python", "/usr/bin/env")
    state = machine.project / ".pipelift"
    assert [path for path, data in everything(state) if CANARY.encode() in data] == []


@pytest.mark.parametrize("what", ["copy('{beside}/text.txt', 'src/b.txt')", "copytree('{beside}', 'src/b')"])
def test_a_copy_from_outside_that_stays_away_is_told(machine: Machine, what: str) -> None:
    (told,) = machine.analysed(f"shutil.{what}").reporter.errors
    assert (told.code, "--allow-read" in told.help) == ("PL317", True)


def test_an_ignored_link_is_not_told(machine: Machine) -> None:
    machine.link("src/key", machine.home / ".ssh")
    machine.link("src/data/file", machine.beside / "text.txt")
    (machine.project / "src" / ".amlignore").write_text("key/\ndata/*\n")
    assert not machine.analysed("").failed


def test_links_inside_the_project_are_followed_each_folder_once(machine: Machine) -> None:
    (machine.project / "shared").mkdir()
    (machine.project / "shared" / "b.py").write_text("b")
    machine.link("src/shared", machine.project / "shared")
    machine.link("src/c.py", "../shared/b.py")
    for name in ("one", "two"):
        machine.link(f"src/{name}", ".")
    machine.link("src/round/and", "../round")
    machine.link("src/nowhere", "nothing")
    machine.link("src/far", "/nothing/at/all")
    analysis = machine.analysed("")
    assert [one.message for one in analysis.reporter.errors] == []
    (snapshot,) = analysis.pipelines[0].snapshots
    assert [file.path for file in snapshot.files] == ["a.py", "c.py", "shared/b.py"]


def test_what_is_no_file_is_left_out_without_waiting(machine: Machine) -> None:
    os.mkfifo(machine.project / "src" / "fifo")
    machine.link("src/zero", "/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(machine.project / "src")
        listener.bind("socket")
        analysis = machine.analysed("")
    (snapshot,) = analysis.pipelines[0].snapshots
    assert [file.path for file in snapshot.files] == ["a.py"]


@pytest.mark.parametrize(
    ("folder", "code"), [("/proc", "PL310"), ("/dev", "PL310"), ("/", "PL310"), ("nothing\\0there", "PL217")]
)
def test_a_source_folder_of_the_machine_is_told(machine: Machine, folder: str, code: str) -> None:
    codes = {one.code for one in machine.analysed(f"source = '{folder}'").reporter.errors}
    assert codes == {code}


def test_a_name_that_is_no_text_is_told_before_anything_is_written(machine: Machine) -> None:
    (machine.project / "src" / os.fsdecode(b"\xff\xfe.bin")).write_bytes(b"x")
    checked = run("check", machine.write(""))
    assert checked.exit_code == 1
    assert "its name is not UTF-8" in checked.output


# --- what the user names on the command line -----------------


@pytest.mark.parametrize("way", ["fifo", "/dev/zero", "/dev/null", "socket"])
@pytest.mark.parametrize("option", [None, "--env-file", "--config"])
def test_only_regular_files_are_taken(machine: Machine, way: str, option: str | None) -> None:
    os.mkfifo(machine.project / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        words = [way] if option is None else [machine.write(""), option, way]
        result = run("check", *words)
    assert result.exit_code == 2
    assert "not a regular file" in result.stderr


def test_files_that_the_user_names_may_lie_anywhere(machine: Machine) -> None:
    file = machine.write("found = os.environ['TOLD']")
    assert (
        CliRunner().invoke(main, ["check", str(file), "--env-file", f"{machine.beside}/vars.env"]).exit_code
        == 0
    )


# --- the root ------------------------------


def test_a_repository_is_the_project(machine: Machine) -> None:
    (machine.project.parent / ".git").mkdir()
    (machine.project.parent / "shared.txt").write_text("in the project")
    assert not machine.analysed("found = open('../shared.txt').read()").failed
    assert machine.analysed("found = open('../../beside/text.txt').read()").failed


def test_settings_kept_in_a_repository_make_no_project_of_a_home(machine: Machine) -> None:
    (machine.home / ".git").mkdir()
    (machine.home / "code").mkdir()
    assert project_root(machine.home / "code") == machine.home / "code"
    assert project_root(machine.home) == machine.home


def test_a_repository_where_everybody_may_put_it_is_no_project(machine: Machine) -> None:
    shared = machine.project.parent
    (shared / ".git").mkdir()
    assert project_root(machine.project) == shared
    shared.chmod(0o1777)
    assert project_root(machine.project) == machine.project


def test_a_folder_that_is_allowed_begins_where_paths_do(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    body = "found = open('{beside}/text.txt').read()"
    assert not machine.analysed(body, readable=(Path("../../beside"),)).failed


def test_in_a_home_what_is_hidden_stays_so(machine: Machine) -> None:
    reach = Reach([machine.home])
    assert reach.holds(machine.home / "notes.txt")
    assert not reach.holds(machine.home / ".ssh" / "id_rsa")
    assert Reach([machine.home / ".ssh"]).holds(machine.home / ".ssh" / "id_rsa")
    assert not Reach([Path("/")]).holds("/proc/self/environ")
    assert Reach([Path("/")]).holds(machine.beside / "text.txt")


def test_paths_begin_beside_the_file_for_who_stands_outside(machine: Machine) -> None:
    """What is not there is then a file that is not there, not one that nobody may ask for."""
    inside = machine.project / "sub"
    inside.mkdir()
    starts = {machine.home: machine.project, machine.project: machine.project, inside: inside}
    for start, expected in starts.items():
        outside = Outside(start, machine.project, machine.project / "pipeline.py")
        assert outside.cwd == expected
        with pytest.raises(FileNotFoundError):
            outside.read("gone.txt")


def test_a_copy_of_a_repository_is_known_by_what_stands_at_its_top(machine: Machine) -> None:
    """Archives and images have no ``.git``; the home folder is no project, whatever lies in it."""
    top = machine.home / "copy"
    inner = top / "ml" / "pipelines"
    inner.mkdir(parents=True)
    assert project_root(inner) == inner
    (top / "ml" / "setup.py").write_text("")
    assert project_root(inner) == top / "ml"
    (top / ".gitignore").write_text("")
    (machine.home / "LICENSE").write_text("")
    assert project_root(inner) == top
    (top / "ml" / ".git").mkdir()
    assert project_root(inner) == top / "ml"


def test_a_root_that_is_reached_through_a_link_is_the_same(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(machine.project.parent)
    machine.write("found = open('src/a.py').read()")
    assert not analyse(tmp_path / "way" / "project" / "pipeline.py", Options(cwd=tmp_path)).failed


PARTS = st.sampled_from(["..", ".", "in", "out", "up", "self", "file", "round", "abs", "", "beside", "deep"])


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(parts=st.lists(PARTS, min_size=1, max_size=7))
def test_a_path_is_read_exactly_where_it_leads_into_the_project(tmp_path: Path, parts: list[str]) -> None:
    root, beside = tmp_path / "r" / "root", tmp_path / "r" / "beside"
    if not root.exists():
        for folder in (root, beside):
            (folder / "deep").mkdir(parents=True)
            for name in ("file", "deep/file"):
                (folder / name).write_text(folder.name)
        links = {
            "in": "deep",
            "out": "../beside",
            "up": "..",
            "self": ".",
            "round": "round",
            "abs": str(beside),
        }
        for name, target in links.items():
            (root / name).symlink_to(target)
    path = root.joinpath(*[part for part in parts if part])
    try:
        really = path.resolve(strict=True)
    except (OSError, RuntimeError):
        really = None
    try:
        got: str | None = Reach([root]).read(path, 100).decode()
    except OSError as error:
        got = None
        outside = really is not None and not really.is_relative_to(root)
        assert not outside or isinstance(error, OutOfReach)
    if really is not None and really.is_file() and really.is_relative_to(root):
        assert got == "root"
    else:  # ``file/..`` is no way for the system, but one that stays inside
        assert got in (None, "root")


def test_a_file_that_grows_is_not_read_for_ever(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 101)
    with pytest.raises(OSError, match="larger"):
        read_regular(tmp_path / "big", 100)


# --- ways through links, and through other files of the project ------------------


LINKED = {
    "module": ("linked.py", "{beside}/more/tokens.py", "from linked import FOUND\nfound = FOUND"),
    "package": ("pkg", "{beside}/more", "from pkg.tokens import FOUND\nfound = FOUND"),
    "text": ("linked.txt", "{home}/.ssh/id_rsa", "found = open('linked.txt').read()"),
    "folder": ("there", "{beside}", "found = open('there/text.txt').read()"),
    "listed": ("there", "{beside}", "found = ' '.join(os.listdir('there'))"),
    "globbed": ("there", "{beside}", "found = ' '.join(glob.glob('there/*'))"),
    "walked": ("there", "{beside}", "found = ' '.join(n for _, _, names in os.walk('there') for n in names)"),
    "a link to a link": ("one", "two", "found = open('one').read()"),
    ".env": (".env", "{beside}/vars.env", "load_dotenv()\nfound = os.environ['TOLD']"),
    "conda": ("c.yml", "{beside}/conf.yml", "run.environment = Environment.from_conda_specification('e', 'c.yml')"),
    "requirements": ("r.txt", "{beside}/requirements.txt",
                     "run.environment = Environment.from_pip_requirements('e', 'r.txt')"),
    "Dockerfile": ("Dockerfile", "{beside}/Dockerfile", "run.environment.docker.base_dockerfile = 'Dockerfile'"),
    "run configuration": (".azureml/x.runconfig", "{beside}/more/x.runconfig", "run = RunConfiguration.load('.', 'x')"),
    "saved environment": ("env", "{beside}/envs", "run.environment = Environment.load_from_directory('env')"),
    "its conda file": ("saved/conda_dependencies.yml", "{beside}/conf.yml",
                       "run.environment = Environment.load_from_directory('saved')"),
    "its Dockerfile": ("saved/BaseDockerfile", "{beside}/Dockerfile",
                       "run.environment = Environment.load_from_directory('saved')"),
}  # fmt: skip


@pytest.mark.parametrize("case", LINKED)
def test_no_link_of_the_project_leads_out_of_it(machine: Machine, tmp_path: Path, case: str) -> None:
    name, target, body = LINKED[case]
    machine.link("two", machine.beside / "text.txt")
    (machine.project / "saved").mkdir()
    (machine.project / "saved" / "azureml_environment.json").write_text('{"name": "saved"}')
    machine.link(name, target.format(home=machine.home, beside=machine.beside))
    file = machine.write(body)
    assert run("check", file, "--format", "json").exit_code == 1
    run("compile", file, "-t", "ir", "-o", tmp_path / "out")
    run("graph", file, "--format", "html")
    assert [path for path, data in everything(tmp_path / "out") if CANARY.encode() in data] == []


NAMED_IN_FILES = {
    "conda's pip section": ("c.yml", "dependencies: [pip: ['-r {beside}/requirements.txt']]",
                            "run.environment = Environment.from_conda_specification('e', 'c.yml')"),
    "requirements that include": ("r.txt", "-r ../../beside/requirements.txt",
                                  "run.environment = Environment.from_pip_requirements('e', 'r.txt')"),
    "run configuration": ("x.runconfig", "framework: Python\nenvironment:\n  python:\n"
                          "    condaDependenciesFile: {beside}/conf.yml\n", "run = RunConfiguration.load('.', 'x')"),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMED_IN_FILES)
def test_no_path_in_a_file_of_the_project_leads_out_of_it(
    machine: Machine, tmp_path: Path, case: str
) -> None:
    name, text, body = NAMED_IN_FILES[case]
    (machine.project / name).write_text(text.format(beside=machine.beside))
    file = machine.write(body)
    assert "lies outside the project" in run("check", file).output
    run("compile", file, "-t", "ir", "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


CELLS = {
    "read": "found = open('{beside}/text.txt').read()",
    "folder": "%cd {beside}",
    "variables": "%load_ext dotenv\n%dotenv {beside}/vars.env",
    "run": "%run {beside}/more/tokens.py\nfound = FOUND",
    "shell": "found = !cat {beside}/text.txt",
    "appended": "%%writefile -a {beside}/text.txt\nmore",
}
AFTER = "if found == 'nothing':\n    found = os.environ.get('TOLD') or open('text.txt').read()"


@pytest.mark.parametrize("case", CELLS)
def test_no_cell_of_a_notebook_leads_out_of_the_project(machine: Machine, tmp_path: Path, case: str) -> None:
    after = AFTER if case != "appended" else f"found = open('{machine.beside}/text.txt').read()"
    sources = [HEAD, CELLS[case].format(beside=machine.beside), after, TAIL]
    cells = [{"cell_type": "code", "source": source} for source in sources]
    file = machine.project / "pipeline.ipynb"
    file.write_text(json.dumps({"cells": cells, "nbformat": 4}))
    assert run("check", file, "--format", "json").exit_code == 1
    run("compile", file, "-t", "ir", "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


TREES = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join),
        st.sampled_from(
            ["file", "folder", ".", "..", "../..", "a", "../b", "/ROOT/c", "/OUT", "/OUT/x", "../../../o"]
        ),
    ),
    max_size=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(tree=TREES)
def test_a_snapshot_has_what_is_in_the_project_and_tells_the_rest(
    machine: Machine, tree: list[tuple[str, str]]
) -> None:
    """The tree is made of files, folders, and links to wherever; the model is a walk that looks at each real path."""
    root = machine.project.parent / "tree"
    shutil.rmtree(root, ignore_errors=True)
    (root / "src").mkdir(parents=True)
    (root / "pipeline.py").write_text(HEAD + TAIL)
    (machine.beside / "x").write_text(CANARY)
    for path, kind in tree:
        place = root / "src" / path
        with contextlib.suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            if kind == "file":
                place.write_text(path)
            elif kind == "folder":
                place.mkdir()
            else:
                place.symlink_to(kind.replace("/ROOT", str(root)).replace("/OUT", str(machine.beside)))
    (root / "src" / "a.py").write_text("a")
    inside, outside = walked(root)
    analysis = analyse(root / "pipeline.py", Options(cwd=root))
    told = {
        one.message.split("'")[1].removeprefix("src/")
        for one in analysis.reporter.errors
        if one.code == "PL317"
    }
    (contents,) = (found["src"] for found in analysis.contents.values())
    assert (set(contents), told) == (inside, outside)
    assert CANARY.encode() not in b"".join(map(read_whole, contents.values()))


def walked(root: Path) -> tuple[set[str], set[str]]:
    """What a walk that follows links finds below ``src``: files in the project, and what leads out of it."""
    inside, outside, seen = set(), set(), set()

    def is_inside(path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(root)

    for folder, names, files in os.walk(root / "src", followlinks=True):
        names.sort()
        if os.path.realpath(folder) in seen:
            names.clear()
            continue
        seen.add(os.path.realpath(folder))
        for path in (Path(folder, name) for name in [*files, *names]):
            if os.path.exists(path) and not is_inside(path):
                outside.add(path.relative_to(root / "src").as_posix())
            elif os.path.isfile(path):
                inside.add(path.relative_to(root / "src").as_posix())
        names[:] = [name for name in names if is_inside(Path(folder, name))]
    return inside, outside


def test_a_deep_tree_is_walked_to_its_end(machine: Machine) -> None:
    folder = machine.project / "src"
    for _ in range(199):
        folder /= "d"
        folder.mkdir()
    (folder / "last").write_text("x")
    assert len(machine.analysed("").pipelines[0].snapshots[0].files) == 2
