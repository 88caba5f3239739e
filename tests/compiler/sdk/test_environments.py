"""Environments: every way to make one, from the program to the Dockerfile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipelift.backends.containers.bundle import bundle
from pipelift.compiler import ir
from pipelift.compiler.api import compile_file
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.driver import analyse
from pipelift.compiler.ir.wire import as_json
from pipelift.compiler.options import Options
from pipelift.compiler.sdk.catalogue.curated import curated_names, find_curated
from pipelift.compiler.sdk.catalogue.packages import remove_sdk_packages
from pipelift.compiler.sdk.core.conda import find_python
from pipelift.compiler.target import Compilation
from tests.conftest import Golden
from tests.support.compiling import read_all
from tests.support.environments import FACTORIES, FILES, PROGRAM, write_project
from tests.support.folders import write_files


@pytest.mark.parametrize("name", curated_names())
def test_a_curated_environment_has_packages_and_a_python_for_the_launcher(name: str) -> None:
    found = find_curated(name)
    assert found is not None
    assert re.fullmatch(r"3\.\d+", found.python)
    assert found.packages or "minimal" in name
    assert not [package for package in found.packages if package.startswith("azureml")]


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("AzureML-Scikit-learn-0.20.3", "scikit-learn==0.20.3"),
        ("AzureML-PyTorch-1.6-GPU", "torch==1.6.0"),
        ("AzureML-TensorFlow-2.2-CPU", "tensorflow==2.2.0"),
        ("azureml-sklearn-0.24-ubuntu18.04-py37-cpu", "scikit-learn==0.24.1"),
    ],
)
def test_versions_in_a_curated_name_are_pinned(name: str, package: str) -> None:
    found = find_curated(name)
    assert found is not None
    assert package in found.packages


def test_tensorflow_for_the_gpu_is_an_image_with_cuda() -> None:
    found = find_curated("AzureML-TensorFlow-2.2-GPU")
    assert found is not None
    assert found.image == "tensorflow/tensorflow:2.2.0-gpu"


# --- from the program to the Dockerfile ------------------------------------------------


def built(
    folder: Path, body: str, config: str = "", files: Mapping[str, str] = FILES
) -> tuple[dict[str, bytes], Reporter, ir.Pipeline]:
    """The environment's files in the output of a program with one step, what was told, and the pipeline."""
    write_project(folder, body, config, files)
    analysis = analyse(Path("pipeline.py"), Options(cwd=folder))
    (pipeline,) = analysis.pipelines
    contents = analysis.contents[pipeline.id]
    compilation = Compilation(analysis.config, analysis.reporter, folder / "out", folder, contents)
    found = read_all(bundle(pipeline, compilation, "compose").files)
    return (
        {path: data for path, data in found.items() if path.startswith("environments/")},
        analysis.reporter,
        pipeline,
    )


def told(reporter: Reporter) -> list[str]:
    return [diagnostic.code for diagnostic in reporter if diagnostic.code != "PL303"]


@pytest.mark.parametrize("name", FACTORIES)
def test_each_way_to_make_an_environment(name: str, tmp_path: Path, golden: Golden) -> None:
    files, reporter, _ = built(tmp_path, FACTORIES[name])
    lines = [f"{one.severity.value} {one.code}: {one.message}\n" for one in reporter if one.code != "PL303"]
    golden(f"environments/{name}", {**files, "REPORTED": "".join(lines)})
    assert b"hunter2" not in b"".join(files.values())
    assert b"t0k3n" not in b"".join(files.values())


def test_the_same_files_for_each_target_but_for_the_command(tmp_path: Path) -> None:
    built(tmp_path, FACTORIES["conda_specification"])
    found = {}
    for target in ("compose", "airflow", "kubeflow"):
        compile_file(tmp_path / "pipeline.py", target, tmp_path / target, verify=False)
        lines = next((tmp_path / target).glob("environments/*/Dockerfile")).read_text().splitlines()
        found[target] = [line for line in lines if not line.startswith(("ENTRYPOINT", "CMD"))]
    assert found["compose"] == found["airflow"] == found["kubeflow"]


