"""The whole data path: a pipeline file goes in, IR and artifacts come out. Reads like a table of contents."""

from __future__ import annotations

import ast
import os
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipelift.compiler import ir, passes
from pipelift.compiler.config import Config
from pipelift.compiler.config.file import FILE_NAME, load_config
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.codes import Purpose
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.interpreter import Interpreter
from pipelift.compiler.evaluate.library import find_module as find_library_module
from pipelift.compiler.evaluate.library.builtins import BUILTINS
from pipelift.compiler.evaluate.library.environ import Environ
from pipelift.compiler.evaluate.library.ipython import write_cell
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.meter import Spent
from pipelift.compiler.evaluate.objects import Function, Instance, Scope, UserClass
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.evaluate.recovery import run_cell
from pipelift.compiler.evaluate.stack import TooDeep
from pipelift.compiler.evaluate.values import Module, Raised, Unknown, Value
from pipelift.compiler.lower import Lowering, lower
from pipelift.compiler.options import Options
from pipelift.compiler.passes.parameters import typed_values, with_values
from pipelift.compiler.passes.snapshots import Contents, read_snapshots
from pipelift.compiler.reading.builders import explain_builders, find_builders
from pipelift.compiler.reading.programs import read
from pipelift.compiler.reading.source import MAX_BYTES, BrokenCell, Part, Program, SourceFile, WrittenFile
from pipelift.compiler.sdk import all as sdk_models
from pipelift.compiler.sdk import credentials, registry
from pipelift.compiler.sdk.record import Record
from pipelift.compiler.secrets.masking import mask_text
from pipelift.compiler.secrets.secrecy import Secrets
from pipelift.runtime.contract.secrets import names_credential

__all__ = ["Analysis", "analyse", "sdk_models"]


@dataclass(slots=True)
class Analysis:
    """What is known about a pipeline file. `contents` is empty where snapshots were not asked for.

    `folder` is the file's; `sources` are the texts that spans point into, by name, without secrets. `values`
    are those given of each pipeline's parameters, by the pipeline's id; `withheld` names the given parameters that are
    secrets by name: a run takes their values, and no output holds them.
    """

    folder: Path
    config: Config
    reporter: Reporter
    pipelines: tuple[ir.Pipeline, ...] = ()
    contents: dict[str, Contents] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    values: dict[str, Mapping[str, ir.Scalar]] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()

    @property
    def failed(self) -> bool:
        """Whether there are errors."""
        return self.reporter.failed


def analyse(path: Path, options: Options, *, snapshots: bool = True, purpose: Purpose = "run") -> Analysis:
    """Read, evaluate and lower `path`; with `snapshots` also read source directories and run the passes.

    What only running the pipeline needs is no error where the `purpose` is its graph.

    What is wrong with the pipeline is in the result's reporter; nothing is raised for it.
    """
    cwd = Path(os.path.abspath(options.cwd or Path.cwd()))
    file = Path(os.path.normpath(cwd / path))
    reporter = Reporter(options.allowed, purpose)
    outside = Outside(
        cwd if options.workdir is None else cwd / options.workdir,
        file.parent,
        file,
        dict(options.environment),
        options.arguments,
        readable=tuple(cwd / folder for folder in options.readable),
        python_path=tuple(cwd / folder for folder in options.python_path),
        start_given=options.workdir is not None,
        given={name: cwd / file for name, file in options.files.items()},
    )
    if options.config is None:
        config = load_config(file.parent / FILE_NAME, reporter, required=False, reach=outside.reach)
    else:
        config = load_config(options.config, reporter, required=True)
    analysis = Analysis(file.parent, config, reporter)
    program = read(file, file.name, reporter)
    if program is None:
        return analysis
    analysis.sources.update(program.texts)
    record = Record(secrets=reporter.secrets)
    _note_given(options, reporter.secrets)
    scope = evaluate(program, outside, record, reporter, options)
    reporter.excuse_rest()
    variables = {id(value): name for name, value in scope.names.items()}
    lowering = Lowering(reporter, config, record, outside, program.name, variables)
    pipelines = _picked(lower(lowering), options, reporter, program, scope)
    analysis.withheld = frozenset(filter(names_credential, options.parameters))
    analysis.values = {one.id: typed_values(one, options.parameters, reporter) for one in pipelines}
    analysis.pipelines = tuple(with_values(one, _shown(analysis, one)) for one in pipelines)
    _add_sources(analysis, outside)
    analysis.sources = {name: mask_text(text, reporter.secrets) for name, text in analysis.sources.items()}
    return _with_snapshots(analysis, outside) if snapshots else analysis


def evaluate(
    program: Program, outside: Outside, record: Record, reporter: Reporter, options: Options
) -> Scope:
    """Run the program on abstract values; where it would end early, so does the evaluation.

    A notebook's cells are run one by one: an error in one does not keep its user from running the next.
    """
    bindings = {name: literal(text) for name, text in options.bindings.items()}
    interpreter = Interpreter(
        reporter, outside, BUILTINS, _find_module, registry.find_model, record, bindings
    )
    interpreter.watch = credentials.watch
    interpreter.recovers = outside.main.suffix == ".ipynb"
    names: dict[str, Value] = {"__name__": "__main__", "__doc__": None}
    if not interpreter.recovers:
        names["__file__"] = outside.main.as_posix()
    scope = Scope(names)
    interpreter.main_names = scope.names
    with _WARNINGS.silenced():
        for part in program.parts:
            if not _run_part(interpreter, part, scope, reporter):
                break
    if isinstance(interpreter.environ, Environ):
        record.secrets.update(credentials.find_variable_secrets(interpreter.environ.variables))
    return scope


