"""The drawing of a view, tested on a made-up body: an ellipsoid of skin with two bones in it."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
import zlib
from functools import cache

import numpy as np
import pytest
import shapely

pytest.importorskip("numba")
pytest.importorskip("svgwrite")

from tools.body_maps.areas import Patch, distance_to_curve, site_polygons, winners
from tools.body_maps.contours import (
    Line,
    area_of,
    bezier,
    crack_lines,
    held_outlines,
    joined_lines,
    junctions,
    label_cracks,
    outlines,
    path_data,
    signed_area,
)
from tools.body_maps.draw import (
    Captions,
    Drawing,
    Landmark,
    Plate,
    SiteArea,
    draw_body_map,
    resolved,
    text_size,
)
from tools.body_maps.labels import Label, place_labels, text_width
from tools.body_maps.mesh import Mesh, subdivided
from tools.body_maps.raster import Camera, DepthGrid, Scene, Window, depth_grid, rasterize, scene_of

SVG = "{http://www.w3.org/2000/svg}"
ANTERIOR = np.array([[1.0, 0, 0, 70], [0, 0, -1, 100], [0, -1, 0, 0]])
CAMERA = Camera("made_up", ANTERIOR, 140.0, 200.0)


def ball(centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Mesh:
    """Return an ellipsoid as a fine mesh, mm."""
    corners = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    faces = np.array(
        [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]],
        dtype=np.int64,
    )
    mesh = subdivided(Mesh(corners, faces), 6)
    unit = mesh.vertices / np.linalg.norm(mesh.vertices, axis=1, keepdims=True)
    return mesh.moved(unit * np.array(radii) + np.array(centre))


@cache
def skin() -> Scene:
    return scene_of({"skin": ball((0, 0, 0), (50, 40, 80))}, directions=16, pixels=200)


@cache
def bones() -> Scene:
    return scene_of(
        {"near": ball((-8, -20, 10), (14, 10, 25)), "far": ball((10, 5, 0), (12, 12, 30))},
        directions=16,
        pixels=200,
    )


LANDMARKS = [
    Landmark("top", "Top of the near bone", np.array([-8.0, -22, 33]), "right"),
    Landmark("side", "Side of the near bone", np.array([-21.0, -20, 10]), "right"),
    Landmark("hidden", "Hidden behind the near bone", np.array([-5.0, 10, 5])),
    Landmark("off", "Off the frame", np.array([300.0, 0, 0])),
]


@cache
def drawing() -> Drawing:
    area = shapely.MultiPolygon([shapely.box(60, 90, 70, 100)])
    sites = [SiteArea("made.up/right", np.array([[65.0, 95.0]]), area)]
    captions = Captions("A made-up view", ("lateral", "medial"), ("R", "L"))
    return draw_body_map(Plate(CAMERA, skin(), bones()), landmarks=LANDMARKS, sites=sites, captions=captions)


def ellipse(x: float, y: float) -> shapely.Polygon:
    turn = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    return shapely.Polygon(np.stack([70 + x * np.cos(turn), 100 + y * np.sin(turn)], axis=1))


def test_silhouette_is_within_a_fifth_of_a_millimetre_of_the_true_outline() -> None:
    assert shapely.hausdorff_distance(drawing().silhouette.boundary, ellipse(50, 80).boundary) < 0.2


def test_drawn_outline_follows_the_true_one_and_is_smooth() -> None:
    path = ET.fromstring(drawing().svg).find(".//*[@id='made_up-outline']")
    assert path is not None
    points, tangents = flattened(path.attrib["d"])
    inside = ((points[:, 0] - 70) / 50) ** 2 + ((points[:, 1] - 100) / 80) ** 2
    assert np.abs(np.sqrt(inside) - 1).max() * 80 < 0.25
    turn = np.abs(np.diff(np.unwrap(tangents)))[7::8]  # where one segment ends and the next begins
    assert np.degrees(turn.max()) < 3  # no corner anywhere


def flattened(data: str) -> tuple[np.ndarray, np.ndarray]:
    """Return points and directions along path data of one M, relative c and z."""
    numbers = [float(v) for v in re.findall(r"-?\d*\.?\d+", data)]
    at, rest = np.array(numbers[:2]), np.array(numbers[2:]).reshape(-1, 3, 2)
    points, directions = [], []
    for control, other, end in rest:
        p0, p1, p2, p3 = at, at + control, at + other, at + end
        for s in np.linspace(0, 1, 8):
            r = 1 - s
            points.append(r**3 * p0 + 3 * s * r * r * p1 + 3 * s * s * r * p2 + s**3 * p3)
            d = r * r * (p1 - p0) + 2 * r * s * (p2 - p1) + s * s * (p3 - p2)
            directions.append(np.arctan2(d[1], d[0]))
        at = at + end
    return np.array(points), np.array(directions)


def test_svg_parses_and_has_its_layers_with_ids_of_the_view() -> None:
    root = ET.fromstring(drawing().svg)
    assert root.attrib["viewBox"] == "0 0 140 200"
    layers = [g.attrib["id"] for g in root.findall(f"{SVG}g")]
    assert layers == [f"made_up-{k}" for k in ("skin", "bones", "landmarks", "orientation", "scale", "sites")]
    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids))
    assert all(i == "made_up" or i.startswith("made_up-") for i in ids)


def test_svg_has_no_script_and_refers_to_nothing_outside() -> None:
    svg = drawing().svg
    root = ET.fromstring(svg)
    assert not [
        e for e in root.iter() if e.tag.endswith("script") or any(k.startswith("on") for k in e.attrib)
    ]
    for element in root.iter():
        for key, value in element.attrib.items():
            if key.endswith("href"):
                assert value.startswith(("#", "data:image/jpeg;base64,"))
            for address in re.findall(r"url\(([^)]*)\)", value):
                assert address.startswith("#made_up-")
    assert "@import" not in svg


def test_letters_words_and_scale_are_written() -> None:
    root = ET.fromstring(drawing().svg)
    words = {t.text: t for t in root.iter(f"{SVG}text")}
    assert {"R", "L", "lateral", "medial", "5 cm on the reference figure"} <= set(words)
    assert float(words["R"].attrib["x"]) < 70 < float(words["L"].attrib["x"])
    bar = root.find(f".//{SVG}g[@id='made_up-scale']/{SVG}path")
    assert bar is not None
    assert "h50v" in bar.attrib["d"]


def test_landmarks_that_the_view_sees_are_named_and_others_are_not() -> None:
    assert [landmark.id for landmark, _ in drawing().landmarks] == ["top", "side"]
    x, y = drawing().landmarks[0][1]
    assert (x, y) == pytest.approx((62.0, 67.0))


def test_site_carries_its_key() -> None:
    site = ET.fromstring(drawing().svg).find(f".//{SVG}g[@data-site]")
    assert site is not None
    assert site.attrib["data-site"] == "made.up/right"


def test_drawing_is_the_same_each_time() -> None:
    again = draw_body_map(Plate(CAMERA, skin(), bones()), landmarks=LANDMARKS)
    first = draw_body_map(Plate(CAMERA, skin(), bones()), landmarks=LANDMARKS)
    assert again.svg == first.svg
    assert again.thumbnail == first.thumbnail


def test_bones_inside_the_skin_are_not_cut_and_others_are_measured() -> None:
    assert drawing().bones_outside == 0
    out = scene_of({"out": ball((44, 0, 0), (18, 10, 18))}, directions=8, pixels=100)
    drawn = draw_body_map(Plate(CAMERA, skin(), out))
    expected = ellipse(1, 1)  # the bone's outline less the skin's
    expected = shapely.affinity.translate(shapely.affinity.scale(expected, 18, 18), 44, 0).difference(
        ellipse(50, 80)
    )
    assert drawn.bones_outside == pytest.approx(expected.area, rel=0.02)
    group = ET.fromstring(drawn.svg).find(f".//{SVG}g[@id='made_up-bones']")
    assert group is not None
    assert group.attrib["clip-path"] == "url(#made_up-clip)"


def test_thumbnail_is_small_and_parses() -> None:
    assert len(drawing().thumbnail) <= 6144
    assert ET.fromstring(drawing().thumbnail).attrib["viewBox"] == "0 0 140 200"


@pytest.mark.parametrize("theme", ["", "tone-2", "tone-3", "dark", "plain"])
def test_resolved_drawing_needs_no_variables(theme: str) -> None:
    svg = resolved(drawing().svg, theme, layers=("bones", "sites"))
    assert "var(" not in svg
    root = ET.fromstring(svg)
    assert root.attrib["class"].split() == [
        "body-map",
        *([theme] if theme else []),
        "show-sites",
        "no-landmarks",
    ]


def test_left_view_is_the_mirror_of_the_right() -> None:
    camera = Camera(
        "other",
        ANTERIOR * np.array([[-1], [1], [1]]) + np.array([[0, 0, 0, 140], [0] * 4, [0] * 4]),
        140,
        200,
    )
    mirrored = draw_body_map(Plate(camera, skin(), bones()))
    flipped = shapely.affinity.scale(mirrored.silhouette, -1, 1, origin=(70, 100))
    assert shapely.hausdorff_distance(flipped.boundary, drawing().silhouette.boundary) < 0.2


def test_depth_grid_lifts_to_the_skin() -> None:
    grid = depth_grid(CAMERA, skin())
    assert grid.depth.shape == (201, 141)
    i, j = np.nonzero(np.isfinite(grid.depth))
    point = CAMERA.lift(j * grid.spacing, i * grid.spacing, grid.depth[i, j])
    on = np.sqrt((point**2 / np.array([50.0, 40, 80]) ** 2).sum(axis=1))
    steep = np.abs(point[:, 1]) > 5
    assert np.abs(on[steep] - 1).max() * 40 < 0.5
    assert CAMERA.project(point)[:, :2] == pytest.approx(np.stack([j, i], axis=1) * grid.spacing)


def test_depth_grid_survives_its_encoding() -> None:
    grid = DepthGrid(1.0, np.array([[1.0, np.nan], [-300.25, 700.0]]))
    coded = grid.encoded()
    bend = np.frombuffer(zlib.decompress(base64.b64decode(str(coded["data"]))), dtype="<u2").reshape(2, 2)
    steps = np.cumsum(np.cumsum(bend, axis=1, dtype=np.uint16), axis=0, dtype=np.uint16)
    assert steps[0, 1] == DepthGrid.EMPTY
    back = float(str(coded["offset"])) + float(str(coded["scale"])) * steps
    assert back[[0, 1, 1], [0, 0, 1]] == pytest.approx([1.0, -300.25, 700.0], abs=0.026)


def test_empty_depth_grid_is_encoded() -> None:
    coded = DepthGrid(1.0, np.full((2, 2), np.nan)).encoded()
    assert (coded["columns"], coded["rows"], coded["offset"]) == (2, 2, 0.0)


def test_patches_name_what_lies_within_them() -> None:
    patches = [
        Patch("one", np.array([[0.0, 0, 0]]), 5.0),
        Patch("two", np.array([[9.0, 0, 0], [9.0, 0, 30]]), 3.0),
    ]
    points = np.array([[0.0, 0, 0], [4.9, 0, 0], [5.5, 0, 0], [6.1, 0, 0], [9.0, 0, 32], [0, 0, 11]])
    assert winners(points, patches).tolist() == [0, 0, -1, 1, 1, -1]


def test_distance_to_a_curve() -> None:
    curve = np.array([[0.0, 0, 0], [10.0, 0, 0]])
    points = np.array([[5.0, 3, 4], [13.0, 4, 0], [-1.0, 0, 0]])
    assert distance_to_curve(points, curve).tolist() == [5.0, 5.0, 1.0]


def test_site_polygons_keep_to_the_rule_and_to_themselves() -> None:
    front = -40 * np.sqrt(1 - (10 / 50) ** 2)
    patches = [
        Patch("large", np.array([[0.0, -40, 0]]), 20.0),
        Patch("small", np.array([[10.0, front, 0]]), 6.0),
        Patch("behind", np.array([[0.0, 40, 0]]), 20.0),
        Patch("edge", np.array([[50.0, 0, 0]]), 15.0),
    ]
    found = site_polygons(CAMERA, skin(), patches, drawing().silhouette)
    assert sorted(found) == ["edge", "large", "small"]
    assert all(area.is_valid for area in found.values())
    assert found["small"].intersection(found["large"]).area < 0.02 * found["small"].area
    assert found["edge"].difference(drawing().silhouette.buffer(0.011)).is_empty
    grid = depth_grid(CAMERA, skin(), spacing=1.0)
    i, j = np.nonzero(np.isfinite(grid.depth))
    points = CAMERA.lift(j * 1.0, i * 1.0, grid.depth[i, j])
    winner = winners(points, patches)
    for number, patch in enumerate(patches[:2]):
        drawn = shapely.contains_xy(found[patch.site], j.astype(float), i.astype(float))
        ruled = winner == number
        off = shapely.distance(shapely.points(j, i), found[patch.site].boundary)
        assert not ((drawn != ruled) & (off > 0.6)).any()


def test_names_do_not_overlap() -> None:
    size = text_size(CAMERA)
    labels = [Label(f"Landmark number {n}", (60.0 + n, 80.0 + 3 * n)) for n in range(8)]
    window = Window(0, 0, 2, 280, 400)
    placed = place_labels(
        labels,
        [label.point for label in labels],
        size=size,
        width=140,
        height=200,
        taken=[(0, 190, 40, 200)],
        ground=np.zeros((400, 280), dtype=bool),
        window=window,
    )
    boxes = [shapely.box(*one.box) for one in placed]
    assert len(boxes) == 8
    assert not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[n + 1 :])
    assert all(shapely.box(0, 0, 140, 200).contains(b) for b in boxes)


def test_text_width_grows_with_the_text() -> None:
    assert text_width("ill", 10) < text_width("mmm", 10)


# --- contours


def disc(radius: float, size: int = 200) -> np.ndarray:
    y, x = np.mgrid[0:size, 0:size] + 0.5
    return np.asarray(np.hypot(x - size / 2, y - size / 2) < radius)


def test_outline_of_a_ring_turns_both_ways() -> None:
    mask = disc(80) & ~disc(30)
    lines = outlines(mask, Window(0, 0, 4, 200, 200))
    areas = sorted(signed_area(line.points) for line in lines)
    assert areas == pytest.approx([-np.pi * 20**2, np.pi * 7.5**2], rel=0.01) or areas == pytest.approx(
        [-np.pi * 7.5**2, np.pi * 20**2], rel=0.01
    )
    assert area_of(mask, Window(0, 0, 4, 200, 200), tolerance=0.05).area == pytest.approx(
        np.pi * (20**2 - 7.5**2), rel=0.01
    )


def test_empty_mask_has_no_outline() -> None:
    assert outlines(np.zeros((5, 5), dtype=bool), Window(0, 0, 1, 5, 5)) == []


def test_cracks_meet_at_junctions_and_run_on_through_them() -> None:
    labels = np.full((20, 20), -1, dtype=np.int32)
    labels[5:15, 2:18] = 1
    labels[5:15, 10:18] = 2
    cracks = label_cracks(labels)
    assert int(junctions(*cracks).sum()) == 2
    lines = crack_lines(*cracks)
    assert len(lines) == 3
    assert sum(line.length for line in lines) == 2 * (10 + 16) + 10
    joined = joined_lines(lines, [0] * 3)
    assert sorted(line.closed for line, _ in joined) == [False, True]


def test_held_corners_stay_where_they_are() -> None:
    labels = np.full((40, 40), -1, dtype=np.int32)
    labels[10:30, 5:35] = 1
    held = np.zeros((41, 41), dtype=bool)
    held[10, 5] = held[30, 35] = True
    (line,) = held_outlines(labels == 1, held, fine=2, broad=5)
    assert np.abs(line.points - [5, 10]).sum(axis=1).min() < 1e-9
    assert np.abs(line.points - [35, 30]).sum(axis=1).min() < 1e-9
    assert np.abs(line.points - [35, 10]).sum(axis=1).min() > 0.1


@pytest.mark.parametrize("tolerance", [0.05, 0.2])
def test_bezier_stays_within_its_tolerance(tolerance: float) -> None:
    turn = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    points = np.stack([30 * np.cos(turn), 20 * np.sin(turn) + 4 * np.cos(3 * turn)], axis=1)
    curve = bezier(Line(points, True), tolerance)
    drawn, _ = flattened(path_data([curve], quantum=0.01))
    ring = shapely.LinearRing(points)
    assert shapely.distance(shapely.points(drawn), ring).max() < 1.6 * tolerance
    assert len(curve.segments) < 30


def test_bezier_keeps_corners() -> None:
    side = np.linspace(0, 1, 50, endpoint=False)
    square = np.concatenate([np.stack([side, 0 * side], 1), np.stack([0 * side + 1, side], 1)])
    square = np.concatenate([square, 1 - square]) * 20
    curve = bezier(Line(square, True), 0.05)
    ends = np.concatenate([curve.start[None], curve.segments[:, 4:]])
    for corner in ((0, 0), (20, 0), (20, 20), (0, 20)):
        assert np.hypot(*(ends - corner).T).min() < 1e-9


def test_path_data_is_short_and_relative() -> None:
    points = np.array([[0.0, 0], [1, 0], [2, 0], [3, 0]])
    curve = bezier(Line(points, False), 0.1)
    assert path_data([curve], quantum=0.05) == "M0 0c1 0 2 0 3 0"


def test_raster_sees_the_nearer_of_two() -> None:
    window = Window.over(CAMERA, 1.0)
    part = rasterize(CAMERA, bones(), window).part
    row, column = (int(v) for v in window.pixel(np.array(64.0), np.array(95.0)))
    assert bones().names[part[row, column]] == "near"
    assert part[0, 0] == -1
