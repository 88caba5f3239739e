"""`DataTransferStep`: a copy between two places by Azure Data Factory."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Unknown, Value
from pipelift.compiler.sdk.data.datastores import DataPath, DataReference
from pipelift.compiler.sdk.data.pipeline_data import InputPortBinding, PipelineData, PipelineParameter
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.steps.step import PipelineStep

OUTPUT = "_data_transfer_output"
"""What the SDK calls the step's output."""


@sdk("azureml.pipeline.steps", "azureml.pipeline.steps.data_transfer_step")
class DataTransferStep(PipelineStep):
    """Copies data. Source and destination are both inputs (measured); consumers take `get_output()`."""

    interpreter = None
    refused = "Azure Data Factory: write a PythonScriptStep whose script copies the data"

    def __init__(
        self,
        call: Call,
        name: Value,
        source_data_reference: Value = None,
        destination_data_reference: Value = None,
        compute_target: Value = None,
        source_reference_type: Value = None,
        destination_reference_type: Value = None,
        allow_reuse: Value = True,
    ) -> None:
        self._begin(call, name, allow_reuse)
        self._require(
            call,
            name=name,
            source_data_reference=source_data_reference,
            destination_data_reference=destination_data_reference,
            compute_target=compute_target,
        )
        self.program = "copy"
        self._configure(call, compute_target, None)
        self._output = PipelineData(call, OUTPUT, datastore=_find_store(destination_data_reference))
        ends = [end for end in (source_data_reference, destination_data_reference) if end is not None]
        self._collect(call, None, ends, [self._output])

    def get_output(self, call: Call) -> Value:
        """The output, for consumers."""
        return self._output


def _find_store(destination: Value) -> Value:
    """The store that the copy ends in."""
    if isinstance(destination, InputPortBinding):
        destination = destination.bind_object
    if isinstance(destination, tuple) and destination:
        first: Value = destination[0]
        destination = first.default_value if isinstance(first, PipelineParameter) else first
    if isinstance(destination, (DataPath, DataReference, PipelineData)):
        return destination.datastore
    return destination if isinstance(destination, Unknown) else None
