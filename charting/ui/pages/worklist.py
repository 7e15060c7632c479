"""The worklist: the people to see to, today's first, and the search for anyone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, tzinfo

from nicegui import events, ui

from charting.desk import Act, may
from charting.desk.answers import PatientLine
from charting.domain import ChartingError
from charting.ui.context import AppContext
from charting.ui.looks import Looks
from charting.ui.showing import about, course_words, day_of, day_words, due_words, last_words
from charting.ui.theme import STAFF, WORKLIST, button, chip, frame, heading, link_button, notice
from charting.ui.words import _, ngettext

LONGEST_SEARCH = 200


def register(app_context: AppContext) -> None:
    """Tie the worklist to its address."""

    @ui.page(WORKLIST)
    async def worklist() -> None:
        with frame(app_context, _("Worklist"), at=WORKLIST) as page:
            if not may(page.who, Act.READ_CHARTS):
                ui.navigate.to(STAFF)
                return
            await Worklist(app_context, page.looks, page.who.name).build(may(page.who, Act.EDIT_PATIENTS))


class Worklist:
    """The page: one search field, and one column of people through which the arrow keys go."""

    def __init__(self, app_context: AppContext, looks: Looks, name: str) -> None:
        self._app = app_context
        self._looks = looks
        self._asked = 0
        self._found = ""
        self._lines: list[PatientLine] = []
        self._rows: list[ui.link] = []
        self._chosen = 0

    async def build(self, may_edit: bool) -> None:
        """Show the page."""
        with ui.element("div").classes("ch-head"):
            heading(_("Worklist"))
            if may_edit:
                link_button(_("New patient"), "/new-patient", "primary")
        self._search = (
            ui.input(_("Search by name, record number or birth date"))
            .props(
                "outlined autofocus clearable debounce=150 maxlength=200 autocomplete=off spellcheck=false "
                "type=search dir=auto role=combobox aria-expanded=true aria-controls=people "
                "aria-autocomplete=list"
            )
            .mark("search")
        )
        self._search.on_value_change(lambda: self._look())
        self._search.on("keydown.down.prevent", lambda: self._choose(self._chosen + 1))
        self._search.on("keydown.up.prevent", lambda: self._choose(self._chosen - 1))
        # with what stands in the field at that moment: what was typed last may still be on its way
        self._search.on("keydown.enter.prevent", self._open, js_handler="(e) => emit(e.target.value)")
        self._search.on("keydown.escape", lambda: self._search.set_value(""))
        self._people = ui.element("div").classes("ch-column").props("id=people aria-live=polite")
        await self._fetch("")

    async def _look(self, text: str | None = None) -> None:
        try:
            await self._fetch(self._text if text is None else text)
        except ChartingError as trouble:
            self._people.clear()
            with self._people:
                notice(_(trouble.sentence), "refused")

    @property
    def _text(self) -> str:
        return str(self._search.value or "").strip()[:LONGEST_SEARCH]

    async def _fetch(self, text: str) -> None:
        self._asked += 1
        mine = self._asked
        desk, who = self._app.desk, self._app.signed_in()
        if text:
            lines = await asyncio.to_thread(desk.patients, who, text)
        else:
            lines = await asyncio.to_thread(desk.worklist, who)
        # an answer that was overtaken by a later one must not take its place
        if mine == self._asked:
            self._found = text
            self._show(list(lines), text)

    def _show(self, lines: list[PatientLine], text: str) -> None:
        groups = (
            [(_("Found"), lines)] if text else in_groups(lines, self._app.desk.today, self._app.desk.zone)
        )
        self._lines = [line for _title, group in groups for line in group]
        self._rows = []
        self._people.clear()
        with self._people:
            for title, group in groups:
                if group:
                    with ui.element("section").classes("ch-column ch-tight"):
                        with ui.element("h2").classes("ch-h3"):
                            ui.label(title)
                        with ui.element("div").classes("ch-list"):
                            self._rows += [self._row(line) for line in group]
            if not self._lines:
                self._nobody(text)
        self._chosen = 0
        self._choose(0)

    def _nobody(self, text: str) -> None:
        with ui.element("div").classes("ch-card"):
            if text:
                ui.label(_("Nobody is found by these words.")).classes("ch-strong")
                ui.label(
                    _("Type the beginning of a name, a record number, or a birth date such as 1974-03-04.")
                ).classes("ch-soft")
                with ui.element("div").classes("ch-row"):
                    button(_("Show the worklist")).on_click(lambda: self._search.set_value(""))
            else:
                ui.label(_("No patients yet.")).classes("ch-strong")
                ui.label(_("Add the first one, and start a course.")).classes("ch-soft")

    def _row(self, line: PatientLine) -> ui.link:
        patient, course, desk = line.patient, line.course, self._app.desk
        with ui.link(target=f"/patients/{patient.id}").classes("ch-person") as row:
            with ui.element("div"):
                ui.label(patient.name).props('dir="auto"')
                ui.label(f"{day_words(patient.born)} · {patient.record_number}").classes("ch-soft ch-small")
            with ui.element("div"):
                if course:
                    ui.label(course.course.problem).classes("ch-strong").props('dir="auto"')
                    words = [course_words(course)]
                    if course.sessions:
                        words.append(last_words(course.sessions[0], desk.today, desk.zone))
                    ui.label(" · ".join(words)).classes("ch-soft ch-small")
                else:
                    ui.label(about(patient, self._looks, self._app.desk.today)).classes("ch-soft ch-small")
            with ui.element("div"):
                if line.drafts:
                    count = ngettext("{count} not signed", "{count} not signed", line.drafts)
                    chip(count.format(count=line.drafts), "amber")
                if course and course.due_on:
                    chip(due_words(course.due_on, desk.today), "ink" if course.due_on <= desk.today else "")
                elif course and course.course.closed_on:
                    chip(_("ended"))
        row.mark("person")
        return row

    def _choose(self, index: int) -> None:
        if not self._rows:
            return
        self._rows[min(self._chosen, len(self._rows) - 1)].classes(remove="ch-chosen")
        self._chosen = min(max(index, 0), len(self._rows) - 1)
        chosen = self._rows[self._chosen].classes("ch-chosen")
        self._search.props(f"aria-activedescendant=c{chosen.id}")
        if index:
            ui.run_javascript(
                f"document.getElementById('c{chosen.id}')?.scrollIntoView({{block: 'nearest'}})"
            )

    async def _open(self, event: events.GenericEventArguments) -> None:
        text = event.args.strip()[:LONGEST_SEARCH] if isinstance(event.args, str) else self._text
        if text != self._found:
            await self._look(text)
            # nobody has seen these people yet: only one who is alone is surely meant
            if len(self._lines) != 1:
                return
        if self._lines:
            ui.navigate.to(f"/patients/{self._lines[self._chosen].patient.id}")


def in_groups(lines: Sequence[PatientLine], day: date, zone: tzinfo) -> list[tuple[str, list[PatientLine]]]:
    """Return the people under headings: seen or due today, not signed, and the others."""
    now: list[PatientLine] = []
    unsigned: list[PatientLine] = []
    others: list[PatientLine] = []
    for line in lines:
        sessions = line.course.sessions if line.course else ()
        is_today = any(day_of(one.started_at, zone) == day for one in sessions) or bool(
            line.course and line.course.due_on == day
        )
        (now if is_today else unsigned if line.drafts else others).append(line)
    return [(_("Today"), now), (_("Not signed"), unsigned), (_("Others"), others)]
