"""Which part of a view belongs to which site: the naming rule of the atlas, drawn.

The rule works on the body, not on the view: a point of the skin within a patch's radius of the patch's curve is
inside the patch; among patches that a point is inside of, points win over broad areas, then the one whose curve is
nearer in proportion to its radius (``charting.anatomy.naming`` states the rule; this draws it).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely.geometry import MultiPolygon

from charting.anatomy.naming import BROAD

from .contours import area_of, polygons_of
from .draw import FULL_BODY
from .mesh import Floats, Ints
from .raster import Bools, Camera, Scene, Window, rasterize


@dataclass(frozen=True)
class Patch:
    """A part of the skin that belongs to a site: all within ``radius`` mm of ``curve`` (K, 3), body frame, mm."""

    site: str
    curve: Floats
    radius: float


def distance_to_curve(points: Floats, curve: Floats) -> Floats:
    """Return the distance of points (N, 3) to a chain of points (K, 3), or to its one point."""
    if len(curve) == 1:
        return np.asarray(np.linalg.norm(points - curve[0], axis=1))
    best = np.full(len(points), np.inf)
    for a, b in zip(curve[:-1], curve[1:], strict=True):
        along = b - a
        part = np.clip((points - a) @ along / max(float(along @ along), 1e-12), 0, 1)
        best = np.minimum(best, np.linalg.norm(points - a - part[:, None] * along, axis=1))
    return best


def winners(points: Floats, patches: list[Patch]) -> Ints:
    """Return for each point (N, 3) the index of the patch that names it, -1 where it is inside none."""
    best = np.full(len(points), -1, dtype=np.int64)
    least = np.full(len(points), np.inf)
    tree = cKDTree(points)
    for index, patch in enumerate(patches):
        samples = [patch.curve[:1]]
        for a, b in zip(patch.curve[:-1], patch.curve[1:], strict=True):
            steps = max(1, int(np.ceil(float(np.linalg.norm(b - a)) / (patch.radius / 2))))
            samples.append(a + (b - a) * (np.arange(1, steps + 1) / steps)[:, None])
        found = tree.query_ball_point(np.concatenate(samples), 1.1 * patch.radius)
        near = np.unique(np.concatenate([np.asarray(f, dtype=np.int64) for f in found]))
        if not len(near):
            continue
        d = distance_to_curve(points[near], patch.curve)
        inside = d <= patch.radius
        near, d = near[inside], d[inside]
        order = d / patch.radius + (2.0 if patch.radius >= BROAD else 0.0)  # inside, the share is at most 1
        wins = order < least[near]
        best[near[wins]], least[near[wins]] = index, order[wins]
    return best


def site_polygons(
    camera: Camera, skin: Scene, patches: list[Patch], silhouette: MultiPolygon
) -> dict[str, MultiPolygon]:
    """Return, for each site seen in a view, the polygons (view mm) where a tap is given its name.

    They do not overlap and lie inside the silhouette. Small bits go, unless a site has no other. A whole body's are
    coarser than a close-up's: a finger on it covers a hundred times the area.
    """
    full = max(camera.width, camera.height) > FULL_BODY
    tolerance, smallest = (0.5, 4.0) if full else (0.15, 1.0)  # mm, mm2
    window = Window.over(camera, 0.8 if full else 2.0, margin=2.0)
    raster = rasterize(camera, skin, window)
    i, j = np.nonzero(raster.hit)
    x, y = window.centres()
    points = camera.lift(x[j], y[i], raster.depth[i, j].astype(np.float64))
    sites = sorted({patch.site for patch in patches})
    number = {site: n for n, site in enumerate(sites)}
    of_patch = np.array([number[patch.site] for patch in patches] + [-1], dtype=np.int32)
    labels = np.full(raster.face.shape, -1, dtype=np.int32)
    labels[i, j] = of_patch[winners(points, patches)]
    frame = shapely.box(0, 0, camera.width, camera.height)
    inside = silhouette.buffer(0).intersection(frame)
    result = {}
    for n, site in enumerate(sites):
        cut = _area(labels == n, window, tolerance=tolerance)
        if cut.is_empty:
            continue
        whole = polygons_of(
            shapely.set_precision(cut if inside.contains(cut) else cut.intersection(inside), 0.01)
        )
        large = [polygon for polygon in whole.geoms if polygon.area >= smallest] or list(whole.geoms)[:1]
        if large:
            result[site] = MultiPolygon(large)
    return result


def _area(mask: Bools, window: Window, *, tolerance: float) -> MultiPolygon:
    """Return the outline of a mask in view mm, looking only where the mask is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return MultiPolygon()
    top, left = max(0, int(rows[0]) - 4), max(0, int(columns[0]) - 4)
    part = mask[top : int(rows[-1]) + 5, left : int(columns[-1]) + 5]
    place = Window(
        window.left + left / window.scale,
        window.top + top / window.scale,
        window.scale,
        part.shape[1],
        part.shape[0],
    )
    return area_of(part, place, tolerance=tolerance, sigma=1.2, smallest=0.2)
