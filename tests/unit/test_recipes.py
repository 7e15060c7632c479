"""Solutions made up from stocks: strengths follow exactly, and a label that does not fit is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from pydantic import ValidationError

from charting.domain.recipes import Labelled, Recipe, Stock, StrengthUnit, gives, osmolarity
from charting.domain.solutions import Component, Solution, labelled
from tests.people import an_id


def vial(name: str, amount: str, **percents: str) -> Stock:
    """Return what was drawn from a vial whose label says per cents."""
    return Stock(
        name=name, amount=Decimal(amount),
        contents=tuple(Labelled(agent=agent, strength=Decimal(one)) for agent, one in percents.items()),
    )  # fmt: skip


def solution(recipe: Recipe | None, **percents: str) -> Solution:
    return Solution(
        id=an_id(30), name="In the syringe", recipe=recipe,
        components=tuple(Component(agent=agent, percent=Decimal(one)) for agent, one in percents.items()),
    )  # fmt: skip


RABAGO = Recipe(stocks=(vial("D50", "5", dextrose="50"), vial("Lidocaine 1 %", "5", lidocaine="1")))


def test_five_of_dextrose_50_and_five_of_lidocaine_1_make_ten_of_25_and_a_half() -> None:
    assert RABAGO.prepared_ml == 10
    assert RABAGO.strengths == {"dextrose": 25, "lidocaine": Fraction(1, 2)}


@pytest.mark.parametrize("times", ["1", "0.5", "7"])
def test_parts_give_the_strength_of_their_proportion_and_no_volume(times: str) -> None:
    third = Recipe(
        stocks=(vial("D50", times, dextrose="50"), vial("Water", times), vial("Saline", times)), in_parts=True
    )
    assert third.strengths == {"dextrose": Fraction(50, 3)}
    assert third.prepared_ml is None
    assert third.arithmetic("dextrose").endswith("= 16.6667 %")


def test_a_ratio_is_grams_in_millilitres() -> None:
    epinephrine = Labelled(agent="epinephrine", strength=Decimal(100_000), unit=StrengthUnit.ONE_IN)
    assert epinephrine.percent == Fraction(1, 1000)
    assert epinephrine.words == "epinephrine 1:100 000"
    assert Labelled(agent="lidocaine", strength=Decimal(10), unit=StrengthUnit.MG_PER_ML).percent == 1


def test_a_label_that_the_recipe_cannot_give_is_refused_with_the_arithmetic() -> None:
    with pytest.raises(ValidationError, match=r"5 mL × 50 % in 10 mL = 25 %"):
        solution(RABAGO, dextrose="15", lidocaine="0.5")
    with pytest.raises(ValidationError, match="does not name lidocaine"):
        solution(RABAGO, dextrose="25")
    with pytest.raises(ValidationError, match="none of it drawn up"):
        solution(RABAGO, dextrose="25", lidocaine="0.5", phenol="1")
    assert solution(RABAGO, dextrose="25", lidocaine="0.5").prepared == 10


def test_no_recipe_gives_more_than_its_strongest_stock() -> None:
    assert not gives(Recipe(stocks=(vial("D50", "10", dextrose="50"),)), "dextrose", Decimal("60"))


def test_fifteen_of_a_50_stock_leaves_no_room_for_more_than_0_7_of_a_1_stock() -> None:
    """15 % from a 50 % stock takes 3 parts of ten; the seven that are left hold 0.7 % at most."""
    fullest = Recipe(stocks=(vial("D50", "3", dextrose="50"), vial("Lidocaine 1 %", "7", lidocaine="1")))
    assert fullest.strengths == {"dextrose": 15, "lidocaine": Fraction(7, 10)}
    with pytest.raises(ValidationError, match=r"0\.7 %"):
        solution(fullest, dextrose="15", lidocaine="1")


def test_a_label_may_be_rounded_and_doses_are_counted_from_the_recipe() -> None:
    cusi = Recipe(
        stocks=(
            vial("D50", "1.8", dextrose="50"),
            vial("B", "2.3", bupivacaine="1"),
            vial("Iopamidol", "0.8"),
        )
    )
    mixed = solution(cusi, dextrose="18.4", bupivacaine="0.47")
    assert mixed.strengths["dextrose"] == Fraction(90, Fraction("4.9"))
    assert labelled(cusi)[0] == Component(agent="dextrose", percent=Decimal("18.3673"))


def test_what_is_said_to_be_prepared_is_what_was_drawn_up() -> None:
    with pytest.raises(ValidationError, match="12 mL prepared, and its recipe makes 10 mL"):
        Solution(
            id=an_id(30), name="x", recipe=RABAGO, prepared_ml=Decimal(12),
            components=(
                Component(agent="dextrose", percent=Decimal(25)),
                Component(agent="lidocaine", percent=Decimal("0.5")),
            ),
        )  # fmt: skip


def test_osmolarity_follows_the_label_of_dextrose_50() -> None:
    assert osmolarity(Fraction(50)) == 2520
    assert osmolarity(Fraction(15)) == 756
