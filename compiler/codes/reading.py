"""PL1xx: reading the source and evaluating it."""

from pipelift.compiler.codes.code import Code

CODES: tuple[Code, ...] = ()
