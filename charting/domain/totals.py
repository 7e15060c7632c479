"""What a session comes to: computed from its given marks, never collected along the way."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from charting.domain.amounts import plain
from charting.domain.doses import doses, given_volumes, in_mg
from charting.domain.sessions import Session
from charting.domain.values import Record


class Totals(Record):
    """Counts, volume (mL) and doses (mg) of what was given: the given marks, and what has no mark.

    ``mg_by_agent`` adds all solutions; ``ml_by_solution`` is by the solution's id. ``discarded_ml`` is what
    was prepared and not given, of the solutions whose prepared volume is known.
    """

    marks: int
    punctures: int
    deposits: int
    ml: Decimal
    mg_by_agent: dict[str, Decimal]
    ml_by_solution: dict[UUID, Decimal]
    discarded_ml: dict[UUID, Decimal] = {}


def totals(session: Session) -> Totals:
    """Return what the session comes to; exact, whatever the order of its marks."""
    given = [mark.injection for mark in session.given]
    volumes = {one: plain(ml) for one, ml in sorted(given_volumes(session).items())}
    without_solution = sum((one.ml for one in given if one.solution_id is None), Decimal(0))
    prepared = {one.id: one.prepared for one in session.solutions if one.prepared is not None}
    return Totals(
        marks=len(given),
        punctures=sum(one.punctures for one in given) + sum(one.count for one in session.off_map),
        deposits=sum(one.deposits for one in given),
        ml=plain(sum(volumes.values(), without_solution)),
        mg_by_agent={agent: in_mg(mg) for agent, mg in doses(session).items()},
        ml_by_solution=volumes,
        discarded_ml={one: plain(ml - volumes.get(one, Decimal(0))) for one, ml in prepared.items()},
    )
