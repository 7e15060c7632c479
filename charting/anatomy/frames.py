"""From the body frame to a drawing and back, and the side of the body on which a place lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from charting.domain import BodyMapUnusable, BodyPoint, Laterality, ViewPoint

Rows = tuple[tuple[float, float, float, float], ...]

MIDLINE_HALF_WIDTH = 2.5
"""mm from the midline plane within which a place is midline (decision 0003)."""

RIGID_WITHIN = 1e-4
"""How far the map's turning part may be from a true rotation, without unit: 0.1 mm over a metre."""


@dataclass(frozen=True, slots=True)
class ViewMap:
    """The affine map of a view: where on the drawing a place of the body falls, and how near the viewer.

    ``rows`` are three rows of four: view x, view y (down) and depth (mm towards the viewer) from body x, y, z
    and 1. ``back`` are the rows of the inverse.
    """

    rows: Rows
    back: Rows

    @classmethod
    def of(cls, rows: Sequence[Sequence[float]]) -> ViewMap:
        """Return the map with its inverse.

        Raises BodyMapUnusable if it stretches or skews the body, or shows it as in a mirror.
        """
        forward = np.array(rows, dtype=np.float64)
        turn = forward[:, :3]
        if not np.allclose(turn @ turn.T, np.eye(3), atol=RIGID_WITHIN):
            raise BodyMapUnusable("to_view stretches or skews the body: its 1 mm is not 1 mm of the drawing")
        # right and down on the page point away from the viewer, whom depth points to: a left-handed frame
        if np.linalg.det(turn) > 0:
            raise BodyMapUnusable("to_view shows the body as in a mirror: right and left are exchanged")
        inverse = np.linalg.inv(turn)
        backward = np.column_stack([inverse, -inverse @ forward[:, 3]])
        return cls(_rows(forward), _rows(backward))

    def forward(self, point: BodyPoint) -> tuple[float, float, float]:
        """Return view x, view y and depth of a place of the body, in mm."""
        return _apply(self.rows, point.x, point.y, point.z)

    def backward(self, at: ViewPoint, depth: float) -> BodyPoint:
        """Return the place of the body that falls on a point of the drawing at a depth in mm."""
        return BodyPoint(*_apply(self.back, at.x, at.y, depth))


def laterality_of(point: BodyPoint) -> Laterality:
    """Return the side of the patient on which a place of the body lies.

    The place is in the body frame. This is the only function that tells right from left: it reads the body
    frame's x, never a drawing. A place within MIDLINE_HALF_WIDTH of the midline plane is midline.
    Source: decision 0003.

    >>> laterality_of(BodyPoint(-80, 0, 400)), laterality_of(BodyPoint(1.5, 90, 120))
    (<Laterality.RIGHT: 'right'>, <Laterality.MIDLINE: 'midline'>)
    """
    if abs(point.x) <= MIDLINE_HALF_WIDTH:
        return Laterality.MIDLINE
    return Laterality.LEFT if point.x > 0 else Laterality.RIGHT


def _rows(matrix: NDArray[np.float64]) -> Rows:
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in matrix)


def _apply(rows: Rows, x: float, y: float, z: float) -> tuple[float, float, float]:
    # plain arithmetic: for one point it takes a tenth of the time of an array product
    (a, b, c, d), (e, f, g, h), (i, j, k, m) = rows
    return a * x + b * y + c * z + d, e * x + f * y + g * z + h, i * x + j * y + k * z + m
