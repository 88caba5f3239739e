"""Random closed programs of the Python that pipelines use, for comparing the evaluator with CPython."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = ("a", "b", "c", "d")
_TEXTS = st.text("abc {}%'\"\\né-_/.", max_size=6)
_LITERALS = st.one_of(
    st.integers(-20, 200).map(repr),
    st.sampled_from(["0.5", "1.0", "-2.25", "1e3", "None", "True", "False", "()", "[]", "{}", "0"]),
    _TEXTS.map(repr),
)
_BINARY = ["+", "-", "*", "/", "//", "%", "&", "|", "^", ">>"]
_COMPARE = ["<", "<=", "==", "!=", ">", ">=", "in", "not in", "is", "is not"]
_METHODS = [
    "upper()", "split()", "strip('a')", "replace('a', 'b')", "join(['x', 'y'])", "startswith('a')", "find('b')",
    "partition('-')", "title()", "center(7, '*')", "zfill(4)", "format(1, a=2)", "append(1)", "extend([2])", "pop()",
    "index(1)", "count(1)", "copy()", "get('a')", "get('a', 3)", "items()", "keys()", "update({'a': 1})", "sort()",
    "setdefault('k', [])", "insert(0, 5)", "reverse()", "bit_length()", "is_integer()", "encode()", "isdigit()",
    "splitlines()", "rsplit('-', 1)", "removeprefix('a')", "values()", "clear()", "remove(1)",
]  # fmt: skip
_CALLS = [
    "len", "str", "repr", "int", "float", "bool", "list", "tuple", "set", "sorted", "sum", "min", "max", "any", "all",
    "abs", "round", "dict", "list(enumerate", "list(zip", "list(reversed", "type(1) is type", "ord", "chr", "callable",
]  # fmt: skip


def _call(name: str, inner: str) -> str:
    return (
        f"{name}({inner})" + ")" * name.count("(")
        if not name.startswith("type")
        else f"(type({inner}) is int)"
    )


def _extend(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from(_BINARY), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(inner, st.sampled_from(_COMPARE), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(st.sampled_from(["-", "not ", "+", "~"]), inner).map(lambda p: f"({p[0]}{p[1]})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.lists(inner, max_size=3).map(lambda p: f"[{', '.join(p)}]"),
        st.lists(inner, max_size=3).map(lambda p: f"({''.join(one + ', ' for one in p)})"),
        st.lists(inner, min_size=1, max_size=3).map(lambda p: "{" + ", ".join(p) + "}"),
        st.lists(pair, max_size=3).map(lambda p: "{" + ", ".join(f"{k}: {v}" for k, v in p) + "}"),
        pair.map(lambda p: f"{p[0]}[{p[1]}]"),
        st.tuples(inner, st.integers(-3, 3), st.integers(-3, 3)).map(lambda p: f"{p[0]}[{p[1]}:{p[2]}]"),
        st.tuples(inner, st.sampled_from(_METHODS)).map(lambda p: f"({p[0]}).{p[1]}"),
        st.tuples(st.sampled_from(_CALLS), inner).map(lambda p: _call(*p)),
        st.tuples(inner, st.sampled_from(["", "!r", "!s", ":>8", ":05", ":.2f", ":x"])).map(
            lambda p: f'f"<{{({_requoted(p[0])}){p[1]}}}>"'
        ),
        st.tuples(st.sampled_from(["%s", "%r-%s", "%d", "%05.1f", "%%"]), inner).map(
            lambda p: f"({p[0]!r} % {p[1]})"
        ),
        st.tuples(st.sampled_from(["{}", "{0}-{0!r}", "{:>4}", "{a}"]), inner).map(
            lambda p: f"{p[0]!r}.format({p[1]}, a={p[1]})"
        ),
        st.tuples(inner, inner, inner).map(lambda p: f"[x for x in {p[0]} if {p[1]} or {p[2]}]"),
        pair.map(lambda p: f"{{str(x): {p[1]} for x in {p[0]}}}"),
        pair.map(lambda p: f"[(x, y) for x in {p[0]} for y in {p[1]}]"),
        pair.map(lambda p: f"(lambda q, r={p[1]}: (r, q))({p[0]})"),
        inner.map(lambda p: f"sorted({p}, key=lambda item: (str(item), 1))"),
        inner.map(lambda p: f"(w := {p}, w)"),
        inner.map(lambda p: f"[*{p}, 1]"),
    )


def _requoted(expression: str) -> str:
    """An expression as the inside of an f-string before Python 3.12 takes it: without its quote and backslashes."""
    return expression.replace('"', "'") if "\\" not in expression and "'" not in expression else "1"


EXPRESSIONS = st.recursive(st.one_of(_LITERALS, st.sampled_from(NAMES)), _extend, max_leaves=8)
_CONDITIONS = EXPRESSIONS


def _indented(body: list[str]) -> str:
    return "\n".join("    " + line for statement in body for line in statement.split("\n"))


def _statements(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map(_indented)
    name = st.sampled_from(NAMES)
    kinds = st.sampled_from(
        [
            "ValueError",
            "(KeyError, IndexError)",
            "TypeError",
            "ZeroDivisionError",
            "Exception",
            "AttributeError",
        ]
    )
    return st.one_of(
        st.tuples(EXPRESSIONS, body, body).map(lambda p: f"if {p[0]}:\n{p[1]}\nelse:\n{p[2]}"),
        st.tuples(name, EXPRESSIONS, body, body).map(
            lambda p: f"for {p[0]} in {p[1]}:\n{p[2]}\nelse:\n{p[3]}"
        ),
        st.tuples(body, kinds, body, body, body).map(
            lambda p: (
                f"try:\n{p[0]}\nexcept {p[1]} as error:\n    a = type(error).__name__\n{p[2]}\n"
                f"else:\n{p[3]}\nfinally:\n{p[4]}"
            )
        ),
        st.tuples(name, EXPRESSIONS, body, EXPRESSIONS, EXPRESSIONS).map(
            lambda p: (
                f"def f({p[0]}, e={p[1]}, *rest, **more):\n{p[2]}\n    return ({p[3]}, e, rest)\nb = f({p[4]})"
            )
        ),
        st.tuples(EXPRESSIONS, EXPRESSIONS, body).map(
            lambda p: (
                f"class K:\n    m = {p[0]}\n    def __init__(self, v): self.v = v\n"
                f"    @property\n    def p(self): return (self.m, self.v)\nclass L(K):\n    def __init__(self):\n"
                f"        super().__init__({p[1]})\nc = L().p\n{_dedented(p[2])}"
            )
        ),
        body.map(lambda p: f"{_counter(p)} = 0\nwhile {_counter(p)} < 3:\n    {_counter(p)} += 1\n{p}"),
        st.tuples(EXPRESSIONS, body).map(
            lambda p: f"def g():\n    for v in {p[0]}:\n        yield v\nd = list(g())\n{_dedented(p[1])}"
        ),
    )


def _counter(body: str) -> str:
    """A name that no loop inside the body uses."""
    return f"n{body.count('while')}"


def _dedented(body: str) -> str:
    return "\n".join(line[4:] for line in body.split("\n"))


_SIMPLE = st.one_of(
    st.tuples(st.sampled_from(NAMES), EXPRESSIONS).map(lambda p: f"{p[0]} = {p[1]}"),
    st.tuples(st.sampled_from(NAMES), st.sampled_from(["+", "*", "|", "-", "%"]), EXPRESSIONS).map(
        lambda p: f"{p[0]} {p[1]}= {p[2]}"
    ),
    st.tuples(EXPRESSIONS).map(lambda p: f"a, *b = {p[0]}"),
    st.tuples(st.sampled_from(NAMES), EXPRESSIONS, EXPRESSIONS).map(lambda p: f"{p[0]}[{p[1]}] = {p[2]}"),
    EXPRESSIONS,
    st.just("pass"),
)
STATEMENTS = st.recursive(_SIMPLE, _statements, max_leaves=6)
PROGRAMS = st.lists(STATEMENTS, min_size=1, max_size=5).map(
    lambda lines: "a, b, c, d = 1, 'ab-c', [3, 1, 2], {'a': 1, 'k': [2]}\n" + "\n".join(lines) + "\n"
)
