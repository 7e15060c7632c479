"""The low back as sculpted bones: lumbar vertebrae, sacrum, coccyx and hip bone.

Frame: DICOM LPS in mm (+x the patient's left, +y posterior, +z superior), origin midway between the hip
joint centres, pelvis tilted as in standing (ASIS and pubic tubercle in one coronal plane).
Each vertebra is modelled in its own frame (origin the middle of the body, z along the body's axis).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator, RBFInterpolator, RectBivariateSpline
from scipy.ndimage import gaussian_filter1d, map_coordinates
from scipy.spatial import cKDTree

from tools.body_maps.mesh import Mesh, smoothed, vertex_normals
from tools.body_maps.sculpt import BAND, Field, Spheres, ball, grid_of, line_of, resampled, rod, sheet, soften

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """The size of one lumbar vertebra (or, for the facets, of the joint above it), in mm and degrees."""

    name: str
    width: tuple[float, float]  # body, upper and lower endplate
    depth: tuple[float, float]  # body, upper and lower endplate
    height: float  # body, mean of front and back
    wedge: float  # degrees; positive: lower in front
    canal: tuple[float, float]  # width, depth
    pedicle: tuple[float, float]  # width, height
    facet_half: float  # midline to the middle of the upper facet
    facet_angle: float  # of the upper facet, from the sagittal plane
    process_half: float  # midline to the tip of the transverse process
    process_rise: float  # tip of the transverse process above its root
    process_back: float  # tip of the transverse process behind the back of the body
    spine_length: float  # front of the lamina to the tip of the spinous process
    spine_height: float  # of the spinous process
    spine_drop: float  # how far the spinous process sinks from its root to its tip
    disc: float  # height of the disc below, in its middle
    disc_wedge: float  # degrees; open in front


def levels_of(text: str) -> tuple[Level, ...]:
    """Return levels written one a line: name, then the fields of ``Level`` in order."""
    levels = []
    for line in text.strip().splitlines():
        name, *fields = line.split()
        v = [float(field) for field in fields]
        levels.append(
            Level(name, (v[0], v[1]), (v[2], v[3]), v[4], v[5], (v[6], v[7]), (v[8], v[9]), *v[10:])
        )
    return tuple(levels)


# body: width up, low, depth up, low, height, wedge | canal: width, depth | pedicle: width, height
# facet: half distance, angle | transverse: half span, rise, back | spinous: length, height, drop
# disc: height, wedge
LUMBAR_MALE = levels_of("""
    l1  43.5    46    33    34    27   4.1  22.5  17.5   8.5    16    14    16    37     1    17    34  23.5   1.5   8.5   5.3
    l2  45.5    48    34    35  27.7   2.6    23    17     9  15.5  14.5    25    43     1    17    36    25   0.5    10   8.5
    l3  47.5    50    35  35.5  28.2   1.3  23.5  16.5  10.5    15  15.5    31  48.5     1    16    36  25.5   0.5    11  10.4
    l4  49.5    52    36    36  28.5  -0.7  24.5  16.5    13  14.5  17.2    39    45     4    15    33    23   0.5    12    12
    l5    52    52    37  36.5  28.8  -4.6    28  16.5    17    14  19.5    47  46.5     6    14    27    19     2  11.5    17
""")
LUMBAR_FEMALE = levels_of("""
    l1  38.5    41  29.5  30.5  25.6   2.6  21.5    17   7.5  14.5    14    16  33.5     1    15  27.5    22   4.5     8   5.8
    l2  40.5    43  30.5  31.5  26.3   0.7    22  16.5     8  14.2  14.4    25    39     1    15  29.5  23.3   3.5   9.3     9
    l3  42.5    45  31.5    32  26.8  -1.1  22.5  16.2   9.5  13.8  15.2    31  44.5     1    14  30.5  23.3     3  10.3  10.8
    l4  44.5    47  32.5  32.5  27.2  -3.1  23.5    16    12  13.4    17    39  41.5     4  13.5    29  20.5     3  11.2  12.4
    l5    47  47.5  33.3  32.8  27.6  -7.8    27  15.8  15.5    13  19.2    47    43     6    13    24    18     3  10.8  15.5
""")
T12_MALE = levels_of("""
    t12 41 42.5 31 32 25 4 21.5 17 8.2 16.5 12 70 23.5 1 14 30 18.5 1.5 7.2 1
""")[0]
T12_FEMALE = levels_of("""
    t12 36.5 37.5 27.5 28.5 23.8 3 20.5 16.5 7.4 15 11.5 70 21 1 13 26 16 4.5 6.8 1
""")[0]
FACET_GAP = 1.8  # mm between the bones of a facet joint (two layers of cartilage)


@dataclass(frozen=True)
class Facet:
    """A facet on the bone below, left side: middle, normal (to the bone above), along it, up it."""

    middle: Floats
    normal: Floats
    along: Floats
    up: Floats

    def moved(self, rotation: Floats, shift: Floats) -> Facet:
        """Return the facet in another frame."""
        return Facet(
            rotation @ self.middle + shift, rotation @ self.normal, rotation @ self.along, rotation @ self.up
        )

    def point(self, along: float, out: float, up: float) -> list[float]:
        """Return a point given along the facet (to the back and side), out of it and upward."""
        at: list[float] = (self.middle + along * self.along + out * self.normal + up * self.up).tolist()
        return at


def facet_at(half: float, back: float, up: float, angle: float, lean: float = 0.0) -> Facet:
    """Return the left facet ``angle`` degrees from the sagittal plane; ``lean`` tips its top forward."""
    a, b = np.radians(angle), np.radians(lean)
    flat = np.array([-np.cos(a), np.sin(a), 0.0])
    top = np.array([0.0, 0.0, 1.0])
    return Facet(
        np.array([half, back, up]),
        np.cos(b) * flat + np.sin(b) * top,
        np.array([np.sin(a), np.cos(a), 0.0]),
        np.cos(b) * top - np.sin(b) * flat,
    )


def upper_process(facet: Facet, *, size: float = 1.0) -> Spheres:
    """Return the left superior articular process, a plate hollowed towards the joint."""
    s = size
    rows = []
    for up, half, thick in (
        (8.0, 3.6, 1.9),
        (4.5, 5.2, 2.8),
        (0.0, 6.0, 3.2),
        (-5.0, 6.0, 3.6),
        (-9.5, 4.6, 4.0),
    ):
        rows.append(
            [
                [
                    *facet.point(s * half * u, s * (-thick * (0.86 if u else 1.0) + 1.5 * u * u), s * up),
                    s * thick * (0.86 if u else 1.0),
                ]
                for u in (-1.0, 0.0, 1.0)
            ]
        )
    return sheet(np.array(rows))


def mammillary(facet: Facet, *, size: float = 1.0) -> Spheres:
    """Return the left mammillary process, the knob on the back edge of the superior articular process."""
    s = size
    return rod(
        [
            [*facet.point(6.0 * s, -2.4 * s, 4.5 * s), 2.4 * s],
            [*facet.point(8.8 * s, -2.6 * s, 0.5 * s), 3.3 * s],
            [*facet.point(7.6 * s, -4.0 * s, -5.0 * s), 2.8 * s],
        ]
    )


def lower_process(facet: Facet, start: Sequence[float]) -> Spheres:
    """Return the left inferior articular process that meets ``facet``, hanging from ``start``."""
    rows = [[[*start, 3.8], [*start, 4.2], [*start, 3.8]]]
    for up, half, thick in ((7.5, 4.4, 4.2), (1.0, 5.0, 4.0), (-4.6, 4.4, 3.5), (-7.4, 2.4, 2.7)):
        rows.append(
            [
                [
                    *facet.point(half * u, FACET_GAP + thick * (0.85 if u else 1.0) + 0.9 * u * u, up),
                    thick * (0.85 if u else 1.0),
                ]
                for u in (-1.0, 0.0, 1.0)
            ]
        )
    return sheet(np.array(rows)[1:])


def body_distance(points: Floats, level: Level) -> Floats:
    """Return distances to the vertebral body: kidney-shaped, waisted, with a rim and hollow endplates."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    half = level.height / 2
    f = np.clip(z / level.height + 0.5, -0.2, 1.2)
    width = (level.width[1] + (level.width[0] - level.width[1]) * f) / 2
    depth = (level.depth[1] + (level.depth[0] - level.depth[1]) * f) / 2
    waist = np.clip(1 - (z / half) ** 2, 0, 1)
    rim = np.exp(-(((np.abs(z) - half + 2.0) / 2.6) ** 2))
    width = width - 3.6 * waist + 0.5 * rim
    depth = depth - np.where(y < 0, 2.8, 0.6) * waist + 0.4 * rim * (y < 0)
    p = 2.35
    q = ((np.abs(x) / width) ** p + (np.abs(y) / depth) ** p) ** (1 / p)
    q = np.maximum(q, 1e-6)
    slope = (
        ((np.abs(x) / width) ** (p - 1) / width) ** 2 + ((np.abs(y) / depth) ** (p - 1) / depth) ** 2
    ) ** 0.5 * q ** (1 - p)
    side = (q - 1) / np.maximum(slope, 1e-6)
    end = (
        np.abs(z) - half - np.tan(np.radians(level.wedge / 2)) * y + 1.9 * np.clip(1 - (q / 0.86) ** 2, 0, 1)
    )
    k = 3.0
    h = np.clip((k - np.abs(side - end)) / k, 0, None)
    return np.asarray(np.maximum(side, end) + h * h * k / 4)


