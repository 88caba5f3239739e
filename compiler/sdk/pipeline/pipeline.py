"""`Pipeline`, `StepSequence`, and what becomes of a pipeline: experiments, publication, schedules."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.pipeline.yaml_format import read_pipeline
from pipelift.compiler.sdk.record import record_of
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps.step import PipelineStep, find_producer


@sdk("azureml.pipeline.core", "azureml.pipeline.core.builder")
class StepSequence(Modelled):
    """Steps, or groups of steps, one after the other."""

    def __init__(self, call: Call, steps: Value = None) -> None:
        self.span = call.span
        self.steps = steps if isinstance(steps, list) else ([] if steps is None else [steps])


@sdk("azureml.pipeline.core", "azureml.pipeline.core.pipeline")
class Pipeline(Modelled):
    """A graph of steps, as they are when it is created: later changes of the steps do not affect it (measured)."""

    def __init__(
        self,
        call: Call,
        workspace: Value,
        steps: Value,
        description: Value = None,
        default_datastore: Value = None,
        default_source_directory: Value = None,
        resolve_closure: Value = True,
        _workflow_provider: Value = None,
        _service_endpoint: Value = None,
        **kwargs: Value,
    ) -> None:
        self.span = call.span
        self.workspace = workspace
        self.steps = _freeze_lists(steps)
        self._after = {id(step): (step, tuple(step.orders)) for step in _collect_reachable(steps)}
        self.description = description
        self.default_datastore = default_datastore
        self.default_source_directory = default_source_directory
        self.resolve_closure = resolve_closure
        for name in kwargs:
            if name != "enable_email_notification":
                call.reporter.report("PL201", f"parameter {name} is not recognized for Pipeline", call.span)
        pipelines = pipeline_record(call).pipelines
        call.touch(pipelines)
        pipelines.append(self)

    @staticmethod
    def load_yaml(
        call: Call,
        workspace: Value,
        filename: Value,
        _workflow_provider: Value = None,
        _service_endpoint: Value = None,
    ) -> Value:
        """The pipeline of a YAML file."""
        definition = read_pipeline(call, workspace, filename)
        if isinstance(definition, Unknown):
            return definition
        return Pipeline(call, workspace, definition.steps, definition.description)

    @property
    def graph(self) -> Value:
        """Not known: pipelift does not model the service's graph."""
        return Unknown("pipelift does not model the graph of the service", self.span)

    def validate(self, call: Call) -> Value:
        """Nothing to report: pipelift's own checks run later."""
        return []

    def submit(
        self,
        call: Call,
        experiment_name: Value,
        pipeline_parameters: Value = None,
        continue_on_step_failure: Value = False,
        regenerate_outputs: Value = False,
        parent_run_id: Value = None,
        credential_passthrough: Value = None,
        **kwargs: Value,
    ) -> Value:
        """Run the pipeline in an experiment."""
        options = {
            "pipeline_parameters": pipeline_parameters,
            "continue_on_step_failure": continue_on_step_failure,
            "regenerate_outputs": regenerate_outputs,
        }
        note_submission(call, self, "submitted", experiment_name, options)
        return PipelineRun(call, self)

    def service_endpoint(self, call: Call) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its service's address", call.span)

    def publish(
        self,
        call: Call,
        name: Value = None,
        description: Value = None,
        version: Value = None,
        continue_on_step_failure: Value = None,
    ) -> Value:
        """Publish the pipeline under a name."""
        options = {
            "continue_on_step_failure": continue_on_step_failure or False,
            "description": description,
            "version": version,
        }
        note_submission(call, self, "published", name, options)
        return PublishedPipeline(call, self, name, version)


@dataclass(slots=True)
class Submission:
    """What the program does with a pipeline, and as what.

    `kind` is submitted, published, addressed (it joins an endpoint), started (a published one) or scheduled.
    """

    pipeline: Pipeline
    kind: str
    name: Value
    span: Span
    options: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True)
