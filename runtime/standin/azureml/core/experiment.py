"""`Experiment`: the name under which the runs of a pipeline are filed."""

import os

from azureml._runtime.contract import paths
from azureml._uncovered import Covered


class Experiment(Covered):
    def __init__(self, workspace, name=None, **kwargs):
        self.workspace = workspace
        self.name = name if name is not None else workspace._context.experiment
        self.id = self.name
        self.tags = {}

    @property
    def workspace_object(self):
        return self.workspace

    def get_runs(self, type=None, tags=None, properties=None, include_children=False):
        """The runs in the state folder, the latest first; those that carry `tags` (a name or a dict)."""
        from azureml.core.run import Run, has_tags

        folder = os.path.join(self.workspace._context.state, paths.RUNS)
        for run_id in sorted(os.listdir(folder), reverse=True):
            run = Run(self, run_id)
            found = [run, *run.get_children()] if include_children else [run]
            for candidate in found:
                if has_tags(candidate.tags, tags) and has_tags(candidate.properties, properties):
                    yield candidate
