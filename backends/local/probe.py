"""Asks the Python that will run the steps what it is and which modules it has: one process in all."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

from pipelift.backends.local.interpreter import Interpreter
from pipelift.compiler.diagnostics import Refused

# For Python 3.6 and later. The folder that we were started in leaves the path before anything is imported: scripts run
# elsewhere, and a json.py in it would be executed here.
_QUESTION = """\
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import importlib.util, json
def there(name):
    try:
        return name in sys.modules or importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
missing = [name for name in json.load(sys.stdin) if not there(name)]
json.dump({"version": list(sys.version_info[:3]), "missing": missing}, sys.stdout)
"""
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The interpreter's version, and which of the modules asked for it cannot find."""

    version: tuple[int, ...]
    missing: frozenset[str]


def ask(interpreter: Interpreter, modules: Iterable[str]) -> Answer:
    """Ask `interpreter` for top-level `modules`; none is imported.

    Raises `Refused` (PL510) where it cannot be started, or does not answer as a Python.
    """
    try:
        process = subprocess.run(
            [interpreter.path, "-c", _QUESTION],
            input=json.dumps(sorted(modules)),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        )
        answer = json.loads(process.stdout)
        return Answer(tuple(answer["version"]), frozenset(answer["missing"]))
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or [f"exit status {error.returncode}"]
        raise _refuse_interpreter(interpreter, lines[-1]) from error
    except subprocess.TimeoutExpired as error:
        raise _refuse_interpreter(interpreter, f"it gave no answer in {_PATIENCE:g} s") from error
    except OSError as error:
        raise _refuse_interpreter(interpreter, error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise _refuse_interpreter(interpreter, "it did not answer as a Python does") from error


def _refuse_interpreter(interpreter: Interpreter, reason: str) -> Refused:
    return Refused("PL510", f"the Python {interpreter.path} ({interpreter.why}) cannot be started: {reason}")
