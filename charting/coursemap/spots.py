"""Spots: marks of all sessions at the same place of the body (decision 0007).

The first mark at a place founds a spot. A later one joins the nearest spot of its side whose founding mark
is within reach, else it founds its own. So no two marks of a spot are farther apart than twice the reach,
however many stand in a row between them, and a session that follows changes no spot that was there before.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from decimal import Decimal
from itertools import product
from uuid import UUID

from charting.anatomy import FigureSites
from charting.domain import BodyPoint, Laterality, Mark, NotAPlace, Session, Site
from charting.domain.places import distance

SPOT_WITHIN = 8.0
"""mm from the mark that founded a spot within which a later mark is at the same place (decision 0007)."""

_NEIGHBOURS = tuple(product((-1, 0, 1), repeat=3))


@dataclass(frozen=True, slots=True, eq=False)
class SpotMark:
    """A given mark of a spot, with its session and the day of it."""

    session_id: UUID
    session_number: int
    on: date
    mark: Mark


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """A place of the body that was treated: ``marks`` in the order in which they were given, at least one.

    ``number`` counts the spots of a course from 1 in the order in which they were founded, so that it stays
    when sessions follow. ``founded_at`` and ``middle`` (the mean of its marks) are in the body frame, mm.
    ``site`` is the one that most of its marks mean, the latest of equals, None where they have none.
    """

    number: int
    laterality: Laterality
    marks: tuple[SpotMark, ...]

    @property
    def founded_at(self) -> BodyPoint:
        """Where the first mark lies."""
        return self.marks[0].mark.at

    @property
    def middle(self) -> BodyPoint:
        """The mean of all its marks."""
        places = [one.mark.at for one in self.marks]
        x, y, z = (
            math.fsum(axis) / len(places) for axis in zip(*((p.x, p.y, p.z) for p in places), strict=True)
        )
        return BodyPoint(x, y, z)

    @property
    def sessions(self) -> tuple[int, ...]:
        """The numbers of the sessions in which it was treated, each once."""
        return tuple(dict.fromkeys(one.session_number for one in self.marks))

    @property
    def times(self) -> int:
        """In how many sessions it was treated."""
        return len({one.session_id for one in self.marks})

    @property
    def last_on(self) -> date:
        """The day on which it was treated last."""
        return max(one.on for one in self.marks)

    @property
    def ml(self) -> Decimal:
        """What was given there in all, mL."""
        return sum((one.mark.injection.ml for one in self.marks), Decimal(0))

    @property
    def site(self) -> Site | None:
        """The site that most of its marks mean."""
        found = Counter(one.mark.site.key for one in self.marks if one.mark.site)
        if not found:
            return None
        most = max(found.values())
        return next(
            one.mark.site
            for one in reversed(self.marks)
            if one.mark.site and found[one.mark.site.key] == most
        )


def spots(
    sessions: Iterable[Session], within: float = SPOT_WITHIN, *, zone: tzinfo = UTC
) -> tuple[Spot, ...]:
    """Return the spots of all given marks, in the order in which they were founded.

    ``within`` is in mm, more than 0. A spot marked in two views is one spot, since places of the body are
    compared, not of a drawing. Marks of different sides of the patient never share one, nor do marks on
    different figures, whose millimetres are not the same, nor marks that mean two levels or digits of one
    structure, which lie as near as 4 mm in the neck.
    Raises NotAPlace for a bad distance. Takes 10,000 marks in less than a tenth of a second.
    """
    reach = distance("within", within)
    if reach == 0:
        raise NotAPlace("within is 0 mm, and a spot has a size")
    found: list[list[SpotMark]] = []
    sides: list[Laterality] = []
    # the founding marks by the cell of a grid in which they lie: whoever is within reach is in a cell beside
    cells: dict[tuple[str, int, int, int], list[tuple[float, float, float, int, Site | None]]] = {}
    farthest = reach * reach
    for session in in_order(sessions):
        on = day_of(session, zone)
        for mark in session.marks:
            if not mark.counts:
                continue
            x, y, z, site = mark.at.x, mark.at.y, mark.at.z, mark.site
            side = f"{mark.map.figure} {mark.laterality}"
            a, b, c = math.floor(x / reach), math.floor(y / reach), math.floor(z / reach)
            nearest, spot = farthest, -1
            for i, j, k in _NEIGHBOURS:
                for u, v, w, index, founded in cells.get((side, a + i, b + j, c + k), ()):
                    away = (x - u) ** 2 + (y - v) ** 2 + (z - w) ** 2
                    nearer = away < nearest or (away == nearest and (spot < 0 or index < spot))
                    if nearer and not _differ_in_level(founded, site):
                        nearest, spot = away, index
            member = SpotMark(session.id, session.number, on, mark)
            if spot >= 0:
                found[spot].append(member)
                continue
            cells.setdefault((side, a, b, c), []).append((x, y, z, len(found), site))
            found.append([member])
            sides.append(mark.laterality)
    return tuple(
        Spot(number, side, tuple(marks))
        for number, (side, marks) in enumerate(zip(sides, found, strict=True), start=1)
    )


def in_order(sessions: Iterable[Session]) -> list[Session]:
    """Return the sessions by when they began."""
    return sorted(sessions, key=lambda one: (one.started_at, one.number, one.id))


def day_of(session: Session, zone: tzinfo = UTC) -> date:
    """Return the day on which a session began, in the clinic's zone."""
    return session.started_at.astimezone(zone).date()


def name_of_place(site: Site | None, laterality: Laterality, sites: FigureSites) -> str:
    """Return the words for a place: its site's name, or on which side a place without a name is.

    A site that this release of the atlas does not have any more is called by its key.
    """
    if site is None:
        where = {"right": "on the right", "left": "on the left", "midline": "on the midline"}[laterality]
        return f"unnamed place {where}"
    placed = sites.by_key.get(site.key)
    return placed.name if placed else site.key


def nearest_spot(found: Sequence[Spot], mark: Mark, within: float) -> Spot | None:
    """Return the spot that a mark would join, by the rule of ``spots``; None if it would found its own."""
    best, spot = within, None
    for one in found:
        founder = one.marks[0].mark
        if one.laterality is not mark.laterality or founder.map.figure != mark.map.figure:
            continue
        if _differ_in_level(founder.site, mark.site):
            continue
        at = founder.at
        away = math.dist((at.x, at.y, at.z), (mark.at.x, mark.at.y, mark.at.z))
        if away < best or (away == best and spot is None):
            best, spot = away, one
    return spot


def _differ_in_level(one: Site | None, other: Site | None) -> bool:
    """Say whether two sites are one structure at two levels or digits."""
    if one is None or other is None or one.structure != other.structure:
        return False
    return one.level != other.level or one.digit != other.digit
