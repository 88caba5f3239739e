"""PL3xx: the graph of the pipeline."""

from pipelift.compiler.codes.code import Code

CODES: tuple[Code, ...] = ()
