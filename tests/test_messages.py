"""No internal object stands in a text: all diagnostics of many programs, as they are and with values broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from tests.support.folders import write_files
from tests.support.sdk_world import PRELUDE

LEAK = re.compile(
    r"0x[0-9a-f]{6,}|<(?:pipelift|class|function|bound method)|pipelift\.(?:compiler|app|runtime|backends)\."
    r"|\b(?:Unknown|Interpolated|Modelled|ModelledClass|NativeMethod|BoundMethod|PortRef|InPort|OutPort|UserClass|Iter)\b"
    r"|\b(?:reason|cause|finding|span)="
)

BROKEN = (
    "1",
    "None",
    "[{}]",
    "object()",
    "lambda: 0",
    "len",
    "Pipeline",
    "(1, 2)",
    "b'x'",
    "{1}",
    "u",
    "Mine()",
    "ws",
)
"""What is put in the place of a value."""

CALLS = (
    'PythonScriptStep({}, source_directory="src")',
    'PythonScriptStep("a.py", source_directory={})',
    'PythonScriptStep("a.py", name={})',
    'PythonScriptStep("a.py", arguments={})',
    'PythonScriptStep("a.py", arguments=[{}])',
    'PythonScriptStep("a.py", inputs=[{}])',
    'PythonScriptStep("a.py", outputs=[{}])',
    'PythonScriptStep("a.py", runconfig={})',
    'PythonScriptStep("a.py", params={})',
    'PythonScriptStep("a.py", compute_target={})',
    'PythonScriptStep("a.py", allow_reuse={})',
    "CommandStep(command={})",
    "ParallelRunConfig.load_yaml(ws, {})",
    "RunConfiguration.load({})",
    "Environment.from_conda_specification('e', {})",
    "Environment.load_from_directory({})",
    "Pipeline.load_yaml(ws, {})",
    "PipelineData({})",
    "OutputFileDatasetConfig(destination={})",
    "Dataset.File.from_files({})",
    "Dataset.get_by_name(ws, {})",
    "DataReference({}, 'd')",
    "PipelineParameter({}, 1)",
    "PipelineParameter('p', {})",
    "DatabricksStep('d', existing_cluster_id={}, notebook_path={})",
    "HyperDriveStep('h', {})",
    "{}",
)


def programs() -> Iterator[str]:
    head = f"{PRELUDE}\nimport os\nu = os.environ['U']\nclass Mine: pass\n"
    for call in CALLS:
        tries = "".join(
            f"x{number} = {call.format(value, value)}\n"
            f"s{number} = x{number} if {'Step(' in call} else py('n{number}', arguments=['--x', x{number}])\n"
            f"s{number}.run_after({value})\n"
            f"Experiment(ws, {value}).submit(Pipeline(ws, steps=[s{number}], description={value}), tags={value})\n"
            f"Pipeline(ws, steps={value}).publish({value}, {value}, version={value})\n"
            for number, value in enumerate(BROKEN)
        )
        yield head + tries


@pytest.mark.parametrize("number", range(len(CALLS)), ids=CALLS)
def test_no_message_shows_an_object_of_ours(number: int, tmp_path: Path) -> None:
    program = list(programs())[number]
    write_files(tmp_path, {"p.py": program, "src/a.py": ""})
    told = list(analyse(tmp_path / "p.py", Options(cwd=tmp_path)).reporter)
    assert told
    for one in told:
        for text in (one.message, one.help, *(cause.message for cause in one.causes)):
            assert not LEAK.search(text), f"{one.code}: {text}"
