"""The JSON Schema of `pipeline.ir.json`: printed from the models, committed beside them as ``schema.json``.

``python -m pipelift.compiler.ir.schema > compiler/ir/schema.json`` brings the committed file up to date.
"""

from __future__ import annotations

import json

from pipelift.compiler.ir.model import SCHEMA_VERSION
from pipelift.compiler.ir.wire import json_schema


def schema_text() -> str:
    """The schema (JSON Schema 2020-12) as it is committed, with a newline at the end."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"pipelift IR, schema_version {SCHEMA_VERSION}; printed by pipelift.compiler.ir.schema",
        **json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
