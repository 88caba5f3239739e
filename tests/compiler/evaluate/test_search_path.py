"""Packages of the project are found where its layout puts them, and Python's own search path wins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelift.app.cli.main import main
from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from tests.support.folders import write_files

PROGRAM = """\
from {module} import NAME
from azureml.core import Workspace
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep
ws = Workspace.from_config()
p = Pipeline(ws, [PythonScriptStep("a.py", name=NAME, source_directory=".", compute_target="cpu")])
"""

LAYOUTS: dict[str, tuple[str, str, Mapping[str, str]]] = {
    "src beside pyproject.toml": (
        "pipelines/train.py",
        "shop.names",
        {"pyproject.toml": "", "src/shop/__init__.py": "", "src/shop/names.py": "one"},
    ),
    "src without __init__": (
        "pipelines/train.py",
        "shop.names",
        {"setup.cfg": "", "src/shop/names.py": "one"},
    ),
    "the top of the repository": (
        "ml/pipelines/train.py",
        "common.names",
        {"LICENSE": "", "common/names.py": "one"},
    ),
    "imported by its folder's name": ("train.py", "src.names", {"LICENSE": "", "src/names.py": "one"}),
    "the file lies in the package": (
        "shop/pipelines/train.py",
        "shop.names",
        {"shop/__init__.py": "", "shop/pipelines/__init__.py": "", "shop/names.py": "one", "setup.py": ""},
    ),
    "setuptools finds them in a folder": (
        "jobs/train.py",
        "shop.names",
        {
            "pyproject.toml": '[tool.setuptools.packages.find]\nwhere = ["lib/python"]',
            "lib/python/shop/names.py": "one",
        },
    ),
    "setuptools maps the packages": (
        "jobs/train.py",
        "shop.names",
        {"pyproject.toml": '[tool.setuptools.package-dir]\n"" = "lib"', "lib/shop/names.py": "one"},
    ),
    "Poetry takes them from a folder": (
        "jobs/train.py",
        "shop.names",
        {
            "pyproject.toml": '[tool.poetry]\npackages = [{ include = "shop", from = "code" }]',
            "code/shop/names.py": "one",
        },
    ),
    "setup.py says where": (
        "jobs/train.py",
        "shop.names",
        {
            "setup.py": "from setuptools import *\nsetup(packages=find_packages('code'), package_dir={'': 'code'})",
            "code/shop/names.py": "one",
        },
    ),
    "beside the file before all": (
        "jobs/train.py",
        "names",
        {"jobs/names.py": "one", "src/names.py": "two", "pyproject.toml": ""},
    ),
    "a project file that is none": (
        "jobs/train.py",
        "names",
        {"pyproject.toml": "[[[", "setup.py": "def (", "src/names.py": "one"},
    ),
}


def _write(folder: Path, file: str, module: str, files: Mapping[str, str]) -> None:
    texts = {name: f"NAME = '{text}'\n" if text in ("one", "two") else text for name, text in files.items()}
    write_files(folder, {".git/HEAD": "ref: refs/heads/main\n", **texts, file: PROGRAM.format(module=module)})


@pytest.mark.parametrize("case", LAYOUTS, ids=str)
def test_a_module_of_the_project_is_found(case: str, tmp_path: Path) -> None:
    file, module, files = LAYOUTS[case]
    _write(tmp_path, file, module, files)
    for folder in (tmp_path, (tmp_path / file).parent):
        analysis = analyse(tmp_path / file, Options(cwd=folder), snapshots=False)
        assert [step.name for one in analysis.pipelines for step in one.steps] == ["one"]


@pytest.mark.parametrize("how", ["option", "variable", "given"])
def test_a_folder_that_the_user_names(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(
        tmp_path,
        "jobs/train.py",
        "names",
        {"elsewhere/names.py": "one", "src/names.py": "two", "setup.py": ""},
    )
    monkeypatch.chdir(tmp_path)
    options = {"option": ["--python-path", "elsewhere"], "given": ["--env", "PYTHONPATH=elsewhere"]}.get(
        how, []
    )
    variables = {"PYTHONPATH": f"nowhere:{tmp_path / 'elsewhere'}"} if how == "variable" else {}
    told = CliRunner().invoke(main, ["graph", "jobs/train.py", "--format", "json", *options], env=variables)
    assert '"name": "one"' in told.stdout


def test_a_model_of_a_library_wins_over_a_folder_at_the_top(tmp_path: Path) -> None:
    _write(
        tmp_path, "jobs/train.py", "names", {"jobs/names.py": "one", "json/__init__.py": "raise ValueError"}
    )
    text = "import json\nassert json.loads('1') == 1\n"
    (tmp_path / "jobs/train.py").write_text(text + (tmp_path / "jobs/train.py").read_text())
    analysis = analyse(tmp_path / "jobs/train.py", Options(cwd=tmp_path / "jobs"), snapshots=False)
    assert len(analysis.pipelines) == 1 and not [one for one in analysis.reporter if one.severity == "error"]


def test_no_module_outside_the_project_is_read(tmp_path: Path) -> None:
    write_files(tmp_path, {"names.py": "NAME = 'canary'", "shop/__init__.py": ""})
    _write(tmp_path / "shop" / "repo", "jobs/train.py", "names", {"__init__.py": "", "jobs/__init__.py": ""})
    analysis = analyse(
        tmp_path / "shop/repo/jobs/train.py", Options(cwd=tmp_path / "shop/repo"), snapshots=False
    )
    assert "canary" not in str(analysis.pipelines)
