"""Right, left and midline: the patient's."""

import pytest

from charting.anatomy import MIDLINE_HALF_WIDTH, Laterality, laterality_of
from charting.domain import BodyPoint


@pytest.mark.parametrize(
    ("x", "side"),
    [
        (-300, Laterality.RIGHT),
        (300, Laterality.LEFT),
        (-MIDLINE_HALF_WIDTH - 0.01, Laterality.RIGHT),
        (MIDLINE_HALF_WIDTH + 0.01, Laterality.LEFT),
        (-MIDLINE_HALF_WIDTH, Laterality.MIDLINE),
        (MIDLINE_HALF_WIDTH, Laterality.MIDLINE),
        (0, Laterality.MIDLINE),
        (-0.0, Laterality.MIDLINE),
    ],
)
def test_the_patients_left_is_where_x_grows(x: float, side: Laterality) -> None:
    assert laterality_of(BodyPoint(x, 40, 900)) is side


def test_height_and_depth_do_not_change_the_side() -> None:
    assert {laterality_of(BodyPoint(-9, y, z)) for y in (-200, 0, 200) for z in (-900, 0, 800)} == {"right"}


def test_the_mirror_of_right_is_left_and_the_midline_stays() -> None:
    assert [side.mirrored() for side in Laterality] == [Laterality.LEFT, Laterality.RIGHT, Laterality.MIDLINE]


def test_charts_say_r_and_l_and_nothing_for_the_midline() -> None:
    assert [side.letter for side in Laterality] == ["R", "L", ""]
