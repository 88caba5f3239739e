"""Tables: how files become one, and which operations on rows no step applies."""

from __future__ import annotations

from collections.abc import Mapping

from pipelift.compiler import ir
from pipelift.compiler.evaluate.values import Value
from pipelift.compiler.lower.read import Reader
from pipelift.compiler.sdk.data.tables import Consumable


def read_table(table: Mapping[str, Value], read: Reader) -> ir.TableFormat | None:
    """How the data becomes a table; None for plain files, and, with a report, if it is not known."""
    what = f"the format of {read.owner}"
    if not table or read.lowering.report_unknown("PL110", what, dict(table), read.span, read.step):
        return None
    from pydantic import ValidationError

    from pipelift.compiler.ir.wire import from_data

    try:
        return from_data(ir.TableFormat, table)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        message = f"{what}: '{field}' {error.errors()[0]['msg'].lower()}"
        read.lowering.reporter.report("PL233", message, read.span, step=read.step)
        return None


def report_lost_operations(data: Consumable, read: Reader) -> None:
    """Report what the program does with rows that a step would get without it."""
    for lost in data.lost_operations:
        message = (
            f"{read.owner} is the result of '{lost.what}', which is not carried over: it would be the whole"
        )
        read.lowering.reporter.report("PL205", message, lost.span, step=read.step)
