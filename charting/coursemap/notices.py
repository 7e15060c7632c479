"""What to say of a mark at a place that was treated before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, tzinfo

from charting.anatomy import FigureSites
from charting.coursemap.spots import SPOT_WITHIN, Spot, name_of_place, nearest_spot, spots
from charting.domain import Notice, Session, Weight, words_of
from charting.words import _, ngettext

LONGEST_NAME = 100


def notices(
    session: Session,
    earlier: Iterable[Session],
    sites: FigureSites,
    today: date,
    *,
    within: float = SPOT_WITHIN,
    zone: tzinfo = UTC,
) -> tuple[Notice, ...]:
    """Return a notice ``given_before`` for each given mark at a place that an earlier session treated.

    In the marks' order. The mark's own session is left out of ``earlier`` if it is there, and so are sessions
    that began after it.
    """
    found = spots(
        (one for one in earlier if one.id != session.id and one.started_at <= session.started_at),
        within,
        zone=zone,
    )
    told = []
    for mark in session.given:
        spot = nearest_spot(found, mark, within)
        if spot is not None:
            name = name_of_place(mark.site, mark.laterality, sites)
            told.append(
                Notice(
                    code="given_before",
                    weight=Weight.INFORM,
                    words=given_before(name, spot, today),
                    mark_id=mark.id,
                )
            )
    return tuple(told)


def given_before(name: str, spot: Spot, today: date) -> str:
    """Return the sentence on a spot: how often it was treated, how long ago, how much in all.

    ``R MCL: given here 3 times, last 28 days ago, 1.5 mL so far``
    """
    name = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
    times = ngettext("given here once", "given here {times} times", spot.times).format(times=spot.times)
    days = (today - spot.last_on).days
    if days <= 0:
        ago = _("last today")
    else:
        ago = ngettext("last {days} day ago", "last {days} days ago", days).format(days=days)
    return _("{name}: {times}, {ago}, {ml}\N{THIN SPACE}mL so far").format(
        name=name, times=times, ago=ago, ml=words_of(spot.ml)
    )
