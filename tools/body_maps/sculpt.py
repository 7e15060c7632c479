"""Sculpting with implicit surfaces: bones are built from clouds of spheres joined smoothly on a grid.

Lengths are in mm in whatever frame the caller models in. A field holds the signed distance to a surface
(negative inside), true within ``BAND`` of it and clipped beyond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline, RegularGridInterpolator
from scipy.ndimage import gaussian_filter
from skimage.measure import marching_cubes

from tools.body_maps.mesh import Mesh, pieces

Floats = NDArray[np.float64]
Values = NDArray[np.float32]
BAND = 9.0  # mm; distances beyond are clipped to this


@dataclass(frozen=True)
class Spheres:
    """A cloud of spheres whose union is one part of a bone: ``centres`` (N, 3), ``radii`` (N,)."""

    centres: Floats
    radii: Floats

    def moved(self, rotation: Floats, shift: Floats, scale: float = 1.0) -> Spheres:
        """Return the cloud after ``scale``, then ``rotation`` (3, 3), then ``shift`` (3,)."""
        return Spheres(scale * self.centres @ rotation.T + shift, scale * self.radii)

    def mirrored(self) -> Spheres:
        """Return the mirror across x = 0."""
        return Spheres(self.centres * np.array([-1.0, 1.0, 1.0]), self.radii)

    def both(self) -> Spheres:
        """Return the cloud and its mirror across x = 0."""
        return merged([self, self.mirrored()])

    def grown(self, by: float) -> Spheres:
        """Return the cloud with every radius larger by ``by``."""
        return Spheres(self.centres, self.radii + by)


def merged(clouds: Sequence[Spheres]) -> Spheres:
    """Return several clouds as one."""
    return Spheres(np.concatenate([c.centres for c in clouds]), np.concatenate([c.radii for c in clouds]))


def resampled(values: Floats, axis: int, number: int) -> Floats:
    """Return control values interpolated by a cubic spline through them along one axis."""
    count = values.shape[axis]
    if count == 1 or number == count:
        return values
    at = np.linspace(0, count - 1, number)
    if count == 2:
        first, second = np.take(values, [0], axis), np.take(values, [1], axis)
        weight = at.reshape([-1 if i == axis else 1 for i in range(values.ndim)])
        return first * (1 - weight) + second * weight
    return np.asarray(CubicSpline(np.arange(count), values, axis=axis, bc_type="natural")(at))


def line_of(text: str) -> Floats:
    """Return control points (n, 4) written as ``x y z radius, x y z radius, ...``."""
    return np.array([[float(v) for v in point.split()] for point in text.split(",")])


def grid_of(text: str) -> Floats:
    """Return control points (n, m, 4) written as one line of text per row."""
    return np.stack([line_of(row) for row in text.strip().splitlines()])


def sheet(control: Sequence[Sequence[Sequence[float]]] | Floats, step: float = 0.8) -> Spheres:
    """Return a curved plate.

    ``control`` (n, m, 4) gives points x, y, z on its middle and half its thickness there.
    """
    grid = np.asarray(control, dtype=np.float64)
    numbers = []
    for axis in (0, 1):
        if grid.shape[axis] == 1:
            numbers.append(1)
            continue
        lengths = np.linalg.norm(np.diff(grid[..., :3], axis=axis), axis=-1).sum(axis=axis)
        numbers.append(max(grid.shape[axis], int(np.ceil(float(lengths.max()) / step)) + 1))
    fine = resampled(resampled(grid, 0, numbers[0]), 1, numbers[1]).reshape(-1, 4)
    return Spheres(np.ascontiguousarray(fine[:, :3]), np.maximum(fine[:, 3], 0.3))


def rod(control: Sequence[Sequence[float]] | Floats, step: float = 0.6) -> Spheres:
    """Return a curved round bar: ``control`` (n, 4) gives points x, y, z on its axis and its radius there."""
    return sheet(np.asarray(control, dtype=np.float64)[:, None, :], step)


def ball(x: float, y: float, z: float, radius: float) -> Spheres:
    """Return one sphere."""
    return Spheres(np.array([[x, y, z]]), np.array([radius]))


@numba.njit(cache=True, fastmath=False)
def _splat(values: Values, origin: Floats, h: float, centres: Floats, radii: Floats, reach: float) -> None:
    nx, ny, nz = values.shape
    for s in range(len(radii)):
        cx, cy, cz, r = centres[s, 0], centres[s, 1], centres[s, 2], radii[s]
        far = r + reach
        i0 = max(0, int(np.ceil((cx - far - origin[0]) / h)))
        i1 = min(nx - 1, int(np.floor((cx + far - origin[0]) / h)))
        j0 = max(0, int(np.ceil((cy - far - origin[1]) / h)))
        j1 = min(ny - 1, int(np.floor((cy + far - origin[1]) / h)))
        k0 = max(0, int(np.ceil((cz - far - origin[2]) / h)))
        k1 = min(nz - 1, int(np.floor((cz + far - origin[2]) / h)))
        for i in range(i0, i1 + 1):
            dx = origin[0] + i * h - cx
            for j in range(j0, j1 + 1):
                dy = origin[1] + j * h - cy
                flat = dx * dx + dy * dy
                for k in range(k0, k1 + 1):
                    dz = origin[2] + k * h - cz
                    square = flat + dz * dz
                    bound = values[i, j, k] + r
                    if bound > 0 and square < bound * bound:
                        values[i, j, k] = np.sqrt(square) - r


@numba.njit(cache=True)
def _join(a: Values, b: Values, k: float, sign: float) -> None:
    """Put the smooth union (sign 1) or intersection (sign -1) of two arrays of distances into the first."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            for m in range(a.shape[2]):
                p = sign * a[i, j, m]
                q = sign * b[i, j, m]
                low = min(p, q)
                if k > 0:
                    h = (k - abs(p - q)) / k
                    if h > 0:
                        low -= h * h * k * 0.25
                a[i, j, m] = sign * low


