"""Whether a text is Python, and Python that libcst can parse without harm.

CPython's own parser is asked first: it says best what is wrong, and takes no harm from source that nests without end.
libcst's parser is native code that recurses where CPython's loops (a chain of ``and``), tries nested patterns again and
again (twice for each bracket), and takes some 5 kB and 30 microseconds a node. So CPython's tree is measured before
libcst sees the text: what is beyond the limits is refused at its place, and what is unusual is parsed in a process of
its own first (see `rehearsal`).
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pipelift.compiler.reading.rehearsal import survives_parser

_WORD = re.compile(r"\w+|[^\w\s]")
_NEWLINE = re.compile(r"\r\n?|\n")
_FSTRING_START: int | None = getattr(tokenize, "FSTRING_START", None)
_FSTRING_END: int | None = getattr(tokenize, "FSTRING_END", None)  # from Python 3.12 on


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Why a text cannot be read, and where: line and column count from 1."""

    message: str
    line: int = 1
    column: int = 1
    excess: bool = False
    """It is Python, and more of it than libcst can parse."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a text decides how much work it is for libcst: as measured, or as allowed."""

    nodes: int
    depth: int
    """How deep expressions and blocks nest."""
    chain: int
    """How many items the longest chain has that libcst nests and CPython does not: ``and``, strings side by side."""
    patterns: int
    """The work of nested patterns: two to the power of twice its depth for each bracket, some 5 microseconds a unit."""

    def is_within(self, limits: Shape) -> bool:
        """Whether nothing of it is more than `limits` has."""
        return (
            self.nodes <= limits.nodes
            and self.depth <= limits.depth
            and self.chain <= limits.chain
            and self.patterns <= limits.patterns
        )


LIMITS = Shape(nodes=100_000, depth=150, chain=200, patterns=20_000)
"""The most that is parsed. Nodes: 15,000 lines, 5 s and 450 MB. Depth: as deep as CPython's parser goes with brackets.
Chain: what libcst prints within Python's own limit of nested calls. Patterns: 0.1 s."""

USUAL = Shape(nodes=50_000, depth=60, chain=60, patterns=500)
"""Up to this, a text is parsed at once: what people write is less by far."""

MAX_WORDS = 400_000
"""How many words and signs a text may have before even CPython is asked: 0.3 s of its time."""

MAX_LINES = 100_000
"""How many lines a text may have: an empty one is a node of libcst's, and none of CPython's."""


def is_python(text: str) -> bool:
    """Whether CPython takes `text` as it stands: what it would be to libcst is not measured."""
    return not isinstance(_parse(text), SyntaxProblem)


def find_syntax_problem(text: str) -> SyntaxProblem | None:
    """Why `text` is no Python, or none that libcst can parse; None where it can be parsed."""
    tree = _parse(text)
    if isinstance(tree, SyntaxProblem):
        return tree
    measured = _measure(tree, _NEWLINE.split(text))
    if isinstance(measured, SyntaxProblem):
        return measured
    if measured.is_within(USUAL) or survives_parser(text):
        return None
    return SyntaxProblem("its nesting is more than the parser can take", excess=True)


