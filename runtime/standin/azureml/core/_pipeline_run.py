"""`azureml.pipeline.core.PipelineRun`: the pipeline's run, asked for the runs of its steps."""

from typing import Iterator, List

from azureml.core.run import Run


class PipelineRun(Run):
    def find_step_run(self, name: str) -> List[Run]:
        """The runs of the step of that name: one, or none where it has not ended."""
        return [run for run in self.get_children() if run.name == name]

    def get_steps(self) -> Iterator[Run]:
        return self.get_children()
