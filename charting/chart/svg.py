"""Sheets and plates as SVG; svgwrite, which has no types, does not leave this file."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree as ET

import svgwrite
from svgwrite.base import BaseElement

from charting.chart.fonts import CSS_FAMILY
from charting.chart.glyphs import glyphs, session_glyph
from charting.chart.maps import PaperMap
from charting.chart.plates import Plate, bar_words
from charting.chart.sheets import (
    HAIR,
    INK,
    SOFT,
    TEXT_INSET,
    Document,
    Element,
    Frame,
    Heading,
    Line,
    Pair,
    Paragraph,
    Picture,
    Rule,
    Sheet,
    Table,
)

WEIGHTS = {"regular": "400", "semibold": "600", "bold": "700"}

BONES = {0: "#e6e6e6", 1: "#efefef", 2: "#f6f6f6"}
BONE_LINES = {0: "#6b6b6b", 1: "#9a9a9a", 2: "#bcbcbc"}
SKIN_LINE = "#333333"

OUTLINE_MM = 0.26
BONE_LINE_MM = 0.13
"""mm of paper, whatever the plate's scale."""

COMMENT = re.compile(r"<!--([0-9a-f]{64} [a-z]+)-->")


class _Ready(BaseElement):  # type: ignore[misc]
    """An element that is already XML: what a chart holds by the hundred is not checked one by one."""

    elementname = "g"

    def __init__(self, xml: ET.Element) -> None:
        super().__init__(debug=False)
        self._xml = xml

    def get_xml(self) -> ET.Element:
        return self._xml


def sheet_svg(document: Document, number: int) -> str:
    """Return a sheet of a document, counted from 0, as one SVG whose unit is 1 mm of paper.

    The same document gives the same text, byte for byte.
    """
    maps: dict[str, str] = {}
    width, height = document.size
    root = ET.Element("g")
    ET.SubElement(root, "rect", {"width": _n(width), "height": _n(height), "fill": "#ffffff"})
    sheet = document.sheets[number]
    for element in _all(sheet):
        _draw(root, element, maps)
    return _whole(document.title, width, height, root, maps)


def plate_svg(plate: Plate) -> str:
    """Return a plate alone as an SVG whose unit is 1 mm of paper."""
    root, maps = ET.Element("g"), dict[str, str]()
    _draw_plate(root, plate, maps)
    return _whole(plate.alt, plate.width, plate.height, root, maps)


def session_glyph_svg(place: int, number: int, radius: float) -> str:
    """Return a session's shape alone, with its number in it."""
    root = ET.Element("g")
    side = 2.7 * radius
    _symbols(root, [(place, number, side / 2, side / 2)], radius)
    return _whole(session_glyph(place).name, side, side, root, {})


def _whole(title: str, width: float, height: float, content: ET.Element, maps: dict[str, str]) -> str:
    drawing = svgwrite.Drawing(
        size=(f"{_n(width)}mm", f"{_n(height)}mm"), viewBox=f"0 0 {_n(width)} {_n(height)}", debug=False
    )
    drawing.attribs.update({"font-family": CSS_FAMILY, "role": "img", "fill": INK})
    drawing.set_desc(title=title)
    drawing.add(_Ready(content))
    xml: Any = drawing.get_xml()
    for child in list(xml):
        if child.tag == "defs" and not len(child):
            xml.remove(child)
    text = ET.tostring(xml, encoding="unicode")
    # no text of a person can hold a comment: its < is written as &lt;
    return COMMENT.sub(lambda found: maps[found[1]], text) if maps else text


def _all(sheet: Sheet) -> list[Element]:
    return [*sheet.elements, *sheet.foot]


def _draw(root: ET.Element, element: Element, maps: dict[str, str]) -> None:
    match element:
        case Line():
            _text(root, element)
        case Heading(line=line):
            _text(root, line)
        case Paragraph(lines=lines):
            for line in lines:
                _text(root, line)
        case Pair(label=label, value=value):
            _text(root, label)
            for line in value.lines:
                _text(root, line)
        case Rule():
            ET.SubElement(
                root,
                "path",
                {
                    "d": f"M{_n(element.x1)} {_n(element.y1)}L{_n(element.x2)} {_n(element.y2)}",
                    "stroke": element.colour,
                    "stroke-width": _n(element.width),
                },
            )
        case Frame():
            ET.SubElement(
                root,
                "rect",
                {
                    "x": _n(element.x),
                    "y": _n(element.y),
                    "width": _n(element.width),
                    "height": _n(element.height),
                    "fill": "none",
                    "stroke": element.colour,
                    "stroke-width": _n(element.line),
                },
            )
        case Picture(x=x, y=y, plate=plate):
            group = ET.SubElement(
                root,
                "g",
                {"transform": f"translate({_n(x)} {_n(y)})", "role": "img", "aria-label": plate.alt},
            )
            _draw_plate(group, plate, maps)
        case Table():
            _draw_table(root, element)


