"""A picture as SVG, built from elements and not from text: any name gives a well-formed result."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from pipelift.app.pictures.layout import LINE, PADDING, TITLE, Line, Picture, Shape, measure_mark
from pipelift.app.pictures.palette import render_plain_style
from pipelift.compiler.diagnostics.rendering.excerpt import visible

NAMESPACE = "http://www.w3.org/2000/svg"
_ICONS = {"completed": "✓", "reused": "↺", "failed": "✗", "cancelled": "■", "skipped": "–", "unfinished": "…"}


def render_svg_file(picture: Picture) -> str:
    """The picture as a file of its own."""
    root = _draw_picture(picture, "")
    sheet = ET.Element("style")
    sheet.text = render_plain_style()
    root.insert(0, sheet)
    root.set("xmlns", NAMESPACE)
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode") + "\n"


def render_svg_part(picture: Picture, prefix: str) -> str:
    """The picture for a page that has the style sheet already; `prefix` keeps its ids apart from those of others."""
    return ET.tostring(_draw_picture(picture, prefix), encoding="unicode", short_empty_elements=False)


def _draw_picture(picture: Picture, prefix: str) -> ET.Element:
    width, height = f"{picture.width:g}", f"{picture.height:g}"
    box = f"0 0 {width} {height}"
    root = ET.Element("svg", {"class": "drawing", "viewBox": box, "width": width, "height": height})
    root.set("role", "group" if prefix else "img")
    root.set("aria-label", visible(f"Pipeline {picture.name}"))
    _set_text(ET.SubElement(root, "title"), picture.name)
    _draw_markers(ET.SubElement(root, "defs"), prefix)
    ET.SubElement(root, "rect", {"class": "ground", "width": width, "height": height})
    view = ET.SubElement(root, "g", {"class": "view"})
    for line in picture.lines:
        _draw_line(view, line, prefix)
    for shape in picture.shapes:
        _draw_shape(view, shape, prefix)
    return root


def _draw_markers(defs: ET.Element, prefix: str) -> None:
    marker = ET.SubElement(defs, "marker", {"id": f"{prefix}arrow", "viewBox": "0 0 8 8", "orient": "auto"})
    for name, value in (("refX", "7"), ("refY", "4"), ("markerWidth", "7"), ("markerHeight", "7")):
        marker.set(name, value)
    ET.SubElement(marker, "path", {"class": "arrow", "d": "M0 .6 7.6 4 0 7.4z"})


def _draw_line(view: ET.Element, line: Line, prefix: str) -> None:
    link = line.link
    path = ET.SubElement(
        view, "path", {"class": "link order" if link.order else "link", "d": _curve_path(line)}
    )
    path.set("data-from", prefix + link.before)
    path.set("data-to", prefix + link.after)
    path.set("marker-end", f"url(#{prefix}arrow)")
    _set_text(
        ET.SubElement(path, "title"), "runs after, without data" if link.order else link.label or "from"
    )


def _curve_path(line: Line) -> str:
    """A curve through the points that leaves and arrives straight down."""
    (x, y), *others = line.points
    commands = [f"M{x:g} {y:g}"]
    for to_x, to_y in others:
        middle = round((y + to_y) / 2, 1)
        if (to_x, to_y) != (x, y):
            commands.append(
                f"V{to_y:g}" if to_x == x else f"C{x:g} {middle:g} {to_x:g} {middle:g} {to_x:g} {to_y:g}"
            )
        x, y = to_x, to_y
    return "".join(commands)


def _draw_shape(view: ET.Element, shape: Shape, prefix: str) -> None:
    node = shape.node
    status = f" status-{node.status}" if node.status else ""
    group = ET.SubElement(view, "g", {"class": f"node {node.kind}{status}", "id": prefix + node.id})
    group.set("transform", f"translate({shape.x - shape.width / 2:g} {shape.y - shape.height / 2:g})")
    if prefix:
        group.set("tabindex", "0")
        group.set("role", "button")
        words = (node.kind, node.title, *node.lines, *node.marks, node.status or "")
        group.set("aria-label", visible(", ".join(word for word in words if word)))
    _set_text(ET.SubElement(group, "title"), "\n".join((node.title, *node.lines)))
    _draw_outline(group, shape)
    _draw_texts(group, shape)
    if node.status:
        x, y = f"{shape.width - 14:g}", "14"
        ET.SubElement(group, "circle", {"class": "light", "cx": x, "cy": y, "r": "8"})
        icon = ET.SubElement(group, "text", {"class": "icon", "x": x, "y": "18"})
        icon.text = _ICONS.get(node.status, "?")


def _draw_outline(group: ET.Element, shape: Shape) -> None:
    width, height = shape.width, shape.height
    if shape.node.kind == "store":
        path = (
            f"M0 8a{width / 2:g} 8 0 0 1 {width:g} 0V{height - 8:g}a{width / 2:g} 8 0 0 1 {-width:g} 0z"
            f"M0 8a{width / 2:g} 8 0 0 0 {width:g} 0"
        )
        ET.SubElement(group, "path", {"class": "box", "d": path})
    elif shape.node.kind == "dataset":
        path = f"M0 0H{width - 12:g}L{width:g} 12V{height:g}H0zM{width - 12:g} 0V12H{width:g}"
        ET.SubElement(group, "path", {"class": "box", "d": path})
    else:
        round_ = f"{height / 2:g}" if shape.node.kind == "output" and not shape.lines else "7"
        box = {"class": "box", "width": f"{width:g}", "height": f"{height:g}", "rx": round_}
        ET.SubElement(group, "rect", box)
        if shape.node.kind == "step":
            ET.SubElement(group, "path", {"class": "edge", "d": f"M2 7v{height - 14:g}"})


def _draw_texts(group: ET.Element, shape: Shape) -> None:
    node = shape.node
    middle = f"{shape.width / 2:g}"
    if node.kind == "output":
        _draw_text(group, "name", middle, "16", shape.title, TITLE * 0.88)
        for number, text in enumerate(shape.lines):
            _draw_text(group, "more", middle, f"{30 + 14 * number}", text, LINE - 1)
        return
    left, top = (middle, 30) if node.kind == "store" else (f"{PADDING:g}", 22)
    _draw_text(group, "name", left, f"{top}", shape.title, TITLE)
    for number, text in enumerate(shape.lines, start=1):
        _draw_text(group, "more", left, f"{top + 2 + 16 * number}", text, LINE)
    x, y = PADDING, top + 11 + 16 * len(shape.lines)
    for mark in node.marks:
        width = measure_mark(mark)
        chip = ET.SubElement(group, "g", {"class": "mark gpu" if mark.startswith("GPU") else "mark"})
        place = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": "17", "rx": "8.5"}
        ET.SubElement(chip, "rect", place)
        _draw_text(chip, "chip", f"{x + width / 2:g}", f"{y + 12.2:g}", mark, 10.5)
        x += width + 6


def _draw_text(group: ET.Element, kind: str, x: str, y: str, text: str, size: float) -> None:
    element = ET.SubElement(group, "text", {"class": kind, "x": x, "y": y, "font-size": f"{size:.4g}"})
    element.set("unicode-bidi", "plaintext")
    element.text = visible(text)


def _set_text(element: ET.Element, text: str) -> None:
    element.text = "\n".join(visible(line) for line in text.split("\n"))
