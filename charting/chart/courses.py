"""The course map: what stands where on its sheets, and one view of it alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time
from decimal import Decimal

import numpy as np

from charting.anatomy import View
from charting.chart.facts import CourseFacts
from charting.chart.fonts import fitted
from charting.chart.glyphs import session_glyph
from charting.chart.layout import GAP, MARGIN, Layout
from charting.chart.maps import paper_map
from charting.chart.plates import (
    TITLE_BAND,
    WORDS_BAND,
    XY,
    Disc,
    Plate,
    apart,
    bar_for,
    crop_for,
    locator_plate,
)
from charting.chart.sheets import (
    SOFT,
    Column,
    Document,
    Heading,
    Line,
    Picture,
    Row,
    Rule,
    Sheet,
    Table,
    paragraph,
    row_of,
)
from charting.chart.svg import sheet_svg
from charting.chart.words import DASH, WHERE, ago_words, born_words, day_words, ml_words, sex_words
from charting.coursemap import (
    Change,
    Spot,
    day_of,
    in_order,
    name_of_place,
    on_view,
    per_structure,
    project_all,
    spots,
)
from charting.domain import Session, words_of
from charting.words import _, ngettext

SYMBOL = 1.45
"""mm: the radius of a session's shape on a course map."""

BESIDE = 5.0
"""mm beside a spot where its number begins to look for room."""

MOST_APART = 600
"""Shapes on a view up to which they make room for one another; more of them stand one on another."""

FARTHEST = 5.0
"""mm of paper beside its place at which a shape stands at most."""

ASIDE = _("Where marks lie close together, their shapes stand beside the place.")


MOST_NUMBERED_SPOTS = 60
"""Spots that are numbered on one view at most: those treated most often, of equals the earlier."""

PICTURES = 122.0
SIZE, LEADING, PAD = 2.95, 3.6, 0.55


def course_map(facts: CourseFacts, view: str | None = None) -> Document:
    """Return the course map, laid out: all sessions on one large view, the others small, and the tables.

    ``view`` is the large one; without it, that on which most marks were made.
    Raises UnknownView, UnknownFigure, BodyMapUnusable.
    """
    return _CourseMap(facts, view).document()


def course_map_svg(facts: CourseFacts, view: str) -> str:
    """Return one view with the given marks of all sessions, and the key to them, as SVG of 180 mm width.

    Sessions are told apart by shape, colour and number; spots that were treated more than once are numbered
    as in the course map's table. Raises UnknownView, UnknownFigure, BodyMapUnusable.
    """
    shown_on = facts.atlas.view(facts.figure, view)
    ordered = in_order(facts.sessions)
    width, height = 180.0, 190.0
    made = course_plate(facts, shown_on, spots(ordered, zone=facts.zone), width, height)
    sheet = Sheet([Picture(0.0, 0.0, made)])
    y = height + 2.0
    columns = _session_columns(width)
    rows = [_session_row(facts, session, place, columns) for place, session in enumerate(ordered)]
    if rows:
        table = _table(0.0, y, _("The sessions and their shapes"), columns, rows)
        sheet.elements.append(table)
        y += table.height
    sheet.elements.append(Line(width, y + 3.4, f"{ASIDE} {WHERE}", 2.6, "regular", "end", SOFT))
    y += 4.2
    document = Document(made.alt, _moment(facts), (width, y + 1.0), (sheet,))
    return sheet_svg(document, 0)


