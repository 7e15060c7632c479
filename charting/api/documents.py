"""Charts and course maps, as data and on paper."""

from __future__ import annotations

import re
from uuid import UUID

from fastapi import Response

from charting.api.answering import NOT_STORED, answered, as_json
from charting.api.asking import Given, Rooms, Who
from charting.api.described import Described
from charting.api.routing import Routes
from charting.chart import (
    ChartFacts,
    CourseFacts,
    Document,
    Paper,
    aftercare_sheet,
    course_map,
    course_map_svg,
    glyphs,
    pdf,
    png,
    procedure_note,
    session_chart,
    sheet_svg,
)
from charting.desk import Act, need
from charting.desk.answers import CourseMap
from charting.domain import BadRequest, Record, Staff
from charting.domain.aftercare import SHIPPED_SHEETS

PDF, SVG, PNG = "application/pdf", "image/svg+xml", "image/png"
ENDINGS = {PDF: "pdf", SVG: "svg", PNG: "png"}

USUAL_WIDTH, WIDEST = 1240, 4000
"""Pixels of a picture: a sheet of A4 at 150 dots for each inch, and what is still made at once."""

NO_SESSION = {404: "There is no such session"}
NO_COURSE = {404: "There is no such course or view"}

routes = Routes("documents")


class Note(Record):
    """A procedure note, as text in paragraphs."""

    text: str


@routes.get("/glyphs.json", Described())
def get_glyphs(who: Who) -> Response:
    """Return how marks look, on screen and on paper."""
    return Response(as_json(glyphs()), headers=NOT_STORED, media_type="application/json")


@routes.get("/sessions/{session_id}/chart.pdf", Described(media=(PDF,), refuses=NO_SESSION))
def get_chart_pdf(session_id: UUID, who: Who, rooms: Given, paper: Paper | None = None) -> Response:
    """Return a session's chart as PDF, on the clinic's paper or another."""
    return _document(pdf(_chart(rooms, who, session_id, paper)), PDF, f"chart-{session_id}")


@routes.get("/sessions/{session_id}/chart.svg", Described(media=(SVG,), refuses=NO_SESSION))
def get_chart_svg(
    session_id: UUID, who: Who, rooms: Given, sheet: int = 1, paper: Paper | None = None
) -> Response:
    """Return a sheet of a session's chart as SVG; `Sheets` in the head says how many there are."""
    return _sheet(_chart(rooms, who, session_id, paper), sheet, None, f"chart-{session_id}")


@routes.get("/sessions/{session_id}/chart.png", Described(media=(PNG,), refuses=NO_SESSION))
def get_chart_png(
    session_id: UUID, who: Who, rooms: Given, sheet: int = 1, width: int = USUAL_WIDTH,
    paper: Paper | None = None,
) -> Response:  # fmt: skip
    """Return a sheet of a session's chart as a picture, `width` pixels wide."""
    return _sheet(_chart(rooms, who, session_id, paper), sheet, _wide(width), f"chart-{session_id}")


@routes.get("/sessions/{session_id}/aftercare.pdf", Described(media=(PDF,), refuses=NO_SESSION))
def get_aftercare_pdf(
    session_id: UUID, who: Who, rooms: Given, language: str = "en", paper: Paper | None = None
) -> Response:
    """Return the sheet that the patient takes home, with real dates: `language` is `en` or `fr`."""
    text = SHIPPED_SHEETS.get(language)
    if text is None:
        raise BadRequest("language is neither en nor fr")
    sheet = aftercare_sheet(_facts(rooms, who, session_id, paper), text)
    return _document(pdf(sheet), PDF, f"aftercare-{session_id}")


@routes.get("/sessions/{session_id}/note", Described(answers=Note, refuses=NO_SESSION))
def get_note(session_id: UUID, who: Who, rooms: Given) -> Response:
    """Return the procedure note that follows from what is charted, to be read over and changed."""
    return answered(Note(text=procedure_note(_facts(rooms, who, session_id, None))))


@routes.get("/courses/{course_id}/map", Described(answers=CourseMap, refuses=NO_COURSE))
def get_map(course_id: UUID, who: Who, rooms: Given, view: str, sessions: str | None = None) -> Response:
    """Return what the sessions of a course add up to on a view; `sessions` are their numbers: `1,2,5`."""
    return answered(rooms.desk.course_map(who, course_id, view, _numbers(sessions)))


