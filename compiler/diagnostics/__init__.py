"""Diagnostics with their spans, the table of codes, and how both are shown."""

from pipelift.compiler.diagnostics.refused import Refused, raise_errors
from pipelift.compiler.diagnostics.reporter import Cause, Diagnostic, Reporter, Severity

__all__ = ["Cause", "Diagnostic", "Refused", "Reporter", "Severity", "raise_errors"]
