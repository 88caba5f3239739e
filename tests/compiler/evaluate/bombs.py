"""Programs that would take minutes or gigabytes: operations on values that are large, each in several places.

`BOMBS` has all of them by name, made of three lists: what is large, what is done with it, and where that stands.
"""

# ruff: noqa: E501  (operations stand many on a line)

from __future__ import annotations

from collections.abc import Iterator, Mapping

TEXT = "x = 'ab' * 400_000\n"
LIST = "x = list(range(800_000))\n"
DICT = "x = dict.fromkeys(range(300_000))\n"
SET = "x = set(range(300_000))\n"
SHARED = "x = ()\nu = ()\nfor i in range(60):\n    x, u = (x, x), (u, u)\n"
SHARED_LISTS = "x = [1]\nu = [1]\nfor i in range(60):\n    x, u = [x, x], [u, u]\n"
SHARED_DICTS = "x = {'a': 1}\nfor i in range(60): x = {'a': x, 'b': x}\nu = x.copy()\n"
DEEP = "x = ()\nu = ()\nfor i in range(20_000):\n    x, u = (x,), (u,)\n"
NUMBER = "x = 2**19_999 + 1\nu = x - 2\n"
LONG_ITEMS = "x = ['a' * 100_000] * 5_000\n"
TUPLES = "x = [(i, i + 1) for i in range(20_000)]\n"
RECORDS = (
    "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass A:\n    l: object\n    r: object\n"
    "x = A(1, 1)\nu = A(1, 1)\nfor i in range(60): x, u = A(x, x), A(u, u)\n"
)

