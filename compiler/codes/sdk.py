"""PL2xx: rules of the Azure ML SDK v1 itself."""

from pipelift.compiler.codes.code import Code

CODES: tuple[Code, ...] = ()
