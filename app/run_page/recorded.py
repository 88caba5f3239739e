"""The picture of a run that has only the records of its steps: what has started, and what it read and wrote."""

from __future__ import annotations

from collections.abc import Iterator

from pipelift.app.history.state import Run, StepRun
from pipelift.app.pictures.scene import Link, Node, Scene
from pipelift.runtime.contract.record import MadeOf


def recorded_scene(run: Run) -> Scene:
    """The picture; steps that never started are not in it."""
    steps = {step.step: f"step{number}" for number, step in enumerate(run.steps, start=1)}
    ports = {
        (step.step, port): f"output{number}.{place}"
        for number, step in enumerate(run.steps, start=1)
        for place, port in enumerate(_find_ports(run, step), start=1)
    }
    datasets = {
        name: f"data{number}" for number, name in enumerate(dict.fromkeys(_find_datasets(run)), start=1)
    }
    nodes = [Node(node, "dataset", name, name) for name, node in datasets.items()]
    nodes += [_draw_node(step, steps[step.step]) for step in run.steps]
    nodes += [Node(node, "output", f"{step}.{port}", port) for (step, port), node in ports.items()]
    links = [Link(steps[step], node, port) for (step, port), node in ports.items()]
    for step in run.steps:
        made_of = step.made_of or MadeOf()
        for port, data in made_of.get("datasets", {}).items():
            links.append(Link(datasets[data["dataset"]], steps[step.step], port))
        for port, source in made_of.get("upstream", {}).items():
            if (source["step"], source["port"]) in ports:
                links.append(Link(ports[source["step"], source["port"]], steps[step.step], port))
    return Scene(run.pipeline, tuple(nodes), tuple(links))


def _draw_node(step: StepRun, node: str) -> Node:
    command = (step.made_of or MadeOf()).get("command")
    lines = (command,) if command and command != step.name else ()
    return Node(node, "step", step.step, step.name, lines, (), step.status)


def _find_ports(run: Run, step: StepRun) -> Iterator[str]:
    """The outputs that a step has left, and those that others have read from it."""
    ports = list((step.made_of or MadeOf()).get("outputs") or step.data.get("outputs") or ())
    for other in run.steps:
        ports += [
            source["port"]
            for source in (other.made_of or MadeOf()).get("upstream", {}).values()
            if source["step"] == step.step
        ]
    return iter(dict.fromkeys(ports))


def _find_datasets(run: Run) -> Iterator[str]:
    for step in run.steps:
        yield from (data["dataset"] for data in (step.made_of or MadeOf()).get("datasets", {}).values())
