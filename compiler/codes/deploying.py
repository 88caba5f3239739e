"""PL55x to PL59x: deploying, and what stands in its way."""

from pipelift.compiler.codes.code import Code

CODES: tuple[Code, ...] = ()
