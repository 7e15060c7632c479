"""Sheets and plates as SVG; svgwrite, which has no types, does not leave this file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from xml.sax.saxutils import escape

import svgwrite

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
    Table,
)

WEIGHTS = {"regular": "400", "semibold": "600", "bold": "700"}

BONES = {0: "#e6e6e6", 1: "#efefef", 2: "#f6f6f6"}
BONE_LINES = {0: "#6b6b6b", 1: "#9a9a9a", 2: "#bcbcbc"}
SKIN_LINE = "#333333"

OUTLINE_MM = 0.26
BONE_LINE_MM = 0.13
"""mm of paper, whatever the plate's scale."""

HEAD_SIZE = 2.6
"""mm: the size of the words over a table's columns."""

Ink = list[str]
"""SVG as it is written, piece after piece: a chart has a thousand, too many to be checked one by one."""


def sheet_svg(document: Document, number: int) -> str:
    """Return a sheet of a document, counted from 0, as one SVG whose unit is 1 mm of paper.

    The same document gives the same text, byte for byte.
    """
    width, height = document.size
    ink: Ink = []
    _put(ink, "rect", {"width": _n(width), "height": _n(height), "fill": "#ffffff"})
    sheet = document.sheets[number]
    for element in (*sheet.elements, *sheet.foot):
        _draw(ink, element)
    return _whole(document.title, width, height, ink)


def plate_svg(plate: Plate) -> str:
    """Return a plate alone as an SVG whose unit is 1 mm of paper."""
    ink: Ink = []
    _draw_plate(ink, plate)
    return _whole(plate.alt, plate.width, plate.height, ink)


def session_glyph_svg(place: int, number: int, radius: float) -> str:
    """Return a session's shape alone, with its number in it."""
    side = 2.7 * radius
    ink: Ink = []
    _symbols(ink, [(place, number, side / 2, side / 2)], radius)
    return _whole(session_glyph(place).name, side, side, ink)


def _whole(title: str, width: float, height: float, ink: Ink) -> str:
    """Return a document of svgwrite's with what was drawn in it."""
    drawing = svgwrite.Drawing(
        size=(f"{width:g}mm", f"{height:g}mm"), viewBox=f"0 0 {width:g} {height:g}", debug=False
    )
    drawing.attribs.update({"font-family": CSS_FAMILY, "role": "img", "fill": INK})
    drawing.set_desc(title=title)
    empty: str = drawing.tostring()
    return "".join((empty.removesuffix("</svg>").replace("<defs />", ""), *ink, "</svg>"))


def _put(ink: Ink, tag: str, attributes: dict[str, str], text: str = "") -> None:
    """Draw an element; its attributes are ours and need no escaping, its text may be anyone's."""
    written = "".join([f' {name}="{value}"' for name, value in attributes.items()])
    ink.append(f"<{tag}{written}>{escape(text)}</{tag}>" if text else f"<{tag}{written}/>")


def _open(ink: Ink, tag: str, attributes: dict[str, str]) -> None:
    written = "".join([f' {name}="{value}"' for name, value in attributes.items()])
    ink.append(f"<{tag}{written}>")