def course_plate(
    facts: CourseFacts,
    view: View,
    found: Sequence[Spot],
    width: float,
    height: float,
    *,
    numbered: bool = True,
) -> Plate:
    """Return a view with the given marks that it sees, in their sessions' shapes; ``found``: their spots."""
    shown = [
        one
        for one in on_view(facts.sessions, view, atlas_sha256=facts.atlas.sha256, zone=facts.zone)
        if one.visible
    ]
    place_by_id = {session.id: place for place, session in enumerate(in_order(facts.sessions))}
    drawn = height - TITLE_BAND - WORDS_BAND
    crop = crop_for(view, shown, width / drawn)
    scale = width / crop.width
    count = len({one.session.id for one in shown})
    alt = _("Course map, {title}: {marks}, {sessions}").format(
        title=view.title,
        marks=ngettext("{n} mark", "{n} marks", len(shown)).format(n=len(shown)),
        sessions=ngettext("of {n} session", "of {n} sessions", count).format(n=count),
    )
    at = [((one.x - crop.x) * scale, TITLE_BAND + (one.y - crop.y) * scale) for one in shown]
    chosen = _numbered(view, found) if numbered else []
    places = [((x - crop.x) * scale, TITLE_BAND + (y - crop.y) * scale) for _spot, (x, y) in chosen]
    beside = [(x + math.copysign(BESIDE, x - width / 2), y - BESIDE / 2) for x, y in places]
    within = (0.0, TITLE_BAND, width, height - WORDS_BAND)
    if len(at) <= MOST_APART:
        stand = apart([*at, *beside], SYMBOL * 0.94, within)
        at, beside = _no_farther(at, stand[: len(at)]), stand[len(at) :]
    symbols = tuple(
        (place_by_id[one.session.id], one.session.number, x, y) for one, (x, y) in zip(shown, at, strict=True)
    )
    rings = tuple(
        Disc(spot.number, x, y, place, True)
        for (spot, _at), (x, y), place in zip(chosen, beside, places, strict=True)
    )
    return Plate(
        title=view.title,
        alt=alt,
        view=view,
        map=paper_map(facts.atlas, view),
        crop=crop,
        width=width,
        height=height,
        scale=scale,
        radius=SYMBOL,
        bar=bar_for(width, scale),
        symbols=symbols,
        rings=rings,
    )


def _no_farther(places: Sequence[XY], stand: Sequence[XY]) -> list[XY]:
    """Return where shapes stand, none of them farther from its place than FARTHEST mm of paper."""
    kept = []
    for (x, y), (u, v) in zip(places, stand, strict=True):
        share = min(1.0, FARTHEST / max(math.dist((x, y), (u, v)), 1e-9))
        kept.append((x + share * (u - x), y + share * (v - y)))
    return kept


def _numbered(view: View, found: Sequence[Spot]) -> list[tuple[Spot, tuple[float, float]]]:
    """Return the spots whose numbers a view shows, with where they were founded, in its frame."""
    again = [spot for spot in found if spot.times > 1]
    founders = np.array([(s.founded_at.x, s.founded_at.y, s.founded_at.z) for s in again]).reshape(-1, 3)
    falls, visible = project_all(view, founders)
    seen = [
        (spot, (float(x), float(y)))
        for spot, (x, y), sees in zip(again, falls, visible.tolist(), strict=True)
        if sees
    ]
    return sorted(seen, key=lambda one: (-one[0].times, one[0].number))[:MOST_NUMBERED_SPOTS]


