"""The step classes: their scripts, arguments, ports, parameters, and what each is refused for."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelift.compiler import ir
from tests.support.sdk_world import read

ESTIMATOR = "e = Estimator('src', entry_script='e.py', compute_target='cpu', pip_packages=['pandas'])\n"
SEARCH = "s = dict(hyperparameter_sampling=RandomParameterSampling({'--c': uniform(0, 1)}), " + (
    "primary_metric_name='m', primary_metric_goal=PrimaryMetricGoal.MAXIMIZE, max_total_runs=2)\n"
)
BATCHES = (
    "c = ParallelRunConfig(environment=Environment('e'), entry_script='score.py', error_threshold=1, "
    "output_action='append_row', compute_target='cpu', node_count=PipelineParameter('n', 2), "
    "source_directory='src', mini_batch_size=PipelineParameter('size', '5'))\n"
)
SPARK = "driver_memory='1g', driver_cores=1, executor_memory='1g', executor_cores=1, num_executors=1"


# class, source, script or program, arguments, edges, parameters
STEPS = {
    "PythonScriptStep": (
        "PythonScriptStep('a.py', arguments=['--x', 1], compute_target='cpu')",
        "a.py",
        ["--x", "1"],
        [],
        [],
    ),
    "RScriptStep": (
        "RScriptStep('a.R', arguments=['--x'], compute_target='cpu', cran_packages=['ggplot2'])",
        "a.R",
        ["--x"],
        [],
        [],
    ),
    "EstimatorStep": (
        ESTIMATOR + "EstimatorStep(estimator=e, compute_target='cpu', "
        "estimator_entry_script_arguments=['--lr', PipelineParameter('lr', 0.1)])",
        "e.py",
        ["--lr", {"parameter": "lr"}],
        [],
        ["lr"],
    ),
    "MpiStep": (
        "MpiStep('m', 'src', 'a.py', ['--x'], 'cpu', 1, PipelineParameter('p', 2))",
        "a.py",
        ["--x"],
        [],
        ["p"],
    ),
    "CommandStep": (
        "CommandStep('python -m \"my module\" --x 1', compute_target='cpu')",
        "python",
        ["-m", "my module", "--x", "1"],
        [],
        [],
    ),
    "ParallelRunStep": (
        BATCHES + "ParallelRunStep('p', c, [files.as_named_input('i').as_download()], data('o'), "
        "side_inputs=[table.as_named_input('side')], arguments=['--model', 'm'])",
        "score.py",
        ["--model", "m"],
        ["* -> p.i mount", "* -> p.side direct"],
        ["n", "size"],
    ),
    "HyperDriveStep": (
        SEARCH + "h = HyperDriveConfig(run_config=ScriptRunConfig('src', script='t.py', arguments=['--d', "
        "files.as_named_input('i').as_mount()], compute_target='cpu'), **s)\nHyperDriveStep('h', h)",
        "t.py",
        ["--d", {"input": "i"}],
        ["* -> h.i mount"],
        [],
    ),
    "AutoMLStep": (
        "c = AutoMLConfig('classification', path='src', training_data=table, compute_target='cpu')\n"
        "AutoMLStep('a', c)",
        None,
        [],
        ["* -> a.training_data direct"],
        [],
    ),
    "DatabricksStep": (
        "DatabricksStep('d', num_workers=1, compute_target='spark', main_class_name='my.Main', "
        "jar_params=['x', PipelineParameter('p', 'v')], inputs=[store.path('x', 'in')])",
        "my.Main",
        ["x", {"parameter": "p"}],
        ["* -> d.in mount"],
        ["p"],
    ),
    "DataTransferStep": (
        "DataTransferStep('t', store.path('a', 'one'), SqlDataReference(store, 'two', sql_table='T'), 'adf')",
        None,
        [],
        ["* -> t.one mount", "* -> t.two mount"],
        [],
    ),
    "SynapseSparkStep": (
        f"SynapseSparkStep('s.py', 'src', 'pool', {SPARK}, inputs=[files.as_named_input('i').as_hdfs()], "
        "outputs=[HDFSOutputDatasetConfig('o')], arguments=['--x'])",
        "s.py",
        ["--x"],
        ["* -> s.py.i hdfs"],
        [],
    ),
    "AdlaStep": ("AdlaStep('a.usql', compute_target='adla')", "a.usql", [], [], []),
    "AzureBatchStep": (
        "AzureBatchStep('b', executable='run.cmd', arguments=['x'], compute_target='batch', pool_id='p')",
        None,
        ["x"],
        [],
        [],
    ),
    "KustoStep": ("KustoStep('k', 'kusto', 'db', 'query', data('o'))", None, [], [], []),
    "ModuleStep": (
        "m = Module.create(ws, 'mod', 'd'); m.publish_python_script('m.py', 'v', inputs=[], outputs=[]); d = data()\n"
        "ModuleStep(module=m, outputs_map={'out': d}, arguments=['--o', d], compute_target='cpu')",
        None,
        ["--o", {"output": "out"}],
        [],
        [],
    ),
}


RUNS = {"PythonScriptStep", "RScriptStep", "EstimatorStep", "MpiStep", "CommandStep"}


@pytest.mark.parametrize("cls", STEPS)
def test_a_step_of_each_class(cls: str, tmp_path: Path) -> None:
    source, script, arguments, edges, parameters = STEPS[cls]
    setup, _, step_source = source.rpartition("\n")
    reading = read(tmp_path, f"{setup}\nPipeline(ws, [{step_source}])")
    step, shown = reading.step, reading.graphs[0]["steps"][0]
    assert (step.origin, shown["type"]) == (cls, cls)
    program = step.run.program if isinstance(step.run, ir.Command) else None
    assert (program if cls == "CommandStep" else shown["script"]) == script
    assert reading.arguments(step.name) == arguments
    assert reading.edges == edges
    assert list(step.parameters) == parameters
    assert (step.unsupported is None) == (cls in RUNS)
    assert not [one for one in reading.said if one.severity == "error" and one.code != "PL207"]


def test_reuse_by_default_is_off_for_kusto_only(tmp_path: Path) -> None:
    source = "Pipeline(ws, [KustoStep('k', 'kusto', 'db', 'query', data('o')), py('a')])"
    (kusto, script) = read(tmp_path, source).pipelines[0].steps
    assert (kusto.reuse.allowed, script.reuse.allowed) == (False, True)


REFUSED = {
    "an estimator without arguments": ESTIMATOR + "EstimatorStep(estimator=e, compute_target='cpu')",
    "an estimator with script_params": "e = Estimator('src', entry_script='e.py', script_params={'--a': 1})\n"
    "EstimatorStep(estimator=e, estimator_entry_script_arguments=[], compute_target='cpu')",
    "an MPI job without nodes": "MpiStep('m', 'src', 'a.py', [], 'cpu', None, 1)",
    "a reserved argument of batches": BATCHES
    + "ParallelRunStep('p', c, [files.as_named_input('i')], data('o'), arguments=['--output', 'x'])",
    "a positional argument of batches": BATCHES
    + "ParallelRunStep('p', c, [files.as_named_input('i')], data('o'), arguments=['x'])",
    "batches without output": BATCHES + "ParallelRunStep('p', c, [files.as_named_input('i')])",
    "batches without input": BATCHES + "ParallelRunStep('p', c, [], data('o'))",
    "a search without anything to run": SEARCH + "HyperDriveStep('h', HyperDriveConfig(**s))",
    "a search with arguments twice": SEARCH + "h = HyperDriveConfig(run_config=ScriptRunConfig('src', "
    "script='t.py', arguments=['a']), **s)\nHyperDriveStep('h', h, estimator_entry_script_arguments=['b'])",
    "two ways for Databricks": "DatabricksStep('d', notebook_path='n', python_script_path='p', num_workers=1, "
    "compute_target='x')",
    "a Databricks script without folder": "DatabricksStep('d', python_script_name='a.py', num_workers=1, "
    "compute_target='x')",
    "a transfer to nowhere": "DataTransferStep('t', store.path('a', 'x'), compute_target='adf')",
    "a mounted input for Spark": f"SynapseSparkStep('s.py', 'src', 'pool', {SPARK}, "
    "inputs=[files.as_named_input('i').as_mount()])",
    "an ordinary output for Spark": f"SynapseSparkStep('s.py', 'src', 'pool', {SPARK}, outputs=[data('o')])",
    "batch without executable": "AzureBatchStep('b', compute_target='batch')",
    "a compute object for Kusto": "KustoStep('k', ComputeTarget(ws, 'x'), 'db', 'query', data('o'))",
    "a module and a version": "m = Module.create(ws, 'm', 'd')\n"
    "ModuleStep(module=m, module_version=m.publish_python_script('a.py', 'd', inputs=[], outputs=[]))",
    "a wrong run configuration": "py('a', runconfig='a.runconfig')",
    "an output mode that is none": "data('o', output_mode='download')",
    "a recurrence that is none": "ScheduleRecurrence(frequency='Daily', interval=1)",
    "a recurrence every 0 days": "ScheduleRecurrence('Day', 0)",
    "a recurrence every 501 days": "ScheduleRecurrence('Day', 501)",
    "a recurrence on a day that is a number": "ScheduleRecurrence('Week', 1, week_days=[1])",
    "a recurrence with a zone by its name": "ScheduleRecurrence('Day', 1, time_zone='Eastern Standard Time')",
    "a recurrence with two times of day": "ScheduleRecurrence('Day', 1, hours=[1], time_of_day='2:00')",
    "a recurrence at no time of day": "ScheduleRecurrence('Day', 1, time_of_day='25:00')",
    "a recurrence by the hour with hours": "ScheduleRecurrence('Hour', 1, hours=[1])",
    "a recurrence by the month with a time": "ScheduleRecurrence('Month', 1, time_of_day='2:00')",
    "a recurrence by the day with week days": "ScheduleRecurrence('Day', 1, week_days=['Monday'])",
    "a recurrence on no day": "ScheduleRecurrence('Week', 1, week_days=['Mon'])",
    "a recurrence at no hour": "ScheduleRecurrence('Week', 1, hours=[24])",
    "a schedule without a trigger": "Schedule.create(ws, 's', 'id', 'e')",
}


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_refusals_of_the_classes(case: str, tmp_path: Path) -> None:
    assert "PL233" in read(tmp_path, REFUSED[case]).codes


def test_the_module_step_has_the_modules_ports(tmp_path: Path) -> None:
    source = """
    m = Module.create(ws, "mod", "d")
    v1 = m.publish_python_script("m.py", "v", inputs=[InputPortDef("i")], outputs=[OutputPortDef("o")])
    x, y = data("x"), data("y")
    one = ModuleStep(module_version=v1, outputs_map={"o": x}, arguments=[x], compute_target="cpu")
    two = ModuleStep(module=m, inputs_map={"i": x}, outputs_map={"o": y}, arguments=[x, y], compute_target="cpu")
    Pipeline(ws, [two])
    """
    reading = read(tmp_path, source)
    assert reading.edges == ["mod#2.o -> mod.i mount"]
    assert reading.arguments("mod") == [{"input": "i"}, {"output": "o"}]


def test_consumers_of_a_transfer_take_its_output(tmp_path: Path) -> None:
    source = """
    t = DataTransferStep("t", store.path("a", "x"), store.path("b", "y"), "adf")
    Pipeline(ws, [py("a", inputs=[t.get_output()])])
    """
    edges = read(tmp_path, source).edges
    assert "t._data_transfer_output -> a._data_transfer_output mount" in edges


def test_automl_has_its_default_outputs(tmp_path: Path) -> None:
    source = "c = AutoMLConfig('regression', training_data=table)\nPipeline(ws, [AutoMLStep('my step', c)])"
    outputs = [one.name for one in read(tmp_path, source).step.outputs]
    assert outputs == ["default_metrics_my_step", "default_model_my_step"]


def test_mpi_on_two_nodes_says_what_it_needs(tmp_path: Path) -> None:
    step = read(tmp_path, "Pipeline(ws, [MpiStep('m', 'src', 'a.py', [], 'cpu', 2, 1)])").step
    assert step.unsupported is not None and "2 nodes" in step.unsupported
    assert step.resources.nodes == 2


def test_an_estimators_environment(tmp_path: Path) -> None:
    source = (
        "e = PyTorch('src', entry_script='e.py', framework_version='1.3', conda_packages=['numpy'])\n"
        "Pipeline(ws, [EstimatorStep('a', e, [], compute_target='cpu')])"
    )
    (environment,) = read(tmp_path, source).pipelines[0].environments
    assert environment.pip == ("torch==1.3", "torchvision")
    assert environment.conda == ("numpy",)


def test_r_packages_come_by_conda_unless_there_is_an_image(tmp_path: Path) -> None:
    source = "Pipeline(ws, [RScriptStep('a.R', compute_target='c', cran_packages=['dplyr'])])"
    (environment,) = read(tmp_path, source).pipelines[0].environments
    assert environment.conda == ("r-base", "r-dplyr")
    source = "Pipeline(ws, [RScriptStep('a.R', compute_target='c', custom_docker_image='r:1')])"
    (environment,) = read(tmp_path, source).pipelines[0].environments
    assert (environment.image, environment.user_managed) == ("r:1", True)


def test_a_command_from_a_script_run_config(tmp_path: Path) -> None:
    source = """
    o = OutputFileDatasetConfig("o")
    s = ScriptRunConfig("src", command=["Rscript a.R --out", o], compute_target="cpu")
    Pipeline(ws, [CommandStep(name="c", runconfig=s)])
    """
    reading = read(tmp_path, source)
    assert reading.arguments("c") == ["a.R", "--out", {"output": "o"}]
    assert reading.step.resources.compute == "cpu"


def test_parallel_runs_take_registered_data_for_tables_where_batches_are_sizes(tmp_path: Path) -> None:
    source = BATCHES.replace("PipelineParameter('size', '5')", "'1KB'") + (
        "d = Dataset.get_by_name(ws, 'x').as_named_input('i')\nPipeline(ws, [ParallelRunStep('p', c, [d], data('o'))])"
    )
    assert read(tmp_path, source).edges == ["* -> p.i direct"]


FORMER = {
    "the ParallelRunStep of azureml.contrib": (
        "from azureml.contrib.pipeline.steps import ParallelRunConfig, ParallelRunStep\n"
        "c = ParallelRunConfig(Environment('e'), 's.py', 1, 'append_row', 'cpu', 1, mini_batch_size='5')\n"
        "s = ParallelRunStep('par-run', c, [files.as_named_input('i')], data(), [], ['m'], ['--x', '1'], False, {})",
        "s.py",
        ["--x", "1"],
        ["* -> par-run.i mount"],
    ),
    "_HDInsightStep": (
        "from azureml.pipeline.steps import _HDInsightStep\n"
        "s = _HDInsightStep('a.py', 'hdi', 'Main', ['--i', 'x'], outputs=[data()], source_directory='src')",
        "a.py",
        ["--i", "x"],
        [],
    ),
    "NotebookRunnerStep": (
        "from azureml.contrib.notebook import NotebookRunConfig, NotebookRunnerStep\n"
        "c = NotebookRunConfig('src', 'n.ipynb', parameters={'a': 'b'}, run_config=run)\n"
        "s = NotebookRunnerStep('nb', c, compute_target='cpu', inputs=[files.as_named_input('i')], outputs=[data()])",
        "n.ipynb",
        [],
        ["* -> nb.i direct"],
    ),
}


@pytest.mark.parametrize("case", FORMER, ids=str)
def test_former_step_classes_are_steps(case: str, tmp_path: Path) -> None:
    source, script, arguments, edges = FORMER[case]
    reading = read(tmp_path, f"{source}\nPipeline(ws, [s])")
    assert [one for one in reading.said if one.code in ("PL201", "PL202", "PL203", "PL231", "PL233")] == []
    assert reading.step.unsupported and reading.graphs[0]["steps"][0]["script"] == script
    assert [str(word) for word in reading.arguments(reading.step.name)] == arguments
    assert reading.edges == edges and [one.name for one in reading.step.outputs] == ["d"]


def test_mpi_takes_the_keywords_of_the_sdk_and_ignores_others(tmp_path: Path) -> None:
    options = "pip_packages=['x==1'], runconfig=run, max_run_duration_seconds=5"
    reading = read(tmp_path, f"Pipeline(ws, [MpiStep('m', 'src', 'a.py', [], 'cpu', 1, 1, {options})])")
    told = [one.message.split("'")[1] for one in reading.said if one.code == "PL214"]
    assert sorted(told) == ["max_run_duration_seconds", "runconfig"] and reading.step.timeout is None
    assert reading.pipelines[0].environments[0].pip == ("x==1",)


MANY_MODELS = """\
from azureml.contrib.automl.pipeline.steps import AutoMLPipelineBuilder as B
from azureml.train.automl.runtime._many_models.many_models_parameters import (
    ManyModelsInferenceParameters, ManyModelsTrainParameters
)
e = Experiment(ws, "e")
p = ManyModelsTrainParameters({}, ["Store"])
q = ManyModelsInferenceParameters(["Store"], "week", "sold")
"""

MADE = {
    "training on files": (
        "B.get_many_models_train_steps(e, files.as_named_input('i'), 'cpu', 2, train_pipeline_parameters=p)",
        {"many-models-train": ["--node_count", "2"]},
        ["* -> many-models-train.i mount"],
    ),
    "forecasts for a table": (
        "B.get_many_models_batch_inference_steps(e, table, 'cpu', 1, inference_pipeline_parameters=q,\n"
        "    append_row_file_name='o.csv', arguments=['--x', '1'], output_datastore=store)",
        {
            "mm-data-partition": [
                *("--partitioned-dataset-name", "many_models_inference_data_partitioned_"),
                *("--training-runid", "__DEFAULT_ARG_VALUE", "--input-name", "many_models_inference_data"),
                *("--pipeline-scenario", "many_models"),
            ],
            "many-models-inference": [
                *(
                    "--x",
                    "1",
                    "--partition_column_names",
                    "Store",
                    "--forecast_mode",
                    "recursive",
                    "--step",
                    "1",
                ),
                *("--append_row_dataframe_header", "True", "--time_column_name", "week"),
                *("--target_column_name", "sold"),
            ],
        },
        [
            "* -> mm-data-partition.many_models_inference_data direct",
            "mm-data-partition.tabular_dataset_partition -> many-models-inference.partitioned_dataset direct",
        ],
    ),
}


@pytest.mark.parametrize("case", MADE, ids=str)
def test_the_builder_of_many_models_makes_plain_steps(case: str, tmp_path: Path) -> None:
    call, arguments, edges = MADE[case]
    reading = read(tmp_path, f"{MANY_MODELS}Pipeline(ws, steps={call})")
    assert [one.message for one in reading.said if one.severity == "error"] == []
    assert {step["name"] for step in reading.graphs[0]["steps"]} == set(arguments)
    assert all(step.unsupported and not step.reuse.allowed for step in reading.pipelines[0].steps)
    assert {name: [str(word) for word in reading.arguments(name)] for name in arguments} == arguments
    assert sorted(reading.edges) == sorted(edges)
