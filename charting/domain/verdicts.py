"""How a session stands to the clinic's limits: kept as it was when the session was signed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from charting.domain.amounts import Exact
from charting.domain.notices import Weight
from charting.domain.rules import RuleId
from charting.domain.text import Words
from charting.domain.values import Record


class Outcome(StrEnum):
    """How a dose stands to a limit; without a weight, one for each kg says nothing."""

    WITHIN = "within"
    OVER = "over"
    NO_WEIGHT = "no_weight"


class Verdict(Record):
    """How what was given stands to one rule.

    ``amount`` and ``limit`` are mg, or per cent for a strength; ``limit`` is None where there is none to say.
    ``share`` is the amount by the limit, rounded up, so that it never looks less than it is.
    """

    rule: RuleId
    agent: str | None
    amount: Exact
    limit: Exact | None
    share: Exact | None
    outcome: Outcome
    weight: Weight
    source: Words


class Judgement(Record):
    """All verdicts of a session, and by which version of the limits it was judged.

    ``anaesthetics`` is the sum of the shares of all local anaesthetics, if more than one was given.
    """

    version: int
    weight_kg: Exact | None
    verdicts: Annotated[tuple[Verdict, ...], Field(max_length=200)]
    anaesthetics: Exact | None = None

    @property
    def over(self) -> tuple[Verdict, ...]:
        """The verdicts that warn."""
        return tuple(one for one in self.verdicts if one.outcome is Outcome.OVER)


UNJUDGED = Judgement(version=0, weight_kg=None, verdicts=())
"""Of a session that was signed before there were limits."""
