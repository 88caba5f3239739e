"""`yaml`: every loader is the safe one."""

from __future__ import annotations

from pipelift.compiler.evaluate import meter, operators
from pipelift.compiler.evaluate.display import measured
from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.library.files import File, TooMuch, parse_source
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
    """The documents of a YAML text. Raises `ValueError` for what is no YAML, or more than pipelift reads.

    Aliases are counted by what they stand for: whoever walks through the data meets it as often.
    """
    import yaml

    if len(text) > MAX_TEXT:
        raise TooMuch(f"it has more than {MAX_TEXT:,} letters")
    meter.spend(len(text))

    class Loader(yaml.SafeLoader):
        """The safe loader, which counts what aliases repeat."""

        aliased = 0

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            Loader.aliased += self.check_event(yaml.AliasEvent)
            if Loader.aliased > MAX_ALIASES:
                raise TooMuch(f"it has more than {MAX_ALIASES:,} aliases")
            return super().compose_node(parent, index)

    try:
        documents = list(yaml.load_all(text, Loader=Loader))
    except (yaml.YAMLError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError(_describe_problem(error)) from None
    try:
        meter.weigh(documents)
    except meter.TooLarge:
        raise TooMuch(f"it has more than {meter.MAX_WEIGHT:,} parts, or nests too deeply") from None
    return documents or [None]


def _describe_problem(error: Exception) -> str:
    """What the parser says, with the line: none of the text, which may hold secrets."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it is no YAML"
    return problem if mark is None else f"{problem} (line {mark.line + 1})"


MAX_TEXT = 500_000
"""How many letters a YAML text may have: they take 4 seconds."""

MAX_ALIASES = 1_000
"""How many aliases a YAML text may have."""


def _dump_yaml(call: LibraryCall, value: Value, stream: Value = None, **options: Value) -> Value:
    import yaml

    unknown = find_unknown(value)
    if unknown is not None:
        text: Value = derived("a part of the text is not known", call.span, unknown)
    else:
        printed, letters = measured(call.machine, value, call.span)
        meter.limit(letters, MAX_TEXT)
        meter.spend(2 * letters)
        text = operators.apply(
            lambda: yaml.safe_dump(printed, sort_keys=options.get("sort_keys", True) is not False)
        )
        meter.charge(text)
    return stream.write(call, text) if isinstance(stream, File) else text