def _text(root: ET.Element, line: Line) -> None:
    if not line.text:
        return
    attributes = {"x": _n(line.x), "y": _n(line.y), "font-size": _n(line.size)}
    if line.weight != "regular":
        attributes["font-weight"] = WEIGHTS[line.weight]
    if line.anchor != "start":
        attributes["text-anchor"] = line.anchor
    if line.colour != INK:
        attributes["fill"] = line.colour
    ET.SubElement(root, "text", attributes).text = line.text


def _draw_table(root: ET.Element, table: Table) -> None:
    head = ET.SubElement(root, "g", {"font-size": _n(2.6), "fill": SOFT})
    edges = [table.x]
    for column in table.columns:
        edges.append(edges[-1] + column.width)
    for column, left, right in zip(table.columns, edges, edges[1:], strict=False):
        _cell(head, column.head, left, right, table.y + table.head_height - 1.6, column.right)
    y = table.y + table.head_height
    rules = [f"M{_n(table.x)} {_n(y)}h{_n(table.width)}"]
    body = ET.SubElement(root, "g", {"font-size": _n(table.size)})
    sums = ET.SubElement(root, "g", {"font-size": _n(table.size), "font-weight": WEIGHTS["semibold"]})
    hairs = []
    for row in table.rows:
        into = sums if row.sums else body
        for lines, column, left, right in zip(row.cells, table.columns, edges, edges[1:], strict=False):
            for index, text in enumerate(lines):
                if text:
                    baseline = y + table.pad + (index + 0.76) * table.leading
                    _cell(into, text, left, right, baseline, column.right)
        if row.glyph is not None:
            _symbols(root, [(row.glyph, row.glyph + 1, table.x + 2.6, y + row.height / 2)], 1.6)
        y += row.height
        hairs.append(f"M{_n(table.x)} {_n(y)}h{_n(table.width)}")
    ET.SubElement(root, "path", {"d": rules[0], "stroke": INK, "stroke-width": "0.3"})
    if hairs:
        ET.SubElement(root, "path", {"d": "".join(hairs), "stroke": HAIR, "stroke-width": "0.12"})


def _cell(root: ET.Element, text: str, left: float, right: float, y: float, to_right: bool) -> None:
    if to_right:
        attributes = {"x": _n(right - TEXT_INSET), "y": _n(y), "text-anchor": "end"}
    else:
        attributes = {"x": _n(left + TEXT_INSET), "y": _n(y)}
    ET.SubElement(root, "text", attributes).text = text


# -- plates -----------------------------------------------------------------------------------------------


def _draw_plate(root: ET.Element, plate: Plate, maps: dict[str, str]) -> None:
    """Draw a plate; its map's SVG is put into ``maps`` under the words of the comment that stands for it."""
    crop = plate.crop
    window = ET.SubElement(
        root,
        "svg",
        {
            "y": _n(plate.top),
            "width": _n(plate.width),
            "height": _n(plate.height - plate.top - plate.bottom),
            "viewBox": f"{_n(crop.x)} {_n(crop.y)} {_n(crop.width)} {_n(crop.height)}",
            "data-map": plate.map.sha256,
        },
    )
    parts = _map_parts(plate.map)
    widths = {"skin": OUTLINE_MM, "bones": BONE_LINE_MM, "line": OUTLINE_MM}
    for part in ("skin", "bones", "line") if plate.bones else ("skin", "line"):
        group = ET.SubElement(window, "g", {"stroke-width": _n3(widths[part] / plate.scale)})
        # the words of the map itself are put in its place once all else is written
        group.append(ET.Comment(f"{plate.map.sha256} {part}"))
        maps[f"{plate.map.sha256} {part}"] = parts[part]
    _fields(root, plate)
    _tracks(root, plate)
    _discs(root, plate)
    if plate.frames:
        d = "".join(f"M{_n(x)} {_n(y)}h{_n(w)}v{_n(h)}h{_n(-w)}Z" for x, y, w, h in plate.frames)
        ET.SubElement(root, "path", {"d": d, "fill": "none", "stroke": INK, "stroke-width": "0.35"})
    if plate.symbols:
        _symbols(root, plate.symbols, plate.radius)
    if plate.rings:
        _rings(root, plate)
    _around(root, plate)
    ET.SubElement(
        root,
        "rect",
        {
            "width": _n(plate.width),
            "height": _n(plate.height),
            "fill": "none",
            "stroke": HAIR,
            "stroke-width": "0.2",
        },
    )


