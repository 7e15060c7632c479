"""How sessions stand: what was counted of the marks that are still the same is not counted again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from charting.desk import limits
from charting.desk.answers import Standing
from charting.desk.treated_before import TreatedBefore
from charting.domain import Mark, Notice, Session, Solution, numbers
from charting.domain.doses import judge_volumes
from charting.domain.rules import RuleBook
from charting.domain.sums import Sums, sums_of, volumes_of
from charting.domain.totals import totals_of
from charting.store import Kept

MOST_SESSIONS = 100
"""Of how many sessions the last count is remembered."""


@dataclass(frozen=True, slots=True)
class _Count:
    """What some marks came to, with the solutions on that tray and after those earlier sessions."""

    marks: tuple[Mark, ...]
    solutions: tuple[Solution, ...]
    earlier: tuple[tuple[UUID, int], ...]
    numbers: dict[UUID, int]
    sums: Sums
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

    def standing(
        self, session: Session, revision: int, earlier: Sequence[Kept[Session]], weight_kg: Decimal | None,
        book: RuleBook,
    ) -> Standing:  # fmt: skip
        """Return how a session stands at a revision, after the earlier ones of its course, to the limits."""
        count = self._count(session, earlier)
        volumes = volumes_of(count.sums, session)
        if session.seal is None:
            judgement = judge_volumes(volumes, session.solutions, weight_kg, book)
        else:
            judgement = session.seal.judged
        # made of values that are checked: checking a thousand numbers again takes longer than storing a mark
        return Standing.model_construct(
            session_id=session.id, revision=revision, numbers=count.numbers,
            totals=totals_of(count.sums, session),
            notices=(*count.notices, *limits.notices(session, judgement)), solutions=session.solutions,
            details=session.details, seal=session.seal, judgement=judgement,
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
                known.sums.plus(more.sums),
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
        sums = sums_of(session.marks)
        return _Count(session.marks, session.solutions, before, numbers(session), sums, notices)
