"""docs/support.md, printed from the models: what becomes of each step class and entry point of the SDK.

``python -m pipelift.compiler.sdk.page > docs/support.md`` brings the committed page up to date.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipelift.compiler.evaluate.values import Model, Modelled, ModelledClass, Value
from pipelift.compiler.sdk import all as models
from pipelift.compiler.sdk.catalogue import signatures
from pipelift.compiler.sdk.registry import model_of, support
from pipelift.compiler.sdk.steps.step import PipelineStep

INTRODUCTION = """\
# What pipelift supports of the Azure ML SDK v1

Printed from the models in `compiler/sdk/`: change one there, then run
`python -m pipelift.compiler.sdk.page > docs/support.md`.

## Step classes

All step classes are read with their real signatures, ports and edges, and stand in the graph. A class that
needs a service of Azure is refused when it is compiled for a target, with a message that says what to do. What a target
keeps of what the steps ask for is in [targets.md](targets.md).
"""

ENTRIES = """\
## Entry points

- **kept**: what it means for the pipeline reaches every target.
- **approximated**: it reaches the targets with the loss that the note names; the report of a compilation lists it.
- **read**: accepted, without effect on the pipeline.
- **exists**: it is there and takes the SDK's arguments; what it gives is not known. A diagnostic says so only where
  that reaches the graph.

The same holds for all other modules and members of the SDK, by the table in `compiler/sdk/catalogue/table/`.
"""


def render_page() -> str:
    """The text of docs/support.md."""
    assert models.__all__, "the registry is whole once the models are imported"
    lines = [INTRODUCTION, _render_row("Class", "On a target", "Note"), _render_rule(3)]
    lines += [_render_step(cls) for cls in _list_step_classes()]
    lines += ["", ENTRIES]
    for module in sorted({name.rpartition(".")[0] for name in support()}):
        lines += [f"### `{module}`", "", _render_row("Name", "", "Members read", "Note"), _render_rule(4)]
        lines += [_render_entry(module, name) for name in sorted(_list_names(module))]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _list_step_classes() -> Iterator[type[PipelineStep]]:
    for name in sorted(_list_names("azureml.pipeline.steps")):
        model = _find_model(f"azureml.pipeline.steps.{name}")
        if isinstance(model, ModelledClass) and issubclass(model.cls, PipelineStep):
            yield model.cls


def _render_step(cls: type[PipelineStep]) -> str:
    support_row = support()[cls.sdk_name]
    if cls.refused is not None:
        return _render_row(f"`{cls.sdk_name.rpartition('.')[2]}`", "refused", f"needs {cls.refused}")
    word = "runs" if support_row.treatment == "kept" else "approximated"
    return _render_row(f"`{cls.sdk_name.rpartition('.')[2]}`", word, support_row.note)


def _render_entry(module: str, name: str) -> str:
    entry = support().get(f"{module}.{name}")
    if entry is None:
        return _render_row(f"`{name}`", "exists", "", "")
    members = ", ".join(f"`{member}`" for member in _list_members(_find_model(f"{module}.{name}")))
    return _render_row(f"`{name}`", entry.treatment, members, entry.note)


def _list_names(module: str) -> set[str]:
    registered = {name.rpartition(".")[2] for name in support() if name.rpartition(".")[0] == module}
    return registered | list_offered(module)


def list_offered(module: str) -> set[str]:
    """The classes and functions that a module of the SDK is there for: of its own, or of a private one."""
    found = {name: signatures.find_entry(f"{module}.{name}") for name in signatures.list_members(module)}
    return {
        name
        for name, entry in found.items()
        if entry is not None
        and (entry[0].rpartition(".")[0].startswith(module) or module.count(".") == 1)
        and (name[:1] != "_" or name.endswith("Step"))
    }


def _find_model(name: str) -> Value:
    try:
        return model_of(name)
    except KeyError:
        return None


def _list_members(model: Value) -> list[str]:
    """The public methods of a modelled class; a function has none."""
    if isinstance(model, Model) or not isinstance(model, ModelledClass):
        return []
    inherited = {name for name in dir(Modelled) if not name.startswith("_")}
    names = (name for name in dir(model.cls) if not name.startswith("_") and name not in inherited)
    return [name for name in names if callable(getattr(model.cls, name))]


def _render_row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _render_rule(columns: int) -> str:
    return _render_row(*["---"] * columns)


if __name__ == "__main__":
    print(render_page(), end="")