def _parse(text: str) -> ast.AST | SyntaxProblem:
    """CPython's tree of `text`; or what it says against that, and what is too much to ask it."""
    if text.count("\n") > MAX_LINES:
        return SyntaxProblem(f"it has more than {MAX_LINES:,} lines", MAX_LINES + 1, excess=True)
    word = next(islice(_WORD.finditer(text), MAX_WORDS, None), None)
    if word is not None:
        line = text.count("\n", 0, word.start()) + 1
        return SyntaxProblem(f"it has more than {MAX_WORDS:,} words", line, excess=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python warns of in the user's source is not ours to print
            flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            tree: ast.AST = compile(text, "<source>", "exec", flags, dont_inherit=True)
            return tree
    except SyntaxError as error:
        return SyntaxProblem(
            error.msg or "syntax error", max(error.lineno or 1, 1), max(error.offset or 1, 1)
        )
    except (RecursionError, MemoryError):
        return SyntaxProblem("it nests too deeply", excess=True)
    except (ValueError, OverflowError) as error:
        return SyntaxProblem(str(error))


def _measure(tree: ast.AST, lines: Sequence[str]) -> Shape | SyntaxProblem:
    """The shape of `tree`; or, as soon as one measure is beyond its limit, what is too much, and where."""
    nodes = deepest = longest = patterns = 0
    line = column = 1
    for node, depth in _walk(tree):
        place = node.pattern if isinstance(node, ast.match_case) else node
        line, column = getattr(place, "lineno", line), getattr(place, "col_offset", column - 1) + 1
        nodes += 1
        deepest = max(deepest, depth)
        longest = max(longest, _count_links(node, lines))
        if isinstance(node, ast.match_case):
            patterns += _weigh_brackets(node, lines)
        if nodes > LIMITS.nodes:
            return SyntaxProblem(f"it has more than {LIMITS.nodes:,} parts", line, column, excess=True)
        if deepest > LIMITS.depth:
            return SyntaxProblem(f"it nests more than {LIMITS.depth} deep", line, column, excess=True)
        if longest > LIMITS.chain:
            message = f"it chains more than {LIMITS.chain} operands, strings or names"
            return SyntaxProblem(message, line, column, excess=True)
        if patterns > LIMITS.patterns:
            return SyntaxProblem("its patterns nest too deeply", line, column, excess=True)
    return Shape(nodes, deepest, longest, patterns)


def _walk(tree: ast.AST) -> Iterator[tuple[ast.AST, int]]:
    """The nodes of `tree` with their depth, as they stand in the text, without recursion."""
    pending: list[tuple[ast.AST, int]] = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        yield node, depth
        pending.extend((child, depth + 1) for child in reversed(tuple(ast.iter_child_nodes(node))))


def _count_links(node: ast.AST, lines: Sequence[str]) -> int:
    """How long the chain is that `node` stands for: it is flat in CPython's tree, and nested in libcst's."""
    if isinstance(node, ast.BoolOp):
        return len(node.values)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return len(node.generators)
    if isinstance(node, ast.alias):
        return node.name.count(".")
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").count(".")
    if isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    ):
        return _count_strings(node, lines)
    return 0


def _count_strings(node: ast.Constant | ast.JoinedStr, lines: Sequence[str]) -> int:
    """How many literals make up one text: they stand side by side. An upper bound unless there may be too many."""
    text = _segment(node, lines)
    bound = (text.count("'") + text.count('"')) // 2
    if bound <= USUAL.chain:
        return bound
    strings = inside = 0
    for token in _tokens(text):
        if token.type == _FSTRING_END:
            inside -= 1
        elif not inside and token.type in (tokenize.STRING, _FSTRING_START):
            strings += 1
        inside += token.type == _FSTRING_START
    return strings


def _weigh_brackets(case: ast.match_case, lines: Sequence[str]) -> int:
    """The work of parsing a case's pattern: libcst tries a bracket again for each alternative around it."""
    weight = depth = 0
    header = "\n".join(lines[case.pattern.lineno - 1 : case.body[0].lineno])
    for token in _tokens(header):
        if token.string in ("(", "[", "{"):
            depth += 1
            weight += 4 ** min(depth, LIMITS.depth)
        elif token.string in (")", "]", "}"):
            depth -= 1
    return weight


def _segment(node: ast.expr, lines: Sequence[str]) -> str:
    """The text of `node`; CPython counts columns in bytes."""
    last = (node.end_lineno or node.lineno) - 1
    rows = [line.encode("utf-8", "surrogatepass") for line in lines[node.lineno - 1 : last + 1]]
    rows[-1] = rows[-1][: node.end_col_offset]
    rows[0] = rows[0][node.col_offset :]
    return "(" + b"\n".join(rows).decode("utf-8", "replace") + ")"


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    """The tokens of a part of a program, up to where a part cannot be told."""
    try:
        yield from tokenize.generate_tokens(io.StringIO(text).readline)
    except (tokenize.TokenError, SyntaxError):
        return
