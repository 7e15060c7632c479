"""What holds of every place, and not only of the ones that someone thought of."""

from __future__ import annotations

import math

import shapely
from hypothesis import given
from hypothesis import strategies as some

from charting.anatomy import (
    Atlas,
    BodyPoint,
    Laterality,
    Naming,
    Site,
    SiteName,
    View,
    ViewPoint,
    laterality_of,
    lift,
    name_place,
    name_tap,
    project,
)
from charting.anatomy.naming import BROAD, PatchTable
from charting.domain import OffBodyMap
from tests.synthetic import FIGURES, VIEWS

coordinates = some.floats(-1000, 1000)
places = some.builds(BodyPoint, coordinates, coordinates, coordinates)
view_ids = some.sampled_from([view[0] for view in VIEWS])
figures = some.sampled_from(list(FIGURES))
fractions = some.floats(0, 1)


def some_point_on(view: View, across: float, down: float) -> ViewPoint:
    """Return a point on the figure: on a level of the silhouette, some way along it."""
    left, top, right, bottom = view.silhouette.bounds
    level = top + (bottom - top) * (0.001 + 0.998 * down)
    on = shapely.intersection(view.silhouette, shapely.LineString([(left - 1, level), (right + 1, level)]))
    parts = [part for part in getattr(on, "geoms", [on]) if part.length > 0]
    chosen = parts[min(int(across * len(parts)), len(parts) - 1)]
    at = chosen.interpolate(across * len(parts) % 1, normalized=True)
    return ViewPoint(at.x, at.y)


@given(figures, view_ids, fractions, fractions)
def test_lifting_a_point_and_projecting_it_back_returns_it(
    synthetic: Atlas, figure: str, view_id: str, across: float, down: float
) -> None:
    view = synthetic.view(figure, view_id)
    at = some_point_on(view, across, down)
    back = project(view, lift(view, at))
    assert math.dist((at.x, at.y), (back.at.x, back.at.y)) < 1e-6
    assert back.visible


@given(figures, view_ids, view_ids, fractions, fractions)
def test_a_place_has_the_same_name_in_every_view_that_shows_it(
    synthetic: Atlas, figure: str, view_id: str, other_id: str, across: float, down: float
) -> None:
    view, other = synthetic.view(figure, view_id), synthetic.view(figure, other_id)
    place = lift(view, some_point_on(view, across, down))
    there = project(other, place)
    if not there.visible:
        return
    lifted = lift(other, there.at)
    # the two grids know the place to a few millimetres; the name may change by no more than that allows
    apart = math.dist((place.x, place.y, place.z), (lifted.x, lifted.y, lifted.z))
    assert apart <= 8.0
    one = name_place(view.on_figure.table, place, reach=5)
    two = name_tap(other, there.at, reach=5 + apart)
    if one.best:
        assert one.best.name in [name.name for name in (two.best, *two.others) if name]


@given(figures, view_ids, some.floats(-2000, 2000), some.floats(-2000, 2000), some.floats(0, 500))
def test_any_tap_has_a_name_or_none_or_is_off_the_figure_and_nothing_else_happens(
    synthetic: Atlas, figure: str, view_id: str, x: float, y: float, reach: float
) -> None:
    view = synthetic.view(figure, view_id)
    try:
        naming = name_tap(view, ViewPoint(x, y), reach)
    except OffBodyMap:
        assert view.silhouette.distance(shapely.Point(x, y)) > 0
        return
    assert naming.others or naming.best
    assert all(name.outside <= reach for name in ([naming.best] if naming.best else []))
    assert naming.side is laterality_of(naming.at)


@given(places)
def test_mirroring_twice_changes_nothing_and_once_exchanges_the_sides(place: BodyPoint) -> None:
    assert place.mirrored().mirrored() == place
    assert laterality_of(place.mirrored()) is laterality_of(place).mirrored()


@given(places, places)
def test_mirroring_keeps_distances(one: BodyPoint, other: BodyPoint) -> None:
    def apart(a: BodyPoint, b: BodyPoint) -> float:
        return math.dist((a.x, a.y, a.z), (b.x, b.y, b.z))

    assert apart(one, other) == apart(one.mirrored(), other.mirrored())


