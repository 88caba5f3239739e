"""Programs in which one value is planted: an unknown, or None, in an attribute or an argument of an SDK model.

Which attributes and arguments there are is not written down: attributes are those that a lowering of the program reads,
arguments those of every function of a model that the program calls.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipelift.compiler import driver, ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.values import Call, Modelled, ModelledClass, Unknown
from pipelift.compiler.ir import walk
from pipelift.compiler.lower import Lowering, lower
from pipelift.compiler.options import Options
from pipelift.compiler.reading.programs import read
from pipelift.compiler.sdk.core.environment import EnvironmentRecord
from pipelift.compiler.sdk.pipeline.pipeline import PipelineRecord
from pipelift.compiler.sdk.registry import model_of, support

REASON = "it is planted by a test"

Attribute = tuple[str, str]
"""A class of the SDK's, and one of its attributes."""

Argument = tuple[str, str, str]
"""A class of the SDK's, one of its functions, and a parameter of that."""


def unknown() -> Unknown:
    """A new value that is not known."""
    return Unknown(REASON, Span("pipeline.py", 1, 1, 1, 1))


def is_reported(reporter: Reporter) -> bool:
    """Whether a diagnostic says that the planted value is not known."""
    return any(
        REASON in " ".join((one.message, *(cause.message for cause in one.causes))) for one in reporter
    )


def classes() -> set[type[Modelled]]:
    """The registered classes."""
    models = (model_of(name) for name in support())
    return {one.cls for one in models if isinstance(one, ModelledClass)}


class Program:
    """A program on disk: parsed once, since nothing is planted there, and evaluated as often as a test wants."""

    def __init__(self, folder: Path, source: str) -> None:
        self._folder = folder
        path = folder / "pipeline.py"
        path.write_text(source, encoding="utf-8")
        reporter = Reporter()
        self._parsed = read(path, path.name, reporter)
        assert not list(reporter), "what parsing says would be lost"
        self.pipelines: tuple[ir.Pipeline, ...] = ()

    def analyse(self) -> Reporter:
        """What is said of the program."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(driver, "read", lambda *_: self._parsed)
            analysis = driver.analyse(Path("pipeline.py"), Options(cwd=self._folder), snapshots=False)
        self.pipelines = analysis.pipelines
        return analysis.reporter

    def texts(self) -> set[str]:
        """Every text in the pipelines of the last analysis."""
        return {text for pipeline in self.pipelines for text in walk.texts(pipeline)}

    def read_attributes(self) -> set[Attribute]:
        """The attributes that a program may set and that lowering reads, by the class that has them."""
        reads: set[Attribute] = set()
        with _watched_lowering(lambda lowering: _recorded_reads(reads)):
            self.analyse()
        return reads

    def objects(self) -> set[type[Modelled]]:
        """The classes of the objects that hang on the program's pipelines."""
        found: set[type[Modelled]] = set()

        @contextmanager
        def collected(lowering: Lowering) -> Iterator[None]:
            found.update(type(one) for one in _objects(lowering))
            yield

        with _watched_lowering(collected):
            self.analyse()
        return found

    def with_attribute(self, attribute: Attribute, value: object) -> Reporter:
        """What is said where the attribute has that value in all objects of its class."""

        @contextmanager
        def planted(lowering: Lowering) -> Iterator[None]:
            changed = [one for one in _objects(lowering) if type(one).__name__ == attribute[0]]
            before = [dict(one.__dict__) for one in changed]
            for one in changed:
                _set(one, attribute[1], value)
            try:
                yield
            finally:  # some objects, as the members of TimeZone, are those of all programs
                for one, attributes in zip(changed, before, strict=True):
                    one.__dict__.clear()
                    one.__dict__.update(attributes)

        with _watched_lowering(planted):
            return self.analyse()

    def called_arguments(self) -> set[Argument]:
        """The parameters of all functions of models that the program itself calls."""
        called: set[Argument] = set()
        with pytest.MonkeyPatch.context() as patch:
            for cls, name, function in _functions():

                def note(
                    call: Call, *_: Any, _key: tuple[str, str] = (cls.__name__, name), _f: Any = function
                ) -> None:
                    called.update((*_key, parameter) for parameter in _parameters(_f))

                _wrap(patch, cls, name, function, note_call=note)
            self.analyse()
        return called

    def with_argument(self, argument: Argument, value: object) -> Reporter:
        """What is said where each call of the function gets that value for the parameter."""
        with pytest.MonkeyPatch.context() as patch:
            for cls, name, function in _functions():
                if (cls.__name__, name) == argument[:2]:
                    _wrap(patch, cls, name, function, parameter=argument[2], value=value)
            return self.analyse()