def canal_cloud(
    width: float, depth: float, back: float, low: float, high: float, slope: float = 0.0
) -> Spheres:
    """Return the vertebral canal: a rounded triangle with its base on the back of the body."""
    r = 3.6
    hw = width / 2 - r
    rows = []
    for z in (high, low):
        dy = -slope * z
        rows.append(
            [
                [x, back + y + dy, z, r]
                for x, y in (
                    (0.0, r - 0.6),
                    (hw, r),
                    (hw * 0.8, depth * 0.5),
                    (hw * 0.25, depth - r),
                    (0.0, depth - r),
                )
            ]
        )
    return sheet(np.array(rows))


def own_facet(level: Level) -> Facet:
    """Return the left upper facet of a lumbar vertebra in the vertebra's frame."""
    back = level.depth[0] / 2 - 1.5
    if level.name == "t12":  # thoracic in kind: behind the canal's side, facing backward
        return facet_at(
            level.facet_half, back + 0.75 * level.canal[1], level.height / 2 + 4.0, level.facet_angle, 8
        )
    return facet_at(
        level.facet_half, back + 0.84 * level.canal[1], level.height / 2 + 0.5, level.facet_angle, 2.0
    )


def build_vertebra(level: Level, below: Facet, keep_off: Callable[[Floats], Floats], spacing: float) -> Field:
    """Return a lumbar vertebra; ``below`` is the facet of the next bone and ``keep_off`` gives distances to it."""
    half = level.height / 2
    back = level.depth[0] / 2 - 1.5
    cw, cd = level.canal
    pw, ph = level.pedicle
    lam = back + cd  # front of the laminae at the midline
    facet = own_facet(level)
    fifth = level.name == "l5"
    tip_x = level.process_half
    grid = Field(
        [-6, -level.depth[0] / 2 - 5, -half - 34],
        [tip_x + 5, lam + level.spine_length + 6, half + 18],
        spacing,
    )
    points = grid.points()
    grid.add_values(body_distance(points, level), 0)

    # pedicle
    px = cw / 2 + pw / 2 - 0.3
    ptop = half - 1.2 - min(pw, ph) * 0.42
    plow = half - 1.2 - ph + min(pw, ph) * 0.42
    r = min(pw, ph) * 0.42
    spread = max(0.0, (pw - 2 * r) / 2)
    pedicle = []
    for y, x0, grow in (
        (back - 9, px + 1.0, 1.1),
        (back + 1, px, 1.0),
        (back + 9, px + 0.8, 1.0),
        (back + 14, px + 1, 0.9),
    ):
        pedicle.append([[x0 + dx, y, z, r * grow] for z in (ptop, plow) for dx in (-spread, spread)])
    grid.add(sheet(np.array(pedicle)), 5.0)

    # superior articular and mammillary process
    upper = upper_process(facet, size=0.8 if level.name == "t12" else 1.0)
    grid.add(upper, 4.0)
    pillar_top = facet.point(-0.5, -5.0, -9.0)
    # pars between the articular processes
    inner = below.point(0.0, FACET_GAP + 4.2, 9.0)
    pars = [0.5 * (pillar_top[0] + inner[0]) + 0.6, 0.5 * (pillar_top[1] + inner[1]) + 0.3, -4.0]
    grid.add(
        sheet(
            np.array(
                [
                    [
                        [pillar_top[0] - 1.5, pillar_top[1], pillar_top[2], 4.0],
                        [pillar_top[0] + 2.5, pillar_top[1], pillar_top[2], 4.2],
                    ],
                    [[pars[0] - 2.6, pars[1], pars[2], 3.2], [pars[0] + 2.2, pars[1] - 0.6, pars[2], 3.3]],
                    [
                        [inner[0] - 2.5, inner[1] + 0.5, inner[2] + 4, 3.4],
                        [inner[0] + 2.0, inner[1] - 1.0, inner[2] + 4, 3.6],
                    ],
                    [
                        [inner[0] - 2.5, inner[1] + 0.3, inner[2], 3.6],
                        [inner[0] + 2.0, inner[1] - 1.0, inner[2], 3.8],
                    ],
                ]
            )
        ),
        3.5,
    )
    # lamina, from side to side across the midline
    xi = inner[0]
    low_edge = {"l4": -17.5, "l5": -14.5}.get(level.name, min(inner[2] - 5.0, -19.0)) * level.height / 28
    columns = []
    for u in (-1.0, -0.55, 0.0, 0.55, 1.0):
        a = abs(u)
        x = u * (xi + 0.5)
        columns.append(
            [
                [x, lam + 2.4 - 2.6 * a, 3.5 - 4.5 * a, 2.3],
                [x, lam + 4.2 - 2.2 * a, -4.0 - 1.2 * a, 3.0],
                [x, lam + 5.6 - 2.2 * a, 0.5 * (low_edge - 4.0), 3.3],
                [x, lam + 6.6 - 2.4 * a, low_edge + (1.5 if 0.2 < a < 0.8 else 0.0), 2.5],
            ]
        )
    grid.add(sheet(np.array(columns)), 3.0)
    grid.add(lower_process(below, inner), 3.0)

    # spinous process
    n = level.spine_height
    y0 = lam + 3.0
    y1 = lam + level.spine_length
    rows = []
    #           forward  top    low   thick: top, upper, middle, low, bottom
    for f, top, low, r5 in (
        (0.0, 1.5, -0.66 * n, (2.6, 3.4, 3.8, 3.6, 2.6)),
        (0.33, 0.3, -0.80 * n, (1.8, 2.6, 3.0, 2.9, 2.2)),
        (0.70, -0.9, -0.97 * n, (1.9, 2.6, 3.0, 3.3, 2.8)),
        (0.90, -1.2, -1.03 * n, (2.6, 3.4, 4.0, 4.6, 3.8)),
        (1.0, -2.6, -1.01 * n, (2.6, 3.5, 4.2, 5.0, 4.0)),
    ):
        y = y0 + (y1 - y0 - 3.2) * f
        zs = np.linspace(top - r5[0], low + r5[-1], 5) - level.spine_drop * f
        bow = (0.0, 0.4, 0.8, 0.9, 0.2)
        rows.append(
            [[0.0, y + b * f - 0.05 * (top - z) * (1 - f), z, t] for z, t, b in zip(zs, r5, bow, strict=True)]
        )
    grid.add(sheet(np.array(rows)), 4.5)

    # transverse process
    root_x = px + pw / 2
    ty = back + level.process_back
    rise = level.process_rise
    z0 = 3.0
    if fifth:
        rows = []
        for f, zc, hh, r, y in (
            (0.0, 3.0, 6.0, 5.5, back + 5.0),
            (0.3, 3.8, 4.6, 5.0, back + 7.5),
            (0.65, 5.5, 2.8, 4.4, back + 10.5),
            (0.9, 7.5, 1.2, 3.8, ty - 2.0),
            (1.0, 8.0, 0.6, 3.2, ty - 1.0),
        ):
            x = root_x - 6 + (tip_x - 3.2 - root_x + 6) * f
            rows.append([[x, y, zc + hh, r], [x, y, zc - hh, r]])
        grid.add(sheet(np.array(rows)), 5.0)
        grid.add(
            rod(
                [
                    [level.width[0] / 2 - 8, 8, 5, 6],
                    [level.width[0] / 2 + 1, back + 2, 5.0, 5.0],
                    [tip_x - 10, back + 9, 6.5, 4.0],
                ]
            ),
            6.0,
        )
    elif level.name == "t12":  # three tubercles in place of the process
        grid.add(rod([[root_x - 3, back + 9, 3, 5.0], [tip_x - 3.5, back + 13, 2, 3.6]]), 4.0)
        grid.add(rod([[root_x - 2, back + 12, 5, 3.6], [root_x, back + 16.5, 9.5, 2.5]]), 3.0)
        grid.add(rod([[root_x - 2, back + 12, 0, 3.6], [root_x - 0.5, back + 14.5, -6.5, 2.4]]), 3.0)
    else:
        rows = []
        slim = 0.9 if level.name == "l4" else 1.0
        for f, zc, hh, r, lean in (
            (-0.12, 0.0, 3.8, 4.0, 0.0),
            (0.10, 0.1, 2.9, 3.3, 0.0),
            (0.38, 0.3, 1.9 * slim, 2.7, 0.0),
            (0.68, 0.75, 2.7 * slim, 2.3, 0.0),
            (0.90, 1.0, 2.9 * slim, 2.1, 0.0),
            (1.0, 1.05, 2.2 * slim, 1.8, 1.1),
        ):
            x = root_x + (tip_x - 1.8 - root_x) * f
            y = back + 9.5 + (ty - back - 9.5) * max(f, 0.0) ** 0.8
            z = z0 + rise * zc * max(f, 0)
            rows.append([[x - lean, y, z + hh, r], [x, y + 0.3, z, r * 1.08], [x - 0.6 * lean, y, z - hh, r]])
        grid.add(sheet(np.array(rows)), 4.5)
    # accessory process: behind and below the root of the transverse process
    if level.name not in ("l5", "t12"):
        grid.add(rod([[root_x - 1.0, back + 11.0, 0.5, 2.8], [root_x + 0.6, back + 14.0, -2.8, 1.9]]), 3.0)
    if level.name != "t12":
        grid.add(mammillary(facet), 2.2)

    # canal and joints kept open
    canal = canal_cloud(cw, cd, back, -half - 25, half + 15, slope=0.04)
    grid.carve(canal, 2.5)
    near = (points[..., 1] > back) & (points[..., 2] < 4)
    off = np.full(grid.values.shape, BAND)
    off[near] = keep_off(points[near]) - FACET_GAP
    grid.carve_values(off, 2.4)
    return grid


