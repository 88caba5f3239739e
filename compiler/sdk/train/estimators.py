"""Estimators: a script, its environment and its compute target in one object; older than ScriptRunConfig."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.core.conda import (
    CondaDependencies,
    default_dependencies,
    list_packages,
    pin_package,
)
from pipelift.compiler.sdk.core.environment import Environment, make_environment
from pipelift.compiler.sdk.core.environment_sections import DockerSection, PythonSection
from pipelift.compiler.sdk.core.requirement_files import read_requirements
from pipelift.compiler.sdk.core.runconfig import (
    DEFAULT_COUNT,
    AmlComputeConfiguration,
    MpiConfiguration,
    PyTorchConfiguration,
    RunConfiguration,
)
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.train.script_run import distribute


@sdk("azureml.train.estimator")
class MMLBaseEstimator(Modelled):
    """What estimators share: `run_config` and `source_directory`. `brings` are the framework's packages."""

    brings: tuple[str, ...] = ()

    def __init__(
        self, call: Call, source_directory: Value, *, compute_target: Value = None, **options: Value
    ) -> None:
        self.span = call.span
        self.source_directory = source_directory
        self.entry_script = options.get("entry_script")
        self.script_params = options.get("script_params")
        self.inputs = options.get("inputs")
        self.run_config = RunConfiguration(call, self.entry_script)
        self.run_config.target = compute_target
        cluster = AmlComputeConfiguration(call)
        cluster.vm_size, cluster.vm_priority = options.get("vm_size"), options.get("vm_priority")
        self.run_config.amlcompute = cluster
        self.run_config.max_run_duration_seconds = options.get("max_run_duration_seconds")
        self.run_config.environment = self._make_environment(call, options)
        self.run_config.environment_variables = options.get("environment_variables") or {}
        self._distribute(call, options)

    def _make_environment(self, call: Call, options: dict[str, Value]) -> Value:
        environment = options.get("environment_definition")
        if environment is not None:
            return environment
        docker = DockerSection(call)
        docker.base_image = options.get("custom_docker_image") or options.get("custom_docker_base_image")
        if options.get("image_registry_details") is not None:
            docker.base_image_registry = options["image_registry_details"]
        docker.shm_size = options.get("shm_size") or docker.shm_size
        python = PythonSection(
            call,
            user_managed_dependencies=options.get("user_managed") or False,
            conda_dependencies=self._make_dependencies(call, options),
        )
        return make_environment(call, type(self).__name__.lower(), python, docker)

    def _make_dependencies(self, call: Call, options: dict[str, Value]) -> CondaDependencies:
        path = options.get("conda_dependencies_file") or options.get("conda_dependencies_file_path")
        file = options.get("pip_requirements_file") or options.get("pip_requirements_file_path")
        dependencies = default_dependencies(call) if path is None else CondaDependencies(call, path)
        framework = options.get("framework_version")
        packages = [
            *self._list_framework_packages(framework),
            *(read_requirements(call, file) if file is not None else []),
        ]
        for package in (*packages, *list_packages(options.get("pip_packages"))):
            dependencies.add_pip_package(call, package)
        for package in list_packages(options.get("conda_packages")):
            dependencies.add_conda_package(call, package)
        return dependencies

    def _list_framework_packages(self, version: Value) -> list[Value]:
        """The framework's packages: the first in the version asked for."""
        if version is None:
            return list(self.brings)
        return [pin_package(name, "==", version) if name == self.brings[0] else name for name in self.brings]

    def _distribute(self, call: Call, options: dict[str, Value]) -> None:
        config = self.run_config
        config.node_count = options.get("node_count") or DEFAULT_COUNT
        processes = options.get("process_count_per_node") or DEFAULT_COUNT
        training, backend = options.get("distributed_training"), options.get("distributed_backend")
        if backend == "mpi":
            training = MpiConfiguration(call, processes, config.node_count)
        elif isinstance(backend, Unknown):
            training = backend
        if isinstance(training, (MpiConfiguration, PyTorchConfiguration)):
            call.touch(training.__dict__)
            training.node_count = config.node_count
        distribute(config, training)

    @property
    def conda_dependencies(self) -> Value:
        """The packages, which the program may change."""
        environment = self.run_config.environment
        python = environment.python if isinstance(environment, Environment) else environment
        return python.conda_dependencies if isinstance(python, PythonSection) else python


