"""A new course, and the changing of one."""

from __future__ import annotations

import asyncio
from uuid import UUID

from nicegui import context, ui

from charting import edge
from charting.desk import Act, need
from charting.domain import (
    ChartingError,
    Course,
    Patient,
    Sides,
    StaleRevision,
)
from charting.ui.addresses import course_of, patient_of
from charting.ui.context import AppContext
from charting.ui.forms import Form, Refused, checked, day_typed, whole_typed
from charting.ui.pages.patient_form import show_conflict
from charting.ui.showing import region_words, sides_words
from charting.ui.theme import button, frame, heading, link_button, up
from charting.ui.words import _


def register(app_context: AppContext) -> None:
    """Tie the forms to their addresses."""

    @ui.page("/patients/{patient_id}/courses/new")
    async def new_course(patient_id: str) -> None:
        with frame(app_context, _("New course"), shape="ch-narrow") as page:
            need(page.who, Act.EDIT_PATIENTS)
            view = await asyncio.to_thread(app_context.desk.patient, page.who, patient_of(patient_id))
            CourseForm(app_context, view.patient, None, None, edge.new_id()).build()

    @ui.page("/courses/{course_id}/edit")
    async def edit_course(course_id: str) -> None:
        with frame(app_context, _("Edit course"), shape="ch-narrow") as page:
            need(page.who, Act.EDIT_PATIENTS)
            desk = app_context.desk
            line = await asyncio.to_thread(desk.course, page.who, course_of(course_id))
            view = await asyncio.to_thread(desk.patient, page.who, line.course.patient_id)
            CourseForm(app_context, view.patient, line.course, line.revision, line.course.id).build()


class CourseForm:
    """The form of a course, new (``seen`` None) or of which a revision was seen."""

    def __init__(
        self, app_context: AppContext, patient: Patient, course: Course | None, seen: int | None, id: UUID
    ) -> None:
        self._app = app_context
        self._patient = patient
        self._course = course
        self._seen = seen
        self._id = id

    def build(self) -> None:
        """Show the form."""
        course = self._course
        back = f"/patients/{self._patient.id}"
        up(_("Patient"), back)
        heading(_("Edit course") if course else _("New course"))
        ui.label(self._patient.name).classes("ch-soft").props('dir="auto"')
        form = self._form = Form()
        values = _texts(course) if course else {}
        regions = self._app.atlas.regions(self._patient.reference_figure)
        with ui.element("div").classes("ch-card"), ui.element("div").classes("ch-grid"):
            form.text("problem", _("Problem, the course's title"), values.get("problem", ""),
                      props="dir=auto autofocus autocomplete=off")  # fmt: skip
            form.one_of("region", _("Region"), {one: region_words(one) for one in regions},
                        values.get("region"), span="ch-3")  # fmt: skip
            form.one_of("sides", _("Side"), {one.value: sides_words(one) for one in Sides},
                        values.get("sides"), span="ch-3")  # fmt: skip
            form.text("indication", _("Indication"), values.get("indication", ""), props="dir=auto")
            form.text("planned_sessions", _("Planned sessions"), values.get("planned_sessions", ""),
                      span="ch-3", props="inputmode=numeric autocomplete=off")  # fmt: skip
            form.text("every_days", _("Days between sessions"), values.get("every_days", ""),
                      span="ch-3", props="inputmode=numeric autocomplete=off")  # fmt: skip
            form.day(
                "opened_on", _("Opened on"), course.opened_on if course else self._app.desk.today, span="ch-3"
            )
            if course:
                form.day("closed_on", _("Ended on, if it has ended"), course.closed_on, span="ch-3")
        with ui.element("div").classes("ch-row"):
            self._save_button = button(_("Save"), "primary").on_click(self._save)
            link_button(_("Cancel"), back, "quiet")

    def read(self) -> Course:
        """Return the course that was typed; raises Refused."""
        typed = self._form.typed
        refused: dict[str, str] = {}
        wanted = _wanted()
        no_day = _("Not a day. Write it as 2026-11-23.")
        planned = whole_typed(typed("planned_sessions"), wanted=wanted["planned_sessions"],
                              name="planned_sessions", refused=refused)  # fmt: skip
        every = whole_typed(typed("every_days"), wanted=wanted["every_days"], name="every_days",
                            refused=refused)  # fmt: skip
        opened = day_typed(typed("opened_on"), wanted=no_day, name="opened_on", refused=refused)
        if opened is None and "opened_on" not in refused:
            refused["opened_on"] = _("The day on which the course was opened is needed.")
        closed = None
        if "closed_on" in self._form.fields:
            closed = day_typed(typed("closed_on"), wanted=no_day, name="closed_on", refused=refused)
        if closed is not None and opened is not None and closed < opened:
            refused["closed_on"] = _("The course ends before it was opened.")
        for name in ("region", "sides"):
            if not typed(name):
                refused[name] = wanted[name]
        try:
            course: Course = checked(
                lambda: Course(
                    id=self._id, patient_id=self._patient.id, problem=typed("problem"),
                    region=typed("region") or "none", sides=Sides(typed("sides") or Sides.BOTH),
                    indication=typed("indication"), planned_sessions=planned, every_days=every,
                    opened_on=opened or self._app.desk.today, closed_on=closed,
                ),
                wanted,
            )  # fmt: skip
        except Refused as more:
            raise Refused({**more.sentences, **refused}) from None
        if refused:
            raise Refused(refused)
        return course

    async def _save(self) -> None:
        client = context.client
        try:
            course = self.read()
            self._save_button.disable()
            who = self._app.signed_in()
            await asyncio.to_thread(self._app.desk.save_course, who, course, self._seen)
        except Refused as refused:
            self._form.say(refused.sentences)
        except StaleRevision as trouble:
            await self._show_theirs(_(trouble.sentence))
        except ChartingError as trouble:
            self._form.refuse(_(trouble.sentence))
        else:
            with client:
                ui.navigate.to(f"/patients/{course.patient_id}")
            return
        finally:
            self._save_button.enable()

    async def _show_theirs(self, sentence: str) -> None:
        line = await asyncio.to_thread(self._app.desk.course, self._app.signed_in(), self._id)
        before, theirs = _texts(self._course) if self._course else {}, _texts(line.course)
        self._seen, self._course = line.revision, line.course
        show_conflict(self._form, sentence, before, theirs, _labels())


def _texts(course: Course) -> dict[str, str]:
    return {
        "problem": course.problem,
        "region": course.region,
        "sides": course.sides.value,
        "indication": course.indication,
        "planned_sessions": str(course.planned_sessions or ""),
        "every_days": str(course.every_days or ""),
        "opened_on": course.opened_on.isoformat(),
        "closed_on": course.closed_on.isoformat() if course.closed_on else "",
    }


def _labels() -> dict[str, str]:
    return {
        "problem": _("Problem"), "region": _("Region"), "sides": _("Side"), "indication": _("Indication"),
        "planned_sessions": _("Planned sessions"), "every_days": _("Days between sessions"),
        "opened_on": _("Opened on"), "closed_on": _("Ended on"),
    }  # fmt: skip


def _wanted() -> dict[str, str]:
    return {
        "problem": _("A course needs a title, such as: Right knee."),
        "region": _("Choose the region whose maps the sessions open with."),
        "sides": _("Choose the side."),
        "indication": _("The indication is one line of at most 200 characters."),
        "planned_sessions": _("A whole number from 1 to 60, or nothing."),
        "every_days": _("A whole number of days from 1 to 730, or nothing."),
    }
