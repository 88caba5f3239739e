"""The libraries with which a launcher reaches remote stores: which of them the image of an environment holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.config.places import Remote, place
from pipelift.compiler.ir.uses import StoreUse

Uses = Callable[[ir.Pipeline, ir.Step], Iterable[StoreUse]]
"""Which stores a step needs at hand on an engine: `store_uses`, or `source_uses` where it keeps outputs itself."""

_BLOB = ("adlfs",)
_GOOGLE = ("gcsfs",)
# SQLAlchemy's last version for Python 3.6 does not know psycopg, its successors know both.
_POSTGRESQL = (
    "psycopg2-binary; python_version < '3.7'",
    "psycopg[binary]; python_version >= '3.7'",
    "sqlalchemy",
)
REQUIREMENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "abfs": _BLOB,
        "abfss": _BLOB,
        "az": _BLOB,
        "azfile": ("azure-storage-file-share",),
        "dbfs": ("fsspec", "requests"),
        "gcs": _GOOGLE,
        "gs": _GOOGLE,
        "hdfs": ("fsspec", "pyarrow"),
        "mssql": ("pymssql", "sqlalchemy"),
        "mysql": ("pymysql[rsa]", "sqlalchemy"),
        "postgresql": _POSTGRESQL,
        "s3": ("s3fs",),
        "webhdfs": ("fsspec", "requests"),
    }
)
"""Requirements for pip by the scheme of a store's URL. Versions are open: they follow the image's Python."""


def by_environment(
    pipeline: ir.Pipeline, config: Config, target: str, uses: Uses
) -> Mapping[str, tuple[str, ...]]:
    """The sorted requirements of each environment (its id) with steps that use remote stores on `target`.

    They depend on the kinds of the stores alone: another URL leaves an image as it is.
    """
    found: dict[str, set[str]] = {}
    for step in pipeline.steps:
        places = (place(config, use.name, target) for use in uses(pipeline, step))
        schemes = [where.scheme for where in places if isinstance(where, Remote)]
        if schemes:
            needed = (REQUIREMENTS.get(scheme, ()) for scheme in schemes)
            found.setdefault(step.environment, set()).update(*needed)
    return {name: tuple(sorted(requirements)) for name, requirements in found.items()}
