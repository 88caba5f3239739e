"""`RunRequest`, and the checks that are the same on every engine: parameters, names of steps, the run to go on with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipelift.app.history.resuming import find_earlier
from pipelift.app.request.parts import find_steps
from pipelift.compiler.diagnostics import Refused, Reporter, raise_errors
from pipelift.compiler.ir import Pipeline, Scalar
from pipelift.compiler.passes.parameters import typed_values
from pipelift.runtime.contract.secrets import names_credential


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a user asks of a run; the same words for the command line, `run_file` and every engine.

    For every run: `parameters` are values by name (a text becomes a value of the parameter's type); with `reuse`
    False every step runs; `refresh` names steps that run in any case. `environ` are the variables of the shell.

    For a run on this machine: `only`, `from_` and `until` name the steps to run, as the options of `pipelift run`
    do; `resume` is the earlier run to resume, an id or ``last``; `python` runs the steps, `jobs` of them at once
    (None: as pipelift.toml says); with `docker` each runs in the image of its environment.

    For a deployment: with `start` False everything is put in place and nothing is started, with `wait` False a run
    is started and not followed; `settings` are the target's own options by name, those that are given.

    Steps are called by id, name or label; `check_request` makes ids of them.
    """

    parameters: Mapping[str, Scalar] = field(default_factory=dict)
    reuse: bool = True
    refresh: Collection[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    only: Collection[str] = ()
    from_: Collection[str] = ()
    until: Collection[str] = ()
    resume: str | None = None
    python: str | None = None
    jobs: int | None = None
    docker: bool = False
    start: bool = True
    wait: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)


def secret_values(request: RunRequest) -> Iterator[str]:
    """The values of parameters that are secrets by name; only known values can be masked in messages."""
    for name, value in request.parameters.items():
        if names_credential(name):
            yield str(value)


def refuse_words(request: RunRequest, words: Iterable[str], where: str) -> None:
    """Raise `ValueError` for a field that is set and has no meaning `where` the request goes."""
    usual = RunRequest()
    for word in words:
        if getattr(request, word) != getattr(usual, word):
            raise ValueError(f"{where} does not know '{word}'")


def check_request(pipeline: Pipeline, request: RunRequest) -> RunRequest:
    """Return `request` with values of the parameters' types, and with steps by their ids.

    Raises `Refused` with all errors: PL502 and PL503 for parameters, PL530 for steps.
    """
    reporter = Reporter()
    checked = replace(
        request,
        parameters=typed_values(pipeline, request.parameters, reporter),
        refresh=find_steps(pipeline, request.refresh, "--refresh", reporter),
        only=find_steps(pipeline, request.only, "--only", reporter),
        from_=find_steps(pipeline, request.from_, "--from", reporter),
        until=find_steps(pipeline, request.until, "--until", reporter),
    )
    raise_errors(reporter)
    return checked


def resume_request(pipeline: Pipeline, request: RunRequest, state: Path) -> RunRequest:
    """Return `request` with the id and the parameters of the run in the folder `state` that it resumes.

    The request's own parameters come first. Raises `Refused` (PL532) if the run cannot resume.
    """
    if request.resume is None:
        return request
    earlier = find_earlier(state, pipeline, request.resume, request.parameters)
    return replace(request, resume=earlier.run_id, parameters=earlier.parameters)


def check_values(
    pipeline: Pipeline, parameters: Mapping[str, Scalar], elsewhere: Collection[str] = ()
) -> None:
    """Raise `Refused` (PL518) for parameters without a value; whatever starts a run calls it first.

    The engine itself reads the values of those in `elsewhere`.
    """
    reporter = Reporter()
    report_missing(pipeline, {**dict.fromkeys(elsewhere, True), **parameters}, reporter)
    raise_errors(reporter)


def refuse_secrets(pipeline: Pipeline, parameters: Collection[str]) -> None:
    """Raise `Refused` (PL554) for values of parameters that are secrets, where everybody who sees a run sees them."""
    for entry in pipeline.parameters:
        if entry.secret is not None and entry.name in parameters:
            message = (
                f"parameter '{entry.name}' is the secret '{entry.secret}' here, as all who see a run would see its "
                "value: put it there"
            )
            raise Refused("PL554", message)


def report_missing(pipeline: Pipeline, parameters: Mapping[str, Scalar], reporter: Reporter) -> None:
    """Report (PL518) parameters without a default that are not among the values `parameters`.

    One whose default is a secret gets it from the engine.
    """
    for parameter in pipeline.parameters:
        if parameter.default is None and parameter.secret is None and parameters.get(parameter.name) is None:
            reporter.report("PL518", f"the parameter '{parameter.name}' has no value", parameter.span)
