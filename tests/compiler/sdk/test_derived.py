"""Classes of the program's that derive from the SDK's: their objects are steps, data and environments."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sdk_world import read

STEP = """\
class Train(PythonScriptStep):
    script = "t.py"

    def __init__(self, name, *, rounds=3, **options):
        self.rounds = rounds
        self._log = [name]
        self.source_directory = "elsewhere"
        super().__init__(
            self.script, name=name, arguments=["--rounds", rounds], source_directory="src", compute_target="cpu",
            **options,
        )
        self._log.append("made")

    @property
    def title(self):
        return f"{self.name}-{self.rounds}-{len(self._log)}"

    def then(self, other):
        other.run_after(self)
        return other
"""

PROGRAMS: dict[str, tuple[str, dict[str, list[str]], list[str]]] = {
    "a step": (STEP + "one = Train('one')\nPipeline(ws, [one])", {"one": ["--rounds", "3"]}, []),
    "its own members": (
        STEP
        + "one = Train('one', rounds=5)\ntwo = py('two', arguments=[one.title])\nPipeline(ws, [one.then(two)])",
        {"one": ["--rounds", "5"], "two": ["one-5-2"]},
        ["one => two"],
    ),
    "of a class of its own": (
        STEP + "class Fast(Train):\n    script = 'fast.py'\n    def __init__(self, name):\n"
        "        Train.__init__(self, name, rounds=1)\nPipeline(ws, [Fast('f')])",
        {"f": ["--rounds", "1"]},
        [],
    ),
    "with a mixin before it": (
        "class Named:\n    def label(self):\n        return 'n-' + self.name\n"
        "class Mine(Named, PythonScriptStep):\n    pass\n"
        "m = Mine('a.py', name='m', source_directory='src', compute_target='cpu')\n"
        "assert isinstance(m, Mine) and isinstance(m, PythonScriptStep) and isinstance(m, Named)\n"
        "assert issubclass(Mine, PythonScriptStep) and type(m) is Mine and type(m).__name__ == 'Mine'\n"
        "Pipeline(ws, [m, py('x', arguments=[m.label()])])",
        {"m": [], "x": ["n-m"]},
        [],
    ),
    "data": (
        "class Folder(PipelineData):\n    def __init__(self, name):\n        super().__init__(name, datastore=store)\n"
        "        self.what = 'folder'\n"
        "d = Folder('d')\nassert d.what == 'folder' and d.name == 'd'\n"
        "Pipeline(ws, [py('a', outputs=[d]), py('b', inputs=[d])])",
        {"a": [], "b": []},
        ["a.d -> b.d mount"],
    ),
    "an output": (
        "class Out(OutputFileDatasetConfig):\n    def __init__(self, name, folder):\n"
        "        super().__init__(name=name, destination=(store, folder))\n"
        "o = Out('o', 'x/y')\nPipeline(ws, [py('a', arguments=[o]), py('b', inputs=[o.as_input('i')])])",
        {"a": ["<o>"], "b": []},
        ["a.o -> b.i mount"],
    ),
    "parameters by another base": (
        "class P(PipelineParameter):\n    def __init__(self, name, value):\n"
        "        PipelineParameter.__init__(self, name=name, default_value=value)\n"
        "Pipeline(ws, [py('a', arguments=['--p', P('p', 4)])])",
        {"a": ["--p", "<p>"]},
        [],
    ),
    "an environment": (
        "class Env(Environment):\n    def __init__(self):\n        super().__init__('e')\n"
        "        self.python.conda_dependencies = CondaDependencies.create(pip_packages=['x==1'])\n"
        "run.environment = Env()\nPipeline(ws, [py('a', runconfig=run)])",
        {"a": []},
        [],
    ),
}


@pytest.mark.parametrize("case", PROGRAMS, ids=str)
def test_objects_of_a_class_that_derives_from_the_sdk(case: str, tmp_path: Path) -> None:
    source, arguments, edges = PROGRAMS[case]
    reading = read(tmp_path, source)
    assert reading.codes == []
    assert sorted(arguments) == sorted(step["name"] for step in reading.graphs[0]["steps"])
    assert sorted(reading.edges) == sorted(edges)
    for name, words in arguments.items():
        assert [_short(word) for word in reading.arguments(name)] == words


def _short(word: object) -> object:
    return f"<{next(iter(word.values()))}>" if isinstance(word, dict) else word


def test_the_environment_of_a_class_that_derives_is_that_of_its_step(tmp_path: Path) -> None:
    reading = read(tmp_path, PROGRAMS["an environment"][0])
    (environment,) = reading.pipelines[0].environments
    assert "x==1" in str(environment)


WRONG = {
    "a base that is not initialized": (
        "class Bad(PythonScriptStep):\n    def __init__(self):\n        self.x = 1\nPipeline(ws, [Bad()])",
        "'Bad' does not initialize its base",
    ),
    "arguments that the base does not take": (
        "class Bad(PythonScriptStep):\n    def __init__(self):\n        super().__init__(script='a.py')\n"
        "Pipeline(ws, [Bad()])",
        "unexpected keyword argument 'script'",
    ),
}


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_what_is_wrong_with_one_is_told(case: str, tmp_path: Path) -> None:
    source, words = WRONG[case]
    said = [one for one in read(tmp_path, source).said if one.severity == "error"]
    assert any(words in str(one) for one in said)
