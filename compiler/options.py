"""What the caller gives beside the pipeline file: the options that all commands share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """The common options.

    `environment` and `arguments` are what the program sees as ``os.environ`` and ``sys.argv[1:]``; `parameters` are
    texts by name; `config` is the path of a configuration file (None: `pipelift.toml` beside the pipeline);
    `bindings` are values by the name of the variable that they are for (Python literals, else texts); `allowed` are
    codes of losses to accept; `pipeline` picks one of several by name; `cwd` is where relative paths start (None: the
    current folder); `workdir` is the folder in which the program is to be run, if the user names it. `files` are
    files by the name, or its end, under which the program reads them. `readable` are folders that may be read beside
    the project's own. No configuration widens them: it lies in the project, which may come from anybody. `python_path`
    are folders in which modules are looked for, as in ``PYTHONPATH``.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    bindings: Mapping[str, str] = field(default_factory=dict)
    config: Path | None = None
    allowed: tuple[str, ...] = ()
    pipeline: str | None = None
    cwd: Path | None = None
    workdir: Path | None = None
    readable: tuple[Path, ...] = ()
    python_path: tuple[Path, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)
