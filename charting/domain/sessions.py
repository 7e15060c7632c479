"""A session: one sitting in which injections are given."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from charting.domain.checklist import After, Before, OffMap, Pain, Score
from charting.domain.errors import MarkNotFound, SolutionNotFound
from charting.domain.ids import Id
from charting.domain.marks import Mark, MarkState
from charting.domain.moments import Moment
from charting.domain.rules import RuleId
from charting.domain.solutions import Solution
from charting.domain.text import Prose, Words
from charting.domain.values import Record
from charting.domain.verdicts import UNJUDGED, Judgement


class Override(Record):
    """A limit that was passed knowingly, and why."""

    rule: RuleId
    reason: Words


class Details(Record):
    """What the session's chart says besides its marks.

    ``pain_before`` is the pain now; worst and average are those since the session before. ``off_map``
    is what was given without a mark; ``overrides`` are the limits that were passed knowingly, and why.
    """

    pain_before: Pain | None = None
    pain_worst: Pain | None = None
    pain_average: Pain | None = None
    pain_after: Pain | None = None
    scores: Annotated[tuple[Score, ...], Field(max_length=40)] = ()
    before: Before = Before()
    after: After = After()
    off_map: Annotated[tuple[OffMap, ...], Field(max_length=40)] = ()
    overrides: Annotated[tuple[Override, ...], Field(max_length=40)] = ()
    note: Prose = ""
    plan: Prose = ""


class Seal(Record):
    """A session signed: by whom and when, and the SHA-256 of its document.

    ``judgement`` is how it stood to the clinic's limits then, whatever they become later.
    """

    at: Moment
    by: Id
    name: Words
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    judgement: Judgement | None = None

    @property
    def judged(self) -> Judgement:
        """How it stood to the limits, also where there were none yet."""
        return self.judgement or UNJUDGED


class Session(Record):
    """One sitting. ``number`` counts the sessions of its course from 1.

    ``marks`` stand in the order in which they were placed, the withdrawn ones among them. The revision is
    kept beside a session by whoever stores it, never inside.
    """

    id: Id
    course_id: Id
    patient_id: Id
    figure: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    number: Annotated[int, Field(ge=1, le=1000)]
    started_at: Moment
    clinician_id: Id
    solutions: Annotated[tuple[Solution, ...], Field(max_length=12)] = ()
    marks: Annotated[tuple[Mark, ...], Field(max_length=5000)] = ()
    details: Details = Details()
    seal: Seal | None = None

    @property
    def off_map(self) -> tuple[OffMap, ...]:
        """What was given without a mark."""
        return self.details.off_map

    @property
    def live(self) -> tuple[Mark, ...]:
        """The marks that were not withdrawn."""
        return tuple(mark for mark in self.marks if not mark.withdrawn)

    @property
    def given(self) -> tuple[Mark, ...]:
        """The marks that count."""
        return tuple(mark for mark in self.marks if mark.counts)

    def mark(self, mark_id: UUID) -> Mark:
        """Return a mark by its id; raises MarkNotFound."""
        for mark in self.marks:
            if mark.id == mark_id:
                return mark
        raise MarkNotFound(f"the session holds no mark {mark_id}")

    def solution(self, solution_id: UUID) -> Solution:
        """Return a solution by its id; raises SolutionNotFound."""
        for solution in self.solutions:
            if solution.id == solution_id:
                return solution
        raise SolutionNotFound(f"the session has no solution {solution_id}")


def numbers(session: Session) -> dict[UUID, int]:
    """Return the number of every mark that was given, from 1 in the order of the marks.

    Planned and skipped marks have none: what was never confirmed never counts and never prints.
    """
    given = (mark for mark in session.live if mark.state is MarkState.GIVEN)
    return {mark.id: number for number, mark in enumerate(given, start=1)}
