"""From rasters to lines: smooth outlines, lines along jumps, and the Bezier paths that draw them.

Points are (N, 2) arrays, x then y. In pixel space (0, 0) is the corner of the first pixel; ``to_view`` turns that
into the view frame in mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry, BaseMultipartGeometry
from skimage.measure import find_contours

from .mesh import Floats, Ints
from .raster import Bools, Image, Labels, Window, compiled


@dataclass(frozen=True)
class Line:
    """A chain of points (N, 2); a closed one does not repeat its first point. ``weight`` (N,) is its strength."""

    points: Floats
    closed: bool
    weight: Floats | None = None

    @property
    def length(self) -> float:
        """Its length, in the unit of its points."""
        points = np.concatenate([self.points, self.points[:1]]) if self.closed else self.points
        return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def to_view(points: Floats, window: Window) -> Floats:
    """Return pixel-space points in the view frame, mm."""
    return points / window.scale + np.array([window.left, window.top])


# --- outlines of masks ---------------------------------------------------------------------------------------


def outlines(
    mask: Bools, window: Window, *, sigma: float = 1.4, broad: float = 1.0, smallest: float = 0.0
) -> list[Line]:
    """Return the closed outlines of a mask in view mm; loops under ``smallest`` mm2 go.

    They are smoothed by ``sigma`` pixels, and where they are nearly straight by ``broad`` mm along themselves.

    Outer loops and holes turn opposite ways, so that an even-odd or non-zero fill shows the mask.
    """
    boxes = ndimage.find_objects(mask.astype(np.int8))
    if not boxes or boxes[0] is None:
        return []
    pad = int(np.ceil(3 * sigma)) + 1
    rows, columns = boxes[0]
    cut = np.pad(mask[rows, columns].astype(np.float32), pad)
    soft = ndimage.gaussian_filter(cut, sigma, truncate=3.0) if sigma > 0 else cut
    found = []
    for loop in find_contours(soft, 0.5):
        points = loop[:-1, ::-1] + 0.5 - pad + np.array([columns.start, rows.start])
        points = to_view(points, window)
        if len(points) >= 8 and abs(signed_area(points)) > smallest:
            even = Line(evenly(points, True, 1 / window.scale), True)
            found.append(softened(even, sigma, broad * window.scale, hold=0.6 / window.scale))
    return found


def signed_area(points: Floats) -> float:
    """Return the signed area of a closed chain, in the unit of its points squared."""
    x, y = points.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def evenly(points: Floats, closed: bool, step: float) -> Floats:
    """Return the chain with points about ``step`` apart along it."""
    whole = np.concatenate([points, points[:1]]) if closed else points
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(whole, axis=0), axis=1))])
    keep = np.concatenate([[True], np.diff(along) > 1e-9])
    whole, along = whole[keep], along[keep]
    count = max(4 if closed else 2, round(float(along[-1]) / step) + (0 if closed else 1))
    at = np.linspace(0, along[-1], count, endpoint=not closed)
    return np.stack([np.interp(at, along, whole[:, 0]), np.interp(at, along, whole[:, 1])], axis=1)


def area_of(
    mask: Bools, window: Window, *, tolerance: float, sigma: float = 1.4, smallest: float = 0.5
) -> MultiPolygon:
    """Return a mask as valid polygons in view mm, within about ``tolerance`` mm; bits under ``smallest`` mm2 go."""
    rings = [Polygon(line.points) for line in outlines(mask, window, sigma=sigma, smallest=smallest)]
    whole: BaseGeometry = Polygon()
    for ring in sorted(rings, key=lambda r: -r.area):  # holes lie in larger rings, islands in holes
        whole = whole.symmetric_difference(ring.buffer(0))
    return polygons_of(whole.simplify(tolerance))


def polygons_of(geometry: BaseGeometry) -> MultiPolygon:
    """Return the polygons of a geometry as one valid MultiPolygon, largest first."""
    if not geometry.is_valid:
        geometry = shapely.make_valid(geometry)
    flat: list[Polygon] = []
    waiting = [geometry]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Polygon):
            flat += [part] if part.area > 0 else []
        elif isinstance(part, BaseMultipartGeometry):
            waiting += list(part.geoms)
    ordered: list[Polygon] = sorted(flat, key=lambda p: (-p.area, *p.bounds))
    return MultiPolygon(ordered)


# --- lines between pixels ------------------------------------------------------------------------------------


@compiled
def _chains(across: NDArray[np.bool_], down: NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    """Trace cracks into chains. ``across[i, j]`` is the crack from corner (i, j) to (i, j + 1), ``down`` to (i + 1, j).

    Returns corners (K, 2) as row, column of all chains one after another, the start of each, and whether closed.
    """
    rows, columns = down.shape[0] + 1, across.shape[1] + 1
    degree = np.zeros((rows, columns), dtype=np.int8)
    total = 0
    for i in range(rows):
        for j in range(columns - 1):
            if across[i, j]:
                degree[i, j] += 1
                degree[i, j + 1] += 1
                total += 1
    for i in range(rows - 1):
        for j in range(columns):
            if down[i, j]:
                degree[i, j] += 1
                degree[i + 1, j] += 1
                total += 1
    left_across, left_down = across.copy(), down.copy()
    corners = np.zeros((2 * total + 2, 2), dtype=np.int64)
    starts = np.zeros(total + 2, dtype=np.int64)
    closed = np.zeros(total + 1, dtype=np.int64)
    used, chains = 0, 0
    for turn in range(2):  # first from ends and junctions, then what is left: loops
        for i0 in range(rows):
            for j0 in range(columns):
                if degree[i0, j0] == 0 or (turn == 0 and degree[i0, j0] == 2):
                    continue
                for _ in range(4):
                    i, j = i0, j0
                    begun = False
                    while True:
                        if j < columns - 1 and left_across[i, j]:
                            left_across[i, j] = False
                            ni, nj = i, j + 1
                        elif i < rows - 1 and left_down[i, j]:
                            left_down[i, j] = False
                            ni, nj = i + 1, j
                        elif j > 0 and left_across[i, j - 1]:
                            left_across[i, j - 1] = False
                            ni, nj = i, j - 1
                        elif i > 0 and left_down[i - 1, j]:
                            left_down[i - 1, j] = False
                            ni, nj = i - 1, j
                        else:
                            break
                        if not begun:
                            begun = True
                            starts[chains] = used
                            corners[used, 0], corners[used, 1] = i, j
                            used += 1
                        corners[used, 0], corners[used, 1] = ni, nj
                        used += 1
                        i, j = ni, nj
                        if degree[i, j] != 2 or (i == i0 and j == j0):
                            break
                    if not begun:
                        break
                    closed[chains] = 1 if (turn == 1 and i == i0 and j == j0) else 0
                    chains += 1
    starts[chains] = used
    return corners[:used], starts[: chains + 1], closed[:chains]


def crack_lines(across: Bools, down: Bools) -> list[Line]:
    """Return chains of cracks in pixel space, from junction to junction.

    ``across`` (rows + 1, columns) marks cracks above each pixel, ``down`` (rows, columns + 1) those at its left.
    """
    corners, starts, closed = _chains(across, down)
    lines = []
    for begin, end, loop in zip(starts[:-1], starts[1:], closed, strict=True):
        points = corners[begin:end, ::-1].astype(np.float64)
        lines.append(Line(points[:-1] if loop else points, bool(loop)))
    return lines


def joined_lines(
    lines: list[Line], kinds: list[int], *, reach: int = 6, degrees: float = 50.0
) -> list[tuple[Line, int]]:
    """Return the lines with their kinds, those of one kind joined where they run on into each other at a junction.

    Where three or four lines meet, the two that are most nearly straight on become one, so that an edge in front is
    one smooth line and the edges behind it end there.
    """
    ends: dict[tuple[float, float], list[tuple[int, int]]] = {}
    for n, line in enumerate(lines):
        if not line.closed:
            for end in (0, -1):
                ends.setdefault((float(line.points[end, 0]), float(line.points[end, 1])), []).append((n, end))

    def away(n: int, end: int) -> Floats:
        points = lines[n].points
        far = points[min(reach, len(points) - 1)] if end == 0 else points[max(-reach - 1, -len(points))]
        step = far - points[end]
        return np.asarray(step / max(float(np.hypot(*step)), 1e-9))

    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for at in sorted(ends):
        meeting = ends[at]
        pairs = sorted(
            (float(away(*a) @ away(*b)), a, b)
            for k, a in enumerate(meeting)
            for b in meeting[k + 1 :]
            if a[0] != b[0] and kinds[a[0]] == kinds[b[0]]
        )
        for cosine, a, b in pairs:
            if cosine < -np.cos(np.radians(degrees)) and a not in partner and b not in partner:
                partner[a], partner[b] = b, a
    result = []
    left = set(range(len(lines)))
    for first in range(len(lines)):
        if first not in left:
            continue
        if lines[first].closed:
            left.discard(first)
            result.append((lines[first], kinds[first]))
            continue
        # back to where this run begins, then forward to its end
        n, end = first, 0
        while (n, end) in partner:
            n, other = partner[n, end]
            end = -1 - other
            if n == first:
                break
        start, runs = n, []
        loop = (n, end) in partner
        while True:
            left.discard(n)
            points = lines[n].points
            runs.append(points if end == 0 else points[::-1])
            beyond = (n, -1 - end)
            if beyond not in partner:
                break
            n, end = partner[beyond]
            if n == start:
                break
        whole = np.concatenate([runs[0], *[run[1:] for run in runs[1:]]])
        result.append((Line(whole[:-1] if loop else whole, loop), kinds[first]))
    return result


def label_cracks(labels: Labels) -> tuple[Bools, Bools]:
    """Return the cracks between pixels of different labels; the image's own border counts as label -1."""
    padded = np.pad(labels, 1, constant_values=-1)
    across = padded[1:, 1:-1] != padded[:-1, 1:-1]
    down = padded[1:-1, 1:] != padded[1:-1, :-1]
    return across, down


