"""Steps that run a script: PythonScriptStep, EstimatorStep, MpiStep and RScriptStep."""

from __future__ import annotations

from collections.abc import Mapping

from pipelift.compiler.evaluate.values import Call, Value
from pipelift.compiler.sdk.core.conda import CondaDependencies, list_packages
from pipelift.compiler.sdk.core.environment import make_environment
from pipelift.compiler.sdk.core.environment_sections import DockerSection, PythonSection, RCranPackage
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.data.pipeline_data import PipelineParameter
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps.step import PipelineStep, warn_of_hash_paths
from pipelift.compiler.sdk.train.estimators import Estimator, MMLBaseEstimator


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.python_script_step")
class PythonScriptStep(PipelineStep):
    """Runs a Python script."""

    renames_inputs = True

    def __init__(
        self,
        call: Call,
        script_name: Value,
        name: Value = None,
        arguments: Value = None,
        compute_target: Value = None,
        runconfig: Value = None,
        runconfig_pipeline_params: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        params: Value = None,
        source_directory: Value = None,
        allow_reuse: Value = True,
        version: Value = None,
        hash_paths: Value = None,
    ) -> None:
        self._begin(call, script_name if name is None else name, allow_reuse)
        self._check_script(call, script_name)
        warn_of_hash_paths(call, hash_paths)
        self.script = script_name
        self.source_directory = source_directory
        self._configure(call, compute_target, runconfig, runconfig_pipeline_params, params)
        self._collect(call, arguments, inputs, outputs)


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.estimator_step")
class EstimatorStep(PipelineStep):
    """Runs an estimator's script in the estimator's environment."""

    renames_inputs = True

    def __init__(
        self,
        call: Call,
        name: Value = None,
        estimator: Value = None,
        estimator_entry_script_arguments: Value = None,
        runconfig_pipeline_params: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        compute_target: Value = None,
        allow_reuse: Value = True,
        version: Value = None,
    ) -> None:
        script = estimator.run_config.script if isinstance(estimator, MMLBaseEstimator) else estimator
        self._begin(call, script if name is None else name, allow_reuse)
        self._require(
            call,
            estimator=estimator,
            compute_target=compute_target,
            estimator_entry_script_arguments=estimator_entry_script_arguments,
        )
        self.script = script
        runconfig: Value = estimator
        if isinstance(estimator, MMLBaseEstimator):
            runconfig = estimator.run_config
            self.source_directory = estimator.source_directory
            if estimator.script_params:
                self._refuse(call, "script_params of the estimator are not taken: give them as arguments")
            if estimator.inputs:
                self._refuse(call, "inputs of the estimator are not taken: give them to the step")
        self._configure(call, compute_target, runconfig, runconfig_pipeline_params)
        self._collect(call, estimator_entry_script_arguments, inputs, outputs)


@sdk(
    "azureml.pipeline.steps",
    "azureml.pipeline.steps.mpi_step",
    treatment="approximated",
    note="on one node, with one process",
)
class MpiStep(PipelineStep):
    """Runs a Python script with MPI: an ordinary step where it asks for one process."""

    renames_inputs = True

    def __init__(
        self,
        call: Call,
        name: Value = None,
        source_directory: Value = None,
        script_name: Value = None,
        arguments: Value = None,
        compute_target: Value = None,
        node_count: Value = None,
        process_count_per_node: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        allow_reuse: Value = True,
        version: Value = None,
        hash_paths: Value = None,
        **kwargs: Value,
    ) -> None:
        values = dict(locals())
        self._begin(call, name, allow_reuse)
        self._require(call, **{key: values[key] for key in _MPI_REQUIRED})
        warn_of_hash_paths(call, hash_paths)
        self.script = script_name
        self.source_directory = source_directory
        runconfig = _make_mpi_configuration(call, values, kwargs)
        counts = {"NodeCount": node_count, "MpiProcessCountPerNode": process_count_per_node}
        params = {key: count for key, count in counts.items() if isinstance(count, PipelineParameter)}
        self._configure(call, compute_target, runconfig, params, kwargs.get("environment_variables"))
        nodes = _read_default(node_count)
        if isinstance(nodes, int) and nodes > 1:
            self.refused = f"an MPI job on {nodes} nodes: on one node it would run as an ordinary step"
        self._collect(call, arguments, inputs, outputs)


