"""Which functions build a pipeline, for a program that builds none: a library, or one that does not call them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

import libcst

from pipelift.compiler.diagnostics import Cause
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.reading.source import SourceFile

_MOST = 6
"""How many are listed."""

_MADE_BY = (".Pipeline", ".Pipeline.load_yaml")


@dataclass(slots=True, eq=False)
class Builder:
    """A function, or a method of the class `owner`, that builds a pipeline or calls what does.

    `function` is None for a call of `Pipeline` at the top, which is in a part that is not run. `calls` are the names of
    what it calls, with a point before those of methods.
    """

    source: SourceFile
    node: libcst.CSTNode
    owner: libcst.ClassDef | None = None
    function: libcst.FunctionDef | None = None
    calls: set[str] = field(default_factory=set)
    builds: bool = False

    @property
    def name(self) -> str:
        """The name by which it is called, as in `calls`: a class's for its constructor."""
        if self.function is None:
            return ""
        name = self.function.name.value
        if self.owner is None:
            return name
        return self.owner.name.value if name == "__init__" else f".{name}"

    @property
    def top(self) -> str:
        """The name that a module has of it: its own, or its class's."""
        if self.function is None:
            return ""
        return self.function.name.value if self.owner is None else self.owner.name.value

    @property
    def span(self) -> Span:
        """Where its name stands, or the call."""
        return self.source.span(self.node if self.function is None else self.function.name)

    def describe(self) -> str:
        """One sentence about it, with all parameters: ``Maker.make(self, size=…) builds a pipeline``."""
        if self.function is None:
            return "this call of Pipeline is in a part of the program that does not run"
        owner = "" if self.owner is None else f"{self.owner.name.value}."
        parameters = ", ".join(_list_parameters(self.function.params))
        return f"{owner}{self.function.name.value}({parameters}) builds a pipeline where it is called"

    def list_required(self) -> list[str]:
        """The arguments that a call must have."""
        return [] if self.function is None else list(_list_required(self.function, self.owner))

    def spell_call(self) -> str:
        """The Python that calls it with what it requires: ``Maker(ws).make(size)``."""
        if self.function is None:
            return ""
        name, arguments = self.function.name.value, f"({', '.join(self.list_required())})"
        if self.owner is None:
            call = f"{name}{arguments}"
        elif name == "__init__":
            return f"{self.owner.name.value}{arguments}"
        elif _decorators(self.function) & {"staticmethod", "classmethod"}:
            call = f"{self.owner.name.value}.{name}{arguments}"
        else:
            call = f"{self.owner.name.value}({', '.join(_list_constructor(self.owner))}).{name}{arguments}"
        return call if self.function.asynchronous is None else f"asyncio.run({call})"


def find_builders(sources: Iterable[SourceFile]) -> list[Builder]:
    """What builds a pipeline in `sources`, in their order: who calls ``Pipeline`` of the SDK, and who calls those."""
    found: dict[Builder, None] = {}
    for source in sources:
        names = _imported_names(source.tree)
        for builder, call in _list_calls(source):
            path = _dotted(call.func)
            head, point, rest = path.partition(".")
            whole = names.get(head, f"{names.get('*', '')}.{head}") + point + rest
            builder.builds |= whole.startswith("azureml.") and whole.endswith(_MADE_BY)
            builder.calls.add(f".{path.rpartition('.')[2]}" if point else path)
            if builder.builds or builder.function is not None:
                found[builder] = None
    while True:
        names_of = {one.name for one in found if one.builds and one.function is not None}
        more = [one for one in found if not one.builds and one.calls & names_of]
        if not more:
            return [one for one in found if one.builds]
        for one in more:
            one.builds = True


def explain_builders(builders: list[Builder], main: str, known: Container[str]) -> tuple[list[Cause], str]:
    """What to tell of the builders, and what to do: the line to add to the program `main`.

    `known` are the names that the program has.
    """
    causes = [Cause(one.describe(), one.span) for one in builders[:_MOST]]
    if len(builders) > _MOST:
        causes.append(Cause(f"{len(builders) - _MOST} more functions do"))
    called = {name for one in builders for name in one.calls}
    functions = [one for one in builders if one.top in known]
    entry = min(functions, key=lambda one: (one.name in called, len(one.list_required())), default=None)
    if entry is None:
        if not causes:
            return [], ""
        return (
            causes,
            "Name the file that calls it, or give the arguments or variables by which this one does.",
        )
    values = " with values for its arguments" if entry.list_required() else ""
    remedy = f"Name the file that calls it, or add a line to {main}{values}: {entry.spell_call()}"
    return causes, remedy