def junctions(across: Bools, down: Bools) -> Bools:
    """Return the corners (rows + 1, columns + 1) where three or four cracks meet."""
    degree = np.zeros((across.shape[0], down.shape[1]), dtype=np.int8)
    degree[:, :-1] += across
    degree[:, 1:] += across
    degree[:-1] += down
    degree[1:] += down
    return np.asarray(degree >= 3)


def held_outlines(mask: Bools, held: Bools, *, fine: float, broad: float, smallest: int = 0) -> list[Line]:
    """Return the closed outlines of a mask in pixel space, smoothed between the corners that are ``held``.

    Where edges meet, each ends sharply at the held corner. All loops have the mask on the same hand, so that a
    non-zero fill shows it. Loops of fewer than ``smallest`` cracks are left out.
    """
    mask = mask.copy()
    for _ in range(2):  # two pixels that touch at a corner alone become one piece
        a, b, c, d = mask[:-1, :-1], mask[:-1, 1:], mask[1:, :-1], mask[1:, 1:]
        b |= a & d & ~b & ~c
        a |= b & c & ~a & ~d
    found = []
    for line in crack_lines(*label_cracks(mask.astype(np.int32) - 1)):
        points = line.points
        if not line.closed or len(points) < max(smallest, 4):
            continue
        (x0, y0), (x1, y1) = points[0].astype(int), points[1].astype(int)
        if y0 == y1:
            outward = _inside(mask, y0 - 1, min(x0, x1)) == (x1 > x0)
        else:
            outward = _inside(mask, min(y0, y1), x0) == (y1 > y0)
        if not outward:
            points = points[::-1]
        at = points.astype(int)
        stops = np.flatnonzero(held[at[:, 1], at[:, 0]])
        if not len(stops):
            found.append(softened(Line(points, True), fine, broad, hold=0.8))
            continue
        points = np.roll(points, -int(stops[0]), axis=0)
        points = np.concatenate([points, points[:1]])
        stops = np.concatenate([stops - stops[0], [len(points) - 1]])
        runs = [
            softened(Line(points[i : j + 1], False), fine, broad, hold=0.8).points[:-1]
            for i, j in zip(stops[:-1], stops[1:], strict=True)
        ]
        found.append(Line(np.concatenate(runs), True))
    return found


