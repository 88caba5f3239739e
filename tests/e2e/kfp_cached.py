"""A program: as kfp_local.py, with the cache of kfp's local runner switched on."""

import json
import sys

from docker.types import Mount
from kfp import components, local


def main(pipeline: str, root: str, folders: str, arguments: str) -> None:
    """Run it; kfp raises, and so the process fails, where a task fails."""
    mounts = [Mount(place, path, type="bind", read_only=True) for place, path in json.loads(folders).items()]
    runner = local.DockerRunner(mounts=mounts)
    local.init(runner=runner, pipeline_root=root, raise_on_error=True, enable_caching=True)
    components.load_component_from_file(pipeline)(**json.loads(arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
