"""What holds of spots and projections for any marks."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charting.anatomy import Atlas, load_atlas, project
from charting.coursemap import SPOT_WITHIN, project_all, spots
from charting.domain import BodyPoint, Session
from tests.people import a_mark, a_session

AXIS = st.floats(-60, 60, allow_nan=False)
PLACES = st.lists(st.tuples(AXIS, AXIS, AXIS), max_size=40)


@cache
def atlas() -> Atlas:
    return load_atlas()


def course(listed: list[list[tuple[float, float, float]]]) -> list[Session]:
    number = iter(range(1, 10_000))
    return [
        a_session(n, marks=tuple(a_mark(next(number), at=BodyPoint(*p), site=None) for p in places))
        for n, places in enumerate(listed, start=1)
    ]


@given(st.lists(PLACES, min_size=1, max_size=4))
@settings(max_examples=150)
def test_every_mark_is_in_one_spot_and_none_is_far_from_its_founder(
    listed: list[list[tuple[float, float, float]]],
) -> None:
    sessions = course(listed)
    found = spots(sessions)
    members = [one.mark.id for spot in found for one in spot.marks]
    assert sorted(members) == sorted(mark.id for session in sessions for mark in session.marks)
    for spot in found:
        founder = spot.founded_at
        for one in spot.marks:
            away = math.dist((founder.x, founder.y, founder.z), (one.mark.at.x, one.mark.at.y, one.mark.at.z))
            assert away <= SPOT_WITHIN
    for one in found:
        for other in found:
            if one.number < other.number:
                a, b = one.founded_at, other.founded_at
                assert math.dist((a.x, a.y, a.z), (b.x, b.y, b.z)) > SPOT_WITHIN


@given(st.lists(PLACES, min_size=1, max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=80)
def test_spots_do_not_depend_on_the_order_in_which_sessions_are_handed_over(
    listed: list[list[tuple[float, float, float]]], chance: object
) -> None:
    sessions = course(listed)
    shuffled = list(sessions)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one = [[m.mark.id for m in spot.marks] for spot in spots(sessions)]
    assert one == [[m.mark.id for m in spot.marks] for spot in spots(shuffled)]


@given(st.lists(PLACES, min_size=2, max_size=5))
@settings(max_examples=80)
def test_a_session_more_never_changes_the_spots_before_it(
    listed: list[list[tuple[float, float, float]]],
) -> None:
    sessions = course(listed)
    before, after = spots(sessions[:-1]), spots(sessions)
    for old, new in zip(before, after, strict=False):
        assert [m.mark.id for m in new.marks][: len(old.marks)] == [m.mark.id for m in old.marks]
    assert len(after) >= len(before)


@pytest.mark.parametrize(
    "view", ["full_anterior", "knee_right_medial", "hand_left_palmar", "thorax_posterior"]
)
def test_projecting_all_at_once_is_projecting_each(view: str) -> None:
    shown = atlas().view("adult_female", view)
    places = [
        BodyPoint(*point)
        for placed in atlas().sites("adult_female").by_key.values()
        for patch in placed.entry.patches
        for point in patch.skin
    ]
    shifted = [BodyPoint(p.x, p.y + 2.7 * (i % 4), p.z) for i, p in enumerate(places)]
    falls, seen = project_all(shown, np.array([(p.x, p.y, p.z) for p in shifted]))
    each = [project(shown, place) for place in shifted]
    assert seen.tolist() == [one.visible for one in each]
    assert seen.any()
    assert np.abs(falls - np.array([(one.at.x, one.at.y) for one in each])).max() < 1e-9


def test_projecting_nothing_is_nothing() -> None:
    falls, seen = project_all(atlas().view("adult_female", "full_anterior"), np.zeros((0, 3)))
    assert falls.shape == (0, 2)
    assert seen.shape == (0,)
