"""What a session comes to: computed from its given marks, never collected along the way."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from uuid import UUID

from charting.domain.amounts import milligrams, plain
from charting.domain.sessions import Session
from charting.domain.values import Record


class Totals(Record):
    """Counts, volume (mL) and doses (mg) of the given marks.

    ``mg_by_agent`` adds all solutions; ``ml_by_solution`` is by the solution's id.
    """

    marks: int
    punctures: int
    deposits: int
    ml: Decimal
    mg_by_agent: dict[str, Decimal]
    ml_by_solution: dict[UUID, Decimal]


def totals(session: Session) -> Totals:
    """Return what the session's given marks come to; exact, whatever their order."""
    by_solution: dict[UUID, Decimal] = defaultdict(Decimal)
    for mark in session.given:
        if mark.injection.solution_id is not None:
            by_solution[mark.injection.solution_id] += mark.injection.ml
    by_agent: dict[str, Decimal] = defaultdict(Decimal)
    for solution_id, ml in by_solution.items():
        for component in session.solution(solution_id).components:
            by_agent[component.agent] += milligrams(ml, component.percent)
    return Totals(
        marks=len(session.given),
        punctures=sum(mark.injection.punctures for mark in session.given),
        deposits=sum(mark.injection.deposits for mark in session.given),
        ml=plain(sum((mark.injection.ml for mark in session.given), Decimal(0))),
        mg_by_agent={agent: plain(mg) for agent, mg in sorted(by_agent.items())},
        ml_by_solution={one: plain(ml) for one, ml in sorted(by_solution.items())},
    )