def _list_calls(source: SourceFile) -> Iterator[tuple[Builder, libcst.Call]]:
    """Each call with the outermost function or method that it stands in, in the order of the text."""
    top = Builder(source, source.tree)
    waiting: list[tuple[libcst.CSTNode, Builder]] = [(source.tree, top)]
    while waiting:
        node, builder = waiting.pop()
        if builder.function is None:
            if isinstance(node, libcst.FunctionDef):
                builder = Builder(source, node, builder.owner, node)
            elif isinstance(node, libcst.ClassDef):
                builder = Builder(source, node, node)
        if isinstance(node, libcst.Call):
            yield (Builder(source, node) if builder.function is None else builder), node
        waiting.extend((child, builder) for child in reversed(node.children))


def _imported_names(tree: libcst.Module) -> dict[str, str]:
    """What each imported name stands for; ``*`` is there if all names of a module of the SDK are imported."""
    names: dict[str, str] = {}
    waiting: list[libcst.CSTNode] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, libcst.ImportFrom):
            module = "." * len(node.relative) + (_dotted(node.module) if node.module else "")
            if isinstance(node.names, libcst.ImportStar):
                names.update({"*": module} if module.startswith("azureml.") else {})
            else:
                names.update((_bound(one), f"{module}.{_dotted(one.name)}") for one in node.names)
        elif isinstance(node, libcst.Import):
            for one in node.names:
                path = _dotted(one.name)
                head = path.partition(".")[0]
                names.update({_bound(one): path} if one.asname else {head: head})
        elif not isinstance(node, libcst.BaseExpression):
            waiting.extend(node.children)
    return names


def _bound(alias: libcst.ImportAlias) -> str:
    return _dotted(alias.asname.name if alias.asname else alias.name)


def _dotted(node: libcst.CSTNode) -> str:
    """``a.b.c`` as a text; of what is called on a value (``f().b``) the names alone."""
    names: list[str] = []
    while isinstance(node, libcst.Attribute):
        names.append(node.attr.value)
        node = node.value
    names.append(node.value if isinstance(node, libcst.Name) else "")
    return ".".join(reversed(names))


def _decorators(function: libcst.FunctionDef) -> set[str]:
    return {_dotted(_bare(one.decorator)) for one in function.decorators}


def _bare(decorator: libcst.BaseExpression) -> libcst.BaseExpression:
    return decorator.func if isinstance(decorator, libcst.Call) else decorator


def _list_parameters(parameters: libcst.Parameters) -> Iterator[str]:
    yield from map(_spell, parameters.posonly_params)
    if parameters.posonly_params:
        yield "/"
    yield from map(_spell, parameters.params)
    if isinstance(parameters.star_arg, libcst.Param):
        yield f"*{parameters.star_arg.name.value}"
    elif parameters.kwonly_params:
        yield "*"
    yield from map(_spell, parameters.kwonly_params)
    if parameters.star_kwarg is not None:
        yield f"**{parameters.star_kwarg.name.value}"


def _spell(parameter: libcst.Param) -> str:
    return parameter.name.value if parameter.default is None else f"{parameter.name.value}=…"


def _list_required(function: libcst.FunctionDef, owner: libcst.ClassDef | None) -> Iterator[str]:
    """The arguments of a call: a value for each parameter without a default, under its name."""
    is_bound = owner is not None and "staticmethod" not in _decorators(function)
    positional = [*function.params.posonly_params, *function.params.params][1 if is_bound else 0 :]
    yield from (one.name.value for one in positional if one.default is None)
    for one in function.params.kwonly_params:
        if one.default is None:
            yield f"{one.name.value}={one.name.value}"


def _list_constructor(owner: libcst.ClassDef) -> Iterator[str]:
    """The arguments that make an object: those of ``__init__``, or the fields of a dataclass."""
    is_dataclass = any("dataclass" in _dotted(_bare(one.decorator)) for one in owner.decorators)
    for node in owner.body.body:
        if isinstance(node, libcst.FunctionDef) and node.name.value == "__init__":
            yield from _list_required(node, owner)
        elif isinstance(node, libcst.SimpleStatementLine) and is_dataclass:
            for one in node.body:
                if isinstance(one, libcst.AnnAssign) and one.value is None:
                    yield _dotted(one.target)
