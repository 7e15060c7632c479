"""The clinic's limits: data with a version, each rule with its source. Nothing here is known by heart."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from charting.domain.agents import Agent
from charting.domain.amounts import Exact
from charting.domain.ids import Id
from charting.domain.moments import Moment
from charting.domain.notices import Weight
from charting.domain.text import Line, Words
from charting.domain.values import Record

RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]{1,59}$")]
"""A rule's stable name, such as ``lidocaine.plain.kg``."""


class RuleKind(StrEnum):
    """What a rule limits, and in which unit its limit is."""

    DOSE = "dose"
    """mg of an agent in one session."""
    DOSE_PER_KG = "dose_per_kg"
    """mg of an agent for each kg of body weight, in one session."""
    STRENGTH = "strength"
    """Per cent of an agent in a solution that was given."""
    TWO_ANAESTHETICS = "two_anaesthetics"
    """More than one local anaesthetic in one session; there is no limit to say."""
    INTERVAL = "interval"
    """Days since the region was last given."""


class Rule(Record):
    """One limit. ``with_epinephrine`` says whether it is for doses given with it, without it, or for both."""

    id: RuleId
    kind: RuleKind
    agent: Agent | None = None
    with_epinephrine: bool | None = None
    limit: Annotated[Exact, Field(gt=0, le=1_000_000, allow_inf_nan=False)] | None = None
    weight: Weight = Weight.WARN
    source: Words

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        of_agent = self.kind in (RuleKind.DOSE, RuleKind.DOSE_PER_KG, RuleKind.STRENGTH)
        if of_agent != (self.agent is not None):
            raise ValueError("a limit of a dose or a strength names an agent, and no other does")
        if (self.kind is RuleKind.TWO_ANAESTHETICS) != (self.limit is None):
            raise ValueError("has no limit, or has one where none is meant")
        return self


class RuleBook(Record):
    """All of a clinic's limits as they stand: their version, and who made it so and why.

    Version 1 is what the tool ships. A change makes the next version; the ones before stay readable, for a
    signed session was judged by one of them.
    """

    version: Annotated[int, Field(ge=1)] = 1
    rules: Annotated[tuple[Rule, ...], Field(max_length=200)]
    changed_by: Id | None = None
    changed_at: Moment | None = None
    reason: Line = ""

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        ids = [rule.id for rule in self.rules]
        if len(set(ids)) != len(ids):
            raise ValueError("names a rule twice")
        if self.version > 1 and not (self.reason and self.changed_by and self.changed_at):
            raise ValueError("a change of the limits says who made it, when, and why")
        return self

    def of_kind(self, *kinds: RuleKind) -> tuple[Rule, ...]:
        """Return the rules of some kinds, in their order."""
        return tuple(rule for rule in self.rules if rule.kind in kinds)


_LIDOCAINE = "US label, lidocaine (openFDA, Xylocaine MPF)"
_BUPIVACAINE = "US label, bupivacaine: most experience with single doses up to this"

SHIPPED = RuleBook(
    rules=(
        Rule(
            id="lidocaine.plain.kg", kind=RuleKind.DOSE_PER_KG, agent="lidocaine", with_epinephrine=False,
            limit=Decimal("4.5"), source=_LIDOCAINE,
        ),
        Rule(
            id="lidocaine.plain", kind=RuleKind.DOSE, agent="lidocaine", with_epinephrine=False,
            limit=Decimal("300"), source=_LIDOCAINE,
        ),
        Rule(
            id="lidocaine.epinephrine.kg", kind=RuleKind.DOSE_PER_KG, agent="lidocaine",
            with_epinephrine=True, limit=Decimal("7"), source=_LIDOCAINE,
        ),
        Rule(
            id="lidocaine.epinephrine", kind=RuleKind.DOSE, agent="lidocaine", with_epinephrine=True,
            limit=Decimal("500"), source=_LIDOCAINE,
        ),
        Rule(
            id="bupivacaine.plain", kind=RuleKind.DOSE, agent="bupivacaine", with_epinephrine=False,
            limit=Decimal("175"), source=_BUPIVACAINE,
        ),
        Rule(
            id="bupivacaine.epinephrine", kind=RuleKind.DOSE, agent="bupivacaine", with_epinephrine=True,
            limit=Decimal("225"), source=_BUPIVACAINE,
        ),
        Rule(
            id="anaesthetics.two", kind=RuleKind.TWO_ANAESTHETICS,
            source="US label, bupivacaine: mixing with, or prior use of, another local anaesthetic is not "
            "recommended",
        ),
        Rule(
            id="dextrose.strength", kind=RuleKind.STRENGTH, agent="dextrose", limit=Decimal("25"),
            source="Highest strength in the published protocols of injection at entheses and large joints; "
            "no official maximum exists",
        ),
        Rule(
            id="interval.shortest", kind=RuleKind.INTERVAL, limit=Decimal("14"),
            source="Shortest usual interval of the published courses (Yelland 2004, Kim 2010)",
        ),
        Rule(
            id="interval.short", kind=RuleKind.INTERVAL, limit=Decimal("21"), weight=Weight.INFORM,
            source="Published courses of three to four weeks (Gul 2020, Rabago 2013, Dumais 2012)",
        ),
    )
)  # fmt: skip
"""The limits of a clinic that has changed none."""
