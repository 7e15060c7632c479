"""How sessions stand: what was counted of the marks that are still the same is not counted again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from charting.desk.answers import Standing
from charting.desk.treated_before import TreatedBefore
from charting.domain import Mark, Notice, Session, Solution, Totals, numbers, totals
from charting.domain.amounts import plain
from charting.store import Kept

MOST_SESSIONS = 100
"""Of how many sessions the last count is remembered."""

Key = TypeVar("Key", str, UUID)


@dataclass(frozen=True, slots=True)
class _Count:
    """What some marks came to, with the solutions on that tray and after those earlier sessions."""

    marks: tuple[Mark, ...]
    solutions: tuple[Solution, ...]
    earlier: tuple[tuple[UUID, int], ...]
    numbers: dict[UUID, int]
    totals: Totals
    notices: tuple[Notice, ...]

    def begins(self, session: Session, earlier: tuple[tuple[UUID, int], ...]) -> bool:
        """Whether all that was counted is still so, and the session has at most further marks."""
        return (
            self.earlier == earlier
            and self.solutions == session.solutions
            and self.marks == session.marks[: len(self.marks)]
        )


class Standings:
    """Says how sessions stand; safe from any thread."""

    def __init__(self, treated_before: TreatedBefore) -> None:
        self._treated_before = treated_before
        self._lock = threading.Lock()
        self._counts: OrderedDict[UUID, _Count] = OrderedDict()

    def standing(self, session: Session, revision: int, earlier: Sequence[Kept[Session]]) -> Standing:
        """Return how a session stands at a revision, after the earlier sessions of its course."""
        count = self._count(session, earlier)
        # made of values that are checked: checking a thousand numbers again takes longer than storing a mark
        return Standing.model_construct(
            session_id=session.id, revision=revision, numbers=count.numbers, totals=count.totals,
            notices=count.notices, solutions=session.solutions, details=session.details, seal=session.seal,
        )  # fmt: skip

    def _count(self, session: Session, earlier: Sequence[Kept[Session]]) -> _Count:
        before = tuple((one.value.id, one.revision) for one in earlier)
        with self._lock:
            known = self._counts.get(session.id)
        if known is None or not known.begins(session, before):
            count = self._counted(session, before, earlier)
        elif len(known.marks) == len(session.marks):
            return known
        else:
            rest = session.model_copy(update={"marks": session.marks[len(known.marks) :]})
            more = self._counted(rest, before, earlier)
            last = len(known.numbers)
            count = _Count(
                session.marks,
                session.solutions,
                before,
                known.numbers | {one: last + number for one, number in more.numbers.items()},
                added(known.totals, more.totals),
                known.notices + more.notices,
            )
        with self._lock:
            self._counts[session.id] = count
            self._counts.move_to_end(session.id)
            while len(self._counts) > MOST_SESSIONS:
                self._counts.popitem(last=False)
        return count

    def _counted(
        self, session: Session, before: tuple[tuple[UUID, int], ...], earlier: Sequence[Kept[Session]]
    ) -> _Count:
        notices = self._treated_before.notices(session, earlier)
        return _Count(session.marks, session.solutions, before, numbers(session), totals(session), notices)


def added(some: Totals, more: Totals) -> Totals:
    """Return what marks come to together with further marks of the same session; exact like its parts."""
    return Totals(
        marks=some.marks + more.marks,
        punctures=some.punctures + more.punctures,
        deposits=some.deposits + more.deposits,
        ml=plain(some.ml + more.ml),
        mg_by_agent=_sums(some.mg_by_agent, more.mg_by_agent),
        ml_by_solution=_sums(some.ml_by_solution, more.ml_by_solution),
    )


def _sums(some: Mapping[Key, Decimal], more: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    keys = sorted(some.keys() | more.keys())
    return {key: plain(some.get(key, Decimal(0)) + more.get(key, Decimal(0))) for key in keys}
