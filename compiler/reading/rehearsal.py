"""libcst's parser tried in a process of its own: what ends that process, or keeps it too long, is not parsed in ours.

libcst is native code: its stack overflow or its abort ends the whole process, and no handler sees it. A process costs
0.3 s, so only a text of unusual shape is tried first; `syntax` knows which.
"""

from __future__ import annotations

import json
import subprocess
import sys

SECONDS = 5
"""How much processor time the parser may take. A text at the limits takes 3 s."""

PATIENCE = 30
"""How many seconds the process may take by the clock, on a machine that has much else to do."""

MEMORY = 1 << 30
"""How many bytes the process may address."""

STACK = 4 << 20
"""Half the stack that a thread usually has, so that what fits there fits in any thread of ours."""

_CHILD = """
import json, sys, threading
request = json.load(sys.stdin)
sys.path[:] = request["path"]
try:
    import resource
except ImportError:  # not on this system: the clock alone limits the parser
    pass
else:
    resource.setrlimit(resource.RLIMIT_CPU, (request["seconds"], request["seconds"]))
    resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import libcst

def parse():
    try:
        libcst.parse_module(request["text"])
    except (MemoryError, RecursionError):
        return  # not what the text is to blame for, but no success either
    except Exception:
        pass  # a syntax error is told by whoever parses it next
    print("parsed")

threading.stack_size(request["stack"])
thread = threading.Thread(target=parse)
thread.start()
thread.join()
"""


def survives_parser(text: str) -> bool:
    """Whether libcst's parser comes back from `text`, in the time and memory that it may take."""
    request = {"text": text, "path": sys.path, "seconds": SECONDS, "memory": MEMORY, "stack": STACK}
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-c", _CHILD],
            input=json.dumps(request),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return child.stdout.strip() == "parsed"
