"""PL4xx: what a target cannot keep as it was."""

from pipelift.compiler.codes.code import Code

CODES: tuple[Code, ...] = ()