def _inside(mask: Bools, i: int, j: int) -> bool:
    return bool(0 <= i < mask.shape[0] and 0 <= j < mask.shape[1] and mask[i, j])


def jump_cracks(
    depth: Image, labels: Labels, *, strong: float, weak: float
) -> tuple[Bools, Bools, Image, Image]:
    """Return the cracks where depth jumps within one label, and the jump in mm at each crack.

    A crack counts from ``weak`` mm of jump beyond the slope on either side, if its chain reaches ``strong``.
    """
    rows, columns = depth.shape
    jump_across = np.zeros((rows + 1, columns), dtype=np.float32)
    jump_down = np.zeros((rows, columns + 1), dtype=np.float32)
    jump_across[1:-1] = _excess(depth, labels)
    jump_down[:, 1:-1] = _excess(depth.T, labels.T).T
    # hysteresis on the lattice of corners
    across, down = jump_across > weak, jump_down > weak
    lattice = np.zeros((2 * rows + 1, 2 * columns + 1), dtype=bool)
    lattice[0::2, 1::2] = across
    lattice[1::2, 0::2] = down
    corners = np.zeros((rows + 1, columns + 1), dtype=bool)
    corners[:, :-1] |= across
    corners[:, 1:] |= across
    corners[:-1] |= down
    corners[1:] |= down
    lattice[0::2, 0::2] = corners
    group, count = ndimage.label(lattice)
    kept = np.zeros(count + 1, dtype=bool)
    kept[group[0::2, 1::2][jump_across > strong]] = True
    kept[group[1::2, 0::2][jump_down > strong]] = True
    kept[0] = False
    return across & kept[group[0::2, 1::2]], down & kept[group[1::2, 0::2]], jump_across, jump_down