def _table(x: Floats, at: Sequence[float], values: Sequence[float]) -> Floats:
    """Return values interpolated smoothly (monotone cubic) and held constant beyond the ends."""
    curve = PchipInterpolator(at, values)
    return np.asarray(curve(np.clip(x, at[0], at[-1])), dtype=np.float64)


def rows_of(text: str) -> Floats:
    """Return a table of numbers written as lines of text."""
    return np.array([[float(v) for v in row.split()] for row in text.strip().splitlines()])


def _height(grid_x: Sequence[float], grid_s: Sequence[float], rows: Floats, x: Floats, s: Floats) -> Floats:
    """Return a smooth surface's height at (x, s) from ``rows`` (s, x), held constant beyond the ends."""
    across = np.concatenate([-np.asarray(grid_x, dtype=np.float64)[:0:-1], grid_x])
    spline = RectBivariateSpline(
        grid_s, across, np.concatenate([rows[:, :0:-1], rows], axis=1), kx=3, ky=3, s=0
    )
    return np.asarray(
        spline(np.clip(s, grid_s[0], grid_s[-1]), np.clip(x, grid_x[0], grid_x[-1]), grid=False),
        dtype=np.float64,
    )


SACRAL_LENGTH = 106.0  # mm along the bent axis, S1 endplate to apex
# the axis of the sacrum and coccyx: distance along it, and its turn forward from the S1 normal (degrees)
AXIS_AT = (-40.0, 0.0, 26.0, 50.0, 70.0, 90.0, 106.0, 125.0, 150.0)
AXIS_TURN = (0.0, 0.0, 1.0, 8.0, 25.0, 48.0, 58.0, 74.0, 92.0)
FORAMINA = ((21.0, 22.5, 3.9, 0.9), (18.4, 43.5, 3.4, 0.1), (16.6, 62.0, 2.9, 0.2), (15.0, 77.0, 2.6, 0.1))


@dataclass(frozen=True)
class SacralAxis:
    """Bends the straight sacrum (x, n dorsal of the axis, s along it) to the body frame and back."""

    s: Floats
    y: Floats
    z: Floats
    turn: Floats  # radians from straight down, positive backward

    def bent(self, points: Floats) -> Floats:
        """Return body points (..., 3) of straight points (x, n, s)."""
        n, s = points[..., 1], points[..., 2]
        turn = np.interp(s, self.s, self.turn)
        y = np.interp(s, self.s, self.y) + n * np.cos(turn)
        z = np.interp(s, self.s, self.z) + n * np.sin(turn)
        return np.stack([points[..., 0], y, z], axis=-1)

    def straight(self, points: Floats) -> Floats:
        """Return straight points (x, n, s) of body points (..., 3), by the nearest point of the axis."""
        flat = points[..., 1:].reshape(-1, 2)
        _, at = cKDTree(np.stack([self.y, self.z], axis=1)).query(flat)
        turn = self.turn[at]
        dy, dz = flat[:, 0] - self.y[at], flat[:, 1] - self.z[at]
        n = dy * np.cos(turn) + dz * np.sin(turn)
        s = self.s[at] + dy * np.sin(turn) - dz * np.cos(turn)
        return np.stack([points[..., 0].reshape(-1), n, s], axis=1).reshape(points.shape)


def sacral_axis(middle: Floats, slope: float) -> SacralAxis:
    """Return the axis from the middle of the S1 endplate, which slopes forward by ``slope`` degrees."""
    s = np.arange(AXIS_AT[0], AXIS_AT[-1] + 0.01, 0.1)
    turn = np.radians(slope - _table(s, AXIS_AT, AXIS_TURN))
    y = np.concatenate([[0.0], np.cumsum(np.sin(turn[:-1]) * 0.1)])
    z = np.concatenate([[0.0], np.cumsum(-np.cos(turn[:-1]) * 0.1)])
    zero = int(np.argmin(np.abs(s)))
    return SacralAxis(s, y - y[zero] + middle[1], z - z[zero] + middle[2], turn)


def s1_facet() -> Facet:
    """Return the left upper facet of the sacrum in the frame of the S1 endplate (y dorsal, z up)."""
    return facet_at(22.0, 30.5, 2.0, 55.0, 6.0)


def half_width(s: Floats) -> Floats:
    """Return half the sacrum's width at a distance along its axis."""
    return _table(
        s,
        (-20, 0, 8, 18, 32, 46, 56, 63, 72, 80, 87, 93, 98, 106, 112),
        (49.5, 50.5, 52, 51, 48, 43.5, 39, 34.5, 30.5, 27.5, 24.5, 19.5, 14.0, 9.0, 8.5),
    )


