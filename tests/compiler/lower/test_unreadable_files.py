"""A file of an environment that cannot be read is an error where a step needs it, else a warning; --file gives it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from tests.support.folders import write_files
from tests.support.sdk_world import PRELUDE

BY_ENVIRONMENT = "rc = RunConfiguration()\nrc.environment = e\n"
READS = {
    "a conda file": f"e = Environment.from_conda_specification('e', 'my env.yml')\n{BY_ENVIRONMENT}",
    "requirements": f"e = Environment.from_pip_requirements('e', 'r.txt')\n{BY_ENVIRONMENT}",
    "requirements in others": f"e = Environment.from_pip_requirements('e', 'outer.txt')\n{BY_ENVIRONMENT}",
    "a saved environment": f"e = Environment.load_from_directory('saved')\n{BY_ENVIRONMENT}",
    "packages": "rc = RunConfiguration(conda_dependencies=CondaDependencies('c.yml'))\n",
    "a run configuration": "rc = RunConfiguration.load('x.runconfig')\n",
    "no conda file": f"e = Environment.from_conda_specification('e', 'outer.txt')\n{BY_ENVIRONMENT}",
}


@pytest.mark.parametrize("case", READS)
def test_it_is_an_error_only_where_a_step_needs_it(case: str, tmp_path: Path) -> None:
    imports = "from azureml.core import *\nfrom azureml.core.conda_dependencies import CondaDependencies\n"
    imports += "from azureml.core.runconfig import RunConfiguration\n"
    head = f"{PRELUDE}\n{imports}{READS[case]}"
    step = "Pipeline(ws, [PythonScriptStep('a.py', source_directory='src', compute_target='cpu'{})])\n"
    found = {}
    for use in ("", ", runconfig=rc"):
        write_files(
            tmp_path, {"p.py": head + step.format(use), "src/a.py": "", "outer.txt": "-r inner.txt\n"}
        )
        told = [
            one for one in analyse(tmp_path / "p.py", Options(cwd=tmp_path)).reporter if one.code != "PL303"
        ]
        found[use] = [(one.code, one.severity.value) for one in told if one.severity.value != "note"]
        assert all("--file " in one.help for one in told if one.code == "PL206")
    assert found == {"": [("PL206", "warning")], ", runconfig=rc": [("PL206", "error")]}
