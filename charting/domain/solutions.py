"""What is in a syringe."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from charting.domain.agents import Agent
from charting.domain.amounts import Millilitres, Percent, words_of
from charting.domain.ids import Id
from charting.domain.recipes import Recipe, gives, percent_in_words
from charting.domain.text import Line, Words
from charting.domain.values import Record


class Component(Record):
    """An agent at its final strength in the syringe, as its label says it (grams for 100 mL)."""

    agent: Agent
    percent: Percent


class Solution(Record):
    """What is in the syringe: its agents at their final strengths.

    ``recipe`` is how it was made up, if that is known; the strengths on the label must follow from it, and
    doses are counted from it. ``lots`` is what was read off the labels where there is no recipe;
    ``prepared_ml`` how much was made up, if it is known.
    """

    id: Id
    name: Words
    components: Annotated[tuple[Component, ...], Field(min_length=1, max_length=8)]
    lots: Line = ""
    prepared_ml: Millilitres | None = None
    recipe: Recipe | None = None

    @model_validator(mode="after")
    def _each_agent_once(self) -> Self:
        agents = [component.agent for component in self.components]
        if len(set(agents)) != len(agents):
            raise ValueError("names an agent twice")
        if sum((component.percent for component in self.components), Decimal(0)) > 100:
            raise ValueError("holds more than 100 g in 100 mL")
        return self

    @model_validator(mode="after")
    def _is_what_the_recipe_gives(self) -> Self:
        if self.recipe is None:
            return self
        for one in self.components:
            if not gives(self.recipe, one.agent, one.percent):
                raise ValueError(
                    f"the label says {one.agent} {words_of(one.percent)} %, "
                    f"and the recipe gives another: {self.recipe.arithmetic(one.agent)}"
                )
        unnamed = self.recipe.strengths.keys() - {one.agent for one in self.components}
        if unnamed:
            raise ValueError(f"the label does not name {min(unnamed)}, which the recipe holds")
        made = self.recipe.prepared_ml
        if made is not None and self.prepared_ml is not None and self.prepared_ml != made:
            raise ValueError(
                f"says {words_of(self.prepared_ml)} mL prepared, and its recipe makes {words_of(made)} mL"
            )
        return self

    @property
    def prepared(self) -> Decimal | None:
        """The volume made up, mL, as far as it is known."""
        made = None if self.recipe is None else self.recipe.prepared_ml
        return self.prepared_ml if made is None else made

    @property
    def strengths(self) -> dict[str, Fraction]:
        """Each agent's exact strength, grams for 100 mL: by the recipe, else by the label."""
        if self.recipe is not None:
            return dict(self.recipe.strengths)
        return {one.agent: Fraction(one.percent) for one in self.components}

    @property
    def formula(self) -> str:
        """The agents with their strengths, as on a chart: dextrose 15 % + lidocaine 0.2 %."""
        return " + ".join(f"{one.agent} {words_of(one.percent)} %" for one in self.components)


def labelled(recipe: Recipe) -> tuple[Component, ...]:
    """Return the components that a recipe gives, rounded as a label; raises ValueError for none."""
    return tuple(
        Component(agent=agent, percent=Decimal(percent_in_words(percent)))
        for agent, percent in recipe.strengths.items()
    )
