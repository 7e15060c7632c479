"""How much was given where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from charting.anatomy import View
from charting.coursemap.spots import SPOT_WITHIN
from charting.coursemap.views import on_view
from charting.domain import NotAPlace, Session
from charting.domain.places import distance

SPREAD = SPOT_WITHIN / 2
"""mm (one standard deviation) over which a mark's volume is spread: a spot reaches two of them each way."""


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """mL for each cm2 of a view: ``values`` (rows, columns), one each ``spacing`` mm from its (0, 0).

    Each value stands for the square around its point, so that the sum of all, times the square's area, is
    what the visible marks gave, but for what runs over the drawing's edge.
    """

    spacing: float
    values: NDArray[np.float64]


def density(
    sessions: Iterable[Session], view: View, *, spacing: float = 2.0, spread: float = SPREAD
) -> Density:
    """Return how much was given where, of the marks that the view sees, each spread by a Gaussian.

    ``spacing`` and ``spread`` (the standard deviation) are in mm of the view, more than 0.
    Raises NotAPlace for a bad length.
    """
    if distance("spacing", spacing) < 0.1 or distance("spread", spread) <= 0:
        raise NotAPlace("the spacing is at least 0.1 mm, and the spread more than 0")
    columns, rows = (int(np.ceil(length / spacing)) + 1 for length in view.size)
    seen = [one for one in on_view(sessions, view) if one.visible]
    grid = np.zeros((rows, columns))
    if seen:
        x = np.clip(np.rint([one.x / spacing for one in seen]).astype(np.intp), 0, columns - 1)
        y = np.clip(np.rint([one.y / spacing for one in seen]).astype(np.intp), 0, rows - 1)
        np.add.at(grid, (y, x), [float(one.mark.injection.ml) for one in seen])
    spread_out = _blur(rows, spread / spacing) @ grid @ _blur(columns, spread / spacing)
    return Density(spacing, spread_out / (spacing * spacing / 100.0))


def _blur(count: int, sigma: float) -> NDArray[np.float64]:
    """Return the (count, count) matrix that spreads by a Gaussian of ``sigma`` cells along one axis."""
    reach = max(1, int(np.ceil(4 * sigma)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    steps = np.arange(count)
    away = steps[:, None] - steps[None, :]
    return np.where(np.abs(away) <= reach, kernel[np.clip(away, -reach, reach) + reach], 0.0)
