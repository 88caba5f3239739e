"""What differs between two pipelines, and which steps would run again for it."""

from pipelift.app.diff.compare import Difference, Section, compare
from pipelift.app.diff.rerun import Again
from pipelift.app.diff.whole import Report, diff

__all__ = ["Again", "Difference", "Report", "Section", "compare", "diff"]
