"""What differs between two pipelines, and which steps would run again for it."""

from pipelift.compiler.diff.compare import Difference, Section, compare
from pipelift.compiler.diff.rerun import Again
from pipelift.compiler.diff.whole import Report, diff

__all__ = ["Again", "Difference", "Report", "Section", "compare", "diff"]
