"""What a session comes to: computed from what was given, never collected along the way."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from charting.domain.amounts import plain
from charting.domain.doses import doses_of, in_mg
from charting.domain.sessions import Session
from charting.domain.sums import Sums, sums_of, volumes_of
from charting.domain.values import Record


class Totals(Record):
    """Counts, volume (mL) and doses (mg) of what was given: the given marks, and what has no mark.

    ``mg_by_agent`` adds all solutions; ``ml_by_solution`` is by the solution's id.
    """

    marks: int
    punctures: int
    deposits: int
    ml: Decimal
    mg_by_agent: dict[str, Decimal]
    ml_by_solution: dict[UUID, Decimal]


def totals(session: Session) -> Totals:
    """Return what the session comes to; exact, whatever the order of its marks."""
    return totals_of(sums_of(session.marks), session)


def totals_of(sums: Sums, session: Session) -> Totals:
    """Return what a session comes to whose marks add up to ``sums``."""
    volumes = volumes_of(sums, session)
    return Totals(
        marks=sums.marks,
        punctures=sums.punctures + sum(extra.count for extra in session.off_map),
        deposits=sums.deposits,
        ml=plain(sum(volumes.values(), Decimal(0))),
        mg_by_agent={agent: in_mg(mg) for agent, mg in doses_of(volumes, session.solutions).items()},
        ml_by_solution={one: plain(ml) for one, ml in sorted(volumes.items())},
    )


def discarded(session: Session) -> dict[UUID, Decimal]:
    """Return the mL of each solution that were prepared and not given, where it is known how much was.

    Below zero, more was given than prepared.
    """
    given = totals(session).ml_by_solution
    return {
        one.id: plain(one.prepared - given.get(one.id, Decimal(0)))
        for one in session.solutions
        if one.prepared is not None
    }
