"""`DatabricksStep`, and the libraries and clusters that it asks for."""

from __future__ import annotations

from collections.abc import Mapping

from pipelift.compiler.evaluate.values import Call, Modelled, Value
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps.step import PipelineStep, warn_of_hash_paths


class _Held(Modelled):
    """An object that only stores its arguments."""

    def __init__(self, call: Call, *args: Value, **kwargs: Value) -> None:
        self.span = call.span
        self.__dict__.update(kwargs)


for _name in (
    "DatabricksCluster",
    "DatabricksEnvironment",
    "DatabricksSection",
    "EggLibrary",
    "JarLibrary",
    "MavenLibrary",
    "PyPiLibrary",
    "RCranLibrary",
):
    _cls = type(_name, (_Held,), {"__doc__": f"{_name}: held, and without effect on the graph."})
    sdk("azureml.core.databricks", "azureml.core.runconfig", treatment="read")(_cls)


_TASKS = ("notebook_path", "python_script_path", "main_class_name", "python_script_name")
"""The arguments that say what a step runs; exactly one of them is required."""


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.databricks_step")
class DatabricksStep(PipelineStep):
    """Runs a notebook, a Python script or a JAR on a Databricks cluster."""

    refused = "a Databricks workspace: where the code needs no Spark, write a PythonScriptStep"

    def __init__(
        self,
        call: Call,
        name: Value,
        inputs: Value = None,
        outputs: Value = None,
        existing_cluster_id: Value = None,
        spark_version: Value = None,
        node_type: Value = None,
        instance_pool_id: Value = None,
        num_workers: Value = None,
        min_workers: Value = None,
        max_workers: Value = None,
        spark_env_variables: Value = None,
        spark_conf: Value = None,
        init_scripts: Value = None,
        cluster_log_dbfs_path: Value = None,
        notebook_path: Value = None,
        notebook_params: Value = None,
        python_script_path: Value = None,
        python_script_params: Value = None,
        main_class_name: Value = None,
        jar_params: Value = None,
        python_script_name: Value = None,
        source_directory: Value = None,
        hash_paths: Value = None,
        run_name: Value = None,
        timeout_seconds: Value = None,
        runconfig: Value = None,
        maven_libraries: Value = None,
        pypi_libraries: Value = None,
        egg_libraries: Value = None,
        jar_libraries: Value = None,
        rcran_libraries: Value = None,
        compute_target: Value = None,
        allow_reuse: Value = True,
        version: Value = None,
        permit_cluster_restart: Value = None,
    ) -> None:
        values = dict(locals())
        self._begin(call, name, allow_reuse)
        self._fill(call, values)

    def _fill(self, call: Call, values: Mapping[str, Value]) -> None:
        """Take over the arguments, by name."""
        warn_of_hash_paths(call, values["hash_paths"])
        self._require(call, name=self.name, compute_target=values["compute_target"])
        self._check_task(call, [values[task] for task in _TASKS], values["source_directory"])
        self.source_directory = values["source_directory"]
        self._configure(call, values["compute_target"], values["runconfig"])
        notebook = values["notebook_params"]
        self._more_parameters.extend(notebook.values() if isinstance(notebook, dict) else ())
        of_jar = values["main_class_name"] is not None
        words = values["jar_params"] if of_jar else values["python_script_params"]
        self._collect(call, words, values["inputs"], values["outputs"])

    def _check_task(self, call: Call, tasks: list[Value], source_directory: Value) -> None:
        """Check that exactly one task is named; the last one is a file of `source_directory`."""
        specified = [task for task in tasks if task is not None]
        if len(specified) != 1:
            self._refuse(call, f"exactly one of {', '.join(_TASKS)} is required, not {len(specified)}")
        if tasks[-1] is not None and source_directory is None:
            self._refuse(call, "source_directory is required with python_script_name")
        self.script = specified[0] if specified else None
