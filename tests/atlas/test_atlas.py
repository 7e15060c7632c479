"""The shipped atlas is whole: drawings, sites and frames agree with one another on both figures."""

from __future__ import annotations

import itertools
import re
from functools import cache
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from charting.anatomy import (
    BodyPoint,
    Laterality,
    View,
    ViewPoint,
    close_ups_at,
    lift,
    load_atlas,
    name_tap,
    project,
)
from charting.domain import OffBodyMap

FIGURES = ("adult_male", "adult_female")
LAYERS = ("skin", "bones", "landmarks", "orientation", "scale", "sites")
LARGEST_DRAWING = 150_000  # bytes
LARGEST_THUMBNAIL = 6_000
LARGEST_ATLAS = 25_000_000
AT_THE_FINGERS = 0.35
"""mm that a bone's drawn contour may overrun the silhouette: half its pen, where a fingertip is slim."""

ATLAS = load_atlas()
VIEWS = tuple((figure, entry.id) for figure in FIGURES for entry in ATLAS.views(figure))
PAIRS = tuple(
    (figure, view) for figure, view in VIEWS if "right" in view and view.replace("right", "left") != view
)
SVG = "{http://www.w3.org/2000/svg}"


@cache
def view(figure: str, name: str) -> View:
    return ATLAS.view(figure, name)


