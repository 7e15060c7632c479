"""The map of a course: all its sessions in any view, what was treated again, and what is new."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from nicegui import events, ui

from charting.anatomy import View
from charting.coursemap import Change
from charting.desk.answers import CourseFacts, MapMark, SessionLine, SpotView
from charting.desk.answers import CourseMap as MapFacts
from charting.domain import ChartingError, Staff
from charting.ui.addresses import course_of
from charting.ui.context import AppContext
from charting.ui.course_map import CourseMap, figure_of
from charting.ui.drawings import atlas_path, pain_line, views_of
from charting.ui.looks import Looks
from charting.ui.showing import (
    ago_words,
    day_of,
    day_words,
    marks_words,
    ml_words,
    number_words,
    pain_words,
    session_icon,
    spot_words,
)
from charting.ui.theme import button, chip, frame, heading, link_button, notice, to_the_last, up
from charting.ui.words import _

FADES_IN = 14
"""Days before a session in which it comes into sight as one drags along the days."""


def register(app_context: AppContext) -> None:
    """Tie the page to its address."""

    @ui.page("/courses/{course_id}")
    async def course(course_id: str, view: str = "") -> None:
        with frame(app_context, _("Course map"), shape="ch-map-main", main=False) as page:
            id = course_of(course_id)
            facts = await asyncio.to_thread(app_context.desk.course_facts, page.who, id)
            own = views_of(app_context.atlas, facts)
            known = {entry.id for entry in app_context.atlas.views(own[0].figure)}
            shown = view if view in known else own[0].id
            found = await asyncio.to_thread(look, app_context, page.who, facts, shown)
            CoursePage(app_context, page.looks, facts, found).build()


class Found:
    """What a course comes to on one view, and that view."""

    def __init__(self, view: View, facts: MapFacts, figure: dict[str, Any]) -> None:
        self.view = view
        self.facts = facts
        self.figure = figure


def look(app_context: AppContext, who: Staff, facts: CourseFacts, view: str) -> Found:
    """Return what a course comes to on a view; raises UnknownView, CourseNotFound."""
    found = app_context.desk.course_map(who, facts.course.id, view)
    read = app_context.atlas.view(found.figure, found.view)
    return Found(read, found, figure_of(app_context.atlas, found, facts.sessions, read))


class CoursePage:
    """The page of a course. Nothing of the record can be changed here."""

    def __init__(self, app_context: AppContext, looks: Looks, facts: CourseFacts, found: Found) -> None:
        self._app = app_context
        self._looks = looks
        self._facts = facts
        self._found = found
        self._shown = {line.number for line in found.facts.sessions}
        self._exports: dict[str, ui.link] = {}
        self._slider: ui.slider | None = None

    @property
    def _id(self) -> UUID:
        return self._facts.course.id

    @property
    def _lines(self) -> tuple[SessionLine, ...]:
        return self._found.facts.sessions

    def build(self) -> None:
        """Show the page."""
        with ui.element("div").classes("ch-map-page"):
            with ui.element("section").classes("ch-map"):
                self._top()
                self._map = CourseMap(
                    self._drawing(), self._found.view, self._found.figure, self._looks.skin_class, self._open
                )
            with ui.element("aside").classes("ch-map-side"):
                with ui.element("div").classes("ch-column ch-tight"):
                    up(_("Patient"), f"/patients/{self._facts.patient.id}").style("margin: -8px 0 -12px")
                    heading(self._facts.course.problem)
                    ui.label(self._facts.patient.name).classes("ch-strong").props('dir="auto"')
                    with ui.element("div").classes("ch-row"):
                        number = max((line.number for line in self._lines), default=0)
                        chip(number_words(self._facts.course, number))
                        chip(_("Read-only"), "ink")
                self._spot = ui.element("section").classes("ch-card").props('aria-live="polite"').mark("spot")
                self._spot.set_visibility(False)
                if not self._found.facts.marks:
                    notice(_("Nothing was given in this course yet."), "plain")
                self._since_last()
                self._table()
            with ui.element("section").classes("ch-card ch-map-below"):
                self._timeline()
        self._link()
        to_the_last(".ch-days")

    # ---- the map -------------------------------------------------------------------------------------------

    def _drawing(self) -> str:
        view = self._found.view
        return f"{atlas_path(self._app.atlas)}/{view.figure}/{view.id}.svg"

    def _top(self) -> None:
        atlas = self._app.atlas
        own = [entry.id for entry in views_of(atlas, self._facts)]
        entries = sorted(
            atlas.views(self._found.view.figure),
            key=lambda entry: (entry.id not in own, entry.region != "full"),
        )
        with ui.element("div").classes("ch-map-top"):
            picker = ui.select(
                {entry.id: entry.title for entry in entries}, label=_("View"), value=self._found.view.id
            )
            picker.props("outlined dense").mark("view").on_value_change(self._turn)
            if self._found.facts.marks:
                switch = ui.switch(_("Density")).mark("density")
                switch.on_value_change(lambda event: self._map.show_density(bool(event.value)))
            with ui.element("div").classes("ch-row"):
                for ending in ("pdf", "png", "svg"):
                    self._exports[ending] = link_button(ending.upper(), "#", new_tab=True)

    async def _turn(self, event: events.ValueChangeEventArguments[Any]) -> None:
        try:
            who = self._app.signed_in()
            self._found = await asyncio.to_thread(look, self._app, who, self._facts, str(event.value))
        except ChartingError as trouble:
            ui.notify(_(trouble.sentence), type="warning", timeout=0, close_button=_("Close"))
            return
        self._map.show(self._drawing(), self._found.view, self._found.figure)
        self._fade()
        self._link()

    def _link(self) -> None:
        """Have the exports say what is shown: the view, and the sessions that are not switched off."""
        numbers = ",".join(str(number) for number in sorted(self._shown))
        sessions = f"&sessions={numbers}" if self._shown and len(self._shown) < len(self._lines) else ""
        query = f"view={self._found.view.id}{sessions}&paper={self._looks.paper}"
        for ending, link in self._exports.items():
            link.props(f'href="/api/v1/courses/{self._id}/map.{ending}?{query}"')

    # ---- spots ---------------------------------------------------------------------------------------------

    def _open(self, number: int) -> None:
        spot = next((one for one in self._found.facts.spots if one.number == number), None)
        if spot is None:
            return
        self._map.ring([number])
        self._spot.clear()
        self._spot.set_visibility(True)
        marks = [one for one in self._found.facts.marks if one.spot == number]
        with self._spot:
            heading(spot.name, 2)
            ui.label(spot_words(spot.times, spot.days_ago, spot.ml)).classes("ch-strong")
            self._history(marks)
            with ui.element("div").classes("ch-row"):
                button(_("Close"), "quiet").on_click(self._shut)
        self._spot.run_method("scrollIntoView", {"block": "nearest"})

    def _history(self, marks: Collection[MapMark]) -> None:
        line_of = {line.session_id: line for line in self._lines}
        with ui.element("table").classes("ch-table"):
            _head(("", _("Session")), ("ch-day", _("Day")), ("", _("Mark")), ("ch-number", _("mL")))
            with ui.element("tbody"):
                for one in marks:
                    line = line_of[one.session_id]
                    with ui.element("tr"):
                        with ui.element("td"):
                            ui.html(session_icon(line.number), sanitize=False)
                        _cell(day_words(day_of(line.started_at, self._app.desk.zone)), "ch-day")
                        _cell(str(one.number))
                        _cell(ml_words(one.ml), "ch-number")

    def _shut(self) -> None:
        self._spot.set_visibility(False)
        self._map.ring([])

    # ---- beside the map ------------------------------------------------------------------------------------

    def _since_last(self) -> None:
        if len(self._lines) < 2:
            return
        spots = {spot.number: spot for spot in self._found.facts.spots}
        since = self._found.facts.since_last
        with ui.element("section").classes("ch-card"):
            heading(_("Since the session before"), 2)
            said = ui.element("div").classes("ch-column ch-tight").props('aria-live="polite"')
            picks: list[ui.button] = []
            with ui.element("div").classes("ch-segment").move(target_index=1):
                for words, numbers in (
                    (_("New"), since.now),
                    (_("Again"), since.both),
                    (_("Not this time"), since.before),
                ):
                    pick = ui.button(f"{words} {len(numbers)}", color=None).props("flat no-caps")
                    pick.classes("ch-pick").set_enabled(bool(numbers))
                    pick.props("aria-pressed=false")
                    picks.append(pick)

                    def compare(pick: ui.button = pick, numbers: Collection[int] = numbers) -> None:
                        for one in picks:
                            one.props(f"aria-pressed={'true' if one is pick else 'false'}")
                            one.classes(
                                add="ch-on" if one is pick else "", remove="" if one is pick else "ch-on"
                            )
                        self._compare([spots[n] for n in numbers], said)

                    pick.on_click(compare)

    def _compare(self, spots: list[SpotView], said: ui.element) -> None:
        self._map.ring([spot.number for spot in spots])
        said.clear()
        with said:
            for spot in spots:
                ui.label(f"{spot.name}: {ml_words(spot.ml)}").classes("ch-small")

    def _table(self) -> None:
        sites = self._found.facts.sites
        if not sites:
            return
        with ui.element("section").classes("ch-card"):
            heading(_("By structure"), 2)
            with ui.element("table").classes("ch-table"):
                _head(
                    ("", _("Structure")), ("ch-number", _("Times")), ("ch-day", _("Last")),
                    ("ch-number", _("mL")),
                )  # fmt: skip
                with ui.element("tbody"):
                    for site in sites:
                        numbers = [
                            spot.number
                            for spot in self._found.facts.spots
                            if spot.site == site.site and (site.site or spot.laterality == site.laterality)
                        ]
                        with ui.element("tr"):
                            with ui.element("td"):
                                with ui.element("button").classes("ch-named") as named:
                                    ui.label(site.name)
                                named.props('type="button"')
                                named.on("click", lambda numbers=numbers: self._map.ring(numbers))
                                ui.label(_change(site.change)).classes("ch-small ch-soft")
                            _cell(f"×{site.times}", "ch-number")
                            _cell(ago_words((self._found.facts.today - site.last_on).days), "ch-day")
                            _cell(ml_words(site.ml), "ch-number")

    # ---- the days ------------------------------------------------------------------------------------------

    def _timeline(self) -> None:
        zone = self._app.desk.zone
        self._days = {line.number: day_of(line.started_at, zone) for line in self._lines}
        if not self._lines:
            ui.label(_("No session yet.")).classes("ch-soft")
            return
        pains = pain_line([(line.pain_before, line.pain_after) for line in self._lines])
        width = 100 * len(self._lines)
        with (
            ui.element("div").classes("ch-days"),
            ui.element("div").style(f"min-width: {1.6 * width}px; max-width: {2.6 * width}px"),
        ):
            with ui.element("div").classes("ch-timeline").props(f'role="group" aria-label="{_("Sessions")}"'):
                for line in self._lines:
                    self._when(line)
            if pains:
                ui.html(
                    f'<svg class="ch-pain" viewBox="0 0 {width} 40" preserveAspectRatio="none" role="img" '
                    f'aria-label="{_("Pain before and after each session, 0 to 10")}">{pains}</svg>',
                    sanitize=False,
                )
        first, last = min(self._days.values()), max(self._days.values())
        if first < last:
            with ui.element("div").classes("ch-row").style("flex-wrap: nowrap"):
                self._until = ui.label().classes("ch-small ch-strong").style("min-width: 130px")
                self._slider = ui.slider(min=0, max=(last - first).days, value=(last - first).days).mark(
                    "days"
                )
                self._slider.props(f'aria-label="{_("Show sessions up to")}"')
                self._slider.on_value_change(self._fade)
            self._say_until()

    def _when(self, line: SessionLine) -> None:
        toggle = ui.button(color=None).classes("ch-when ch-on").props("flat no-caps aria-pressed=true")
        toggle.mark(f"session {line.number}")
        with toggle:
            ui.html(session_icon(line.number), sanitize=False)
            with ui.element("div").classes("ch-back-line"):
                ui.label(day_words(self._days[line.number])).classes("ch-strong")
                ui.label(marks_words(line.marks, line.ml))
                pain = pain_words(line.pain_before, line.pain_after)
                ui.label(pain if line.signed else f"{_('not signed')} {pain}".strip())
        toggle.on_click(lambda: self._toggle(line.number, toggle))

    def _toggle(self, number: int, toggle: ui.button) -> None:
        on = number not in self._shown
        (self._shown.add if on else self._shown.discard)(number)
        toggle.props(f"aria-pressed={'true' if on else 'false'}")
        toggle.classes(add="ch-on" if on else "", remove="" if on else "ch-on")
        self._fade()
        self._link()

    def _say_until(self) -> None:
        if self._slider is not None:
            until = min(self._days.values()) + timedelta(days=int(self._slider.value))
            self._until.text = _("Up to {day}").format(day=day_words(until))

    def strengths(self) -> dict[int, float]:
        """Return how strongly each session is shown: by its switch, and by the day that was dragged to."""
        if not self._lines:
            return {}
        until = max(self._days.values())
        if self._slider is not None:
            until = min(self._days.values()) + timedelta(days=int(self._slider.value))
        return {
            number: round(min(max(1 + (until - on).days / FADES_IN, 0), 1), 2) if number in self._shown else 0
            for number, on in self._days.items()
        }

    def _fade(self) -> None:
        self._say_until()
        self._map.fade(self.strengths())


def _change(change: Change) -> str:
    return {
        Change.NEW: _("new in the last session"),
        Change.AGAIN: _("in the last two sessions"),
        Change.NOT_NOW: _("not in the last session"),
        Change.EARLIER: _("earlier"),
    }[change]


def _head(*columns: tuple[str, str]) -> None:
    """Show the head of a table: the class and the words of each column."""
    with ui.element("thead"), ui.element("tr"):
        for kind, words in columns:
            with ui.element("th").props('scope="col"').classes(kind):
                ui.label(words)


def _cell(words: str, kind: str = "") -> None:
    with ui.element("td").classes(kind):
        ui.label(words)
