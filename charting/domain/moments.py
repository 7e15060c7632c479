"""Moments: aware times in UTC, so that one moment is written in one way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime


def in_utc(value: datetime) -> datetime:
    """Return the same moment in UTC; raises ValueError for a time without a zone, or beyond the calendar.

    >>> in_utc(datetime.fromisoformat("2026-11-23T10:30:00+01:00")).isoformat()
    '2026-11-23T09:30:00+00:00'
    """
    if value.tzinfo is None:
        raise ValueError("a time without a time zone is no moment")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is beyond the calendar") from None


Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]
"""When something happened: aware, kept in UTC, whatever zone it was said in."""
