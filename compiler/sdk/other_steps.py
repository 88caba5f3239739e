"""Step classes that pipelift reads and no target runs: each is refused where it is compiled, with what it needs."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Value
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps import PipelineStep

_NEEDS = {
    "AdlaStep": "Azure Data Lake Analytics, which Azure has retired",
    "AutoMLStep": "the AutoML service: replace it by a script that trains the model it found",
    "AzureBatchStep": "an Azure Batch account",
    "DatabricksStep": "a Databricks workspace",
    "DataTransferStep": "Azure Data Factory: replace it by a script that copies the data",
    "EstimatorStep": "an estimator: replace it by a PythonScriptStep with the same script",
    "HyperDriveStep": "the HyperDrive service: replace it by a script that searches the parameters",
    "KustoStep": "a Kusto cluster",
    "ModuleStep": "the workspace's module registry: replace it by a step with the module's script",
    "MpiStep": "an MPI job: on one node, replace it by a PythonScriptStep",
    "ParallelRunStep": "a scheduler of mini-batches: replace it by a script that loops over its input",
    "SynapseSparkStep": "a Synapse Spark pool",
}


def _refused_step(name: str, needs: str) -> type[PipelineStep]:
    def __init__(self: PipelineStep, call: Call, *args: Value, **options: Value) -> None:
        label = options.get("name", args[0] if args else None)
        self._begin(call, name if label is None else label, options.get("allow_reuse", name != "KustoStep"))
        self.script = options.get("script_name") or options.get("entry_script")
        self.source_directory = options.get("source_directory")
        self.compute_target = options.get("compute_target")
        outputs = options.get("outputs", options.get("output"))
        self._collect(call, options.get("arguments"), options.get("inputs"), outputs)

    members = {
        "__init__": __init__,
        "interpreter": None,
        "refused": needs,
        "__doc__": f"A {name}: it needs {needs}.",
    }
    return type(name, (PipelineStep,), members)


for _name, _need in _NEEDS.items():
    sdk("azureml.pipeline.steps")(_refused_step(_name, _need))
