"""Sessions, the solutions on their trays, and the documents of the signed ones: tables and translators."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from charting.domain import Component, Details, Mark, Seal, Session, Solution, canonical
from charting.domain.amounts import plain
from charting.domain.recipes import Recipe
from charting.domain.verdicts import Judgement
from charting.store.columns import Moment, metadata, reads, sha256

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("course_id", Uuid, nullable=False),
    Column("patient_id", Uuid, nullable=False),
    Column("figure", String(60), nullable=False),
    Column("number", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("clinician_id", Uuid, ForeignKey("staff.id"), nullable=False),
    Column("pain_before", Integer),
    Column("pain_after", Integer),
    Column("note", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("more", Text, nullable=False, server_default=""),
    Column("sealed_at", Moment),
    Column("sealed_by", Uuid),
    Column("sealed_name", Text),
    Column("sealed_sha256", sha256()),
    Column("sealed_judgement", Text),
    Column("revision", Integer, nullable=False),
    Column("head", sha256(), nullable=False),
    ForeignKeyConstraint(["course_id", "patient_id"], ["courses.id", "courses.patient_id"]),
    UniqueConstraint("course_id", "number"),
    CheckConstraint("number > 0", name="number"),
    CheckConstraint("pain_before BETWEEN 0 AND 10", name="pain_before"),
    CheckConstraint("pain_after BETWEEN 0 AND 10", name="pain_after"),
    CheckConstraint(
        "(sealed_at IS NULL) = (sealed_by IS NULL) AND (sealed_at IS NULL) = (sealed_name IS NULL) "
        "AND (sealed_at IS NULL) = (sealed_sha256 IS NULL)",
        name="seal",
    ),
    Index("ix_sessions_patient_id", "patient_id", "started_at"),
)

Index(
    "ix_sessions_drafts",
    sessions.c.patient_id,
    sessions.c.started_at,
    sqlite_where=sessions.c.sealed_at.is_(None),
    postgresql_where=sessions.c.sealed_at.is_(None),
)

solutions = Table(
    "solutions",
    metadata,
    Column("session_id", Uuid, ForeignKey("sessions.id"), primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("lots", Text, nullable=False),
    Column("prepared_ul", Integer),
    Column("recipe", Text),
    UniqueConstraint("session_id", "position"),
    CheckConstraint("prepared_ul >= 0", name="prepared"),
    sqlite_with_rowid=False,
)

components = Table(
    "components",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("solution_id", Uuid, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("agent", String(40), nullable=False),
    Column("percent_e4", Integer, nullable=False),
    ForeignKeyConstraint(["session_id", "solution_id"], ["solutions.session_id", "solutions.id"]),
    CheckConstraint("percent_e4 > 0", name="percent"),
    sqlite_with_rowid=False,
)

documents = Table(
    "documents",
    metadata,
    Column("session_id", Uuid, ForeignKey("sessions.id"), primary_key=True),
    Column("sha256", sha256(), nullable=False),
    Column("text", Text, nullable=False),
)


def session_row(session: Session) -> dict[str, Any]:
    """Return the columns of a session itself, without its solutions and marks."""
    seal = session.seal
    return {
        "id": session.id,
        "course_id": session.course_id,
        "patient_id": session.patient_id,
        "figure": session.figure,
        "number": session.number,
        "started_at": session.started_at,
        "clinician_id": session.clinician_id,
        **details_row(session.details),
        "sealed_at": seal.at if seal else None,
        "sealed_by": seal.by if seal else None,
        "sealed_name": seal.name if seal else None,
        "sealed_sha256": seal.sha256 if seal else None,
        "sealed_judgement": canonical(seal.judgement.model_dump(mode="json"))
        if seal and seal.judgement
        else None,
    }


PLAIN = frozenset({"pain_before", "pain_after", "note", "plan"})
"""What of the details has a column of its own; the rest is one canonical JSON text, empty where unsaid."""


def details_row(details: Details) -> dict[str, Any]:
    """Return the columns of a session's details."""
    more = details.model_dump(mode="json", exclude=set(PLAIN), exclude_defaults=True)
    return {
        "pain_before": details.pain_before,
        "pain_after": details.pain_after,
        "note": details.note,
        "plan": details.plan,
        "more": canonical(more) if more else "",
    }


def _details_of(row: Row[Any]) -> Details:
    own = {"pain_before": row.pain_before, "pain_after": row.pain_after, "note": row.note, "plan": row.plan}
    return Details.model_validate({**own, **(json.loads(row.more) if row.more else {})})


@reads("sessions")
def session_of(row: Row[Any], own_solutions: Iterable[Solution], own_marks: Iterable[Mark]) -> Session:
    """Return the session of a row, its solutions and its marks, both in their order."""
    return Session(
        id=row.id,
        course_id=row.course_id,
        patient_id=row.patient_id,
        figure=row.figure,
        number=row.number,
        started_at=row.started_at,
        clinician_id=row.clinician_id,
        solutions=tuple(own_solutions),
        marks=tuple(own_marks),
        details=_details_of(row),
        seal=None
        if row.sealed_at is None
        else Seal(
            at=row.sealed_at,
            by=row.sealed_by,
            name=row.sealed_name,
            sha256=row.sealed_sha256,
            judgement=None
            if row.sealed_judgement is None
            else Judgement.model_validate_json(row.sealed_judgement),
        ),
    )


def solution_row(session_id: UUID, position: int, solution: Solution) -> dict[str, Any]:
    """Return the columns of a solution; its volume in microlitres."""
    return {
        "session_id": session_id,
        "id": solution.id,
        "position": position,
        "name": solution.name,
        "lots": solution.lots,
        "prepared_ul": None if solution.prepared_ml is None else int(solution.prepared_ml * 1000),
        "recipe": None if solution.recipe is None else canonical(solution.recipe.model_dump(mode="json")),
    }


def component_rows(session_id: UUID, solution: Solution) -> list[dict[str, Any]]:
    """Return the rows of a solution's components; strengths in ten-thousandths of a per cent."""
    return [
        {
            "session_id": session_id,
            "solution_id": solution.id,
            "position": position,
            "agent": component.agent,
            "percent_e4": int(component.percent * 10_000),
        }
        for position, component in enumerate(solution.components)
    ]


def solutions_of(rows: Iterable[Row[Any]], component_rows: Iterable[Row[Any]]) -> dict[UUID, list[Solution]]:
    """Return the solutions of several sessions by the session's id, from rows in the order of position."""
    parts: dict[tuple[UUID, UUID], list[Component]] = defaultdict(list)
    for row in component_rows:
        component = Component(agent=row.agent, percent=plain(Decimal(row.percent_e4) / 10_000))
        parts[row.session_id, row.solution_id].append(component)
    of_session: dict[UUID, list[Solution]] = defaultdict(list)
    for row in rows:
        of_session[row.session_id].append(_solution_of(row, parts[row.session_id, row.id]))
    return of_session


@reads("solutions")
def _solution_of(row: Row[Any], own: Iterable[Component]) -> Solution:
    return Solution(
        id=row.id,
        name=row.name,
        components=tuple(own),
        lots=row.lots,
        prepared_ml=None if row.prepared_ul is None else plain(Decimal(row.prepared_ul) / 1000),
        recipe=None if row.recipe is None else Recipe.model_validate_json(row.recipe),
    )
