"""`AutoMLPipelineBuilder`: steps that train, or use, one model for each partition of a dataset.

What they run is AutoML's own (`azureml.train.automl.runtime`), so that no target runs it; the graph has the steps, with
their names, ports and arguments (measured in azureml-contrib-automl-pipeline-steps 1.62).
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.core.environment import Environment
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.data.consumption import DatasetConsumptionConfig
from pipelift.compiler.sdk.data.outputs import LinkTabularOutputDatasetConfig, OutputFileDatasetConfig
from pipelift.compiler.sdk.data.pipeline_data import PipelineData, PipelineParameter
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps.parallel_run import ParallelRunConfig, ParallelRunStep
from pipelift.compiler.sdk.steps.script import PythonScriptStep
from pipelift.compiler.sdk.steps.step import PipelineStep, list_values

NEEDS = (
    "AutoML's own scripts: write a ParallelRunStep whose script trains or applies a model for each partition"
)
UNSET = "__DEFAULT_ARG_VALUE"
"""What the SDK writes for an argument without a value."""

MODULE = "azureml.train.automl.runtime._many_models.many_models_parameters"


@sdk(MODULE, treatment="read")
class ManyModelsTrainParameters(Modelled):
    """What to train, for each value of the columns."""

    def __init__(self, call: Call, automl_settings: Value, partition_column_names: Value) -> None:
        self.span = call.span
        self.automl_settings = automl_settings
        self.partition_column_names = partition_column_names


@sdk(MODULE, treatment="read")
class ManyModelsInferenceParameters(Modelled):
    """What to forecast or predict, for each value of the columns."""

    def __init__(
        self,
        call: Call,
        partition_column_names: Value,
        time_column_name: Value = None,
        target_column_name: Value = None,
        inference_type: Value = None,
        forecast_mode: Value = "recursive",
        step: Value = 1,
        forecast_quantiles: Value = None,
    ) -> None:
        self.span = call.span
        self.partition_column_names = partition_column_names
        self.time_column_name = time_column_name
        self.target_column_name = target_column_name
        self.inference_type = inference_type
        self.forecast_mode = forecast_mode
        self.step = step
        self.forecast_quantiles = forecast_quantiles


@sdk("azureml.contrib.automl.pipeline.steps", "azureml.contrib.automl.pipeline.steps.automl_pipeline_builder")
class AutoMLPipelineBuilder(Modelled):
    """Makes the steps."""

    @staticmethod
    def get_many_models_train_steps(
        call: Call,
        train_data: Value,
        partition_column_names: Value = None,
        train_pipeline_parameters: Value = None,
        output_datastore: Value = None,
        arguments: Value = None,
        train_env: Value = None,
        **options: Value,
    ) -> Value:
        """The steps that train."""
        parameters = train_pipeline_parameters
        if parameters is not None and not isinstance(parameters, ManyModelsTrainParameters):
            return _refuse_hierarchy(call, parameters)
        columns = partition_column_names if parameters is None else parameters.partition_column_names
        output = PipelineData(call, "many_models_training_output", datastore=output_datastore)
        words = [*list_values(call, arguments, "arguments"), "--node_count", options.get("node_count")]
        settings = {**options, "environment": train_env, "partition_keys": columns}
        data = _name_data(call, train_data, "many_models_train_data")
        return _make_steps(call, "many-models-train", data, output, words, settings)

    @staticmethod
    def get_many_models_batch_inference_steps(
        call: Call,
        inference_data: Value,
        partition_column_names: Value = None,
        inference_pipeline_parameters: Value = None,
        output_datastore: Value = None,
        arguments: Value = None,
        inference_env: Value = None,
        time_column_name: Value = None,
        target_column_name: Value = None,
        append_row_file_name: Value = None,
        **options: Value,
    ) -> Value:
        """The steps that use the models."""
        parameters = inference_pipeline_parameters
        if parameters is None:
            parameters = ManyModelsInferenceParameters(
                call, partition_column_names, time_column_name, target_column_name
            )
        if not isinstance(parameters, ManyModelsInferenceParameters):
            return _refuse_hierarchy(call, parameters)
        output = output_datastore
        if not isinstance(output, OutputFileDatasetConfig):
            output = PipelineData(call, "many_models_inference_output", datastore=output_datastore)
        words = list_values(call, arguments, "arguments")
        words += _list_inference_arguments(call, parameters, append_row_file_name)
        settings = {
            **options,
            "environment": inference_env,
            "partition_keys": parameters.partition_column_names,
            "append_row_file_name": append_row_file_name,
        }
        data = _name_data(call, inference_data, "many_models_inference_data")
        return _make_steps(call, "many-models-inference", data, output, words, settings)


def _refuse_hierarchy(call: Call, parameters: Value) -> Value:
    """What is left of the builder's ways: hierarchies, which it makes four to six steps of, and what is not known."""
    if isinstance(parameters, Unknown):
        return parameters
    return Unknown("pipelift does not follow the steps of hierarchical training", call.span)


