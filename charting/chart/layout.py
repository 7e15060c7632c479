"""Sheets while they are filled: what every document has in common."""

from __future__ import annotations

from charting.chart.fonts import fitted
from charting.chart.sheets import (
    SOFT,
    Element,
    Line,
    Row,
    Rule,
    Sheet,
    Table,
    bottom,
    pair,
)
from charting.words import _

MARGIN = 13.0
FOOT = 11.0
"""mm at the foot of every sheet that belong to what repeats."""

GAP = 3.0


class Layout:
    """The sheets of a document; ``y`` is where the next thing on the last of them goes.

    ``size`` is the paper's; ``running`` heads every sheet after the first.
    """

    def __init__(self, size: tuple[float, float], running: str) -> None:
        self.width, self.height = size
        self.room = self.width - 2 * MARGIN
        self.right = self.width - MARGIN
        self.lowest = self.height - MARGIN - FOOT
        self.running = running
        self.sheets: list[Sheet] = []
        self.y = 0.0
        self.new_sheet()

    def add(self, *elements: Element) -> None:
        """Put elements on the last sheet."""
        self.sheets[-1].elements.extend(elements)

    def new_sheet(self) -> None:
        """Begin another sheet."""
        self.sheets.append(Sheet())
        self.y = MARGIN
        if len(self.sheets) > 1:
            text = fitted(self.running, 3.2, self.room, "semibold")
            self.add(
                Line(MARGIN, MARGIN + 3.4, text, 3.2, "semibold"),
                Rule(MARGIN, MARGIN + 6.0, self.right, MARGIN + 6.0, 0.3),
            )
            self.y = MARGIN + 9.0

    def pairs(self, *facts: tuple[str, str, int, bool]) -> None:
        """Add a row of facts: label, text, how many of the four columns it takes, whether it is strong."""
        column, x, lowest = self.room / 4, MARGIN, self.y
        for label, text, span, strong in facts:
            made = pair(
                x, self.y, label, text, span * column - 3.0, weight="semibold" if strong else "regular"
            )
            self.add(made)
            lowest = max(lowest, bottom(made))
            x += span * column
        self.y = lowest + 5.0

    def flow_table(self, table: Table) -> None:
        """Add a table, on as many sheets as it needs; a last row that sums up is never alone."""
        rows = list(table.rows)
        while rows:
            room = self.lowest - self.y - table.head_height
            taken: list[Row] = []
            used = 0.0
            while rows and used + rows[0].height <= room:
                alone = len(rows) == 2 and rows[1].sums and used + rows[0].height + rows[1].height > room
                if alone and taken:
                    break
                used += rows[0].height
                taken.append(rows.pop(0))
            if taken:
                part = Table(
                    MARGIN, self.y, table.alt, table.columns, tuple(taken), table.size, table.leading,
                    table.pad, table.head_height,
                )  # fmt: skip
                self.add(part)
                self.y += part.height + GAP + 1.5
            if rows:
                self.new_sheet()

    def feet(self, about: str, who: str) -> None:
        """Put on the foot of every sheet what it is ``about``, ``who`` it is of, and its number."""
        for number, sheet in enumerate(self.sheets, start=1):
            y = self.height - MARGIN - 5.0
            page = _("page {number} of {count}").format(number=number, count=len(self.sheets))
            sheet.foot = [
                Rule(MARGIN, y - 4.0, self.right, y - 4.0, 0.2, SOFT),
                Line(MARGIN, y, fitted(about, 2.5, self.room), 2.5, colour=SOFT),
                Line(MARGIN, y + 4.0, fitted(who, 2.7, self.room * 0.82), 2.7),
                Line(self.right, y + 4.0, page, 2.7, "semibold", "end"),
            ]