_ANY = [
    "str(x)", "repr(x)", "f'{x}'", "f'{x!r:>20}'", "'%s' % (x,)", "'%r%r' % (x, x)", "'{}{}'.format(x, x)", "ascii(x)",
    "bool(x)", "[x, x, x]", "x == x", "(x, 1) == (x, 2)", "copy.deepcopy(x)", "copy.copy(x)", "json.dumps(x)",
    "json.dumps(x, indent=4)", "yaml.dump(x)", "isinstance(x, (str, list))", "x if x else 0", "print(x)", "id(x)",
]  # fmt: skip
_SIZED = [
    "len(x)", "list(x)", "tuple(x)", "set(x)", "frozenset(x)", "sorted(x, key=str)", "max(x)", "min(x)", "sum(x)", "any(x)",
    "all(x)", "list(enumerate(x))", "list(zip(x, x))", "list(map(str, x))", "list(filter(None, x))", "dict.fromkeys(x)",
    "Counter(x)", "deque(x)", "[*x, *x]", "[i for i in x]", "{i: i for i in x}", "-1 in x", "list(reversed(list(x)))",
    "list(itertools.chain(x, x))", "list(itertools.accumulate(x))", "list(itertools.product(x, x))", "next(iter(x))",
    "list(itertools.combinations(x, 3))", "list(itertools.permutations(x, 4))", "list(itertools.groupby(x))", "(lambda *a: 1)(*x)",
]  # fmt: skip
_TEXTS = [
    "x + x", "x * 3", "x.upper()", "x.title()", "x.split('a')", "x.split()", "x.replace('a', 'abc' * 1000)", "x.replace('', 'q')",
    "x.translate({97: 'z' * 10**6})", "x.translate(str.maketrans('a', 'b'))", "x.encode('utf-16')", "x.encode('punycode')",
    "x.encode('idna')", "x.center(10**9)", "x.zfill(10**9)", "x.ljust(10**7, '-')", "x.find('c')", "x.rfind('c' + x[:300_000])",
    "x.rsplit('c' + x[:300_000])", "x.rpartition('c' + x[:300_000])", "x.count('ab')", "x.count('')", "x.join(['1', '2', '3'])",
    "x.join(x[:1000])", "x.partition('b')", "x.strip('b')", "x.splitlines()", "x[::-1]", "x[:-1]", "x.startswith('abc')",
    "('\\t' * 1000).expandtabs(10**6)", "('\\t' * 1000).expandtabs(tabsize=10**7)", "x.isidentifier()", "x.casefold()", "int(x[:0] + '9' * 10**6)",
    "int('f' * 10**6, 16)", "float('9' * 10**6)", "re.search('c', x)", "re.findall('a', x)", "re.split('a', x)", "re.sub('a', 'b' * 1000, x)",
    "re.sub('(a)', r'\\1' * 1000, x[:20_000])", "re.match('(a|b)*c', x)", "re.match('(a+)+$', 'a' * 60 + 'b')", "re.search('(x+x+)+y', 'x' * 40)",
    "re.findall('(?=(.*))', x[:20_000])", "re.fullmatch('(.*)*z', x[:200])", "re.sub('(?:a?){40}a{40}', '', 'a' * 40)", "re.compile('(a*)*b').match('a' * 50)",
    "re.compile('(' * 90 + 'a' + ')*' * 90)", "re.compile('[a-z]' * 3_000)", "re.search('(?i)[\\x00-\\U0010ffff]' * 40, 'a')", "json.loads('[' * 100_000)",
    "json.loads('[' + '[],' * 300_000 + '[]]')", "json.loads('\"' + x + '\"')", "yaml.safe_load(x)", "yaml.safe_load('- 1\\n' * 90_000)",
    "yaml.safe_load('[' * 5_000)", "yaml.safe_load('&a [*a, *a]')", "os.path.join(x, x)", "os.path.normpath('a/../' * 90_000)",
    "Path(x)", "Path('a/' * 2_000).parents", "Path('a') / x", "os.path.commonprefix([x, x])", "x.encode().decode('utf-8')", "bytes(x, 'utf-8').hex()",
    "'{:>999999}'.format('a') * 2", "'{0}{0}{0}'.format(x)", "'%(a)s%(a)s%(a)s' % {'a': x}", "'%999999d' * 9 % ((1,) * 9)", "f'{1:{10**8}}'",
]  # fmt: skip
_LISTS = [
    "x + x", "x * 2", "x[::-1]", "x[:]", "x[5:]", "x.index(-1)", "x.count(-1)", "x.copy()", "x.pop(0)", "x.insert(0, 1)", "x.append(x)",
    "x.extend(x)", "x.remove(799_999)", "x.reverse()", "x.sort()", "x.sort(key=str)", "x < x", "x != list(x)", "','.join(map(str, x))", "x.clear()",
    "bytes(x[:0])", "random.choice(x)", "x.__len__()", "functools.reduce(lambda a, b: a + b, x)", "x[-1]",
]  # fmt: skip
_MAPPINGS = [
    "x.copy()", "{**x}", "{**x, **x}", "x | x", "x.items()", "list(x.items())", "list(x.values())", "x.get(-1)", "x.pop(1, None)", "x.setdefault(1, 2)",
    "x.update(x)", "dict(x)", "OrderedDict(x)", "defaultdict(int, x)", "ChainMap(x, x)", "x.clear()", "{v: k for k, v in x.items()}",
]  # fmt: skip
_SETS = [
    "x | x",
    "x & x",
    "x - x",
    "x ^ {1}",
    "x.union(x)",
    "x.add(x)",
    "x.issubset(x)",
    "x.copy()",
    "x.difference([1])",
    "x <= x",
]
_HASHED = [
    "{x: 1}", "{x}", "{}.get(x)", "set().add(x)", "dict.fromkeys([x])", "Counter([x])", "[x].index(u)", "[x].count(u)", "[x].remove(u)",
    "sorted([x, u])", "max([x, u])", "x == u", "x != u", "x < u", "x in [u]", "x in {1: 2}", "x in (u, 1)", "{1: 2}[x]", "list(itertools.groupby([x, u]))",
    "isinstance(1, x)", "issubclass(int, x)", "dict([(x, 1)])", "OrderedDict([(x, 1)])", "defaultdict(int, [(x, 1)])", "namedtuple('P', 'a')(x) == (u,)", "deque([x]).index(u)",
    "{(x, 1): 2}", "frozenset([x]) == frozenset([u])", "{'a': x} == {'a': u}", "'abc'.startswith(x)", "[i for i in [x] if i == u]", "set([x]) | set([u])",
]  # fmt: skip
_NUMBERS = [
    "x * x", "x + x", "x ** 2", "x ** x", "x << x", "x << 10**9", "x // 3", "x % 7", "divmod(x, 3)", "pow(x, x, u)", "pow(x, u, x * 0 + 10**9)", "x * 1.5", "str(x)",
    "hex(x)", "f'{x}'", "f'{x:,}'", "'%d' % x", "'{:x}'.format(x)", "x.bit_length()", "x.to_bytes(10**9, 'big')", "round(x, -10**6)", "math.factorial(10**6)", "math.prod([x] * 1000)",
    "sum([x] * 10**5)", "x > u", "x & u", "-x", "abs(x)", "int(str(x))", "bytes(10**9)", "bytearray(10**9)", "list(range(10**12))", "range(x)", "[0] * x", "'a' * x", "math.gcd(x, u)", "int.from_bytes(b'\\xff' * 10**6, 'big')",
    "Counter({'a': 10**9}).elements()", "list(Counter({'a': 10**9}).elements())", "list(itertools.repeat(1, 10**9))", "deque(maxlen=10**9)",
]  # fmt: skip