def test_credentials_of_an_index_are_told_and_kept_nowhere(tmp_path: Path) -> None:
    files, reporter, pipeline = built(tmp_path, FACTORIES["conda_dependencies"])
    assert "PL264" in told(reporter)
    assert "t0k3n" not in as_json(pipeline)
    assert "t0k3n" not in "".join(one.message for one in reporter)
    assert b"--mount=type=secret,id=pip," in files["environments/default/Dockerfile"]


@pytest.mark.parametrize(
    "authority", ["u:t0k3n@[x", "u:t0k3n@x]y", "u:t0k3n@[::1", "u:t0k3n@x:port", "t0k3n@[]"]
)
def test_a_credential_in_an_address_that_is_none_is_kept_nowhere(authority: str, tmp_path: Path) -> None:
    packages = f"['--extra-index-url https://{authority}/simple', 'tqdm']"
    made = f"CondaDependencies.create(pip_packages={packages})"
    files, reporter, pipeline = built(tmp_path, f"run.environment.python.conda_dependencies = {made}")
    assert "PL264" in told(reporter)
    assert "t0k3n" not in as_json(pipeline)
    assert b"t0k3n" not in b"".join(files.values())


NAMED = "run.environment.name = 'MyEnvironment'\nrun.environment.version = '1.0'"


def test_an_environment_by_name_is_asked_for(tmp_path: Path) -> None:
    _, reporter, _ = built(tmp_path, NAMED)
    (asked,) = [one for one in reporter if one.code == "PL207"]
    assert '[environments."MyEnvironment"]' in asked.help


def test_a_name_alone_is_enough(tmp_path: Path) -> None:
    assert "PL207" in told(built(tmp_path, "run.environment.name = 'MyEnvironment'")[1])
    assert "PL207" not in told(built(tmp_path, "run.environment = Environment('MyEnvironment')")[1])


@pytest.mark.parametrize(
    "look_up",
    [
        "run.environment = Environment.get(ws, 'ours')",
        "run.environment = ws.environments['ours']",
        "run.environment = Environment.get(ws, 'ours').clone('theirs')",
        "run.environment.name = 'ours'",
    ],
)
def test_what_the_program_registers_is_known_by_its_name(look_up: str, tmp_path: Path) -> None:
    body = f"Environment.from_pip_requirements('ours', 'more.txt').register(workspace=ws)\n{look_up}"
    _, reporter, pipeline = built(tmp_path, body)
    assert told(reporter) == []
    assert pipeline.environments[0].pip == ("tqdm==4.62.3",)


def test_an_environment_reference_is_asked_for(tmp_path: Path) -> None:
    body = "run.environment = EnvironmentReference('MyEnvironment', '3')"
    assert "PL207" in told(built(tmp_path, body)[1])
    (environment,) = built(tmp_path, body, CONFIGURED)[2].environments
    assert (environment.name, environment.version, environment.pip) == ("MyEnvironment", "3", ("tqdm",))


CONFIGURED = "[environments.MyEnvironment]\npython = '3.9'\npackages = ['tqdm']\n"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (CONFIGURED, {"python": "3.9", "pip": ("tqdm",)}),
        ("[environments.MyEnvironment]\nimage = 'ours:1'\n", {"image": "ours:1", "user_managed": True}),
        (
            "[environments.MyEnvironment]\nconda_file = 'native.yml'\n",
            {
                "python": "3.9",
                "conda": ("gdal=3.4", "pandas"),
                "pip": ("tqdm",),
                "channels": ("conda-forge",),
            },
        ),
        (
            "[environments.MyEnvironment]\nrequirements_file = 'more.txt'\npackages = ['pandas']\n",
            {"python": "3.8.13", "pip": ("tqdm==4.62.3", "pandas")},
        ),
        (
            "[environments.MyEnvironment]\ndockerfile = 'Dockerfile'\n",
            {"dockerfile": FILES["Dockerfile"], "user_managed": True},
        ),
    ],
)
@pytest.mark.parametrize(
    "body", [NAMED, "run.environment = Environment.from_pip_requirements('MyEnvironment', 'more.txt')"]
)
def test_the_configuration_says_what_an_environment_holds(
    config: str, expected: dict[str, object], body: str, tmp_path: Path
) -> None:
    _, reporter, pipeline = built(tmp_path, body, config)
    (environment,) = pipeline.environments
    assert {name: getattr(environment, name) for name in expected} == expected
    assert told(reporter) in ([], ["PL401"])


