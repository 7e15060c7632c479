"""The depth of the visible skin between the points of its grid."""

import numpy as np
import pytest

from charting.anatomy.depth import NO_SKIN, DepthGrid
from charting.anatomy.files import DepthEntry
from charting.domain import BodyMapUnusable
from tests.synthetic import grid_data


def grid(*rows: list[int], spacing: float = 1.0) -> DepthGrid:
    """Return a grid whose numbers are tenths of a millimetre."""
    return DepthGrid(spacing, 0.1, 0.0, np.array(rows, dtype=np.uint16))


def test_a_slope_is_followed_between_its_points() -> None:
    slope = grid([0, 20, 40], [10, 30, 50])
    assert slope.at(0.5, 0.5).depth == pytest.approx(1.5)
    assert slope.at(1.25, 0.0).depth == pytest.approx(2.5)


def test_the_spacing_is_in_millimetres_of_the_drawing() -> None:
    assert grid([0, 20], [0, 20], spacing=2.5).at(1.25, 0.0).depth == pytest.approx(1.0)


def test_nothing_is_found_in_mid_air_between_an_arm_and_the_trunk() -> None:
    edge = grid([1000, 1000, 100, 100], [1000, 1000, 100, 100])
    assert edge.at(1.4, 0.5).depth == pytest.approx(100)
    assert edge.at(1.6, 0.5).depth == pytest.approx(10)


def test_a_steep_slope_of_a_coarse_grid_is_still_one_surface() -> None:
    assert grid([0, 90], [0, 90], spacing=2.5).at(1.25, 1.0).depth == pytest.approx(4.5)


def test_the_skin_goes_on_to_an_edge_between_filled_and_empty_points() -> None:
    edge = grid([50, NO_SKIN], [60, NO_SKIN])
    assert edge.at(0.9, 0.0).depth == pytest.approx(5.0)
    assert edge.at(1.0, 0.5).depth in (pytest.approx(5.0), pytest.approx(6.0))


def test_a_thin_edge_that_no_point_of_the_grid_hit_takes_the_nearest_skin() -> None:
    edge = grid(*([70, NO_SKIN, NO_SKIN, NO_SKIN] for _ in range(3)))
    assert edge.at(2.4, 1.0).depth == pytest.approx(7.0)


def test_far_from_any_skin_there_is_none() -> None:
    edge = grid(*([70, *[NO_SKIN] * 9] for _ in range(3)))
    assert edge.at(8.5, 1.0) is None


def test_a_point_just_beyond_the_grid_takes_its_rim() -> None:
    assert grid([0, 20], [0, 20]).at(1.3, -0.4).depth == pytest.approx(2.0)


def test_what_is_not_known_exactly_says_by_how_much() -> None:
    slope = grid([0, 20], [0, 20])
    assert slope.at(0.5, 0.5).slack == pytest.approx(1.0)
    assert grid([5, 5], [5, 5]).at(0.5, 0.5).slack == 0


def entry(data: str, rows: int = 2, columns: int = 3) -> DepthEntry:
    return DepthEntry(spacing=1.0, columns=columns, rows=rows, scale=0.1, offset=-5.0, data=data)


WHOLE = grid_data([[0, 1, 2], [3, 4, NO_SKIN]])


def test_a_grid_is_read_row_after_row() -> None:
    decoded = DepthGrid.decode(entry(WHOLE))
    assert decoded.numbers.tolist() == [[0, 1, 2], [3, 4, NO_SKIN]]
    assert decoded.at(0, 1).depth == pytest.approx(-4.7)


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        (entry(WHOLE[:-5]), "damaged"),
        (entry(WHOLE[:8]), "is not 2 rows of 3"),
        (entry("not base64 at all!"), "damaged"),
        (entry("AAAA" + WHOLE[4:]), "damaged"),
        (entry(""), "is not 2 rows of 3"),
        (entry(WHOLE, rows=3), "is not 3 rows of 3"),
        (entry(WHOLE, columns=2), "is not 2 rows of 2"),
        (entry(grid_data(np.zeros((2000, 2000), dtype=np.uint16))), "is not 2 rows of 3"),
        (entry(grid_data(np.full((2, 3), NO_SKIN))), "no skin"),
    ],
    ids=[
        "cut",
        "cut short",
        "no base64",
        "no zlib",
        "empty",
        "too few rows",
        "too many",
        "a bomb",
        "all empty",
    ],
)
def test_a_damaged_grid_is_refused_in_words(damaged: DepthEntry, said: str) -> None:
    with pytest.raises(BodyMapUnusable, match=said):
        DepthGrid.decode(damaged)


def test_of_two_surfaces_equally_near_a_point_it_lies_on_the_nearer_whatever_the_rounding() -> None:
    corner = grid([1000, 1000], [100, NO_SKIN])
    for nudge in (-5e-14, 0.0, 5e-14):
        assert grid([NO_SKIN, 1000], [100, NO_SKIN]).at(0.3, 0.3 + nudge).depth == pytest.approx(100)
        assert corner.at(0.4, 0.4 + nudge).depth == pytest.approx(100)
