"""The evaluator against CPython: what it says is known must be what Python computes, exceptions included."""

# ruff: noqa: E501  (programs stand on one line)

from __future__ import annotations

import _thread
import contextlib
import io
import signal
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.driver import evaluate
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.evaluate.stack import Stack, TooDeep
from pipelift.compiler.evaluate.values import Iter, Unknown, find_unknown
from pipelift.compiler.options import Options
from pipelift.compiler.reading.source import Program, parse
from pipelift.compiler.sdk.record import Record
from tests.compiler.evaluate.programs import EXPRESSIONS, NAMES, PROGRAMS
from tests.support.budgets import check_ends_in_time

QUICK = settings(
    max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
HERE = Path("/nowhere")


def run(text: str, **given: Any) -> tuple[dict[str, Any], Reporter]:
    """The names that a program leaves, and what was told of it."""
    reporter = Reporter()
    path = HERE / "program.py"
    source = parse(text, path, path.name, reporter)
    assert source is not None, [one.message for one in reporter]
    outside = Outside(HERE, HERE, path, given.get("environment", {}))
    program = Program(path.name, (source,), {})
    return evaluate(program, outside, Record(), reporter, Options(**given)).names, reporter


def python(text: str) -> tuple[dict[str, Any], str | None]:
    """The names that CPython leaves, and the class of the exception that ends it."""
    names: dict[str, Any] = {}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        code = compile(text, "program", "exec")
        events = 0

        def count(frame: Any, event: str, arg: Any) -> Any:
            nonlocal events
            events += 1
            if events > 50_000:
                raise TooLong
            return count

        before = sys.gettrace()
        sys.settrace(count)
        try:
            exec(code, names)  # our own generated text
        except NameError as error:  # pipelift does not follow that a name is local before it is bound
            return names, "UnboundLocalError" if "free variable" in str(error) else type(error).__name__
        except Exception as error:
            return names, type(error).__name__
        finally:
            sys.settrace(before)
    return names, None


class TooLong(BaseException):
    """CPython itself does not come to an end."""


def is_known(value: Any) -> bool:
    return find_unknown(value, 20) is None


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, Iter):
        return True
    return repr(ours) == repr(theirs) or (
        type(ours).__module__.startswith("pipelift") and not isinstance(ours, Unknown)
    )


def check(text: str) -> None:
    try:
        theirs, raised = python(text)
    except (SyntaxError, TooLong):
        return
    if raised == "UnboundLocalError":
        return
    ours, reporter = run(text)
    told = [one for one in reporter if one.code == "PL106"]
    if raised is not None and raised not in ("RecursionError", "MemoryError"):
        ended = told and f"with {raised}" in told[0].message
        loose = any(isinstance(value, Unknown) for value in ours.values())
        assert ended or loose or any(one.code == "PL103" for one in reporter), (
            raised,
            [o.message for o in reporter],
        )
    elif raised is None and not any(isinstance(value, Unknown) for value in ours.values()):
        assert not told, told[0].message
    for name in NAMES:
        if name in ours and is_known(ours[name]) and name in theirs:
            everything_known = all(is_known(value) for key, value in ours.items() if not key.startswith("__"))
            assert same(ours[name], theirs[name]) or not everything_known, (name, ours[name], theirs[name])


@QUICK
@given(EXPRESSIONS)
def test_expressions_have_the_value_that_python_gives(expression: str) -> None:
    check(f"a, b, c, d = 1, 'ab-c', [3, 1, 2], {{'a': 1, 'k': [2]}}\na = {expression}\n")


@QUICK
@given(PROGRAMS)
def test_programs_leave_what_python_leaves(program: str) -> None:
    check(program)


@QUICK
@given(
    st.integers(-(10**6), 10**6),
    st.integers(-70, 70),
    st.sampled_from(["+", "-", "*", "//", "%", "<<", ">>", "**", "&"]),
)
def test_whole_numbers(one: int, other: int, operator: str) -> None:
    check(f"a = {one} {operator} {other}\n")