def _draw(ink: Ink, element: Element) -> None:
    match element:
        case Line():
            _text(ink, element)
        case Heading(line=line):
            _text(ink, line)
        case Paragraph(lines=lines):
            for line in lines:
                _text(ink, line)
        case Pair(label=label, value=value):
            _text(ink, label)
            for line in value.lines:
                _text(ink, line)
        case Rule():
            _put(
                ink,
                "path",
                {
                    "d": f"M{_n(element.x1)} {_n(element.y1)}L{_n(element.x2)} {_n(element.y2)}",
                    "stroke": element.colour,
                    "stroke-width": _n(element.width),
                },
            )
        case Frame():
            _put(
                ink,
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
            moved = {"transform": f"translate({_n(x)} {_n(y)})", "role": "img"}
            _open(ink, "g", moved | {"aria-label": escape(plate.alt, {'"': "&quot;"})})
            _draw_plate(ink, plate)
            ink.append("</g>")
        case Table():
            _draw_table(ink, element)


def _text(ink: Ink, line: Line) -> None:
    if not line.text:
        return
    attributes = {"x": _n(line.x), "y": _n(line.y), "font-size": _n(line.size)}
    if line.weight != "regular":
        attributes["font-weight"] = WEIGHTS[line.weight]
    if line.anchor != "start":
        attributes["text-anchor"] = line.anchor
    if line.colour != INK:
        attributes["fill"] = line.colour
    _put(ink, "text", attributes, line.text)


def _draw_table(ink: Ink, table: Table) -> None:
    edges = [table.x]
    for column in table.columns:
        edges.append(edges[-1] + column.width)
    places = [
        f'x="{_n(right - TEXT_INSET)}" text-anchor="end"' if column.right else f'x="{_n(left + TEXT_INSET)}"'
        for column, left, right in zip(table.columns, edges, edges[1:], strict=False)
    ]
    _open(ink, "g", {"font-size": _n(HEAD_SIZE), "fill": SOFT})
    y = _n(table.y + table.head_height - 1.6)
    ink += [
        f'<text {place} y="{y}">{escape(column.head)}</text>'
        for column, place in zip(table.columns, places, strict=True)
    ]
    ink.append("</g>")
    down = table.y + table.head_height
    top = f"M{_n(table.x)} {_n(down)}h{_n(table.width)}"
    hairs = []
    _open(ink, "g", {"font-size": _n(table.size)})
    for row in table.rows:
        weight = f' font-weight="{WEIGHTS["semibold"]}"' if row.sums else ""
        for line in range(max(map(len, row.cells))):
            y = _n(down + table.pad + (line + 0.76) * table.leading)
            ink += [
                f'<text {place} y="{y}"{weight}>{escape(lines[line])}</text>'
                for lines, place in zip(row.cells, places, strict=True)
                if line < len(lines) and lines[line]
            ]
        if row.glyph is not None:
            _symbols(ink, [(row.glyph, row.glyph + 1, table.x + 2.6, down + row.height / 2)], 1.6)
        down += row.height
        hairs.append(f"M{_n(table.x)} {_n(down)}h{_n(table.width)}")
    ink.append("</g>")
    _put(ink, "path", {"d": top, "stroke": INK, "stroke-width": "0.3"})
    _put(ink, "path", {"d": "".join(hairs), "stroke": HAIR, "stroke-width": "0.12"})


# -- plates -----------------------------------------------------------------------------------------------


def _draw_plate(ink: Ink, plate: Plate) -> None:
    crop = plate.crop
    window = {
        "y": _n(plate.top),
        "width": _n(plate.width),
        "height": _n(plate.height - plate.top - plate.bottom),
        "viewBox": f"{_n(crop.x)} {_n(crop.y)} {_n(crop.width)} {_n(crop.height)}",
        "class": f"map-{plate.map.sha256}",
    }
    _open(ink, "svg", window)
    parts = _map_parts(plate.map)
    widths = {"skin": OUTLINE_MM, "bones": BONE_LINE_MM, "line": OUTLINE_MM}
    for part in ("skin", "bones", "line") if plate.bones else ("skin", "line"):
        ink += [f'<g stroke-width="{widths[part] / plate.scale:.3f}">', parts[part], "</g>"]
    ink.append("</svg>")
    _fields(ink, plate)
    _tracks(ink, plate)
    _discs(ink, plate)
    if plate.frames:
        d = "".join(f"M{_n(x)} {_n(y)}h{_n(w)}v{_n(h)}h{_n(-w)}Z" for x, y, w, h in plate.frames)
        _put(ink, "path", {"d": d, "fill": "none", "stroke": INK, "stroke-width": "0.35"})
    if plate.symbols:
        _symbols(ink, plate.symbols, plate.radius)
    if plate.rings:
        _rings(ink, plate)
    _around(ink, plate)
    _put(
        ink,
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
    skin: Ink = []
    _put(skin, "path", {"d": paper.outline, "fill": "#ffffff"})
    bones: Ink = []
    for far, filled, path in paper.bones:
        if filled:
            _put(bones, "path", {"d": path, "fill": BONES[far]})
        else:
            line = {"d": path, "fill": "none", "stroke": BONE_LINES[far]}
            _put(bones, "path", line | {"stroke-linejoin": "round", "stroke-linecap": "round"})
    if paper.bone_creases:
        _put(bones, "path", {"d": "".join(paper.bone_creases), "fill": BONE_LINES[0]})
    lines: Ink = []
    if paper.creases:
        _put(lines, "path", {"d": "".join(paper.creases), "fill": SKIN_LINE})
    outline = {"d": paper.outline, "fill": "none", "stroke": SKIN_LINE, "stroke-linejoin": "round"}
    _put(lines, "path", outline)
    return {"skin": "".join(skin), "bones": "".join(bones), "line": "".join(lines)}


def _fields(ink: Ink, plate: Plate) -> None:
    if not plate.fields:
        return
    sizes = glyphs()["field"]
    hatch = "".join(
        f"M{_n(x)} {_n(y)}L{_n(u)} {_n(v)}" for field in plate.fields for (x, y), (u, v) in field.hatch
    )
    rings = "".join(_ring(field.ring) for field in plate.fields)
    _put(ink, "path", {"d": hatch, "stroke": INK, "stroke-width": _n(sizes["hatch_line_mm"]), "fill": "none"})
    _put(
        ink,
        "path",
        {
            "d": rings,
            "stroke": INK,
            "stroke-width": _n(sizes["line_mm"]),
            "fill": "none",
            "stroke-linejoin": "round",
        },
    )


def _tracks(ink: Ink, plate: Plate) -> None:
    if not plate.tracks:
        return
    rings = "".join(_ring(track.ring) for track in plate.tracks)
    _put(
        ink,
        "path",
        {"d": rings, "fill": INK, "stroke": "#ffffff", "stroke-width": "0.25", "paint-order": "stroke"},
    )
    radius = glyphs()["track"]["deposit_mm"]
    dots = "".join(_circle(x, y, radius) for track in plate.tracks for x, y in track.dots)
    _put(ink, "path", {"d": dots, "fill": "#ffffff", "stroke": INK, "stroke-width": "0.25"})


def _discs(ink: Ink, plate: Plate) -> None:
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
        _put(ink, "path", {"d": leaders, "stroke": "#ffffff", "stroke-width": "0.6"})
        _put(ink, "path", {"d": leaders, "stroke": INK, "stroke-width": "0.25"})
        _put(ink, "path", {"d": dots, "fill": INK})
    d = "".join(_circle(disc.x, disc.y, radius) for disc in plate.discs)
    _put(
        ink,
        "path",
        {
            "d": d,
            "fill": sizes["fill"]["paper"],
            "stroke": sizes["colour"]["paper"],
            "stroke-width": _n(sizes["rim_mm"] * radius / sizes["radius_mm"]),
        },
    )
    size = sizes["number_mm"] * radius / sizes["radius_mm"]
    _open(ink, "g", {"font-size": _n(size), "font-weight": WEIGHTS["bold"], "text-anchor": "middle"})
    for disc in plate.discs:
        text = str(disc.number)
        attributes = {"x": _n(disc.x), "y": _n(disc.y + 0.34 * size)}
        if len(text) > 2:
            attributes["font-size"] = _n(size * 0.74)
        _put(ink, "text", attributes, text)
    ink.append("</g>")


MOST_NUMBERED = 600
"""Symbols on a plate beyond which they no longer bear their session's number: shape and colour remain."""


def _symbols(ink: Ink, symbols: Sequence[tuple[int, int, float, float]], radius: float) -> None:
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
        _put(ink, "path", both | {"stroke": INK, "stroke-width": _n(casing)})
        _put(ink, "path", both | {"fill": "none", "stroke": glyph.colour, "stroke-width": _n(line)})
    if len(symbols) > MOST_NUMBERED:
        return
    size = sizes["number_mm"] * radius / sizes["radius_mm"]
    _open(ink, "g", {"font-size": _n(size), "font-weight": WEIGHTS["bold"], "text-anchor": "middle"})
    for place, number, x, y in symbols:
        middle = session_glyph(place).middle * radius
        _put(ink, "text", {"x": _n(x), "y": _n(y + middle + 0.34 * size)}, str(number))
    ink.append("</g>")


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


def _rings(ink: Ink, plate: Plate) -> None:
    """Draw the numbers of spots beside them, each with a line to its middle."""
    leaders = "".join(
        f"M{_n(r.place[0])} {_n(r.place[1])}L{_n(r.x)} {_n(r.y)}" for r in plate.rings if r.moved
    )
    if leaders:
        _put(ink, "path", {"d": leaders, "stroke": INK, "stroke-width": "0.2"})
    _open(
        ink,
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
        _put(ink, "text", {"x": _n(ring.x), "y": _n(ring.y + 1.0)}, str(ring.number))
    ink.append("</g>")


def _around(ink: Ink, plate: Plate) -> None:
    """Draw the title, the patient's sides, the words at the edges and the scale bar."""
    y = plate.height - 1.7
    small, letter = (2.7, 5.0) if plate.width >= 60 else (2.4, 4.6)
    _put(
        ink,
        "text",
        {"x": "1.8", "y": "4", "font-size": _n(small + 0.4), "font-weight": WEIGHTS["bold"]},
        plate.title,
    )
    for text, word, x, step, anchor in (
        (plate.map.left, plate.map.edges[0], 1.8, 1.0, "start"),
        (plate.map.right, plate.map.edges[1], plate.width - 1.8, -1.0, "end"),
    ):
        common = {"y": _n(y), "text-anchor": anchor}
        if text:
            strong = common | {"x": _n(x), "font-size": _n(letter), "font-weight": WEIGHTS["bold"]}
            _put(ink, "text", strong, text)
        if word:
            at = x + step * (letter * 0.75 if text else 0)
            _put(ink, "text", common | {"x": _n(at), "font-size": _n(small)}, word)
    if plate.bar:
        length = plate.bar * plate.scale
        left = (plate.width - length) / 2
        d = f"M{_n(left)} {_n(y - 0.8)}v1h{_n(length)}v-1"
        _put(ink, "path", {"d": d, "fill": "none", "stroke": INK, "stroke-width": "0.3"})
        words = {"x": _n(plate.width / 2), "y": _n(y - 1.1), "font-size": _n(small - 0.2)}
        _put(ink, "text", words | {"text-anchor": "middle"}, bar_words(plate.bar))


def _circle(x: float, y: float, radius: float) -> str:
    r, d = _n(radius), _n(2 * radius)
    return f"M{_n(x - radius)} {_n(y)}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z"


def _ring(points: tuple[tuple[float, float], ...]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points) + "Z"


def _n(value: float) -> str:
    """Return a length as SVG writes it, to a hundredth."""
    return f"{value:.2f}"
