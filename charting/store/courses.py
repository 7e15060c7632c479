"""Courses: their table and its translators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    select,
)

from charting.domain import Course, Sides
from charting.store.columns import metadata, reads, sha256

courses = Table(
    "courses",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("patient_id", Uuid, ForeignKey("patients.id"), nullable=False),
    Column("problem", Text, nullable=False),
    Column("region", String(60), nullable=False),
    Column("sides", String(8), nullable=False),
    Column("indication", Text, nullable=False),
    Column("planned_sessions", Integer),
    Column("every_days", Integer),
    Column("opened_on", Date, nullable=False),
    Column("closed_on", Date),
    Column("revision", Integer, nullable=False),
    Column("head", sha256(), nullable=False),
    # a session names both, and the two must agree
    UniqueConstraint("id", "patient_id"),
    Index("ix_courses_patient_id", "patient_id", "opened_on"),
)


def course_row(course: Course) -> dict[str, Any]:
    """Return the columns of a course."""
    return {**dict(course), "sides": str(course.sides)}


@reads("courses")
def course_of(row: Row[Any]) -> Course:
    """Return the course of a row."""
    return Course(
        id=row.id,
        patient_id=row.patient_id,
        problem=row.problem,
        region=row.region,
        sides=Sides(row.sides),
        indication=row.indication,
        planned_sessions=row.planned_sessions,
        every_days=row.every_days,
        opened_on=row.opened_on,
        closed_on=row.closed_on,
    )


def by_id(course_id: UUID) -> Select[Any]:
    """Return the query of one course."""
    return select(courses).where(courses.c.id == course_id)


def of_patient(patient_id: UUID) -> Select[Any]:
    """Return the query of a patient's courses, the one opened last first."""
    return (
        select(courses)
        .where(courses.c.patient_id == patient_id)
        .order_by(courses.c.opened_on.desc(), courses.c.id.desc())
    )