class _CourseMap(Layout):
    """A course map while it is laid out."""

    def __init__(self, facts: CourseFacts, view: str | None) -> None:
        patient = facts.patient
        who = f"{patient.name} · {patient.record_number}"
        super().__init__(
            facts.paper.size, f"{who} · {facts.course.problem} · {_('course map')} · {day_words(facts.today)}"
        )
        self.facts = facts
        self.who = who
        self.sessions = in_order(facts.sessions)
        self.spots = spots(self.sessions, zone=facts.zone)
        self.views = self._views(view)

    def document(self) -> Document:
        """Return all sheets."""
        self._head()
        self._pictures()
        self._sessions()
        self._spots()
        self._sites()
        atlas = self.facts.atlas
        maps = _("Body maps {version} ({hash})").format(version=atlas.version, hash=atlas.sha256[:8])
        self.feet(f"{WHERE} {ASIDE} {maps}", self.who)
        title = _("Course map, {problem}, {day}").format(
            problem=self.facts.course.problem, day=day_words(self.facts.today)
        )
        return Document(title, _moment(self.facts), (self.width, self.height), tuple(self.sheets))

    def _views(self, view: str | None) -> list[View]:
        """Return the views that are drawn, the large one first."""
        facts = self.facts
        known = {entry.id for entry in facts.atlas.views(facts.figure)}
        made_on = Counter(
            mark.map.view
            for session in self.sessions
            for mark in session.given
            if mark.map.figure == facts.figure and mark.map.view in known
        )
        order = [name for name, _count in made_on.most_common()]
        if view is None and not order:
            order = ["full_anterior"]
        wanted = [view, *(name for name in order if name != view)] if view else order
        return [facts.atlas.view(facts.figure, name) for name in wanted]

    def _head(self) -> None:
        facts, patient = self.facts, self.facts.patient
        planned = facts.course.planned_sessions
        count = len(self.sessions)
        of = (
            _("{count} of {planned} sessions").format(count=count, planned=planned)
            if planned
            else ngettext("{count} session", "{count} sessions", count).format(count=count)
        )
        self.add(
            Heading(1, Line(MARGIN, MARGIN + 5.6, _("Course map"), 6.4, "bold")),
            Line(
                MARGIN,
                MARGIN + 11.2,
                fitted(f"{facts.course.problem} · {of}", 3.8, self.room * 0.8),
                3.8,
                colour=SOFT,
            ),
            Line(
                self.right,
                MARGIN + 4.6,
                fitted(facts.clinic, 3.8, self.room * 0.5, "bold"),
                3.8,
                "bold",
                "end",
            ),
            Line(self.right, MARGIN + 9.6, day_words(facts.today), 3.6, "regular", "end"),
        )
        self.y = MARGIN + 14.0
        self.add(Rule(MARGIN, self.y, self.right, self.y, 0.6))
        self.y += 5.0
        born, sex = born_words(patient, facts.today), sex_words(patient.sex)
        cautions = [*patient.allergies, *patient.cautions]
        self.pairs(
            (_("Patient"), patient.name, 1, True),
            (_("Born"), f"{born} · {sex}" if sex else born, 1, False),
            (_("Record number"), patient.record_number, 1, False),
            (_("Last session"), self._last(), 1, False),
        )
        self.pairs(
            (_("Indication"), facts.course.indication or DASH, 2, False),
            (_("Allergies and cautions"), "; ".join(cautions) or _("none recorded"), 2, bool(cautions)),
        )
        self.y += GAP - 1

    def _last(self) -> str:
        if not self.sessions:
            return DASH
        last = day_of(self.sessions[-1], self.facts.zone)
        return f"{day_words(last)}, {ago_words((self.facts.today - last).days)}"

    def _pictures(self) -> None:
        facts, gap = self.facts, 2.0
        first, *others = self.views
        side = 40.0
        wide = self.room - side - gap
        self.add(
            Picture(MARGIN, self.y, course_plate(facts, first, self.spots, wide, PICTURES)),
            Picture(MARGIN + wide + gap, self.y, self._locator(first, side, PICTURES)),
        )
        self.y += PICTURES + GAP
        elsewhere = sum(
            mark.map.figure != facts.figure for session in self.sessions for mark in session.given
        )
        if elsewhere:
            words = ngettext(
                "{n} mark was made on another figure and is not drawn; it is in the tables.",
                "{n} marks were made on another figure and are not drawn; they are in the tables.",
                elsewhere,
            )
            self.add(paragraph(MARGIN, self.y + 1.0, words.format(n=elsewhere), self.room, weight="semibold"))
            self.y += 5.0
        if not others:
            return
        three = (self.room - 2 * gap) / 3
        high = 62.0
        for start in range(0, len(others), 3):
            if self.y + high > self.lowest:
                self.new_sheet()
            for column, view in enumerate(others[start : start + 3]):
                made = course_plate(facts, view, self.spots, three, high)
                self.add(Picture(MARGIN + column * (three + gap), self.y, made))
            self.y += high + gap
        self.y += GAP - gap

    def _locator(self, first: View, width: float, height: float) -> Plate:
        facts = self.facts
        behind = first.aspect == "posterior"
        whole = facts.atlas.view(facts.figure, "full_posterior" if behind else "full_anterior")
        shown = on_view(facts.sessions, whole, atlas_sha256=facts.atlas.sha256, zone=facts.zone)
        groups = [{one.mark.id for one in shown if one.mark.map.view == view.id} for view in self.views]
        return locator_plate(whole, paper_map(facts.atlas, whole), shown, groups, width, height)

    def _sessions(self) -> None:
        columns = _session_columns(self.room)
        rows = [
            _session_row(self.facts, session, place, columns) for place, session in enumerate(self.sessions)
        ]
        self._titled(_("Sessions"), _("The sessions and their shapes"), columns, rows)

    def _spots(self) -> None:
        facts = self.facts
        sites = facts.atlas.sites(facts.figure)
        columns = (
            Column("#", 9.0, True),
            Column(_("Place"), self.room - 9.0 - 40.0 - 11.0 - 47.0 - 13.0),
            Column(_("Sessions"), 40.0),
            Column(_("Times"), 11.0, True),
            Column(_("Last"), 47.0),
            Column(_("mL"), 13.0, True),
        )
        again = [spot for spot in self.spots if spot.times > 1]
        rows = []
        for spot in sorted(again, key=lambda one: (-one.times, one.number)):
            days = (facts.today - spot.last_on).days
            rows.append(
                self._row(
                    (
                        str(spot.number), name_of_place(spot.site, spot.laterality, sites),
                        ", ".join(str(number) for number in spot.sessions), f"×{spot.times}",
                        f"{day_words(spot.last_on)}, {ago_words(days)}", words_of(spot.ml),
                    ),
                    columns,
                )
            )  # fmt: skip
        title = _("Places treated more than once, by the numbers on the map")
        self._titled(title, _("Places that were treated in more than one session"), columns, rows)
        once = len(self.spots) - len(again)
        if once:
            words = ngettext("{n} place was treated once.", "{n} places were treated once.", once)
            if self.y + 6 > self.lowest:
                self.new_sheet()
            self.add(paragraph(MARGIN, self.y + 1.0, words.format(n=once), self.room))
            self.y += 6.0

    def _sites(self) -> None:
        facts = self.facts
        columns = (
            Column(_("Site"), self.room - 11.0 - 13.0 - 15.0 - 13.0 - 28.0 - 31.0),
            Column(_("Times"), 11.0, True),
            Column(_("Marks"), 13.0, True),
            Column(_("Deposits"), 15.0, True),
            Column(_("mL"), 13.0, True),
            Column(_("Last on"), 28.0),
            Column(_("Since the session before"), 31.0),
        )
        changes = {
            Change.NEW: _("new"),
            Change.AGAIN: _("again"),
            Change.NOT_NOW: _("not this time"),
            Change.EARLIER: _("earlier only"),
        }
        lines = per_structure(self.sessions, facts.atlas.sites(facts.figure), zone=facts.zone)
        rows = [
            self._row(
                (
                    line.name, str(line.times), str(line.marks), str(line.deposits), words_of(line.ml),
                    day_words(line.last_on), changes[line.change],
                ),
                columns,
            )
            for line in lines
        ]  # fmt: skip
        self._titled(_("Structures"), _("What was given at each structure"), columns, rows)

    def _titled(self, title: str, alt: str, columns: tuple[Column, ...], rows: list[Row]) -> None:
        """Add a table under its title, the title never alone at the end of a sheet."""
        if not rows:
            return
        if self.y + 22 > self.lowest:
            self.new_sheet()
        self.add(Heading(2, Line(MARGIN, self.y + 3.0, title, 3.4, "bold")))
        self.y += 4.6
        self.flow_table(_table(MARGIN, self.y, alt, columns, rows))

    @staticmethod
    def _row(texts: Sequence[str], columns: Sequence[Column]) -> Row:
        return row_of(texts, columns, size=SIZE, leading=LEADING, pad=PAD)


