"""The door to the targets: found by one entry point group, loaded in one way, refused in one way."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from importlib import metadata
from importlib.metadata import EntryPoint, distribution
from pathlib import Path
from typing import Annotated

import pytest
from click.testing import CliRunner

from pipelift.app.cli.main import main
from pipelift.app.deploying import Deploys, load_deployer
from pipelift.app.doctor import Examines, load_doctor
from pipelift.app.running import Runs, load_runner
from pipelift.app.starter import render_starter
from pipelift.compiler import plugins
from pipelift.compiler.config import Option, Section
from pipelift.compiler.config.file import load_config
from pipelift.compiler.config.section import list_options, read_options
from pipelift.compiler.diagnostics import Refused, Reporter, Severity
from pipelift.compiler.diagnostics.codes import Code
from pipelift.compiler.diagnostics.rendering import render
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.output.fidelity import report_page
from pipelift.compiler.plugins import GROUP
from pipelift.compiler.target import (
    Artifacts,
    Builds,
    Compilation,
    Compiles,
    Target,
    announced,
    load_builder,
    load_compiler,
    load_target,
    load_targets,
    target_names,
)
from tests.support.compiling import compilation_of
from tests.support.samples import two_steps

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OWN = ("airflow", "compose", "kubeflow", "local")


class Plain(Target):
    """A target that only compiles."""

    name = "plain"
    summary = "one file"

    def compile(self, pipeline: Pipeline, compilation: Compilation) -> Artifacts:
        return Artifacts({"plain.txt": pipeline.name.encode()})

    def verify(self, directory: Path, reporter: Reporter) -> None:
        assert (directory / "plain.txt").is_file()


def test_there_is_one_group_of_entry_points() -> None:
    groups = {
        entry.group for entry in distribution("pipelift").entry_points if entry.group.startswith("pipelift")
    }
    assert groups == {GROUP} == {"pipelift.targets"}
    assert target_names() == OWN == tuple(target.name for target in load_targets())


def test_what_a_target_can_do_is_which_protocols_it_meets() -> None:
    able = {
        target.name: {
            ability for ability in (Compiles, Builds, Deploys, Examines, Runs) if isinstance(target, ability)
        }
        for target in load_targets()
    }
    containers = {Compiles, Builds, Deploys, Examines}
    assert able == {"airflow": containers, "compose": containers, "kubeflow": containers, "local": {Runs}}


def test_a_target_that_is_not_there_is_refused_with_a_suggestion() -> None:
    with pytest.raises(Refused) as refused:
        load_target("kubflow")
    assert str(refused.value) == (
        "there is no target 'kubflow'; do you mean 'kubeflow'? There are: airflow, compose, kubeflow, local, ir"
    )


@pytest.mark.parametrize("load", [load_compiler, load_builder, load_deployer, load_doctor])
def test_what_a_target_cannot_do_is_refused_with_those_that_can(load: object) -> None:
    assert callable(load)
    with pytest.raises(
        Refused, match=r"the target 'local' has nothing to \w+; these have: airflow, compose, kubeflow"
    ):
        load("local")


@pytest.mark.parametrize("load", [load_builder, load_deployer, load_doctor])
def test_the_ir_is_no_target_that_could_do_anything(load: object) -> None:
    assert callable(load)
    with pytest.raises(
        Refused, match=r"the target 'ir' has nothing to \w+; these have: airflow, compose, kubeflow"
    ):
        load("ir")


def test_nobody_takes_the_name_of_a_target_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {entry.name: entry for entry in metadata.entry_points(group=GROUP)}["compose"]
    stranger = EntryPoint("compose", "stranger:TARGET", GROUP)
    for found in ([ours, stranger], [stranger, ours]):
        monkeypatch.setattr(metadata, "entry_points", lambda group, found=found: found)
        plugins._entries.cache_clear()
        assert plugins.address_of("compose") == ours.value
    monkeypatch.undo()
    plugins._entries.cache_clear()


def test_only_the_target_that_runs_here_is_a_runner() -> None:
    runner: object = load_runner()
    assert runner is load_target("local")
    with pytest.raises(Refused, match="the target 'airflow' has nothing to run; these have: local"):
        load_runner("airflow")


def test_an_announced_target_counts_as_installed_for_a_while() -> None:
    with announced(Plain()):
        assert target_names() == (*OWN, "plain")
        compiler: object = load_compiler("plain")
        assert compiler is load_target("plain")
        with pytest.raises(Refused, match="nothing to deploy"):
            load_deployer("plain")
    with pytest.raises(Refused):
        load_target("plain")


ROW = Code("PLAIN01", "error", "a loss", "Plain has no word for it.", "p()", "Leave it out.", "dropped")


class Losing(Plain):
    """It cannot say one thing, and has a code for that."""

    codes = (ROW,)

    def compile(self, pipeline: Pipeline, compilation: Compilation) -> Artifacts:
        compilation.reporter.report("PLAIN01", "the file has no place for it", step=pipeline.steps[0].name)
        return super().compile(pipeline, compilation)


def test_a_target_reports_losses_of_its_own_everywhere(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    with announced(Losing()):
        for allowed, severity in ((), Severity.ERROR), (("PLAIN01",), Severity.WARNING):
            reporter = Reporter(allowed)
            Losing().compile(pipeline, replace(compilation_of(contents), reporter=reporter))
            (found,) = reporter
            assert (found.severity, found.fidelity, found.help) == (severity, "dropped", "Leave it out.")
        page = report_page(pipeline, "plain", None, reporter)
        assert "0 exact, 0 approximated, 2 dropped" in page  # the second reads what the first left
        assert "PLAIN01" in page
        for form in ("text", "json", "sarif", "github"):
            assert "PLAIN01" in render([found], {}, form)
        rule = json.loads(render([found], {}, "sarif"))["runs"][0]["tool"]["driver"]["rules"][0]
        assert (rule["id"], rule["help"]["text"]) == ("PLAIN01", "Leave it out.")
        told = CliRunner().invoke(main, ["explain", "plain01"])
        assert told.exit_code == 0 and "Plain has no word for it." in told.stdout
    with pytest.raises(KeyError):
        Reporter().report("PLAIN01", "nobody knows it now")


def install(folder: Path, module: str) -> None:
    """A foreign distribution with the module `stranger` and a target of that name, without pip."""
    (folder / "stranger.py").write_text(module)
    information = folder / "stranger-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(f"[{GROUP}]\nstranger = stranger:TARGET\n")


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )


FOREIGN_CODE = """
from pipelift.compiler.diagnostics.codes import Code
from pipelift.compiler.target import Target
class Stranger(Target):
    name = "stranger"
    codes = (Code("OTHER01", "note", "t", "w", "e", "r"),)
