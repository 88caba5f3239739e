"""Parts of environments besides Python: R, which conda installs, and Spark, which is reported."""

from __future__ import annotations

import re

from pipelift.compiler.evaluate.values import Value
from pipelift.compiler.lower.environment_content import Content
from pipelift.compiler.lower.read import Reader
from pipelift.compiler.sdk.core.environment import Environment
from pipelift.compiler.sdk.core.environment_sections import RCranPackage, RSection, SparkPackage, SparkSection
from pipelift.compiler.sdk.core.runconfig import RunConfiguration


def add_r(read: Reader, content: Content, source: Environment) -> None:
    """Add R and its CRAN packages from conda, where they are called ``r-NAME``; other packages are reported."""
    section = read.part(source.r, RSection, "the R section")
    if section is None or read.flag(section.user_managed, "user_managed of the R section"):
        return
    version = read.text(section.r_version, "r_version")
    content.conda.append(f"r-base={version}" if version else "r-base")
    packages = (
        _read_conda_name(read, package) for package in read.items(section.cran_packages, "cran_packages")
    )
    content.conda += [name for name in packages if name is not None]
    elsewhere = {
        "github packages": section.github_packages,
        "custom url packages": section.custom_url_packages,
        "bioconductor packages": section.bioconductor_packages,
    }
    for what, other_packages in elsewhere.items():
        if other_packages:
            message = f"the {what} of the R section are not installed: conda has packages of CRAN only"
            read.lowering.reporter.report("PL266", message, section.span)


def _read_conda_name(read: Reader, package: Value) -> str | None:
    """The conda package of a CRAN package, which is a name or an RCranPackage."""
    what, version = "a package of CRAN", None
    if isinstance(package, RCranPackage):
        version = read.text(package.version, f"the version of {what}")
        package = package.name
    name = read.text(package, what)
    if name is None:
        return None
    cleaned = re.sub(r"[^a-z0-9._-]", "", name.lower())
    return f"r-{cleaned}={version}" if version else f"r-{cleaned}"


def report_spark(read: Reader, source: Environment, runconfig: RunConfiguration, step: str) -> None:
    """Report that a step runs without Spark's launcher and without packages from Maven."""
    framework = read.text(runconfig.framework, "the framework", "setting")
    spark = read.part(source.spark, SparkSection, "the Spark section", "setting")
    packages = [] if spark is None else read.items(spark.packages, "the packages for Spark", "setting")
    if framework is not None and framework.lower() in ("pyspark", "spark"):
        message = f"step '{step}' is not handed to a Spark cluster: it runs as a plain Python script"
        read.lowering.reporter.report("PL262", message, source.span, step=step)
    elif packages:
        names = ", ".join(_read_coordinates(read, package) for package in packages)
        message = f"packages for Spark are not installed: {names}"
        read.lowering.reporter.report("PL262", message, source.span, step=step)


def _read_coordinates(read: Reader, package: Value) -> str:
    what = "a package for Spark"
    parts = (
        (package.group, package.artifact, package.version)
        if isinstance(package, SparkPackage)
        else (package,)
    )
    words = (read.text(part, what, "setting") for part in parts)
    return ":".join(word for word in words if word is not None) or "?"
