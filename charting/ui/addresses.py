"""What the addresses of pages name."""

from __future__ import annotations

from uuid import UUID

from charting.domain import ChartingError, CourseNotFound, PatientNotFound, SessionNotFound


def patient_of(text: str) -> UUID:
    """Return the id of a patient that an address names; raises PatientNotFound for what is no id."""
    return _id(text, PatientNotFound)


def course_of(text: str) -> UUID:
    """Return the id of a course that an address names; raises CourseNotFound for what is no id."""
    return _id(text, CourseNotFound)


def session_of(text: str) -> UUID:
    """Return the id of a session that an address names; raises SessionNotFound for what is no id."""
    return _id(text, SessionNotFound)


def _id(text: str, missing: type[ChartingError]) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise missing("the address holds no id") from None