def _excess(depth: Image, labels: Labels) -> Image:
    """Return how much depth jumps between row i and i + 1 beyond twice the slope beside it, 0 across labels."""
    with np.errstate(invalid="ignore"):
        step = np.diff(depth, axis=0)
        slope_before, slope_after = np.zeros_like(step), np.zeros_like(step)
        slope_before[1:], slope_after[:-1] = step[:-1], step[1:]
        beside = np.maximum(
            np.where(slope_before * step > 0, np.abs(slope_before), 0),
            np.where(slope_after * step > 0, np.abs(slope_after), 0),
        )
        excess = np.abs(step) - 0.6 * np.minimum(beside, np.abs(step))
    same = (labels[1:] == labels[:-1]) & (labels[1:] >= 0)
    return np.where(same & np.isfinite(excess), excess, 0).astype(np.float32)


def ridge_lines(strength: Image, *, strong: float, weak: float) -> list[Line]:
    """Return the lines along the crests of an image, in pixel space, with its value as their weight."""
    from skimage.morphology import skeletonize

    over = strength > weak
    group, count = ndimage.label(over, structure=np.ones((3, 3)))
    kept = np.zeros(count + 1, dtype=bool)
    kept[np.unique(group[strength > strong])] = True
    kept[0] = False
    thin = skeletonize(kept[group])
    lines = []
    for chain in _pixel_chains(thin):
        at = np.array(chain)
        lines.append(Line(at[:, ::-1] + 0.5, False, strength[at[:, 0], at[:, 1]].astype(np.float64)))
    return lines


def _pixel_chains(thin: Bools) -> list[list[tuple[int, int]]]:
    """Return a skeleton as chains of pixels: from each end the longest way is walked first, side branches after."""
    pixels = {(int(i), int(j)) for i, j in np.argwhere(thin)}
    around = [(-1, 0), (0, 1), (1, 0), (0, -1), (-1, 1), (1, 1), (1, -1), (-1, -1)]

    def near(at: tuple[int, int]) -> list[tuple[int, int]]:
        return [(at[0] + di, at[1] + dj) for di, dj in around if (at[0] + di, at[1] + dj) in pixels]

    def farthest(start: tuple[int, int]) -> list[tuple[int, int]]:
        came: dict[tuple[int, int], tuple[int, int] | None] = {start: None}
        layer, last = [start], start
        while layer:
            following = []
            for at in layer:
                for beside in near(at):
                    if beside not in came:
                        came[beside] = at
                        following.append(beside)
            if following:
                last = following[0]
            layer = following
        way: list[tuple[int, int]] = []
        step: tuple[int, int] | None = last
        while step is not None:
            way.append(step)
            step = came[step]
        return way

    chains = []
    for begin in sorted(pixels):
        while begin in pixels:
            one_end = farthest(begin)[0]
            way = farthest(one_end)
            pixels.difference_update(way)
            if len(way) >= 3:
                chains.append(way)
    return chains


def softened(line: Line, fine: float, broad: float = 0.0, *, hold: float = 0.0) -> Line:
    """Return the line smoothed along itself; the ends of an open line stay where they are. All in points.

    Smoothing by ``fine`` points takes away the steps of the pixels. Smoothing by ``broad`` points takes away the long
    steps of nearly straight edges; where it would move the line by more than ``hold`` (a corner), it fades out.
    """
    result = _smoothed(line, fine)
    if broad > fine:
        wide = _smoothed(line, broad)
        off = np.linalg.norm(wide - result, axis=1)
        part = np.clip(2 - off / hold, 0, 1)
        part = ndimage.minimum_filter1d(part, max(3, int(fine)), mode="wrap" if line.closed else "nearest")
        part = ndimage.gaussian_filter1d(part, max(1.0, fine), mode="wrap" if line.closed else "nearest")
        result = result + part[:, None] * (wide - result)
    return Line(result, line.closed, line.weight)


