"""A document as PDF: PDF/A-3a and PDF/UA-1, tagged, with its fonts and its record inside, set by Typst."""

from __future__ import annotations

import json
import threading
from functools import cache
from pathlib import Path
from typing import Any

import typst

from charting.chart.fonts import FALLBACKS, FAMILY, FOLDER, spelled, unwritten
from charting.chart.sheets import (
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
from charting.chart.svg import plate_svg, session_glyph_svg
from charting.domain import ChartFailed
from charting.words import _

STANDARDS = ["a-3a", "ua-1"]
TEMPLATE = Path(__file__).with_name("document.typ")

# a compiler holds what it was given, so one is used at a time; what it has set is kept for the next
_lock = threading.Lock()


def pdf(document: Document) -> bytes:
    """Return a document as PDF. The same document gives the same bytes.

    Texts are set in the fonts of the program. Of a character that none of them has, the computer's fonts are
    asked; if they do not have it either, its number stands in its place (``[U+D55C]``).
    Raises ChartFailed if the document cannot be set.
    """
    missing = unwritten(_texts(document))
    if missing:
        try:
            return _set(document, frozenset(), own_fonts=False)
        except typst.TypstError:
            pass  # the computer cannot write them either: they are spelled out below
    try:
        return _set(document, missing, own_fonts=True)
    except typst.TypstError as trouble:
        raise ChartFailed(f"typst could not set the document: {trouble.message}") from trouble


def _set(document: Document, missing: frozenset[str], *, own_fonts: bool) -> bytes:
    pictures: list[str] = []
    data = _data(document, pictures, missing)
    inputs = {
        "data": json.dumps(data, ensure_ascii=False),
        "pictures": json.dumps(pictures, ensure_ascii=False),
    }
    with _lock:
        made: Any = _compiler(own_fonts).compile(
            input=_template(),
            sys_inputs=inputs,
            format="pdf",
            pdf_standards=STANDARDS,
            timestamp=int(document.at.timestamp()),
        )
    return bytes(made)


@cache
def _compiler(own_fonts: bool) -> Any:
    fonts = typst.Fonts(include_system_fonts=not own_fonts, include_embedded_fonts=False, font_paths=[FOLDER])
    return typst.Compiler(font_paths=fonts)


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


def _data(document: Document, pictures: list[str], missing: frozenset[str]) -> dict[str, Any]:
    def spell(text: str) -> str:
        return spelled(text, missing) if missing else text

    attached = None
    if document.attached:
        name, text = document.attached()
        words = _("The record of this session, as it was signed or stands now")
        attached = {"name": name, "text": text, "words": words}
    return {
        "title": spell(document.title),
        "author": [spell(document.author)] if document.author else [],
        "language": document.language,
        "width": document.size[0],
        "height": document.size[1],
        "fonts": [FAMILY, *FALLBACKS],
        "attached": attached,
        "sheets": [
            {
                "elements": [one for it in sheet.elements for one in _element(it, pictures, spell)],
                "foot": [one for it in sheet.foot for one in _element(it, pictures, spell)],
            }
            for sheet in document.sheets
        ],
    }


def _element(element: Element, pictures: list[str], spell: Any) -> list[dict[str, Any]]:
    def line_of(line: Line) -> dict[str, Any]:
        return {
            "x": line.x, "y": line.y, "text": spell(line.text), "size": line.size, "weight": line.weight,
            "anchor": line.anchor, "colour": line.colour,
        }  # fmt: skip

    match element:
        case Line():
            return [{"kind": "line", "line": line_of(element)}]
        case Heading(level=level, line=line):
            return [{"kind": "heading", "level": level, "line": line_of(line)}]
        case Paragraph(lines=lines, leading=leading):
            return [{"kind": "lines", "lines": [line_of(line) for line in lines], "leading": leading}]
        case Pair(label=label, value=value):
            return [{"kind": "line", "line": line_of(label)}, *_element(value, pictures, spell)]
        case Rule():
            return [
                {
                    "kind": "rule", "x1": element.x1, "y1": element.y1, "x2": element.x2, "y2": element.y2,
                    "width": element.width, "colour": element.colour,
                }
            ]  # fmt: skip
        case Frame():
            return [
                {
                    "kind": "frame", "x": element.x, "y": element.y, "width": element.width,
                    "height": element.height, "line": element.line, "colour": element.colour,
                }
            ]  # fmt: skip
        case Picture(x=x, y=y, plate=plate):
            pictures.append(plate_svg(plate))
            return [
                {
                    "kind": "picture", "x": x, "y": y, "width": plate.width, "height": plate.height,
                    "picture": len(pictures) - 1, "alt": spell(plate.alt),
                }
            ]  # fmt: skip
        case Table():
            return [_table(element, pictures, spell)]


def _table(table: Table, pictures: list[str], spell: Any) -> dict[str, Any]:
    def glyph(place: int | None) -> int | None:
        if place is None:
            return None
        pictures.append(session_glyph_svg(place, place + 1, 1.6))
        return len(pictures) - 1

    return {
        "kind": "table", "x": table.x, "y": table.y, "size": table.size, "leading": table.leading,
        "pad": table.pad, "head_height": table.head_height,
        "columns": [{"head": one.head, "width": one.width, "right": one.right} for one in table.columns],
        "rows": [
            {
                "cells": [[spell(text) for text in cell] for cell in row.cells], "height": row.height,
                "sums": row.sums, "glyph": glyph(row.glyph),
            }
            for row in table.rows
        ],
    }  # fmt: skip


def _texts(document: Document) -> str:
    """Return every text of a document that can be anyone's, one after the other."""
    found: list[str] = [document.title, document.author]
    for sheet in document.sheets:
        for element in (*sheet.elements, *sheet.foot):
            match element:
                case Line():
                    found.append(element.text)
                case Heading(line=line):
                    found.append(line.text)
                case Paragraph(lines=lines):
                    found += [line.text for line in lines]
                case Pair(label=label, value=value):
                    found += [label.text, *(line.text for line in value.lines)]
                case Table(rows=rows):
                    found += [text for row in rows for cell in row.cells for text in cell]
                case Picture(plate=plate):
                    found.append(plate.alt)
                case Rule() | Frame():
                    pass
    return "".join(found)
