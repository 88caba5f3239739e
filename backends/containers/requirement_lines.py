"""An environment's pip section as the lines of a requirements file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipelift.backends.printing.literals import comment_text
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir.requirements import parse_requirement

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

_EDITABLE_VCS = re.compile(r"(?:-e|--editable)[\s=]+(?=(?:git|hg|svn|bzr)\+)", re.IGNORECASE)
_LOCAL = re.compile(
    r"(-e\b|--editable\b|-r\b|--requirement\b|-c\b|--constraint\b|\.{0,2}/|file:)", re.IGNORECASE
)
_OPTION = re.compile(r"(?P<name>--?[a-z-]+)(?:[\s=]+(?P<value>.*))?", re.DOTALL)
_INDEX = ("-i", "--index-url", "--extra-index-url", "-f", "--find-links")
_ALLOWED = (
    *_INDEX,
    "--trusted-host",
    "--no-index",
    "--pre",
    "--prefer-binary",
    "--no-binary",
    "--only-binary",
)
_URL = re.compile(r"(?:https?|file)://", re.IGNORECASE)
# Real libraries that an ``azureml-…[extra]`` brings along and that scripts use without naming them.
_BROUGHT = {"pandas": ("pandas", "pyarrow")}

_RENAMED = {"sklearn": "scikit-learn", "tensorflow-gpu": "tensorflow[and-cuda]"}
"""Names that the package index keeps only to refuse them."""
_AFTER_THE_END = ("3.0", *(f"2.{minor}.{patch}" for minor in range(12, 50) for patch in range(10)))
"""Versions of TensorFlow since its packages for CPUs and GPUs are one."""


def requirement_lines(environment: ir.Environment, reporter: Reporter) -> tuple[str, ...]:
    """The requirements less the SDK's own packages, whose place the stand-in takes; options come first.

    What the image cannot install is reported (PL407), as is what goes by another name today (PL402).
    """
    options: dict[str, None] = {}
    packages: dict[str, None] = {}
    for text in environment.pip:
        requirement = _EDITABLE_VCS.sub("", comment_text(text))
        parsed = parse_requirement(requirement)
        if parsed is not None and _is_of_sdk(parsed.name):
            for extra in sorted(parsed.extras):
                packages.update(dict.fromkeys(_BROUGHT.get(extra.lower(), ())))
        elif not _is_portable(requirement):
            reporter.report(
                "PL407",
                f"{_describe_environment(environment)} installs '{requirement}', {_WHY}",
                environment.span,
            )
        elif requirement.startswith("-"):
            options[requirement] = None
        elif requirement:
            packages[_rename_package(requirement, environment, reporter)] = None
    return (*options, *packages)


_WHY = "a file or option that means nothing where the image is built"


def names_an_index(lines: Iterable[str]) -> bool:
    """Whether a requirements file names an index or a page of links."""
    return any(line.split("=")[0].split()[:1] in ([name] for name in _INDEX) for line in lines)


def _is_of_sdk(name: str) -> bool:
    from packaging.utils import canonicalize_name  # an environment without packages does without

    return re.match(r"azureml(-|$)", canonicalize_name(name)) is not None


def _is_portable(requirement: str) -> bool:
    """Whether a requirement means the same on another machine."""
    if not requirement.startswith("-"):
        parsed = parse_requirement(requirement)
        is_file = parsed is not None and (parsed.url or "").lower().startswith("file:")
        return not is_file and not _LOCAL.match(requirement)
    option = _OPTION.fullmatch(requirement)
    if option is None or option["name"] not in _ALLOWED:
        return False
    return option["name"] not in ("-f", "--find-links") or _URL.match(option["value"] or "") is not None


def _rename_package(requirement: str, environment: ir.Environment, reporter: Reporter) -> str:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    parsed = parse_requirement(requirement)
    if parsed is None or parsed.url is not None:  # a URL says itself where the package is
        return requirement
    name = canonicalize_name(parsed.name)
    if name not in _RENAMED or _is_served(name, parsed.specifier):
        return requirement
    today = Requirement(_RENAMED[name])
    today.extras |= parsed.extras
    today.marker = parsed.marker
    if name == "tensorflow-gpu":
        today.specifier = parsed.specifier
    message = f"{_describe_environment(environment)} installs '{requirement}', which the package index has as '{today}'"
    reporter.report("PL402", message, environment.span)
    return str(today)


def _is_served(name: str, versions: SpecifierSet) -> bool:
    """Whether the index still has what `versions` takes under the old name: tensorflow-gpu ended with 2.11."""
    return name == "tensorflow-gpu" and not any(map(versions.contains, _AFTER_THE_END))


def _describe_environment(environment: ir.Environment) -> str:
    return f"environment '{environment.name or environment.id}'"
