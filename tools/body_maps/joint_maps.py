"""Carrying a bone from the place it has in its source to the place it has in a figure, joint to joint."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from .inside import Depth
from .mesh import Floats, Mesh, welded
from .skin import Skin, frame

Bools = NDArray[np.bool_]
Knots = tuple[tuple[float, float], ...]


def closed(mesh: Mesh) -> Mesh:
    """Return the mesh with its holes filled, each by a fan around the middle of its border."""
    sides = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    _, first, shared = np.unique(np.sort(sides, axis=1), axis=0, return_index=True, return_counts=True)
    border = sides[np.sort(first[shared == 1])]
    at: dict[int, list[int]] = {}
    for edge, ends in enumerate(border):
        for end in ends:
            at.setdefault(int(end), []).append(edge)
    left = set(range(len(border)))
    vertices, faces = [mesh.vertices], [mesh.faces]
    count = len(mesh.vertices)
    for begin in range(len(border)):
        path, edges = [int(border[begin, 0])], [-1]
        while begin in left or len(path) > 1:
            onward = [edge for edge in at[path[-1]] if edge in left]
            if not onward:
                break
            edge = onward[0]
            left.discard(edge)
            ends = border[edge]
            here = int(ends[1] if ends[0] == path[-1] else ends[0])
            if here not in path:
                path.append(here)
                edges.append(edge)
                continue
            ring = path[path.index(here) :]
            ring_edges = [*edges[path.index(here) + 1 :], edge]
            del path[path.index(here) + 1 :], edges[path.index(here) + 1 :]
            if len(ring) < 3:
                continue
            vertices.append(mesh.vertices[ring].mean(axis=0, keepdims=True))
            # the fan runs against the triangle beside it
            faces.append(np.array([(border[e, 1], border[e, 0], count) for e in ring_edges], dtype=np.int64))
            count += 1
    return Mesh(np.concatenate(vertices), np.concatenate(faces))


def zipped(mesh: Mesh, *, within: float = 0.9) -> Mesh:
    """Return the mesh with its cracks shut: border vertices closer than ``within`` mm become one."""
    sides = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    _, first, shared = np.unique(np.sort(sides, axis=1), axis=0, return_index=True, return_counts=True)
    border = np.unique(sides[first[shared == 1]])
    same = np.arange(len(mesh.vertices))
    for i, j in sorted(cKDTree(mesh.vertices[border]).query_pairs(within)):
        a, b = same[border[i]], same[border[j]]
        same[same == max(a, b)] = min(a, b)
    return welded(mesh.moved(mesh.vertices[same]))


def outward(mesh: Mesh) -> Mesh:
    """Return the mesh with all triangles of a piece turned alike, and facing out."""
    faces = mesh.faces.copy()
    beside: dict[tuple[int, int], list[int]] = {}
    for index, face in enumerate(faces):
        for a, b in zip(face, np.roll(face, -1), strict=True):
            beside.setdefault((min(a, b), max(a, b)), []).append(index)
    seen = np.zeros(len(faces), dtype=bool)
    for begin in range(len(faces)):
        if seen[begin]:
            continue
        seen[begin] = True
        waiting, piece = [begin], []
        while waiting:
            here = waiting.pop()
            piece.append(here)
            for a, b in zip(faces[here], np.roll(faces[here], -1), strict=True):
                pair = beside[(min(a, b), max(a, b))]
                if len(pair) != 2:
                    continue
                other = pair[0] if pair[1] == here else pair[1]
                if seen[other]:
                    continue
                seen[other] = True
                sides = list(zip(faces[other], np.roll(faces[other], -1), strict=True))
                if (
                    a,
                    b,
                ) in sides:  # neighbours that agree run along their common side in opposite directions
                    faces[other] = faces[other][::-1]
                waiting.append(other)
        corners = mesh.vertices[faces[piece]] - mesh.vertices[faces[piece]].mean(axis=(0, 1))
        if np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) < 0:
            faces[piece] = faces[piece][:, ::-1]
    return Mesh(mesh.vertices, faces)


def mended(mesh: Mesh) -> Mesh:
    """Return the mesh with its cracks shut, its holes filled and all its triangles facing out."""
    return outward(closed(zipped(mesh)))


def between(values: Floats, knots: Knots) -> Floats:
    """Return a piecewise linear function of ``values``; beyond the ends it stays what it is there."""
    at, height = zip(*knots, strict=True)
    return np.asarray(np.interp(values, at, height))


class JointMap:
    """A map of space that carries one joint line onto another.

    The source's line runs from ``source[0]`` to ``source[1]``, the target's from ``target[0]`` to ``target[1]``
    (points, mm). ``towards`` are two directions (source's, target's) that name the same side of the bone. ``across``
    gives the scale along that side and along the third direction, as knots over the share of the line travelled
    (0 at the first joint, 1 at the second). Near its ends, over the shares ``ends``, the line is scaled by
    ``end_scale``, so that the joint surfaces keep their form, and the shaft between takes up the rest of the length;
    without ``ends`` the whole length is scaled alike.
    """

    def __init__(
        self,
        source: tuple[Floats, Floats],
        target: tuple[Floats, Floats],
        towards: tuple[Floats, Floats],
        across: tuple[Knots, Knots],
        *,
        ends: tuple[float, float] | None = None,
        end_scale: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        self._start, self._goal = source[0], target[0]
        self._from = frame(source[1] - source[0], towards[0])
        self._to = frame(target[1] - target[0], towards[1])
        self._length = float(np.linalg.norm(source[1] - source[0]))
        reach = float(np.linalg.norm(target[1] - target[0]))
        self._across = across
        if ends is None:
            scale = reach / self._length
            self._along: Knots = ((-1.0, -reach), (2.0, 2 * reach))
            self._outer = (scale, scale)
        else:
            near, far = ends[0] * self._length * end_scale[0], ends[1] * self._length * end_scale[1]
            self._along = ((0.0, 0.0), (ends[0], near), (1 - ends[1], reach - far), (1.0, reach))
            self._outer = end_scale
        self._reach = reach

    def __call__(self, at: Floats) -> Floats:
        """Return where points (N, 3) or one point (3,) of the source come to lie."""
        local = (np.atleast_2d(at) - self._start) @ self._from
        share = local[:, 0] / self._length
        along = between(share, self._along)
        if len(self._along) == 4:
            along = along + np.minimum(share, 0) * self._length * self._outer[0]
            along = along + np.maximum(share - 1, 0) * self._length * self._outer[1]
        else:
            along = share * self._reach
        side = [local[:, i + 1] * between(share, self._across[i]) for i in (0, 1)]
        carried = np.stack([along, *side], axis=1) @ self._to.T + self._goal
        return np.asarray(carried.reshape(np.shape(at)))


def even(scale: float) -> tuple[Knots, Knots]:
    """Return the same scale across the bone everywhere."""
    return ((0.0, scale),), ((0.0, scale),)


def joint_between(a: Mesh, b: Mesh, *, share: float = 0.04) -> Floats:
    """Return the middle (3,) of the place where two bones come nearest: the joint between them."""
    gap, nearest = cKDTree(b.vertices).query(a.vertices)
    count = max(6, int(share * len(a.vertices)))
    close = np.argsort(gap, kind="stable")[:count]
    return np.asarray((a.vertices[close].mean(axis=0) + b.vertices[nearest[close]].mean(axis=0)) / 2)


def end_of(mesh: Mesh, direction: Floats, *, share: float = 0.05) -> Floats:
    """Return the middle (3,) of the vertices that lie furthest along a direction."""
    along = mesh.vertices @ direction
    far = np.argsort(-along, kind="stable")[: max(4, int(share * len(along)))]
    return np.asarray(mesh.vertices[far].mean(axis=0))


def section(
    points: Floats, centre: Floats, axes: Floats, *, half: float = 4.0, apart: float = 70.0
) -> Floats:
    """Return how far a limb's skin reaches from ``centre`` across its length: (2, 2) mm, rows axes 1 and 2, least and most.

    ``axes`` (3, 3) has the limb's length as its first column. Only skin points (N, 3) within ``half`` mm of the plane
    across the limb and ``apart`` mm of the centre count.
    """
    local = (points - centre) @ axes
    near = (np.abs(local[:, 0]) < half) & (np.hypot(local[:, 1], local[:, 2]) < apart)
    return np.stack([local[near][:, 1:].min(axis=0), local[near][:, 1:].max(axis=0)], axis=1)


def digit_skin(skin: Skin, limb: Bools, line: tuple[Floats, Floats], cuts: Floats, widest: float) -> Bools:
    """Return which vertices of the fine skin belong to a finger or toe, from its web to its tip.

    Neighbouring digits may touch, so nearness does not tell whose skin it is; what hangs together does. The digit
    runs along ``line``, and is cut off across it at the first of ``cuts`` (mm from the line's start) beyond which
    no skin that hangs together with its tip lies further than ``widest`` mm from the line.
    """
    vertices, faces = skin.mesh.vertices, skin.mesh.faces
    start, end = line
    length = float(np.linalg.norm(end - start))
    ahead = (end - start) / length
    local = vertices - start
    along = local @ ahead
    aside = np.linalg.norm(local - along[:, None] * ahead, axis=1)
    near = limb & (along > cuts[0]) & (along < length + 40.0)
    faces = faces[near[faces].all(axis=1)]
    of_near = np.where(near)[0]
    new = np.full(len(vertices), -1)
    new[of_near] = np.arange(len(of_near))
    faces, along, aside, count = new[faces], along[near], aside[near], len(of_near)
    tip = int(np.argmin(np.linalg.norm(vertices[near] - end, axis=1)))
    mine = np.ones(count, dtype=bool)
    for cut in cuts:
        keep = along > cut
        own = faces[keep[faces].all(axis=1)]
        ends = (own[:, [0, 1]].reshape(-1), own[:, [1, 2]].reshape(-1))
        graph = sparse.coo_matrix((np.ones(2 * len(own)), ends), shape=(count, count))
        _, label = connected_components(graph, directed=False)
        mine = np.asarray(label == label[tip])
        if aside[mine].max() < widest:
            break
    whole = np.zeros(len(vertices), dtype=bool)
    whole[of_near[mine]] = True
    return whole


def digit_end(own: Floats, before: Floats, tip: Floats) -> Floats:
    """Return the point of a digit's line, from ``before`` towards ``tip``, at which its skin ``own`` (N, 3) ends."""
    ahead = (tip - before) / np.linalg.norm(tip - before)
    local = own - before
    along = local @ ahead
    aside = np.linalg.norm(local - along[:, None] * ahead, axis=1)
    return np.asarray(before + ahead * along[aside < max(5.0, float(aside[along > 0].min()) + 1.0)].max())


def slimmed(mesh: Mesh, depth: Depth, least: float) -> Mesh:
    """Return a bone of a digit shifted, and where that is not enough slimmed, until it lies ``least`` mm deep."""
    vertices = mesh.vertices
    for _ in range(6):
        under, out = depth.with_direction(vertices)
        # in the fold of a web the normals of the nearest skin disagree: only skin close by counts
        near = np.linalg.norm(depth.nearest(vertices) - vertices, axis=1) < 5.0
        lacking = np.where(near, np.maximum(least - under, 0.0), 0.0)
        if lacking.max() <= 0:
            break
        worst = lacking > 0.3 * lacking.max()
        middle = vertices.mean(axis=0)
        along = np.linalg.svd(vertices - middle, full_matrices=False)[2][0]
        push = -(out[worst] * lacking[worst, None]).mean(axis=0)
        push -= (push @ along) * along
        vertices = vertices + push
        axis = middle + push + ((vertices - middle - push) @ along)[:, None] * along
        vertices = axis + (vertices - axis) * 0.97
    return mesh.moved(vertices)
