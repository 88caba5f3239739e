"""The interpreter: dispatches nodes to expressions and statements, and questions to the part that answers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import libcst

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import arithmetic, calls, expressions, members, meter, recovery, statements
from pipelift.compiler.evaluate.left_out import leave_statement
from pipelift.compiler.evaluate.machine import Machine, Signal
from pipelift.compiler.evaluate.meter import Spent, TooLarge
from pipelift.compiler.evaluate.objects import Scope
from pipelift.compiler.evaluate.operators import NotKnownBase
from pipelift.compiler.evaluate.stack import TooDeep
from pipelift.compiler.evaluate.values import Raised, Unknown, Value


class Interpreter(Machine):
    """Evaluates one program."""

    def evaluate(self, node: libcst.BaseExpression, scope: Scope) -> Value:
        """The value of an expression."""
        handler = expressions.EXPRESSIONS.get(type(node))
        if handler is None:
            return Unknown(f"pipelift does not evaluate a {type(node).__name__}", self.span(node))
        try:
            return self.stack.descend(handler, self, node, scope)
        except Raised as error:
            error.span = error.span or self.span(node)
            return recovery.recover(self, error)
        except (TooLarge, RecursionError, MemoryError):  # data may nest too deeply for Python's own code
            return Unknown("the result is too large", self.span(node), unread=True)
        except NotKnownBase as error:
            return error.unknown

    def execute(self, body: Iterable[libcst.CSTNode], scope: Scope) -> Signal | None:
        """Run statements in order until one ends the block."""
        for statement in body:
            meter.spend()
            handler = statements.STATEMENTS.get(type(statement))
            if handler is None:
                continue
            try:
                signal = self.stack.descend(handler, self, statement, scope)
            except Raised as error:
                error.span = error.span or self.span(statement)
                error.unwound = True
                raise
            except Spent as error:
                error.span = error.span or self.span(statement)
                raise
            except RecursionError:  # data nest too deeply: what the statement does cannot be left out
                raise TooDeep from None
            except (TooLarge, NotKnownBase) as error:
                cause = error.unknown if isinstance(error, NotKnownBase) else None
                leave_statement(self, statement, scope, cause)
                continue
            if signal is not None:
                return signal
        return None

    def call(self, callee: Value, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span) -> Value:
        """The value of calling `callee`."""
        meter.spend()
        return self.stack.descend(calls.call, self, callee, args, kwargs, span)

    def member(self, owner: Value, name: str, span: Span) -> Value:
        """The value of ``owner.name``, for a known owner."""
        return members.get_at(self, owner, name, span)

    def less(self, left: Value, right: Value, span: Span) -> bool | Unknown:
        """Whether ``one < other``, for sorting."""
        return arithmetic.less(self, left, right, span)
