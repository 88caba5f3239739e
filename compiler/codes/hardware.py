"""PL402 to PL409 and PL460 to PL469: environments, images and hardware on a target."""

from pipelift.compiler.codes.code import Code

CODES: tuple[Code, ...] = ()
