"""The import graph of all our packages has no circles, whether imports stand at the top, in a function or for types."""

from __future__ import annotations

from pathlib import Path

import grimp
import networkx as nx
import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("compiler", "app", "backends", "testing", "runtime")


@pytest.fixture(scope="module")
def graph() -> nx.DiGraph[str]:
    """Who imports whom: every import, in functions and under ``TYPE_CHECKING`` too."""
    imports = grimp.build_graph(*(f"pipelift.{name}" for name in PACKAGES), cache_dir=None)
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(imports.modules)
    for module in imports.modules:
        graph.add_edges_from((module, other) for other in imports.find_modules_directly_imported_by(module))
    return graph


def test_the_graph_has_every_module(graph: nx.DiGraph[str]) -> None:
    files = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]
    assert len(graph) == len(files)


def test_imports_run_in_no_circle(graph: nx.DiGraph[str]) -> None:
    circles = [sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1]
    print(f"{len(graph)} modules, {graph.number_of_edges()} imports, {len(circles)} circles")
    assert circles == []
