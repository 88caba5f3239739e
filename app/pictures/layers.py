"""Which layer each shape stands in, and in which order: the first half of a layered drawing (Sugiyama).

Own code, as no library fits: grandalf (GPL, no release since 2023) and python-igraph (GPL, a C extension) know no
widths of layers, fast-sugiyama places points without a size, and Graphviz is a program that users would have to
install. What is here is the textbook: longest paths with a width limit (after Coffman and Graham), barycentres for
the order (Sugiyama, Tagawa and Toda 1981), the best of some sweeps.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

SWEEPS = 12
"""Pairs of sweeps down and up, at most."""
PATIENCE = 3
"""Sweeps without fewer crossings before the best is taken."""

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Layers:
    """`rows` from top to bottom, each from left to right.

    An edge over several rows passes invisible points: `chains` names them for each edge, ends included and always
    downwards; an edge from a node to itself has none. Edges of one fan share their points, and so become one line
    that branches. An edge that is turned (it closes a cycle) is in `turned`.
    """

    rows: tuple[tuple[str, ...], ...]
    chains: Mapping[Edge, tuple[str, ...]]
    turned: frozenset[Edge]


def arrange_layers(
    widths: Mapping[str, float], odd: frozenset[str], edges: Sequence[Edge], limit: float
) -> Layers:
    """Put the nodes (keys of `widths`, in the order of the source) into rows of at most `limit` units.

    Nodes in `odd` stand in every second row, all others between: data between steps. A node that is wider than
    the limit has a row of its own.
    """
    edges = [edge for edge in edges if edge[0] != edge[1]]
    turned = _find_closing(widths, edges)
    down = [(after, before) if (before, after) in turned else (before, after) for before, after in edges]
    row = _assign_rows(widths, odd, list(dict.fromkeys(down)), limit)
    trunk = _name_trunks(down, odd)
    chains = {
        edge: _build_chain(trunk[edge_down], *edge_down, row)
        for edge, edge_down in zip(edges, down, strict=True)
    }
    return Layers(_order_rows(row, list(chains.values())), chains, frozenset(turned))


def _find_closing(nodes: Mapping[str, float], edges: Sequence[Edge]) -> set[Edge]:
    """Find the edges that lead back in a depth-first search: without them there is no cycle."""
    after = _find_neighbours(nodes, edges)
    state: dict[str, int] = {}
    closing: set[Edge] = set()
    for root in nodes:
        stack: list[tuple[str, Iterator[str]]] = [] if root in state else [(root, iter(after[root]))]
        if stack:
            state[root] = 1
        while stack:
            node, successors = stack[-1]
            following = next(successors, None)
            if following is None:
                state[node] = 2
                stack.pop()
            elif state.get(following) == 1:
                closing.add((node, following))
            elif following not in state:
                state[following] = 1
                stack.append((following, iter(after[following])))
    return closing


def _find_neighbours(nodes: Iterable[str], edges: Iterable[Edge]) -> dict[str, list[str]]:
    after: dict[str, list[str]] = {node: [] for node in nodes}
    for before, following in edges:
        after[before].append(following)
    return after


def _assign_rows(
    widths: Mapping[str, float], odd: frozenset[str], edges: Sequence[Edge], limit: float
) -> dict[str, int]:
    after = _find_neighbours(widths, edges)
    before = _find_neighbours(widths, [(late, early) for early, late in edges])
    order = _sort_nodes(widths, after, before)
    used: dict[int, float] = {}
    row: dict[str, int] = {}
    for node in order:
        place = max((row[producer] + 1 for producer in before[node]), default=0)
        place += (place % 2) != (node in odd)
        while used.get(place, 0.0) and used[place] + widths[node] > limit:
            place += 2
        row[node] = place
        used[place] = used.get(place, 0.0) + widths[node]
    for node in reversed(order):  # sources move down to those who read them: shorter lines
        if not before[node] and after[node]:
            lowest = min(row[reader] for reader in after[node]) - 1
            row[node] = lowest - ((lowest % 2) != (node in odd))
    return row


def _sort_nodes(
    nodes: Mapping[str, float], after: Mapping[str, list[str]], before: Mapping[str, list[str]]
) -> list[str]:
    """Sort each node after those that lead to it; ties follow the order of `nodes`."""
    position = {node: number for number, node in enumerate(nodes)}
    waits = {node: len(before[node]) for node in nodes}
    ready = sorted((position[node] for node in nodes if not waits[node]), reverse=True)
    names, order = list(nodes), []
    while ready:
        node = names[ready.pop()]
        order.append(node)
        for follower in after[node]:
            waits[follower] -= 1
            if not waits[follower]:
                insort(ready, position[follower], key=lambda number: -number)
    return order


def _name_trunks(edges: Sequence[Edge], odd: frozenset[str]) -> dict[Edge, str]:
    """Name the invisible points of each edge after the end that has more edges.

    Lines from data and lines from steps look different and share no points.
    """
    leaving, arriving = Counter(edge[0] for edge in edges), Counter(edge[1] for edge in edges)
    return {
        (before, after): f"{before}>" if leaving[before] >= arriving[after] else f"{before in odd}>{after}"
        for before, after in edges
    }


def _build_chain(trunk: str, before: str, after: str, row: Mapping[str, int]) -> tuple[str, ...]:
    return (before, *(f"{trunk}:{place}" for place in range(row[before] + 1, row[after])), after)


def _order_rows(row: Mapping[str, int], chains: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    rows: list[list[str]] = [[] for _ in range(max(row.values(), default=-1) + 1)]
    placed = dict(row)
    for chain in chains:
        placed.update((point, row[chain[0]] + step) for step, point in enumerate(chain))
    for node, place in placed.items():
        rows[place].append(node)
    lines = dict.fromkeys(pair for chain in chains for pair in pairwise(chain))
    below = _find_neighbours(placed, lines)
    above = _find_neighbours(placed, [(late, early) for early, late in lines])
    best, fewest, tries = rows, math.inf, PATIENCE
    for _ in range(SWEEPS):
        for index in range(1, len(rows)):
            rows[index] = _sort_row(rows[index], rows[index - 1], above, row)
        for index in range(len(rows) - 2, -1, -1):
            rows[index] = _sort_row(rows[index], rows[index + 1], below, row)
        crossings = _count_crossings(rows, below)
        tries -= 1
        if crossings < fewest:
            best, fewest, tries = list(rows), crossings, PATIENCE
        if not fewest or not tries:
            break
    return tuple(tuple(names) for names in best)


def _sort_row(
    row: list[str], fixed: list[str], neighbours: Mapping[str, list[str]], real: Collection[str]
) -> list[str]:
    """Sort the row by the mean place of each node's neighbours; a node without neighbours stays where it is.

    Among nodes with the same mean, lines to other rows stand in the middle: a fan of many steps opens to both sides.
    """
    place = {node: number for number, node in enumerate(fixed)}
    scale = len(fixed) / max(1, len(row))

    def centre(entry: tuple[int, str]) -> tuple[float, int]:
        number, node = entry
        places = [place[neighbour] for neighbour in neighbours[node]]
        return (sum(places) / len(places) if places else number * scale, number)

    sorted_row: list[str] = []
    for _, group in groupby(sorted(enumerate(row), key=centre), key=lambda entry: centre(entry)[0]):
        alike = [node for _, node in group]
        real_nodes = [node for node in alike if node in real]
        half = len(real_nodes) // 2
        sorted_row += [*real_nodes[:half], *(node for node in alike if node not in real), *real_nodes[half:]]
    return sorted_row


def _count_crossings(rows: Sequence[Sequence[str]], below: Mapping[str, list[str]]) -> int:
    """Count the pairs of lines that cross between neighbouring rows."""
    count = 0
    for upper, lower in pairwise(rows):
        place = {node: number for number, node in enumerate(lower)}
        passed: list[int] = []
        for node in upper:
            ends = sorted(place[follower] for follower in below[node])
            count += sum(len(passed) - bisect_right(passed, end) for end in ends)
            for end in ends:
                insort(passed, end)
    return count