@cache
def drawing(figure: str, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(ATLAS.drawing(view(figure, name)))


def mirrored(point: BodyPoint) -> BodyPoint:
    return BodyPoint(-point.x, point.y, point.z)


def distance(a: BodyPoint, b: BodyPoint) -> float:
    return float(np.linalg.norm([a.x - b.x, a.y - b.y, a.z - b.z]))


def some_points(body_map: View, count: int, seed: int = 7) -> list[ViewPoint]:
    """Return points spread over a view's figure, the same in every run."""
    numbers = np.random.default_rng(seed)
    width, height = body_map.size
    found: list[ViewPoint] = []
    while len(found) < count:
        x, y = numbers.uniform(2, width - 2), numbers.uniform(2, height - 2)
        if body_map.silhouette.contains(shapely.Point(x, y).buffer(1.0)):
            found.append(ViewPoint(float(x), float(y)))
    return found


def test_the_atlas_passes_its_own_check_whole() -> None:
    ATLAS.check()


def test_every_view_exists_for_both_figures_and_all_ids_are_equal() -> None:
    male, female = ([entry.id for entry in ATLAS.views(figure)] for figure in FIGURES)
    assert male == female
    assert len(male) == 59
    sites = [set(ATLAS.sites(figure).by_key) for figure in FIGURES]
    assert sites[0] == sites[1]


def test_all_structures_of_the_source_list_are_there() -> None:
    assert sorted(structure.number for structure in ATLAS.structures) == list(range(1, 228))


def test_the_whole_atlas_stays_small() -> None:
    assert sum(file.stat().st_size for file in ATLAS.folder.rglob("*") if file.is_file()) < LARGEST_ATLAS


def assert_nothing_active(svg: str) -> None:
    """Fail if a drawing runs anything, or loads anything from elsewhere."""
    for element in ElementTree.fromstring(svg).iter():
        assert element.tag.removeprefix(SVG) not in {"script", "foreignObject", "a", "animate", "set"}
        for attribute, value in element.attrib.items():
            assert not attribute.lower().startswith("on")
            if attribute.endswith("href"):
                assert value.startswith(("#", "data:image/jpeg;base64,")), value
    assert not re.search(r"@import|url\((?!#)|javascript:", svg)


@pytest.mark.parametrize(("figure", "name"), VIEWS)
def test_a_thumbnail_is_a_small_drawing_in_the_frame_of_its_view(figure: str, name: str) -> None:
    entry = next(one for one in ATLAS.views(figure) if one.id == name)
    text = (ATLAS.folder / entry.thumbnail).read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    width, height = view(figure, name).size
    assert len(text.encode()) <= LARGEST_THUMBNAIL
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == f"0 0 {width:g} {height:g}"
    assert root.find(f"{SVG}path") is not None
    assert_nothing_active(text)


@pytest.mark.parametrize(("figure", "name"), VIEWS)
def test_a_drawing_has_its_layers_and_nothing_active(figure: str, name: str) -> None:
    body_map = view(figure, name)
    text = ATLAS.drawing(body_map)
    root = drawing(figure, name)
    assert len(text.encode()) <= LARGEST_DRAWING
    assert root.get("viewBox") == f"0 0 {body_map.size[0]:g} {body_map.size[1]:g}"
    groups = [group.get("id") for group in root.findall(f"{SVG}g")]
    assert groups == [f"{name}-{layer}" for layer in LAYERS]
    assert_nothing_active(text)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(one == name or str(one).startswith(f"{name}-") for one in ids)


def _points_of_path(data: str) -> list[tuple[float, float]]:
    """Return the points that a path of M, c and z passes through, and those that its curves lean to."""
    found: list[tuple[float, float]] = []
    at = (0.0, 0.0)
    for command, numbers in re.findall(r"([Mcz])([^Mcz]*)", data):
        values = [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers)]
        if command == "M":
            at = (values[0], values[1])
            found.append(at)
        for i in range(0, len(values) if command == "c" else 0, 6):
            a, b, end = (np.add(at, values[i + k : i + k + 2]) for k in (0, 2, 4))
            start = np.array(at)
            for t in (0.25, 0.5, 0.75, 1.0):
                on = (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t * t * b + t**3 * end
                found.append((float(on[0]), float(on[1])))
            at = (float(end[0]), float(end[1]))
    return found


@pytest.mark.parametrize(("figure", "name"), VIEWS)
def test_every_bone_contour_lies_inside_the_silhouette(figure: str, name: str) -> None:
    body_map = view(figure, name)
    frame = shapely.box(0, 0, *body_map.size)
    outside = shapely.difference(frame, body_map.silhouette.buffer(AT_THE_FINGERS))
    bones = drawing(figure, name).find(f"{SVG}g[@id='{name}-bones']")
    assert bones is not None
    contours = [path for path in bones.iter(f"{SVG}path") if "bone-line" in (path.get("class") or "")]
    assert contours
    points = shapely.points([p for path in contours for p in _points_of_path(path.get("d") or "")])
    shapely.prepare(outside)
    astray = points[shapely.contains(outside, points)]
    assert len(astray) == 0, f"{len(astray)} points, the first at {astray[0]}"


@pytest.mark.parametrize("figure", FIGURES)
def test_every_structure_shows_in_every_view_that_its_row_names(figure: str) -> None:
    shown = {
        entry.id: {s.placed.site.key for s in view(figure, entry.id).sites} for entry in ATLAS.views(figure)
    }
    missing = []
    for structure in ATLAS.structures:
        for side in ("right", "left"):
            for named in structure.views:
                close_ups = [v for v in shown if _is_view(v, named, side)]
                assert len(close_ups) == 1, (structure.id, named, close_ups)
                keys = shown[close_ups[0]]
                lateralities = ("midline",) if structure.side == "midline" else (side,)
                if not any(key.startswith(f"{structure.id}/{one}") for key in keys for one in lateralities):
                    missing.append((structure.id, side, close_ups[0]))
    assert not missing


def _is_view(close_up: str, named: str, side: str) -> bool:
    """Say whether a close-up is the one that a row of the table names without side."""
    region, _, aspect = named.rpartition("_")
    return close_up in (named, f"{region}_{side}_{aspect}") or (
        aspect == "lateral" and close_up == f"{region}_{side}"
    )


@pytest.mark.parametrize("figure", FIGURES)
def test_left_is_the_mirror_of_right(figure: str) -> None:
    placed = ATLAS.sites(figure).by_key
    for key, right in placed.items():
        if "/right" not in key:
            continue
        left = placed[key.replace("/right", "/left")]
        for a, b in zip(right.anchor, left.anchor, strict=True):
            assert distance(a, mirrored(b)) <= 0.5, key


@pytest.mark.parametrize(("figure", "name"), PAIRS)
def test_a_left_view_is_the_mirror_of_the_right_one(figure: str, name: str) -> None:
    right, left = view(figure, name), view(figure, name.replace("right", "left"))
    assert right.size == left.size
    width = right.size[0]
    across = shapely.transform(left.silhouette, lambda xy: np.column_stack([width - xy[:, 0], xy[:, 1]]))
    assert shapely.hausdorff_distance(right.silhouette.boundary, across.boundary) <= 0.5
    for at in some_points(right, 40):
        other = ViewPoint(width - at.x, at.y)
        assert distance(lift(right, at), mirrored(lift(left, other))) <= 0.5 + 0.5 * _steepness(right, at)


def _steepness(body_map: View, at: ViewPoint) -> float:
    """Return how far the skin's depth is open at a point, mm: near 0 where it faces the viewer."""
    skin = body_map.depth.at(at.x, at.y)
    return 0.0 if skin is None else skin.slack


@pytest.mark.parametrize("figure", FIGURES)
def test_the_right_arm_is_where_the_viewer_finds_it(figure: str) -> None:
    sites = ATLAS.sites(figure)
    wrist = sites.site("wrist.radial_collateral_ligament/right").anchor[0]
    for name, right_is_left in (("full_anterior", True), ("full_posterior", False)):
        body_map = view(figure, name)
        middle = body_map.size[0] / 2
        assert (project(body_map, wrist).at.x < middle) is right_is_left
        letters = {
            text.text: float(text.get("x") or 0)
            for text in drawing(figure, name).iter(f"{SVG}text")
            if text.text in ("R", "L")
        }
        assert (letters["R"] < letters["L"]) is right_is_left


@pytest.mark.parametrize(("figure", "name"), VIEWS)
@given(data=st.data())
def test_what_is_lifted_projects_back(figure: str, name: str, data: st.DataObject) -> None:
    body_map = view(figure, name)
    x = data.draw(st.floats(0, body_map.size[0]))
    y = data.draw(st.floats(0, body_map.size[1]))
    try:
        point = lift(body_map, ViewPoint(x, y))
    except OffBodyMap:
        assert not body_map.silhouette.contains(shapely.Point(x, y))
        return
    back = project(body_map, point)
    assert back.visible
    assert abs(back.at.x - x) <= 0.5
    assert abs(back.at.y - y) <= 0.5


@pytest.mark.parametrize("figure", FIGURES)
def test_a_place_seen_in_two_views_has_one_name(figure: str) -> None:
    names = [entry.id for entry in ATLAS.views(figure)]
    seen_twice = different = 0
    for one, other in itertools.permutations(names, 2):
        if not _could_share(one, other):
            continue
        first, second = view(figure, one), view(figure, other)
        for at in some_points(first, 12):
            place = lift(first, at)
            there = project(second, place)
            if not there.visible or _steepness(second, there.at) > 2 or _steepness(first, at) > 2:
                continue
            if (
                distance(place, lift(second, there.at)) > 1.5
            ):  # the skin turns away; the grids see it a little apart
                continue
            here = name_tap(first, at).best
            again = name_tap(second, there.at).best
            seen_twice += 1
            if (here and here.site.key) != (again and again.site.key) and not _on_a_border(first, at):
                different += 1
    assert seen_twice > 400
    assert different == 0


def _could_share(one: str, other: str) -> bool:
    """Say whether two views may show the same skin: of one side, or of none."""
    sides = [{"right", "left"} & set(name.split("_")) for name in (one, other)]
    return not (sides[0] and sides[1] and sides[0] != sides[1])


def _on_a_border(body_map: View, at: ViewPoint) -> bool:
    """Say whether the name changes within a millimetre and a half: two grids know a place no better."""
    keys = set()
    for dx, dy in (
        (0, 0),
        (1.5, 0),
        (-1.5, 0),
        (0, 1.5),
        (0, -1.5),
        (1.1, 1.1),
        (-1.1, 1.1),
        (1.1, -1.1),
        (-1.1, -1.1),
    ):
        try:
            best = name_tap(body_map, ViewPoint(at.x + dx, at.y + dy)).best
        except OffBodyMap:
            return True
        keys.add(best.site.key if best else None)
    return len(keys) > 1


@pytest.mark.parametrize("figure", FIGURES)
def test_the_anchor_of_a_site_is_named_after_it_where_it_can_be_seen(figure: str) -> None:
    wrong = total = 0
    for entry in ATLAS.views(figure):
        body_map = view(figure, entry.id)
        for site in body_map.sites:
            best = name_tap(body_map, site.anchor).best
            total += 1
            wrong += best is None or best.site.key != site.placed.site.key
    assert wrong <= 0.01 * total, f"{wrong} of {total}"


@pytest.mark.parametrize("figure", FIGURES)
def test_no_name_crosses_the_midline(figure: str) -> None:
    for name in ("full_anterior", "full_posterior", "low_back_posterior", "pelvis_anterior"):
        body_map = view(figure, name)
        for at in some_points(body_map, 150):
            naming = name_tap(body_map, at)
            if (
                naming.best
                and naming.best.site.laterality is not Laterality.MIDLINE
                and abs(naming.at.x) > 12
            ):
                assert naming.best.site.laterality is naming.side


@pytest.mark.parametrize("figure", FIGURES)
def test_a_tap_on_the_whole_body_offers_the_close_ups_there(figure: str) -> None:
    body_map = view(figure, "full_anterior")
    knee = ATLAS.sites(figure).site("knee.patellar_tendon.tibia/left").anchor[0]
    assert "knee_left_anterior" in close_ups_at(body_map, project(body_map, knee).at)