def _table(x: float, y: float, alt: str, columns: tuple[Column, ...], rows: Sequence[Row]) -> Table:
    return Table(x, y, alt, columns, tuple(rows), SIZE, LEADING, PAD, 5.4)


def _session_columns(room: float) -> tuple[Column, ...]:
    return (
        Column("", 6.0),
        Column(_("Session"), 33.0),
        Column(_("Day"), 26.0),
        Column(_("Clinician"), room - 6.0 - 33.0 - 26.0 - 14.0 - 17.0 - 19.0 - 31.0),
        Column(_("Marks"), 14.0, True),
        Column(_("Deposits"), 17.0, True),
        Column(_("Given"), 19.0, True),
        Column(_("Pain before / after"), 31.0),
    )


def _session_row(facts: CourseFacts, session: Session, place: int, columns: Sequence[Column]) -> Row:
    given = session.given
    ml = sum((mark.injection.ml_each * mark.injection.deposits for mark in given), Decimal(0))
    details = session.details
    pain = (DASH if one is None else str(one) for one in (details.pain_before, details.pain_after))
    number = f"{session.number}, {session_glyph(place).name}"
    signed = "" if session.seal else f" ({_('draft')})"
    texts = (
        "", number, day_words(day_of(session, facts.zone)),
        f"{facts.clinicians.get(session.clinician_id, DASH)}{signed}", str(len(given)),
        str(sum(mark.injection.deposits for mark in given)), ml_words(ml), " / ".join(pain),
    )  # fmt: skip
    return row_of(texts, columns, size=SIZE, leading=4.0, pad=0.6, glyph=place)


def _moment(facts: CourseFacts) -> datetime:
    return datetime.combine(facts.today, time(12), UTC)
