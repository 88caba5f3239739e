"""What a target cannot keep of a pipeline: its declaration (`Keeps`), compared with what the pipeline asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.ir.uses import secret_uses
from pipelift.compiler.keeps import Keeps, Kept


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that a pipeline asks for: `what` begins the message, `step` is the name of the step that asks."""

    what: str
    span: Span | None
    step: str | None = None


Find = Callable[[ir.Pipeline], Iterator[Wish]]


@dataclass(frozen=True, slots=True)
class Feature:
    """One field of `Keeps`: the code of its loss, how a target keeps it, and where a pipeline asks for it."""

    code: str
    kept: Callable[[Keeps], Kept]
    find: Find


def _of_steps(wish: Callable[[ir.Step], str | None]) -> Find:
    """What steps ask for; those that run nowhere ask for nothing."""

    def find(pipeline: ir.Pipeline) -> Iterator[Wish]:
        for step in pipeline.steps:
            what = None if step.unsupported else wish(step)
            if what is not None:
                yield Wish(f"step '{step.name}' {what}", step.resources.span or step.span, step.name)

    return find


def _processes(step: ir.Step) -> str | None:
    nodes, processes = step.resources.nodes, step.resources.processes
    return f"asks for {nodes} nodes with {processes} processes each" if max(nodes, processes) > 1 else None


def _size(step: ir.Step) -> str | None:
    asked = {"processors": step.resources.cpus, "GiB of memory": step.resources.memory}
    words = [f"{amount:g} {what}" for what, amount in asked.items() if amount is not None]
    return f"asks for {' and '.join(words)}" if words else None


def _gpus(step: ir.Step) -> str | None:
    return f"asks for {step.resources.gpus} GPUs" if step.resources.gpus else None


def _shared_memory(step: ir.Step) -> str | None:
    size = step.resources.shm_size
    return None if size is None else f"asks for {size:g} GiB of shared memory"


def _retries(step: ir.Step) -> str | None:
    return f"is to be tried {step.retries + 1} times" if step.retries else None


def _timeout(step: ir.Step) -> str | None:
    return None if step.timeout is None else f"may take {step.timeout:g} seconds"


def _secrets(step: ir.Step) -> str | None:
    names = ", ".join(dict.fromkeys(f"'{use.secret}'" for use in secret_uses(step)))
    return f"needs the secrets {names}" if names else None


def _reuse(step: ir.Step) -> str | None:
    return "may take an earlier result" if step.reuse.allowed else None


def _going_on(pipeline: ir.Pipeline) -> Iterator[Wish]:
    if pipeline.continue_on_failure:
        yield Wish(f"pipeline '{pipeline.name}' asks to go on after a failed step", pipeline.span)


def _destinations(pipeline: ir.Pipeline) -> Iterator[Wish]:
    for step, output in _outputs(pipeline):
        if output.explicit:
            what = f"output '{output.name}' of step '{step.name}' goes to '{output.path}' in store '{output.store}'"
            yield Wish(what, output.span or step.span, step.name)


def _registrations(pipeline: ir.Pipeline) -> Iterator[Wish]:
    for step, output in _outputs(pipeline):
        if output.register_as is not None:
            what = (
                f"output '{output.name}' of step '{step.name}' is registered as '{output.register_as.name}'"
            )
            yield Wish(what, output.span or step.span, step.name)


def _outputs(pipeline: ir.Pipeline) -> Iterator[tuple[ir.Step, ir.Output]]:
    return ((step, one) for step in pipeline.steps if not step.unsupported for one in step.outputs)


def _recurrences(pipeline: ir.Pipeline) -> Iterator[Wish]:
    for schedule in pipeline.schedules:
        if isinstance(schedule.trigger, ir.Recurrence):
            yield Wish(f"schedule '{schedule.name}' starts runs by the clock", schedule.span)


def _polling(pipeline: ir.Pipeline) -> Iterator[Wish]:
    for schedule in pipeline.schedules:
        if isinstance(schedule.trigger, ir.Polling):
            yield Wish(f"schedule '{schedule.name}' watches store '{schedule.trigger.store}'", schedule.span)


def _experiments(pipeline: ir.Pipeline) -> Iterator[Wish]:
    for schedule in pipeline.schedules:
        if schedule.experiment not in (None, pipeline.experiment or pipeline.name):
            what = f"schedule '{schedule.name}' files its runs under experiment '{schedule.experiment}'"
            yield Wish(what, schedule.span)


FEATURES: Mapping[str, Feature] = MappingProxyType(
    {
        "processes": Feature("PL424", lambda keeps: keeps.processes, _of_steps(_processes)),
        "going_on": Feature("PL426", lambda keeps: keeps.going_on, _going_on),
        "retries": Feature("PL442", lambda keeps: keeps.retries, _of_steps(_retries)),
        "timeouts": Feature("PL491", lambda keeps: keeps.timeouts, _of_steps(_timeout)),
        "sizes": Feature("PL492", lambda keeps: keeps.sizes, _of_steps(_size)),
        "gpus": Feature("PL493", lambda keeps: keeps.gpus, _of_steps(_gpus)),
        "shared_memory": Feature("PL494", lambda keeps: keeps.shared_memory, _of_steps(_shared_memory)),
        "secrets": Feature("PL495", lambda keeps: keeps.secrets, _of_steps(_secrets)),
        "destinations": Feature("PL423", lambda keeps: keeps.destinations, _destinations),
        "registrations": Feature("PL423", lambda keeps: keeps.registrations, _registrations),
        "reuse": Feature("PL496", lambda keeps: keeps.reuse, _of_steps(_reuse)),
        "recurrences": Feature("PL490", lambda keeps: keeps.recurrences, _recurrences),
        "polling": Feature("PL483", lambda keeps: keeps.polling, _polling),
        "experiments": Feature("PL474", lambda keeps: keeps.experiments, _experiments),
    }
)
"""What a pipeline can ask for, by the field of `Keeps` that says how a target keeps it."""


def report_losses(pipeline: ir.Pipeline, target: str, keeps: Keeps, reporter: Reporter) -> None:
    """Report each thing that `pipeline` asks for and that `target` keeps only nearly, or not."""
    for feature in FEATURES.values():
        kept = feature.kept(keeps)
        if kept.fit == "exact" or kept.fit == "unconcerned":
            continue
        for wish in feature.find(pipeline):
            message = f"{wish.what}; {target} {kept.how}"
            reporter.report(
                feature.code, message, wish.span, help=kept.help, step=wish.step, fidelity=kept.fit
            )
