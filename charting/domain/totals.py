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
    given = [mark.injection for mark in session.given]
    whole = Decimal(0)
    for one in given:
        ml = one.ml_each * one.deposits  # its one form is only found for the sums: there are few of them
        whole += ml
        if one.solution_id is not None:
            by_solution[one.solution_id] += ml
    by_agent: dict[str, Decimal] = defaultdict(Decimal)
    for solution_id, ml in by_solution.items():
        for component in session.solution(solution_id).components:
            by_agent[component.agent] += milligrams(ml, component.percent)
    return Totals(
        marks=len(given),
        punctures=sum(one.punctures for one in given),
        deposits=sum(one.deposits for one in given),
        ml=plain(whole),
        mg_by_agent={agent: plain(mg) for agent, mg in sorted(by_agent.items())},
        ml_by_solution={one: plain(ml) for one, ml in sorted(by_solution.items())},
    )
