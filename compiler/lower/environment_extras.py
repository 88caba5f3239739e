"""What environments hold besides Python: R, which conda installs, and Spark, which is reported."""

from __future__ import annotations

import re

from pipelift.compiler.evaluate.values import Value
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.lower.environment_content import Content
from pipelift.compiler.sdk.environment import Environment
from pipelift.compiler.sdk.environment_sections import RSection, SparkPackage

_ELSEWHERE = ("github_packages", "custom_url_packages", "bioconductor_packages")


def add_r(lowering: Lowering, content: Content, source: Environment) -> None:
    """Add R and its packages of CRAN by conda, where they are called ``r-NAME``; packages of other places are told."""
    section = source.r
    if not isinstance(section, RSection) or section.user_managed is True:
        return
    version = section.r_version
    content.conda.append(f"r-base={version}" if isinstance(version, str) else "r-base")
    packages = section.cran_packages if isinstance(section.cran_packages, (list, tuple)) else ()
    content.conda += [name for name in map(_conda_name, packages) if name is not None]
    for attribute in _ELSEWHERE:
        if getattr(section, attribute):
            what = attribute.replace("_", " ")
            message = f"the {what} of the R section are not installed: conda has packages of CRAN only"
            lowering.reporter.report("PL266", message, section.span)


def _conda_name(package: Value) -> str | None:
    name = package if isinstance(package, str) else getattr(package, "name", None)
    version = getattr(package, "version", None)
    if not isinstance(name, str):
        return None
    found = re.sub(r"[^a-z0-9._-]", "", name.lower())
    return f"r-{found}={version}" if isinstance(version, str) else f"r-{found}"


def report_spark(lowering: Lowering, source: Environment, runconfig: Value, step: str) -> None:
    """Tell that a step runs without Spark's launcher and without packages from Maven."""
    framework = getattr(runconfig, "framework", None)
    packages = getattr(source.spark, "packages", None)
    named = [_coordinates(one) for one in packages] if isinstance(packages, (list, tuple)) else []
    if isinstance(framework, str) and framework.lower() in ("pyspark", "spark"):
        message = f"step '{step}' is not handed to a Spark cluster: it runs as a plain Python script"
        lowering.reporter.report("PL262", message, source.span, step=step)
    elif named:
        message = f"packages for Spark are not installed: {', '.join(named)}"
        lowering.reporter.report("PL262", message, source.span, step=step)


def _coordinates(package: Value) -> str:
    if isinstance(package, SparkPackage):
        return ":".join(
            str(one) for one in (package.group, package.artifact, package.version) if one is not None
        )
    return str(package) if isinstance(package, str) else "?"
