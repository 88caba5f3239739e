"""The position of everything in a scene, in pixels: sizes from the texts, rows from `layers`, places along the rows."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipelift.app.pictures.layers import Layers, arrange_layers
from pipelift.app.pictures.scene import Kind, Link, Node, Scene
from pipelift.compiler.diagnostics.rendering.excerpt import visible

GAP = 28.0
"""Between neighbours in a row."""
LANE = 14.0
"""Between lines that pass a row."""
STEP_DOWN = 30.0
"""Between rows."""
MARGIN = 24.0
PADDING = 14.0
TITLE, LINE = 13.5, 11.5
"""Sizes of text."""
LONGEST = 34
"""Characters of a title before it is cut; the whole text is the shape's tooltip."""
_NARROW, _WIDE = 0.56, 1.05
"""Widths of a character, in parts of the text size; the first is generous for the usual sans-serif fonts."""
_BOLD = 1.07
_WIDEST = 1500.0
_ROUNDS = 10
_DATA: frozenset[Kind] = frozenset({"output", "dataset"})


@dataclass(frozen=True, slots=True)
class Shape:
    """A node with its place: `x` and `y` are its middle; `title` and `lines` are cut to what fits."""

    node: Node
    title: str
    lines: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A link with its path: pairs of points, straight within a pair and curved from one to the next."""

    link: Link
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A scene with all its positions."""

    name: str
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]
    width: float
    height: float


def lay_out(scene: Scene) -> Picture:
    """Give everything in the scene its place; the same scene gives the same picture."""
    sizes = {node.id: _measure_node(node) for node in scene.nodes}
    area = sum((width + GAP) * (height + 2 * STEP_DOWN) for width, height in sizes.values())
    links = {(link.before, link.after): link for link in scene.links}
    layers = arrange_layers(
        {node: width + GAP for node, (width, _) in sizes.items()},
        frozenset(node.id for node in scene.nodes if node.kind in _DATA),
        list(links),
        max(_WIDEST, 1.5 * math.sqrt(area)),
    )
    xs = _place_points(layers, sizes)
    rows, height = _place_rows(layers, sizes)
    left = min([xs[node] - width / 2 for node, (width, _) in sizes.items()] + list(xs.values()), default=0.0)
    left -= MARGIN
    xs = {node: round(x - left, 1) for node, x in xs.items()}
    right = max([0.0, *(xs[node] + width / 2 for node, (width, _) in sizes.items()), *xs.values()])
    shapes = tuple(_place_shape(node, xs[node.id], rows[node.id][0], sizes[node.id]) for node in scene.nodes)
    lines = tuple(
        _route_line(link, layers, xs, rows, sizes) for edge, link in links.items() if edge in layers.chains
    )
    return Picture(scene.name, shapes, lines, round(right + MARGIN, 1), round(height + MARGIN, 1))


def measure_text(text: str, size: float) -> float:
    """Estimate the width of `text` in a sans-serif font of that size."""
    cells = sum(_WIDE if unicodedata.east_asian_width(sign) in "WF" else _NARROW for sign in text)
    return cells * size


def _cut_text(text: str, longest: int = LONGEST) -> str:
    title = visible(text).strip() or "(no name)"
    return title if len(title) <= longest else title[: longest - 1] + "…"


def _measure_node(node: Node) -> tuple[float, float]:
    title = measure_text(_cut_text(node.title), TITLE) * _BOLD + (18 if node.kind == "dataset" else 0)
    title += 18 if node.status else 0  # the light in the corner
    lines = [measure_text(_cut_text(line), LINE) for line in node.lines]
    if node.kind == "output":
        return _round_width(max(title * 0.88, *lines, 0) + 24), 24.0 + 14 * len(lines)
    marks = sum(measure_mark(mark) + 6 for mark in node.marks)
    width = max(title + 2 * PADDING, marks + 2 * PADDING, *(line + 2 * PADDING for line in lines), 0)
    height = 26.0 + 16 * len(lines) + (22 if node.marks else 0) + (14 if node.kind == "store" else 8)
    return _round_width(max(width, 150.0 if node.kind == "step" else 90.0)), height


def measure_mark(mark: str) -> float:
    """Estimate the width of the chip of a mark."""
    return measure_text(mark, 10.5) + 14


