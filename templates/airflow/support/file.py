"""What each DAG file says for itself. The values here only stand in for those of the file."""

from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
"""The folder of the DAG file."""

STATE = "state"
"""The folder on the host in which runs and results are recorded."""

FIELDS: Mapping[str, tuple[str | None, str]] = {}
"""For the secrets of stores, what their clients call login and password of a connection."""