def build_sacrum(spacing: float) -> Field:
    """Return the straight half model (x, n, s) of the sacrum."""
    grid = Field([-6, -24, -20], [60, 52, 116], spacing)
    p = grid.points()
    x, n, s = np.abs(p[..., 0]), p[..., 1], p[..., 2]
    gx = (0, 9, 16, 22, 28, 36, 46, 54)
    dorsal = _height(
        gx,
        (0, 11, 22.5, 33, 43.5, 53, 62, 77, 92, 106),
        rows_of(
            """
               35    34    30    24    20    19    12     5
               35  33.5    30    26  25.5    28    18     9
               33    31    26    22    24  28.5    19    11
               30  28.5    25  23.5    25  26.5    18    11
             26.5    25  21.5  19.5  22.5    22  14.5     9
               23    22    20  19.5  20.5    18    12     8
               19  18.5    16    16  16.5    14     9     6
               13  12.5  11.5  11.5  11.5    10     7     5
                9     9   8.5     8   7.5     7     6     5
                6   5.6     5   4.5     4     4     4     4
            """
        ),
        x,
        s,
    )
    ventral = _height(
        gx,
        (0, 11, 22.5, 33, 43.5, 53, 62, 77, 92, 106),
        rows_of(
            """
              -17 -16.5 -14.5   -11  -8.5    -7    -6    -5
            -14.5   -14   -12  -8.5    -7  -7.5    -8    -8
            -11.5   -11    -7    -3    -4  -6.5    -8    -8
               -9  -8.5  -6.5  -4.5  -4.5    -6    -7    -7
               -8    -7    -3  -1.5    -3    -5    -6    -6
             -6.5    -6  -4.5  -3.5    -4  -4.5    -5    -5
               -6    -5    -2  -1.5    -3    -4    -4    -4
             -5.5  -4.5    -2  -1.5  -2.5    -3    -3    -3
             -5.5    -5  -3.5    -3    -3    -3    -3    -3
             -4.5  -4.2    -4    -4    -4    -4    -4    -4
            """
        ),
        x,
        s,
    )
    # top: endplate over the body, wings sloping down to the side and back, laminae behind the canal
    wing = (
        2.0
        + 0.12 * np.clip(x - 24, 0, None)
        - 1.8 * np.exp(-(((x - 38) / 9) ** 2))
        + 0.5 * np.clip(n - 4, 0, None)
    )
    plate = 1.6 * np.clip(1 - (x / 22) ** 2 - (n / 15) ** 2, 0, 1)
    over_body = 1 / (1 + np.exp((np.sqrt((x / 26.0) ** 2 + ((n + 0.5) / 18.5) ** 2) - 1.0) * 12))
    behind = 1 / (1 + np.exp(-((n - 21.0) - 0.25 * (x - 20)) / 1.5))
    lamina = 6.5 + 0.25 * np.clip(x - 14, 0, None)
    top = over_body * plate + (1 - over_body) * np.maximum(wing * (1 - behind), lamina * behind)
    width = half_width(s) - 0.10 * np.clip(n - 2, 0, None) ** 1.3 * np.clip((66 - s) / 20, 0, 1)
    # near the edge the dorsal and ventral faces round over
    slab = np.maximum((n - dorsal) * 0.93, (ventral - n) * 0.93)
    side = (x - width) * 0.95
    k = 5.0
    h = np.clip((k - np.abs(slab - side)) / k, 0, None)
    slab = np.maximum(slab, side) + h * h * k / 4
    ends = np.maximum(top - s, s - SACRAL_LENGTH - 0.02 * n)
    k = 2.6
    h = np.clip((k - np.abs(slab - ends)) / k, 0, None)
    grid.add_values(np.maximum(slab, ends) + h * h * k / 4, 0)

    # lumbosacral notch between the articular processes, open to the canal
    facet = s1_facet()
    turn = np.diag([1.0, 1.0, -1.0])
    facet = facet.moved(turn, np.zeros(3))
    upper = upper_process(facet, size=1.05)
    # median crest: a ridge with four tubercles
    ridge = []
    for at, high, thick in (
        (7.5, 37.5, 2.2), (11.0, 41.0, 3.0), (15.0, 40.5, 3.6), (21.0, 34.8, 2.0), (28.0, 37.0, 2.8),
        (32.5, 38.6, 3.9), (37.5, 34.0, 3.0), (42.5, 29.2, 1.9), (47.5, 29.8, 2.7), (52.0, 30.0, 3.6),
        (57.5, 23.8, 2.4), (62.0, 20.8, 1.9), (66.5, 21.0, 2.9), (72.0, 17.0, 2.2),
    ):  # fmt: skip
        ridge.append([[0.0, high - 9.0, at + 0.5, thick + 0.8], [0.0, high - thick, at, thick]])
    grid.add(sheet(np.array(ridge)), 4.0)
    # intermediate crest: fused articular processes, inside the foramina
    for cx, cs, cn, r in (
        (15.0, 17.0, 28.0, 3.2),
        (13.2, 36.0, 25.8, 2.9),
        (11.6, 54.0, 20.8, 2.5),
        (10.2, 69.5, 15.0, 2.1),
    ):
        grid.add(
            rod(
                [
                    [cx + 0.6, cn - 1.2, cs - 4.0, r * 0.8],
                    [cx, cn, cs, r],
                    [cx - 0.4, cn - 1.4, cs + 4.0, r * 0.8],
                ]
            ),
            4.0,
        )
    # lateral crest: fused transverse processes, outside the foramina
    for cx, cs, cn, r in (
        (36.5, 17.5, 24.5, 4.4),
        (33.6, 37.5, 24.4, 4.4),
        (28.6, 55.5, 18.6, 3.8),
        (24.4, 71.5, 11.8, 3.2),
    ):
        grid.add(
            rod(
                [
                    [cx + 1.0, cn - 2.0, cs - 5.0, r * 0.75],
                    [cx, cn, cs, r],
                    [cx - 0.8, cn - 2.0, cs + 5.0, r * 0.75],
                ]
            ),
            5.0,
        )
    # inferior lateral angle
    grid.add(rod(line_of("23 4 84 3.6, 22 3.6 89.5 4, 17.5 2 94 3.2")), 5.0)
    # canal, closing down to the hiatus
    canal = []
    for at, front, hw, deep in (
        (-19.0, 17.0, 15.5, 17.0),
        (2.0, 15.5, 15.0, 14.5),
        (25.0, 11.0, 12.0, 12.5),
        (48.0, 8.0, 9.0, 10.0),
        (68.0, 6.0, 6.0, 6.5),
        (84.0, 4.8, 4.6, 5.0),
        (100.0, 4.0, 4.0, 4.5),
    ):
        r = min(3.2, deep * 0.36)
        canal.append(
            [
                [cx, cn, at, r]
                for cx, cn in (
                    (0.0, front + r),
                    (hw - r, front + r),
                    ((hw - r) * 0.7, front + deep * 0.55),
                    (0.6, front + deep - r),
                    (0.0, front + deep - r),
                )
            ]
        )
    grid.carve(sheet(np.array(canal)), 2.0)
    grid.add(upper, 3.5)
    grid.add(
        rod(
            [
                [facet.point(0, -5, 0)[0], facet.point(0, -5, 0)[1], 0.0, 4.6],
                [24.0, 25.0, 8.0, 5.0],
                [25.0, 20.0, 16.0, 5.0],
            ]
        ),
        5.0,
    )
    # foramina: behind narrow, in front wide and open to the side, with the opening from the canal
    for cx, cs, r, tall in FORAMINA:
        for end in (-tall, tall):
            grid.carve(
                rod(
                    [
                        [cx - 0.6, 40.0, cs + end, r + 1.6],
                        [cx - 0.2, 24.0 - 0.17 * cs, cs + end, r],
                        [cx + 0.4, 4.0, cs + end, r + 0.6],
                        [cx + 2.0, -16.0, cs + end, r + 3.5],
                    ]
                ),
                2.4,
            )
        grid.carve(rod([[cx + 1.0, -7.0, cs + 1.0, r + 1.2], [cx + 9.0, -13.0, cs + 3.0, r + 0.5]]), 3.0)
    # hiatus between the cornua
    grid.carve(rod(line_of("0 14 78 2.2, 0 13.2 83 3.2, 0 12.2 91 4.2, 0 11 100 4.8, 0 10.5 112 5.4")), 2.0)
    grid.add(rod(line_of("8.6 11 84 1.9, 7.9 10.4 92 2.4, 7.4 9.6 98 2.9, 7.1 7.6 102.5 2.5")), 2.6)
    # ridges where the segments fused, in front
    for cs, cn, wide in ((25.5, -10.8, 14.0), (46.0, -8.0, 12.0), (64.5, -6.1, 10.5), (80.0, -5.6, 9.5)):
        grid.add(rod([[u * wide, cn + 2.5 + 3.0 * abs(u) ** 3, cs, 2.0] for u in np.linspace(-1, 1, 9)]), 3.5)
    return grid


def build_coccyx(spacing: float) -> Field:
    """Return the straight half model (x, n, s) of the coccyx: four segments and their processes."""
    grid = Field([-6, -14, 98], [22, 18, 150], spacing)
    start = SACRAL_LENGTH + 1.4
    for at, long, hw, thick, centre in (
        (start, 11.0, 10.0, 4.3, 1.0),
        (start + 11.2, 8.4, 7.6, 3.8, 0.6),
        (start + 19.8, 7.0, 5.6, 3.3, 0.3),
        (start + 27.0, 6.0, 4.0, 2.8, 0.0),
    ):
        rows = []
        for f, w, t in ((0.12, 1.0, 0.9), (0.5, 0.82, 1.0), (0.88, 0.72, 0.9)):
            r = thick * t
            side = max(hw * w - r, 0.3)
            rows.append([[u * side, centre, at + f * long, r * (1 - 0.1 * abs(u))] for u in (-1.0, 0.0, 1.0)])
        grid.add(sheet(np.array(rows)), 2.2)
    grid.add(
        rod([[5.0, 1.5, start + 4.0, 3.0], [9.5, 1.5, start + 3.6, 2.6], [13.4, 1.2, start + 3.0, 1.9]]), 3.0
    )
    grid.add(
        rod([[5.6, 3.0, start + 3.0, 2.4], [6.6, 6.0, start + 0.2, 2.0], [6.9, 7.4, start - 2.6, 1.5]]), 2.0
    )
    grid.add(rod([[4.0, 0.8, start + 13.6, 2.4], [8.8, 0.8, start + 14.0, 1.8]]), 2.4)
    return grid


HIP = np.array([85.0, 0.0, 0.0])  # hip joint centre, left
CUP_AXIS = np.array([0.72, -0.27, -0.64]) / np.linalg.norm([0.72, -0.27, -0.64])
CUP_RADIUS = 26.5
# the wing of the ilium, left: lines from ASIS to behind PSIS, each from the brim up to the crest
WING = grid_of("""
    81 -29 24 11, 98 -37 39 8, 108 -43 53 5.4, 113.5 -46.5 64 5.2, 117.5 -49 71 6
    81 -17 40 12, 100 -25 58 6, 114 -32 73 3.8, 123.5 -37 86 4.7, 128.5 -39 94 5.4
    81 -3 48 13, 101 -6 69 5.2, 119.5 -10 91 3.4, 131 -13 108 4.8, 136 -14 118.5 6.6
    76 10 58 12.5, 94 14 83 4.8, 112 14 105 2.9, 125 13 122 3.6, 131 12 134.5 5.2
    67 22 74 10.5, 82 30 95 4.4, 98 33 113 3, 109 35 128 3.4, 114 36 139.5 4.8
    57 32 84 8.5, 66 40 98 6, 77 46 112 5, 87 50 124 4.6, 93 53 134.5 5.4
    55 42 83 9, 60 50 93 8, 65 57 104 7.5, 69 62 114 6.8, 72 65.5 124 6.2
    52 52 78 9, 53.5 59 85 8.6, 54 66 94 8, 54 71 103 7.2, 54.5 74 111 6.6
    46 60 70 7.5, 46.5 66 76 7.6, 46 71 83 7.4, 45 75 90 6.8, 44 77.5 98 6
""")
# the gluteal lines on the wing: (column, row) of WING, and how far each ridge stands out in mm
GLUTEAL_LINES = (
    (((5.4, 3.9), (5.5, 3.0), (5.75, 2.0), (6.2, 1.0), (6.8, 0.3)), 0.5),
    (((1.7, 3.8), (2.4, 3.2), (3.3, 2.5), (4.2, 1.6), (5.0, 0.6)), 0.0),
    (((0.4, 2.0), (1.3, 1.2), (2.4, 0.75), (3.6, 0.45), (4.6, 0.2)), -0.1),
)


def wing_ridge(line: Sequence[tuple[float, float]], out: float) -> Spheres:
    """Return a ridge along a line on the outer face of the wing, standing ``out`` mm above it."""
    per = 8
    fine = resampled(resampled(WING, 0, per * (len(WING) - 1) + 1), 1, per * (WING.shape[1] - 1) + 1)
    across = np.gradient(fine[..., :3], axis=0)
    upward = np.gradient(fine[..., :3], axis=1)
    normal = np.cross(upward, across)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    normal *= np.sign(np.median(normal[..., 0]))
    radius = np.minimum(3.8, fine[..., 3] + out / 2 - 0.3)  # so that it stays hidden from the inner face
    middle = fine[..., :3] + normal * (fine[..., 3] + out - radius)[..., None]
    at = resampled(np.asarray(line, dtype=np.float64), 0, 60) * per
    points = [
        map_coordinates(values, at.T, order=1, mode="nearest")
        for values in (middle[..., 0], middle[..., 1], middle[..., 2], radius)
    ]
    ends = np.clip(np.minimum(np.arange(60), np.arange(60)[::-1]) / 12, 0, 1)
    points[3] = np.maximum(points[3] - 1.2 * (1 - ends), 0.5)
    return rod(np.stack(points, axis=1), 0.8)


