"""Values that are no names where names belong: told with a code and a place, never a fault, never in an output."""

# ruff: noqa: E501  (programs stand on one line)

from __future__ import annotations

from pathlib import Path

import pytest

from pipelift.compiler.api import compile_file
from pipelift.compiler.diagnostics.rendering import render
from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from pipelift.compiler.output import ir_text
from tests.compiler.lower.planted_programs import BEGINNING, FILES
from tests.support.folders import read_files, write_files

HALF = "half\\ud800"
"""Half a character, as a program spells it."""

VALUES = (
    *(
        "None",
        "1.5",
        "True",
        "[]",
        "{1: []}",
        "object()",
        "ws",
        "one",
        "'\\0'",
        f"'{HALF}'",
        "''",
        "int('f' * 4000, 16)",
    ),
    *(
        "10 ** 5000",
        "float('nan')",
        "os.environ['Q']",
        "PipelineParameter('q', 'd')",
        f"{{'{HALF}': '\\0'}}",
        "'../..'",
    ),
)

PLACES = {
    "a store": "d = Datastore.get(ws, v)\nf = Dataset.File.from_files((d, v))\nstep = S(inputs=[f.as_named_input('i')])",
    "a store of an output": "step = S(outputs=[PipelineData('o', datastore=Datastore(ws, v))])",
    "an output": "step = S(outputs=[PipelineData(v)])",
    "an output's destination": "step = S(outputs=[OutputFileDatasetConfig(v, (ws.get_default_datastore(), v))])",
    "a reference": "r = DataReference(ws.get_default_datastore(), v, v, v, v, v)\nstep = S(inputs=[r], arguments=[r])",
    "a dataset": "step = S(inputs=[Dataset.get_by_name(ws, v).as_named_input(v).as_mount(v)])",
    "an input": "o = OutputFileDatasetConfig('o')\nfirst = S(outputs=[o])\nstep = S(inputs=[o.as_input(v)])",
    "an input of data": "o = PipelineData('o').as_dataset()\nfirst = S(outputs=[o])\nstep = S(inputs=[o.as_named_input(v)])",
    "a step": "step = PythonScriptStep('a.py', name=v, source_directory='src')",
    "a script": "step = PythonScriptStep(v, source_directory='src')",
    "a source directory": "step = PythonScriptStep('a.py', source_directory=v)",
    "an argument": "step = S(arguments=['--x', v, v])",
    "settings of a step": "step = S(compute_target=v, allow_reuse=v, version=v, hash_paths=v)",
    "a parameter": "step = S(arguments=[PipelineParameter(v, v)])",
    "a parameter's default": "step = S(arguments=[PipelineParameter('n', v)])",
    "a variable": "run = RunConfiguration()\nrun.environment_variables = {'A': v, v: 'x'}\nstep = S(runconfig=run)",
    "an environment": "run = RunConfiguration()\nrun.environment = Environment(v)\nrun.environment.docker.base_image = v\n"
    "run.node_count = v\nrun.environment.docker.shm_size = v\nstep = S(runconfig=run)",
    "packages": "run = RunConfiguration()\nrun.environment.python.conda_dependencies = CondaDependencies.create(v, [v], v)\n"
    "step = S(runconfig=run)",
    "files": "Environment.from_conda_specification(v, v)\nEnvironment.from_pip_requirements(v, v)\nstep = S()\n"
    "RunConfiguration.load(v, v)\nEnvironment.load_from_directory(v)\nopen(v)\nos.listdir(v)",
    "a file that is written": "open('src/x', 'w').write(v)\nopen('src/' + str(v)[:99], 'w').write('x')\nstep = S()",
    "a schedule": "step = S()\nq = Pipeline(ws, [step]).publish('p')\n"
    "Schedule.create(ws, v, q.id, v, ScheduleRecurrence('Day', 1), continue_on_step_failure=v)",
    "a recurrence": "step = S()\nq = Pipeline(ws, [step]).publish('p')\n"
    "Schedule.create(ws, 's', q.id, 'e', ScheduleRecurrence('Week', v, v, v, v, v, v, v), v, {v: v}, v, v, v, v, v, v)",
    "a submission": "step = S()\nExperiment(ws, v).submit(Pipeline(ws, [step]), tags={v: v}, pipeline_parameters={v: v})",
    "steps": "step = S()\nstep.run_after(v)\nPipeline(ws, [step, v])\nPipeline(ws, v)",
    "a hash": "step = S()\n{v: 1}\n{v}\n[v].index(v)\nsorted([v, v])",
}  # fmt: skip

_START = (
    BEGINNING
    + """import os
def S(**more):
    return PythonScriptStep("a.py", source_directory="src", **more)
one = S()
"""
)


@pytest.mark.parametrize("place", PLACES)
def test_no_value_at_a_place_is_a_fault(place: str, tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    for value in VALUES:
        program = f"{_START}v = {value}\n{PLACES[place]}\nPipeline(ws, [step])\n"
        (tmp_path / "pipeline.py").write_text(program)
        found = analyse(tmp_path / "pipeline.py", Options(cwd=tmp_path))
        for form in ("text", "json"):
            render(list(found.reporter), found.sources, form).encode()
        assert found.failed or [ir_text(pipeline).encode() for pipeline in found.pipelines], value


@pytest.mark.parametrize("value", [f"'{HALF}'", "'\\0'"])
@pytest.mark.parametrize("place", ["an argument", "a parameter's default", "a variable", "a step", "a store"])
def test_what_no_file_can_hold_is_refused_at_its_place(place: str, value: str, tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    (tmp_path / "pipeline.py").write_text(f"{_START}v = {value}\n{PLACES[place]}\nPipeline(ws, [step])\n")
    found = compile_file(tmp_path / "pipeline.py", "ir", tmp_path / "out", Options(cwd=tmp_path))
    errors = found.analysis.reporter.errors
    assert errors and all(one.span is not None and one.code in ("PL217", "PL319") for one in errors)
    assert read_files(tmp_path).keys() == {"pipeline.py", *FILES}
