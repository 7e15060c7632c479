"""The reference figures agree with published anatomy that was never used to make them.

The facts, their sources and their tolerances are in ``expected_positions.toml``; points are read from
``assets/body_maps/<figure>/sites.json`` (body frame: x to the patient's left, y back, z up, in mm). What does
not agree yet is in ``known_deviations.toml``, and a deviation that is mended must be taken out of it.
"""

from __future__ import annotations

import json
import math
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ASSETS = HERE.parents[1] / "assets" / "body_maps"
FIGURES = ("adult_male", "adult_female")
KINDS = ("distance", "difference", "ratio", "order", "level")

Point = tuple[float, float, float]
Table = dict[str, Any]

EXPECTED: Table = tomllib.loads((HERE / "expected_positions.toml").read_text(encoding="utf-8"))
CHECKS: list[Table] = EXPECTED["check"]


class Figure:
    """Landmarks and site anchors of one figure, by id and side; stature in mm."""

    def __init__(self, name: str) -> None:
        document = json.loads((ASSETS / name / "sites.json").read_text(encoding="utf-8"))
        index = json.loads((ASSETS / "index.json").read_text(encoding="utf-8"))
        self.stature = float(next(f["stature_mm"] for f in index["figures"] if f["id"] == name))
        self.points: dict[tuple[str, str], Point] = {}
        for landmark in document["landmarks"]:
            x, y, z = landmark["at"]
            self.points[landmark["id"], landmark["laterality"]] = (x, y, z)
        for site in document["sites"]:
            place = site.get("level") or site.get("digit")
            key = f"site:{site['structure']}" + (f"/{place}" if place else "")
            curve = [(x, y, z) for x, y, z in site["anchor"]]
            for suffix, point in (("", _middle_of_curve(curve)), ("#start", curve[0]), ("#end", curve[-1])):
                self.points[key + suffix, site["laterality"]] = point

    def point(self, reference: str | list[str]) -> Point:
        """The point a reference names: "id", "id@left", "site:id#end", or the mean of a list of them."""
        if isinstance(reference, list):
            return _mean([self.point(one) for one in reference])
        identifier, _, side = reference.partition("@")
        for laterality in (side,) if side else ("right", "midline"):
            if (identifier, laterality) in self.points:
                return self.points[identifier, laterality]
        raise KeyError(f"no landmark or site {reference!r} in this figure")


def _mean(points: list[Point]) -> Point:
    x, y, z = (sum(values) / len(points) for values in zip(*points, strict=True))
    return (x, y, z)


def _middle_of_curve(curve: list[Point]) -> Point:
    """The point half way along a polyline (mm)."""
    left = sum(map(math.dist, curve, curve[1:])) / 2
    for start, end in zip(curve, curve[1:], strict=False):
        step = math.dist(start, end)
        if step >= left and step > 0:
            share = left / step
            x, y, z = (a + share * (b - a) for a, b in zip(start, end, strict=True))
            return (x, y, z)
        left -= step
    return curve[0]


def _along(point: Point, axis: str) -> float:
    """Coordinate of a point along a named anatomical direction (mm)."""
    x, y, z = point
    return {
        "lateral": abs(x),
        "medial": -abs(x),
        "posterior": y,
        "anterior": -y,
        "superior": z,
        "inferior": -z,
    }[axis]


def _length(figure: Figure, spec: Table) -> float:
    """A distance between two points, a difference along an axis, or the stature (mm)."""
    if spec.get("stature"):
        return figure.stature
    if "between" in spec:
        first, second = spec["between"]
        return math.dist(figure.point(first), figure.point(second))
    upper, lower = figure.point(spec["of"]), figure.point(spec["from"])
    if isinstance(spec["axis"], list):
        start, end = (figure.point(one) for one in spec["axis"])
        size = math.dist(start, end)
        return sum((u - v) * (e - s) / size for u, v, s, e in zip(upper, lower, start, end, strict=True))
    return _along(upper, spec["axis"]) - _along(lower, spec["axis"])


def _level(figure: Figure, check: Table) -> float:
    """Where the height of a point falls in a series of numbered points, interpolated between them."""
    height = figure.point(check["point"])[2]
    rungs = sorted((int(number), figure.point(name)[2]) for number, name in check["series"].items())
    for (number, above), (_, below) in zip(rungs, rungs[1:], strict=False):
        if above >= height >= below and above > below:
            return number + (above - height) / (above - below)
    number, edge = rungs[0] if height > rungs[0][1] else rungs[-1]
    raise AssertionError(f"height {height:.0f} mm is outside the levels ({number} is at {edge:.0f} mm)")


@cache
def _figure(name: str) -> Figure:
    return Figure(name)


def _figures_of(check: Table) -> list[str]:
    return list(check["figures"] if check["kind"] == "order" else check["expected"])


KNOWN: Table = tomllib.loads((HERE / "known_deviations.toml").read_text(encoding="utf-8"))
"""Checks that a figure does not pass yet (``deviates``), and those that have since shaped it (``used``)."""


def _marks(check: Table, name: str) -> list[pytest.MarkDecorator]:
    deviates = KNOWN["deviates"].get(check["id"], {}).get(name)
    return [pytest.mark.xfail(strict=True, reason=deviates)] if deviates else []


CASES = [pytest.param(c, f, id=f"{c['id']}-{f}", marks=_marks(c, f)) for c in CHECKS for f in _figures_of(c)]


@pytest.mark.parametrize(("check", "name"), CASES)
def test_the_figure_agrees_with_published_anatomy(check: Table, name: str) -> None:
    figure = _figure(name)
    if check["kind"] == "order":
        for first, direction, second in check["relations"]:
            gap = _along(figure.point(first), direction) - _along(figure.point(second), direction)
            assert gap > 0, f"{first} is not {direction} to {second} ({gap:.1f} mm): {check['says']}"
        return
    if check["kind"] == "ratio":
        value = _length(figure, check["over"]) / _length(figure, check["under"])
    elif check["kind"] == "level":
        value = _level(figure, check)
    else:
        value = _length(figure, check)
    low, high = check["expected"][name]
    assert low <= value <= high, f"{value:.3g} is not within {low} to {high}: {check['says']}"


def test_every_check_names_a_source_that_was_read() -> None:
    for check in CHECKS:
        source = EXPECTED["sources"][check["source"]]
        assert all(source[key].strip() for key in ("citation", "url", "verified")), check["id"]
    assert set(EXPECTED["sources"]) == {check["source"] for check in CHECKS}


def test_every_check_says_what_it_expects() -> None:
    assert len({check["id"] for check in CHECKS}) == len(CHECKS)
    for check in CHECKS:
        assert check["kind"] in KINDS, check["id"]
        assert check["says"].endswith("."), check["id"]
        assert set(_figures_of(check)) <= set(FIGURES), check["id"]
        if check["kind"] != "order":
            assert check["tolerance"], check["id"]
            assert all(low < high for low, high in check["expected"].values()), check["id"]


def test_at_least_forty_facts_that_shaped_nothing_hold_on_each_figure() -> None:
    for name in FIGURES:
        held = [
            check["id"]
            for check in CHECKS
            if name in _figures_of(check)
            and check["id"] not in KNOWN["used"]
            and name not in KNOWN["deviates"].get(check["id"], {})
        ]
        assert len(held) >= 40


def test_what_is_known_of_a_check_is_known_of_one_that_exists() -> None:
    ids = {check["id"]: set(_figures_of(check)) for check in CHECKS}
    assert set(KNOWN["used"]) <= set(ids)
    assert all(set(figures) <= ids[one] for one, figures in KNOWN["deviates"].items())
