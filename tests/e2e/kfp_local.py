"""A program: runs a compiled pipeline in kfp's own local DockerRunner. Exit status 1 if a task fails.

python kfp_local.py pipeline.yaml OUTPUT_FOLDER VOLUMES_JSON ARGUMENTS_JSON
"""

import json
import sys

from kfp import components, local


def main(pipeline: str, root: str, volumes: str, arguments: str) -> None:
    """Run it; kfp raises, and so the process fails, where a task fails."""
    runner = local.DockerRunner(volumes=json.loads(volumes))
    local.init(runner=runner, pipeline_root=root, raise_on_error=True)
    components.load_component_from_file(pipeline)(**json.loads(arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
