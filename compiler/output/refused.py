"""The one exception of the output: the folder cannot be written, or may not be."""

from __future__ import annotations

from collections.abc import Collection

from pipelift.compiler.diagnostics import Diagnostic, Severity
from pipelift.compiler.diagnostics.codes import CODES


class OutputRefused(Exception):
    """Wrong usage, exit status 2. `diagnostic` is what to show; `files` are those in question, if any.

    PL539: a file cannot be read or written. PL540: files were changed since they were compiled. PL541: the folder is
    not ours. PL542: the place cannot be written.
    """

    def __init__(self, code: str, message: str, files: Collection[str] = ()) -> None:
        super().__init__(message)
        self.files = tuple(sorted(files))
        self.diagnostic = Diagnostic(code, Severity.ERROR, message, help=CODES[code].remedy)