def ring(axis: Floats, offset: float, radius: float, gap: Floats, half_gap: float) -> Floats:
    """Return points (n, 3) of a circle about ``axis``, open by ``half_gap`` degrees about ``gap``."""
    e = gap - axis * float(gap @ axis)
    e = e / np.linalg.norm(e)
    f = np.cross(axis, e)
    turn = np.radians(np.linspace(half_gap, 360 - half_gap, 60))
    return HIP + offset * axis + radius * (np.cos(turn)[:, None] * e + np.sin(turn)[:, None] * f)


def build_hip_bone(spacing: float, sacrum: Field, axis: SacralAxis) -> Field:
    """Return the left hip bone in the body frame, kept off the sacrum by the sacroiliac gap."""
    grid = Field([0.0, -66, -92], [150, 96, 156], spacing)
    wing = sheet(WING, 0.7)
    grid.add(wing, 0.0)
    # from the acetabulum and the brim back to the sacroiliac joint and down to the greater sciatic notch
    grid.add(
        sheet(
            grid_of("""
                71 -3 53 9, 66 10 66 8.5, 60 22 78 8.5, 56 36 82 8.5, 51 52 76 8
                79 2 38 13, 69 16 52 9.5, 61 29 64 8, 55 43 69 7.5, 47 58 67 7
                76 14 20 12, 66.5 24 38 7.5, 61 34 49 5.5, 52.5 47 56.5 5.5, 43 62 60 5
            """)
        ),
        6.0,
    )
    # spines
    grid.add(rod(line_of("46 76 106 5.5, 43.5 79.5 99 6.2, 42.5 79.5 93 5.8, 43.5 76 86 5")), 4.0)  # PSIS
    grid.add(rod(line_of("46 62 67 5.5, 41 66 62.5 4.2, 39.5 66.5 59.5 3.2")), 4.0)  # PIIS
    grid.add(rod(line_of("120 -46 77 5.6, 118 -51 71 5.6, 114.5 -48 65 4.6")), 7.0)  # ASIS
    grid.add(rod(line_of("104 -40 46 5.5, 100 -41.5 39 6.2, 94 -36 30 6")), 5.0)  # AIIS
    grid.add(rod(line_of("136 -8 121 6, 139 -13 117.5 6.4, 137 -20 112 5.6")), 5.0)  # tubercle of the crest
    # above the acetabulum
    grid.add(
        sheet(
            grid_of("""
                90 -33 33 7.5, 92 -20 41 8, 90 -2 43 8.5, 82 13 40 9
                92 -31 22 5.5, 96 -19 26 6, 95.5 -2 27.5 6.5, 88 16 21 8
            """)
        ),
        9.0,
    )
    for line, out in GLUTEAL_LINES:
        grid.add(wing_ridge(line, out), 3.0)
    # body of the ischium, tuberosity, spine
    grid.add(
        rod(
            line_of("""
            72 22 26 10, 69 25 8 11.5, 68 26 -12 12, 68.5 24.5 -30 12.6, 66 18.5 -49 12.4,
            59 9 -65 9.5
        """)
        ),
        8.0,
    )
    grid.add(
        sheet(
            grid_of("""
                76 28 -30 5, 70 33.5 -29 4.6, 65 33 -31 4.6
                76.5 27 -41 6.5, 69 33 -41 6.6, 61.5 33 -43 5.8
                73 22 -54 7.2, 66 27 -55 7.2, 57 28 -57 5.8
                66.5 11 -66 7.2, 60 15 -68 7.4, 53 16 -67 6
                58 0 -70 6, 54 2 -72 6, 49.5 3 -70 5.2
            """)
        ),
        5.0,
    )
    # ischial spine, broad at its root
    grid.add(
        sheet(
            grid_of("""
                63 27 24 5.5, 63 27 4 6
                56.5 32.5 18 4.2, 56.5 33 9 4.4
                51 37 14.5 2.9, 51 37 11.5 3
                46.8 40 12.6 1.9, 46.8 40 12 1.9
            """)
        ),
        5.0,
    )
    # inner wall of the acetabulum
    grid.add(
        sheet(
            grid_of("""
                69 -27 16 8, 68 -10 36 8, 66 10 48 8
                58 -24 0 5, 57 -2 4 5, 60 18 8 7
                62 -17 -16 5, 59 0 -20 5, 62 18 -20 8
            """)
        ),
        5.0,
    )
    # pubis
    ramus = sheet(
        grid_of("""
            24 -47 -16 6, 24 -45 -22 4.5
            40 -45 -7 6.2, 40 -41.5 -12 4.8
            55 -38 3 7.2, 55 -33 -4 6
            70 -29 12 9.5, 68 -23 2 9
        """)
    )
    grid.add(ramus, 6.0)
    grid.add(
        sheet(
            grid_of("""
                5 -46 -18 6, 14 -47.5 -17 6.2, 25 -48 -15 6
                5 -40 -31 7, 13 -42 -30 6.4, 23 -43.5 -27 5
                5 -34 -42 5.6, 11 -35.5 -42.5 5.4, 19 -37 -41 4.8
            """)
        ),
        5.0,
    )
    grid.add(rod(line_of("24 -51 -13 3.8, 27.5 -53 -12 4.2, 31 -50.5 -9.5 3.4")), 4.0)  # pubic tubercle
    grid.add(
        rod(
            line_of("""
            29 -51 -8 2.6, 42 -47 1 2.6, 55 -39 11.5 3, 64 -27 22.5 3.6, 67 -16 36 4.6,
            66 -3 50 5, 62.5 9 64 5, 58.5 19 75.5 4.6
        """)
        ),
        11.0,
    )
    grid.add(ball(70, -34, 15, 8.0), 8.0)  # iliopubic eminence
    # ischiopubic ramus, everted
    grid.add(
        sheet(
            grid_of("""
                58 6 -66 7.5, 51 6 -72 6.5
                48 -10 -62 5.4, 43 -9 -67 5.6
                38 -21 -53.5 4.8, 33 -19 -59 5
                28 -31 -45 4.8, 23 -28 -51 5
                18 -38 -38 5, 12 -34 -44 5.4
            """)
        ),
        9.0,
    )
    # acetabulum: shell, rim, cup, fossa and notch
    p = grid.points() - HIP
    shell = np.maximum(np.linalg.norm(p, axis=-1) - CUP_RADIUS - 6.0, p @ CUP_AXIS + 1.0)
    grid.add_values(shell, 9.0)
    down = np.array([-0.30, -0.30, -0.90])
    rim = ring(CUP_AXIS, 0.5, CUP_RADIUS + 2.6, down, 26)
    thick = 3.0 + 1.4 * np.exp(-(((rim[:, 2] - 18) / 14) ** 2)) * (rim[:, 1] > -20)
    grid.add(rod(np.column_stack([rim, thick]), 0.9), 7.0)
    grid.carve(Spheres(HIP[None, :], np.array([CUP_RADIUS])), 1.2)
    e = down - CUP_AXIS * float(down @ CUP_AXIS)
    e = e / np.linalg.norm(e)
    deep = HIP - 11.5 * CUP_AXIS + 5.0 * e
    grid.carve(Spheres(deep[None, :], np.array([17.0])), 1.5)
    ends = [HIP - 13 * CUP_AXIS + 12 * e, HIP - 5 * CUP_AXIS + 24 * e, HIP + 2 * CUP_AXIS + 34 * e]
    grid.carve(rod([[*ends[0], 8], [*ends[1], 8.5], [*ends[2], 9]]), 3.0)
    # the psoas groove and the fossa run smoothly into the brim
    soften(grid, np.array([76.0, -8.0, 46.0]), 34.0, 3.0)
    soften(grid, np.array([135.0, -12.0, 115.0]), 26.0, 2.0)  # the lips of the crest
    soften(grid, np.array([58.0, 8.0, -64.0]), 34.0, 1.8)  # the tuberosity into the ramus
    # symphysis: a flat face
    grid.carve_values(grid.points()[..., 0] - 2.6, 4.0)
    # sacroiliac joint
    x = grid.points()
    near = (x[..., 0] < 62) & (x[..., 1] > 0) & (x[..., 2] > 20)
    off = np.full(grid.values.shape, 9.0)
    off[near] = sacrum.at(axis.straight(x[near])) - 2.4
    grid.carve_values(off, 1.5)
    return grid


