"""Files of environments that cannot be read: an error where a step needs what they hold, and no sooner."""

from __future__ import annotations

import shlex

from pipelift.compiler.evaluate.values import Call, Unknown


def find_unreadable(call: Call, path: str, reason: str) -> Unknown:
    """Report that the file `path` cannot be read (PL206); what it holds is the value that is given back."""
    remedy = (
        "Correct the path, which starts at the current folder, as for `python FILE`; or give the file: "
        f"--file {shlex.quote(f'{path}=PATH')}"
    )
    finding = call.reporter.find("PL206", f"'{path}' cannot be read: {reason}", call.span, help=remedy)
    return Unknown(f"'{path}' cannot be read", call.span, finding=finding)
