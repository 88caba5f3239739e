"""HyperDrive: `HyperDriveStep`, its configuration, samplings and policies."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Model, Modelled, Unknown, Value
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.data.pipeline_data import PipelineData, TrainingOutput
from pipelift.compiler.sdk.registry import sdk, sdk_value
from pipelift.compiler.sdk.steps.step import PipelineStep, list_values
from pipelift.compiler.sdk.train.estimators import MMLBaseEstimator
from pipelift.compiler.sdk.train.script_run import ScriptRunConfig


class Recorded(Modelled):
    """An object that only stores its arguments, under the names of the SDK's signature."""

    def __init__(self, call: Call, **arguments: Value) -> None:
        self.span = call.span
        self.__dict__.update(arguments)


def _register_recorded(*modules: str, names: str) -> None:
    for name in names.split():
        cls = type(name, (Recorded,), {"__doc__": f"{name}: held, and without effect on the graph."})
        sdk(*modules, treatment="read")(cls)


_register_recorded(
    "azureml.train.hyperdrive",
    names="BanditPolicy BayesianParameterSampling EarlyTerminationPolicy GridParameterSampling "
    "HyperParameterSampling MedianStoppingPolicy NoTerminationPolicy RandomParameterSampling "
    "TruncationSelectionPolicy",
)


def _make_distribution(name: str) -> Model:
    def distribution(call: Call, *options: Value, **parameters: Value) -> Value:
        return [name, [list(options)] if name == "choice" else list(parameters.values())]

    return Model(f"azureml.train.hyperdrive.{name}", distribution, takes_unknown=True)


for _name in [
    "choice",
    "lognormal",
    "loguniform",
    "normal",
    "qlognormal",
    "qloguniform",
    "qnormal",
    "quniform",
    "randint",
    "uniform",
]:
    sdk_value("azureml.train.hyperdrive", name=_name, value=_make_distribution(_name))


@sdk("azureml.train.hyperdrive", treatment="read")
class PrimaryMetricGoal(Modelled):
    """Whether a higher or a lower metric is better."""

    MAXIMIZE = "MAXIMIZE"
    MINIMIZE = "MINIMIZE"

    def __init__(self, call: Call, value: Value) -> None:
        self.span = call.span
        self.value = value


@sdk("azureml.train.hyperdrive", treatment="read")
class HyperDriveConfig(Modelled):
    """A search: what runs (an estimator or a ScriptRunConfig), and over which values."""

    def __init__(
        self,
        call: Call,
        hyperparameter_sampling: Value,
        primary_metric_name: Value,
        primary_metric_goal: Value,
        max_total_runs: Value,
        max_concurrent_runs: Value = None,
        max_duration_minutes: Value = 10080,
        policy: Value = None,
        estimator: Value = None,
        run_config: Value = None,
        resume_from: Value = None,
        resume_child_runs: Value = None,
        pipeline: Value = None,
        debug_flag: Value = None,
        custom_run_id: Value = None,
    ) -> None:
        self.span = call.span
        self.estimator = estimator
        self.run_config = run_config
        self.pipeline = pipeline
        self.hyperparameter_sampling = hyperparameter_sampling
        self.primary_metric_name = primary_metric_name
        self.primary_metric_goal = primary_metric_goal
        self.max_total_runs = max_total_runs
        self.max_concurrent_runs = max_concurrent_runs
        self.policy = policy


@sdk("azureml.train.hyperdrive", treatment="read")
class HyperDriveRunConfig(HyperDriveConfig):
    """The former name of HyperDriveConfig, with the estimator first."""

    def __init__(
        self,
        call: Call,
        estimator: Value,
        hyperparameter_sampling: Value,
        primary_metric_name: Value,
        primary_metric_goal: Value,
        max_total_runs: Value,
        max_concurrent_runs: Value = None,
        max_duration_minutes: Value = 10080,
        policy: Value = None,
    ) -> None:
        super().__init__(
            call,
            hyperparameter_sampling,
            primary_metric_name,
            primary_metric_goal,
            max_total_runs,
            max_concurrent_runs,
            max_duration_minutes,
            policy,
            estimator,
        )


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.hyper_drive_step")
class HyperDriveStep(PipelineStep):
    """Searches the parameters of a script."""

    training = True
    refused = "the HyperDrive service: write a PythonScriptStep whose script searches the parameters"

    def __init__(
        self,
        call: Call,
        name: Value,
        hyperdrive_config: Value,
        estimator_entry_script_arguments: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        metrics_output: Value = None,
        allow_reuse: Value = True,
        version: Value = None,
    ) -> None:
        self._begin(call, name, allow_reuse)
        arguments = estimator_entry_script_arguments
        if isinstance(hyperdrive_config, HyperDriveConfig):
            arguments = self._read_config(call, hyperdrive_config, arguments)
        elif isinstance(hyperdrive_config, Unknown):
            self.script = self.runconfig = hyperdrive_config
        else:
            self._refuse(call, "hyperdrive_config takes a HyperDriveConfig")
        written = list_values(call, outputs, "outputs")
        if isinstance(metrics_output, PipelineData):
            call.touch(metrics_output.__dict__)
            metrics_output.training_output = TrainingOutput(call, "Metrics")
            written.append(metrics_output)
        self._collect(call, arguments, inputs, written)

    def _read_config(self, call: Call, config: HyperDriveConfig, arguments: Value) -> Value:
        """Take over what the configuration runs; the step's arguments."""
        source = config.estimator if config.estimator is not None else config.run_config
        if config.pipeline is not None:
            self._refuse(call, "a HyperDriveConfig of a pipeline is not taken")
        if isinstance(source, MMLBaseEstimator):
            self.script, self.source_directory = source.run_config.script, source.source_directory
            self._configure(call, source.run_config.target, source.run_config)
            if arguments is None:
                self._refuse(call, "estimator_entry_script_arguments is required with an estimator")
            return arguments
        if isinstance(source, ScriptRunConfig):
            self.script, self.source_directory = source.script, source.source_directory
            how = source.run_config
            self._configure(call, how.target if isinstance(how, RunConfiguration) else None, how)
            if arguments is not None and source.arguments is not None:
                self._refuse(call, "arguments stand in the ScriptRunConfig and in the step: one is too many")
            return source.arguments if arguments is None else arguments
        if isinstance(source, Unknown):
            self.script = self.runconfig = source
        else:
            self._refuse(call, "hyperdrive_config has neither an estimator nor a run_config")
        return arguments
