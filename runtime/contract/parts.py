"""The lists of files and packages behind the digests in a record: each once, in the state or with the step."""

import os
from typing import Any, Dict, Optional

from .paths import PARTS
from .untrusted import is_component, read_json


def part_path(folder: str, digest: str) -> str:
    """Where the list under `digest` lies in the `folder` of the state or of a step."""
    return os.path.join(folder, PARTS, digest + ".json")


def read_part(folder: str, digest: str) -> Optional[Dict[str, Any]]:
    """The list that is kept in `folder` under `digest`; None where there is none, or it is no such name."""
    return read_json(part_path(folder, digest)) if is_component(digest) else None
