"""Lifting a point of a drawing to the body, and projecting it into the drawings."""

import math

import pytest

from charting.anatomy import (
    Atlas,
    BodyPoint,
    Laterality,
    ViewPoint,
    close_ups_at,
    laterality_of,
    lift,
    project,
)
from charting.domain import NotAPlace, OffBodyMap
from tests.synthetic import skin_from


def test_the_right_arm_is_at_the_left_of_an_anterior_view_and_at_the_right_of_a_posterior_one(
    synthetic: Atlas,
) -> None:
    right_elbow = BodyPoint(*skin_from((-230, 0, 150), (0, -1, 0)))
    anterior, posterior = (
        synthetic.view("adult_male", f"full_{aspect}") for aspect in ("anterior", "posterior")
    )
    assert project(anterior, right_elbow).at.x < anterior.size[0] / 2
    assert project(posterior, right_elbow).at.x > posterior.size[0] / 2
    assert laterality_of(lift(anterior, ViewPoint(50, 360))) is Laterality.RIGHT
    assert laterality_of(lift(posterior, ViewPoint(510, 360))) is Laterality.RIGHT


def test_a_tap_lifts_to_the_skin_that_the_view_shows(synthetic: Atlas) -> None:
    front = lift(synthetic.view("adult_male", "full_anterior"), ViewPoint(280, 310))
    back = lift(synthetic.view("adult_male", "full_posterior"), ViewPoint(280, 310))
    assert (front.x, front.y, front.z) == pytest.approx((0, -100, 200), abs=0.1)
    assert (back.x, back.y, back.z) == pytest.approx((0, 100, 200), abs=0.1)


def test_a_place_is_visible_from_the_side_on_which_it_lies(synthetic: Atlas) -> None:
    right_of_the_navel = BodyPoint(*skin_from((-80, 0, 200), (0, -1, 0)))
    views = [synthetic.view("adult_male", entry.id) for entry in synthetic.views("adult_male")]
    seen = [view.id for view in views if project(view, right_of_the_navel).visible]
    assert seen == ["full_anterior", "full_right"]


def test_the_trunk_hides_behind_the_arm(synthetic: Atlas) -> None:
    flank = BodyPoint(*skin_from((0, 0, 150), (1, 0, 0)))
    assert not project(synthetic.view("adult_male", "full_left"), flank).visible


def test_the_other_arm_is_not_on_the_view_of_one_arm_alone(synthetic: Atlas) -> None:
    medial = synthetic.view("adult_male", "elbow_right_medial")
    inner = skin_from((-230, 0, 150), (1, 0, 0))
    assert project(medial, BodyPoint(*inner)).visible
    assert not project(medial, BodyPoint(*inner).mirrored()).visible


def test_a_place_that_is_not_on_the_drawing_has_a_place_beside_it(synthetic: Atlas) -> None:
    projected = project(synthetic.view("adult_male", "low_back_posterior"), BodyPoint(0, 0, -400))
    assert not projected.visible
    assert projected.at == ViewPoint(120, 620)


def test_a_place_within_the_body_is_not_visible(synthetic: Atlas) -> None:
    assert not project(synthetic.view("adult_male", "full_anterior"), BodyPoint(0, 0, 200)).visible


@pytest.mark.parametrize("at", [(1, 1), (-1, 300), (280, 9999), (559, 619), (-9999, -9999)], ids=str)
def test_a_tap_beside_the_figure_is_off_the_body_map(synthetic: Atlas, at: tuple[float, float]) -> None:
    with pytest.raises(OffBodyMap, match="not on the figure in full_anterior"):
        lift(synthetic.view("adult_male", "full_anterior"), ViewPoint(*at))


def test_the_drawn_outline_belongs_to_the_figure_and_the_paper_beside_it_does_not(synthetic: Atlas) -> None:
    view = synthetic.view("adult_male", "low_back_posterior")
    arm = synthetic.view("adult_male", "elbow_right_lateral")
    left, _, _, _ = arm.silhouette.bounds
    middle = next(y for x, y in arm.silhouette.geoms[0].exterior.coords if x == left)
    assert lift(arm, ViewPoint(left - 0.4, middle)).x < -200
    with pytest.raises(OffBodyMap):
        lift(arm, ViewPoint(left - 0.7, middle))
    assert lift(view, ViewPoint(-0.3, 130)).x > 0  # a cropped view ends within the body


@pytest.mark.parametrize("odd", [None, (1, 2), "1,2", math.nan])
def test_what_is_no_point_is_refused(synthetic: Atlas, odd: object) -> None:
    view = synthetic.view("adult_male", "full_anterior")
    for ask in (lift, project, close_ups_at):
        with pytest.raises(NotAPlace):
            ask(view, odd)


def test_a_tap_on_the_elbow_of_the_full_body_offers_that_elbows_close_ups(synthetic: Atlas) -> None:
    anterior = synthetic.view("adult_male", "full_anterior")
    posterior = synthetic.view("adult_male", "full_posterior")
    assert close_ups_at(anterior, ViewPoint(50, 360)) == ("elbow_right_lateral", "elbow_right_medial")
    assert close_ups_at(posterior, ViewPoint(50, 360)) == ("elbow_left_lateral", "elbow_left_medial")
    assert close_ups_at(anterior, ViewPoint(280, 310)) == ()


def test_a_view_says_what_stands_at_its_edges(synthetic: Atlas) -> None:
    assert synthetic.view("adult_male", "full_left").edges == ("left edge", "right edge")