_MPI_REQUIRED = (
    "name",
    "source_directory",
    "script_name",
    "arguments",
    "compute_target",
    "node_count",
    "process_count_per_node",
)


_MPI_OPTIONS = frozenset(
    {
        "environment_variables",
        "use_gpu",
        "use_docker",
        "custom_docker_image",
        "image_registry_details",
        "user_managed",
        "conda_packages",
        "pip_packages",
        "pip_requirements_file_path",
        "environment_definition",
    }
)
"""The further keywords that the step takes (`azureml/pipeline/steps/mpi_step.py`); the SDK ignores all others."""


def _make_mpi_configuration(call: Call, values: Mapping[str, Value], options: Mapping[str, Value]) -> Value:
    """The configuration of the estimator that the SDK makes of the arguments; it ignores keywords that it lacks."""
    for name in options:
        if name not in _MPI_OPTIONS:
            call.reporter.report("PL214", f"'{name}' has no effect: MpiStep does not know it", call.span)
    estimator = Estimator(
        call,
        values["source_directory"],
        compute_target=values["compute_target"],
        entry_script=values["script_name"],
        node_count=_read_default(values["node_count"]),
        process_count_per_node=_read_default(values["process_count_per_node"]),
        distributed_backend="mpi",
        **{name: options[name] for name in _MPI_OPTIONS - {"environment_variables"} if name in options},
    )
    return estimator.run_config


def _read_default(count: Value) -> Value:
    return count.default_value if isinstance(count, PipelineParameter) else count


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.r_script_step")
class RScriptStep(PipelineStep):
    """Runs an R script."""

    interpreter = "Rscript"
    renames_inputs = True

    def __init__(
        self,
        call: Call,
        script_name: Value,
        name: Value = None,
        arguments: Value = None,
        compute_target: Value = None,
        runconfig: Value = None,
        runconfig_pipeline_params: Value = None,
        inputs: Value = None,
        outputs: Value = None,
        params: Value = None,
        source_directory: Value = None,
        use_gpu: Value = False,
        custom_docker_image: Value = None,
        cran_packages: Value = None,
        github_packages: Value = None,
        custom_url_packages: Value = None,
        allow_reuse: Value = True,
        version: Value = None,
    ) -> None:
        self._begin(call, script_name if name is None else name, allow_reuse)
        self._check_script(call, script_name)
        self.script = script_name
        self.source_directory = source_directory
        if runconfig is None:
            runconfig = _make_r_configuration(call, custom_docker_image, cran_packages)
        if github_packages or custom_url_packages:
            message = (
                "R packages from GitHub or other addresses are not installed: use an image that has them"
            )
            call.reporter.report("PL219", message, call.span)
        self._configure(call, compute_target, runconfig, runconfig_pipeline_params, params)
        self._collect(call, arguments, inputs, outputs)


def _make_r_configuration(call: Call, image: Value, packages: Value) -> RunConfiguration:
    """R and its packages by conda, or the user's image."""
    runconfig = RunConfiguration(call, framework="R")
    docker = DockerSection(call)
    if image is not None:
        docker.base_image = image
        python = PythonSection(call, user_managed_dependencies=True, conda_dependencies=None)
    else:
        conda = ["r-base", *(_name_conda_package(package) for package in list_packages(packages))]
        dependencies = CondaDependencies.create(call, conda_packages=conda)
        python = PythonSection(call, conda_dependencies=dependencies)
    runconfig.environment = make_environment(call, "r", python, docker)
    return runconfig


def _name_conda_package(package: Value) -> Value:
    """The conda package of a CRAN package, which is a name or an RCranPackage."""
    name = package.name if isinstance(package, RCranPackage) else package
    return f"r-{name.lower()}" if isinstance(name, str) else name
