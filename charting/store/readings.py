"""Who has opened which record, and when: only ever added to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, Row, String, Table, Uuid, bindparam, insert, select
from sqlalchemy.engine import Connection

from charting.store.columns import Moment, counter, metadata, reads

ONE_READING = timedelta(minutes=10)
"""Within this, the same person opening the same again is one reading."""


class Opened(StrEnum):
    """What of a patient's record was opened; a chart is of a session, a map of a course."""

    PATIENT = "patient"
    COURSE = "course"
    SESSION = "session"
    CHART = "chart"
    MAP = "map"


reading_log = Table(
    "reading_log",
    metadata,
    Column("seq", counter(), primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    # whoever works at the machine's command line is not one of the staff
    Column("by", Uuid, nullable=False),
    Column("patient_id", Uuid, ForeignKey("patients.id"), nullable=False),
    Column("opened", String(16), nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Index("ix_reading_log_patient_id", "patient_id", "seq"),
    Index("ix_reading_log_subject_id", "subject_id", "by", "at"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True)
class Reading:
    """That someone opened something of a patient's record; ``subject_id`` is the id of what was opened."""

    at: datetime
    by: UUID
    patient_id: UUID
    opened: Opened
    subject_id: UUID

    @property
    def of(self) -> tuple[UUID, Opened, UUID]:
        """Who opened what."""
        return self.by, self.opened, self.subject_id

    def repeats(self, at: datetime) -> bool:
        """Whether this is one reading with an opening of the same at that time."""
        return abs(self.at - at) < ONE_READING


_COLUMNS = tuple(column for column in reading_log.columns if column.name != "seq")
_ADD = insert(reading_log)
_LATELY = select(reading_log.c.seq).where(
    reading_log.c.subject_id == bindparam("subject"),
    reading_log.c.by == bindparam("who"),
    reading_log.c.opened == bindparam("what"),
    reading_log.c.at > bindparam("after"),
    reading_log.c.at < bindparam("before"),
)
_OF_PATIENT = (
    select(*_COLUMNS)
    .where(reading_log.c.patient_id == bindparam("patient"))
    .order_by(reading_log.c.seq.desc())
    .limit(bindparam("most"))
)


def add(connection: Connection, readings: Sequence[Reading]) -> None:
    """Write readings down, those that are not one with a reading that is there."""
    for reading in readings:
        lately = {
            "subject": reading.subject_id, "who": reading.by, "what": str(reading.opened),
            "after": reading.at - ONE_READING, "before": reading.at + ONE_READING,
        }  # fmt: skip
        if connection.execute(_LATELY, lately).first() is None:
            connection.execute(_ADD, {**vars(reading), "opened": str(reading.opened)})


def of_patient(connection: Connection, patient_id: UUID, limit: int) -> tuple[Reading, ...]:
    """Return the readings of a patient's record, the last one first, at most ``limit``."""
    rows = connection.execute(_OF_PATIENT, {"patient": patient_id, "most": limit})
    return tuple(_reading_of(row) for row in rows)


@reads("reading_log")
def _reading_of(row: Row[Any]) -> Reading:
    return Reading(**{**row._mapping, "opened": Opened(row.opened)})
