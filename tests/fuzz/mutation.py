"""Mutations of texts that keep most of their form: a fuzzer of bytes alone seldom gets past a parser."""

# ruff: noqa: E501  (odd texts stand in lines of a kind)

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

TOKEN = re.compile(rb'"[^"\n]*"|\'[^\'\n]*\'|[\w\x80-\xff]+|\s+|[^\w\s]')

ODD = tuple(
    word.encode("utf-8", "surrogatepass")
    for word in (
        *("0", "-1", "1.5", "1e999", "nan", "None", "null", "True", "false", "~", "[]", "{}", "[[]]", "{1: []}", "()"),
        *("''", '""', '"\\u0000"', '"\\ud800"', "'\\0'", "'\\ud800'", "'a/../../b'", "'/'", "'.'", "' '", "'${x}'"),
        *("lambda: 0", "object()", "set()", "b'x'", "range(9)", "...", "type", "ws", "step", "(1, 'a')", "[None]"),
        *("int('f' * 4000, 16)", "'x' * 10**6", "10**10**10", "'x'*10**9", "f'{1:{10**9}}'", "'%99999999d' % 1"),
        *("[[]]*10**8", "__import__('os').environ['X']", "PipelineParameter('q', None)", "PipelineData('d')"),
        *("(", ")", "[", "]", "{", "}", ":", ",", "*", "**", "=", "==", "\\", "'", '"""', '"', "#", "-", "- ", "|", ">"),
        *("&a", "*a", "!!python/object:x", "!!binary", "? ", "<<: *a", "%YAML 9", "---", "...\n", "2026-13-45", "0x", "1_0"),
        *("\n", "\t", "\r", "\f", "\0", "\x1b[2J", "é", "\u202e", "\u2028", "\ud800", "\ufeff", "\U0001f600", "ﬁ", "İ"),
        *("yield", "return", "await x", "class", "def", "for", "while True:", "try:", "except:", "import", "from . import x"),
        *("self", "super()", "a.b.c.d", "x[0]", "not", "in", "is", "global a", "del steps", "[x]", "[[x]]", "[x.y]"),
        *("1969-12-31T23:59:59", "0001-01-01T00:00:00", "9999-12-31T23:59:59+23:59", "1e308", "99999999999999999999"),
    )
)  # fmt: skip


def mutate(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """`data` after a few changes; `others` are inputs whose parts may come in."""
    way = random.choice(
        (_change_tokens, _change_tokens, _change_tokens, _change_lines, _change_bytes, _cross)
    )
    return way(data, others, random)


def _change_tokens(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    tokens = TOKEN.findall(data) or [b""]
    for _ in range(random.randint(1, 4)):
        at, other = random.randrange(len(tokens)), random.randrange(len(tokens))
        kind = random.randrange(6)
        if kind == 0:
            tokens[at] = b""
        elif kind == 1:
            tokens.insert(other, tokens[at])
        elif kind == 2:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        else:
            tokens[at] = random.choice(ODD)
    return b"".join(tokens)


def _change_lines(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    lines = data.split(b"\n")
    for _ in range(random.randint(1, 5)):
        at, other = random.randrange(len(lines)), random.randrange(len(lines))
        kind = random.randrange(5)
        if kind == 0 and len(lines) > 1:
            del lines[at]
        elif kind == 1:
            lines.insert(other, lines[at])
        elif kind == 2 and other < len(lines) and at < len(lines):
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            lines[at] = b" " * random.randrange(8) + lines[at].strip()
        else:
            lines.insert(at, lines[at] * random.choice((2, 50)))
    return b"\n".join(lines)


def _change_bytes(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    changed = bytearray(data or b" ")
    for _ in range(random.randint(1, 8)):
        at = random.randrange(len(changed))
        kind = random.randrange(3)
        if kind == 0:
            changed[at] = random.randrange(256)
        elif kind == 1:
            changed[at : at + 1] = random.choice(ODD)
        else:
            del changed[at : at + random.randrange(1, 20)]
            changed = changed or bytearray(b" ")
    return bytes(changed)


def _cross(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    lines, foreign = data.split(b"\n"), random.choice(others or [data]).split(b"\n")
    start, end = sorted(random.randrange(len(foreign) + 1) for _ in range(2))
    at = random.randrange(len(lines) + 1)
    return b"\n".join([*lines[:at], *foreign[start:end], *lines[at:]])
