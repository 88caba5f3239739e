"""What the KFP pipeline will be: all decisions about it, in frozen classes that are then only printed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from pipelift.backends.containers.bundle import Image
from pipelift.backends.kubeflow import losses
from pipelift.backends.kubeflow.names import LONGEST_PIPELINE, Scope, plain, slug, task_key
from pipelift.backends.kubeflow.pods import PodSettings, pod_settings
from pipelift.backends.kubeflow.stores import Claim, Secret, Stores, stores
from pipelift.backends.wiring import remotes
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir.graph import in_order
from pipelift.compiler.ir.node import Scalar
from pipelift.compiler.target import Compilation

TYPES = {"string": "str", "integer": "int", "float": "float", "boolean": "bool"}
_CONSTANTS = ("COMMAND", "EXECUTOR_INPUT", "RUN_ID")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the pipeline: `source` is its name in the IR; without a default the run must give it."""

    source: str
    name: str
    type: str
    default: Scalar
    required: bool


@dataclass(frozen=True, slots=True)
class Port:
    """A port of the step and the artifact that it is in KFP; `is_plain` if the launcher finds it unaided."""

    port: str
    artifact: str

    @property
    def is_plain(self) -> bool:
        """Whether the artifact's name follows from the port's by the launcher's rule."""
        return self.artifact == plain(self.port)


@dataclass(frozen=True, slots=True)
class ArtifactInput(Port):
    """An input that is an artifact `output` of another task (a key of the pipeline's tasks)."""

    producer: str
    output: str


@dataclass(frozen=True, slots=True)
class ResultInput:
    """The result id of step `step` as the parameter `name`: where it changes, KFP's cache must miss."""

    step: str
    name: str
    producer: str

    @property
    def is_plain(self) -> bool:
        """Whether the parameter's name follows from the step's by the launcher's rule."""
        return self.name == f"{plain(self.step)}_result"


@dataclass(frozen=True, slots=True)
class Value:
    """A pipeline parameter that the step uses: its names in the IR, in the component and in the pipeline."""

    source: str
    name: str
    parameter: str
    type: str