_GROUPS: Mapping[str, tuple[str, list[str]]] = {
    "text": (TEXT, [*_ANY, *_SIZED, *_TEXTS]),
    "list": (LIST, [*_ANY, *_SIZED, *_LISTS]),
    "long items": (LONG_ITEMS, [*_ANY, *_SIZED[:16], "''.join(x)", "'-'.join(x * 2)", "x + x"]),
    "tuples": (TUPLES, [*_ANY, *_SIZED, "dict(x)", "dict(x + x)", "list(zip(*x))", "sorted(x)", "max(x)", "x.index((1, 1))"]),
    "dict": (DICT, [*_ANY, *_SIZED, *_MAPPINGS]),
    "set": (SET, [*_ANY, *_SIZED, *_SETS]),
    "shared": (SHARED, [*_ANY, *_HASHED]),
    "shared lists": (SHARED_LISTS, [*_ANY, *_HASHED]),
    "shared dicts": (SHARED_DICTS, [*_ANY, *_HASHED[:20]]),
    "deep": (DEEP, [*_ANY, *_HASHED]),
    "records": (RECORDS, [*_ANY, *_HASHED]),
    "number": (NUMBER, _NUMBERS),
}  # fmt: skip
_PLACES: Mapping[str, str] = {
    "once": "y = {}\nargument = y\n",
    "in a loop": "for i in range(10**6):\n    y = {}\nargument = 1\n",
    "undecided": "for i in range(1000):\n    if os.getenv('V'):\n        y = {}\n        x = x\nargument = 1\n",
    "kept": "argument = 1\nkept = []\nfor i in range(10**5): kept.append({})\n",
    "in a function": "def f(n):\n    y = {}\n    return f(n + 1) if n < 90 else y\nargument = f(0)\n",
}
_PROGRAMS: Mapping[str, str] = {
    "arguments handed on by __call__": "class A:\n    def __call__(self, *a): return self(*a, *a, 1)\nargument = A()()\n",
    "arguments handed on by __init__": "class A:\n    def __init__(self, *a): self.a = A(*a, *range(10**5))\nargument = A()\n",
    "arguments of nested partials": (
        "f = lambda *a: 1\nfor i in range(10_000): f = functools.partial(f, *range(100))\nargument = f()\n"
    ),
    "keywords of nested partials": (
        "f = lambda **k: 1\nfor i in range(3_000): f = functools.partial(f, **{f'a{i}_{j}': 1 for j in range(30)})\n"
        "argument = f()\n"
    ),
    "requirements that include themselves": (
        "open('r.txt', 'w').write('-r r.txt\\n-r q.txt\\n' * 9)\nopen('q.txt', 'w').write('-r r.txt\\n' * 9)\n"
        "from azureml.core import Environment\nargument = 1\nenv = Environment.from_pip_requirements('e', 'r.txt')\n"
    ),
    "references of a .env file that do not end": (
        "from dotenv import dotenv_values\nopen('v.env', 'w').write('A=' + '${' * 50_000)\n"
        "argument = dotenv_values('v.env')\n"
    ),
    "an ini file of nothing but faults": (
        "import configparser\nopen('a.ini', 'w').write('[a]\\nk\\n' + '  v\\n' * 200_000)\n"
        "c = configparser.ConfigParser()\nargument = c.read('a.ini')\n"
    ),
}
"""Programs that are large by how they are built: all are tried in the suite."""

_IMPORTS = (
    "import copy, functools, itertools, json, math, os, random, re, yaml\nfrom pathlib import Path\n"
    "from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple\n"
)
_PIPELINE = """
from azureml.core import Workspace
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep
step = PythonScriptStep("s.py", name="s", source_directory="src", compute_target="c", arguments=["--a", argument])
pipeline = Pipeline(Workspace.from_config(), [step])
"""


def _list_bombs() -> Iterator[tuple[str, str]]:
    for name, made in _PROGRAMS.items():
        yield name, _IMPORTS + made + _PIPELINE
    for group, (made, operations) in _GROUPS.items():
        for number, operation in enumerate(operations):
            # every operation once and in a loop; the other places take turns
            others = [place for place in _PLACES if place not in ("once", "in a loop")]
            for place in ("once", "in a loop", others[number % len(others)]):
                body = _PLACES[place].replace("{}", operation)
                yield f"{group}: {operation} {place}", _IMPORTS + made + body + _PIPELINE


PROGRAMS = tuple(_PROGRAMS)
"""The names of those that stand for no operation on a place."""

BOMBS = dict(_list_bombs())
"""The programs, by what they do."""
