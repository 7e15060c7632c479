"""What a document is made from: the values it prints, and nothing that has to be looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from enum import StrEnum
from uuid import UUID

from charting.anatomy import Atlas
from charting.coursemap import day_of
from charting.domain import Course, Patient, Session


class Paper(StrEnum):
    """The sheet a document is laid out for."""

    A4 = "a4"
    LETTER = "letter"

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in mm."""
        return (210.0, 297.0) if self is Paper.A4 else (215.9, 279.4)


@dataclass(frozen=True, slots=True, eq=False)
class ChartFacts:
    """What the chart of one session prints.

    ``clinician`` names whoever gave the injections. ``last_on`` is the day of the session before, and
    None for a first one. ``zone`` is where the clinic is: days and times are printed in it, and its name
    stands beside each time. ``weight_unit`` is "kg" or "lb".
    """

    session: Session
    patient: Patient
    course: Course
    clinician: str
    clinic: str
    atlas: Atlas
    last_on: date | None = None
    zone: tzinfo = UTC
    paper: Paper = Paper.A4
    weight_unit: str = "kg"

    @property
    def on(self) -> date:
        """The day of the session."""
        return day_of(self.session, self.zone)


@dataclass(frozen=True, slots=True, eq=False)
class CourseFacts:
    """What the course map prints: all sessions of a course, in any order.

    ``today`` is the day from which "days ago" are counted; ``clinicians`` names staff by their ids.
    """

    patient: Patient
    course: Course
    sessions: tuple[Session, ...]
    clinic: str
    atlas: Atlas
    today: date
    clinicians: Mapping[UUID, str] = field(default_factory=dict)
    zone: tzinfo = UTC
    paper: Paper = Paper.A4
    weight_unit: str = "kg"

    @property
    def figure(self) -> str:
        """The figure of the latest session, or the patient's where there is none."""
        if not self.sessions:
            return self.patient.reference_figure
        return max(self.sessions, key=lambda one: (one.started_at, one.number)).figure
