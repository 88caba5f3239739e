"""`yaml`: every loader is the safe one."""

from __future__ import annotations

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.display import printable
from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.library.files import File, parse_source
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Model, Module, Value, derived, find_unknown


@module("yaml")
def yaml_module(it: Machine) -> Module:
    """`yaml`: every loader is the safe one."""
    names = ("load", "safe_load", "full_load", "unsafe_load")
    members: dict[str, Value] = {name: Model(f"yaml.{name}", _load_yaml) for name in names}
    members["safe_load_all"] = members["load_all"] = Model("yaml.load_all", _load_all_yaml)
    members["dump"] = members["safe_dump"] = Model("yaml.dump", _dump_yaml, takes_unknown=True)
    members["YAMLError"] = EXCEPTIONS["YAMLError"]
    return partial_module("yaml", {**members, "SafeLoader": None, "FullLoader": None, "Loader": None})


def _load_yaml(call: LibraryCall, source: Value, *args: Value, **kwargs: Value) -> Value:
    return parse_source(call, source, lambda text: parse_documents(text)[0], "YAMLError")


def _load_all_yaml(call: LibraryCall, source: Value, *args: Value, **kwargs: Value) -> Value:
    return parse_source(call, source, parse_documents, "YAMLError")


def parse_documents(text: str) -> list[Value]:
    """The documents of a YAML text; aliases that would multiply it beyond measure are refused (`ValueError`)."""
    import yaml

    class Loader(yaml.SafeLoader):
        """The safe loader, which counts what aliases repeat."""

        aliased = 0

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            Loader.aliased += self.check_event(yaml.AliasEvent)
            if Loader.aliased > MAX_ALIASES:
                raise ValueError("too many aliases")
            return super().compose_node(parent, index)

    try:
        documents = list(yaml.load_all(text, Loader=Loader))
    except (yaml.YAMLError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(_describe_problem(error)) from None
    return documents or [None]


def _describe_problem(error: Exception) -> str:
    """What the parser says, with the line: none of the text, which may hold secrets."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it is no YAML"
    return problem if mark is None else f"{problem} (line {mark.line + 1})"


MAX_ALIASES = 1_000
"""How many aliases a YAML text may have."""


def _dump_yaml(call: LibraryCall, value: Value, stream: Value = None, **options: Value) -> Value:
    import yaml

    unknown = find_unknown(value)
    if unknown is not None:
        text: Value = derived("a part of the text is not known", call.span, unknown)
    else:
        printed = printable(call.machine, value, call.span)
        text = operators.apply(
            lambda: yaml.safe_dump(printed, sort_keys=options.get("sort_keys", True) is not False)
        )
    return stream.write(call, text) if isinstance(stream, File) else text
