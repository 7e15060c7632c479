"""How long ago, and how far: a course's sessions against its schedule and the clinic's intervals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

from charting.domain.courses import Course
from charting.domain.notices import Weight
from charting.domain.rules import RuleBook, RuleKind
from charting.domain.sessions import Session
from charting.domain.values import Record

WITHOUT_GAIN = 2
"""Sessions without improvement after which a course is to be reviewed (Topol: two consecutive)."""


class Review(StrEnum):
    """Why a course should be looked at again."""

    NO_GAIN = "no_gain"
    PLANNED_END = "planned_end"


class Interval(Record):
    """Days since something was last given, and what the clinic's rules say of that."""

    days: int
    rule: str | None
    limit: int | None
    weight: Weight | None
    source: str = ""


class Progress(Record):
    """How a course stands when a session is under way: session n of N, and when the next is due."""

    number: int
    planned: int | None
    maintenance: bool
    next_due: date | None
    reviews: tuple[Review, ...]


def interval(last_on: date, today: date, book: RuleBook) -> Interval:
    """Return the days since a region was last given, with the strictest rule that they break.

    >>> from charting.domain.rules import SHIPPED
    >>> day = date(2026, 1, 1)
    >>> [interval(day, day + timedelta(days=n), SHIPPED).rule for n in (13, 14, 20, 21)]
    ['interval.shortest', 'interval.short', 'interval.short', None]
    """
    days = (today - last_on).days
    broken = [
        rule for rule in book.of_kind(RuleKind.INTERVAL) if rule.limit is not None and days < rule.limit
    ]
    if not broken:
        return Interval(days=days, rule=None, limit=None, weight=None)
    first = min(broken, key=lambda rule: (rule.weight is not Weight.WARN, rule.limit))
    assert first.limit is not None
    return Interval(
        days=days, rule=first.id, limit=int(first.limit), weight=first.weight, source=first.source
    )


def progress(course: Course, sessions: Sequence[Session], on: date) -> Progress:
    """Return how a course stands with its sessions in their order, the last on the day ``on``.

    After the planned number the course is in its maintenance phase.
    """
    number = len(sessions)
    planned = course.planned_sessions
    reviews = []
    if _without_gain(sessions):
        reviews.append(Review.NO_GAIN)
    if planned is not None and number >= planned:
        reviews.append(Review.PLANNED_END)
    next_due = None if course.every_days is None else on + timedelta(days=course.every_days)
    return Progress(
        number=number, planned=planned, maintenance=planned is not None and number > planned,
        next_due=next_due, reviews=tuple(reviews),
    )  # fmt: skip


def _without_gain(sessions: Sequence[Session]) -> bool:
    """Say whether the pain at the start was no lower after each of the last two sessions than before it."""
    pains = [one.details.pain_before for one in sessions]
    last = pains[-(WITHOUT_GAIN + 1) :]
    if len(last) <= WITHOUT_GAIN or any(pain is None for pain in last):
        return False
    said = [pain for pain in last if pain is not None]
    return all(after >= before for before, after in zip(said, said[1:], strict=False))