def _smoothed(line: Line, sigma: float) -> Floats:
    """Return the points after a Gaussian of ``sigma`` points that hardly shrinks bends (twice less once again)."""
    points = line.points
    if len(points) < 4:
        return points
    width = min(sigma, len(points) / 6)
    pad = min(int(np.ceil(8 * width)), len(points) - 1)
    if line.closed:
        before, after = points[-pad:], points[:pad]
    else:
        before, after = (
            2 * points[0] - points[1 : pad + 1][::-1],
            2 * points[-1] - points[-pad - 1 : -1][::-1],
        )
    longer = np.concatenate([before, points, after])
    once = ndimage.gaussian_filter1d(longer, width, axis=0, mode="nearest")
    twice = ndimage.gaussian_filter1d(once, width, axis=0, mode="nearest")
    return np.asarray((2 * once - twice)[pad : pad + len(points)])


# --- Bezier paths --------------------------------------------------------------------------------------------


@compiled
def _fit_run(points: Floats, first: Floats, last: Floats, tolerance: float, out: Floats) -> int:
    """Fit cubic Beziers to a run of points with given end tangents (Schneider 1990); returns how many segments."""
    count = points.shape[0]
    stack = np.zeros((64, 2), dtype=np.int64)
    tangents = np.zeros((64, 4))
    stack[0, 0], stack[0, 1] = 0, count - 1
    tangents[0, 0], tangents[0, 1], tangents[0, 2], tangents[0, 3] = first[0], first[1], last[0], last[1]
    top, made = 1, 0
    u = np.zeros(count)
    while top > 0:
        top -= 1
        a, b = stack[top, 0], stack[top, 1]
        t1x, t1y, t2x, t2y = tangents[top, 0], tangents[top, 1], tangents[top, 2], tangents[top, 3]
        p0x, p0y, p3x, p3y = points[a, 0], points[a, 1], points[b, 0], points[b, 1]
        chord = np.sqrt((p3x - p0x) ** 2 + (p3y - p0y) ** 2)
        u[a] = 0.0
        for k in range(a + 1, b + 1):
            dx, dy = points[k, 0] - points[k - 1, 0], points[k, 1] - points[k - 1, 1]
            u[k] = u[k - 1] + np.sqrt(dx * dx + dy * dy)
        whole = u[b]
        if whole <= 0:
            continue
        for k in range(a, b + 1):
            u[k] /= whole
        alpha1, alpha2 = whole / 3, whole / 3
        worst, split = 0.0, (a + b) // 2
        good = b - a <= 1
        for _ in range(5):
            if b - a <= 1:
                break
            c00, c01, c11, x0, x1 = 0.0, 0.0, 0.0, 0.0, 0.0
            dot = t1x * t2x + t1y * t2y
            for k in range(a, b + 1):
                s = u[k]
                r = 1 - s
                b0, b1, b2, b3 = r * r * r, 3 * s * r * r, 3 * s * s * r, s * s * s
                c00 += b1 * b1
                c01 += b1 * b2 * dot
                c11 += b2 * b2
                rx = points[k, 0] - (p0x * (b0 + b1) + p3x * (b2 + b3))
                ry = points[k, 1] - (p0y * (b0 + b1) + p3y * (b2 + b3))
                x0 += b1 * (t1x * rx + t1y * ry)
                x1 += b2 * (t2x * rx + t2y * ry)
            det = c00 * c11 - c01 * c01
            if abs(det) > 1e-12:
                alpha1 = (x0 * c11 - x1 * c01) / det
                alpha2 = (c00 * x1 - c01 * x0) / det
            if alpha1 < 1e-3 * chord or alpha2 < 1e-3 * chord or alpha1 > 3 * whole or alpha2 > 3 * whole:
                alpha1, alpha2 = whole / 3, whole / 3
            q1x, q1y = p0x + alpha1 * t1x, p0y + alpha1 * t1y
            q2x, q2y = p3x + alpha2 * t2x, p3y + alpha2 * t2y
            worst, split = 0.0, (a + b) // 2
            for k in range(a + 1, b):
                s = u[k]
                r = 1 - s
                b0, b1, b2, b3 = r * r * r, 3 * s * r * r, 3 * s * s * r, s * s * s
                ex = b0 * p0x + b1 * q1x + b2 * q2x + b3 * p3x - points[k, 0]
                ey = b0 * p0y + b1 * q1y + b2 * q2y + b3 * p3y - points[k, 1]
                e = ex * ex + ey * ey
                if e > worst:
                    worst, split = e, k
                # one Newton step of the parameter
                d1x = 3 * (r * r * (q1x - p0x) + 2 * r * s * (q2x - q1x) + s * s * (p3x - q2x))
                d1y = 3 * (r * r * (q1y - p0y) + 2 * r * s * (q2y - q1y) + s * s * (p3y - q2y))
                d2x = 6 * (r * (q2x - 2 * q1x + p0x) + s * (p3x - 2 * q2x + q1x))
                d2y = 6 * (r * (q2y - 2 * q1y + p0y) + s * (p3y - 2 * q2y + q1y))
                below = d1x * d1x + d1y * d1y + ex * d2x + ey * d2y
                if abs(below) > 1e-12:
                    u[k] = min(max(s - (ex * d1x + ey * d1y) / below, 0.0), 1.0)
            if worst <= tolerance * tolerance:
                good = True
                break
            if worst > 25 * tolerance * tolerance:
                break
        if good or top > 60:
            out[made, 0], out[made, 1] = p0x + alpha1 * t1x, p0y + alpha1 * t1y
            out[made, 2], out[made, 3] = p3x + alpha2 * t2x, p3y + alpha2 * t2y
            out[made, 4], out[made, 5] = p3x, p3y
            made += 1
            continue
        split = min(max(split, a + 1), b - 1)
        reach = min(7, split - a, b - split)
        tx, ty = (
            points[split + reach, 0] - points[split - reach, 0],
            points[split + reach, 1] - points[split - reach, 1],
        )
        length = np.sqrt(tx * tx + ty * ty)
        if length < 1e-12:
            tx, ty, length = p3x - p0x, p3y - p0y, max(chord, 1e-9)
        tx, ty = tx / length, ty / length
        stack[top, 0], stack[top, 1] = split, b
        tangents[top, 0], tangents[top, 1], tangents[top, 2], tangents[top, 3] = tx, ty, t2x, t2y
        top += 1
        stack[top, 0], stack[top, 1] = a, split
        tangents[top, 0], tangents[top, 1], tangents[top, 2], tangents[top, 3] = t1x, t1y, -tx, -ty
        top += 1
    return made


