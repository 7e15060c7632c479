"""A drawing as a picture: PNG by resvg, in the fonts of the program."""

from __future__ import annotations

import re

import resvg_py

from charting.chart.fonts import FAMILY, files_for, unwritten
from charting.domain import ChartFailed

MOST_PIXELS = 6000
"""The widest picture that is made; a sheet of paper at 700 dots an inch."""

DOTS = 96.0
"""CSS's dots an inch: what a mm is in pixels, where no width is asked for."""

_TEXT = re.compile(r">([^<>]+)<")


def png(svg: str, width: int) -> bytes:
    """Return an SVG of this package as PNG, ``width`` pixels wide on white.

    A character that no font of the program has is drawn in a font of the computer, if it has one.
    Raises ValueError for a width that is not 1 to MOST_PIXELS, ChartFailed if it cannot be drawn.
    """
    if not 1 <= width <= MOST_PIXELS:
        raise ValueError(f"a picture is 1 to {MOST_PIXELS} pixels wide, not {width}")
    text = "".join(_TEXT.findall(svg))
    try:
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg,
                width=width,
                background="white",
                dpi=DOTS,
                font_files=files_for(text),
                font_family=FAMILY,
                skip_system_fonts=not unwritten(text),
            )
        )
    except ValueError as trouble:
        raise ChartFailed(f"resvg could not draw the chart: {trouble}") from trouble
