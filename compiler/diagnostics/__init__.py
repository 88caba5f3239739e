"""What a user is told: diagnostics with their spans, the table of codes, and how both are shown."""

from pipelift.compiler.diagnostics.reporter import Cause, Diagnostic, Reporter, Severity

__all__ = ["Cause", "Diagnostic", "Reporter", "Severity"]