@lru_cache(maxsize=64)
def _map_parts(paper: PaperMap) -> dict[str, str]:
    """Return a map's skin, bones and lines as SVG, written once for all charts that show it."""
    skin = [ET.Element("path", {"d": paper.outline, "fill": "#ffffff"})]
    if paper.creases:
        skin.append(ET.Element("path", {"d": "".join(paper.creases), "fill": SKIN_LINE}))
    skin.append(
        ET.Element(
            "path", {"d": paper.outline, "fill": "none", "stroke": SKIN_LINE, "stroke-linejoin": "round"}
        )
    )
    bones = []
    for far, filled, path in paper.bones:
        if filled:
            bones.append(ET.Element("path", {"d": path, "fill": BONES[far]}))
        else:
            bones.append(
                ET.Element(
                    "path",
                    {
                        "d": path,
                        "fill": "none",
                        "stroke": BONE_LINES[far],
                        "stroke-linejoin": "round",
                        "stroke-linecap": "round",
                    },
                )
            )
    if paper.bone_creases:
        bones.append(ET.Element("path", {"d": "".join(paper.bone_creases), "fill": BONE_LINES[0]}))
    written = {"skin": skin[:1], "bones": bones, "line": skin[1:]}
    return {
        part: "".join(ET.tostring(path, encoding="unicode") for path in paths)
        for part, paths in written.items()
    }


def _fields(root: ET.Element, plate: Plate) -> None:
    if not plate.fields:
        return
    sizes = glyphs()["field"]
    hatch = "".join(
        f"M{_n(x)} {_n(y)}L{_n(u)} {_n(v)}" for field in plate.fields for (x, y), (u, v) in field.hatch
    )
    rings = "".join(_ring(field.ring) for field in plate.fields)
    ET.SubElement(
        root, "path", {"d": hatch, "stroke": INK, "stroke-width": _n(sizes["hatch_line_mm"]), "fill": "none"}
    )
    ET.SubElement(
        root,
        "path",
        {
            "d": rings,
            "stroke": INK,
            "stroke-width": _n(sizes["line_mm"]),
            "fill": "none",
            "stroke-linejoin": "round",
        },
    )


def _tracks(root: ET.Element, plate: Plate) -> None:
    if not plate.tracks:
        return
    rings = "".join(_ring(track.ring) for track in plate.tracks)
    ET.SubElement(
        root,
        "path",
        {"d": rings, "fill": INK, "stroke": "#ffffff", "stroke-width": "0.25", "paint-order": "stroke"},
    )
    radius = glyphs()["track"]["deposit_mm"]
    dots = "".join(_circle(x, y, radius) for track in plate.tracks for x, y in track.dots)
    ET.SubElement(root, "path", {"d": dots, "fill": "#ffffff", "stroke": INK, "stroke-width": "0.25"})


def _discs(root: ET.Element, plate: Plate) -> None:
    if not plate.discs:
        return
    sizes = glyphs()["mark"]
    radius = plate.radius
    moved = [disc for disc in plate.discs if disc.moved]
    if moved:
        leaders = "".join(
            f"M{_n(disc.place[0])} {_n(disc.place[1])}L{_n(disc.x)} {_n(disc.y)}" for disc in moved
        )
        dots = "".join(_circle(disc.place[0], disc.place[1], 0.4) for disc in moved)
        ET.SubElement(root, "path", {"d": leaders, "stroke": "#ffffff", "stroke-width": "0.6"})
        ET.SubElement(root, "path", {"d": leaders, "stroke": INK, "stroke-width": "0.25"})
        ET.SubElement(root, "path", {"d": dots, "fill": INK})
    d = "".join(_circle(disc.x, disc.y, radius) for disc in plate.discs)
    ET.SubElement(
        root,
        "path",
        {
            "d": d,
            "fill": sizes["fill"]["paper"],
            "stroke": sizes["colour"]["paper"],
            "stroke-width": _n(sizes["rim_mm"] * radius / sizes["radius_mm"]),
        },
    )
    size = sizes["number_mm"] * radius / sizes["radius_mm"]
    numbers = ET.SubElement(
        root,
        "g",
        {"font-size": _n(size), "font-weight": WEIGHTS["bold"], "text-anchor": "middle"},
    )
    for disc in plate.discs:
        text = str(disc.number)
        attributes = {"x": _n(disc.x), "y": _n(disc.y + 0.34 * size)}
        if len(text) > 2:
            attributes["font-size"] = _n(size * 0.74)
        ET.SubElement(numbers, "text", attributes).text = text


MOST_NUMBERED = 600
"""Symbols on a plate beyond which they no longer bear their session's number: shape and colour remain."""


