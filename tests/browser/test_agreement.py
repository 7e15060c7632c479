"""The browser's lift, projection and names are the server's: what shows at once is what will be stored."""

from __future__ import annotations

import random
from typing import Any

import pytest

from charting.anatomy import Atlas, lift, name_tap, project
from charting.domain import BodyPoint, OffBodyMap, ViewPoint
from tests.browser.conftest import Doctor

VIEWS = (
    "knee_right_anterior",
    "low_back_posterior",
    "shoulder_left_posterior",
    "hand_right_dorsal",
    "full_posterior",
)
FIGURE = "adult_female"
POINTS = 400

ASKED = """async ([figure, name, points, bodies]) => {
  const { atlas } = document.getElementById('exam').surface;
  const view = await atlas.view(figure, name);
  return {
    lifted: points.map(([x, y]) => view.lift(x, y)),
    named: points.map(([x, y, reach]) => view.name(x, y, reach).key),
    projected: bodies.map(([x, y, z]) => view.project({ x, y, z })),
  };
}"""


@pytest.mark.parametrize("name", VIEWS)
def test_the_browser_agrees_with_the_server_on_random_points(
    doctor: Doctor, real_atlas: Atlas, name: str
) -> None:
    view = real_atlas.view(FIGURE, name)
    chance = random.Random(name)
    width, height = view.size
    points = [
        (chance.uniform(0, width), chance.uniform(0, height), chance.choice((0.0, 4.0)))
        for _ in range(POINTS)
    ]
    lifted: list[BodyPoint | None] = []
    for x, y, _ in points:
        try:
            lifted.append(lift(view, ViewPoint(x, y)))
        except OffBodyMap:
            lifted.append(None)
    bodies = [
        (place.x + chance.gauss(0, 4), place.y + chance.gauss(0, 4), place.z + chance.gauss(0, 4))
        for place in lifted
        if place is not None
    ]
    told: dict[str, Any] = doctor.page.evaluate(ASKED, [FIGURE, name, points, bodies])
    named = agreed = 0
    for (x, y, reach), place, there, key in zip(points, lifted, told["lifted"], told["named"], strict=True):
        assert (place is None) == (there is None)
        if place is None:
            continue
        assert (there["x"], there["y"], there["z"]) == pytest.approx((place.x, place.y, place.z), abs=1e-6)
        best = name_tap(view, ViewPoint(x, y), reach).best
        named += 1
        agreed += (best.site.key if best else None) == key
    for body, seen in zip(bodies, told["projected"], strict=True):
        expected = project(view, BodyPoint(*body))
        assert (seen["x"], seen["y"]) == pytest.approx((expected.at.x, expected.at.y), abs=1e-6)
        assert seen["visible"] == expected.visible
    # by outlines, which are rounded and do not say how broad a site is: the server settles the rest
    assert agreed / named >= 0.96, f"{agreed} of {named}"
