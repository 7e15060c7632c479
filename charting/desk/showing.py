"""What is stored, made ready to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from charting.desk.answers import CourseLine, Ghost, MarkView, SessionLine
from charting.desk.placing import Places
from charting.domain import Course, Mark, Session, numbers, totals


def day_of(moment: datetime, zone: tzinfo) -> date:
    """Return the day that a moment is in the clinic's zone."""
    return moment.astimezone(zone).date()


def mark_view(places: Places, mark: Mark, number: Mapping[UUID, int]) -> MarkView:
    """Return a mark as it is shown."""
    return MarkView(mark=mark, number=number.get(mark.id), name=places.name(mark), others=places.others(mark))


def mark_views(places: Places, session: Session, marks: Iterable[Mark]) -> tuple[MarkView, ...]:
    """Return some marks of a session as they are shown."""
    number = numbers(session)
    return tuple(mark_view(places, mark, number) for mark in marks)


def ghost(places: Places, session: Session, zone: tzinfo) -> Ghost:
    """Return an earlier session with the marks given in it."""
    return Ghost(
        session_id=session.id, number=session.number, on=day_of(session.started_at, zone),
        signed=session.seal is not None, marks=mark_views(places, session, session.given),
    )  # fmt: skip


def session_line(session: Session, clinician: str) -> SessionLine:
    """Return a session as it stands in a list."""
    sums = totals(session)
    return SessionLine(
        session_id=session.id, course_id=session.course_id, patient_id=session.patient_id,
        number=session.number, started_at=session.started_at, clinician=clinician, marks=sums.marks,
        ml=sums.ml, signed=session.seal is not None, pain_before=session.details.pain_before,
        pain_after=session.details.pain_after,
    )  # fmt: skip


def course_line(course: Course, revision: int, sessions: Iterable[SessionLine], zone: tzinfo) -> CourseLine:
    """Return a course as it stands in a list, its last session first."""
    last_first = tuple(sorted(sessions, key=lambda line: -line.number))
    return CourseLine(
        course=course, revision=revision, sessions=last_first, due_on=due_on(course, last_first, zone)
    )


def due_on(course: Course, sessions: Iterable[SessionLine], zone: tzinfo) -> date | None:
    """Return the day on which a course's next session is due.

    That is the planned interval after the last session in which something was given. None is due where no
    interval is planned, nothing was given yet, all planned sessions were given, or the course has ended.
    """
    given = [line for line in sessions if line.marks]
    if course.every_days is None or course.closed_on is not None or not given:
        return None
    if course.planned_sessions is not None and len(given) >= course.planned_sessions:
        return None
    last = max(given, key=lambda line: line.number)
    return day_of(last.started_at, zone) + timedelta(days=course.every_days)