def _symbols(root: ET.Element, symbols: Any, radius: float) -> None:
    """Draw sessions' shapes: (place, number, x, y) each, those of a session as one path."""
    sizes = glyphs()["session"]
    by_place: dict[int, list[tuple[int, float, float]]] = {}
    for place, number, x, y in symbols:
        by_place.setdefault(place, []).append((number, x, y))
    line = sizes["line_mm"] * radius / sizes["radius_mm"]
    casing = line + 2 * sizes["casing_mm"]
    for place, members in by_place.items():
        glyph = session_glyph(place)
        shape = _scaled(glyph.path, radius)
        d = "".join(f"M{_n(x)} {_n(y)}{shape}" for _, x, y in members)
        both = {"d": d, "fill": "#ffffff", "stroke-linejoin": "round"}
        ET.SubElement(root, "path", both | {"stroke": INK, "stroke-width": _n(casing)})
        ET.SubElement(root, "path", both | {"fill": "none", "stroke": glyph.colour, "stroke-width": _n(line)})
    if len(symbols) > MOST_NUMBERED:
        return
    size = sizes["number_mm"] * radius / sizes["radius_mm"]
    numbers = ET.SubElement(
        root, "g", {"font-size": _n(size), "font-weight": WEIGHTS["bold"], "text-anchor": "middle"}
    )
    for place, number, x, y in symbols:
        middle = session_glyph(place).middle * radius
        ET.SubElement(numbers, "text", {"x": _n(x), "y": _n(y + middle + 0.34 * size)}).text = str(number)


@lru_cache(maxsize=64)
def _scaled(path: str, radius: float) -> str:
    """Return an absolute path of M and L about (0, 0) as a relative one from the middle, scaled."""
    points = [
        tuple(float(number) * radius for number in part.split())
        for part in path.replace("M", "|").replace("L", "|").replace("Z", "").strip("|").split("|")
    ]
    steps = [f"m{_n(points[0][0])} {_n(points[0][1])}"]
    steps += [
        f"l{_n(after[0] - before[0])} {_n(after[1] - before[1])}"
        for before, after in zip(points, points[1:], strict=False)
    ]
    return "".join(steps) + "z"


def _rings(root: ET.Element, plate: Plate) -> None:
    """Draw the numbers of spots beside them, each with a line to its middle."""
    leaders = "".join(
        f"M{_n(r.place[0])} {_n(r.place[1])}L{_n(r.x)} {_n(r.y)}" for r in plate.rings if r.moved
    )
    if leaders:
        ET.SubElement(root, "path", {"d": leaders, "stroke": INK, "stroke-width": "0.2"})
    group = ET.SubElement(
        root,
        "g",
        {
            "font-size": "2.9",
            "font-weight": WEIGHTS["bold"],
            "text-anchor": "middle",
            "stroke": "#ffffff",
            "stroke-width": "0.9",
            "stroke-linejoin": "round",
            "paint-order": "stroke",
        },
    )
    for ring in plate.rings:
        ET.SubElement(group, "text", {"x": _n(ring.x), "y": _n(ring.y + 1.0)}).text = str(ring.number)


def _around(root: ET.Element, plate: Plate) -> None:
    """Draw the title, the patient's sides, the words at the edges and the scale bar."""
    y = plate.height - 1.7
    small, letter = (2.7, 5.0) if plate.width >= 60 else (2.4, 4.6)
    ET.SubElement(
        root, "text", {"x": "1.8", "y": "4", "font-size": _n(small + 0.4), "font-weight": WEIGHTS["bold"]}
    ).text = plate.title
    for text, word, x, step, anchor in (
        (plate.map.left, plate.map.edges[0], 1.8, 1.0, "start"),
        (plate.map.right, plate.map.edges[1], plate.width - 1.8, -1.0, "end"),
    ):
        common = {"y": _n(y), "text-anchor": anchor}
        if text:
            strong = common | {"x": _n(x), "font-size": _n(letter), "font-weight": WEIGHTS["bold"]}
            ET.SubElement(root, "text", strong).text = text
        if word:
            at = x + step * (letter * 0.75 if text else 0)
            ET.SubElement(root, "text", common | {"x": _n(at), "font-size": _n(small)}).text = word
    if plate.bar:
        length = plate.bar * plate.scale
        left = (plate.width - length) / 2
        d = f"M{_n(left)} {_n(y - 0.8)}v1h{_n(length)}v-1"
        ET.SubElement(root, "path", {"d": d, "fill": "none", "stroke": INK, "stroke-width": "0.3"})
        words = {"x": _n(plate.width / 2), "y": _n(y - 1.1), "font-size": _n(small - 0.2)}
        ET.SubElement(root, "text", words | {"text-anchor": "middle"}).text = bar_words(plate.bar)


def _circle(x: float, y: float, radius: float) -> str:
    r, d = _n(radius), _n(2 * radius)
    return f"M{_n(x - radius)} {_n(y)}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z"


def _ring(points: tuple[tuple[float, float], ...]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points) + "Z"


def _n(value: float) -> str:
    """Return a length as SVG writes it: hundredths, no trailing zeros, one zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _n3(value: float) -> str:
    return f"{value:.3f}"