@pytest.mark.parametrize(
    "text",
    [
        "a = [1, 2, 3]\nb = a\nb += (4,)\nc = a is b\n",
        "a = {}\nfor i in range(3):\n    a.setdefault(i % 2, []).append(i)\n",
        "def f(x):\n    try:\n        return 1 / x\n    except ZeroDivisionError:\n        return 'z'\n    finally:\n        c.append(x)\nc = []\na = f(0), f(2)\n",
        "a = [i for i in range(10) if i % 3 == 0][::-1]\nb = '-'.join(map(str, a))\n",
        "class A(dict):\n    pass\na = 1\n",
        "a = 'x' 'y' f'{1 + 1}' r'\\n'\n",
        "a = b'x' b'y'\n",
        "x = 5\ndef f():\n    return x\nx = 6\na = f()\n",
        "a = [[j for j in range(i)] for i in range(3)]\n",
        "a = dict(zip('ab', range(2)))\nb, c = zip(*a.items())\n",
    ],
)
def test_idioms(text: str) -> None:
    check(text)


def test_a_long_chain_of_statements_takes_linear_time() -> None:
    def seconds(count: int) -> float:
        text = "x0 = 0\n" + "".join(f"x{i + 1} = [x{i}][0] + 1\n" for i in range(count))
        reporter = Reporter()
        source = parse(text, HERE / "p.py", "p.py", reporter)
        assert source is not None
        outside = Outside(HERE, HERE, HERE / "p.py")
        before = time.process_time()
        names = evaluate(Program("p.py", (source,), {}), outside, Record(), reporter, Options()).names
        assert names[f"x{count}"] == count
        return time.process_time() - before

    short, long = seconds(500), seconds(4_000)
    assert long < 8 * 3 * max(short, 0.01)


def test_an_endless_program_ends_in_time() -> None:
    names, reporter = run("x = [0]\nwhile True:\n    x = x + [1]\ny = 2\n")
    assert [one.code for one in reporter] == ["PL108"]
    assert isinstance(names["x"], Unknown) and names["y"] == 2


NESTING = {
    "calls of a user's function": ("def f(n): return 0 if n == 0 else 1 + f(n - 1)\nx = f(95)\n", 95),
    "properties": (
        "class A:\n    def __init__(self, m): self.m = m\n    @property\n    def n(self): return self.m.n + 1 if self.m else 0\n"
        "a = None\nfor i in range(91): a = A(a)\nx = a.n\n",
        90,
    ),
    "texts": (
        "class A:\n    def __init__(self, m): self.m = m\n    def __str__(self): return f'<{self.m}>'\n"
        "a = 1\nfor i in range(90): a = A(a)\nx = len(str(a))\n",
        181,
    ),
    "partials": (
        "from functools import partial\nf = lambda: 7\nfor i in range(500): f = partial(f)\nx = f()\n",
        7,
    ),
    "keys of sorts": (
        "def f(n):\n    return sorted([n, n + 1], key=lambda v: f(n - 1) if n else v)[0]\nx = f(6)\n",
        6,
    ),
    "cases": ("match 299:\n" + "".join(f"    case {i}: x = {i}\n" for i in range(300)), 299),
}


@pytest.mark.parametrize("kind", NESTING)
def test_what_nests_deeply_is_evaluated_under_any_limit(kind: str) -> None:
    """A limit of Python's that the program around sets stays as it is, and is enough."""
    text, expected = NESTING[kind]
    before = sys.getrecursionlimit()
    seen: list[int] = []
    outcome: list[Any] = []

    def evaluated() -> None:
        names, reporter = run(text)
        outcome.extend((names["x"], [one.code for one in reporter]))

    sys.setrecursionlimit(700)
    try:
        thread = threading.Thread(target=evaluated)
        thread.start()
        while thread.is_alive():
            seen.append(sys.getrecursionlimit())
            thread.join(0.001)
        seen.append(sys.getrecursionlimit())
    finally:
        sys.setrecursionlimit(before)
    assert outcome == [expected, []]
    assert set(seen) == {700}


