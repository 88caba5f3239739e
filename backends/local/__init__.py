"""The local runner: each step a process of this machine. `RUNNER` is what the entry point names."""

from pipelift.backends.local.runner import LocalRunner

RUNNER = LocalRunner()

__all__ = ["RUNNER", "LocalRunner"]