TARGET = Stranger()
"""


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (
            "import a_library_that_is_not_there",
            "ModuleNotFoundError: No module named 'a_library_that_is_not_there'",
        ),
        ("TARGET = 3", "names no target of that name"),
        (FOREIGN_CODE, "brings the code OTHER01; its own are STRANGER01 to 99"),
    ],
)
def test_a_broken_target_of_a_stranger_stops_nothing_else(tmp_path: Path, module: str, why: str) -> None:
    install(tmp_path, module)
    command = "from pipelift.app.cli.main import main; main()"
    listed = python(tmp_path, "-c", command, "targets")
    assert listed.returncode == 0 and "compose" in listed.stdout
    assert "stranger" in listed.stdout and why in listed.stdout
    pipeline = tmp_path / "pipeline.py"
    pipeline.write_text("")
    asked = python(tmp_path, "-c", command, "compile", str(pipeline), "-t", "stranger")
    assert asked.returncode == 2 and why in asked.stderr


def test_listing_the_targets_imports_no_engine(tmp_path: Path) -> None:
    script = (
        "import sys; from pipelift.compiler.target import load_targets; load_targets();"
        "print(*sorted({'kfp', 'airflow', 'jinja2', 'yaml', 'httpx', 'docker', 'jsonschema'} & set(sys.modules)))"
    )
    done = python(tmp_path, "-c", script)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], "")


def test_the_list_tells_what_there_is() -> None:
    text = CliRunner().invoke(main, ["targets"]).stdout
    assert [line.split()[0] for line in text.splitlines()] == [*OWN, "ir"]


TABLES = ["images", "reuse", "airflow", "kubeflow", "local", "plain"]


def test_the_first_configuration_has_a_section_for_every_target_that_takes_one() -> None:
    class Settings(Section):
        queue: Annotated[str, Option("where runs wait", example='"all"')] = "all"

    class Queued(Plain):
        settings = Settings

    with announced(Queued()):
        text = render_starter(())
    assert re.search(r'^# \[plain\]\n# queue = "all" +# where runs wait$', text, re.MULTILINE)
    assert re.findall(r"^# \[(\w+)\]$", text, re.MULTILINE) == [
        "images",
        "reuse",
        "airflow",
        "kubeflow",
        "local",
        "plain",
    ]
    tables = tomllib.loads("\n".join(line.removeprefix("# ") for line in text.splitlines()[2:]))
    assert tables["airflow"] == {"operator": "docker"}


@pytest.mark.parametrize("target", load_targets(), ids=lambda target: target.name)
def test_every_option_has_help_and_a_way_to_be_given(target: Target) -> None:
    for name, option in list_options(target.settings).items():
        assert option.help, name
        assert option.filed or option.asked, name


def test_options_are_typed_by_the_model_that_reads_the_file() -> None:
    class Settings(Section):
        jobs: Annotated[int, Option("how many", asked=True)] = 1
        queue: Annotated[str, Option("which")] = "all"

    assert read_options(Settings, {"jobs": "3"}) == Settings(jobs=3)
    for texts, why in (
        ({"jobs": "many"}, "jobs: input should be a valid integer"),
        ({"job": "3"}, "there is no option 'job'; do you mean 'jobs'? there are: jobs"),
        ({"queue": "x"}, "there is no option 'queue'; there are: jobs"),
    ):
        with pytest.raises(Refused) as refused:
            read_options(Settings, texts)
        assert str(refused.value).startswith(why)


def test_the_configuration_takes_the_sections_of_what_is_installed(tmp_path: Path) -> None:
    class Settings(Section):
        queue: Annotated[str, Option("which")] = "all"

    class Queued(Plain):
        settings = Settings

    file = tmp_path / "pipelift.toml"
    file.write_text('[plain]\nqueue = "fast"\n[stores.blob]\nurl = "a"\n[stores.blob.plain]\nurl = "b"\n')
    with announced(Queued()):
        reporter = Reporter()
        config = load_config(file, reporter, required=True)
        assert list(reporter) == []
        assert config.settings("plain", Settings).queue == "fast"
        assert (config.store_url("blob", "plain"), config.store_url("blob", "local")) == ("b", "a")
        file.write_text("[plain]\nqeue = 1\n")
        load_config(file, reporter, required=True)
        assert [one.message for one in reporter] == [
            "pipelift.toml: [plain.qeue] extra inputs are not permitted; do you mean 'queue'?"
        ]
    reporter = Reporter()
    load_config(file, reporter, required=True)
    assert "[plain] is no section" in next(iter(reporter)).message
