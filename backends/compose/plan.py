"""An IR pipeline as a Compose project: every decision, and a report of what Compose cannot keep."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pipelift.backends.compose.model import Build, Hardware, Mount, Project, Service, Variable
from pipelift.backends.compose.stores import Access, accesses, relative, secrets_variable
from pipelift.backends.compose.variables import (
    escape,
    parameter_variables,
    path_variable,
    secret_parameters,
)
from pipelift.backends.containers.bundle import Bundle, Image, file_name
from pipelift.backends.wiring import remotes
from pipelift.backends.wiring.requests import report_device_files, request, section_of
from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.ir.graph import upstream
from pipelift.compiler.ir.names import add_number
from pipelift.compiler.ir.uses import store_uses
from pipelift.compiler.target import Compilation
from pipelift.runtime.contract import paths

RUN_KEY = "${COMPOSE_PROJECT_NAME}"
USER = Variable("PIPELIFT_USER", "uid:gid that steps run as and own the data", "0:0", "${PIPELIFT_USER:-0:0}")
NO_REUSE = Variable("PIPELIFT_NO_REUSE", "set to 1 to run every step anew", "", "${PIPELIFT_NO_REUSE:+%s}")
REFRESH = Variable("PIPELIFT_REFRESH", "a step to run anew", "", "${PIPELIFT_REFRESH:-}")


def plan(pipeline: ir.Pipeline, common: Bundle, compilation: Compilation) -> Project:
    """Decide on everything in the Compose files of `pipeline`. Losses are reported (PL44x)."""
    report_device_files(pipeline, compilation.config, compilation.reporter)
    steps = [step for step in pipeline.steps if step.unsupported is None]
    known = accesses(pipeline, compilation)
    state = path_variable(
        "PIPELIFT_STATE",
        "folder of run records and reuse",
        relative(compilation.base / paths.STATE, compilation.output),
    )
    parameters = parameter_variables(pipeline.parameters)
    builder = _Services(pipeline, common, known, Mount(paths.STATE_PATH, source=state.expression), parameters)
    services = builder.services(steps)
    volumes = dict.fromkeys(access.volume for access in known.values() if access.volume)
    stores = [access.variable for access in known.values() if access.variable]
    folder = secrets_variable(compilation)
    secrets = sorted({name for step in steps for name in builder.secrets(step)})
    used = dict.fromkeys(name for step in steps for name in step.parameters)
    return Project(
        name=project_name(pipeline),
        source=pipeline.source,
        services=services,
        volumes=tuple((volume, volume) for volume in volumes),
        secrets=tuple((secret, f"{folder.expression}/{secret}") for secret in secrets),
        given=tuple(
            (_given(variable), variable.name) for variable in secret_parameters(parameters, used).values()
        ),
        hardware=tuple(
            _hardware(step, compilation.config) for step in steps if _has_hardware(step.resources)
        ),
        variables=(
            *parameters.values(),
            state,
            *stores,
            *([folder] if secrets else []),
            USER,
            NO_REUSE,
            REFRESH,
        ),
    )


class _Services:
    """Makes the services of one pipeline, which share the state folder, the stores and the parameters."""

    def __init__(
        self,
        pipeline: ir.Pipeline,
        common: Bundle,
        known: Mapping[str, Access],
        state: Mount,
        parameters: Mapping[str, Variable],
    ) -> None:
        taken = {step.id for step in pipeline.steps}
        self._pipeline = pipeline
        self._common = common
        self._known = known
        self._state = state
        self._parameters = parameters
        self._begin = add_number("begin", taken)
        self._end = add_number("end", taken)
        asks = any(step.secrets for step in pipeline.steps)
        has_secrets = asks or any(access.remote and access.remote.secret for access in known.values())
        # The secrets of all steps lie below the state folder by default: none sees another's there.
        self._hidden = (f"{paths.STATE_PATH}/{paths.SECRETS}",) if has_secrets else ()

    def services(self, steps: list[ir.Step]) -> tuple[Service, ...]:
        """One that begins a run, one a step, and one that waits for the last."""
        if not steps:
            return ()
        made = [self._step(step) for step in steps]
        waited_for = {name for service in made for name in service.after}
        last = [service for service in made if service.name not in waited_for]
        return (self._beginning(steps), *made, self._ending(steps[0], last))

    def _beginning(self, steps: list[ir.Step]) -> Service:
        image = self._common.images[steps[0].id]
        mounted = [access for access in self._known.values() if access.remote is None]
        stores = [mount for access in mounted for mount in access.mounts(read_only=False)]
        options = [word for access in mounted for word in access.options]
        return Service(
            name=self._begin,
            comment="Begins a run: makes its id and the stores' folders, and hands them to PIPELIFT_USER.",
            image=escape(image.reference),
            build=_build(image),
            command=(
                *("begin", "--run-key", RUN_KEY, "--owner", USER.expression),
                *("--state", paths.STATE_PATH, "--stores", paths.STORES_PATH, *options),
                *(word for made in steps for word in ("--desk", made.id)),
                *(word for path in self._hidden for word in ("--folder", path.rpartition("/")[2])),
            ),
            user="0:0",
            mounts=(self._state, *stores),
        )

    def _step(self, step: ir.Step) -> Service:
        image = self._common.images[step.id]
        uses = store_uses(self._pipeline, step)
        used = [(self._known[use.name], use.writes) for use in uses]
        where = f" ({step.span.file}:{step.span.line})" if step.span else ""
        return Service(
            name=step.id,
            comment=f"{step.label}{where}",
            image=escape(image.reference),
            build=_build(image),
            command=(
                *("step", "--run-key", RUN_KEY),
                *(word for access, _ in used for word in access.options),
                *self._parameter_options(step),
                *self._reuse_options(step),
            ),
            user=USER.expression,
            mounts=(
                *self._state_of(step, any(access.remote for access, _ in used)),
                *(mount for access, writes in used for mount in access.mounts(read_only=not writes)),
            ),
            hidden=self._hidden,
            secrets=(*self._secret_files(step), *self._secret_parameters(step)),
            after=self._kept_upstream(step) or (self._begin,),
            restart=f"on-failure:{step.retries}" if step.retries else None,
            shm_size=step.resources.shm_size,
        )

    def _state_of(self, step: ir.Step, uses_remote: bool) -> Iterator[Mount]:
        """The state to be read, and in it what the step may write: its desk, registries, mirrors of remote stores."""
        yield replace(self._state, read_only=True)
        for way in (*remotes.shared_folders(uses_remote), f"{paths.DESKS}/{RUN_KEY}/{escape(step.id)}"):
            yield Mount(f"{paths.STATE_PATH}/{way}", source=f"{self._state.source}/{way}")

    def _ending(self, step: ir.Step, last: list[Service]) -> Service:
        image = self._common.images[step.id]
        return Service(
            name=self._end,
            comment="Waits for the last steps and all their attempts: `docker compose up` ends with 1 where one fails.",
            image=escape(image.reference),
            build=_build(image),
            entrypoint=("python", "-c", "print('all steps have completed')"),
            command=(),
            user=USER.expression,
            after=tuple(service.name for service in last),
        )

    def secrets(self, step: ir.Step) -> tuple[str, ...]:
        """The names of the secrets that lie in files."""
        used = [self._known[use.name].remote for use in store_uses(self._pipeline, step)]
        return remotes.secrets(step, [remote for remote in used if remote])

    def _secret_files(self, step: ir.Step) -> Iterator[tuple[str, str]]:
        yield from ((name, f"{paths.SECRETS_PATH}/{name}") for name in self.secrets(step))

    def _secret_parameters(self, step: ir.Step) -> Iterator[tuple[str, str]]:
        for name, variable in secret_parameters(self._parameters, step.parameters).items():
            yield _given(variable), remotes.parameter_file(name)

    def _parameter_options(self, step: ir.Step) -> tuple[str, ...]:
        hidden = secret_parameters(self._parameters, step.parameters)
        pairs = [(name, self._parameters[name].expression) for name in step.parameters if name not in hidden]
        return tuple(word for name, value in pairs for word in ("--parameter", f"{escape(name)}={value}"))

    def _reuse_options(self, step: ir.Step) -> tuple[str, ...]:
        """A variable cannot add an option to a command, but it can make the step one of those to run anew."""
        if self._pipeline.regenerate:
            return ("--no-reuse",)
        if not step.reuse.allowed:
            return ()
        return (f"--refresh={NO_REUSE.expression % step.id}", f"--refresh={REFRESH.expression}")

    def _kept_upstream(self, step: ir.Step) -> tuple[str, ...]:
        """The steps to wait for; one that is left out is replaced by those that it would wait for."""
        found: dict[str, None] = {}
        for before in upstream(self._pipeline, step):
            earlier = self._pipeline.step(before)
            kept = (before,) if earlier.unsupported is None else self._kept_upstream(earlier)
            found.update(dict.fromkeys(kept))
        return tuple(found)


def _given(variable: Variable) -> str:
    """The name of the secret that has its value from a variable: no secret of a file is called so."""
    return f"_{variable.name}"


def _build(image: Image) -> Build:
    return Build(escape(image.dockerfile), tuple((name, escape(value)) for name, value in image.arguments))


def project_name(pipeline: ir.Pipeline) -> str:
    """A project's name has lower-case letters, digits, - and _ (Compose specification, "name")."""
    return re.sub(r"[^a-z0-9_-]", "-", file_name(pipeline.id))


def _has_hardware(resources: ir.Resources) -> bool:
    return bool(resources.gpus or resources.cpus or resources.memory)


def _hardware(step: ir.Step, config: Config) -> Hardware:
    wanted = request(step.resources, section_of(step.resources, config))
    return Hardware(
        service=step.id,
        gpus=step.resources.gpus,
        cpus=step.resources.cpus,
        memory=step.resources.memory,
        reserved_cpus=wanted.cpus,
        reserved_memory=wanted.memory,
        shm_size=wanted.shm_size,
        is_amd=wanted.is_amd,
    )