def _tangent(points: Floats, at: int, towards: int, reach: int) -> Floats:
    end = min(max(at + towards * reach, 0), len(points) - 1)
    step = points[end] - points[at]
    length = float(np.hypot(step[0], step[1]))
    return step / length if length > 1e-12 else np.array([1.0, 0.0])


def _corners(points: Floats, closed: bool, reach: int, degrees: float) -> list[int]:
    """Return the indices where the chain turns more than ``degrees`` within ``reach`` points on either side."""
    count = len(points)
    if count < 2 * reach + 2:
        return []
    index = np.arange(count)
    if closed:
        before, after = points[(index - reach) % count], points[(index + reach) % count]
    else:
        before, after = points[np.maximum(index - reach, 0)], points[np.minimum(index + reach, count - 1)]
    one, two = points - before, after - points
    turn = np.abs(np.arctan2(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0], (one * two).sum(axis=1)))
    if not closed:
        turn[:reach] = turn[-reach:] = 0
    peak = ndimage.maximum_filter1d(turn, 2 * reach + 1, mode="wrap" if closed else "nearest")
    found = np.flatnonzero((turn >= peak) & (turn > np.radians(degrees)))
    return [int(i) for n, i in enumerate(found) if n == 0 or i - found[n - 1] > reach]


@dataclass(frozen=True)
class Curve:
    """A chain of cubic Bezier segments: ``start`` (2,), ``segments`` (K, 6) as control, control, end; absolute."""

    start: Floats
    segments: Floats
    closed: bool