class Field:
    """Signed distances on a regular grid: ``values`` (nx, ny, nz) at ``origin`` + ``spacing`` * index."""

    def __init__(self, low: Sequence[float] | Floats, high: Sequence[float] | Floats, spacing: float) -> None:
        """Make an empty field from ``low`` to ``high``; planes of the grid lie on whole steps."""
        self.spacing = spacing
        first = np.floor(np.asarray(low, dtype=np.float64) / spacing)
        last = np.ceil(np.asarray(high, dtype=np.float64) / spacing)
        self.origin: Floats = first * spacing
        shape = tuple(int(n) for n in last - first + 1)
        self.values: Values = np.full(shape, BAND, dtype=np.float32)

    def axes(self) -> tuple[Floats, Floats, Floats]:
        """Return the coordinates of the grid along x, y and z."""
        x, y, z = (self.origin[i] + self.spacing * np.arange(self.values.shape[i]) for i in range(3))
        return x, y, z

    def points(self) -> Floats:
        """Return the coordinates (nx, ny, nz, 3) of the grid."""
        return np.stack(np.meshgrid(*self.axes(), indexing="ij"), axis=-1)

    def _box(self, cloud: Spheres, reach: float) -> tuple[slice, slice, slice] | None:
        low = (cloud.centres - cloud.radii[:, None]).min(axis=0) - reach
        high = (cloud.centres + cloud.radii[:, None]).max(axis=0) + reach
        cuts = []
        for i in range(3):
            start = max(0, int(np.floor((low[i] - self.origin[i]) / self.spacing)))
            stop = min(self.values.shape[i], int(np.ceil((high[i] - self.origin[i]) / self.spacing)) + 1)
            if stop <= start:
                return None
            cuts.append(slice(start, stop))
        return cuts[0], cuts[1], cuts[2]

    def _part(self, cloud: Spheres) -> tuple[tuple[slice, slice, slice], Values] | None:
        box = self._box(cloud, BAND)
        if box is None:
            return None
        values = np.full([s.stop - s.start for s in box], BAND, dtype=np.float32)
        origin = self.origin + self.spacing * np.array([s.start for s in box])
        _splat(values, origin, self.spacing, cloud.centres, cloud.radii, BAND)
        return box, values

    def add(self, cloud: Spheres, blend: float = 3.0) -> None:
        """Join a cloud, rounding the joint over ``blend`` mm."""
        part = self._part(cloud)
        if part is not None:
            _join(self.values[part[0]], part[1], blend, 1.0)

    def carve(self, cloud: Spheres, blend: float = 2.0) -> None:
        """Take a cloud away, rounding the edge over ``blend`` mm."""
        part = self._part(cloud)
        if part is not None:
            _join(self.values[part[0]], -part[1], blend, -1.0)

    def add_values(self, values: NDArray[np.floating], blend: float = 3.0) -> None:
        """Join a part given by its distances on the whole grid."""
        _join(self.values, np.minimum(values, BAND).astype(np.float32), blend, 1.0)

    def carve_values(self, values: NDArray[np.floating], blend: float = 2.0) -> None:
        """Take a part away that is given by its distances on the whole grid."""
        _join(self.values, -np.minimum(values, BAND).astype(np.float32), blend, -1.0)

    def at(self, points: Floats) -> Floats:
        """Return the distance at ``points`` (..., 3); outside the grid it is ``BAND``."""
        look_up = RegularGridInterpolator(self.axes(), self.values, bounds_error=False, fill_value=BAND)
        return np.asarray(look_up(points), dtype=np.float64)

    def mirrored(self) -> Field:
        """Return the field over both sides of a half field that begins on or below x = 0."""
        start = round(-float(self.origin[0]) / self.spacing)
        half = self.values[start:]
        whole = Field([0, 0, 0], [0, 0, 0], self.spacing)
        whole.values = np.concatenate([half[:0:-1], half])
        whole.origin = np.array([-(len(half) - 1) * self.spacing, self.origin[1], self.origin[2]])
        return whole

    def surface(self, level: float = 0.0) -> Mesh:
        """Return the largest closed surface where the distance is ``level``, facing outward."""
        padded = np.pad(self.values, 1, constant_values=BAND)
        vertices, faces, _, _ = marching_cubes(
            padded, level, spacing=(self.spacing,) * 3, gradient_direction="ascent", allow_degenerate=False
        )
        mesh = Mesh(
            np.asarray(vertices, dtype=np.float64) + (self.origin - self.spacing), faces.astype(np.int64)
        )
        mesh = pieces(mesh)[0]
        return mesh if volume(mesh) > 0 else Mesh(mesh.vertices, np.ascontiguousarray(mesh.faces[:, ::-1]))