def _list_inference_arguments(
    call: Call, parameters: ManyModelsInferenceParameters, file: Value
) -> list[Value]:
    """What the SDK adds to the arguments, in its order."""
    words: list[Value] = ["--partition_column_names"]
    words += list_values(call, parameters.partition_column_names, "partition_column_names")
    words += ["--forecast_mode", parameters.forecast_mode, "--step", parameters.step]
    if isinstance(file, str) and file.endswith(".csv"):
        words += ["--append_row_dataframe_header", True]
    for name in ("time_column_name", "target_column_name", "inference_type"):
        value = getattr(parameters, name)
        words += [f"--{name}", value] if value else []
    quantiles = list_values(call, parameters.forecast_quantiles, "forecast_quantiles")
    return [*words, "--forecast_quantiles", *quantiles] if quantiles else words


def _name_data(call: Call, data: Value, name: str) -> Value:
    return data if isinstance(data, DatasetConsumptionConfig) else DatasetConsumptionConfig(call, name, data)


def _make_steps(
    call: Call, name: str, data: Value, output: Value, words: list[Value], settings: Mapping[str, Value]
) -> Value:
    """The step that runs over the partitions, after one that makes them of a table."""
    assert isinstance(data, DatasetConsumptionConfig)
    compute, environment = settings.get("compute_target"), settings.get("environment")
    environment = Environment(call, "AutoML") if environment is None else environment
    steps: list[PipelineStep] = []
    source = data.dataset.default_value if isinstance(data.dataset, PipelineParameter) else data.dataset
    is_table = bool(getattr(source, "is_table", False))
    if is_table:
        link = LinkTabularOutputDatasetConfig(call, "tabular_dataset_partition")
        steps.append(_make_partition_step(call, name, data, link, compute, environment))
        data = link.as_input(call, "partitioned_dataset")
    config = ParallelRunConfig(
        call,
        environment,
        f"{name.replace('-', '_')}_driver.py",
        -1,
        "append_row",
        compute,
        settings.get("node_count"),
        settings.get("process_count_per_node", 2),
        mini_batch_size=None if is_table else 1,
        run_invocation_timeout=settings.get("run_invocation_timeout", 3700),
        append_row_file_name=settings.get("append_row_file_name"),
        partition_keys=settings.get("partition_keys") if is_table else None,
    )
    step = ParallelRunStep(call, name, config, [data], output, arguments=words, allow_reuse=False)
    return [*steps, _give_up(step)]


def _make_partition_step(
    call: Call, name: str, data: DatasetConsumptionConfig, link: Value, compute: Value, environment: Value
) -> PipelineStep:
    """The step that partitions a table. The name of the dataset that it registers ends with a random part."""
    runconfig = RunConfiguration(call)
    runconfig.environment = environment
    made = f"{data.name}_partitioned_" if isinstance(data.name, str) else data.name
    words = ["--partitioned-dataset-name", made, "--training-runid", UNSET, "--input-name", data.name]
    purpose = "training" if name.endswith("train") else "inference"
    step = PythonScriptStep(
        call,
        f"partition_{purpose}_dataset_wrapper.py",
        "mm-data-partition",
        [*words, "--pipeline-scenario", "many_models"],
        compute,
        runconfig,
        inputs=[data],
        outputs=[link],
        allow_reuse=False,
    )
    return _give_up(step)


def _give_up(step: PipelineStep) -> PipelineStep:
    """A step whose script no target has."""
    step.refused = NEEDS
    return step