def bezier(line: Line, tolerance: float, *, corner: float = 50.0, reach: int = 4) -> Curve:
    """Return a line as Bezier segments within ``tolerance``, smooth but where it turns more than ``corner`` degrees."""
    points, closed = np.ascontiguousarray(line.points), line.closed
    breaks = _corners(points, closed, reach, corner)
    if closed:
        # a loop without corners begins where it is straightest, with one tangent for both its ends
        start = breaks[0] if breaks else 0
        points = np.concatenate([points[start:], points[:start], points[start : start + 1]])
        inner = [b - start for b in breaks[1:]]
    else:
        inner = breaks
    stops = [0, *inner, len(points) - 1]
    out = np.zeros((len(points) + 8, 6))
    parts = []
    for a, b in zip(stops[:-1], stops[1:], strict=True):
        if b <= a:
            continue
        run = points[a : b + 1]
        if closed and not breaks:
            ahead = min(7, (len(points) - 2) // 4)
            across = points[ahead] - points[-1 - ahead]
            joint = across / max(float(np.hypot(*across)), 1e-12)
            first, last = joint, -joint
        else:
            near = max(1, min(3, len(run) - 1))
            first, last = _tangent(run, 0, 1, near), _tangent(run, len(run) - 1, -1, near)
        made = _fit_run(np.ascontiguousarray(run), first, last, tolerance, out)
        parts.append(out[:made].copy())
    segments = np.concatenate(parts) if parts else np.zeros((0, 6))
    return Curve(points[0], segments, closed)


def _number(units: int, quantum_hundredths: int) -> str:
    """Return a whole number of quanta as a short decimal."""
    hundredths = units * quantum_hundredths
    sign, hundredths = ("-" if hundredths < 0 else ""), abs(hundredths)
    whole, rest = divmod(hundredths, 100)
    if rest == 0:
        return f"{sign}{whole}"
    decimals = f"{rest:02d}".rstrip("0")
    return f"{sign}{whole or ''}.{decimals}"


def _joined_numbers(values: list[str]) -> str:
    text = values[0]
    for value in values[1:]:
        text += value if value.startswith("-") else " " + value
    return text


def path_data(curves: list[Curve], *, quantum: float = 0.05) -> str:
    """Return curves as SVG path data with relative commands, every point a multiple of ``quantum`` mm."""
    step = round(quantum * 100)
    text = []
    for curve in curves:
        if not len(curve.segments):
            continue
        at = np.round(curve.start / quantum).astype(np.int64)
        text.append("M" + _joined_numbers([_number(int(v), step) for v in at]))
        fixed = np.round(curve.segments / quantum).astype(np.int64)
        body = []
        for segment in fixed:
            relative = segment - np.tile(at, 3)
            at = segment[4:]
            if not relative.any():
                continue
            body.append(_joined_numbers([_number(int(v), step) for v in relative]))
        for n, numbers in enumerate(body):
            text.append(("c" if n == 0 else "" if numbers.startswith("-") else " ") + numbers)
        if curve.closed:
            text.append("z")
    return "".join(text)


def polygon_data(geometry: MultiPolygon, *, quantum: float = 0.1) -> str:
    """Return polygons as SVG path data with straight sides, every point a multiple of ``quantum`` mm."""
    step = round(quantum * 100)
    text = []
    for polygon in geometry.geoms:
        for ring in (polygon.exterior, *polygon.interiors):
            fixed = np.round(np.asarray(ring.coords)[:-1, :2] / quantum).astype(np.int64)
            text.append("M" + _joined_numbers([_number(int(v), step) for v in fixed[0]]))
            sides = [
                _joined_numbers([_number(int(v), step) for v in side]) for side in np.diff(fixed, axis=0)
            ]
            for n, numbers in enumerate(sides):
                text.append(("l" if n == 0 else "" if numbers.startswith("-") else " ") + numbers)
            text.append("z")
    return "".join(text)


def tapered(line: Line, width: Floats, tolerance: float) -> Curve | None:
    """Return an open line as a closed shape whose breadth at each point is ``width`` (N,), in the line's unit."""
    points = line.points
    if len(points) < 4:
        return None
    along = np.gradient(points, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * (width / 2)[:, None]
    there = bezier(Line(points + across, False), tolerance)
    back = bezier(Line((points - across)[::-1], False), tolerance)
    if not len(there.segments) or not len(back.segments):
        return None
    turn = np.concatenate([there.segments[-1, 4:], back.start, back.start])[None]
    return Curve(there.start, np.concatenate([there.segments, turn, back.segments]), True)