@sdk("azureml.train.estimator")
class Estimator(MMLBaseEstimator):
    """A script with packages of the user's choice."""

    def __init__(
        self,
        call: Call,
        source_directory: Value,
        *,
        compute_target: Value = None,
        vm_size: Value = None,
        vm_priority: Value = None,
        entry_script: Value = None,
        script_params: Value = None,
        node_count: Value = 1,
        process_count_per_node: Value = 1,
        distributed_backend: Value = None,
        distributed_training: Value = None,
        use_gpu: Value = False,
        use_docker: Value = True,
        custom_docker_base_image: Value = None,
        custom_docker_image: Value = None,
        image_registry_details: Value = None,
        user_managed: Value = False,
        conda_packages: Value = None,
        pip_packages: Value = None,
        conda_dependencies_file_path: Value = None,
        pip_requirements_file_path: Value = None,
        conda_dependencies_file: Value = None,
        pip_requirements_file: Value = None,
        environment_variables: Value = None,
        environment_definition: Value = None,
        inputs: Value = None,
        source_directory_data_store: Value = None,
        shm_size: Value = None,
        resume_from: Value = None,
        max_run_duration_seconds: Value = None,
        framework_version: Value = None,
        _enable_optimized_mode: Value = False,
        _disable_validation: Value = True,
        _show_lint_warnings: Value = False,
        _show_package_warnings: Value = False,
    ) -> None:
        options = {key: value for key, value in locals().items() if key in _OPTIONS}
        super().__init__(call, source_directory, compute_target=compute_target, **options)


_OPTIONS = frozenset(
    {
        "entry_script",
        "script_params",
        "node_count",
        "process_count_per_node",
        "distributed_backend",
        "distributed_training",
        "custom_docker_base_image",
        "custom_docker_image",
        "image_registry_details",
        "user_managed",
        "conda_packages",
        "pip_packages",
        "conda_dependencies_file_path",
        "pip_requirements_file_path",
        "conda_dependencies_file",
        "pip_requirements_file",
        "environment_variables",
        "environment_definition",
        "inputs",
        "vm_size",
        "vm_priority",
        "shm_size",
        "max_run_duration_seconds",
        "framework_version",
    }
)
"""The arguments of an estimator that reach the graph."""

_FRAMEWORK = "the framework's public packages instead of Microsoft's image"


@sdk("azureml.train.dnn", treatment="approximated", note=_FRAMEWORK)
class PyTorch(Estimator):
    """A PyTorch script."""

    brings = ("torch", "torchvision")


@sdk("azureml.train.dnn", treatment="approximated", note=_FRAMEWORK)
class Chainer(Estimator):
    """A Chainer script."""

    brings = ("chainer",)


@sdk("azureml.train.dnn", treatment="approximated", note=_FRAMEWORK)
class TensorFlow(Estimator):
    """A TensorFlow script."""

    brings = ("tensorflow",)

    def __init__(
        self,
        call: Call,
        source_directory: Value,
        *,
        worker_count: Value = 1,
        parameter_server_count: Value = 1,
        **options: Value,
    ) -> None:
        super().__init__(call, source_directory, **options)


@sdk("azureml.train.sklearn", treatment="approximated", note=_FRAMEWORK)
class SKLearn(Estimator):
    """A scikit-learn script."""

    brings = ("scikit-learn", "scipy", "joblib")


@sdk("azureml.train.dnn", treatment="approximated", note="a step gets one process on one node")
class Mpi(MpiConfiguration):
    """Distributed training by MPI."""

    def __init__(self, call: Call, process_count_per_node: Value = 1) -> None:
        super().__init__(call, process_count_per_node)


@sdk("azureml.train.dnn", treatment="read")
class ParameterServer(Modelled):
    """Distributed training by parameter servers."""

    def __init__(self, call: Call, worker_count: Value = 1, parameter_server_count: Value = 1) -> None:
        self.span = call.span
        self.node_count = worker_count


@sdk("azureml.train.dnn", treatment="read")
class Gloo(Modelled):
    """Distributed training by Gloo."""

    def __init__(self, call: Call) -> None:
        self.span = call.span
        self.node_count: Value = 1


@sdk("azureml.train.dnn", treatment="read")
class Nccl(Modelled):
    """Distributed training by NCCL."""

    def __init__(self, call: Call) -> None:
        self.span = call.span
        self.node_count: Value = 1