@dataclass(frozen=True)
class LowBackShape:
    """What of the low back depends on the figure: mm in the body frame, left side."""

    hip_half: float  # half the distance between the hip joint centres
    asis: tuple[float, float, float]
    crest_widest: tuple[float, float, float]
    crest_top: tuple[float, float, float]
    psis: tuple[float, float, float]
    pubic_tubercle: tuple[float, float, float]
    symphysis_top: tuple[float, float]  # y, z
    symphysis_low: tuple[float, float]  # y, z
    ischial_low: tuple[float, float, float]  # lowest point of the ischial tuberosity
    ramus_middle: tuple[float, float, float]  # of the ischiopubic ramus: sets the subpubic angle
    ischial_spine: tuple[float, float, float]
    s1_middle: tuple[float, float]  # y, z of the middle of the S1 endplate
    sacral_slope: float  # degrees
    sacrum_width: float  # greatest breadth across the wings
    sacrum_length: float  # S1 endplate to apex along the curve
    lumbar_height: float  # S1 endplate to upper endplate of L1, along the curve
    lumbar: tuple[Level, ...] = LUMBAR_MALE
    t12: Level = T12_MALE
    lordosis: float = 55.0  # degrees, upper endplate of L1 to S1 endplate
    vertebral_scale: float = 1.0  # breadth and depth of the vertebrae


MALE = LowBackShape(
    hip_half=86.0,
    asis=(118.5, -68.0, 75.0),
    crest_widest=(137.0, -10.0, 126.0),
    crest_top=(106.0, 37.0, 150.0),
    psis=(40.5, 85.0, 90.5),
    pubic_tubercle=(28.5, -67.0, -11.0),
    symphysis_top=(-60.0, -15.0),
    symphysis_low=(-41.0, -45.0),
    ischial_low=(58.0, 12.0, -68.0),
    ramus_middle=(34.0, -26.0, -50.0),
    ischial_spine=(47.0, 40.0, 11.0),
    s1_middle=(23.0, 98.5),
    sacral_slope=39.0,
    sacrum_width=105.0,
    sacrum_length=112.0,
    lumbar_height=191.5,
)
FEMALE = LowBackShape(
    hip_half=82.0,
    asis=(115.0, -60.0, 72.0),
    crest_widest=(131.0, -9.0, 118.0),
    crest_top=(101.0, 35.0, 140.0),
    psis=(42.5, 82.5, 91.0),
    pubic_tubercle=(31.0, -59.0, -11.0),
    symphysis_top=(-53.0, -13.0),
    symphysis_low=(-38.0, -39.5),
    ischial_low=(62.5, 12.0, -66.0),
    ramus_middle=(42.0, -22.0, -48.0),
    ischial_spine=(50.0, 41.0, 8.0),
    s1_middle=(24.0, 94.0),
    sacral_slope=45.0,
    sacrum_width=106.0,
    sacrum_length=104.0,
    lumbar=LUMBAR_FEMALE,
    t12=T12_FEMALE,
    lumbar_height=182.0,
    lordosis=47.5,
)


@dataclass(frozen=True)
class Frame:
    """A place and its axes: ``rotation`` (3, 3) has left, back and up as columns; ``origin`` in mm."""

    origin: Floats
    rotation: Floats

    def to_body(self, points: Floats) -> Floats:
        """Return body points (..., 3) of points in this frame."""
        return np.asarray(points @ self.rotation.T + self.origin)


@dataclass(frozen=True)
class LowBack:
    """The sculpted bones in the body frame, mm; what is paired is the patient's right (x < 0)."""

    meshes: dict[str, Mesh]  # l1..l5, sacrum, coccyx, pelvis_right
    t12: Mesh  # the twelfth thoracic vertebra that fits on L1
    t12_landmarks: dict[str, Floats]  # of that vertebra, apart: a figure may carry another T12
    discs: dict[str, Mesh]  # disc_t12l1 .. disc_l5s1
    landmarks: dict[str, Floats]  # (3,) each
    curves: dict[str, Floats]  # (n, 3) each
    frames: dict[str, Frame]  # t12..l5 (middle of the body), s1, t12_upper (of the endplate)
    l1_upper: Frame  # upper endplate of L1
    t12_facet: Facet  # where T12's inferior articular process meets L1, right side


def _tilted(degrees: float) -> Floats:
    """Return the axes of a vertebra tipped forward by ``degrees``."""
    t = np.radians(degrees)
    return np.array([[1, 0, 0], [0, np.cos(t), -np.sin(t)], [0, np.sin(t), np.cos(t)]])


def _chain(shape: LowBackShape) -> tuple[tuple[Level, ...], dict[str, Frame], Frame]:
    """Return t12..l5 in the figure's sizes, the frames of s1 and l5..t12, and the upper endplate of L1."""
    height = sum(v.height + v.disc for v in shape.lumbar)
    tall = shape.lumbar_height / height
    wide = shape.vertebral_scale
    bodies = -sum(v.wedge for v in shape.lumbar)
    discs = sum(v.disc_wedge for v in shape.lumbar)
    curve = (shape.lordosis - bodies) / discs

    def pair(values: tuple[float, float]) -> tuple[float, float]:
        return values[0] * wide, values[1] * wide

    levels = tuple(
        replace(
            v,
            width=pair(v.width),
            depth=pair(v.depth),
            height=v.height * tall,
            canal=pair(v.canal),
            facet_half=v.facet_half * wide,
            process_half=v.process_half * wide,
            spine_height=v.spine_height * tall,
            disc=v.disc * tall,
            disc_wedge=v.disc_wedge * (1.0 if v is shape.t12 else curve),
        )
        for v in (shape.t12, *shape.lumbar)
    )
    at = np.array([0.0, *shape.s1_middle])
    tilt = shape.sacral_slope
    frames = {"s1": Frame(at, _tilted(tilt))}
    top = frames["s1"]
    for v in levels[::-1]:
        at = at + _tilted(tilt - v.disc_wedge / 2) @ np.array([0, 0, v.disc])
        tilt -= v.disc_wedge
        middle = _tilted(tilt + v.wedge / 2)
        at = at + middle @ np.array([0, 0, v.height / 2])
        frames[v.name] = Frame(at, middle)
        at = at + middle @ np.array([0, 0, v.height / 2])
        tilt += v.wedge
        if v.name == "l1":
            top = Frame(at, _tilted(tilt))
    frames["t12_upper"] = Frame(at, _tilted(tilt))
    return levels, frames, top


CANON_S1 = np.array([0.0, 24.0, 101.0])
CANON_SLOPE = 40.0


def _warp(shape: LowBackShape) -> Callable[[Floats], Floats]:
    """Return the smooth map (thin plates) from the modelled pelvis and sacrum to the figure's."""
    axis = sacral_axis(CANON_S1, CANON_SLOPE)
    s1 = Frame(CANON_S1, _tilted(CANON_SLOPE))
    new = Frame(np.array([0.0, *shape.s1_middle]), _tilted(shape.sacral_slope))
    w = shape.sacrum_width / 104.0
    long = shape.sacrum_length / SACRAL_LENGTH
    pairs: list[tuple[Sequence[float] | Floats, Sequence[float] | Floats]] = []
    corners = np.stack(np.meshgrid(*([[-1.0, 0.0, 1.0]] * 3), indexing="ij"), axis=-1).reshape(-1, 3)
    lengths = np.maximum(np.linalg.norm(corners, axis=1), 1.0)
    for d in CUP_RADIUS * corners / lengths[:, None]:
        pairs.append((HIP + d, np.array([shape.hip_half, 0.0, 0.0]) + d))
    pairs += [
        ((119, -55, 73), shape.asis),
        ((144.0, -13, 118), shape.crest_widest),
        ((113, 36, 144), shape.crest_top),
        ((42.5, 85.5, 96), shape.psis),
        ((27.5, -57, -12), shape.pubic_tubercle),
        ((2.6, -51, -16), (2.6, *shape.symphysis_top)),
        ((2.6, -32, -49), (2.6, *shape.symphysis_low)),
        ((56, 9, -78), shape.ischial_low),
        ((46.5, 40.5, 12.3), shape.ischial_spine),
        ((35, -21, -55), shape.ramus_middle),
        (
            (68, 26, -28),
            (68 + 0.8 * (shape.ischial_low[0] - 56), 26.0, -28 + 0.3 * (shape.ischial_low[2] + 78)),
        ),
    ]
    # S1 keeps its form, scaled in breadth; the sacrum keeps its own curve below it, scaled in length
    for at in ([0, 0, 0], [0, -17, 0], [0, 17, 0], [22, 0, 0], [22, 31, 2], [0, 38, -10], [14, 31, -20]):
        here = np.array(at, dtype=np.float64)
        pairs.append((s1.to_body(here), new.to_body(here * [w, 1, 1])))
    shaped = sacral_axis(new.origin, shape.sacral_slope)
    for n, s, half in ((-5.0, 20.0, 50.0), (0.0, 50.0, 41.0), (2.0, 88.0, 23.0)):
        pairs.append((axis.bent(np.array([half, n, s])), shaped.bent(np.array([half * w, n, s * long]))))
    for n, s in ((-9.0, 36.0), (33.0, 33.0), (-5.0, 72.0), (16.0, 72.0), (0.0, 106.0), (0.0, 140.0)):
        pairs.append((axis.bent(np.array([0, n, s])), shaped.bent(np.array([0, n, s * long]))))
    old = np.array([np.asarray(a, dtype=np.float64) for a, _ in pairs])
    aim = np.array([np.asarray(b, dtype=np.float64) for _, b in pairs])
    flip = np.array([-1.0, 1.0, 1.0])
    side = old[:, 0] > 1e-9
    old, aim = np.concatenate([old, old[side] * flip]), np.concatenate([aim, aim[side] * flip])
    spline = RBFInterpolator(old, aim - old, kernel="thin_plate_spline", degree=1)

    def warp(points: Floats) -> Floats:
        flat = points.reshape(-1, 3)
        return np.asarray(flat + spline(flat)).reshape(points.shape)

    return warp


