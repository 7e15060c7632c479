"""Pictures of meshes as arrays: which triangle each pixel sees, how deep, its normal, how much light reaches it.

View frame: mm, x right, y down; depth in mm towards the viewer (larger is nearer). A pixel (row, column) of a
``Window`` has its centre at view x = left + (column + 0.5) / scale and y = top + (row + 0.5) / scale.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage

from .mesh import Floats, Ints, Mesh, joined, vertex_normals

Bools = NDArray[np.bool_]
Image = NDArray[np.float32]
Labels = NDArray[np.int32]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Return the function compiled to machine code on its first call."""
    return cast(Function, njit(cache=True)(function))


@dataclass(frozen=True)
class Camera:
    """Where a view is seen from: the view's id, ``to_view`` (3, 4) from the body frame, and the frame's size in mm."""

    view: str
    to_view: Floats
    width: float
    height: float

    def project(self, points: Floats) -> Floats:
        """Return body points (N, 3) as (N, 3): view x, view y, depth towards the viewer; mm."""
        return np.asarray(points @ self.to_view[:, :3].T + self.to_view[:, 3])

    def lift(self, x: Floats, y: Floats, depth: Floats) -> Floats:
        """Return view points with their depth as body points (..., 3)."""
        seen = np.stack([x, y, depth], axis=-1) - self.to_view[:, 3]
        return np.asarray(seen @ np.linalg.inv(self.to_view[:, :3]).T)


