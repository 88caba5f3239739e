"""Environments: what a run configuration says is installed, each distinct content once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from pipelift.compiler import ir
from pipelift.compiler.evaluate.values import Value
from pipelift.compiler.lower.context import Lowering, slug
from pipelift.compiler.sdk.conda import DEFAULT_PYTHON, CondaDependencies
from pipelift.compiler.sdk.curated import curated
from pipelift.compiler.sdk.environment import Environment
from pipelift.compiler.sdk.packages import without_sdk
from pipelift.compiler.sdk.steps import PipelineStep
from pipelift.compiler.span import Span


@dataclass(slots=True)
class Content:
    """What an environment holds, before it has an id."""

    python: str = DEFAULT_PYTHON
    pip: list[str] = field(default_factory=list)
    conda: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    image: str | None = None
    dockerfile: str | None = None
    user_managed: bool = False

    def digest(self, variables: tuple[ir.NamedValue, ...]) -> str:
        """The sha256 of the content: no names, so that a renamed environment is the same one."""
        data = [
            self.python,
            self.pip,
            self.conda,
            self.channels,
            self.image,
            self.dockerfile,
            self.user_managed,
        ]
        pairs = [(one.name, one.value) for one in variables]
        return hashlib.sha256(json.dumps([*data, pairs], sort_keys=True).encode()).hexdigest()


@dataclass(slots=True)
class Environments:
    """The environments of one pipeline, in the order of their first use."""

    lowering: Lowering
    _found: dict[str, ir.Environment] = field(default_factory=dict)
    _ids: set[str] = field(default_factory=set)

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
        content = self._content(source, step)
        variables = lowering.named_values(source.environment_variables)
        return self._add(source.name, source.version, content, variables, source.span), own

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
                variables=variables,
                digest=digest,
                span=span,
            )
        return self._found[digest].id

    def _content(self, source: Environment, step: str) -> Content:
        dependencies = getattr(source.python, "conda_dependencies", None)
        named_only = not source.known or (isinstance(source.name, str) and self._is_bare(source))
        if named_only:
            return self._by_name(source, step)
        content = Content()
        self._add_dependencies(content, dependencies, source, step)
        content.user_managed = getattr(source.python, "user_managed_dependencies", False) is True
        content.image = self._own_text(source.docker, "base_image", source, step)
        content.dockerfile = self._own_text(source.docker, "base_dockerfile", source, step)
        return content

    @staticmethod
    def _is_bare(source: Environment) -> bool:
        """Whether the environment is only a name (and version), which the workspace would resolve."""
        docker, dependencies = source.docker, source.python.conda_dependencies
        own = (docker.base_image, docker.base_dockerfile)
        untouched = dependencies is None or getattr(dependencies, "untouched", False)
        return source.version is not None and untouched and all(one is None for one in own)

    def _own_text(self, section: Value, attribute: str, source: Environment, step: str) -> str | None:
        value = getattr(section, attribute, None)
        if self.lowering.unknown(
            "PL112", f"the {attribute} of the environment of '{step}'", value, source.span, step
        ):
            return None
        return value if isinstance(value, str) and value else None

    def _add_dependencies(
        self, content: Content, dependencies: Value, source: Environment, step: str
    ) -> None:
        what = f"the packages of the environment of step '{step}'"
        if self.lowering.unknown("PL112", what, dependencies, source.span, step):
            return
        if not isinstance(dependencies, CondaDependencies):
            return
        lists = [dependencies.pip, dependencies.conda, dependencies.channels, dependencies.python]
        self.lowering.unknown("PL112", what, lists, dependencies.span, step)
        kept, removed = without_sdk([one for one in dependencies.pip if isinstance(one, str)])
        if removed and not dependencies.untouched:
            message = (
                f"{', '.join(removed)}: replaced by pipelift's runtime, with the packages that they brought"
            )
            self.lowering.reporter.report("PL215", message, dependencies.span)
        conda, _ = without_sdk([one for one in dependencies.conda if isinstance(one, str)])
        content.pip, content.conda = kept, conda
        content.channels = [one for one in dependencies.channels if isinstance(one, str)]
        content.python = dependencies.python if isinstance(dependencies.python, str) else DEFAULT_PYTHON

    def _by_name(self, source: Environment, step: str) -> Content:
        """An environment that only the workspace knows: configured, curated, or the default with an error."""
        name = self.lowering.text("the name of an environment", source.name, source.span, step)
        if not name:
            return Content()
        section = self.lowering.config.environments.get(name)
        if section is not None:
            python = section.python or DEFAULT_PYTHON
            return Content(python=python, pip=list(section.packages), image=section.image)
        found = curated(name)
        if found is not None:
            message = f"the curated environment '{name}' is rebuilt from public packages"
            self.lowering.reporter.report("PL216", message, source.span)
            return Content(python=found.python, pip=list(found.packages), image=found.image)
        self.lowering.reporter.report(
            "PL207",
            f"what the environment '{name}' holds is known to the workspace only",
            source.span,
            help=f"Say it in pipelift.toml: [environments.{json.dumps(name)}] with image, or python and packages.",
        )
        return Content()
