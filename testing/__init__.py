"""The tests of a target, ready to run: `conform(TARGET)` in a test of your own is a whole suite."""

from pipelift.testing.conformance import Conformance, NotConforming, conform, examine
from pipelift.testing.sample import Contents, sample

__all__ = ["Conformance", "Contents", "NotConforming", "conform", "examine", "sample"]
