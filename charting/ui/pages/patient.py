"""A patient: who, what is to be heeded, and the courses with their sessions, maps and next due day."""

from __future__ import annotations

import asyncio
from uuid import UUID

from nicegui import context, ui

from charting import edge
from charting.desk import Act, may
from charting.desk.answers import CourseLine, PatientView, SessionLine
from charting.domain import ChartingError, Staff
from charting.ui.addresses import patient_of
from charting.ui.context import AppContext
from charting.ui.drawings import Thumbnail, thumbnails
from charting.ui.looks import Looks
from charting.ui.showing import (
    about,
    course_words,
    day_of,
    day_words,
    due_words,
    marks_words,
    pain_words,
    region_words,
    sides_words,
)
from charting.ui.theme import WORKLIST, button, chip, frame, heading, link_button, to_the_last, up
from charting.ui.words import _


def register(app_context: AppContext) -> None:
    """Tie a patient's page to its address."""

    @ui.page("/patients/{patient_id}")
    async def patient(patient_id: str) -> None:
        with frame(app_context, _("Patient"), at="") as page:
            view = await asyncio.to_thread(app_context.desk.patient, page.who, patient_of(patient_id))
            pictures = await asyncio.to_thread(_pictures, app_context, page.who, view)
            PatientPage(app_context, page.who, page.looks, view, pictures).build()


def _pictures(app_context: AppContext, who: Staff, view: PatientView) -> dict[UUID, tuple[Thumbnail, ...]]:
    return {
        line.course.id: thumbnails(app_context.atlas, app_context.desk.course_facts(who, line.course.id))
        for line in view.courses
    }


class PatientPage:
    """The page of a patient."""

    def __init__(
        self,
        app_context: AppContext,
        who: Staff,
        looks: Looks,
        view: PatientView,
        pictures: dict[UUID, tuple[Thumbnail, ...]],
    ) -> None:
        self._app = app_context
        self._who = who
        self._looks = looks
        self._view = view
        self._pictures = pictures

    def build(self) -> None:
        """Show the page."""
        patient = self._view.patient
        edits = may(self._who, Act.EDIT_PATIENTS)
        up(_("Worklist"), WORKLIST)
        with ui.element("div").classes("ch-head"):
            with ui.element("div").classes("ch-column ch-tight"):
                heading(patient.name)
                ui.label(
                    " · ".join(
                        [
                            about(patient, self._looks, self._app.desk.today),
                            _("born {day}").format(day=day_words(patient.born)),
                            _("record {number}").format(number=patient.record_number),
                        ]
                    )
                ).classes("ch-soft")
                with ui.element("div").classes("ch-row"):
                    for one in patient.allergies:
                        chip(_("Allergy: {what}").format(what=one), "amber")
                    for one in patient.cautions:
                        chip(one, "amber")
                    if not patient.allergies and not patient.cautions:
                        chip(_("No allergies or cautions recorded"))
                    if not may(self._who, Act.MARK):
                        chip(_("Read-only charts"), "ink")
            if edits:
                with ui.element("div").classes("ch-row"):
                    link_button(_("Edit patient"), f"/patients/{patient.id}/edit")
                    link_button(_("New course"), f"/patients/{patient.id}/courses/new")
        for line in self._view.courses:
            self._course(line, edits)
        to_the_last(".ch-sessions")
        if not self._view.courses:
            with ui.element("div").classes("ch-card"):
                ui.label(_("No courses yet.")).classes("ch-strong")
                ui.label(_("A course is a planned series of sessions for one problem.")).classes("ch-soft")

    def _course(self, line: CourseLine, edits: bool) -> None:
        course = line.course
        with ui.element("section").classes("ch-card"):
            with ui.element("div").classes("ch-course"):
                with ui.element("div").classes("ch-column"):
                    with ui.element("div").classes("ch-column ch-tight"):
                        heading(course.problem, 2)
                        words = [region_words(course.region), sides_words(course.sides), course.indication]
                        ui.label(" · ".join(word for word in words if word)).classes("ch-soft").props(
                            'dir="auto"'
                        )
                    with ui.element("div").classes("ch-row"):
                        chip(course_words(line), "ink")
                        if line.due_on:
                            words = [due_words(line.due_on, self._app.desk.today), day_words(line.due_on)]
                            chip(", ".join(words), "ink" if line.due_on <= self._app.desk.today else "")
                        if course.closed_on:
                            chip(_("ended {day}").format(day=day_words(course.closed_on)))
                    with ui.element("div").classes("ch-row"):
                        self._acts(line, edits)
                with ui.element("div").classes("ch-thumbs"):
                    for picture in self._pictures.get(course.id, ()):
                        with ui.link(target=f"/courses/{course.id}?view={picture.view}").classes("ch-thumb"):
                            ui.html(picture.svg, sanitize=False)
                            ui.label(picture.title)
            if line.sessions:
                with (
                    ui.element("div")
                    .classes("ch-sessions")
                    .props(f'role="list" aria-label="{_("Sessions")}"')
                ):
                    for session in reversed(line.sessions):
                        self._session(session)
                    if line.due_on:
                        with ui.element("div").classes("ch-session ch-next").props('role="listitem"'):
                            ui.label(_("Next due")).classes("ch-small ch-strong")
                            ui.label(day_words(line.due_on)).classes("ch-small")

    def _acts(self, line: CourseLine, edits: bool) -> None:
        course = line.course
        draft = next((one for one in line.sessions if not one.signed), None)
        if may(self._who, Act.MARK):
            if draft:
                words = _("Continue session {number}").format(number=draft.number)
                link_button(words, f"/sessions/{draft.session_id}", "primary")
            if not course.closed_on:
                number = max((one.number for one in line.sessions), default=0) + 1
                words = _("Start session {number}").format(number=number)
                self._starter(course.id, words, "" if draft else "primary")
        if line.sessions:
            link_button(_("Course map"), f"/courses/{course.id}")
        if edits:
            link_button(_("Edit course"), f"/courses/{course.id}/edit", "quiet")

    def _starter(self, course_id: UUID, words: str, kind: str) -> None:
        # one id for each time that the page is shown: a double tap starts one session
        session_id = edge.new_id()
        client = context.client

        async def start() -> None:
            starter.disable()
            try:
                who = self._app.signed_in()
                await asyncio.to_thread(lambda: self._app.desk.start_session(who, course_id, id=session_id))
            except ChartingError as trouble:
                starter.enable()
                ui.notify(_(trouble.sentence), type="warning", timeout=0, close_button=_("Close"))
                return
            with client:
                ui.navigate.to(f"/sessions/{session_id}")

        starter = button(words, kind).on_click(start)

    def _session(self, session: SessionLine) -> None:
        kind = "" if session.signed else "ch-draft"
        target = f"/sessions/{session.session_id}{'/review' if session.signed else ''}"
        with ui.link(target=target).classes(f"ch-session {kind}").props('role="listitem"'):
            ui.label(
                f"{session.number} · {day_words(day_of(session.started_at, self._app.desk.zone))}"
            ).classes("ch-small ch-strong")
            ui.label(marks_words(session.marks, session.ml)).classes("ch-small")
            pain = pain_words(session.pain_before, session.pain_after)
            if not session.signed:
                ui.label(_("not signed")).classes("ch-small ch-strong")
            elif pain:
                ui.label(pain).classes("ch-small")
