"""PL325 to PL339 and PL47x, PL48x: schedules, published pipelines and parameters on a target."""

from pipelift.compiler.codes.code import Code

CODES: tuple[Code, ...] = ()
