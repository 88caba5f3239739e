"""A program: runs a compiled pipeline in kfp's own local DockerRunner. Exit status 1 if a task fails.

Its arguments: pipeline.yaml, kfp's pipeline root, a JSON object of the host folders to mount (for reading) by
their places in the containers, and a JSON object of the pipeline's arguments.
"""

import json
import sys

from docker.types import Mount
from kfp import components, local


def main(pipeline: str, root: str, folders: str, arguments: str) -> None:
    """Run it; kfp raises, and so the process fails, where a task fails."""
    places = json.loads(folders)
    mounts = [Mount(place, folder, type="bind", read_only=True) for place, folder in places.items()]
    local.init(runner=local.DockerRunner(mounts=mounts), pipeline_root=root, raise_on_error=True)
    components.load_component_from_file(pipeline)(**json.loads(arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