def soften(field: Field, middle: Floats, radius: float, sigma: float) -> None:
    """Smooth the surface by a Gaussian of ``sigma`` mm near ``middle``, fading out at ``radius`` mm."""
    cuts = []
    for i in range(3):
        start = max(0, int((middle[i] - radius - field.origin[i]) / field.spacing))
        stop = min(field.values.shape[i], int((middle[i] + radius - field.origin[i]) / field.spacing) + 2)
        cuts.append(slice(start, stop))
    box = (cuts[0], cuts[1], cuts[2])
    near = np.stack(
        np.meshgrid(*(axis[cut] for axis, cut in zip(field.axes(), box, strict=True)), indexing="ij"), axis=-1
    )
    share = np.clip(2 - 2 * np.linalg.norm(near - middle, axis=-1) / radius, 0, 1)
    share = share * share * (3 - 2 * share)
    smooth = gaussian_filter(field.values[box], sigma / field.spacing, mode="nearest")
    field.values[box] += (share * (smooth - field.values[box])).astype(np.float32)


def volume(mesh: Mesh) -> float:
    """Return the volume enclosed by a closed mesh in mm³, positive if it faces outward."""
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def is_closed(mesh: Mesh) -> bool:
    """Return whether every edge is shared by exactly two triangles, which run along it both ways."""
    count = len(mesh.vertices)
    sides = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    forward = sides[:, 0] * count + sides[:, 1]
    backward = sides[:, 1] * count + sides[:, 0]
    return len(np.unique(forward)) == len(forward) and np.array_equal(np.sort(forward), np.sort(backward))