def _round_width(width: float) -> float:
    return float(2 * math.ceil(width / 2))


def _place_shape(node: Node, x: float, y: float, size: tuple[float, float]) -> Shape:
    lines = tuple(_cut_text(line) for line in node.lines)
    return Shape(node, _cut_text(node.title), lines, x, y, *size)


def _place_rows(
    layers: Layers, sizes: Mapping[str, tuple[float, float]]
) -> tuple[dict[str, tuple[float, float]], float]:
    """The middle and the height of each point's row, and where the last row ends."""
    rows: dict[str, tuple[float, float]] = {}
    top = MARGIN
    for row in layers.rows:
        tallest = max((sizes[node][1] for node in row if node in sizes), default=0.0)
        for node in row:
            rows[node] = (round(top + tallest / 2, 1), tallest)
        top += tallest + (STEP_DOWN if tallest else 0)
    return rows, top - STEP_DOWN


def _place_points(layers: Layers, sizes: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Place the points of each row as near as possible to their neighbours above and below, without overlaps."""
    near: dict[str, list[tuple[str, float]]] = {node: [] for row in layers.rows for node in row}
    for early, late in dict.fromkeys(pair for chain in layers.chains.values() for pair in pairwise(chain)):
        straight = (3.0, 1.0, 8.0)[(early not in sizes) + (late not in sizes)]
        near[early].append((late, straight))
        near[late].append((early, straight))
    xs: dict[str, float] = {}
    for row in layers.rows:
        place = 0.0
        for left, node in zip((None, *row), row, strict=False):
            place += _least_distance(left, node, sizes) if left else 0.0
            xs[node] = place
        for node in row:
            xs[node] -= place / 2
    order = [*range(len(layers.rows)), *range(len(layers.rows) - 2, -1, -1)]
    for _ in range(_ROUNDS):
        before = dict(xs)
        for index in order:
            row = layers.rows[index]
            targets = [_mean_place(xs[node], near[node], xs) for node in row]
            gaps = [_least_distance(left, right, sizes) for left, right in pairwise(row)]
            xs.update(zip(row, _keep_gaps(targets, gaps), strict=True))
        if xs == before:  # each further round would do the same
            break
    return xs


def _mean_place(
    current: float, near: Sequence[tuple[str, float]], xs: Mapping[str, float]
) -> tuple[float, float]:
    """The mean of the neighbours' places, and its weight."""
    total = sum(weight for _, weight in near)
    return (sum(xs[node] * weight for node, weight in near) / total, total) if near else (current, 0.1)


def _keep_gaps(targets: Sequence[tuple[float, float]], gaps: Sequence[float]) -> list[float]:
    """Find the places nearest to the targets (least squares) that keep the gaps: pool adjacent violators.

    Without the gaps to its left, no place lies before the one on its left: this is isotonic regression.
    """
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    blocks: list[tuple[float, float, int]] = []
    for (target, weight), offset in zip(targets, offsets, strict=False):
        block = (target - offset, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, mass, count = blocks.pop()
            total = mass + block[1]
            block = ((mean * mass + block[0] * block[1]) / total, total, count + block[2])
        blocks.append(block)
    flat = [mean for mean, _, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(flat, offsets, strict=False)]


def _least_distance(left: str, right: str, sizes: Mapping[str, tuple[float, float]]) -> float:
    """The least distance of two middles."""
    gap = GAP if left in sizes and right in sizes else LANE
    return (sizes.get(left, (0, 0))[0] + sizes.get(right, (0, 0))[0]) / 2 + gap


def _route_line(
    link: Link,
    layers: Layers,
    xs: Mapping[str, float],
    rows: Mapping[str, tuple[float, float]],
    sizes: Mapping[str, tuple[float, float]],
) -> Line:
    chain = layers.chains[link.before, link.after]
    first, last = chain[0], chain[-1]
    points = [(xs[first], rows[first][0] + sizes[first][1] / 2)]
    for point in chain[1:-1]:
        middle, height = rows[point]
        points += [(xs[point], middle - height / 2), (xs[point], middle + height / 2)]
    points.append((xs[last], rows[last][0] - sizes[last][1] / 2))
    if (link.before, link.after) in layers.turned:
        points.reverse()
    return Line(link, tuple((round(x, 1), round(y, 1)) for x, y in points))
