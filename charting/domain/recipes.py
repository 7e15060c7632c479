"""How a solution was made up: what was drawn from which vial, and the strengths that follow, exactly.

A strength is grams for 100 mL throughout (1 % is 10 mg/mL). Strengths that follow from a recipe are
fractions, for a third of a mL has no decimal; they are rounded where shown, never where added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from charting.domain.agents import Agent
from charting.domain.amounts import Exact, words_of
from charting.domain.text import Line, Words
from charting.domain.values import Record

DEXTROSE_MOSM_PER_L = Fraction(2520, 50)
"""mOsm/L for each per cent of dextrose: the label of dextrose 50 % says 2520 mOsm/L (DailyMed 7058)."""

SHOWN = Decimal("0.0001")
"""To what a computed strength is rounded where it is shown or stored, in per cent."""

LABEL_WITHIN = Fraction(1, 10)
"""How far a label's strength may be from the computed one at most, in per cent; less if it has decimals."""


class StrengthUnit(StrEnum):
    """How a label says a strength: grams for 100 mL, mg for a mL, or one gram in so many mL (1:100 000)."""

    PERCENT = "percent"
    MG_PER_ML = "mg_per_ml"
    ONE_IN = "one_in"


class Labelled(Record):
    """An agent in a vial, with the strength that the vial's label says."""

    agent: Agent
    strength: Annotated[Exact, Field(gt=0, le=10_000_000, allow_inf_nan=False)]
    unit: StrengthUnit = StrengthUnit.PERCENT

    @property
    def percent(self) -> Fraction:
        """The strength in grams for 100 mL.

        >>> Labelled(agent="epinephrine", strength="100000", unit="one_in").percent
        Fraction(1, 1000)
        """
        match self.unit:
            case StrengthUnit.PERCENT:
                return Fraction(self.strength)
            case StrengthUnit.MG_PER_ML:
                return Fraction(self.strength) / 10
            case StrengthUnit.ONE_IN:
                return 100 / Fraction(self.strength)

    @property
    def words(self) -> str:
        """The agent and its strength as the label says it: lidocaine 1 %, epinephrine 1:100 000."""
        match self.unit:
            case StrengthUnit.PERCENT:
                said = f"{words_of(self.strength)} %"
            case StrengthUnit.MG_PER_ML:
                said = f"{words_of(self.strength)} mg/mL"
            case StrengthUnit.ONE_IN:
                said = "1:" + f"{self.strength:,f}".replace(",", " ")
        return f"{self.agent} {said}"

    @model_validator(mode="after")
    def _no_more_than_all(self) -> Self:
        if self.percent > 100:
            raise ValueError("is stronger than 100 g in 100 mL")
        return self


class Stock(Record):
    """What was drawn from one kind of vial. ``contents`` is empty for a diluent such as water or saline.

    ``amount`` is in mL, or in parts where the recipe counts in parts.
    """

    name: Words
    contents: Annotated[tuple[Labelled, ...], Field(max_length=4)] = ()
    amount: Annotated[Exact, Field(gt=0, le=1000, decimal_places=3, allow_inf_nan=False)]
    manufacturer: Line = ""
    lot: Line = ""
    expires_on: date | None = None

    @model_validator(mode="after")
    def _each_agent_once(self) -> Self:
        agents = [one.agent for one in self.contents]
        if len(set(agents)) != len(agents):
            raise ValueError("names an agent twice")
        return self


class Recipe(Record):
    """What a solution was made of. Amounts are mL, or parts of the whole ``in_parts``."""

    stocks: Annotated[tuple[Stock, ...], Field(min_length=1, max_length=10)]
    in_parts: bool = False

    @property
    def amount(self) -> Decimal:
        """All that was drawn up, in mL, or in parts."""
        return sum((one.amount for one in self.stocks), Decimal(0))

    @property
    def prepared_ml(self) -> Decimal | None:
        """The volume made up, mL; none for parts, which say no volume."""
        return None if self.in_parts else self.amount

    @property
    def strengths(self) -> Mapping[str, Fraction]:
        """Each agent's strength in grams for 100 mL: the sum of amount times strength, by the whole.

        >>> d50 = Stock(name="D50", contents=(Labelled(agent="dextrose", strength="50"),), amount="5")
        >>> one = Stock(name="L 1 %", contents=(Labelled(agent="lidocaine", strength="1"),), amount="5")
        >>> {agent: float(percent) for agent, percent in Recipe(stocks=(d50, one)).strengths.items()}
        {'dextrose': 25.0, 'lidocaine': 0.5}
        """
        drawn: dict[str, Fraction] = defaultdict(Fraction)
        for stock in self.stocks:
            for one in stock.contents:
                drawn[one.agent] += Fraction(stock.amount) * one.percent
        whole = Fraction(self.amount)
        return {agent: sum_ / whole for agent, sum_ in drawn.items()}

    def arithmetic(self, agent: str) -> str:
        """Return how an agent's strength comes about, in words.

        >>> d50 = Stock(name="D50", contents=(Labelled(agent="dextrose", strength="50"),), amount="3")
        >>> Recipe(stocks=(d50, Stock(name="Water", amount="7"))).arithmetic("dextrose")
        '3 mL × 50 % in 10 mL = 15 %'
        """
        unit = "parts" if self.in_parts else "mL"
        terms = [
            f"{words_of(stock.amount)} {unit} × {percent_in_words(one.percent)} %"
            for stock in self.stocks
            for one in stock.contents
            if one.agent == agent
        ]
        strength = self.strengths.get(agent, Fraction(0))
        drawn = " + ".join(terms) or "none of it drawn up"
        return f"{drawn} in {words_of(self.amount)} {unit} = {percent_in_words(strength)} %"


def percent_in_words(percent: Fraction) -> str:
    """Return a strength as it is shown, to a ten-thousandth of a per cent.

    >>> percent_in_words(Fraction(25, 3)), percent_in_words(Fraction(15))
    ('8.3333', '15')
    """
    return words_of(shown(percent))


def shown(percent: Fraction) -> Decimal:
    """Return a strength rounded to what is shown and stored."""
    exact = Decimal(percent.numerator) / Decimal(percent.denominator)
    return exact.quantize(SHOWN, ROUND_HALF_UP)


def gives(recipe: Recipe, agent: str, label: Decimal) -> bool:
    """Say whether a strength on the syringe's label is one that the recipe gives, rounded as the label is.

    >>> cusi = Recipe(stocks=(
    ...     Stock(name="D50", contents=(Labelled(agent="dextrose", strength="50"),), amount="1.8"),
    ...     Stock(name="Bupivacaine", contents=(Labelled(agent="bupivacaine", strength="1"),), amount="2.3"),
    ...     Stock(name="Iopamidol", amount="0.8"),
    ... ))
    >>> gives(cusi, "dextrose", Decimal("18.4")), gives(cusi, "dextrose", Decimal("20"))
    (True, False)
    """
    computed = recipe.strengths.get(agent, Fraction(0))
    exponent = label.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    off = abs(Fraction(label) - computed)
    return off <= min(Fraction(1, 2 * 10**decimals), LABEL_WITHIN)


def osmolarity(dextrose: Fraction) -> Fraction:
    """Return the mOsm/L that a strength of dextrose (per cent) adds, before any other solute.

    >>> osmolarity(Fraction(25)), osmolarity(Fraction(15))
    (Fraction(1260, 1), Fraction(756, 1))
    """
    return dextrose * DEXTROSE_MOSM_PER_L
