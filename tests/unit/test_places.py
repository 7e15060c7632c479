"""Places that cannot be meant are refused where they arise."""

import math
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from charting.domain import BodyPoint, ChartingError, NotAPlace, Record, ViewPoint
from charting.domain.places import FARTHEST, distance

NOT_PLACES = [math.nan, math.inf, -math.inf, 1e300, FARTHEST + 1, "12", None, True, [1.0], 1j, 10**400]


@pytest.mark.parametrize("bad", NOT_PLACES, ids=str)
def test_a_coordinate_that_is_no_place_is_refused_by_name(bad: object) -> None:
    with pytest.raises(NotAPlace, match=r"^x is "):
        ViewPoint(bad, 0)  # type: ignore[arg-type]
    with pytest.raises(NotAPlace, match=r"^z is "):
        BodyPoint(0, 0, bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [*NOT_PLACES, -0.001], ids=str)
def test_a_reach_that_is_no_distance_is_refused_by_name(bad: object) -> None:
    with pytest.raises(NotAPlace, match=r"^reach is "):
        distance("reach", bad)


@pytest.mark.parametrize("number", [3, 3.0, np.float64(3), np.float32(3), np.int64(3), Fraction(3)], ids=type)
def test_any_real_number_is_a_coordinate(number: float) -> None:
    point = ViewPoint(number, 0)
    assert point == ViewPoint(3.0, 0.0)
    assert type(point.x) is float


class Payload(Record):
    at: ViewPoint


@pytest.mark.parametrize(
    "payload",
    ['{"at":{"x":1,"y":NaN}}', '{"at":{"x":1,"y":1e9}}', '{"at":{"x":1,"y":2,"z":3}}', '{"at":{"x":1}}'],
)
def test_a_payload_with_such_a_place_is_refused_like_any_bad_field(payload: str) -> None:
    with pytest.raises(ValidationError):
        Payload.model_validate_json(payload)


def test_a_place_survives_a_payload() -> None:
    sent = Payload(at=ViewPoint(1.25, -0.5))
    assert Payload.model_validate_json(sent.model_dump_json()) == sent


def test_the_midline_has_one_zero() -> None:
    assert math.copysign(1, BodyPoint(0, 0, 0).mirrored().x) == 1


def test_every_error_is_in_one_tree() -> None:
    assert issubclass(NotAPlace, ChartingError)
