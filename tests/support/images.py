"""An output folder with nothing in it but a list of images."""

from __future__ import annotations

import json
from pathlib import Path

ENTRY = {"dockerfile": "environments/e/Dockerfile", "arguments": {"STEP": "a b"}}


def images_folder(root: Path, *references: str) -> Path:
    """`root` with the files of an output folder that `pipelift build` reads, for images of these names."""
    listed = [{"reference": reference, **ENTRY} for reference in references]
    (root / "images.json").write_text(json.dumps(listed))
    facts = {"pipelift": "1", "target": "compose", "pipeline": "p", "source": "p.py", "git": None}
    lists = dict.fromkeys(("files", "diagnostics", "losses"), ())
    (root / "manifest.json").write_text(json.dumps({**facts, **lists}))
    return root