def _smooth_both_sides(mesh: Mesh, times: int) -> Mesh:
    """Return a midline bone's mesh smoothed, with each side exactly the mirror of the other."""
    flip = np.array([-1.0, 1.0, 1.0])
    _, partner = cKDTree(mesh.vertices).query(mesh.vertices * flip)
    soft = smoothed(mesh, times).vertices
    return mesh.moved((soft + soft[partner] * flip) / 2)


def pick(mesh: Mesh, near: Sequence[float] | Floats, towards: Sequence[float], within: float) -> Floats:
    """Return the vertex within ``within`` mm of ``near`` that lies farthest ``towards`` a direction."""
    near = np.asarray(near, dtype=np.float64)
    distance = np.linalg.norm(mesh.vertices - near, axis=1)
    close = np.flatnonzero(distance < max(within, float(distance.min()) + 1e-9))
    return np.asarray(
        mesh.vertices[close[np.argmax(mesh.vertices[close] @ np.asarray(towards, dtype=np.float64))]]
    )


def onto(mesh: Mesh, near: Sequence[float] | Floats, normal: Sequence[float] | None = None) -> Floats:
    """Return the vertex nearest to ``near``, if ``normal`` is given among those that face that way."""
    at = np.asarray(near, dtype=np.float64)
    vertices = mesh.vertices
    if normal is not None:
        facing = vertex_normals(mesh) @ np.asarray(normal, dtype=np.float64) > 0.3
        vertices = vertices[facing]
    return np.asarray(vertices[np.argmin(np.linalg.norm(vertices - at, axis=1))])


def _midline(point: Floats) -> Floats:
    """Return the point put on the midline."""
    return np.array([0.0, point[1], point[2]])


def _vertebra_marks(level: Level, mesh: Mesh, below: Facet) -> dict[str, Floats]:
    """Return the landmarks of a vertebra in its own frame, left side."""
    v = mesh.vertices
    back = level.depth[0] / 2 - 1.5
    lam = back + level.canal[1]
    far = v[(np.abs(v[:, 0]) < 1.5) & (v[:, 1] > lam + 6)]
    end = far[far[:, 1] > far[:, 1].max() - 3.0]
    top, low = float(far[far[:, 1] > far[:, 1].max() - 6.0, 2].max()), float(far[:, 2].min())
    edge = end[np.argmin(np.abs(end[:, 2] - (top + low) / 2))]

    def edge_at(z: float) -> Floats:
        row = far[np.abs(far[:, 2] - z) < 1.6]
        return _midline(row[np.argmax(row[:, 1])])

    facet = own_facet(level)
    px = level.canal[0] / 2 + level.pedicle[0]
    return {
        "spinous_tip": _midline(edge),
        "spinous_upper": edge_at(top - 1.0),
        "spinous_lower": edge_at(low + 1.0),
        "spinous_side": onto(mesh, (5.0, 0.5 * (lam + 6 + edge[1]), 0.5 * (top + low)), (1, 0, 0)),
        "transverse_tip": v[np.argmax(v[:, 0])],
        "transverse_base": onto(mesh, (px + 2.0, back + 13, 1.0), (0, 1, 0)),
        "lamina": onto(mesh, (0.62 * facet.middle[0], lam + 6, -9.0), (0, 1, 0)),
        "mammillary": pick(mesh, facet.point(8.0, -2, 0), (0.3, 1, 0), 6.0),
        "body_centre": np.zeros(3),
        "upper_facet": pick(mesh, facet.point(6.0, -1.0, 0), (-0.3, 1, 0), 4.0),
        "lower_facet": onto(mesh, below.point(5.0, 3.0, 0), (0.3, 1, 0)),
    }


def _disc(level: Level, below_wedge: float, spacing: float) -> Mesh:
    """Return the disc below a vertebra, in a frame with its origin in the middle of the disc."""
    wide, deep, high = (level.width[1] - 1) / 2, (level.depth[1] - 1) / 2, (level.disc + 1.6) / 2
    grid = Field([-6, -deep - 4, -high - 6], [wide + 4, deep + 4, high + 6], spacing)
    p = grid.points()
    x, y, z = p[..., 0], p[..., 1], p[..., 2]
    q = ((np.abs(x) / wide) ** 2.35 + (np.abs(y) / deep) ** 2.35) ** (1 / 2.35)
    side = (q - 1) * deep
    end = np.abs(z) - high + np.tan(np.radians(below_wedge / 2)) * y
    k = 2.5
    h = np.clip((k - np.abs(side - end)) / k, 0, None)
    grid.add_values(np.maximum(side, end) + h * h * k / 4, 0)
    return grid.mirrored().surface()


def _lumbar(shape: LowBackShape, sacrum: Field, spacing: float) -> LowBack:
    """Return the lumbar part of the low back, built upward from the straight model of the sacrum."""
    levels, frames, top = _chain(shape)
    meshes: dict[str, Mesh] = {}
    discs: dict[str, Mesh] = {}
    marks: dict[str, Floats] = {}
    flip = np.array([-1.0, 1.0, 1.0])
    names = [v.name for v in levels] + ["s1"]
    w = shape.sacrum_width / 104.0
    field, facet, stretch = sacrum, s1_facet(), np.array([w, 1.0, -1.0])  # s runs down, z up
    facet = replace(facet, middle=facet.middle * np.array([w, 1, 1]))
    for i in range(len(levels) - 1, -1, -1):
        level = levels[i]
        frame, below = frames[level.name], frames[names[i + 1]]
        turn = frame.rotation.T @ below.rotation
        shift = frame.rotation.T @ (below.origin - frame.origin)
        joint = facet.moved(turn, shift)

        def keep_off(
            points: Floats,
            field: Field = field,
            stretch: Floats = stretch,
            turn: Floats = turn,
            shift: Floats = shift,
        ) -> Floats:
            return field.at((points - shift) @ turn / stretch)

        field = build_vertebra(level, joint, keep_off, spacing).mirrored()
        facet, stretch = own_facet(level), np.ones(3)
        mesh = _smooth_both_sides(field.surface(), 2)
        meshes[level.name] = mesh.moved(frame.to_body(mesh.vertices))
        big = level.name.upper()
        for name, at in _vertebra_marks(level, mesh, joint).items():
            key = f"{big}.{name}"
            if name == "upper_facet":
                if level.name != "l1":
                    continue
                key = "T12L1.facet"
            if name == "lower_facet":
                if level.name == "t12":
                    continue
                key = f"{big}{names[i + 1].upper()}.facet"
            marks[key] = frame.to_body(at) * flip
        here = frame.to_body(np.array([0, 0, -level.height / 2]))
        there = below.to_body(np.array([0, 0, levels[i + 1].height / 2 if i + 1 < len(levels) else 0.0]))
        tilt = np.degrees(np.arctan2(frame.rotation[2, 1], frame.rotation[1, 1])) - level.wedge / 2
        between = _tilted(tilt + level.disc_wedge / 2)
        disc = _disc(level, level.disc_wedge, 1.6)
        discs[f"disc_{level.name}{names[i + 1]}"] = disc.moved(disc.vertices @ between.T + (here + there) / 2)
    upper = frames["l1"]
    own = own_facet(levels[1]).moved(upper.rotation, upper.origin)
    right = Facet(own.middle * flip, own.normal * flip, own.along * flip, own.up * flip)
    t12 = meshes.pop("t12")
    t12_marks = {name: marks.pop(name) for name in sorted(marks) if name.startswith("T12.")}
    return LowBack(meshes, t12, t12_marks, discs, marks, {}, frames, top, right)


def _sacral_marks(mesh: Mesh, axis: SacralAxis) -> dict[str, Floats]:
    """Return the landmarks of the unwarped sacrum, left side."""

    def at(x: float, n: float, s: float) -> Floats:
        return axis.bent(np.array([x, n, s]))

    straight = Mesh(axis.straight(mesh.vertices), mesh.faces)
    marks: dict[str, Floats] = {}

    def peak(
        name: str, near: tuple[float, float, float], towards: tuple[float, float, float], within: float
    ) -> None:
        marks[f"sacrum.{name}"] = axis.bent(pick(straight, near, towards, within))

    for i, (s, n) in enumerate(((12.0, 43.0), (33.0, 41.0), (51.5, 33.0), (67.0, 23.0)), 1):
        peak(f"s{i}_tubercle", (0, n, s), (0, 1, 0), 5.0)
        marks[f"sacrum.s{i}_tubercle"] = _midline(marks[f"sacrum.s{i}_tubercle"])
    for i, (x, s, n) in enumerate(
        ((36.0, 17.5, 30.0), (33.6, 37.5, 28.0), (28.6, 55.5, 22.0), (24.4, 71.5, 14.5)), 1
    ):
        peak(f"lateral_crest_s{i}", (x, n, s), (0, 1, 0), 5.0)
    for i, (x, s, _, _) in enumerate(FORAMINA, 1):
        ring_at = [
            pick(straight, (x + 5.5 * np.cos(t), 23.0 - 0.13 * s, s + 6.0 * np.sin(t)), (0, 1, 0), 4.0)
            for t in np.linspace(0, 2 * np.pi, 8, endpoint=False)
        ]
        marks[f"sacrum.foramen_s{i}"] = at(x - 0.3, float(np.median([p[1] for p in ring_at])) - 1.0, s)
    peak("intermediate_crest_s2", (13.2, 28, 36), (0, 1, 0), 4.0)
    peak("cornu", (7.3, 11.0, 100.5), (0, 1, 0.6), 4.0)
    v = straight.vertices
    # the roof of the canal ends at the hiatus
    roof = v[(np.abs(v[:, 0]) < 1.2) & (v[:, 1] > 8.0) & (v[:, 2] > 60.0)]
    marks["sacrum.hiatus"] = _midline(axis.bent(roof[np.argmax(roof[:, 2])]))
    marks["sacrum.apex"] = _midline(axis.bent(pick(straight, (0, 4.0, 105.5), (0, 1, 1), 3.0)))
    peak("inferior_lateral_angle", (22.0, 5.0, 90.0), (1, 0.8, 0.5), 6.0)
    peak("ala_top", (37.0, 4.0, 2.0), (0, 0.2, -1), 5.0)
    peak("superior_articular", (23.0, 31.0, -9.0), (0, 0, -1), 7.0)
    for name, near, towards in (
        ("promontory", (0, -17, 0), (0, -1, -1)),
        ("base_posterior", (0, 15, 0), (0, 1, -1)),
    ):
        marks[f"sacrum.{name}"] = _midline(axis.bent(pick(straight, near, towards, 5.0)))
    return marks


