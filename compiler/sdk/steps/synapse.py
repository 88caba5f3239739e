"""`SynapseSparkStep`: a Spark job in a Synapse pool."""

from __future__ import annotations

from pipelift.compiler.evaluate.kinds import quote_name
from pipelift.compiler.evaluate.values import Call, Unknown, Value
from pipelift.compiler.sdk.core.compute import ComputeTarget
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.data.consumption import DatasetConsumptionConfig
from pipelift.compiler.sdk.data.outputs import HDFSOutputDatasetConfig
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps.step import PipelineStep, list_values


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.synapse_spark_step")
class SynapseSparkStep(PipelineStep):
    """Runs a PySpark script. Its inputs are direct or hdfs, its outputs HDFSOutputDatasetConfig."""

    renames_inputs = True
    refused = "a Synapse Spark pool: where the script needs no cluster, install pyspark in a PythonScriptStep"

    def __init__(
        self,
        call: Call,
        file: Value,
        source_directory: Value,
        compute_target: Value,
        driver_memory: Value,
        driver_cores: Value,
        executor_memory: Value,
        executor_cores: Value,
        num_executors: Value,
        name: Value = None,
        app_name: Value = None,
        environment: Value = None,
        arguments: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        conf: Value = None,
        py_files: Value = None,
        jars: Value = None,
        files: Value = None,
        allow_reuse: Value = True,
        version: Value = None,
    ) -> None:
        self._begin(call, file if name is None else name, allow_reuse)
        self._require(
            call,
            file=file,
            source_directory=source_directory,
            compute_target=compute_target,
            driver_memory=driver_memory,
            driver_cores=driver_cores,
            executor_memory=executor_memory,
            executor_cores=executor_cores,
            num_executors=num_executors,
        )
        self._check_data(call, list_values(call, inputs, "inputs"), list_values(call, outputs, "outputs"))
        self.script = file
        self.source_directory = source_directory
        if not isinstance(compute_target, (str, ComputeTarget, Unknown, type(None))):
            self._refuse(call, "compute_target must be a text or a SynapseCompute")
        self._configure(call, compute_target, _make_runconfig(call, environment))
        self._collect(call, arguments, inputs, outputs)

    def _check_data(self, call: Call, inputs: list[Value], outputs: list[Value]) -> None:
        for data in inputs:
            if not isinstance(data, (DatasetConsumptionConfig, Unknown)):
                self._refuse(call, "inputs takes DatasetConsumptionConfig only")
            elif isinstance(data, DatasetConsumptionConfig) and data.mode not in ("direct", "hdfs"):
                self._refuse(
                    call, f"the input {quote_name(data.name)} must be direct or hdfs, not {data.mode}"
                )
        for data in outputs:
            if not isinstance(data, (HDFSOutputDatasetConfig, Unknown)):
                self._refuse(call, "outputs takes HDFSOutputDatasetConfig only")


def _make_runconfig(call: Call, environment: Value) -> RunConfiguration:
    runconfig = RunConfiguration(call, framework="pyspark")
    if environment is not None:
        runconfig.environment = environment
    return runconfig
