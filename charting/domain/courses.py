"""A course: a planned series of sessions for one problem of one patient."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from charting.domain.ids import Id
from charting.domain.text import Line, Words
from charting.domain.values import Record


class Sides(StrEnum):
    """Which side of the patient a course treats: one, both, or the spine in between."""

    RIGHT = "right"
    LEFT = "left"
    BOTH = "both"
    MIDLINE = "midline"


class Course(Record):
    """A planned series of sessions. ``problem`` is its title: "Right knee".

    ``region`` is one of the atlas's regions, whose views the session opens with; ``every_days`` is the
    planned interval. ``closed_on`` is set when the course has ended.
    """

    id: Id
    patient_id: Id
    problem: Words
    region: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    sides: Sides
    indication: Line = ""
    planned_sessions: Annotated[int, Field(ge=1, le=60)] | None = None
    every_days: Annotated[int, Field(ge=1, le=730)] | None = None
    opened_on: date
    closed_on: date | None = None
