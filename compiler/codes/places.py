"""PL412 to PL419 and PL45x: stores and secrets on a target."""

from pipelift.compiler.codes.code import Code

CODES: tuple[Code, ...] = ()
