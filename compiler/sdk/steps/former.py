"""Former step classes of `azureml.contrib`, and those that the SDK does not list."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Unknown, Value
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps import parallel_run
from pipelift.compiler.sdk.steps.step import PipelineStep
from pipelift.compiler.sdk.train.script_run import ScriptRunConfig


@sdk(
    "azureml.contrib.pipeline.steps",
    "azureml.contrib.pipeline.steps.parallel_run_config",
    treatment="read",
)
class ParallelRunConfig(parallel_run.ParallelRunConfig):
    """The former configuration of a ParallelRunStep, which had fewer settings."""

    def __init__(
        self,
        call: Call,
        environment: Value,
        entry_script: Value,
        error_threshold: Value,
        output_action: Value,
        compute_target: Value,
        node_count: Value,
        logging_level: Value = None,
        run_invocation_timeout: Value = None,
        **options: Value,
    ) -> None:
        settings = {"logging_level": logging_level, "run_invocation_timeout": run_invocation_timeout}
        given = {name: value for name, value in settings.items() if value is not None}
        options.pop("input_format", None)  # what reads the input decides
        super().__init__(
            call,
            environment,
            entry_script,
            error_threshold,
            output_action,
            compute_target,
            node_count,
            **given,
            **options,
        )


@sdk("azureml.contrib.pipeline.steps", "azureml.contrib.pipeline.steps.parallel_run_step")
class ParallelRunStep(parallel_run.ParallelRunStep):
    """The former ParallelRunStep. Its models, tags and properties only label the run."""


@sdk("azureml.contrib.notebook", "azureml.contrib.notebook._notebook_run_config", treatment="read")
class NotebookRunConfig(ScriptRunConfig):
    """A notebook, its parameters, and how it runs."""

    def __init__(
        self,
        call: Call,
        source_directory: Value,
        notebook: Value,
        parameters: Value = None,
        run_config: Value = None,
    ) -> None:
        super().__init__(call, source_directory, notebook, run_config=run_config)
        self.parameters = parameters


@sdk("azureml.contrib.notebook", "azureml.contrib.notebook._notebook_runner_step")
class NotebookRunnerStep(PipelineStep):
    """Runs a notebook. Its parameters are values of the step, which its cells read."""

    renames_inputs = True
    refused = "papermill: write a PythonScriptStep whose script executes the notebook"

    def __init__(
        self,
        call: Call,
        name: Value = None,
        notebook_run_config: Value = None,
        runconfig_pipeline_params: Value = None,
        compute_target: Value = None,
        params: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        allow_reuse: Value = True,
    ) -> None:
        self._begin(call, name, allow_reuse)
        self._require(call, name=name, notebook_run_config=notebook_run_config, compute_target=compute_target)
        runconfig: Value = notebook_run_config
        if isinstance(notebook_run_config, NotebookRunConfig):
            self.script = notebook_run_config.script
            self.source_directory = notebook_run_config.source_directory
            runconfig = notebook_run_config.run_config
        elif not isinstance(notebook_run_config, Unknown):
            self._refuse(call, "notebook_run_config takes a NotebookRunConfig")
            runconfig = RunConfiguration(call)
        self._configure(call, compute_target, runconfig, runconfig_pipeline_params, params)
        self._collect(call, None, inputs, outputs)


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps._hdinsight_step", name="_HDInsightStep")
class HDInsightStep(PipelineStep):
    """Runs a Spark job in an HDInsight cluster."""

    renames_inputs = True
    refused = "an HDInsight cluster: where the script needs no cluster, install pyspark in a PythonScriptStep"

    def __init__(
        self,
        call: Call,
        file: Value,
        compute_target: Value,
        args: Value = None,
        name: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        source_directory: Value = None,
        allow_reuse: Value = True,
    ) -> None:
        self._begin(call, file if name is None else name, allow_reuse)
        self._require(call, file=file, compute_target=compute_target)
        self.script = file
        self.source_directory = source_directory
        self._configure(call, compute_target, RunConfiguration(call, framework="pyspark"))
        self._collect(call, args, inputs, outputs)
