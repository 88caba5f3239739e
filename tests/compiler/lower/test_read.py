"""What lowering reads: nothing that is not known, or of another type, becomes a default without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelift.compiler.ir.wire import as_json
from tests.support.sdk_world import Reading, read

RUN = "step = py('a', runconfig=run)\np = Pipeline(ws, [step])\n"

UNKNOWN = {
    "run.environment.environment_variables = {value}": "PL112",
    "run.environment.environment_variables = {{'A': {value}}}": "PL112",
    "run.environment_variables = {{'A': {value}}}": "PL112",
    "run.environment.python = {value}": "PL112",
    "run.environment.python.user_managed_dependencies = {value}": "PL112",
    "run.environment.python.conda_dependencies = {value}": "PL112",
    "run.environment.docker = {value}": "PL112",
    "run.environment.docker.base_image = {value}": "PL112",
    "run.environment = {value}": "PL112",
    "run.environment.docker.shm_size = {value}": "PL115",
    "run.node_count = {value}": "PL115",
    "run.mpi = {value}": "PL115",
    "run.mpi.process_count_per_node = {value}": "PL115",
    "run.pytorch.process_count = {value}": "PL115",
    "run.max_run_duration_seconds = {value}": "PL115",
    "run.amlcompute = {value}": "PL111",
}
"""What a program sets, and the code where it is not known."""

SUBMISSIONS = {
    "regenerate_outputs={value}": "PL115",
    "continue_on_step_failure={value}": "PL115",
    "tags={value}": "PL115",
    "tags={{'a': {value}}}": "PL115",
    "pipeline_parameters={value}": "PL115",
}

WRONG = {
    "run.node_count = 'two'": "PL218",
    "run.node_count = 1.5": "PL218",
    "run.node_count = 0": "PL218",
    "run.max_run_duration_seconds = 'long'": "PL218",
    "run.environment.docker.shm_size = 'much'": "PL218",
    "run.environment.python.user_managed_dependencies = 'no'": "PL217",
    "run.environment.python.conda_dependencies = 'conda.yml'": "PL217",
    "run.environment_variables = ['A=1']": "PL217",
    "run.environment_variables = {'A': [1]}": "PL217",
    "run.environment = 'train'": "PL217",
    "run.environment_variables = {'A': None}": "PL218",
    "run.environment.python.conda_dependencies = CondaDependencies.create(pip_packages=[None])": "PL217",
    "step.source_directory = ['src']": "PL217",
    "step.allow_reuse = 'no'": "PL217",
}


def after(folder: Path, change: str, submission: str = "") -> Reading:
    """A pipeline of one step, after a change to its run configuration, or submitted with an argument."""
    options = f", {submission}" if submission else ""
    source = f"import requests\nu = requests.get('x').json()\n{RUN}{change}\nExperiment(ws, 'e').submit(p{options})"
    return read(folder, source, {"src/a.py": ""})


@pytest.mark.parametrize("change", UNKNOWN)
def test_an_unknown_setting_is_reported(change: str, tmp_path: Path) -> None:
    found = after(tmp_path, change.format(value="u"))
    assert UNKNOWN[change] in found.codes
    (told,) = (one for one in found.said if one.code == UNKNOWN[change])
    assert told.step == "a" and told.causes[-1].message in told.message


@pytest.mark.parametrize("change", UNKNOWN)
def test_a_setting_that_is_none_is_one_that_is_not_made(change: str, tmp_path: Path) -> None:
    assert not {"PL112", "PL115"} & set(after(tmp_path, change.format(value="None")).codes)


@pytest.mark.parametrize("argument", SUBMISSIONS)
def test_an_unknown_argument_of_a_submission_is_reported(argument: str, tmp_path: Path) -> None:
    assert SUBMISSIONS[argument] in after(tmp_path, "", argument.format(value="u")).codes


@pytest.mark.parametrize("change", WRONG)
def test_a_value_of_another_type_is_reported(change: str, tmp_path: Path) -> None:
    assert WRONG[change] in after(tmp_path, change).codes


@pytest.mark.parametrize(("given", "count"), [("2", 2), ("'2'", 2), ("2.0", 2), ("True", 1), ("None", 1)])
def test_a_count_is_what_the_sdk_makes_of_it(given: str, count: int, tmp_path: Path) -> None:
    found = after(tmp_path, f"run.node_count = {given}")
    assert found.step.resources.nodes == count
    assert found.codes == []


def test_an_unknown_that_was_a_warning_is_still_an_error_where_it_matters(tmp_path: Path) -> None:
    found = after(tmp_path, "run.node_count = u\nrun.environment_variables = {'A': u}")
    assert {"PL112"} == {one.code for one in found.said if one.severity.value == "error"}


def test_an_unknown_value_of_a_secret_variable_is_not_needed(tmp_path: Path) -> None:
    found = after(tmp_path, "run.environment_variables = {'DB_PASSWORD': u}")
    assert found.codes == ["PL244"]
    assert [one.name for one in found.step.secrets] == ["DB_PASSWORD"]


def test_a_secret_under_a_name_of_an_enumeration_is_a_secret(tmp_path: Path) -> None:
    change = "from enum import Enum\nclass N(str, Enum):\n    P = 'DB_PASSWORD'\n"
    found = after(tmp_path, f"{change}run.environment_variables = {{N.P: 'hush-hush'}}")
    assert [one.name for one in found.step.secrets] == ["DB_PASSWORD"]
    assert "hush-hush" not in as_json(found.pipelines[0])


ENUMS = """
from enum import Enum
class Word(str, Enum):
    A = "aaa"
class Number(Enum):
    B = 1
class Own:
    pass
"""


def test_a_member_of_an_enumeration_of_texts_is_its_text(tmp_path: Path) -> None:
    source = f"{ENUMS}\nPipeline(ws, [py(Word.A, arguments=[Word.A, '--x'])])"
    found = read(tmp_path, source)
    assert found.arguments("aaa")[0] == "aaa"
    assert found.codes == []


@pytest.mark.parametrize("argument", ["Number.B", "Own()", "Own", "print"])
def test_an_argument_whose_text_is_not_known_is_reported(argument: str, tmp_path: Path) -> None:
    found = read(tmp_path, f"{ENUMS}\nPipeline(ws, [py('a', arguments=[{argument}])])")
    assert found.codes == ["PL110"]