def _crest() -> Floats:
    """Return the summit of the modelled iliac crest (n, 3) from PSIS to ASIS, left side."""
    top, under = WING[::-1, -1], WING[::-1, -2]
    up = top[:, :3] - under[:, :3]
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    points = top[:, :3] + up * top[:, 3:]
    points[0] = (42.5, 85.0, 96.0)
    points[-1] = (119.0, -56.0, 72.5)
    chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return np.asarray(PchipInterpolator(chord / chord[-1], points)(np.linspace(0, 1, 97)), dtype=np.float64)


def _hip_marks(mesh: Mesh) -> tuple[dict[str, Floats], Floats]:
    """Return the landmarks of the unwarped hip bone and the line of its crest, left side."""
    v = mesh.vertices
    crest = np.array([onto(mesh, p) for p in _crest()])
    crest = gaussian_filter1d(crest, 2.0, axis=0, mode="nearest")
    crest = np.array([onto(mesh, p) for p in crest])
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(crest, axis=0), axis=1))])
    marks: dict[str, Floats] = {}
    for name, part in (("1_6", 1 / 6), ("1_3", 1 / 3), ("1_2", 1 / 2), ("2_3", 2 / 3), ("5_6", 5 / 6)):
        marks[f"crest_{name}"] = crest[int(np.argmin(np.abs(lengths - part * lengths[-1])))]
    high = v[v[:, 1] > 0]
    marks["iliac_crest_top"] = high[np.argmax(high[:, 2])]
    marks["iliac_tubercle"] = v[np.argmax(v[:, 0])]
    marks["psis"] = pick(mesh, (42.5, 85, 96), (-0.1, 1, -0.15), 9)
    marks["psis_inferior"] = pick(mesh, (43, 82, 88), (0, 1, -0.8), 6)
    marks["piis"] = pick(mesh, (39.5, 68, 59.5), (-0.3, 1, -0.8), 8)
    marks["asis"] = pick(mesh, (118, -55, 72), (0.2, -1, -0.1), 8)
    marks["aiis"] = pick(mesh, (100, -46, 39), (0.1, -1, 0), 8)
    marks["greater_notch"] = pick(mesh, (62, 36, 44), (0, 0.8, 0.2), 0.5)
    marks["ischial_spine"] = pick(mesh, (46, 41, 12), (-0.75, 0.65, 0), 6)
    marks["lesser_notch"] = onto(mesh, (59, 34, -8))
    marks["ischial_tuberosity"] = onto(mesh, (69, 40, -44), (0, 0.8, -0.3))
    low = v[(v[:, 1] > -10) & (v[:, 2] < -60)]
    marks["ischial_tuberosity_inferior"] = low[np.argmin(low[:, 2])]
    marks["ischial_tuberosity_medial"] = pick(mesh, (53, 20, -62), (-1, 0.2, 0), 6)
    marks["ischial_ramus"] = onto(mesh, (46, -8, -71), (0.2, -0.2, -1))
    marks["inferior_pubic_ramus"] = onto(mesh, (27, -36, -50), (0.0, -1, -0.4))
    marks["pubic_body"] = onto(mesh, (13, -52, -30), (0, -1, 0))
    marks["pubic_tubercle"] = pick(mesh, (27.5, -57, -12), (0.2, -1, 0.4), 5)
    marks["pubic_crest"] = pick(mesh, (14, -52, -12), (0, -0.6, 1), 5)
    marks["pecten_middle"] = pick(mesh, (46, -46, 5), (-0.2, 0, 1), 5)
    marks["iliopubic_eminence"] = pick(mesh, (70, -38, 20), (0, -0.6, 1), 7)
    for name, near, towards in (
        ("superior", (3, -47, -12), (0, -0.4, 1)),
        ("inferior", (3, -33, -50), (0, 0.2, -1)),
        ("anterior", (3, -47, -30), (0, -1, -0.3)),
    ):
        marks[f"symphysis_{name}"] = _midline(pick(mesh, near, towards, 5))
    marks["acetabulum_centre"] = HIP
    rim = ring(CUP_AXIS, 1.0, CUP_RADIUS + 2.6, np.array([-0.30, -0.30, -0.90]), 0)
    for name, at in (
        ("anterior", rim[np.argmin(rim[:, 1])]), ("superior", rim[np.argmax(rim[:, 2])]),
        ("posterior", rim[np.argmax(rim[:, 1])]), ("inferior", rim[np.argmin(rim[:, 2])]),
    ):  # fmt: skip
        marks[f"acetabular_rim_{name}"] = onto(mesh, at)
    marks["gluteal_surface"] = onto(mesh, (112, 22, 98), (0.6, 0.5, -0.3))
    marks["gluteus_maximus_area"] = onto(mesh, (70, 76, 105), (0.5, 0.7, 0))
    marks["obturator_foramen_centre"] = np.array([40.0, -17.0, -31.0])
    return {f"pelvis.{k}": p for k, p in marks.items()}, crest


def build_low_back(params: LowBackShape = MALE, spacing: float = 1.15) -> LowBack:
    """Return the sculpted low back of a figure in the body frame; ``spacing`` is the grid's step in mm."""
    warp = _warp(params)
    flip = np.array([-1.0, 1.0, 1.0])
    axis = sacral_axis(CANON_S1, CANON_SLOPE)
    whole = build_sacrum(spacing).mirrored()
    lumbar = _lumbar(params, whole, spacing)
    sacrum = _bent(_smooth_both_sides(whole.surface(), 2), axis)
    coccyx = _bent(_smooth_both_sides(build_coccyx(1.0).mirrored().surface(), 2), axis)
    hip = smoothed(build_hip_bone(1.3, whole, axis).surface(), 8)
    marks = _sacral_marks(sacrum, axis)
    tail = Mesh(axis.straight(coccyx.vertices), coccyx.faces)
    for name, near, towards in (
        ("base", (0, 5.0, SACRAL_LENGTH + 4), (0, 1, 0)), ("middle", (0, 4.0, SACRAL_LENGTH + 18), (0, 1, 0)),
        ("tip", (0, 0, SACRAL_LENGTH + 33), (0, 0, 1)),
    ):  # fmt: skip
        marks[f"coccyx.{name}"] = _midline(axis.bent(pick(tail, near, towards, 4.0)))
    hip_marks, crest = _hip_marks(hip)
    marks.update(hip_marks)
    marks.update(_sacroiliac_line(hip))
    meshes = dict(lumbar.meshes)
    meshes["sacrum"] = sacrum.moved(warp(sacrum.vertices))
    meshes["coccyx"] = coccyx.moved(warp(coccyx.vertices))
    meshes["pelvis_right"] = hip.moved(warp(hip.vertices)).mirrored()
    landmarks = dict(lumbar.landmarks)
    for name, at in marks.items():
        moved = warp(at[None, :])[0] * flip
        landmarks[name] = _midline(moved) if abs(at[0]) < 1e-9 else moved
    curves = {"pelvis.iliac_crest": warp(crest) * flip}
    return replace(lumbar, meshes=meshes, landmarks=landmarks, curves=curves)


def _bent(mesh: Mesh, axis: SacralAxis) -> Mesh:
    """Return a mesh of the straight sacral model in the body frame, still facing outward."""
    return Mesh(axis.bent(mesh.vertices), np.ascontiguousarray(mesh.faces[:, ::-1]))


def _sacroiliac_line(hip: Mesh) -> dict[str, Floats]:
    """Return three points on the line where, seen from behind, the ilium's edge lies against the sacrum."""
    v = hip.vertices
    marks = {}
    for name, z in (("upper", 97.0), ("middle", 80.0), ("lower", 62.0)):
        row = v[(np.abs(v[:, 2] - z) < 2.0) & (v[:, 1] > 45)]
        edge = row[row[:, 0] < row[:, 0].min() + 2.5]
        marks[f"sacrum.si_line_{name}"] = edge[np.argmax(edge[:, 1])]
    return marks
