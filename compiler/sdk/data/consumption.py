"""How a step consumes a dataset, or an output of another step: a name and a mode."""

from __future__ import annotations

import re

from pipelift.compiler.evaluate.values import Call, Interpolated, Modelled, Value
from pipelift.compiler.sdk.data.pipeline_data import PipelineParameter
from pipelift.compiler.sdk.data.tables import Consumable
from pipelift.compiler.sdk.registry import sdk

INPUT_NAME = re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*")
"""The names that the SDK allows for inputs and outputs of datasets (`data/_config_helper.py`)."""


@sdk("azureml.data.dataset_consumption_config")
class DatasetConsumptionConfig(Modelled):
    """A dataset, or an output of a step, as a named input with a mode."""

    def __init__(
        self, call: Call, name: Value, dataset: Value, mode: Value = "direct", path_on_compute: Value = None
    ) -> None:
        self.span = call.span
        self.name = name
        self.dataset = dataset
        self.mode = mode
        self.path_on_compute = path_on_compute
        if isinstance(name, str) and not INPUT_NAME.fullmatch(name):
            message = f"'{name}' is no name for an input: letters, digits and _ only, no digit first"
            call.reporter.report("PL221", message, call.span)

    @property
    def is_table(self) -> bool:
        """Whether the data is a table, as far as the program says."""
        data = self.dataset.default_value if isinstance(self.dataset, PipelineParameter) else self.dataset
        return isinstance(data, Consumable) and data.is_table

    @property
    def arg_val(self) -> Value:
        """The data's path inside a text."""
        return Interpolated((self,))

    def text_parts(self) -> tuple[Value, ...] | None:
        """Inside a text the input stands for its path."""
        return (self,)

    def _with_mode(self, call: Call, mode: str, path_on_compute: Value) -> Value:
        if self.is_table:
            message = f"a tabular dataset cannot be consumed as {mode}: the SDK has only the table itself"
            call.reporter.report("PL222", message, call.span)
        return DatasetConsumptionConfig(call, self.name, self.dataset, mode, path_on_compute)

    def as_mount(self, call: Call, path_on_compute: Value = None) -> Value:
        """The same input, mounted: a new object, as in the SDK."""
        return self._with_mode(call, "mount", path_on_compute)

    def as_download(self, call: Call, path_on_compute: Value = None) -> Value:
        """The same input, downloaded: a new object, as in the SDK."""
        return self._with_mode(call, "download", path_on_compute)

    def as_hdfs(self, call: Call) -> Value:
        """The same input for Spark."""
        return self._with_mode(call, "hdfs", None)
