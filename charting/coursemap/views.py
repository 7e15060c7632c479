"""Every mark of every session on one view."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, tzinfo

import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray

from charting.anatomy import View
from charting.anatomy.depth import NO_SKIN
from charting.anatomy.view import EDGE, SEEN_AT_MOST, SEEN_WITHIN
from charting.coursemap.spots import day_of, in_order
from charting.domain import Mark, Session, Shape, ViewPoint, middle_of, shape_of


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A given mark on a view, in that view's frame (mm).

    ``x`` and ``y`` are where its middle falls, and ``visible`` whether the skin there is the skin it lies on.
    ``shape`` is the mark's own where it was made on this view, and None elsewhere: its middle stands for it.
    ``number`` is the mark's number in its session.
    """

    session: Session
    on: date
    mark: Mark
    number: int
    x: float
    y: float
    shape: Shape | None
    visible: bool

    @property
    def at(self) -> ViewPoint:
        """Where its middle falls, as a point of the view frame."""
        return ViewPoint(self.x, self.y)


def on_view(
    sessions: Iterable[Session], view: View, *, atlas_sha256: str | None = None, zone: tzinfo = UTC
) -> tuple[Shown, ...]:
    """Return every given mark as it stands on a view, sessions in their order, marks in theirs.

    A mark that was made on this view stands where the finger put it, and is visible. If ``atlas_sha256`` says
    that the present drawings are not those it was made on, its shape is laid where its place of the body now
    falls, so that it stays on the skin it was put on. Any other mark stands where its place of the body
    falls. Marks on another figure are never visible: its millimetres are not this one's.
    """
    marks: list[tuple[Session, date, Mark, int]] = []
    numbers: list[float] = []
    for session in in_order(sessions):
        on = day_of(session, zone)
        for number, mark in enumerate(session.given, start=1):
            marks.append((session, on, mark, number))
            at = mark.at
            numbers += (at.x, at.y, at.z)
    places = np.array(numbers, dtype=np.float64).reshape(-1, 3)
    falls, seen = project_all(view, places)
    shown = []
    for (session, on, mark, number), (x, y), visible in zip(
        marks, falls.tolist(), seen.tolist(), strict=True
    ):
        shape: Shape | None = None
        if mark.map.figure != view.figure:
            visible = False
        elif mark.map.view == view.id:
            shape = mark.shape
            if atlas_sha256 is None or mark.map.atlas_sha256 == atlas_sha256:
                visible = True
            else:
                shape = _laid_at(shape, x, y)
            middle = shape.at if shape.kind == "point" else middle_of(shape)
            x, y = middle.x, middle.y
        shown.append(Shown(session, on, mark, number, x, y, shape, visible))
    return tuple(shown)


def project_all(view: View, places: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return where N places of the body fall on a view, (N, 2) mm, and whether they are seen there, (N,).

    ``places`` are (N, 3), in the body frame. The same as ``charting.anatomy.project`` for each, at once.
    """
    rows = np.array(view.map.rows)
    x, y, depth = rows[:, :3] @ places.T + rows[:, 3:]
    falls = np.column_stack([x, y])
    width, height = view.size
    seen = (x >= -EDGE) & (x <= width + EDGE) & (y >= -EDGE) & (y <= height + EDGE)
    near = np.flatnonzero(seen)
    seen[near] = shapely.dwithin(view.silhouette, shapely.points(x[near], y[near]), EDGE)
    near = np.flatnonzero(seen)
    seen[near] = _on_skin(view, x[near], y[near], depth[near])
    return falls, seen


def _on_skin(
    view: View, x: NDArray[np.float64], y: NDArray[np.float64], depth: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Say of places on the figure whether they are on the skin that the drawing shows."""
    grid = view.depth
    rows, columns = grid.numbers.shape
    u, v = x / grid.spacing, y / grid.spacing
    column = np.clip(np.floor(u).astype(np.intp), 0, columns - 2)
    row = np.clip(np.floor(v).astype(np.intp), 0, rows - 2)
    right, down = np.clip(u - column, 0.0, 1.0), np.clip(v - row, 0.0, 1.0)
    corners = ((row, column), (row, column + 1), (row + 1, column), (row + 1, column + 1))
    numbers = np.stack([grid.numbers[i, j] for i, j in corners]).astype(np.int64)
    cell = grid.offset + grid.scale * numbers
    change = cell.max(axis=0) - cell.min(axis=0)
    weights = np.stack([(1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down])
    skin = (weights * cell).sum(axis=0)
    allowed = np.minimum(SEEN_WITHIN + change / 2, SEEN_AT_MOST)
    seen: NDArray[np.bool_] = np.abs(skin - depth) <= allowed
    # at an edge of the skin the grid itself knows what continues what
    for i in np.flatnonzero((numbers == NO_SKIN).any(axis=0) | (change > grid.jump)):
        at = grid.at(float(x[i]), float(y[i]))
        seen[i] = at is not None and abs(at.depth - depth[i]) <= min(SEEN_WITHIN + at.slack, SEEN_AT_MOST)
    return seen


def _laid_at(shape: Shape, x: float, y: float) -> Shape:
    """Return the shape moved so that its middle lies at a point of the view frame."""
    middle = middle_of(shape)
    dx, dy = x - middle.x, y - middle.y
    if math.hypot(dx, dy) == 0:
        return shape
    return shape_of(shapely.affinity.translate(shape.geometry, dx, dy))