def test_evaluations_in_several_threads_leave_the_process_as_it_was() -> None:
    filters, limit, outcomes = list(warnings.filters), sys.getrecursionlimit(), []
    text = "def f(n): return 0 if n == 0 else 1 + f(n - 1)\nfor i in range(20): x = f(90) + ~True\n"
    threads = [threading.Thread(target=lambda: outcomes.append(run(text)[0]["x"])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [88] * 4
    assert (list(warnings.filters), sys.getrecursionlimit()) == (filters, limit)
    assert [one for one in threading.enumerate() if one.name == "pipelift-evaluate"] == []


def test_who_is_interrupted_ends_what_evaluates_in_other_threads() -> None:
    ended = threading.Event()
    stack = Stack(ended.set)

    def interrupted() -> None:
        _thread.interrupt_main()
        ended.wait(60)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            stack.descend(interrupted)
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.is_set()


def test_a_program_that_nests_without_end_is_refused() -> None:
    stack = Stack(lambda: None)

    def deeper() -> None:
        stack.descend(deeper)

    with pytest.raises(TooDeep):
        deeper()
    assert [one for one in threading.enumerate() if one.name == "pipelift-evaluate"] == []


COMMAND = """\
import click
seen = []
@click.command()
@click.option("--rate", "-r", type=float, default=0.5)
@click.option("--fast/--slow", default=None)
@click.option("-v", "verbose", count=True)
@click.option("--tag", multiple=True)
@click.option("--pair", nargs=2, type=int)
@click.option("--kind", type=click.Choice(["a", "bc"]))
@click.option("--size", type=click.IntRange(1, 3, clamp=True))
@click.option("--low", "level", flag_value="low")
@click.option("--high", "level", flag_value="high")
@click.argument("first", required=False)
@click.argument("rest", nargs=-1, type=int)
def main(**given):
    seen.append(given)
"""
_WORDS = (
    "--rate -r -r2 --rate=1e3 --fast --slow -vv -v --tag --tag= --pair 1 2 --kind a bc A --size 9 --size=0 --low --high "
    "-- -x --ra x -1"
)
WORDS = st.lists(st.sampled_from([*_WORDS.split(), ""]), max_size=7)


@QUICK
@given(WORDS)
def test_commands_read_their_arguments_as_click_does(words: list[str]) -> None:
    names, error = python(f"{COMMAND}main(args={words!r}, standalone_mode=False)\n")
    found, reporter = run(f"{COMMAND}main(args={words!r}, standalone_mode=False)\n")
    assert [one.code for one in reporter] == ([] if error is None else ["PL106"]), error
    assert found["seen"] == names["seen"]


def test_commands_read_no_variable_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "import click\nseen = []\n@click.command(context_settings={'auto_envvar_prefix': 'TOOL'})\n"
        "@click.option('--rate', envvar=['RATE', 'OTHER'], default='d')\n@click.option('--size')\n"
        "def main(rate, size): seen.append((rate, size))\nmain(standalone_mode=False)\n"
    )
    monkeypatch.setenv("RATE", "process")
    monkeypatch.setenv("TOOL_SIZE", "process")
    assert run(text)[0]["seen"] == [("d", None)]
    assert run(text, environment={"OTHER": "given", "TOOL_SIZE": "3"})[0]["seen"] == [("given", "3")]


def test_lists_that_undecided_rounds_make_longer_and_longer_end_in_time() -> None:
    """A generator that asks itself about something unknown: each of a hundred levels joins what the inner ones yield."""
    text = (
        "import requests\n"
        "def below(value):\n"
        "    yield value\n"
        "    for one in value:\n"
        "        yield from below(one)\n"
        "        yield from below(one)\n"
        "x = list(below(requests.get('x').json()))\n"
    )

    def act() -> None:
        assert {one.code for one in run(text)[1]} <= {"PL107", "PL108"}

    check_ends_in_time(act)


def test_what_ends_the_evaluation_passes_through_pythons_own_code() -> None:
    text = (
        "def f(n): return f([n] * 10**6)\n"
        "class A:\n    def __lt__(self, other): return f(1)\nx = sorted([A(), A()])\n"
    )
    assert [one.code for one in run(text)[1]] == ["PL107"]


@pytest.mark.parametrize("depth", [50, 600, 5_000])
def test_data_that_nest_deeply_are_known_or_not_and_end_nothing(depth: int) -> None:
    names, reporter = run(
        f"import copy\nv = []\nfor i in range({depth}): v = [v]\nx = len(str(v))\ny = v == [v]\nz = copy.deepcopy(v)\n"
    )
    assert [one.code for one in reporter] == []
    assert names["x"] == 2 * depth + 2 or isinstance(names["x"], Unknown)
    assert names["y"] is False or isinstance(names["y"], Unknown)
    assert names["i"] == depth - 1