@given(
    some.sampled_from(Laterality), some.sampled_from([None, "L4", "L4L5"]), some.sampled_from([None, 1, 5])
)
def test_a_site_mirrored_twice_is_itself(side: Laterality, level: str | None, digit: int | None) -> None:
    site = Site(structure="knee.mcl.tibial", laterality=side, level=level, digit=digit)
    assert site.mirrored().mirrored() == site
    assert site.mirrored().laterality is side.mirrored()
    assert site.mirrored().structure == site.structure


@given(figures, places, some.floats(0, 300))
def test_the_mirrored_place_has_the_mirrored_names(
    synthetic: Atlas, figure: str, place: BodyPoint, reach: float
) -> None:
    if abs(place.x) < 1e-9:
        return  # at the midline the two sides of a paired structure are equally far
    table = synthetic.sites(figure).table
    here, there = name_place(table, place, reach), name_place(table, place.mirrored(), reach)
    if here.best and there.best:
        assert there.best.site == here.best.site.mirrored()
    assert bool(here.best) is bool(there.best)
    assert there.side is here.side.mirrored()


@given(figures, some.data())
def test_every_site_is_found_from_every_point_of_its_own_patch(
    synthetic: Atlas, figure: str, data: some.DataObject
) -> None:
    sites = synthetic.sites(figure)
    placed = data.draw(some.sampled_from(list(sites.by_key.values())), label="site")
    patch = data.draw(some.sampled_from(placed.patches), label="patch")
    start = data.draw(some.sampled_from(patch.skin), label="point of the curve")
    turn, away = data.draw(some.floats(0, 2 * math.pi)), data.draw(some.floats(0, 0.999)) * patch.radius
    place = BodyPoint(start.x + away * math.cos(turn), start.y, start.z + away * math.sin(turn))
    naming = name_place(sites.table, place)
    found = [name for name in (naming.best, *naming.others) if name]
    assert placed.site in [name.site for name in found]
    assert naming.best is not None
    assert naming.best.outside == 0


patches = some.lists(
    some.tuples(
        some.lists(some.tuples(*[some.integers(-8, 8).map(float)] * 3), min_size=1, max_size=4),
        some.sampled_from([4.0, 6.0, 8.9, 9.0, 14.0, 20.0]),
    ),
    min_size=1,
    max_size=12,
)


@given(
    patches, some.builds(BodyPoint, *[some.integers(-12, 12)] * 3), some.sampled_from([0.0, 1.0, 3.0, 15.0])
)
def test_names_come_in_the_stated_order_and_as_a_patient_search_finds_them(
    drawn: list[tuple[list[tuple[float, float, float]], float]], place: BodyPoint, reach: float
) -> None:
    sites = [Site(structure=f"knee.s{i:02}", laterality=Laterality.LEFT) for i in range(len(drawn))]
    radius = {site.key: patch[1] for site, patch in zip(sites, drawn, strict=True)}
    table = PatchTable.of((site, site.key, *patch) for site, patch in zip(sites, drawn, strict=True))
    naming: Naming = name_place(table, place, reach)
    found = [name for name in (naming.best, *naming.others) if name]

    def rank(name: SiteName) -> tuple[float, bool, float, str]:
        own = radius[name.site.key]
        return name.outside, own >= BROAD, name.distance / own, name.site.key

    assert found == sorted(found, key=rank)

    at = distances_by_walking(drawn, place)
    for name in found:
        assert math.isclose(name.distance, at[name.site.key], abs_tol=1e-9)
    within = {key for key in at if max(at[key] - radius[key], 0) <= reach}
    assert bool(naming.best) is bool(within)
    if naming.best:
        assert {name.site.key for name in found} <= within
        assert len(found) == min(len(within), 6)


def distances_by_walking(
    drawn: list[tuple[list[tuple[float, float, float]], float]], place: BodyPoint
) -> dict[str, float]:
    """Return the distance to each curve by walking it, one piece after another."""
    p = (place.x, place.y, place.z)
    found = {}
    for i, (curve, _) in enumerate(drawn):
        best = math.dist(p, curve[0])
        for a, b in zip(curve, curve[1:], strict=False):
            run = [b[k] - a[k] for k in range(3)]
            length2 = sum(r * r for r in run)
            t = sum((p[k] - a[k]) * run[k] for k in range(3)) / length2 if length2 else 0.0
            t = min(max(t, 0.0), 1.0)
            best = min(best, math.dist(p, [a[k] + t * run[k] for k in range(3)]))
        found[f"knee.s{i:02}/left"] = best
    return found
