"""Map the repository's top-level directories onto the one import package ``pipelift``."""

from setuptools import find_namespace_packages, setup

ROOTS = ("compiler", "app", "backends", "testing", "templates", "runtime")

setup(
    packages=[
        f"pipelift.{name}"
        for root in ROOTS
        for name in (root, *(f"{root}.{sub}" for sub in find_namespace_packages(root)))
        if "__pycache__" not in name
    ],
    package_dir={f"pipelift.{root}": root for root in ROOTS},
)