def test_another_python_leaves_the_packages(tmp_path: Path) -> None:
    config = "[environments.pip]\npython = '3.11'\n"
    (environment,) = built(tmp_path, FACTORIES["pip_requirements"], config)[2].environments
    assert environment.python == "3.11"
    assert "scikit-learn==0.24.2" in environment.pip


def test_a_file_of_the_configuration_that_is_not_there(tmp_path: Path) -> None:
    _, reporter, _ = built(tmp_path, NAMED, "[environments.MyEnvironment]\nconda_file = 'none.yml'\n")
    (error,) = reporter.errors
    assert (error.code, str(tmp_path) in error.message) == ("PL206", False)
    assert "none.yml" in error.message


def test_the_documented_rule_against_names_beside_parameters(tmp_path: Path) -> None:
    program = PROGRAM.replace("runconfig=run", "runconfig=run, arguments=[PipelineParameter('rate', 1)]")
    assert "PL263" not in told(built(tmp_path, NAMED)[1])
    (tmp_path / "pipeline.py").write_text(program.format(body=NAMED), encoding="utf-8")
    assert "PL263" in told(analyse(Path("pipeline.py"), Options(cwd=tmp_path)).reporter)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("run.environment = Environment.from_dockerfile('own', 'docker/Dockerfile')", "PL206"),
        (
            "context = DockerBuildContext.from_local_directory(ws, 'no')\n"
            "run.environment = Environment.from_docker_build_context('c', context)",
            "PL206",
        ),
        ("run.environment = Environment.load_from_directory('no')", "PL206"),
        ("run.environment = Environment.from_existing_conda_environment('e', 'mine')", "PL207"),
        ("run.framework = 'PySpark'", "PL262"),
        ("run.environment.spark.packages = [SparkPackage('com.example', 'a', '1')]", "PL262"),
        ("run.environment.r = RSection()\nrun.environment.r.github_packages = ['x/y']", "PL266"),
        ("run.environment = Environment.get(ws, 'AzureML-TensorFlow-1.13-GPU')", "PL207"),
        ("run.environment.python.conda_dependencies.add_pip_package('./library')", "PL407"),
        ("run.environment.python.conda_dependencies.set_pip_option('--find-links wheels')", "PL407"),
    ],
)
def test_what_cannot_be_kept_is_told(body: str, code: str, tmp_path: Path) -> None:
    assert code in told(built(tmp_path, body)[1])


@pytest.mark.parametrize(
    ("line", "conda"),
    [
        ("", ("r-base",)),
        (", cran_packages=[package]", ("r-base", "r-data.table")),
    ],
)
def test_a_step_in_r_brings_its_own_environment(line: str, conda: tuple[str, ...], tmp_path: Path) -> None:
    built(tmp_path, "")
    (tmp_path / "src" / "fit.R").write_text("cat('fitted')\n")
    program = PROGRAM.replace(
        "run = RunConfiguration()", "package = RCranPackage()\npackage.name = 'data.table'"
    )
    step = f"step = RScriptStep('fit.R', source_directory='src', compute_target='STANDARD_D2_V2'{line})"
    lines = [step if one.startswith("step =") else one for one in program.format(body="").splitlines()]
    (tmp_path / "pipeline.py").write_text("\n".join(lines), encoding="utf-8")
    compiled = compile_file(tmp_path / "pipeline.py", "compose", tmp_path / "r", verify=False)
    assert not compiled.analysis.reporter.errors
    assert compiled.analysis.pipelines[0].environments[0].conda == conda
    assert "micromamba" in next((tmp_path / "r").glob("environments/*/Dockerfile")).read_text()


