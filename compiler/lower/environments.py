"""Environments: what a run configuration says is installed, each distinct content once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from pipelift.compiler import ir
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.values import Value
from pipelift.compiler.lower.context import Lowering, slug
from pipelift.compiler.lower.environment_content import (
    Content,
    add_dependencies,
    changes_content,
    configured,
    in_registry,
    on_azure_base,
)
from pipelift.compiler.lower.environment_extras import add_r, report_spark
from pipelift.compiler.sdk.conda import DEFAULT_PYTHON
from pipelift.compiler.sdk.curated import curated
from pipelift.compiler.sdk.environment import DefaultEnvironment, Environment
from pipelift.compiler.sdk.environment_sections import ContainerRegistry, DockerBuildContext
from pipelift.compiler.sdk.steps import PipelineStep


@dataclass(slots=True)
class Environments:
    """The environments of one pipeline, in the order of their first use.

    `folders` and `snapshot_ids` are the pipeline's snapshots, which build contexts join.
    """

    lowering: Lowering
    folders: dict[str, ir.Snapshot] = field(default_factory=dict)
    snapshot_ids: set[str] = field(default_factory=set)
    _found: dict[str, ir.Environment] = field(default_factory=dict)
    _ids: set[str] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)

    @property
    def found(self) -> tuple[ir.Environment, ...]:
        """In the order of their first use."""
        return tuple(self._found.values())

    def of_step(self, node: PipelineStep, step: str) -> tuple[str, tuple[ir.NamedValue, ...]]:
        """The id of a step's environment, and the variables that its run configuration adds."""
        lowering, runconfig = self.lowering, node.runconfig
        if lowering.unknown("PL112", f"the run configuration of step '{step}'", runconfig, node.span, step):
            runconfig = None
        source = getattr(runconfig, "environment", None)
        if lowering.unknown("PL112", f"the environment of step '{step}'", source, node.span, step):
            source = None
        own = lowering.named_values(getattr(runconfig, "environment_variables", None))
        if not isinstance(source, Environment):
            return self._add(None, None, Content(), (), node.span), own
        self._check_parameters(node, source, step)
        content = self._content(source, step)
        if node.refused is None:
            report_spark(lowering, source, runconfig, step)
        variables = lowering.named_values(source.environment_variables)
        return self._add(source.name, source.version, content, variables, source.span), own

    def _check_parameters(self, node: PipelineStep, source: Environment, step: str) -> None:
        """The documented rule: an environment by its name does not go with a PipelineParameter."""
        if node.parameters and source.known and self._is_named(source):
            message = (
                f"step '{step}' has pipeline parameters, and its environment is given by its name "
                f"'{source.name}': the SDK wants an Environment object there"
            )
            self.lowering.reporter.report("PL263", message, node.span, step=step)

    def _add(
        self, name: Value, version: Value, content: Content, variables: tuple[ir.NamedValue, ...], span: Span
    ) -> str:
        digest = content.digest(variables)
        if digest not in self._found:
            self._found[digest] = ir.Environment(
                id=slug(name if isinstance(name, str) else "default", self._ids, "environment"),
                name=name if isinstance(name, str) else None,
                version=None if version is None else str(version),
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
        return self._found[digest].id

    def _content(self, source: Environment, step: str) -> Content:
        section = self.lowering.config.environments.get(source.name) if isinstance(source.name, str) else None
        if not source.known or self._is_named(source):
            return self._by_name(source, step)
        if section is not None and changes_content(section):
            return configured(self.lowering, str(source.name), section, source.span)
        content = self._own_content(source, step)
        return content if section is None else replace(content, python=section.python or content.python)

    def _own_content(self, source: Environment, step: str) -> Content:
        content = Content()
        python = source.python
        add_dependencies(
            self.lowering, content, getattr(python, "conda_dependencies", None), source.span, step
        )
        content.user_managed = getattr(python, "user_managed_dependencies", False) is True
        path = getattr(python, "interpreter_path", None)
        if content.user_managed and isinstance(path, str) and path != "python":
            content.interpreter = path
        content.image = self._image(source, step)
        content.dockerfile = self._own_text(source.docker, "base_dockerfile", source, step)
        self._add_context(content, source, step)
        add_r(self.lowering, content, source)
        return on_azure_base(self.lowering, content, source.span)

    def _is_named(self, source: Environment) -> bool:
        """Whether the environment is only a name (and version), which the workspace would resolve.

        The environment of a run configuration that got only a name is one; `Environment("name")` is a new one.
        """
        if not isinstance(source.name, str):
            return False
        docker, dependencies = source.docker, getattr(source.python, "conda_dependencies", None)
        own = (docker.base_image, docker.base_dockerfile, docker.build_context)
        untouched = dependencies is None or getattr(dependencies, "untouched", False)
        managed = getattr(source.python, "user_managed_dependencies", False) is not True
        referred = source.version is not None or isinstance(source, DefaultEnvironment)
        return referred and untouched and managed and all(one is None for one in own)

    def _image(self, source: Environment, step: str) -> str | None:
        """The image under its full name; a private registry is named, so that the user logs in there."""
        image = self._own_text(source.docker, "base_image", source, step)
        registry = source.docker.base_image_registry
        address = registry.address if isinstance(registry, ContainerRegistry) else None
        what = f"the registry of the environment of '{step}'"
        if image is None or self.lowering.unknown("PL112", what, address, source.span, step):
            return image
        full = in_registry(image, address)
        host = full.split("/", 1)[0]
        if address and host not in self._told:
            self._told.add(host)
            message = f"'{full}' is in a private registry"
            remedy = f"Log in where images are built: docker login {host}."
            self.lowering.reporter.report("PL261", message, source.span, help=remedy)
        return full

    def _own_text(self, section: Value, attribute: str, source: Environment, step: str) -> str | None:
        value = getattr(section, attribute, None)
        if self.lowering.unknown(
            "PL112", f"the {attribute} of the environment of '{step}'", value, source.span, step
        ):
            return None
        return value if isinstance(value, str) and value else None

    def _add_context(self, content: Content, source: Environment, step: str) -> None:
        """A build context becomes a snapshot, whose files the Dockerfile finds beside it."""
        context = source.docker.build_context
        if not isinstance(context, DockerBuildContext):
            return
        content.dockerfile = self._own_text(context, "dockerfile", source, step)
        content.user_managed = True
        if content.dockerfile is None or not isinstance(context.folder, str):
            return
        lowering = self.lowering
        place = lowering.relative(lowering.outside.resolve(context.folder))
        if place not in self.folders:
            found = slug(place.rsplit("/", 1)[-1].strip(".") or "context", self.snapshot_ids, "context")
            self.folders[place] = ir.Snapshot(
                id=found, directory=place, files=(), digest="", span=context.span
            )
        content.context = self.folders[place].id

    def _by_name(self, source: Environment, step: str) -> Content:
        """An environment that only the workspace knows: configured, curated, or the default with an error."""
        name = self.lowering.text("the name of an environment", source.name, source.span, step)
        if not name:
            return Content()
        registered = self.lowering.record.environments.get(name)
        if registered is not None and name not in self.lowering.config.environments:
            return self._own_content(registered, step)
        section = self.lowering.config.environments.get(name)
        if section is not None:
            return configured(self.lowering, name, section, source.span)
        found = curated(name)
        if found is not None:
            self._tell(
                name, "PL216", f"the curated environment '{name}' is rebuilt from public packages", source
            )
            return Content(python=found.python, pip=list(found.packages), image=found.image)
        message = f"what the environment '{name}' holds is known to the workspace only"
        remedy = (
            f"Say it in pipelift.toml: [environments.{json.dumps(name)}] with image or dockerfile, or with python "
            "and packages, requirements_file or conda_file."
        )
        self._tell(name, "PL207", message, source, remedy)
        return Content(python=DEFAULT_PYTHON)

    def _tell(self, name: str, code: str, message: str, source: Environment, remedy: str = "") -> None:
        """Report what is true of all environments of that name, once."""
        if f"{code} {name}" not in self._told:
            self._told.add(f"{code} {name}")
            self.lowering.reporter.report(code, message, source.span, help=remedy)
