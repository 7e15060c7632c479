"""What stands where on the sheets of a document; the SVG and the PDF are drawn from the same.

All lengths are mm of paper, from the sheet's top left; a text stands on its baseline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from charting.chart.fonts import Weight, fitted, width, wrapped
from charting.chart.plates import Plate

INK = "#000000"
SOFT = "#4a4a4a"
HAIR = "#9a9a9a"

Anchor = Literal["start", "end", "middle"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text on its baseline."""

    x: float
    y: float
    text: str
    size: float
    weight: Weight = "regular"
    anchor: Anchor = "start"
    colour: str = INK


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that heads what follows; ``level`` 1 is the document's title."""

    level: int
    line: Line


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together, ``leading`` mm from baseline to baseline."""

    lines: tuple[Line, ...]
    leading: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A fact with its label above it."""

    label: Line
    value: Paragraph


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    colour: str = INK


@dataclass(frozen=True, slots=True)
class Frame:
    """An empty rectangle."""

    x: float
    y: float
    width: float
    height: float
    line: float
    colour: str = INK


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A plate at its place."""

    x: float
    y: float
    plate: Plate


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``right`` is for numbers."""

    head: str
    width: float
    right: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the lines of each cell, its height, and whether it sums up the rows above it.

    ``glyph`` is the place of the session whose shape stands in its first cell, if there is one.
    """

    cells: tuple[tuple[str, ...], ...]
    height: float
    sums: bool = False
    glyph: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``alt`` says what it lists."""

    x: float
    y: float
    alt: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    size: float
    leading: float
    pad: float
    head_height: float

    @property
    def width(self) -> float:
        """The width of all columns."""
        return sum(column.width for column in self.columns)

    @property
    def height(self) -> float:
        """The height of the head and all rows."""
        return self.head_height + sum(row.height for row in self.rows)


Element = Heading | Paragraph | Pair | Rule | Frame | Picture | Table | Line


@dataclass(slots=True)
class Sheet:
    """One side of paper: what is read, in its order, and what only repeats (``foot``)."""

    elements: list[Element] = field(default_factory=list)
    foot: list[Line | Rule] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """The sheets of a chart or course map; ``size`` is width and height of the paper, ``at`` the
    moment that it tells of, which a PDF states as its date.

    ``attached`` gives the record that a PDF carries inside: a file's name and its text.
    """

    title: str
    at: datetime
    size: tuple[float, float]
    sheets: tuple[Sheet, ...]
    author: str = ""
    attached: Callable[[], tuple[str, str]] | None = None
    language: str = "en"


TEXT_INSET = 1.1
"""mm between a column's edge and its text."""


def paragraph(
    x: float,
    y: float,
    text: str,
    room: float,
    *,
    size: float = 3.2,
    leading: float = 4.1,
    weight: Weight = "regular",
    colour: str = INK,
) -> Paragraph:
    """Return a text broken into lines of ``room`` mm, the first on the baseline ``y``."""
    lines = wrapped(text, size, room, weight)
    return Paragraph(
        tuple(Line(x, y + i * leading, one, size, weight, colour=colour) for i, one in enumerate(lines)),
        leading,
    )


def pair(
    x: float, y: float, label: str, text: str, room: float, *, weight: Weight = "regular", size: float = 3.4
) -> Pair:
    """Return a fact with its label on the baseline ``y`` and its value below."""
    return Pair(
        Line(x, y, label, 2.6, colour=SOFT),
        paragraph(x, y + 4.4, text, room, size=size, leading=4.2, weight=weight),
    )


def bottom(element: Pair | Paragraph) -> float:
    """Return the baseline of the last line."""
    lines = element.value.lines if isinstance(element, Pair) else element.lines
    return lines[-1].y


def row_of(
    texts: Sequence[str],
    columns: Sequence[Column],
    *,
    size: float,
    leading: float,
    pad: float,
    sums: bool = False,
    glyph: int | None = None,
) -> Row:
    """Return a row as high as its longest cell; text is broken into lines, numbers never."""
    weight: Weight = "semibold" if sums else "regular"
    cells = tuple(
        (fitted(text, size, column.width - TEXT_INSET, weight),)
        if column.right or not text
        else wrapped(text, size, column.width - 2 * TEXT_INSET, weight)
        for text, column in zip(texts, columns, strict=True)
    )
    most = max(len(lines) for lines in cells)
    return Row(cells, most * leading + 2 * pad, sums, glyph)


def text_width(line: Line) -> float:
    """Return how wide a line is."""
    return width(line.text, line.size, line.weight)