@dataclass(frozen=True)
class Window:
    """A grid of square pixels laid over the view frame: ``scale`` pixels per mm, corner at ``left``, ``top`` mm."""

    left: float
    top: float
    scale: float
    columns: int
    rows: int

    @staticmethod
    def over(camera: Camera, scale: float, *, margin: float = 0.0) -> Window:
        """Return the window that covers the view's frame and ``margin`` mm around it."""
        columns = int(np.ceil((camera.width + 2 * margin) * scale))
        rows = int(np.ceil((camera.height + 2 * margin) * scale))
        # centred, so that the pixels of a left view are the mirror of the right one's
        left = camera.width / 2 - columns / (2 * scale)
        top = camera.height / 2 - rows / (2 * scale)
        return Window(left, top, scale, columns, rows)

    def centres(self) -> tuple[Floats, Floats]:
        """Return view x of every column and view y of every row, at the pixels' centres."""
        x = self.left + (np.arange(self.columns) + 0.5) / self.scale
        y = self.top + (np.arange(self.rows) + 0.5) / self.scale
        return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)

    def pixel(self, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        """Return row and column of the pixels that hold the view points; they may lie outside the window."""
        row = np.floor((np.asarray(y) - self.top) * self.scale).astype(np.int64)
        column = np.floor((np.asarray(x) - self.left) * self.scale).astype(np.int64)
        return row, column


@dataclass(frozen=True)
class Scene:
    """Meshes made ready to be drawn, body frame in mm.

    ``normals`` are unit vectors of the vertices, ``light`` (N,) is the share of the sky that each vertex sees
    (1 open, 0 hidden), ``part`` (M,) says which of ``names`` each triangle belongs to.
    """

    vertices: Floats
    faces: Ints
    normals: Floats
    light: Floats
    part: Labels
    names: tuple[str, ...]

    def only(self, keep: Bools) -> Scene:
        """Return the scene with some of its triangles, their light unchanged."""
        return Scene(self.vertices, self.faces[keep], self.normals, self.light, self.part[keep], self.names)

    def alone(self, keep: Bools, *, directions: int = 48) -> Scene:
        """Return the scene with some of its triangles, lit as if nothing else were there (a limb seen alone)."""
        if keep.all():
            return self
        faces = self.faces[keep]
        used, inverse = np.unique(faces, return_inverse=True)
        mesh = Mesh(self.vertices[used], inverse.reshape(-1, 3).astype(np.int64))
        normals = self.normals[used]
        light = open_sky(mesh, normals, directions=directions)
        return Scene(mesh.vertices, mesh.faces, normals, light, self.part[keep], self.names)


def scene_of(
    meshes: Mapping[str, Mesh], *, directions: int = 64, pixels: int = 900, near: float = 3.0
) -> Scene:
    """Return the meshes as a scene, in the order given; ``near`` mm is the smallest gap that casts a shadow."""
    whole = joined(list(meshes.values()))
    normals = np.concatenate([vertex_normals(mesh) for mesh in meshes.values()])
    part = np.repeat(np.arange(len(meshes)), [len(mesh.faces) for mesh in meshes.values()]).astype(np.int32)
    light = open_sky(whole, normals, directions=directions, pixels=pixels, near=near)
    return Scene(whole.vertices, whole.faces, normals, light, part, tuple(meshes))


@dataclass(frozen=True)
class Raster:
    """What a window sees of a scene: arrays of (rows, columns).

    ``depth`` in mm towards the viewer, -inf where nothing is; ``face`` the triangle seen or -1; ``first`` and
    ``second`` the barycentric weights of that triangle's first two corners.
    """

    window: Window
    scene: Scene
    depth: Image
    face: Labels
    first: Image
    second: Image

    @property
    def hit(self) -> Bools:
        """Where something is seen."""
        return np.asarray(self.face >= 0)

    @property
    def part(self) -> Labels:
        """Which part of the scene each pixel sees, -1 for none."""
        seen = np.full(self.face.shape, -1, dtype=np.int32)
        hit = self.hit
        seen[hit] = self.scene.part[self.face[hit]]
        return seen

    def values(self, of_vertices: Floats) -> Image:
        """Return values of the vertices, (N,) or (N, K), interpolated at every pixel; 0 where nothing is seen."""
        flat = of_vertices.reshape(len(of_vertices), -1)
        out = np.zeros((*self.face.shape, flat.shape[1]), dtype=np.float32)
        _interpolate(self.face, self.first, self.second, self.scene.faces, flat, out)
        return out[..., 0] if of_vertices.ndim == 1 else out


@compiled
def _draw(
    points: Floats,
    faces: Ints,
    depth: Image,
    face: Labels | None = None,
    first: Image | None = None,
    second: Image | None = None,
) -> None:
    """Draw triangles, their corners in pixels, into the depth, and if there is more to tell into the rest."""
    rows, columns = depth.shape
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
        bx, by, bz = points[b, 0], points[b, 1], points[b, 2]
        cx, cy, cz = points[c, 0], points[c, 1], points[c, 2]
        low_x, high_x = min(ax, bx, cx), max(ax, bx, cx)
        low_y, high_y = min(ay, by, cy), max(ay, by, cy)
        if high_x < 0 or high_y < 0 or low_x > columns or low_y > rows:
            continue
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-12:
            continue
        j0, j1 = max(0, int(np.ceil(low_x - 0.5))), min(columns - 1, int(np.floor(high_x - 0.5)))
        i0, i1 = max(0, int(np.ceil(low_y - 0.5))), min(rows - 1, int(np.floor(high_y - 0.5)))
        for i in range(i0, i1 + 1):
            y = i + 0.5
            for j in range(j0, j1 + 1):
                x = j + 0.5
                u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                w = 1.0 - u - v
                if u < -1e-9 or v < -1e-9 or w < -1e-9:
                    continue
                z = u * az + v * bz + w * cz
                if z > depth[i, j]:
                    depth[i, j] = z
                    if face is not None and first is not None and second is not None:
                        face[i, j] = f
                        first[i, j] = u
                        second[i, j] = v


@compiled
def _interpolate(face: Labels, first: Image, second: Image, faces: Ints, values: Floats, out: Image) -> None:
    rows, columns = face.shape
    for i in range(rows):
        for j in range(columns):
            f = face[i, j]
            if f < 0:
                continue
            u, v = first[i, j], second[i, j]
            w = 1.0 - u - v
            for k in range(values.shape[1]):
                out[i, j, k] = (
                    u * values[faces[f, 0], k] + v * values[faces[f, 1], k] + w * values[faces[f, 2], k]
                )


def rasterize(camera: Camera, scene: Scene, window: Window) -> Raster:
    """Return what the window sees of the scene."""
    points = camera.project(scene.vertices)
    points[:, 0] = (points[:, 0] - window.left) * window.scale
    points[:, 1] = (points[:, 1] - window.top) * window.scale
    shape = (window.rows, window.columns)
    depth = np.full(shape, -np.inf, dtype=np.float32)
    face = np.full(shape, -1, dtype=np.int32)
    first, second = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    _draw(points, scene.faces, depth, face, first, second)
    return Raster(window, scene, depth, face, first, second)


def _directions(count: int) -> Floats:
    """Return ``count`` unit vectors spread evenly over the sphere (a Fibonacci spiral)."""
    z = 1 - (2 * np.arange(count) + 1) / count
    turn = np.pi * (1 + np.sqrt(5)) * np.arange(count)
    flat = np.sqrt(1 - z * z)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)


