"""A script whose arguments are secrets: no command line shows them, and the script notices nothing."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pipelift.compiler import ir
from pipelift.runtime import starting
from pipelift.runtime.contract.secrets import variable
from pipelift.runtime.secrets import Secrets
from tests.support.runtime_world import World, arguments

SECRET = "canary-arg-41"

NOTICES = """
    '''The script's own words.'''
    import sys, os
    print(__name__, __file__, __doc__, __spec__, __package__, sys.argv, sys.path[0], sys.flags)
    print(sorted(name for name in globals()), sys.modules["__main__"].__dict__ is globals())
    print([name for name in os.environ if "PIPELIFT" in name], sorted(sys.modules) == sorted(set(sys.modules)))
"""
ENDINGS = {
    "returns": "print('done')",
    "exits": "import sys; sys.exit(7)",
    "exits with words": "import sys; sys.exit('words')",
    "raises": "def f():\n    raise ValueError('it')\nf()",
    "raises from": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise KeyError('x') from error",
    "no syntax": "def f(:\n    pass",
    "at exit": "import atexit, sys\natexit.register(print, 'bye')\nsys.exit(3)",
    "a thread": "import threading, time\ndef f():\n    time.sleep(0.2); print('late', __name__)\n"
    "threading.Thread(target=f).start()",
    "own hook": "import sys\nsys.excepthook = lambda *error: print('hook', error[0].__name__)\n1 / 0",
    "kills itself": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)",
    "coded": "# -*- coding: latin-1 -*-\nprint(len('\\xe4'))",
    "future": "from __future__ import annotations\ndef f(x: nowhere): pass\nprint(f.__annotations__)",
    "argparse": "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--password')\n"
    "print(parser.prog, parser.parse_args().password)",
    "wrong usage": "import argparse\nargparse.ArgumentParser().parse_args(['--what'])",
    "pickles": "import pickle\nclass A:\n    pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)",
    "spawns": "import multiprocessing as m, sys\ndef f(x):\n    return x, sys.argv[1:], __name__\n"
    "if __name__ == '__main__':\n    with m.get_context('spawn').Pool(1) as pool:\n        print(pool.map(f, [1]))",
}


def both(python: str, folder: Path, script: str, *options: str) -> list[tuple[int, str, str]]:
    """What the script does as it is started by itself, and with its argument hidden."""
    (folder / "main.py").write_text(textwrap.dedent(script), encoding="latin-1")
    hidden = {**os.environ, starting.VARIABLE: json.dumps({2: SECRET})}
    shown = ["main.py", "--password", "***"]
    commands = (
        ([python, *options, "main.py", "--password", SECRET], dict(os.environ)),
        ([python, *options, starting.__file__, *shown], hidden),
    )
    done = [
        subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
        for command, environ in commands
    ]
    return [(one.returncode, one.stdout, one.stderr) for one in done]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_script_ends_as_it_does_by_itself(python: str, tmp_path: Path, ending: str) -> None:
    alone, hidden = both(python, tmp_path, ENDINGS[ending])
    assert hidden == alone


@pytest.mark.parametrize("options", [(), ("-s",), ("-O",)])
def test_a_script_sees_what_it_sees_by_itself(python: str, tmp_path: Path, options: tuple[str, ...]) -> None:
    alone, hidden = both(python, tmp_path, NOTICES, *options)
    assert alone[0] == 0, alone
    assert hidden == alone


def test_no_command_line_shows_the_secret(tmp_path: Path) -> None:
    world = World(tmp_path)
    name = world.parameter("db_password", None)
    words = (
        *arguments("--rate", "1", "--password"),
        ir.ParameterValue(parameter=name),
        ir.Concatenation(parts=(ir.Literal(value="--db=x:"), ir.ParameterValue(parameter=name))),
    )
    script = """
    import os, sys, hashlib, subprocess
    print([hashlib.md5(word.encode()).hexdigest() for word in sys.argv[1:]])
    lines = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/" + name + "/cmdline") as file:
                    lines.append(file.read())
            except OSError:
                pass
    print(any(os.environ["AML_PARAMETER_db_password"] in line for line in lines), len(lines) > 1)
    print("***" in open("/proc/self/cmdline").read().split("\\0"))
    """
    world.step(script, arguments=words)
    assert world.run(parameters={name: SECRET}, python=sys.executable).status == "completed", world.lines
    given = ["--rate", "1", "--password", SECRET, f"--db=x:{SECRET}"]
    digests = [hashlib.md5(word.encode()).hexdigest() for word in given]
    assert world.lines == [str(digests), "False True", "True"]


def test_a_secret_argument_is_read_from_its_secret(tmp_path: Path) -> None:
    world = World(tmp_path)
    parts = (ir.Literal(value="--url=https://u:"), ir.SecretValue(secret="api.key"), ir.Literal(value="@h"))
    words = (*arguments("--key"), ir.SecretValue(secret="api.key"), ir.Concatenation(parts=parts))
    script = (
        "import sys\nprint([word[::-1] for word in sys.argv[1:]])\nprint(open('/proc/self/cmdline').read())"
    )
    world.step(script, arguments=words)
    result = world.run(secrets=Secrets(None, {variable("api.key"): SECRET}), python=sys.executable)
    assert result.status == "completed", result.reason
    assert world.lines[0] == str([word[::-1] for word in ("--key", SECRET, f"--url=https://u:{SECRET}@h")])
    assert world.lines[1].split("\0")[2:6] == ["main.py", "--key", "***", "***"]
    written = [path.read_bytes() for path in world.state.rglob("*") if path.is_file()]
    assert written and not [data for data in written if SECRET.encode() in data]
    assert world.record()["made_of"]["arguments"][1] == "<secret api.key>"


def test_a_secret_argument_that_is_missing_is_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step("print('never')", arguments=(ir.SecretValue(secret="api.key"),))
    result = world.run()
    assert (result.status, world.lines) == ("failed", [])
    assert (
        "the secret 'api.key' is not there: put it into the variable PIPELIFT_SECRET_API_KEY" in result.reason
    )


def test_other_programs_are_started_as_they_are(tmp_path: Path) -> None:
    world = World(tmp_path)
    name = world.parameter("db_password", None)
    world.step(
        "print('never')",
        run=ir.model.Command(program="echo"),
        arguments=(ir.ParameterValue(parameter=name),),
    )
    assert world.run(parameters={name: SECRET}).status == "completed"
    assert world.lines == ["***"]


def test_steps_without_a_secret_are_started_as_they_are(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.parameter("rate", "1")
    world.step("import sys\nprint(getattr(sys, 'orig_argv', [0, 'main.py'])[1])", arguments=arguments("--a"))
    assert world.run().status == "completed"
    assert world.lines == ["main.py"]
