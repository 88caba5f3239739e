"""Values that a program gives the SDK and that a graph needs: each arrives, or is told; none is dropped or invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.folders import write_files
from tests.support.sdk_world import read

RUN = "Pipeline(ws, [py('a', runconfig=run)])"
GIVEN = "import os\nfrom pathlib import Path\nunknown = os.environ['NOT_GIVEN']\n"

TOLD = {
    "a variable of an environment": (
        f"run.environment.environment_variables['A'] = unknown\n{RUN}",
        ["PL112"],
    ),
    "variables of a run": (f"run.environment_variables = {{'A': unknown}}\n{RUN}", ["PL112"]),
    "a folder of an environment": (
        f"run.environment = Environment.load_from_directory(unknown)\n{RUN}",
        ["PL112"],
    ),
    "a folder that is no path": (
        f"run.environment = Environment.load_from_directory(1)\n{RUN}",
        ["PL112"],
    ),
    "a file of a run configuration": (
        "Pipeline(ws, [py('a', runconfig=RunConfiguration.load(unknown))])",
        ["PL112"],
    ),
    "a name of a run configuration": (
        "Pipeline(ws, [py('a', runconfig=RunConfiguration.load('.', unknown))])",
        ["PL112"],
    ),
    "a folder of a Dockerfile": (
        "from azureml.core.environment import DockerBuildContext\n"
        "run.environment = Environment.from_docker_build_context("
        f"'e', DockerBuildContext.from_local_directory(ws, unknown))\n{RUN}",
        ["PL112"],
    ),
    "a wheel for the workspace": (
        "run.environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["
        f"Environment.add_private_pip_wheel(ws, 'w.whl')])\n{RUN}",
        ["PL112"],
    ),
    "a registered name": (
        "Pipeline(ws, [py('a', outputs=[OutputFileDatasetConfig('o').register_on_complete(unknown)])])",
        ["PL112"],
    ),
    "the newest version of a dataset": (
        "Pipeline(ws, [py('a', arguments=[Dataset.get_by_name(ws, 'n').version])])",
        ["PL110"],
    ),
    "the version of what was just registered": (
        "Pipeline(ws, [py('a', arguments=[f'v{files.register(ws, \"n\").version}'])])",
        ["PL110"],
    ),
    "a store that is not known": (
        "s = Datastore.get(ws, unknown)\nPipeline(ws, [py('a', inputs=[DataReference(s, 'd', 'x')])])",
        ["PL110"],
    ),
    "a mode that is not known": ("Pipeline(ws, [py('a', outputs=[data(output_mode=unknown)])])", ["PL110"]),
    "a parameter for a dataset and one for a text": (
        "a = PipelineParameter('p', files); b = PipelineParameter('p', 'text')\n"
        "Pipeline(ws, [py('a', inputs=[DatasetConsumptionConfig('d', a)], arguments=[b])])",
        ["PL232", "PL305"],
    ),
    "a parameter for a path and one for the same text": (
        "a = PipelineParameter('p', DataPath(store, 'x')); b = PipelineParameter('p', 'x')\n"
        "Pipeline(ws, [py('a', inputs=[(a, DataPathComputeBinding())], arguments=[b])])",
        ["PL232", "PL330"],
    ),
    "a keyword that an MPI step ignores": (
        "Pipeline(ws, [MpiStep('m', 'src', 'a.py', [], 'cpu', 1, 1, runconfig=run)])",
        ["PL214"],
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_not_known_is_told(name: str, tmp_path: Path) -> None:
    source, codes = TOLD[name]
    assert read(tmp_path, GIVEN + source).codes == codes


def test_a_version_that_the_program_names_is_a_value(tmp_path: Path) -> None:
    step = "py('a', arguments=[Dataset.get_by_name(ws, 'n', version=3).version, files.version])"
    arguments = read(tmp_path, f"Pipeline(ws, [{step}])").arguments("a")
    assert arguments == ["3", "None"]  # `files` is not registered: the SDK says None


def test_one_cause_is_told_once(tmp_path: Path) -> None:
    source = "v = Dataset.get_by_name(ws, 'n').version\nPipeline(ws, [py('a', arguments=[v, v, f'{v}'])])"
    assert [one.code for one in read(tmp_path, source).said].count("PL110") == 1


FOLDER = {
    "env/azureml_environment.json": '{"name": "e", "docker": {"baseImage": "image:1"}}',
    "env/conda.yml": "dependencies:\n- python=3.9\n- scipy=1.9\n",
    "env/requirements.txt": "numpy==1.26.0\n",
}


@pytest.mark.parametrize(
    ("environment", "image", "packages"),
    [
        ("Environment.load_from_directory(Path('env'))", "image:1", None),
        ("Environment.from_conda_specification('e', Path('env') / 'conda.yml')", None, ("scipy=1.9",)),
        ("Environment.from_pip_requirements('e', Path('env/requirements.txt'))", None, ("numpy==1.26.0",)),
    ],
)
def test_a_path_object_is_the_path_that_it_is(
    environment: str, image: str | None, packages: tuple[str, ...] | None, tmp_path: Path
) -> None:
    write_files(tmp_path, FOLDER)
    reading = read(tmp_path, f"{GIVEN}run.environment = {environment}\n{RUN}")
    (found,) = reading.pipelines[0].environments
    assert found.image == image
    assert packages is None or (*found.conda, *found.pip) == packages


def test_distributions_take_the_keywords_of_the_sdk(tmp_path: Path) -> None:
    search = (
        "s = RandomParameterSampling({'a': uniform(min_value=0, max_value=1), 'b': normal(0, sigma=1), "
        "'c': qloguniform(1, 2, q=1), 'd': qnormal(mu=1, sigma=2, q=3), 'e': randint(upper=4), 'f': choice(1, 2)})\n"
        "h = HyperDriveConfig(run_config=ScriptRunConfig('src', script='a.py', compute_target='cpu'), "
        "hyperparameter_sampling=s, primary_metric_name='m', primary_metric_goal=PrimaryMetricGoal.MAXIMIZE, "
        "max_total_runs=1)\nPipeline(ws, [HyperDriveStep('h', h)])"
    )
    assert "PL201" not in read(tmp_path, search).codes
    assert "PL201" in read(tmp_path, search.replace("upper=4", "lower=1")).codes


def test_the_size_of_an_estimator_is_that_of_its_own_cluster(tmp_path: Path) -> None:
    estimator = (
        "e = Estimator('src', compute_target='amlcompute', vm_size='STANDARD_NC6', entry_script='a.py')"
    )
    step = "EstimatorStep('a', e, [], compute_target='amlcompute')"
    assert read(tmp_path, f"{estimator}\nPipeline(ws, [{step}])").step.resources.gpus == 1


def test_what_outputs_are_registered_as_is_kept(tmp_path: Path) -> None:
    source = (
        "o = OutputFileDatasetConfig('o').read_delimited_files(separator=';').keep_columns(['a'])\n"
        "o = o.register_on_complete('first', description='the first', tags={'b': 1, 'a': 'x'})\n"
        "d = data('d').as_dataset()\nd.register('second', create_new_version=True)\n"
        "t = data('t').as_dataset().parse_parquet_files().register('third')\n"
        "Pipeline(ws, [py('a', outputs=[o, d, t, data('plain')])])"
    )
    first, second, third, plain = (port.register_as for port in read(tmp_path, source).step.outputs)
    assert first is not None and second is not None and third is not None and plain is None
    assert (first.name, first.description) == ("first", "the first")
    assert [(tag.name, tag.value) for tag in first.tags] == [("a", "x"), ("b", "1")]
    assert first.table is not None and first.table.separator == ";"
    assert [one.columns for one in first.table.operations] == [("a",)]
    assert (second.name, second.table) == ("second", None)
    assert third.table is not None and third.table.kind == "parquet"


def test_the_name_that_data_is_registered_under_is_told_where_it_is_not_known(tmp_path: Path) -> None:
    source = "Pipeline(ws, [py('a', outputs=[data().as_dataset().register(unknown)])])"
    assert read(tmp_path, GIVEN + source).codes == ["PL112"]


def test_where_a_script_writes_an_output_is_kept(tmp_path: Path) -> None:
    source = (
        "from azureml.pipeline.core.graph import OutputPortBinding\n"
        "late = data('late')\nlate._output_path_on_compute = '/tmp/late'\n"
        "Pipeline(ws, [py('a', outputs=[data('d', output_mode='upload', output_path_on_compute='out/d'), late, "
        "OutputPortBinding('b', store, path_on_compute='out/b'), OutputFileDatasetConfig('o', source='out/o'), "
        "data('plain')])])"
    )
    places = [port.path_on_compute for port in read(tmp_path, source).step.outputs]
    assert places == ["out/d", "/tmp/late", "out/b", "out/o", None]


def test_a_place_that_is_not_known_is_told(tmp_path: Path) -> None:
    source = "Pipeline(ws, [py('a', outputs=[data(output_path_on_compute=unknown)])])"
    assert read(tmp_path, GIVEN + source).codes == ["PL110"]


def test_the_path_of_a_consumed_output_is_kept(tmp_path: Path) -> None:
    source = (
        "d = data().as_dataset()\n"
        "Pipeline(ws, [py('a', outputs=[d]), py('b', inputs=[d.as_named_input('i').as_download('here')])])"
    )
    (port,) = read(tmp_path, source).pipelines[0].steps[1].inputs
    assert port.path_on_compute == "here"


def test_two_look_ups_by_different_names_are_not_one(tmp_path: Path) -> None:
    source = (
        "d = Dataset.get_by_name(ws, 'a') if unknown else Dataset.get_by_name(ws, 'b')\n"
        "Pipeline(ws, [py('a', inputs=[d.as_named_input('i')])])"
    )
    assert "PL110" in read(tmp_path, GIVEN + source).codes


def test_two_forms_of_one_table_are_not_one(tmp_path: Path) -> None:
    source = (
        "d = table.take(5) if unknown else table\nPipeline(ws, [py('a', inputs=[d.as_named_input('i')])])"
    )
    assert "PL110" in read(tmp_path, GIVEN + source).codes


FOUND = {
    "by name": ("files.register(ws, 'n'); d = Dataset.get_by_name(ws, 'n')", "in"),
    "by the former name": ("files.register(ws, 'n'); d = Dataset.get(ws, 'n')", "in"),
    "after another version": (
        "files.register(ws, 'n')\nDataset.File.from_files((store, 'new')).register(ws, 'n', create_new_version=True)\n"
        "d = Dataset.get_by_name(ws, 'n', version='latest')",
        "new",
    ),
    "an older version": ("files.register(ws, 'n'); d = Dataset.get_by_name(ws, 'n', version=1)", None),
    "another name": ("files.register(ws, 'n'); d = Dataset.get_by_name(ws, 'm')", None),
}


@pytest.mark.parametrize("case", FOUND)
def test_a_dataset_that_the_program_registers_is_found_with_its_path(case: str, tmp_path: Path) -> None:
    program, path = FOUND[case]
    reading = read(tmp_path, f"{program}\nPipeline(ws, [py('a', inputs=[d.as_named_input('i')])])")
    (dataset,) = reading.pipelines[0].datasets
    assert dataset.name in ("n", "m")
    assert [place.path for place in dataset.locations] == ([] if path is None else [path])
