"""The sheet that a patient takes home: what was treated, and what to do until when, with real dates."""

from __future__ import annotations

from datetime import date, timedelta

from charting.chart.choosing import chosen_views, locator
from charting.chart.facts import ChartFacts
from charting.chart.fonts import fitted
from charting.chart.layout import GAP, MARGIN, Layout
from charting.chart.maps import paper_map
from charting.chart.plates import locator_plate
from charting.chart.sheets import (
    SOFT,
    Document,
    Frame,
    Heading,
    Line,
    Picture,
    Rule,
    bottom,
    paragraph,
)
from charting.chart.words import day_words
from charting.domain.aftercare import Aftercare, Stage

PICTURE = 62.0
"""mm: the width of the drawing of what was treated."""

SIZE = 4.0
LEADING = 5.4

FRENCH_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre",
)  # fmt: skip


def aftercare_sheet(facts: ChartFacts, text: Aftercare) -> Document:
    """Return the sheet of a session, laid out on one side of paper; raises BodyMapUnusable."""
    return _AftercareSheet(facts, text).document()


class _AftercareSheet(Layout):
    """A patient's sheet while it is laid out."""

    def __init__(self, facts: ChartFacts, text: Aftercare) -> None:
        super().__init__(facts.paper.size, text.title)
        self.facts = facts
        self.text = text

    def document(self) -> Document:
        """Return the sheet."""
        self._head()
        top = self.y
        self._picture(top)
        room = self.room - PICTURE - 6.0
        opening = paragraph(MARGIN, self.y + 3.0, self.text.opening, room, size=SIZE, leading=LEADING)
        self.add(opening)
        self.y = bottom(opening) + 9.0
        for stage in self.text.stages:
            # beside the picture while it lasts, then over the whole width
            beside = self.y < top + PICTURE * 1.75
            self._stage(stage, room if beside else self.room)
        self._warnings()
        self.feet(self.facts.clinic, self.text.title)
        return Document(
            title=f"{self.text.title}, {self._day(self.facts.on)}",
            at=self.facts.session.started_at,
            size=(self.width, self.height),
            sheets=tuple(self.sheets),
            author=self.facts.clinician,
            language=self.text.language,
        )

    def _day(self, day: date) -> str:
        if self.text.language == "fr":
            first = "er" if day.day == 1 else ""
            return f"{day.day}{first} {FRENCH_MONTHS[day.month - 1]} {day.year:04d}"
        return day_words(day)

    def _head(self) -> None:
        facts = self.facts
        who = f"{facts.patient.name} · {facts.course.problem} · {self._day(facts.on)}"
        self.add(
            Heading(1, Line(MARGIN, MARGIN + 5.6, self.text.title, 6.4, "bold")),
            Line(MARGIN, MARGIN + 11.4, fitted(who, 3.8, self.room), 3.8, colour=SOFT),
            Line(
                self.right, MARGIN + 5.0, fitted(facts.clinic, 3.8, self.room * 0.36, "bold"), 3.8, "bold",
                "end",
            ),
        )  # fmt: skip
        self.y = MARGIN + 14.5
        self.add(Rule(MARGIN, self.y, self.right, self.y, 0.6))
        self.y += 5.0

    def _picture(self, top: float) -> None:
        session, atlas = self.facts.session, self.facts.atlas
        chosen = chosen_views(session, atlas)
        whole = locator(session, atlas, chosen)
        groups = [{shown.mark.id for shown in one.shown if shown.visible} for one in chosen]
        drawn = paper_map(atlas, whole.view)
        made = locator_plate(whole.view, drawn, whole.shown, groups, PICTURE, PICTURE * 1.75)
        self.add(Picture(self.right - PICTURE, top, made))

    def _stage(self, stage: Stage, room: float) -> None:
        days = {"start": self._day(self.facts.on + timedelta(days=stage.start))}
        if stage.end is not None:
            days["end"] = self._day(self.facts.on + timedelta(days=stage.end))
        words = paragraph(MARGIN, self.y + 5.6, stage.words.format(**days), room, size=SIZE, leading=LEADING)
        if bottom(words) > self.lowest:
            self.new_sheet()
            words = paragraph(
                MARGIN, self.y + 5.6, stage.words.format(**days), self.room, size=SIZE, leading=LEADING
            )
        self.add(Heading(2, Line(MARGIN, self.y, stage.heading, 4.2, "bold")), words)
        self.y = bottom(words) + 9.0

    def _warnings(self) -> None:
        height = 8.0 + LEADING * len(self.text.warnings)
        call = self.text.call.strip()
        calling = paragraph(MARGIN + 5, 0, call, self.room - 10, size=SIZE, leading=LEADING, weight="bold")
        height += LEADING * len(calling.lines) + 5 if call else 0
        if self.y + height > self.lowest:
            self.new_sheet()
        y = self.y - 2.0
        self.add(
            Frame(MARGIN, y, self.room, height, 0.6),
            Heading(2, Line(MARGIN + 5, y + 6.5, self.text.warning_heading, 4.4, "bold")),
        )
        y += 6.5
        for warning in self.text.warnings:
            y += LEADING
            self.add(Line(MARGIN + 5, y, f"• {warning}", SIZE))
        if call:
            self.add(
                paragraph(
                    MARGIN + 5, y + LEADING + 2, call, self.room - 10, size=SIZE, leading=LEADING,
                    weight="bold",
                )
            )  # fmt: skip
        self.y += height + GAP
