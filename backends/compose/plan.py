"""An IR pipeline as a Compose project: every decision, and a report of what Compose cannot keep."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pipelift.backends.compose.model import Build, Hardware, Mount, Project, Service, Variable
from pipelift.backends.compose.stores import Access, accesses, mount_path, secrets_variable
from pipelift.backends.compose.variables import (
    escape,
    parameter_variables,
    path_variable,
    secret_parameters,
)
from pipelift.backends.containers.bundle import Bundle, Image, file_name
from pipelift.backends.wiring import remotes
from pipelift.backends.wiring.requests import find_section, report_device_files, request
from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.ir.graph import upstream
from pipelift.compiler.ir.names import add_number
from pipelift.compiler.ir.uses import secret_uses, store_uses
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
    by_store = accesses(pipeline, compilation)
    state = path_variable(
        "PIPELIFT_STATE",
        "folder of run records and reuse",
        mount_path(compilation.base / paths.STATE, compilation.output),
    )
    parameters = parameter_variables(pipeline.parameters)
    builder = _Services(
        pipeline, common, by_store, Mount(paths.STATE_PATH, source=state.expression), parameters
    )
    services = builder.services(steps)
    volumes = dict.fromkeys(access.volume for access in by_store.values() if access.volume)
    stores = [access.variable for access in by_store.values() if access.variable]
    folder = secrets_variable(compilation)
    secrets = sorted({name for step in steps for name in builder.secrets(step)})
    used = dict.fromkeys(name for step in steps for name in step.parameters)
    return Project(
        name=project_name(pipeline),
        source=pipeline.source,
        services=services,
        volumes=tuple((volume, volume) for volume in volumes),
        secrets=tuple((secret, f"{folder.expression}/{secret}") for secret in secrets),
        variable_secrets=tuple(
            (_secret_name(variable), variable.name)
            for variable in secret_parameters(parameters, used).values()
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
        accesses: Mapping[str, Access],
        state: Mount,
        parameters: Mapping[str, Variable],
    ) -> None:
        taken = {step.id for step in pipeline.steps}
        self._pipeline = pipeline
        self._common = common
        self._accesses = accesses
        self._state = state
        self._parameters = parameters
        self._uses = {step.id: store_uses(pipeline, step) for step in pipeline.steps}
        self._begin = add_number("begin", taken)
        self._end = add_number("end", taken)
        step_has_secrets = any(secret_uses(step) for step in pipeline.steps)
        has_secrets = step_has_secrets or any(
            access.remote and access.remote.secret for access in accesses.values()
        )
        # The secrets of all steps lie below the state folder by default: none sees another's there.
        self._hidden = (f"{paths.STATE_PATH}/{paths.SECRETS}",) if has_secrets else ()

    def services(self, steps: list[ir.Step]) -> tuple[Service, ...]:
        """One that begins a run, one a step, and one that waits for the last."""
        if not steps:
            return ()
        step_services = [self._step_service(step) for step in steps]
        waited_for = {name for service in step_services for name in service.after}
        last = [service for service in step_services if service.name not in waited_for]
        return (self._begin_service(steps), *step_services, self._end_service(steps[0], last))

    def _begin_service(self, steps: list[ir.Step]) -> Service:
        image = self._common.images[steps[0].id]
        mounted = [access for access in self._accesses.values() if access.remote is None]
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
                *(word for step in steps for word in ("--desk", step.id)),
                *(word for path in self._hidden for word in ("--folder", path.rpartition("/")[2])),
            ),
            user="0:0",
            mounts=(self._state, *stores),
        )

    def _step_service(self, step: ir.Step) -> Service:
        image = self._common.images[step.id]
        used = [(self._accesses[use.name], use.writable) for use in self._uses[step.id]]
        place = f" ({step.span.file}:{step.span.line})" if step.span else ""
        return Service(
            name=step.id,
            comment=f"{step.label}{place}",
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
                *self._state_mounts(step, any(access.remote for access, _ in used)),
                *(mount for access, writable in used for mount in access.mounts(read_only=not writable)),
            ),
            hidden=self._hidden,
            secrets=(*self._secret_files(step), *self._secret_parameters(step)),
            after=self._list_upstream_services(step) or (self._begin,),
            restart=f"on-failure:{step.retries}" if step.retries else None,
            shm_size=step.resources.shm_size,
        )

    def _state_mounts(self, step: ir.Step, uses_remote: bool) -> Iterator[Mount]:
        """The state to be read, and in it what the step may write: its desk, registries, mirrors of remote stores."""
        yield replace(self._state, read_only=True)
        for path in (*remotes.shared_folders(uses_remote), f"{paths.DESKS}/{RUN_KEY}/{escape(step.id)}"):
            yield Mount(f"{paths.STATE_PATH}/{path}", source=f"{self._state.source}/{path}")

    def _end_service(self, step: ir.Step, last: list[Service]) -> Service:
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
        used = [self._accesses[use.name].remote for use in self._uses[step.id]]
        return remotes.secrets(step, [remote for remote in used if remote])

    def _secret_files(self, step: ir.Step) -> Iterator[tuple[str, str]]:
        yield from ((name, f"{paths.SECRETS_PATH}/{name}") for name in self.secrets(step))

    def _secret_parameters(self, step: ir.Step) -> Iterator[tuple[str, str]]:
        for name, variable in secret_parameters(self._parameters, step.parameters).items():
            yield _secret_name(variable), remotes.parameter_file(name)

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

    def _list_upstream_services(self, step: ir.Step) -> tuple[str, ...]:
        """The steps to wait for; one that is left out is replaced by those that it would wait for."""
        names: dict[str, None] = {}
        for before in upstream(self._pipeline, step):
            earlier = self._pipeline.step(before)
            services = (before,) if earlier.unsupported is None else self._list_upstream_services(earlier)
            names.update(dict.fromkeys(services))
        return tuple(names)


def _secret_name(variable: Variable) -> str:
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
    requested = request(step.resources, find_section(step.resources, config))
    return Hardware(
        service=step.id,
        gpus=step.resources.gpus,
        cpus=step.resources.cpus,
        memory=step.resources.memory,
        reserved_cpus=requested.cpus,
        reserved_memory=requested.memory,
        shm_size=requested.shm_size,
        is_amd=requested.is_amd,
    )
