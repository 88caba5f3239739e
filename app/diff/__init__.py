"""What differs between two pipelines, and which steps would run again for it."""

from pipelift.app.diff.compare import Difference, Section, compare
from pipelift.app.diff.rerun import Rerun
from pipelift.app.diff.whole import Report, diff

__all__ = ["Difference", "Report", "Rerun", "Section", "compare", "diff"]
