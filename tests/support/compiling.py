"""A pipeline handed to a target as the compiler hands it over: the files that come out, and what is reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.reading.contents import Content, read_whole
from pipelift.compiler.target import Compilation, load_compiler
from tests.support.samples import Contents

BASE = Path("/project")


def read_all(files: Mapping[str, Content]) -> dict[str, bytes]:
    """The bytes of all files, by path."""
    return {path: read_whole(content) for path, content in files.items()}


@dataclass(frozen=True)
class Compiled:
    """What a target made of a pipeline."""

    files: Mapping[str, bytes]
    executable: frozenset[str]
    reporter: Reporter

    @property
    def codes(self) -> list[str]:
        """The codes of all that was reported, in order."""
        return [diagnostic.code for diagnostic in self.reporter]


def compilation_of(
    contents: Contents, config: Config | None = None, base: Path = BASE, output: Path | None = None
) -> Compilation:
    """What a target gets beside a pipeline of the folder `base`; `output` is ``build/`` in it where none is given."""
    return Compilation(config or Config(), Reporter(), output or base / "build", base, contents)


def compile_for(
    target: str,
    pipeline: ir.Pipeline,
    contents: Contents,
    config: Config | None = None,
    base: Path = BASE,
    output: Path | None = None,
) -> Compiled:
    """Have the target of that name compile the pipeline."""
    compilation = compilation_of(contents, config, base, output)
    artifacts = load_compiler(target).compile(pipeline, compilation)
    return Compiled(read_all(artifacts.files), artifacts.executable, compilation.reporter)