def test_of_image_and_dockerfile_the_last_counts(tmp_path: Path) -> None:
    body = "run.environment.docker.base_image = 'a:1'\nrun.environment.docker.base_dockerfile = 'FROM b'"
    (environment,) = built(tmp_path, body)[2].environments
    assert (environment.image, environment.dockerfile) == (None, "FROM b")


def test_a_changed_file_of_the_build_context_is_another_image_and_another_key(tmp_path: Path) -> None:
    first = built(tmp_path, FACTORIES["build_context"])
    second = built(tmp_path, FACTORIES["build_context"], files={**FILES, "image/data.csv": "2\n"})
    assert first[0] != second[0]
    assert first[2].steps[0].reuse.key != second[2].steps[0].reuse.key


@pytest.mark.parametrize(
    ("package", "version"),
    [
        ("python=3.8.13=h12debd9_0", "3.8.13"),
        ("conda-forge::python=3.9", "3.9"),
        ("python", None),
        ("python>=3.8,<3.10", "3.8"),
        ("python<3.9", "3.8"),
        ("python <=3.9", "3.9"),
        ("python>3.8", "3.8"),
        ("python!=3.9.*,>=3.7", "3.7"),
        ("python~=3.8", "3.8"),
        ("python==3.7.4", "3.7.4"),
        ("python<2.8", "2.8"),
    ],
)
def test_the_python_of_a_conda_file(package: str, version: str | None) -> None:
    """What no image can have is left to whoever makes one, which tells."""
    assert find_python(package) == version


@pytest.mark.parametrize(
    ("requirements", "left"),
    [
        (["azureml-sdk", "azureml-defaults"], []),
        (["azureml-dataprep[fuse,pandas]", "pandas<2"], ["pandas<2", "pyarrow"]),
        (["azureml_opendatasets==1.50"], ["numpy", "pandas", "pyarrow", "scipy"]),
        (["azureml-interpret", "numpy==1.21"], ["numpy==1.21", "interpret-community"]),
        (
            ["azureml-explain-model", "Interpret_Community>1", "numpy; sys_platform == 'win32'"],
            ["Interpret_Community>1", "numpy; sys_platform == 'win32'", "numpy"],
        ),
        (["azureml.mlflow (>=1.0)"], ["mlflow"]),
        (["azureml-mlflow>=1.*"], ["mlflow"]),
        (["-r azureml-mlflow", "./azureml-mlflow"], ["-r azureml-mlflow", "./azureml-mlflow"]),
    ],
)
def test_packages_of_the_sdk_leave_what_they_brought(requirements: list[str], left: list[str]) -> None:
    assert remove_sdk_packages(requirements)[0] == left


def test_requirements_that_include_one_another_count_once(tmp_path: Path) -> None:
    """As for pip; each line that included a file again used to multiply the work."""
    write_files(
        tmp_path,
        {
            "src/train.py": "",
            "a.txt": "pandas==1.0\n" + "-r sub/b.txt\n-r c.txt\n-r ./sub/../c.txt\n" * 9,
            "sub/b.txt": "-r ../c.txt\nnumpy==1.1\n" * 9,
            "c.txt": "tqdm==4.0\n",
            "pipeline.py": PROGRAM.format(
                body="run.environment = Environment.from_pip_requirements('e', 'a.txt')"
            ),
        },
    )
    analysis = analyse(Path("pipeline.py"), Options(cwd=tmp_path))
    assert not analysis.reporter.errors
    pip = analysis.pipelines[0].environments[0].pip
    assert [*dict.fromkeys(pip)] == ["pandas==1.0", "tqdm==4.0", "numpy==1.1"]
