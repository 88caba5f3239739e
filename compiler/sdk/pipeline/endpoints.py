"""`PipelineEndpoint`: a lasting address whose pipeline may change."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.pipeline.pipeline import (
    Pipeline,
    PipelineRun,
    PublishedPipeline,
    note_submission,
    pipeline_record,
)
from pipelift.compiler.sdk.registry import sdk


@sdk("azureml.pipeline.core", "azureml.pipeline.core.pipeline_endpoint")
class PipelineEndpoint(Modelled):
    """A lasting address of published pipelines, one of which is what it starts."""

    def __init__(self, call: Call, *args: Value, **options: Value) -> None:
        self.span = call.span
        self.name = options.get("name")
        self.description = options.get("description")
        self.id: Value = Unknown("only the service knows the id of an endpoint", call.span)
        self.endpoint = Unknown("only the service knows the address of an endpoint", call.span)
        self.default_version: Value = Unknown("only the service knows the versions of an endpoint", call.span)
        self._default: Pipeline | None = None

    @staticmethod
    def publish(
        call: Call,
        workspace: Value,
        name: Value,
        description: Value,
        pipeline: Value,
        _workflow_provider: Value = None,
        _service_endpoint: Value = None,
    ) -> Value:
        """A new endpoint for a pipeline."""
        endpoint = PipelineEndpoint(call, name=name, description=description)
        endpoint._add(call, pipeline, default=True)
        return endpoint

    @staticmethod
    def get(call: Call, workspace: Value, id: Value = None, name: Value = None, **_: Value) -> Value:
        """One that is there already."""
        return PipelineEndpoint(call, name=name)

    @staticmethod
    def list(call: Call, workspace: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its endpoints", call.span)

    @staticmethod
    def get_all(call: Call, workspace: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its endpoints", call.span)

    def _add(self, call: Call, pipeline: Value, default: bool) -> None:
        """A Pipeline becomes published under the endpoint's name; a published one is so already."""
        options: dict[str, Value] = {"endpoint": self.name, "default": default}
        if isinstance(pipeline, Pipeline):
            target = pipeline
            note_submission(
                call, pipeline, "published", self.name, {**options, "description": self.description}
            )
        elif isinstance(pipeline, PublishedPipeline) and isinstance(pipeline.source, Pipeline):
            target = pipeline.source
            note_submission(
                call, target, "addressed", pipeline.name, {**options, "version": pipeline.version}
            )
        else:
            return
        if default or self._default is None:
            call.touch(self.__dict__)
            self._default = target
            pipeline_record(call).note_published(self.id, target)

    def add(self, call: Call, pipeline: Value) -> Value:
        """A further pipeline of the endpoint."""
        self._add(call, pipeline, default=False)
        return None

    def add_default(self, call: Call, pipeline: Value) -> Value:
        """The pipeline that the endpoint starts from now on."""
        self._add(call, pipeline, default=True)
        return None

    def set_default(self, call: Call, pipeline: Value) -> Value:
        """The pipeline that the endpoint starts from now on."""
        self._add(call, pipeline, default=True)
        return None

    def set_default_version(self, call: Call, version: Value) -> Value:
        """Nothing is changed in the workspace."""
        return None

    def submit(
        self,
        call: Call,
        experiment_name: Value,
        pipeline_parameters: Value = None,
        parent_run_id: Value = None,
        pipeline_version: Value = None,
        **_: Value,
    ) -> Value:
        """Run the default pipeline, or the one of a version."""
        if self._default is not None and pipeline_version is None:
            options = {"pipeline_parameters": pipeline_parameters}
            note_submission(call, self._default, "started", experiment_name, options)
        return PipelineRun(call, self._default)

    def get_default_version(self, call: Call) -> Value:
        """Not known."""
        return self.default_version

    def list_versions(self, call: Call, *args: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the service knows the versions of an endpoint", call.span)

    def list_pipelines(self, call: Call, *args: Value, **_: Value) -> Value:
        """Not known."""
        return Unknown("only the service knows the pipelines of an endpoint", call.span)
