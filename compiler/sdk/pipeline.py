"""`Pipeline`, `StepSequence`, and what becomes of a pipeline: experiments, publication, schedules."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.record import Submission
from pipelift.compiler.sdk.registry import sdk


@sdk("azureml.pipeline.core", "azureml.pipeline.core.builder")
class StepSequence(Modelled):
    """Steps, or groups of steps, one after the other."""

    def __init__(self, call: Call, steps: Value = None) -> None:
        self.span = call.span
        self.steps = steps if isinstance(steps, list) else ([] if steps is None else [steps])


@sdk("azureml.pipeline.core", "azureml.pipeline.core.pipeline")
class Pipeline(Modelled):
    """A graph of steps. Which steps it has is worked out when it is lowered, from `steps` as they are then."""

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
        self.steps = steps
        self.description = description
        self.default_datastore = default_datastore
        self.default_source_directory = default_source_directory
        for name in kwargs:
            if name != "enable_email_notification":
                call.reporter.report("PL201", f"parameter {name} is not recognized for Pipeline", call.span)
        call.touch(call.record.pipelines)
        call.record.pipelines.append(self)

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
        _submit(call, self, "submitted", experiment_name, options)
        return PipelineRun(call, self)

    def publish(
        self,
        call: Call,
        name: Value = None,
        description: Value = None,
        version: Value = None,
        continue_on_step_failure: Value = None,
    ) -> Value:
        """Publish the pipeline under a name."""
        options = {"continue_on_step_failure": continue_on_step_failure or False, "description": description}
        _submit(call, self, "published", name, options)
        return PublishedPipeline(call, self, name)


def _submit(call: Call, pipeline: Pipeline, kind: str, name: Value, options: dict[str, Value]) -> None:
    call.touch(call.record.submissions)
    call.record.submissions.append(Submission(pipeline, kind, name, call.span, options))


@sdk("azureml.core", "azureml.core.run", name="Run")
class Run(Modelled):
    """A run: what it will say is not known before it runs."""

    def __init__(self, call: Call, *args: Value, **_: Value) -> None:
        self.span = call.span
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
        """Publish the pipeline of the run: it was submitted, so it is there already."""
        return PublishedPipeline(call, None, name)


@sdk("azureml.pipeline.core")
class PublishedPipeline(Modelled):
    """A published pipeline."""

    def __init__(
        self, call: Call, pipeline: Pipeline | None = None, name: Value = None, *args: Value, **_: Value
    ) -> None:
        self.span = call.span
        self.name = name
        self._pipeline = pipeline
        self.id = Unknown("only the service knows the id of a published pipeline", call.span)
        self.endpoint = Unknown("only the service knows the address of a published pipeline", call.span)
        self.version: Value = None

    @staticmethod
    def get(call: Call, workspace: Value, id: Value, *args: Value, **_: Value) -> Value:
        """One that is there already."""
        return PublishedPipeline(call)

    def submit(self, call: Call, workspace: Value, experiment_name: Value, *args: Value, **_: Value) -> Value:
        """Run it."""
        return PipelineRun(call)


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
            _submit(call, config, "submitted", self.name, options)
        return PipelineRun(call)

    def get_portal_url(self, call: Call) -> Value:
        """Not known."""
        return Unknown("only the service knows the page of an experiment", call.span)

    def get_runs(self, call: Call, *args: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the service knows the runs of an experiment", call.span)