class PipelineRecord:
    """The pipelines that the program builds and what it does with them, in the order of creation."""

    pipelines: list[Pipeline] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    _published: dict[int, tuple[Value, Pipeline]] = field(default_factory=dict)

    def note_published(self, identity: Value, pipeline: Pipeline) -> None:
        """Note that `identity`, an id that only the service knows, is that of `pipeline`."""
        self._published[id(identity)] = (identity, pipeline)

    def find_published(self, identity: Value) -> Pipeline | None:
        """The pipeline of an id that the service gave; None where the program did not publish it."""
        entry = self._published.get(id(identity))
        return entry[1] if entry else None


def pipeline_record(call: Call) -> PipelineRecord:
    """What the evaluation of the call notes of pipelines."""
    return record_of(call).part(PipelineRecord)


def order_of(pipeline: Pipeline, step: PipelineStep) -> tuple[Value, ...]:
    """What `step` runs after in a pipeline: a `RunAfter` for each step, or something unknown."""
    entry = pipeline._after.get(id(step))
    return entry[1] if entry else tuple(step.orders)


def _freeze_lists(steps: Value) -> Value:
    """Copies of the lists of steps, which later changes do not affect."""
    if isinstance(steps, list):
        return [_freeze_lists(step) for step in steps]
    if isinstance(steps, StepSequence):
        frozen = copy.copy(steps)
        frozen.__dict__["steps"] = _freeze_lists(steps.steps)
        return frozen
    return steps


def _collect_reachable(steps: Value) -> list[PipelineStep]:
    """The listed steps and those upstream of them. Iterative, since chains can be long."""
    reached: dict[int, PipelineStep] = {}
    pending: list[Value] = [steps]
    while pending:
        element = pending.pop()
        if isinstance(element, (list, StepSequence)):
            inner = element.steps if isinstance(element, StepSequence) else element
            pending.extend(inner if isinstance(inner, list) else ())
            continue
        step = element if isinstance(element, PipelineStep) else find_producer(element)
        if step is not None and id(step) not in reached:
            reached[id(step)] = step
            pending.extend(step.after)
            pending.extend(port.source for port in step.ports.inputs)
    return list(reached.values())


def note_submission(
    call: Call, pipeline: Pipeline, kind: str, name: Value, options: dict[str, Value]
) -> None:
    """Note that the program submits, publishes or schedules a pipeline."""
    submissions = pipeline_record(call).submissions
    call.touch(submissions)
    submissions.append(Submission(pipeline, kind, name, call.span, options))
    call.reporter.mark()