@functools.cache
def _functions() -> tuple[tuple[type, str, Callable[..., Any]], ...]:
    """The functions of the registered classes and of their bases, each where it is defined."""
    owners = {base for cls in classes() for base in cls.__mro__ if issubclass(base, Modelled)} - {Modelled}
    found = []
    for owner in sorted(owners, key=lambda cls: cls.__name__):
        for name, member in sorted(vars(owner).items()):
            function = member.__func__ if isinstance(member, staticmethod) else member
            if inspect.isfunction(function) and "call" in inspect.signature(function).parameters:
                found.append((owner, name, function))
    return tuple(found)


def _parameters(function: Callable[..., Any]) -> Iterator[str]:
    """The parameters that a program gives."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    for name, parameter in inspect.signature(function).parameters.items():
        if name not in ("self", "call") and parameter.kind not in kinds:
            yield name


def _wrap(
    patch: pytest.MonkeyPatch,
    cls: type,
    name: str,
    function: Callable[..., Any],
    *,
    note_call: Callable[..., None] | None = None,
    parameter: str = "",
    value: object = None,
) -> None:
    """Put a function in the place of a model's, which notes calls of the program, or changes an argument of them."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not sys._getframe(1).f_globals["__name__"].startswith("pipelift.compiler.evaluate"):
            return function(*args, **kwargs)
        if note_call is not None:
            note_call(None)
            return function(*args, **kwargs)
        bound = signature.bind(*args, **kwargs)
        bound.arguments[parameter] = value
        ordered = {key: bound.arguments[key] for key in signature.parameters if key in bound.arguments}
        bound.arguments = ordered
        bound.apply_defaults()
        return function(*bound.args, **bound.kwargs)

    static = isinstance(vars(cls)[name], staticmethod)
    patch.setattr(cls, name, staticmethod(wrapped) if static else wrapped)


@contextmanager
def _watched_lowering(watch: Callable[[Lowering], Any]) -> Iterator[None]:
    """While the program is lowered, `watch` holds."""

    def watched(lowering: Lowering) -> Any:
        with watch(lowering):
            return lower(lowering)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "lower", watched)
        yield


@contextmanager
def _recorded_reads(reads: set[Attribute]) -> Iterator[None]:
    def reading(owner: Modelled, name: str) -> Any:
        value = object.__getattribute__(owner, name)
        if _is_settable(owner, name):
            reads.add((type(owner).__name__, name))
        return value

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Modelled, "__getattribute__", reading, raising=False)
        yield


def _is_settable(owner: Modelled, name: str) -> bool:
    """Whether a program may set the attribute: it is public, and held by the object or by a property."""
    member = inspect.getattr_static(type(owner), name, None)
    if isinstance(member, property):
        return member.fset is not None
    return not name.startswith("_") and name in object.__getattribute__(owner, "__dict__")


def _set(owner: Modelled, name: str, value: object) -> None:
    member = inspect.getattr_static(type(owner), name, None)
    if isinstance(member, property) and member.fset is not None:
        member.fset(owner, value)
    elif name in owner.__dict__:
        owner.__dict__[name] = value


def _objects(lowering: Lowering) -> Iterator[Modelled]:
    """All objects of the SDK that hang on the program's pipelines."""
    seen: set[int] = set()
    pending: list[object] = [
        lowering.record.part(PipelineRecord).pipelines,
        lowering.record.part(PipelineRecord).submissions,
        lowering.record.part(EnvironmentRecord).environments,
    ]
    while pending:
        one = pending.pop()
        if id(one) in seen or isinstance(one, (Call, type)):
            continue
        seen.add(id(one))
        if isinstance(one, Modelled):
            yield one
        pending.extend(_parts(one))


def _parts(one: object) -> list[object]:
    if isinstance(one, dict):
        return [*one.keys(), *one.values()]
    if isinstance(one, (list, tuple, set, frozenset)):
        return list(one)
    if dataclasses.is_dataclass(one):
        return [getattr(one, field.name) for field in dataclasses.fields(one)]
    return list(getattr(one, "__dict__", {}).values())
