"""What is in a syringe."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from charting.domain.amounts import Millilitres, Percent, words_of
from charting.domain.ids import Id
from charting.domain.text import Line, Words
from charting.domain.values import Record

Agent = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
"""A drug by its one name in the record: ``dextrose``, ``lidocaine``; a locale may show another."""


class Component(Record):
    """An agent at its final strength in the syringe (grams for 100 mL)."""

    agent: Agent
    percent: Percent


class Solution(Record):
    """What is in the syringe: its agents at their final strengths.

    ``lots`` is what was read off the labels; ``prepared_ml`` how much was made up, if it is known.
    """

    id: Id
    name: Words
    components: Annotated[tuple[Component, ...], Field(min_length=1, max_length=8)]
    lots: Line = ""
    prepared_ml: Millilitres | None = None

    @model_validator(mode="after")
    def _each_agent_once(self) -> Self:
        agents = [component.agent for component in self.components]
        if len(set(agents)) != len(agents):
            raise ValueError("names an agent twice")
        if sum((component.percent for component in self.components), Decimal(0)) > 100:
            raise ValueError("holds more than 100 g in 100 mL")
        return self

    @property
    def formula(self) -> str:
        """The agents with their strengths, as on a chart: dextrose 15 % + lidocaine 0.2 %."""
        return " + ".join(f"{one.agent} {words_of(one.percent)} %" for one in self.components)
