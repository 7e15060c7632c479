"""Amounts: exact decimals, never floats.

Volumes are whole microlitres, strengths whole ten-thousandths of a per cent, so that a sum of marks is exact
and a table can hold integers.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

MOST_DIGITS = 28
"""As many as decimal arithmetic keeps."""


def _not_a_float(value: object) -> object:
    # a float that says 0.1 is not a tenth; amounts travel as text or as whole numbers
    if isinstance(value, float | bool):
        raise ValueError('is not an exact amount: write it as text, such as "0.5"')
    if isinstance(value, str | int):
        # made here: a strict reader takes a Decimal alone, and text is how a Decimal travels
        try:
            return Decimal(value)
        except InvalidOperation:
            raise ValueError("is not an amount") from None
    return value


def plain(value: Decimal) -> Decimal:
    """Return the same amount in its one form: no exponent, no trailing zeros, one zero.

    Raises ValueError for one that has more digits than any amount, and that arithmetic would round.
    """
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or len(digits) + abs(exponent) > MOST_DIGITS:
        raise ValueError("has more digits than any amount")
    plain = value.normalize()
    plain = plain.quantize(Decimal(1)) if plain.as_tuple().exponent > 0 else plain  # type: ignore[operator]
    return plain + 0


Exact = Annotated[Decimal, BeforeValidator(_not_a_float), AfterValidator(plain)]

Millilitres = Annotated[Exact, Field(ge=0, le=1000, decimal_places=3, allow_inf_nan=False)]
"""A volume in mL, to the microlitre."""

Percent = Annotated[Exact, Field(gt=0, le=100, decimal_places=4, allow_inf_nan=False)]
"""A strength in grams for 100 mL."""

Kilograms = Annotated[Exact, Field(gt=0, le=700, decimal_places=2, allow_inf_nan=False)]
"""A body weight in kg."""


def milligrams(ml: Decimal, percent: Decimal) -> Decimal:
    """Return the mg of an agent in a volume (mL) of a strength (grams for 100 mL): 1 % is 10 mg/mL.

    >>> milligrams(Decimal("5"), Decimal("20"))
    Decimal('1000')
    """
    return plain(ml * percent * 10)


def words_of(amount: Decimal) -> str:
    """Return an amount as it is written on a chart.

    >>> words_of(Decimal("22.50")), words_of(Decimal("100")), words_of(Decimal("0"))
    ('22.5', '100', '0')
    """
    return f"{plain(amount):f}"
