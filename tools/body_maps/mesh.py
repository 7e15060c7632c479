"""Triangle meshes: what a bone or a skin is made of, and what can be asked of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MIRROR = np.array([-1.0, 1.0, 1.0])
"""What a point is multiplied by to give its mirror across the midline plane x = 0."""


@dataclass(frozen=True)
class Mesh:
    """A surface of triangles: ``vertices`` (N, 3) in mm of a named frame, ``faces`` (M, 3) counter-clockwise from outside."""

    vertices: Floats
    faces: Ints

    def moved(self, vertices: Floats) -> Mesh:
        """Return the same triangles at other places."""
        return Mesh(np.ascontiguousarray(vertices, dtype=np.float64), self.faces)

    def mirrored(self) -> Mesh:
        """Return the mirror across the midline plane x = 0, still facing outward."""
        return Mesh(self.vertices * MIRROR, np.ascontiguousarray(self.faces[:, ::-1]))


def joined(meshes: list[Mesh]) -> Mesh:
    """Return several meshes as one."""
    starts = np.cumsum([0] + [len(m.vertices) for m in meshes])
    return Mesh(
        np.concatenate([m.vertices for m in meshes]),
        np.concatenate([m.faces + start for m, start in zip(meshes, starts[:-1], strict=True)]),
    )


def triangulated(polygons: list[list[int]]) -> Ints:
    """Return polygons of any size as triangles, each polygon fanned from its first corner."""
    return np.array(
        [(p[0], p[i], p[i + 1]) for p in polygons for i in range(1, len(p) - 1)], dtype=np.int64
    ).reshape(-1, 3)


def compacted(mesh: Mesh) -> Mesh:
    """Return the mesh without vertices that no triangle uses."""
    used, inverse = np.unique(mesh.faces, return_inverse=True)
    return Mesh(mesh.vertices[used], inverse.reshape(-1, 3).astype(np.int64))


def welded(mesh: Mesh, *, within: float = 1e-4) -> Mesh:
    """Return the mesh with vertices closer than ``within`` mm made one and degenerate triangles dropped."""
    keys = np.round(mesh.vertices / within).astype(np.int64)
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)  # keep the order of first appearance
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    faces = rank[inverse.reshape(-1)][mesh.faces]
    proper = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    faces = faces[proper]
    _, once = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    return compacted(Mesh(mesh.vertices[first[order]], faces[np.sort(once)]))


def pieces(mesh: Mesh) -> list[Mesh]:
    """Return the connected pieces, the one with most vertices first."""
    count = len(mesh.vertices)
    edges = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]]])
    graph = sparse.coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    sizes = np.bincount(label)
    found = []
    for piece in np.argsort(-sizes, kind="stable"):
        faces = mesh.faces[label[mesh.faces[:, 0]] == piece]
        if len(faces):
            found.append(compacted(Mesh(mesh.vertices, faces)))
    return found


def _edges_of(faces: Ints) -> tuple[Ints, Ints, Ints]:
    """Return unique edges (E, 2), the edge index of each triangle side (M, 3), and how many triangles share each."""
    sides = np.sort(np.stack([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]], axis=1), axis=2)
    flat = sides.reshape(-1, 2)
    edges, inverse, shared = np.unique(flat, axis=0, return_inverse=True, return_counts=True)
    return edges.astype(np.int64), inverse.reshape(-1, 3).astype(np.int64), shared.astype(np.int64)


@dataclass(frozen=True)
class Subdivision:
    """One step of Loop subdivision as a matrix: new vertices = ``weights`` @ old vertices, with the new triangles."""

    weights: sparse.csr_matrix
    faces: Ints


def loop_subdivision(faces: Ints, count: int) -> Subdivision:
    """Return one Loop step for ``count`` vertices; borders follow their own cubic curve.

    Source: Loop 1987, Smooth subdivision surfaces based on triangles, with Warren's simpler weights.
    """
    edges, side_of, shared = _edges_of(faces)
    number = len(edges)
    border = shared != 2
    order = np.argsort(side_of.reshape(-1), kind="stable")
    across = faces[:, [2, 0, 1]].reshape(-1)[order]  # the corner opposite each side, grouped by edge
    first = np.concatenate([[0], np.cumsum(shared)[:-1]])
    opposite = np.stack([across[first], across[first + shared - 1]], axis=1)
    rows: list[Ints] = []
    cols: list[Ints] = []
    data: list[Floats] = []

    def add(row: Ints, col: Ints, value: Floats) -> None:
        rows.append(row)
        cols.append(col)
        data.append(value)

    # new points in the middle of edges
    middle = count + np.arange(number)
    end_weight = np.where(border, 0.5, 0.375)
    add(middle, edges[:, 0], end_weight)
    add(middle, edges[:, 1], end_weight)
    inner = ~border
    for which in (0, 1):
        add(middle[inner], opposite[inner, which], np.full(int(inner.sum()), 0.125))
    # old points
    on_border = np.zeros(count, dtype=bool)
    on_border[edges[border].reshape(-1)] = True
    valence = np.bincount(edges.reshape(-1), minlength=count)
    beta = np.where(valence == 3, 3 / 16, 3 / (8 * np.maximum(valence, 1)))
    old = np.arange(count)
    add(old, old, np.where(on_border, 0.75, 1 - valence * beta))
    for a, b in ((0, 1), (1, 0)):
        free = ~on_border[edges[:, a]]
        add(edges[free, a], edges[free, b], beta[edges[free, a]])
        along = border & on_border[edges[:, a]]
        add(edges[along, a], edges[along, b], np.full(int(along.sum()), 0.125))
    weights = sparse.coo_matrix(
        (np.concatenate(data), (np.concatenate(rows), np.concatenate(cols))), shape=(count + number, count)
    ).tocsr()
    # where more than two borders meet, the weights above do not sum to one
    total = np.asarray(weights.sum(axis=1)).reshape(-1)
    weights = sparse.diags(1 / total) @ weights
    a, b, c = faces.T
    ab, bc, ca = (side_of[:, i] + count for i in range(3))
    finer = np.concatenate(
        [np.stack(t, axis=1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))]
    ).astype(np.int64)
    return Subdivision(sparse.csr_matrix(weights), finer)


def subdivided(mesh: Mesh, times: int = 1, *, through: float = 0.0) -> Mesh:
    """Return the mesh after ``times`` steps of Loop subdivision.

    Subdivision shrinks a coarse mesh. ``through`` (0 to 1) moves the corners out first, so that the smooth surface
    passes that share of the way back to the old vertices.
    """
    steps = []
    faces, count = mesh.faces, len(mesh.vertices)
    for _ in range(times):
        steps.append(loop_subdivision(faces, count))
        faces, count = steps[-1].faces, steps[-1].weights.shape[0]

    def smooth(vertices: Floats) -> Floats:
        for step in steps:
            vertices = np.asarray(step.weights @ vertices)
        return vertices

    corners = mesh.vertices
    for _ in range(3 if through else 0):  # the first vertices after a step are the old ones, moved
        corners = corners + through * (mesh.vertices - smooth(corners)[: len(mesh.vertices)])
    return Mesh(smooth(corners), faces)


def face_normals(mesh: Mesh) -> Floats:
    """Return (M, 3) normals whose length is twice the triangle's area, pointing outward."""
    corners = mesh.vertices[mesh.faces]
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def vertex_normals(mesh: Mesh) -> Floats:
    """Return (N, 3) unit normals, the mean of the neighbouring triangles by area."""
    normals = np.zeros_like(mesh.vertices)
    of_faces = face_normals(mesh)
    for corner in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(
                mesh.faces[:, corner], weights=of_faces[:, axis], minlength=len(normals)
            )
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return normals / np.maximum(length, 1e-12)


def smoothed(mesh: Mesh, times: int, *, shrink: float = 0.5, grow: float = -0.53) -> Mesh:
    """Return the mesh after ``times`` Taubin steps, which smooth without shrinking.

    Source: Taubin 1995, A signal processing approach to fair surface design.
    """
    matrix = neighbour_mean(mesh)
    vertices = mesh.vertices
    for _ in range(times):
        for step in (shrink, grow):
            vertices = vertices + step * (matrix @ vertices - vertices)
    return mesh.moved(vertices)


def neighbour_mean(mesh: Mesh) -> sparse.csr_matrix:
    """Return the (N, N) matrix that gives each vertex the mean of its neighbours."""
    edges, _, _ = _edges_of(mesh.faces)
    count = len(mesh.vertices)
    both = np.concatenate([edges, edges[:, ::-1]])
    graph = sparse.coo_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count)).tocsr()
    valence = np.asarray(graph.sum(axis=1)).reshape(-1)
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(valence, 1)) @ graph)
