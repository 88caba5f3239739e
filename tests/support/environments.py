"""Programs with an environment made in each way there is, and the files that they name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.folders import write_files

PROGRAM = """
from azureml.core import *
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.core.environment import *
from azureml.core.runconfig import *
from azureml.pipeline.core import Pipeline, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep, RScriptStep
ws = Workspace.from_config()
run = RunConfiguration()
{body}
step = PythonScriptStep("train.py", source_directory="src", compute_target="STANDARD_D2_V2", runconfig=run)
Pipeline(ws, [step])
"""


FILES = {
    "src/train.py": "print('trained')\n",
    "conda.yml": """\
name: mine
channels: [conda-forge, pytorch]
dependencies:
  - python=3.8
  - numpy=1.21.2=py38_0
  - conda-forge::pandas>=1.3,<1.5
  - pip
  - pip:
      - azureml-defaults
      - -r more.txt
""",
    "native.yml": "channels: [conda-forge]\ndependencies: [python=3.9, gdal=3.4, pandas, {pip: [tqdm]}]\n",
    "more.txt": "tqdm==4.62.3\n",
    "requirements.txt": """\
--extra-index-url https://wheels.example.org/simple
-r more.txt          # what else
scikit-learn==0.24.2 \\
    --hash=sha256:0000
azureml-sdk
git+https://example.org/ours/library.git@v1#egg=library
""",
    "Dockerfile": "FROM python:3.9-slim AS base\nRUN pip install pandas\n",
    "image/Dockerfile": """\
FROM python:3.9-slim
COPY requirements.txt settings/ /setup/
ADD ["data.csv", "/setup/data.csv"]
COPY --chmod=644 \\
    more.txt \\
    /setup/
RUN pip install -r /setup/requirements.txt
""",
    "image/requirements.txt": "tqdm\n",
    "image/settings/a.ini": "[a]\n",
    "image/data.csv": "1\n",
    "image/more.txt": "\n",
    "saved/azureml_environment.json": '{"name": "saved", "python": {"userManagedDependencies": false}}',
    "saved/conda_dependencies.yml": "dependencies: [python=3.9, {pip: [numpy]}]\n",
}


FACTORIES = {
    "plain": "run.environment = Environment('plain')",
    "default": "",
    "conda_specification": "run.environment = Environment.from_conda_specification('mine', 'conda.yml')",
    "conda_native": "run.environment = Environment.from_conda_specification('native', 'native.yml')",
    "pip_requirements": "run.environment = Environment.from_pip_requirements('pip', 'requirements.txt')",
    "dockerfile": "run.environment = Environment.from_dockerfile('own', './Dockerfile')",
    "dockerfile_and_pip": (
        "run.environment = Environment.from_dockerfile('own', 'Dockerfile', pip_requirements='more.txt')"
    ),
    "docker_image": "run.environment = Environment.from_docker_image('image', 'python:3.11-slim')",
    "docker_image_and_conda": (
        "run.environment = Environment.from_docker_image('image', 'ubuntu:22.04', conda_specification='native.yml')"
    ),
    "build_context": """
context = DockerBuildContext.from_local_directory(ws, "image")
run.environment = Environment.from_docker_build_context("context", context)
""",
    "private_registry": """
registry = ContainerRegistry()
registry.address, registry.username, registry.password = "ours.azurecr.io", "robot", "hunter2hunter2"
run.environment = Environment.from_docker_image("private", "team/train:7", container_registry=registry)
""",
    "cuda_base_image": """
env = Environment("gpu")
env.docker.base_image = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04:20240101.v1"
env.python.conda_dependencies = CondaDependencies.create(python_version="3.8", pip_packages=["torch==1.13.1"])
run.environment = env
""",
    "cpu_base_image": """
env = Environment("cpu")
env.docker.base_image = DEFAULT_CPU_IMAGE
env.python.conda_dependencies.add_pip_package("pandas")
run.environment = env
""",
    "user_managed": """
env = Environment("managed")
env.docker.base_image = "python:3.11-slim"
env.python.user_managed_dependencies = True
env.python.interpreter_path = "/opt/tools/bin/python3.11"
run.environment = env
""",
    "conda_dependencies": """
deps = CondaDependencies.create(pip_indexurl="https://links.example.org", python_version="3.9",
                                conda_packages=["pandas", "scikit-learn=1.0"],
                                pip_packages=["azureml-dataprep[pandas]"])
deps.add_channel("conda-forge")
deps.add_conda_package("python=3.8")
deps.add_pip_package("tqdm==4.0")
deps.add_pip_package("tqdm==4.62.3")
deps.add_tensorflow_pip_package("gpu", "2.15")
deps.set_pip_option("--index-url https://user:t0k3nt0k3n@pypi.example.org/simple")
deps.remove_conda_package("pandas")
run.environment.python.conda_dependencies = deps
""",
    "r_section": """
env = Environment("r")
env.r = RSection()
env.r.r_version = "4.3"
package = RCranPackage()
package.name = "data.table"
env.r.cran_packages = [package]
run.environment = env
""",
    "curated": "run.environment = Environment.get(ws, 'AzureML-sklearn-0.24-ubuntu18.04-py37-cpu')",
    "curated_image": "run.environment = ws.environments['AzureML-TensorFlow-2.3-GPU']",
    "saved": "run.environment = Environment.load_from_directory('saved')",
}
"""Each way to make an environment, by the name of its golden folder."""


def write_project(folder: Path, body: str, config: str = "", files: Mapping[str, str] = FILES) -> Path:
    """Write the program with `body` in it, what it needs, and its `pipelift.toml`; returns `folder`."""
    return write_files(folder, {**files, "pipeline.py": PROGRAM.format(body=body), "pipelift.toml": config})
