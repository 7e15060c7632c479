"""What marks add up to before any dose is made of it: counts and volumes, which can be added exactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from charting.domain.marks import Mark
from charting.domain.sessions import Session
from charting.domain.values import Record


class Sums(Record):
    """What some given marks add up to, before any dose is made of it: these can be added exactly."""

    marks: int = 0
    punctures: int = 0
    deposits: int = 0
    ml_by_solution: dict[UUID, Decimal]

    def plus(self, more: Sums) -> Sums:
        """Return what these marks come to together with others."""
        ml = defaultdict(Decimal, self.ml_by_solution)
        for one, volume in more.ml_by_solution.items():
            ml[one] += volume
        return Sums.model_construct(
            marks=self.marks + more.marks, punctures=self.punctures + more.punctures,
            deposits=self.deposits + more.deposits, ml_by_solution=dict(ml),
        )  # fmt: skip


def sums_of(marks: Iterable[Mark]) -> Sums:
    """Return what those of some marks add up to that count."""
    given = [mark.injection for mark in marks if mark.counts]
    ml: dict[UUID, Decimal] = defaultdict(Decimal)
    for one in given:
        if one.solution_id is not None:
            ml[one.solution_id] += one.ml_each * one.deposits  # its one form is only found for the sums
    return Sums.model_construct(
        marks=len(given), punctures=sum(one.punctures for one in given),
        deposits=sum(one.deposits for one in given), ml_by_solution=dict(ml),
    )  # fmt: skip


def volumes_of(sums: Sums, session: Session) -> dict[UUID, Decimal]:
    """Return the mL given of each solution, by its id, in a session whose marks add up to ``sums``."""
    volumes = defaultdict(Decimal, sums.ml_by_solution)
    for extra in session.off_map:
        volumes[extra.solution_id] += extra.ml
    return dict(volumes)
