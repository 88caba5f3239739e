"""Automated machine learning: `AutoMLStep` and `AutoMLConfig`."""

from __future__ import annotations

from collections.abc import Mapping

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.data.consumption import DatasetConsumptionConfig
from pipelift.compiler.sdk.data.datasets import AbstractDataset
from pipelift.compiler.sdk.data.outputs import OutputFileDatasetConfig
from pipelift.compiler.sdk.data.pipeline_data import PipelineData, PipelineOutputFileDataset, TrainingOutput
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps.step import PipelineStep, list_values, warn_of_hash_paths

DATA = (
    "X",
    "y",
    "sample_weight",
    "X_valid",
    "y_valid",
    "sample_weight_valid",
    "training_data",
    "validation_data",
    "test_data",
)
"""The settings that may be data, in the SDK's order; each becomes an input of that name."""


@sdk("azureml.train.automl", "azureml.train.automl.automlconfig", treatment="read")
class AutoMLConfig(Modelled):
    """What to train on, and how. `settings` are the arguments by name."""

    def __init__(self, call: Call, task: Value, path: Value = None, **settings: Value) -> None:
        self.span = call.span
        self.task = task
        self.user_settings: Value = {"task": task, "path": path, **settings}

    @property
    def settings(self) -> Mapping[str, Value]:
        """The settings by name; none where the program has put something else in their place."""
        return self.user_settings if isinstance(self.user_settings, dict) else {}


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.automl_step")
class AutoMLStep(PipelineStep):
    """Trains a model by the AutoML service."""

    interpreter = None
    training = True
    refused = "the AutoML service: write a PythonScriptStep whose script trains the model that it found"

    def __init__(
        self,
        call: Call,
        name: Value,
        automl_config: Value,
        inputs: Value = None,
        outputs: Value = None,
        script_repl_params: Value = None,
        allow_reuse: Value = True,
        version: Value = None,
        hash_paths: Value = None,
        enable_default_model_output: Value = True,
        enable_default_metrics_output: Value = True,
        **kwargs: Value,
    ) -> None:
        self._begin(call, name, allow_reuse)
        warn_of_hash_paths(call, hash_paths)
        self._require(call, name=name, automl_config=automl_config)
        read = list_values(call, inputs, "inputs")
        if isinstance(automl_config, AutoMLConfig):
            settings = automl_config.settings
            self.source_directory = settings.get("path")
            self._configure(call, settings.get("compute_target"), settings.get("run_configuration"))
            read.extend(_collect_inputs(call, settings, read))
        elif isinstance(automl_config, Unknown):
            self.runconfig = automl_config
        else:
            self._refuse(call, "automl_config takes an AutoMLConfig")
        written = list_values(call, outputs, "outputs")
        safe = name.replace(" ", "_") if isinstance(name, str) else "automl"
        if enable_default_metrics_output:
            written.append(_make_default_output(call, f"default_metrics_{safe}", "Metrics"))
        if enable_default_model_output:
            written.append(_make_default_output(call, f"default_model_{safe}", "Model"))
        self._collect(call, None, read, written)


def _make_default_output(call: Call, name: str, kind: str) -> PipelineData:
    output = TrainingOutput(call, kind)
    return PipelineData(call, name, pipeline_output_name=f"_{name}", training_output=output)


def _collect_inputs(call: Call, settings: Mapping[str, Value], listed_inputs: list[Value]) -> list[Value]:
    """The inputs that the configuration's data become."""
    names = {data.input_name for data in listed_inputs if isinstance(data, PipelineOutputFileDataset)}
    inputs: list[Value] = []
    for name in DATA:
        value = settings.get(name)
        if name in names or value is None:
            continue
        if isinstance(value, DatasetConsumptionConfig):
            inputs.append(DatasetConsumptionConfig(call, name, value.dataset, value.mode))
        elif isinstance(value, (AbstractDataset, PipelineOutputFileDataset)):
            inputs.append(value.as_named_input(call, name))
        elif isinstance(value, OutputFileDatasetConfig):
            inputs.append(value.as_input(call, name))
        elif isinstance(value, Unknown):
            inputs.append(DatasetConsumptionConfig(call, name, value))
    return inputs