@routes.get("/courses/{course_id}/map.pdf", Described(media=(PDF,), refuses=NO_COURSE))
def get_map_pdf(
    course_id: UUID, who: Who, rooms: Given, view: str | None = None, sessions: str | None = None,
    paper: Paper | None = None,
) -> Response:  # fmt: skip
    """Return the course map as PDF: one view large, or that with most marks, and the tables."""
    document = course_map(_course(rooms, who, course_id, sessions, paper), view)
    return _document(pdf(document), PDF, f"map-{course_id}")


@routes.get("/courses/{course_id}/map.svg", Described(media=(SVG,), refuses=NO_COURSE))
def get_map_svg(
    course_id: UUID, who: Who, rooms: Given, view: str | None = None, sessions: str | None = None,
    sheet: int = 1, paper: Paper | None = None,
) -> Response:  # fmt: skip
    """Return one view with the marks of all sessions as SVG, or without `view` a sheet of the course map."""
    facts = _course(rooms, who, course_id, sessions, paper)
    if view is None:
        return _sheet(course_map(facts), sheet, None, f"map-{course_id}")
    return _document(course_map_svg(facts, view).encode(), SVG, f"map-{course_id}")


@routes.get("/courses/{course_id}/map.png", Described(media=(PNG,), refuses=NO_COURSE))
def get_map_png(
    course_id: UUID, who: Who, rooms: Given, view: str | None = None, sessions: str | None = None,
    sheet: int = 1, width: int = USUAL_WIDTH, paper: Paper | None = None,
) -> Response:  # fmt: skip
    """Return what `map.svg` does as a picture, `width` pixels wide."""
    facts = _course(rooms, who, course_id, sessions, paper)
    if view is None:
        return _sheet(course_map(facts), sheet, _wide(width), f"map-{course_id}")
    return _document(png(course_map_svg(facts, view), _wide(width)), PNG, f"map-{course_id}")


def _chart(rooms: Rooms, who: Staff, session_id: UUID, paper: Paper | None) -> Document:
    return session_chart(_facts(rooms, who, session_id, paper))


def _facts(rooms: Rooms, who: Staff, session_id: UUID, paper: Paper | None) -> ChartFacts:
    facts = rooms.desk.session_facts(who, session_id)
    return ChartFacts(
        session=facts.session, patient=facts.patient, course=facts.course,
        clinician=facts.names[facts.session.clinician_id], clinic=rooms.settings.clinic,
        atlas=rooms.atlas, last_on=facts.last_on, zone=rooms.desk.zone,
        paper=paper or Paper(rooms.settings.paper), weight_unit=rooms.settings.weight_unit,
    )  # fmt: skip


def _course(
    rooms: Rooms, who: Staff, course_id: UUID, sessions: str | None, paper: Paper | None
) -> CourseFacts:
    need(who, Act.READ_CHARTS)
    wanted = _numbers(sessions)
    facts = rooms.desk.course_facts(who, course_id)
    return CourseFacts(
        patient=facts.patient, course=facts.course,
        sessions=tuple(one for one in facts.sessions if wanted is None or one.number in wanted),
        clinic=rooms.settings.clinic, atlas=rooms.atlas, today=rooms.desk.today, clinicians=facts.names,
        zone=rooms.desk.zone, paper=paper or Paper(rooms.settings.paper),
        weight_unit=rooms.settings.weight_unit,
    )  # fmt: skip


def _numbers(text: str | None) -> frozenset[int] | None:
    """Return the session numbers that a text lists, none where there is no text."""
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,4}(,[0-9]{1,4}){0,99}", text):
        raise BadRequest("sessions are numbers with commas between them, such as 1,2,5")
    return frozenset(int(number) for number in text.split(","))


def _wide(width: int) -> int:
    if not 1 <= width <= WIDEST:
        raise BadRequest(f"a picture is 1 to {WIDEST} pixels wide")
    return width


def _sheet(document: Document, number: int, width: int | None, name: str) -> Response:
    """Return a sheet, counted from 1, as SVG, or as a picture if a width is given."""
    count = len(document.sheets)
    if not 1 <= number <= count:
        raise BadRequest(f"the document has the sheets 1 to {count}")
    drawn = sheet_svg(document, number - 1)
    answer = (
        _document(drawn.encode(), SVG, name) if width is None else _document(png(drawn, width), PNG, name)
    )
    answer.headers["Sheets"] = str(count)
    return answer


def _document(content: bytes, media: str, name: str) -> Response:
    # the name is made of an id: a folder of downloads tells nobody whom they are about
    headers = {**NOT_STORED, "Content-Disposition": f'inline; filename="{name}.{ENDINGS[media]}"'}
    return Response(content, headers=headers, media_type=media)
