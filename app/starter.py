"""`pipelift init`: a configuration file with every name that a pipeline uses, all of it commented out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from pipelift.compiler.config.section import list_options
from pipelift.compiler.ir import Pipeline, Store
from pipelift.compiler.target import load_targets
from pipelift.runtime.contract.stores import is_database

_HEAD = """\
# pipelift.toml: what only you know about this pipeline's surroundings.
# Every line is optional; remove the "# " in front of what you change. Paths start at this file.
"""

_TAIL = """\
# [images]
# registry = "registry.example.com/team"   # what images' names begin with; `pipelift build --push` pushes there
# pull_secret = "registry-login"           # the Kubernetes Secret that lets pods pull them

# [reuse]
# identity = "definition"                  # "content" notices changed data
"""


def render_starter(pipelines: Sequence[Pipeline]) -> str:
    """The text of the file: stores, compute and environments by name, the general sections, those of the targets."""
    sections = [
        *(
            _render_section("stores", name, render_store(store))
            for name, store in sorted(_collect_stores(pipelines).items())
        ),
        *(_render_section("compute", name, _COMPUTE) for name in _compute_names(pipelines)),
        *(_render_section("environments", name, _ENVIRONMENT) for name in _environment_names(pipelines)),
    ]
    return "\n".join([_HEAD, *sections, _TAIL, *_target_sections()])


def _target_sections() -> Iterator[str]:
    """Yield a section for each installed target that has settings in the file."""
    for target in load_targets():
        options = list_options(target.settings).items()
        lines = [
            f"{f'{name} = {option.example}':<41}# {option.help}"
            for name, option in options
            if option.filed and option.example
        ]
        if lines:
            yield "\n".join([f"# [{target.name}]", *(f"# {line}" for line in lines), ""])


_FOLDER = 'url = "data"                              # a folder, "volume:NAME", "pvc:CLAIM", or a URL'
_SECRET = 'secret = "NAME"                           # where its credentials are, never the credentials'
_COMPUTE = (
    'vm_size = "STANDARD_D2_V2"                # or:',
    "cpu = 2",
    "memory = 7",
    "gpu = 0",
    'node_selector = { pool = "gpu" }          # on Kubernetes, as `tolerations` and `accelerator`',
)
_ENVIRONMENT = (
    'image = "python:3.10-slim"                # or dockerfile = "Dockerfile", or:',
    'python = "3.10"',
    'packages = ["pandas"]                     # or requirements_file, or conda_file',
)


def render_store(store: Store) -> tuple[str, ...]:
    """The lines of a store's section: its address in the source or else a folder, and the name of its secret."""
    if store.address is None:
        return _FOLDER, _SECRET
    url = f"url = {json.dumps(store.address)}"
    others = "" if is_database(store.address) else "; or a folder, volume:NAME, pvc:CLAIM"
    return f"{url}   # where the source says it is{others}", _SECRET


def _collect_stores(pipelines: Sequence[Pipeline]) -> dict[str, Store]:
    """The stores by name; of two with one name, the one whose address is known."""
    stores: dict[str, Store] = {}
    for store in (store for pipeline in pipelines for store in pipeline.stores):
        if store.name not in stores or stores[store.name].address is None:
            stores[store.name] = store
    return stores


def _render_section(table: str, name: str, lines: Iterable[str]) -> str:
    head = f"# [{table}.{json.dumps(name)}]"
    return "\n".join([head, *(f"# {line}" for line in lines), ""])


def _compute_names(pipelines: Sequence[Pipeline]) -> list[str]:
    return _sort_unique(s.resources.compute for p in pipelines for s in p.steps if s.resources.compute)


def _environment_names(pipelines: Sequence[Pipeline]) -> list[str]:
    return _sort_unique(e.name for p in pipelines for e in p.environments if e.name)


def _sort_unique(names: Iterable[str]) -> list[str]:
    return sorted(dict.fromkeys(names))
