"""Canaries in odd places of a project: no output of any target holds one, in any form."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelift.app.cli.main import main
from tests.support.canaries import encoded
from tests.support.folders import write_files


class Canaries:
    """Texts that stand nowhere else, by what they were planted in."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {}

    def __getitem__(self, place: str) -> str:
        made = f"cNry{hashlib.sha256(place.encode()).hexdigest()[:18]}Zz"
        return self.planted.setdefault(place, made)


PROGRAM = """
import json, os, yaml
from azureml.core import *
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration
from azureml.pipeline.core import *
from azureml.pipeline.steps import *
ws = Workspace.from_config()
settings = yaml.safe_load(open("settings.yml"))
token = "{c[f-string]}"
def step(name, words=(), environment=None, variables=None):
    run = RunConfiguration()
    if environment is not None:
        run.environment = environment
    run.environment_variables = variables or {{}}
    return PythonScriptStep("a.py", name=name, source_directory="src", compute_target="cpu", arguments=list(words),
                            runconfig=run)
conda = Environment.from_conda_specification("conda", "conda.yml")
pip = Environment.from_pip_requirements("pip", "requirements.txt")
own = Environment("own")
own.environment_variables = {{"SERVICE_TOKEN": "{c[environment variable]}"}}
own.docker.base_image = "registry.host/u/image"
own.docker.base_image_registry.password = "{c[registry]}"
packages = CondaDependencies()
packages.set_pip_option("--extra-index-url https://u:{c[pip option]}@h/simple")
own.python.conda_dependencies = packages
loaded = RunConfiguration.load(".azureml/train.runconfig")
password = PipelineParameter("api_password", "{c[parameter]}")
where = PipelineParameter("where", "AccountName=a;AccountKey={c[parameter's connection]}==")
steps = [
    step("yaml", ["--password", settings["db"]["password"], "--at", settings["db"]["connection"]]),
    step("texts", [f"--url=https://h/?api_key={{token}}", "--url", "https://u:{c[address]}@h/"]),
    step("token", ["-p", "ghp_{c[token]}"]),
    step("link", ["https://a.blob.core.windows.net/c/f?sv=1&se=2021&sig={c[signature]}%3D"]),
    step("head", ["--header", "Authorization: Bearer {c[bearer]}", "--config", "password={c[assigned]};user=u"]),
    step("json", ["--json", json.dumps({{"password": "{c[JSON]}"}}), "--aws-secret-access-key", "{c[option]}"]),
    step("mixed", [f"{{password}}-{c[beside a parameter]}", "--password={c[beside a parameter]}"]),
    step("variables", [], None, {{"DB_PASSWORD": "{c[variable]}", "URL": "https://u:{c[variable's address]}@h/",
                                 "AT": "AccountKey={c[variable's key]}==",
                                 "Q": "https://h/?token={c[variable's query]}"}}),
    step("conda", [], conda), step("pip", [], pip), step("own", [], own), step("parameters", [password, where]),
    PythonScriptStep("a.py", name="loaded", source_directory="src", compute_target="cpu", runconfig=loaded),
]
pipeline = Pipeline(ws, steps, description="sign in with password={c[description]};")
Experiment(ws, "e").submit(pipeline, tags={{"t": "AccountKey={c[tag]}=="}},
                           pipeline_parameters={{"api_password": "{c[submission]}"}})
published = pipeline.publish("p", description="AccountKey={c[publication]}==")
Schedule.create(ws, "s", published.id, "e", ScheduleRecurrence("Day", 1),
                pipeline_parameters={{"api_password": "{c[schedule]}"}}, description="password={c[its description]};")
"""
RUNCONFIG = {
    "script": "a.py",
    "environment": {
        "environmentVariables": {
            "RC_PASSWORD": "{c[runconfig]}",
            "RC_AT": "AccountKey={c[runconfig's key]}==",
        },
        "docker": {"baseImageRegistry": {"address": "r.io", "password": "{c[runconfig's registry]}"}},
    },
}
FILES = {
    "pipeline.py": PROGRAM,
    "settings.yml": "db:\n  password: {c[YAML]}\n  connection: Server=h;Password={c[YAML's connection]};Database=d\n",
    "requirements.txt": "--extra-index-url https://__token__:{c[requirements]}@h/simple\nnumpy\n",
    "conda.yml": "name: e\ndependencies:\n- python=3.10\n- pip:\n  - --extra-index-url https://u:{c[conda]}@h/simple\n"
    "  - --index-url https://{c[conda's user]}@h/simple\n  - x @ git+https://u:{c[conda's git]}@github.com/o/r.git\n"
    "  - git+https://{c[conda's git token]}@github.com/o/s.git#egg=s\n",
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/refs/heads/main": f"{'a' * 40}\n",
    ".git/config": '[remote "origin"]\n\turl = https://u:{c[remote]}@h/r\n\tpushurl = https://{c[pushing]}@h/r\n'
    '[http]\n\textraheader = "Authorization: Basic {c[extra header]}"\n[credential]\n\tusername = {c[git user]}\n',
    ".env": "STORE_KEY={c[.env]}\n",
    "src/.env.local": "KEY={c[.env of the source]}\n",
    "src/.git/config": '[remote "o"]\n\turl = https://u:{c[submodule]}@h/r\n',
    "src/a.py": "print(1)\n",
    "src/look.ipynb": json.dumps({"cells": [{"outputs": [{"text": "sig=%s"}]}]})
    % "https://h/?sig={c[notebook]}%3D",
}


@pytest.fixture
def canaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Canaries:
    """The project is the current folder."""
    made = Canaries()
    files = {**FILES, ".azureml/train.runconfig": json.dumps(RUNCONFIG)}
    for name, text in files.items():
        if not name.endswith(".py"):  # only the program doubles its braces
            text = re.sub(r"[{}]", lambda brace: brace[0] * 2, text)
            text = re.sub(r"{{(c\[[^]]*\])}}", r"{\1}", text)
        write_files(tmp_path, {name: text.format(c=made)})
    monkeypatch.chdir(tmp_path)
    return made


def test_no_output_of_any_target_holds_a_canary(canaries: Canaries, tmp_path: Path) -> None:
    assert len(canaries.planted) >= 40
    said = []
    for target in ("ir", "compose", "airflow", "kubeflow"):
        words = ["compile", "pipeline.py", "-t", target, "-o", f"build/{target}", "--no-verify"]
        said.append(CliRunner().invoke(main, words))
        assert said[-1].exit_code == 0, said[-1].output
    written = {str(path): path.read_bytes() for path in (tmp_path / "build").rglob("*") if path.is_file()}
    assert len(written) > 100
    written.update({f"said {number}": result.output.encode() for number, result in enumerate(said)})
    found = [
        (place, path)
        for place, value in canaries.planted.items()
        for form in encoded(value)
        for path, data in written.items()
        if form.encode() in data
    ]
    assert found == []