def _shown(analysis: Analysis, pipeline: ir.Pipeline) -> dict[str, ir.Scalar]:
    """The given values of parameters that may stand in an output."""
    given = analysis.values[pipeline.id]
    return {name: value for name, value in given.items() if name not in analysis.withheld}


class _Warnings:
    """Keeps Python quiet about what programs do (``~True``, an old escape) while any of them is evaluated.

    The filters are the whole process's: the first evaluation that begins sets them, the last that ends puts them back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._before = warnings.catch_warnings()

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """Run the body of the ``with`` without warnings."""
        with self._lock:
            if self._users == 0:
                self._before = warnings.catch_warnings()
                self._before.__enter__()
                warnings.simplefilter("ignore")
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self._before.__exit__(None, None, None)


_WARNINGS = _Warnings()


def _note_given(options: Options, secrets: Secrets) -> None:
    """What comes from outside under the name of a credential appears in no output."""
    for names in (options.environment, options.bindings, options.parameters):
        secrets.give(credentials.find_variable_secrets(names))
    secrets.give(credentials.find_option_secrets(options.arguments))


def _run_part(interpreter: Interpreter, part: Part, scope: Scope, reporter: Reporter) -> bool:
    """Run a file or cell; whether the program goes on after it."""
    if isinstance(part, WrittenFile):
        write_cell(interpreter, part.path, part.text, append=part.append)
        return True
    if isinstance(part, BrokenCell):
        for problem in part.problems:
            reporter.find(problem.code, problem.message, problem.span)
        return True
    here = Span(part.name, 1, 1, 1, 1)
    try:
        if interpreter.recovers:
            run_cell(interpreter, part, scope)
        else:
            interpreter.run(part, scope)
    except Raised as error:
        if error.kind == "SystemExit":
            value = error.value  # an object where a handler of the program has looked at it
            if (value.attributes.get("args") if isinstance(value, Instance) else value) == (2,):
                reporter.report("PL106", error.message, error.span or here)
            return False
        message = f"the program ends here with {error.kind}: {error.message}"
        reporter.report("PL106", message, error.span or here)
    except Spent as error:
        message = f"the program {error.reason}: is there a part that does not end?"
        reporter.report("PL107", message, error.span or here)
        return False
    except MemoryError:
        reporter.report("PL107", "the program takes more memory than there is", here)
        return False
    except TooDeep:
        reporter.report("PL107", "the program nests too deeply to evaluate", here)
    return True


def literal(text: str) -> Value:
    """The value of ``--bind NAME=VALUE``: a Python literal, else the text itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return text


def _find_module(interpreter: Machine, path: str, span: Span) -> Module | Unknown | None:
    return registry.find_module(interpreter, path, span) or find_library_module(interpreter, path, span)


_NAMES = "Give one of these names with --pipeline."


def _picked(
    pipelines: tuple[ir.Pipeline, ...], options: Options, reporter: Reporter, source: Program, scope: Scope
) -> tuple[ir.Pipeline, ...]:
    """The pipelines that the user wants; none at all is an error."""
    here = Span(source.name, 1, 1, 1, 1)
    if not pipelines:
        reporter.blame_all()
    if not pipelines and not reporter.failed:
        causes, remedy = explain_builders(
            find_builders(_list_sources(source, scope)), source.name, scope.names
        )
        reporter.report("PL300", f"{source.name} builds no pipeline", here, causes=causes, help=remedy)
    if options.pipeline is None:
        return pipelines
    found = tuple(one for one in pipelines if options.pipeline in (one.name, one.id))
    if pipelines and not found:
        names = ", ".join(f"'{one.name}'" for one in pipelines)
        reporter.report(
            "PL300", f"there is no pipeline '{options.pipeline}'; there are: {names}", here, help=_NAMES
        )
    return found


def _list_sources(program: Program, scope: Scope) -> Iterable[SourceFile]:
    """The program's parts, and the files whose functions and classes it has imported."""
    values = list(scope.names.values())
    values += [inner for one in values if isinstance(one, Module) for inner in one.members.values()]
    values += [inner for one in values if isinstance(one, UserClass) for inner in one.members.values()]
    parts = [part for part in program.parts if isinstance(part, SourceFile)]
    return {
        id(one): one for one in [*parts, *(one.source for one in values if isinstance(one, Function))]
    }.values()


def _with_snapshots(analysis: Analysis, outside: Outside) -> Analysis:
    done = []
    for pipeline in analysis.pipelines:
        pipeline, contents = read_snapshots(pipeline, outside, analysis.config, analysis.reporter)
        analysis.contents[pipeline.id] = contents
        done.append(passes.run(pipeline, analysis.reporter))
    return replace(analysis, pipelines=tuple(done))


def _add_sources(analysis: Analysis, outside: Outside) -> None:
    """Read the other files that diagnostics point into, for their excerpts."""
    for name in _files_of(analysis.reporter):
        if name not in analysis.sources:
            with suppress(OSError):
                data = outside.reach.read(outside.folder / name, MAX_BYTES)
                analysis.sources[name] = data.decode("utf-8", "replace")


def _files_of(reporter: Reporter) -> Iterable[str]:
    for diagnostic in reporter:
        for span in (diagnostic.span, *(cause.span for cause in diagnostic.causes)):
            if span is not None:
                yield span.file