@dataclass(frozen=True, slots=True)
class Task:
    """One step as a component and its task. `key` is its name in the compiled pipeline.

    `addresses` are the URLs of remote stores (`source` is the store), `store_settings` the launcher's other
    options for them.
    """

    step: ir.Step
    function: str
    variable: str
    constant: str
    image: str
    inputs: tuple[ArtifactInput, ...]
    results: tuple[ResultInput, ...]
    values: tuple[Value, ...]
    outputs: tuple[Port, ...]
    after: tuple[str, ...]
    cached: bool
    mounts: tuple[Claim, ...]
    addresses: tuple[Value, ...]
    store_settings: tuple[str, ...]
    secrets: tuple[Secret, ...]
    settings: PodSettings

    @property
    def key(self) -> str:
        """The task's name in pipeline.yaml."""
        return task_key(self.function)


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole pipeline: `tasks` stand so that each follows those it takes from or waits for."""

    name: str
    function: str
    display_name: str
    description: str | None
    source: str
    parameters: tuple[Parameter, ...]
    claims: tuple[Claim, ...]
    tasks: tuple[Task, ...]


def plan(pipeline: ir.Pipeline, compilation: Compilation, images: Mapping[str, Image]) -> Plan:
    """Decide everything about the KFP form of `pipeline`; what it cannot keep is reported (PL42x)."""
    reporter = compilation.reporter
    losses.report_pipeline(pipeline, compilation.config, reporter)
    scope = Scope()
    parameters = tuple(_parameter(parameter, scope, reporter) for parameter in pipeline.parameters)
    store_plan = stores(pipeline, compilation)
    addresses = {name: _address(name, remote.url, scope) for name, remote in store_plan.remote.items()}
    parameters += tuple(addresses.values())
    functions = Scope((parameter.name for parameter in parameters), tasks=True)
    name = slug(pipeline.id, LONGEST_PIPELINE)
    function = functions.add(name, "pipeline")
    function_names = {step.id: functions.add(step.id, "step") for step in pipeline.steps}
    planner = _Planner(pipeline, compilation, images, parameters, store_plan, addresses, function_names)
    return Plan(
        name=name,
        function=function,
        display_name=pipeline.name,
        description=pipeline.description,
        source=pipeline.source,
        parameters=tuple(sorted(parameters, key=lambda parameter: not parameter.required)),
        claims=tuple(store_plan.claims.values()),
        tasks=tuple(planner.task(step) for step in in_order(pipeline)),
    )


def _parameter(parameter: ir.Parameter, scope: Scope, reporter: Reporter) -> Parameter:
    name = scope.add(parameter.name, "parameter")
    losses.report_parameter(parameter, name, reporter)
    required = parameter.default is None or losses.refusal(parameter) is not None
    return Parameter(parameter.name, name, TYPES[parameter.type], parameter.default, required)


def _address(store: str, url: str, scope: Scope) -> Parameter:
    name = scope.add(f"store_{store}_url", "store")
    is_refused = losses.refusal(ir.Parameter(name=name, type="string", default=url)) is not None
    return Parameter("", name, "str", url, required=is_refused)


class _Planner:
    """Plans tasks one after the other, producers first; looks everything up in constant time."""

    def __init__(
        self,
        pipeline: ir.Pipeline,
        compilation: Compilation,
        images: Mapping[str, Image],
        parameters: tuple[Parameter, ...],
        store_plan: Stores,
        addresses: Mapping[str, Parameter],
        functions: Mapping[str, str],
    ) -> None:
        self._pipeline = pipeline
        self._config = compilation.config
        self._images = images
        self._parameters = {parameter.source: parameter for parameter in parameters}
        self._stores = store_plan
        self._addresses = addresses
        self._functions = functions
        self._artifacts: dict[tuple[str, str], str] = {}
        self._before: dict[str, list[str]] = defaultdict(list)
        for edge in pipeline.order:
            self._before[edge.after].append(edge.before)
        taken = {*functions.values(), *(parameter.name for parameter in parameters), *_CONSTANTS}
        variables = Scope(taken)
        self._variables = {
            step_id: variables.add(f"{function}_task", "step") for step_id, function in functions.items()
        }
        constants = Scope([*_CONSTANTS, *(claim.constant for claim in store_plan.claims.values())])
        self._constants = {
            step_id: constants.add(f"{function.upper()}_IMAGE", "STEP")
            for step_id, function in functions.items()
        }

    def task(self, step: ir.Step) -> Task:
        """The task of `step`; those of its producers have been planned before."""
        scope = Scope(["result", "metrics", self._constants[step.id], *_CONSTANTS])
        sources = [(port, port.source) for port in step.inputs if isinstance(port.source, ir.StepSource)]
        inputs = tuple(self._input(port, source, scope) for port, source in sources)
        outputs = tuple(Port(port.name, scope.add(port.name, "port")) for port in step.outputs)
        for output in outputs:
            self._artifacts[step.id, output.port] = output.artifact
        values = tuple(self._value(name, scope) for name in step.parameters)
        remote = self._stores.addresses(step)
        producers = tuple(dict.fromkeys(source.step for _, source in sources))
        return Task(
            step=step,
            function=self._functions[step.id],
            variable=self._variables[step.id],
            constant=self._constants[step.id],
            image=self._images[step.id].reference,
            inputs=inputs,
            results=tuple(self._result(producer, scope) for producer in producers),
            values=values,
            outputs=outputs,
            after=tuple(self._variables[before] for before in self._order(step, producers)),
            cached=self._is_cached(step),
            mounts=self._stores.mounts(step),
            addresses=tuple(self._address(name, scope) for name in remote),
            store_settings=tuple(word for name in remote for word in remotes.settings(name, remote[name])),
            secrets=self._stores.secrets(step),
            settings=pod_settings(step, self._config),
        )

    def _input(self, port: ir.Input, source: ir.StepSource, scope: Scope) -> ArtifactInput:
        artifact = self._artifacts[source.step, source.port]
        return ArtifactInput(port.name, scope.add(port.name, "port"), self._variables[source.step], artifact)

    def _result(self, producer: str, scope: Scope) -> ResultInput:
        name = scope.add(f"{plain(producer)}_result", "step")
        return ResultInput(producer, name, self._variables[producer])

    def _value(self, name: str, scope: Scope) -> Value:
        parameter = self._parameters[name]
        return Value(name, scope.add(name, "parameter"), parameter.name, parameter.type)

    def _address(self, store: str, scope: Scope) -> Value:
        parameter = self._addresses[store]
        return Value(store, scope.add(f"store_{store}_url", "store"), parameter.name, parameter.type)

    def _order(self, step: ir.Step, producers: tuple[str, ...]) -> list[str]:
        """The steps to wait for without taking data from them; KFP waits for the others anyway."""
        return [before for before in dict.fromkeys(self._before[step.id]) if before not in producers]

    def _is_cached(self, step: ir.Step) -> bool:
        is_blind = self._config.reuse.identity == "content" and losses.reads_source_data(step)
        return step.reuse.allowed and not self._pipeline.regenerate and not is_blind
