"""`Experiment`: the name under which the runs of a pipeline are filed."""

import os
from typing import TYPE_CHECKING, Any, Dict, Iterator, Optional

from azureml._runtime.contract import paths
from azureml._uncovered import Covered

if TYPE_CHECKING:
    from azureml.core._tags import Asked
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace


class Experiment(Covered):
    def __init__(self, workspace: "Workspace", name: Optional[str] = None, **kwargs: Any) -> None:
        self.workspace = workspace
        self.name = name if name is not None else workspace._context.experiment
        self.id = self.name
        self.tags: Dict[str, Any] = {}

    @property
    def workspace_object(self) -> "Workspace":
        return self.workspace

    def get_runs(
        self,
        type: Optional[str] = None,
        tags: "Asked" = None,
        properties: "Asked" = None,
        include_children: bool = False,
    ) -> Iterator["Run"]:
        """The runs in the state folder, the latest first; those that carry `tags` (a name or a dict)."""
        from azureml.core._tags import has_tags
        from azureml.core.run import Run

        folder = os.path.join(self.workspace._context.state, paths.RUNS)
        for run_id in sorted(os.listdir(folder), reverse=True):
            run = Run(self, run_id)
            candidates = [run, *run.get_children()] if include_children else [run]
            for candidate in candidates:
                if has_tags(candidate.tags, tags) and has_tags(candidate.properties, properties):
                    yield candidate
