"""Environments of run configurations, each distinct content once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from pipelift.compiler import ir
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.lower.context import Lowering, make_slug
from pipelift.compiler.lower.environment_content import (
    Content,
    add_dependencies,
    changes_content,
    qualify_image,
    read_configured,
    replace_azure_base,
)
from pipelift.compiler.lower.environment_extras import add_r, report_spark
from pipelift.compiler.lower.read import Reader, Weight
from pipelift.compiler.sdk.catalogue.curated import find_curated
from pipelift.compiler.sdk.core.conda import DEFAULT_PYTHON, CondaDependencies
from pipelift.compiler.sdk.core.environment import DefaultEnvironment, Environment, EnvironmentRecord
from pipelift.compiler.sdk.core.environment_sections import (
    DEFAULT_INTERPRETER,
    ContainerRegistry,
    DockerBuildContext,
    DockerSection,
    PythonSection,
)
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.steps.step import PipelineStep


class _SourceEnvironment:
    """An environment of the program under its name, with its sections as far as they are known."""

    def __init__(self, read: Reader, source: Environment, name: str | None) -> None:
        self.read = read
        self.source = source
        self.name = name
        self.python = read.part(source.python, PythonSection, "the Python section")
        self.docker = read.part(source.docker, DockerSection, "the Docker section")
        managed = self.python and read.flag(
            self.python.user_managed_dependencies, "user_managed_dependencies"
        )
        self.user_managed = managed is True

    @property
    def is_named(self) -> bool:
        """Whether the environment is only a name (and version), which the workspace would resolve.

        The environment of a run configuration that got only a name is one; `Environment("name")` is a new one.
        """
        source, docker = self.source, self.docker
        if self.name is None or self.user_managed or not self._is_untouched:
            return False
        own = () if docker is None else (docker.base_image, docker.base_dockerfile, docker.build_context)
        referred = source.version is not None or isinstance(source, DefaultEnvironment)
        return referred and all(value is None for value in own)

    @property
    def _is_untouched(self) -> bool:
        """Whether the program leaves the packages at their default."""
        packages = None if self.python is None else self.python.conda_dependencies
        return packages is None or (isinstance(packages, CondaDependencies) and packages.untouched)


def _weigh_name(source: Environment) -> Weight:
    """The weight of the name: required if only the workspace knows the environment, else just a label."""
    return "setting" if source.known else "run"


@dataclass(slots=True)
class Environments:
    """The environments of one pipeline, in the order of their first use.

    `folders` and `snapshot_ids` are the pipeline's snapshots, which build contexts join.
    """

    lowering: Lowering
    folders: dict[str, ir.Snapshot] = field(default_factory=dict)
    snapshot_ids: set[str] = field(default_factory=set)
    _by_digest: dict[str, ir.Environment] = field(default_factory=dict)
    _ids: set[str] = field(default_factory=set)
    _reported: set[str] = field(default_factory=set)

    @property
    def entries(self) -> tuple[ir.Environment, ...]:
        """In the order of their first use."""
        return tuple(self._by_digest.values())

    def add_step(
        self, node: PipelineStep, runconfig: RunConfiguration | None, step: str
    ) -> tuple[str, tuple[ir.NamedValue, ...]]:
        """The id of a step's environment, and the variables that its run configuration adds."""
        if runconfig is None:
            return self._add(None, None, Content(), (), node.span), ()
        read = Reader(self.lowering, f"step '{step}'", node.span, step)
        own = read.variables(runconfig.environment_variables)
        source = read.part(runconfig.environment, Environment, "the environment")
        if source is None:
            return self._add(None, None, Content(), (), node.span), own
        read = Reader(self.lowering, f"the environment of step '{step}'", source.span, step)
        environment = _SourceEnvironment(
            read, source, read.text(source.name, "the name", _weigh_name(source))
        )
        if node.parameters and source.known and environment.is_named:
            self._refuse_parameters(node, environment)
        content = self._make_content(environment, step)
        if node.refused is None:
            report_spark(read, source, runconfig, step)
        variables = read.variables(source.environment_variables)
        version = read.text(source.version, "the version", "setting")
        return self._add(environment.name, version, content, variables, source.span), own

    def _refuse_parameters(self, node: PipelineStep, environment: _SourceEnvironment) -> None:
        """Report a step with pipeline parameters and an environment by name, which the SDK documents as an error."""
        message = (
            f"step '{environment.read.step}' has pipeline parameters, and its environment is given by its name "
            f"'{environment.name}': the SDK wants an Environment object there"
        )
        self.lowering.reporter.report("PL263", message, node.span, step=environment.read.step)

    def _add(
        self,
        name: str | None,
        version: str | None,
        content: Content,
        variables: tuple[ir.NamedValue, ...],
        span: Span,
    ) -> str:
        digest = content.digest(variables)
        if digest not in self._by_digest:
            self._by_digest[digest] = ir.Environment(
                id=make_slug("default" if name is None else name, self._ids, "environment"),
                name=name,
                version=version,
                python=content.python,
                pip=tuple(content.pip),
                conda=tuple(content.conda),
                channels=tuple(content.channels),
                image=content.image,
                dockerfile=content.dockerfile,
                user_managed=content.user_managed,
                isolated=content.isolated,
                interpreter=content.interpreter,
                context=content.context,
                variables=variables,
                digest=digest,
                span=span,
            )
        return self._by_digest[digest].id

    def _make_content(self, environment: _SourceEnvironment, step: str) -> Content:
        section = (
            None if environment.name is None else self.lowering.config.environments.get(environment.name)
        )
        if not environment.source.known or environment.is_named:
            return self._find_by_name(environment, step)
        if section is not None and changes_content(section):
            return read_configured(self.lowering, str(environment.name), section, environment.source.span)
        content = self._read_content(environment)
        return content if section is None else replace(content, python=section.python or content.python)

    def _read_content(self, environment: _SourceEnvironment) -> Content:
        content, read, python, docker = Content(), environment.read, environment.python, environment.docker
        if python is not None:
            packages = read.part(python.conda_dependencies, CondaDependencies, "the packages")
            if packages is not None:
                add_dependencies(self.lowering, content, packages, read)
            content.user_managed = environment.user_managed
            if content.user_managed:
                path = read.text(python.interpreter_path, "interpreter_path")
                content.interpreter = None if path == DEFAULT_INTERPRETER else path
        if docker is not None:
            content.image = self._read_image(docker, read)
            content.dockerfile = read.text(docker.base_dockerfile, "base_dockerfile") or None
            self._add_context(content, docker, read)
        add_r(read, content, environment.source)
        return replace_azure_base(self.lowering, content, environment.source.span)

    def _read_image(self, docker: DockerSection, read: Reader) -> str | None:
        """The image under its full name; a private registry is named, so that the user logs in there."""
        image = read.text(docker.base_image, "base_image")
        registry = read.part(docker.base_image_registry, ContainerRegistry, "the registry")
        if not image or registry is None:
            return image or None
        address = read.text(registry.address, "the registry")
        full = qualify_image(image, address)
        host = full.split("/", 1)[0]
        if address and host not in self._reported:
            self._reported.add(host)
            message = f"'{full}' is in a private registry"
            remedy = f"Log in where images are built: docker login {host}."
            self.lowering.reporter.report("PL261", message, read.span, help=remedy)
        return full

    def _add_context(self, content: Content, docker: DockerSection, read: Reader) -> None:
        """A build context becomes a snapshot, whose files the Dockerfile finds beside it."""
        context = read.part(docker.build_context, DockerBuildContext, "build_context")
        if context is None:
            return
        content.dockerfile = read.text(context.dockerfile, "the Dockerfile") or None
        content.user_managed = True
        folder = read.text(context.folder, "the folder of the build context")
        if content.dockerfile is None or folder is None:
            return
        lowering = self.lowering
        place = lowering.relative(lowering.outside.resolve(folder))
        if place not in self.folders:
            identifier = make_slug(
                place.rsplit("/", 1)[-1].strip(".") or "context", self.snapshot_ids, "context"
            )
            self.folders[place] = ir.Snapshot(
                id=identifier, directory=place, files=(), digest="", span=context.span
            )
        content.context = self.folders[place].id

    def _find_by_name(self, environment: _SourceEnvironment, step: str) -> Content:
        """An environment that only the workspace knows: configured, curated, or the default with an error."""
        name, source = environment.name, environment.source
        if not name:
            return Content()
        registered = self.lowering.record.part(EnvironmentRecord).environments.get(name)
        if registered is not None and name not in self.lowering.config.environments:
            read = Reader(self.lowering, environment.read.owner, registered.span, step)
            return self._read_content(_SourceEnvironment(read, registered, name))
        section = self.lowering.config.environments.get(name)
        if section is not None:
            return read_configured(self.lowering, name, section, source.span)
        public = find_curated(name)
        if public is not None:
            self._report_once(
                name, "PL216", f"the curated environment '{name}' is rebuilt from public packages", source
            )
            return Content(python=public.python, pip=list(public.packages), image=public.image)
        message = f"what the environment '{name}' holds is known to the workspace only"
        remedy = (
            f"Say it in pipelift.toml: [environments.{json.dumps(name)}] with image or dockerfile, or with python "
            "and packages, requirements_file or conda_file."
        )
        self._report_once(name, "PL207", message, source, remedy)
        return Content(python=DEFAULT_PYTHON)

    def _report_once(self, name: str, code: str, message: str, source: Environment, remedy: str = "") -> None:
        """Report what is true of all environments of that name, once."""
        if f"{code} {name}" not in self._reported:
            self._reported.add(f"{code} {name}")
            self.lowering.reporter.report(code, message, source.span, help=remedy)
