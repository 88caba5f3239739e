"""Steps that are jobs of one Azure service each: AdlaStep, AzureBatchStep and KustoStep."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Unknown, Value
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps.step import PipelineStep, warn_of_hash_paths


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.adla_step")
class AdlaStep(PipelineStep):
    """Runs a U-SQL script."""

    refused = "Azure Data Lake Analytics, which Azure has retired: rewrite the U-SQL script in Python"

    def __init__(
        self,
        call: Call,
        script_name: Value,
        name: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        params: Value = None,
        degree_of_parallelism: Value = None,
        priority: Value = None,
        runtime_version: Value = None,
        compute_target: Value = None,
        source_directory: Value = None,
        allow_reuse: Value = True,
        version: Value = None,
        hash_paths: Value = None,
    ) -> None:
        self._begin(call, script_name if name is None else name, allow_reuse)
        self._check_script(call, script_name)
        warn_of_hash_paths(call, hash_paths)
        self._require(call, compute_target=compute_target)
        self.script = script_name
        self.source_directory = source_directory
        self._configure(call, compute_target, None, None, params)
        self._collect(call, None, inputs, outputs)


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.azurebatch_step")
class AzureBatchStep(PipelineStep):
    """Runs an executable in an Azure Batch pool."""

    interpreter = None
    refused = "an Azure Batch account: write a CommandStep that runs the executable in a Linux container"

    def __init__(
        self,
        call: Call,
        name: Value,
        create_pool: Value = False,
        pool_id: Value = None,
        delete_batch_job_after_finish: Value = True,
        delete_batch_pool_after_finish: Value = False,
        is_positive_exit_code_failure: Value = True,
        vm_image_urn: Value = "urn:MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter",
        run_task_as_admin: Value = False,
        target_compute_nodes: Value = 1,
        vm_size: Value = "standard_d1_v2",
        source_directory: Value = None,
        executable: Value = None,
        arguments: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        allow_reuse: Value = True,
        compute_target: Value = None,
        version: Value = None,
    ) -> None:
        self._begin(call, name, allow_reuse)
        self._require(call, name=name, compute_target=compute_target, executable=executable)
        self.program = executable
        self.source_directory = source_directory
        self._configure(call, compute_target, None)
        self._collect(call, arguments, inputs, outputs)


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.kusto_step")
class KustoStep(PipelineStep):
    """Runs a query in a Kusto cluster. By default it is not reused, unlike all other steps."""

    interpreter = None
    refused = "a Kusto cluster: write a PythonScriptStep whose script sends the query"

    def __init__(
        self,
        call: Call,
        name: Value,
        compute_target: Value,
        database_name: Value,
        query_directory: Value,
        output: Value,
        parameter_dict: Value = None,
        allow_reuse: Value = False,
    ) -> None:
        self._begin(call, name, allow_reuse)
        if not isinstance(compute_target, (str, Unknown)):
            self._refuse(call, "compute_target must be a text")
        self._require(
            call, name=name, database_name=database_name, query_directory=query_directory, output=output
        )
        self.program = "query"
        self.source_directory = query_directory
        self._configure(call, compute_target, None)
        self._collect(call, None, None, output)
