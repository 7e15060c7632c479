"""The table per site, and what changed since the session before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from decimal import Decimal
from enum import StrEnum

from charting.anatomy import FigureSites
from charting.coursemap.spots import SPOT_WITHIN, Spot, day_of, in_order, name_of_place, spots
from charting.domain import Laterality, Session, Site


class Change(StrEnum):
    """How the last session differs from the one before it at one site."""

    NEW = "new"  # given now, not in the session before
    AGAIN = "again"  # given in both
    NOT_NOW = "not_now"  # given in the session before, not now
    EARLIER = "earlier"  # given in neither of the last two


@dataclass(frozen=True, slots=True)
class SiteLine:
    """What a course gave at one site: in how many sessions, and in all, mL.

    ``site`` is None for places without a name, which are counted by the side of the patient they are on.
    """

    site: Site | None
    laterality: Laterality
    name: str
    times: int
    marks: int
    deposits: int
    ml: Decimal
    last_on: date
    change: Change


@dataclass(frozen=True, slots=True, eq=False)
class SinceLast:
    """The spots of the last session and the one before: treated now only, before only, and in both."""

    now: tuple[Spot, ...]
    before: tuple[Spot, ...]
    both: tuple[Spot, ...]


def per_structure(
    sessions: Iterable[Session], sites: FigureSites, *, zone: tzinfo = UTC
) -> tuple[SiteLine, ...]:
    """Return a line for each site that was treated, the most often treated first, then by name."""
    ordered = in_order(sessions)
    last_two = [one.id for one in ordered[-2:]]
    found: dict[str, list[tuple[Session, int]]] = {}
    for session in ordered:
        for index, mark in enumerate(session.marks):
            if mark.counts:
                key = mark.site.key if mark.site else f"/{mark.laterality}"
                found.setdefault(key, []).append((session, index))
    lines = []
    for members in found.values():
        marks = [session.marks[index] for session, index in members]
        treated = {session.id for session, _ in members}
        lines.append(
            SiteLine(
                site=marks[0].site,
                laterality=marks[0].laterality,
                name=name_of_place(marks[0].site, marks[0].laterality, sites),
                times=len(treated),
                marks=len(marks),
                deposits=sum(mark.injection.deposits for mark in marks),
                ml=sum((mark.injection.ml for mark in marks), Decimal(0)),
                last_on=max(day_of(session, zone) for session, _ in members),
                change=_change(*(one in treated for one in reversed(last_two))),
            )
        )
    return tuple(sorted(lines, key=lambda line: (-line.times, line.name)))


def since_last(sessions: Iterable[Session], within: float = SPOT_WITHIN, *, zone: tzinfo = UTC) -> SinceLast:
    """Return what the last session treated that the one before did not, the reverse, and what both did.

    Spots are those of all sessions. Of a single session everything is new.
    """
    ordered = in_order(sessions)
    last = ordered[-1].id if ordered else None
    before = ordered[-2].id if len(ordered) > 1 else None
    sorted_out: tuple[list[Spot], list[Spot], list[Spot]] = ([], [], [])
    for spot in spots(ordered, within, zone=zone):
        treated = {one.session_id for one in spot.marks}
        match (last in treated, before in treated):
            case (True, False):
                sorted_out[0].append(spot)
            case (False, True):
                sorted_out[1].append(spot)
            case (True, True):
                sorted_out[2].append(spot)
    now_only, before_only, both = (tuple(one) for one in sorted_out)
    return SinceLast(now_only, before_only, both)


def _change(now: bool, before: bool = False) -> Change:
    if now:
        return Change.AGAIN if before else Change.NEW
    return Change.NOT_NOW if before else Change.EARLIER
