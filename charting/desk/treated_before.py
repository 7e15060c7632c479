"""What to say of places that earlier sessions treated, worked out once and not at every mark."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, tzinfo
from uuid import UUID

from charting.anatomy import Atlas, FigureSites
from charting.coursemap import SPOT_WITHIN, given_before, spots
from charting.coursemap.spots import name_of_place, nearest_spot
from charting.desk.showing import day_of
from charting.domain import Mark, Notice, Session, Weight
from charting.store import Kept

MOST_COURSES = 100
"""Of how many sessions the spots treated before them are remembered."""

Known = tuple[date, str, tuple[tuple[UUID, int], ...]]


class TreatedBefore:
    """Notices for the marks of sessions; remembers spots by the revisions of the sessions they are of."""

    def __init__(self, atlas: Atlas, zone: tzinfo) -> None:
        self._atlas = atlas
        self._zone = zone
        self._lock = threading.Lock()
        self._known: OrderedDict[Known, _Spots] = OrderedDict()

    def notices(self, session: Session, earlier: Sequence[Kept[Session]]) -> tuple[Notice, ...]:
        """Return a notice ``given_before`` for each given mark at a place that an earlier session treated.

        "Days ago" counts to the day of the session. Sessions on another figure are left out.
        """
        if not session.given:
            return ()
        comparable = [one for one in earlier if one.value.figure == session.figure]
        if not comparable:
            return ()
        found = self._spots(session, comparable)
        return tuple(notice for mark in session.given if (notice := found.notice(mark)) is not None)

    def _spots(self, session: Session, earlier: Sequence[Kept[Session]]) -> _Spots:
        day = day_of(session.started_at, self._zone)
        key = (day, session.figure, tuple((one.value.id, one.revision) for one in earlier))
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
                return found
        found = _Spots([one.value for one in earlier], self._atlas.sites(session.figure), day, self._zone)
        with self._lock:
            self._known[key] = found
            while len(self._known) > MOST_COURSES:
                self._known.popitem(last=False)
        return found


class _Spots:
    """The spots of some sessions, and what was said of a place."""

    def __init__(self, earlier: Sequence[Session], sites: FigureSites, day: date, zone: tzinfo) -> None:
        self._found = spots(earlier, zone=zone)
        self._sites = sites
        self._day = day
        self._said: dict[tuple[UUID, int], Notice | None] = {}

    def notice(self, mark: Mark) -> Notice | None:
        """Return what to say of a mark's place, None if it was not treated before."""
        seen = (mark.id, mark.revision)
        if seen not in self._said:
            self._said[seen] = self._notice(mark)
        return self._said[seen]

    def _notice(self, mark: Mark) -> Notice | None:
        spot = nearest_spot(self._found, mark, SPOT_WITHIN)
        if spot is None:
            return None
        name = name_of_place(mark.site, mark.laterality, self._sites)
        words = given_before(name, spot, self._day)
        return Notice(code="given_before", weight=Weight.INFORM, words=words, mark_id=mark.id)
