"""How deep a point lies under the skin, and moving bones so that they stay under it."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from .mesh import Floats, Mesh, neighbour_mean, vertex_normals


class Depth:
    """Depth under a skin: positive inside, negative outside, mm.

    The skin is a fine mesh whose vertices lie about 5 mm apart or closer. ``outer`` (N,) marks the vertices of the
    outer surface; without the others (the mouth, the eye sockets) a skull would seem to lie outside.
    """

    def __init__(self, skin: Mesh, outer: np.ndarray | None = None) -> None:
        keep = np.ones(len(skin.vertices), dtype=bool) if outer is None else outer
        self._points = skin.vertices[keep]
        self._normals = vertex_normals(skin)[keep]
        self._tree = cKDTree(self._points)

    def __call__(self, at: Floats) -> Floats:
        """Return the depth (N,) of points (N, 3): along the normals of the four nearest skin points, by nearness."""
        return self.with_direction(at)[0]

    def with_direction(self, at: Floats) -> tuple[Floats, Floats]:
        """Return the depth (N,) and the outward unit direction of the skin nearby (N, 3)."""
        distance, index = self._tree.query(at, k=4)
        weight = 1 / np.maximum(distance, 0.3)
        weight /= weight.sum(axis=1, keepdims=True)
        normals = self._normals[index]
        depth = ((self._points[index] - at[:, None, :]) * normals).sum(axis=2)
        outward = (normals * weight[:, :, None]).sum(axis=1)
        outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
        return (depth * weight).sum(axis=1), outward

    def distance(self, at: Floats) -> Floats:
        """Return how far points (N, 3) are from the nearest skin vertex, mm."""
        return np.asarray(self._tree.query(at)[0])

    def nearest(self, at: Floats) -> Floats:
        """Return the skin vertices (N, 3) nearest to points (N, 3)."""
        _, index = self._tree.query(at)
        return np.asarray(self._points[index])


def kept_under(
    mesh: Mesh, depth: Depth, least: float, *, passes: int = 8, reach: float = 15.0, spread: int = 25
) -> tuple[Mesh, float]:
    """Return the mesh moved so that it lies ``least`` mm under the skin, and the largest push in mm.

    Vertices that are too shallow move inward along the skin's normal; the movement is spread over ``spread`` rings
    of neighbours so that the bone bends instead of denting, and never exceeds ``reach``.
    """
    mean = neighbour_mean(mesh)
    start = mesh.vertices
    vertices = start
    for _ in range(passes):
        at, outward = depth.with_direction(vertices)
        lacking = np.clip(least - at, 0.0, 6.0)
        most = float(lacking.max())
        if most < 0.05:
            break
        push = -outward * lacking[:, None]
        for _ in range(spread):
            push = mean @ push
        size = float(np.linalg.norm(push, axis=1).max())
        vertices = vertices + push * min(6.0, most / max(size, 1e-9))
        moved = vertices - start
        length = np.linalg.norm(moved, axis=1, keepdims=True)
        vertices = start + moved * np.minimum(1.0, reach / np.maximum(length, 1e-9))
    return mesh.moved(vertices), float(np.linalg.norm(vertices - start, axis=1).max())


def parted(
    mesh: Mesh, other: Mesh, gap: float, *, passes: int = 12, reach: float = 7.0, spread: int = 3
) -> Mesh:
    """Return the mesh moved, where it meets another bone, so that ``gap`` mm lie between them.

    Only what is too near moves, out of the other bone, spread over ``spread`` rings and never farther than ``reach``.
    """
    within = Depth(other)
    mean = neighbour_mean(mesh)
    start = vertices = mesh.vertices
    near = within.distance(start) < 2 * reach
    for _ in range(passes):
        at, outward = within.with_direction(vertices)
        lacking = np.where(near, np.clip(at + gap, 0.0, 2.0), 0.0)
        if float(lacking.max()) < 0.1:
            break
        push = outward * lacking[:, None]
        for _ in range(spread):
            push = 0.4 * push + 0.6 * (mean @ push)
        moved = vertices + push - start
        length = np.linalg.norm(moved, axis=1, keepdims=True)
        vertices = start + moved * np.minimum(1.0, reach / np.maximum(length, 1e-9))
    return mesh.moved(vertices)
