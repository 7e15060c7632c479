"""The glyphs of the screen and of paper, from the one file that both are drawn from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("glyphs.json")
"""What the pages read as well."""


@dataclass(frozen=True, slots=True)
class SessionGlyph:
    """A session's shape: ``path`` is SVG path data about (0, 0) with radius 1, y down."""

    shape: str
    name: str
    colour: str
    path: str
    middle: float


@cache
def glyphs() -> dict[str, Any]:
    """Return all of the file; lengths ending in ``_mm`` are on paper, in ``_px`` on screen."""
    content: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return content


@cache
def session_glyph(place: int) -> SessionGlyph:
    """Return the glyph of the session at a place of its course, counted from 0; after the last, the first."""
    listed = glyphs()["sessions"]
    return SessionGlyph(**listed[place % len(listed)])
