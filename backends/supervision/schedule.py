"""Which step may start when: the state of one run as a machine over steps, without threads or processes."""

from __future__ import annotations

import heapq

from pipelift.app.running import StepStatus
from pipelift.compiler import ir
from pipelift.compiler.ir.graph import edges
from pipelift.runtime.contract.record import GOOD


class Schedule:
    """The steps of a pipeline that wait, may start, run, or have ended.

    Steps become ready when all that they wait for have succeeded; of several, the first in the source is
    taken first. All operations together are linear in steps and edges (and log n for the order).
    """

    def __init__(self, pipeline: ir.Pipeline) -> None:
        self._steps = pipeline.steps
        self._position = {step.id: index for index, step in enumerate(pipeline.steps)}
        self._followers: dict[str, list[str]] = {step.id: [] for step in pipeline.steps}
        self._missing = dict.fromkeys(self._position, 0)
        for before, after in dict.fromkeys(edges(pipeline)):
            self._followers[before].append(after)
            self._missing[after] += 1
        self._ready = [self._position[step.id] for step in pipeline.steps if not self._missing[step.id]]
        self._waiting = set(self._position)
        self.ended: dict[str, StepStatus] = {}

    def take(self) -> ir.Step | None:
        """The next step that may start, which now counts as running; None while there is none."""
        while self._ready:
            step = self._steps[heapq.heappop(self._ready)]
            if step.id in self._waiting:
                self._waiting.discard(step.id)
                return step
        return None

    def end(self, step: ir.Step, status: StepStatus) -> tuple[ir.Step, ...]:
        """Note how a running step ended; returns the steps that are skipped because it did not succeed."""
        self.ended[step.id] = status
        if status not in GOOD:
            return self._skip_dependants(step.id)
        for after in self._followers[step.id]:
            self._missing[after] -= 1
            if not self._missing[after]:
                heapq.heappush(self._ready, self._position[after])
        return ()

    def give_up(self, status: StepStatus) -> tuple[ir.Step, ...]:
        """Let no further step start: all that have not started end with `status`; returns them."""
        return self._end_waiting(self._waiting, status)

    def _skip_dependants(self, step_id: str) -> tuple[ir.Step, ...]:
        dependants: set[str] = set()
        pending = [step_id]
        while pending:
            for after in self._followers[pending.pop()]:
                if after in self._waiting and after not in dependants:
                    dependants.add(after)
                    pending.append(after)
        return self._end_waiting(dependants, "skipped")

    def _end_waiting(self, step_ids: set[str], status: StepStatus) -> tuple[ir.Step, ...]:
        positions = sorted(self._position[step_id] for step_id in step_ids)
        steps = tuple(self._steps[position] for position in positions)
        for step in steps:
            self._waiting.discard(step.id)
            self.ended[step.id] = status
        return steps
