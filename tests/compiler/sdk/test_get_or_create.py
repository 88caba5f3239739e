"""What a program looks up in the workspace and creates where it is not there: it is what the program creates."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sdk_world import read

MAKE = """\
def make():
    e = Environment("env")
    e.python.conda_dependencies = CondaDependencies.create(pip_packages=["pandas==1.1"])
    e.python.conda_dependencies.add_pip_package("numpy==1.2")
    return e
name = "env"
"""

ENVIRONMENTS = {
    "asked with in": (
        "if name in Environment.list(ws):\n    env = Environment.get(ws, name)\n"
        "else:\n    env = make()\n    env.register(ws)"
    ),
    "asked with not in": (
        "if name not in ws.environments:\n    env = make().register(workspace=ws)\n"
        "else:\n    env = ws.environments[name]"
    ),
    "asked of the keys": "env = ws.environments[name] if name in ws.environments.keys() else make()",
    "looked for in a loop": (
        "found = False\nfor one in Environment.list(workspace=ws):\n    if one == name:\n        found = True\n"
        "env = Environment.get(ws, name) if found else make()"
    ),
    "tried": "try:\n    env = Environment.get(ws, name)\nexcept Exception:\n    env = make().register(ws)",
    "tried and changed where it is made": (
        "try:\n    env = Environment.get(workspace=ws, name=name)\nexcept Exception:\n    env = Environment(name)\n"
        "    env.python.conda_dependencies = CondaDependencies.create(pip_packages=['pandas==1.1'])\n"
        "    env.python.conda_dependencies.add_pip_package('numpy==1.2')"
    ),
    "tried before": (
        "env = None\ntry:\n    env = Environment.get(ws, name)\nexcept Exception:\n    pass\n"
        "if env is None:\n    env = make()"
    ),
    "or": "env = ws.environments.get(name) or make()",
    "or of a list": "env = Environment.list(ws).get(name) or make()",
    "none": "env = ws.environments.get(name)\nif env == None:\n    env = make()",
    "not": "env = ws.environments.get(name)\nif not env:\n    env = make()",
    "in a function": (
        "def find(ws):\n    try:\n        return Environment.get(ws, name)\n    except Exception as error:\n"
        "        print(error)\n    return make()\nenv = find(ws)"
    ),
}


@pytest.mark.parametrize("case", ENVIRONMENTS, ids=str)
def test_an_environment_that_may_have_to_be_made(case: str, tmp_path: Path) -> None:
    source = f"{MAKE}{ENVIRONMENTS[case]}\nrun.environment = env\nPipeline(ws, [py('a', runconfig=run)])"
    reading = read(tmp_path, source)
    assert [one for one in reading.said if one.severity == "error"] == []
    (environment,) = reading.pipelines[0].environments
    assert "pandas==1.1" in str(environment) and "numpy==1.2" in str(environment)


CREATE = "ComputeTarget.create(ws, 'c', AmlCompute.provisioning_configuration('STANDARD_NC6', max_nodes=2))"

TARGETS = {
    "tried before": (
        "c = None\ntry:\n    c = ComputeTarget(ws, 'c')\nexcept Exception:\n    print('no')\n"
        f"if not c:\n    c = {CREATE}"
    ),
    "or": f"c = ws.compute_targets.get('c') or {CREATE}",
    "none": f"c = ws.compute_targets.get('c')\nif c is None:\n    c = {CREATE}",
    "not in": f"c = ws.compute_targets['c'] if 'c' in ws.compute_targets else {CREATE}",
}


@pytest.mark.parametrize("case", TARGETS, ids=str)
def test_a_compute_target_that_may_have_to_be_made(case: str, tmp_path: Path) -> None:
    source = (
        TARGETS[case] + "\nPipeline(ws, [PythonScriptStep('a.py', source_directory='src', compute_target=c)])"
    )
    reading = read(tmp_path, source)
    assert [one.code for one in reading.said if one.code in ("PL303", "PL114")] == []
    assert reading.step.resources.gpus == 1


def test_two_definitions_are_not_one(tmp_path: Path) -> None:
    source = (
        f"{MAKE}import os\nif os.path.exists(ws.name):\n    env = make()\nelse:\n    env = Environment('env')\n"
        "    env.python.conda_dependencies = CondaDependencies.create(pip_packages=['other==3'])\n"
        "run.environment = env\nPipeline(ws, [py('a', runconfig=run)])"
    )
    assert "PL112" in read(tmp_path, source).codes


BORN = {
    "a list": ("words = []\n    words.append('--x')\n    words += ['1']", ["--x", "1"]),
    "a dict's items": (
        "d = {'--x': '1'}\n    d['--y'] = '2'\n    words = [w for p in d.items() for w in p]",
        None,
    ),
    "an object's list": (
        "class C:\n        def __init__(self):\n            self.words = []\n    c = C()\n    c.words.append('--x')\n"
        "    words = c.words",
        ["--x"],
    ),
}


@pytest.mark.parametrize("case", BORN, ids=str)
def test_what_a_branch_makes_and_changes_is_known(case: str, tmp_path: Path) -> None:
    """The workspace may fail, so that the handler may run; what the body made it has made whole."""
    body, words = BORN[case]
    source = (
        f"try:\n    ws.get_details()\n    {body}\nexcept Exception:\n    raise\n"
        "Pipeline(ws, [py('a', arguments=words)])"
    )
    other = (
        f"try:\n    ws.get_details()\n    words = None\nexcept Exception:\n    {body}\n"
        "Pipeline(ws, [py('a', arguments=words)])"
    )
    for program in (source, other):
        reading = read(tmp_path, program)
        assert reading.codes == []
        assert reading.arguments("a") == (words or ["--x", "1", "--y", "2"])


def test_what_was_there_before_a_branch_is_still_joined(tmp_path: Path) -> None:
    source = (
        "words = ['--x']\ntry:\n    ws.get_details()\n    words.append('1')\nexcept Exception:\n    words.append('2')\n"
        "Pipeline(ws, [py('a', arguments=words)])"
    )
    assert "PL110" in read(tmp_path, source).codes