@sdk("azureml.core", "azureml.core.run", name="Run")
class Run(Modelled):
    """A run: its results are not known before it runs. `_pipeline` is what runs, if that is known."""

    def __init__(self, call: Call, pipeline: Value = None, *args: Value, **_: Value) -> None:
        self.span = call.span
        self._pipeline = pipeline
        self.id = Unknown("only a run has an id", call.span)
        self.experiment: Value = Unknown("only a run knows its experiment", call.span)

    @staticmethod
    def get_context(call: Call, *args: Value, **_: Value) -> Value:
        """The definition itself is no run."""
        return Run(call)

    def wait_for_completion(self, call: Call, *args: Value, **_: Value) -> Value:
        """Nothing to wait for."""
        return None

    def get_metrics(self, call: Call, *args: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only a run has metrics", call.span)

    def get_children(self, call: Call, *args: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only a run has children", call.span)

    def get_steps(self, call: Call) -> Value:
        """Not known."""
        return Unknown("only a run has steps", call.span)

    def get_status(self, call: Call) -> Value:
        """Not known."""
        return Unknown("only a run has a status", call.span)

    def get_portal_url(self, call: Call) -> Value:
        """Not known."""
        return Unknown("only a run has a page", call.span)

    def log(self, call: Call, *args: Value, **_: Value) -> Value:
        """Nothing is logged."""
        return None


@sdk("azureml.pipeline.core", "azureml.pipeline.core.run")
class PipelineRun(Run):
    """A run of a pipeline."""

    def publish_pipeline(
        self,
        call: Call,
        name: Value,
        description: Value,
        version: Value,
        continue_on_step_failure: Value = None,
        **kwargs: Value,
    ) -> Value:
        """Publish the pipeline of the run."""
        if isinstance(self._pipeline, Pipeline):
            options = {
                "description": description,
                "continue_on_step_failure": continue_on_step_failure,
                "version": version,
            }
            note_submission(call, self._pipeline, "published", name, options)
        pipeline = self._pipeline if isinstance(self._pipeline, Pipeline) else None
        return PublishedPipeline(call, pipeline, name, version)


@sdk("azureml.pipeline.core")
class PublishedPipeline(Modelled):
    """A published pipeline."""

    def __init__(
        self,
        call: Call,
        pipeline: Pipeline | None = None,
        name: Value = None,
        version: Value = None,
        *args: Value,
        **_: Value,
    ) -> None:
        self.span = call.span
        self.name = name
        self._pipeline = pipeline
        self.id = Unknown("only the service knows the id of a published pipeline", call.span)
        self.endpoint = Unknown("only the service knows the address of a published pipeline", call.span)
        self.version = version
        if isinstance(pipeline, Pipeline):
            pipeline_record(call).note_published(self.id, pipeline)

    @property
    def source(self) -> Value:
        """The pipeline, where the program builds it."""
        return self._pipeline

    @staticmethod
    def get(call: Call, workspace: Value, id: Value, *args: Value, **_: Value) -> Value:
        """One that is there already."""
        return PublishedPipeline(call)

    def submit(
        self,
        call: Call,
        workspace: Value,
        experiment_name: Value,
        pipeline_parameters: Value = None,
        _workflow_provider: Value = None,
        _service_endpoint: Value = None,
        parent_run_id: Value = None,
        continue_on_step_failure: Value = None,
        **_: Value,
    ) -> Value:
        """Run it."""
        if isinstance(self._pipeline, Pipeline):
            options = {
                "pipeline_parameters": pipeline_parameters,
                "continue_on_step_failure": continue_on_step_failure,
            }
            note_submission(call, self._pipeline, "started", experiment_name, options)
        return PipelineRun(call, self._pipeline)

    @staticmethod
    def list(call: Call, workspace: Value, *args: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its published pipelines", call.span)

    @staticmethod
    def get_all(call: Call, workspace: Value, *args: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its published pipelines", call.span)

    def disable(self, call: Call) -> Value:
        """Nothing is switched off."""
        return None

    def enable(self, call: Call) -> Value:
        """Nothing is switched on."""
        return None

    def get_portal_url(self, call: Call) -> Value:
        """Not known."""
        return Unknown("only the service knows the page of a pipeline", call.span)


@sdk("azureml.core", "azureml.core.experiment")
class Experiment(Modelled):
    """What runs are filed under."""

    def __init__(self, call: Call, workspace: Value, name: Value, *args: Value, **_: Value) -> None:
        self.span = call.span
        self.workspace = workspace
        self.name = name

    def submit(self, call: Call, config: Value, tags: Value = None, **kwargs: Value) -> Value:
        """Run a pipeline; a run of anything else is not pipelift's business."""
        if isinstance(config, Pipeline):
            options = {**kwargs, "tags": tags}
            options.setdefault("pipeline_parameters", kwargs.get("pipeline_params"))  # its older name
            note_submission(call, config, "submitted", self.name, options)
            return PipelineRun(call, config)
        if isinstance(config, PublishedPipeline):
            return config.submit(call, self.workspace, self.name, **kwargs)
        return PipelineRun(call)

    def get_portal_url(self, call: Call) -> Value:
        """Not known."""
        return Unknown("only the service knows the page of an experiment", call.span)

    def get_runs(self, call: Call, *args: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the service knows the runs of an experiment", call.span)