@compiled
def _lit(points: Floats, cosine: Floats, depth: Image, near: float, total: Floats, open_: Floats) -> None:
    rows, columns = depth.shape
    for n in range(points.shape[0]):
        c = cosine[n]
        if c <= 0.02:
            continue
        x, y = points[n, 0] - 0.5, points[n, 1] - 0.5
        j, i = int(np.floor(x)), int(np.floor(y))
        s, t = x - j, y - i
        seen = 0.0
        for di in range(2):
            for dj in range(2):
                weight = (s if dj else 1 - s) * (t if di else 1 - t)
                ii, jj = min(max(i + di, 0), rows - 1), min(max(j + dj, 0), columns - 1)
                if points[n, 2] >= depth[ii, jj] - near:
                    seen += weight
        total[n] += c
        open_[n] += c * seen


def open_sky(
    mesh: Mesh, normals: Floats, *, directions: int = 64, pixels: int = 900, near: float = 3.0
) -> Floats:
    """Return (N,) the share of the sky that each vertex sees, by shadow maps from evenly spread directions.

    A vertex is in shadow when something lies more than ``near`` mm (grown at grazing light) in front of it.
    """
    total, open_ = np.zeros(len(normals)), np.zeros(len(normals))
    centre = (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0)) / 2
    placed = mesh.vertices - centre
    for direction in _directions(directions):
        helper = np.eye(3)[np.argmin(np.abs(direction))]
        right = np.cross(helper, direction)
        right /= np.linalg.norm(right)
        axes = np.stack([right, np.cross(direction, right), direction])
        points = placed @ axes.T
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        scale = pixels / float((high - low).max())
        size = np.ceil((high - low) * scale).astype(int) + 2
        points[:, :2] = (points[:, :2] - low) * scale + 1
        depth = np.full((size[1], size[0]), -np.inf, dtype=np.float32)
        _draw(points, mesh.faces, depth)
        cosine = normals @ direction
        _lit(points, cosine, depth, near + 1.5 / scale, total, open_)
    return np.asarray(open_ / np.maximum(total, 1e-9))


def smooth_inside(values: Image, inside: Bools, sigma: float) -> Image:
    """Return values blurred by a Gaussian of ``sigma`` pixels that never mixes in what lies outside the mask."""
    weight = ndimage.gaussian_filter(inside.astype(np.float32), sigma, truncate=3.0)
    mixed = ndimage.gaussian_filter(np.where(inside, values, 0).astype(np.float32), sigma, truncate=3.0)
    return np.where(inside, mixed / np.maximum(weight, 1e-6), 0).astype(np.float32)


def extended(values: Image, inside: Bools) -> Image:
    """Return values with each pixel outside the mask given that of the nearest pixel inside."""
    if not inside.any():
        return values
    nearest = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    return np.asarray(values[tuple(nearest)])


@dataclass(frozen=True)
class DepthGrid:
    """Depth of the visible skin on a grid: point (row i, column j) is at view x = j * spacing, y = i * spacing, mm.

    ``depth`` in mm towards the viewer, NaN where there is no skin.
    """

    spacing: float
    depth: Floats

    SCALE = 0.05  # mm per step: 65,534 steps reach 3.2 m
    EMPTY = 65535

    def encoded(self) -> dict[str, object]:
        """Return the grid as the asset stores it (``charting.anatomy.files.DepthEntry``).

        Skin is smooth: the change of its change from point to point, down and across, packs into a fifth of the room.
        """
        empty = ~np.isfinite(self.depth)
        offset = float(np.floor(np.nanmin(self.depth))) if not empty.all() else 0.0
        steps = np.where(empty, self.EMPTY, np.round((np.where(empty, 0, self.depth) - offset) / self.SCALE))
        if steps[~empty].max(initial=0) >= self.EMPTY:
            raise ValueError("The depth of this view does not fit its encoding.")
        numbers = steps.astype(np.uint16)
        bend = np.diff(
            np.diff(numbers, axis=0, prepend=np.uint16(0)), axis=1, prepend=np.uint16(0)
        )  # modulo 65536
        data = base64.b64encode(zlib.compress(bend.astype("<u2").tobytes(), 9)).decode("ascii")
        rows, columns = self.depth.shape
        return {
            "spacing": self.spacing,
            "columns": columns,
            "rows": rows,
            "scale": self.SCALE,
            "offset": offset,
            "data": data,
        }


def depth_grid(camera: Camera, skin: Scene, *, spacing: float | None = None) -> DepthGrid:
    """Return the depth of the visible skin; ``spacing`` is 1 mm for close-ups and 2.5 mm for the full body."""
    step = spacing if spacing is not None else (2.5 if max(camera.width, camera.height) > 700 else 1.0)
    columns = int(np.floor(camera.width / step + 1e-6)) + 1
    rows = int(np.floor(camera.height / step + 1e-6)) + 1
    window = Window(-step / 2, -step / 2, 1 / step, columns, rows)
    depth = rasterize(camera, skin, window).depth.astype(np.float64)
    return DepthGrid(step, np.where(np.isfinite(depth), depth, np.nan))
