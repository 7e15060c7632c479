"""How near the viewer the visible skin is, anywhere on a drawing."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from charting.anatomy.files import DepthEntry
from charting.domain import BodyMapUnusable

NO_SKIN = 65535

LEAST_JUMP = 6.0
STEEPEST = 4.0
"""Neighbours of the grid are two surfaces, an arm before the trunk, and not one, when their depths differ by
more than LEAST_JUMP mm and by more than STEEPEST times their distance (skin turned 76 degrees away)."""

SEARCH = 3
"""How many cells around an empty one are searched for the skin's edge."""


@dataclass(frozen=True, slots=True)
class Skin:
    """The visible skin at one point: ``depth`` mm towards the viewer, known to ``slack`` mm."""

    depth: float
    slack: float


@dataclass(frozen=True, slots=True, eq=False)
class DepthGrid:
    """The visible skin of a view: ``numbers`` (rows, columns), one each ``spacing`` mm; NO_SKIN is none."""

    spacing: float
    scale: float
    offset: float
    numbers: NDArray[np.uint16]

    @classmethod
    def decode(cls, entry: DepthEntry) -> DepthGrid:
        """Return the grid that a file holds; raises BodyMapUnusable if its data is damaged."""
        size = entry.rows * entry.columns * 2
        try:
            packed = base64.b64decode(entry.data, validate=True)
            reader = zlib.decompressobj()
            plain = reader.decompress(packed, size + 1)
        except (binascii.Error, ValueError, zlib.error) as trouble:
            raise BodyMapUnusable(f"the depth grid is damaged: {trouble}") from trouble
        if len(plain) != size or not reader.eof:
            raise BodyMapUnusable(f"the depth grid is not {entry.rows} rows of {entry.columns}, as it states")
        bend = np.frombuffer(plain, dtype="<u2").reshape(entry.rows, entry.columns)
        numbers = bend.cumsum(axis=1, dtype=np.uint16)  # modulo 65536
        for above, below in zip(numbers, numbers[1:], strict=False):
            below += above  # whole rows at a time: a sum down the columns takes twice as long
        if numbers.min() == NO_SKIN:
            raise BodyMapUnusable("the depth grid holds no skin")
        return cls(entry.spacing, entry.scale, entry.offset, numbers)

    @property
    def jump(self) -> float:
        """The change of depth in mm between neighbours beyond which they are two surfaces."""
        return max(LEAST_JUMP, STEEPEST * self.spacing)

    def covers(self, width: float, height: float) -> bool:
        """Say whether the grid reaches the right and lower edge of a drawing of this size in mm."""
        rows, columns = self.numbers.shape
        return bool(columns * self.spacing >= width and rows * self.spacing >= height)

    def at(self, x: float, y: float) -> Skin | None:
        """Return the visible skin at a point of the view frame, or None if there is none near.

        Between neighbours of one surface the depth is bilinear. Where they belong to two surfaces, or some
        are empty, only those that continue the nearest one count, so that nothing is found in mid-air.
        ``slack`` is half the depth's change over the cell, and twice that where the skin had to be continued.
        """
        rows, columns = self.numbers.shape
        u, v = x / self.spacing, y / self.spacing
        column = min(max(math.floor(u), 0), columns - 2)
        row = min(max(math.floor(v), 0), rows - 2)
        right, down = min(max(u - column, 0.0), 1.0), min(max(v - row, 0.0), 1.0)
        cell = (
            ((1 - right) * (1 - down), int(self.numbers[row, column])),
            (right * (1 - down), int(self.numbers[row, column + 1])),
            ((1 - right) * down, int(self.numbers[row + 1, column])),
            (right * down, int(self.numbers[row + 1, column + 1])),
        )
        known = [(weight, self.offset + self.scale * number) for weight, number in cell if number != NO_SKIN]
        if not known:
            return self._nearest(u, v, row, column)
        # of two that weigh the same to a hair the one nearer the viewer, not whichever rounding favours
        nearest = max((round(weight, 9), depth) for weight, depth in known)[1]
        surface = [(weight, depth) for weight, depth in known if abs(depth - nearest) <= self.jump]
        total = sum(weight for weight, _ in surface)
        depths = [depth for _, depth in surface]
        change = max(depths) - min(depths)
        if total <= 0.0:
            return Skin(nearest, change)
        depth = sum(weight * depth for weight, depth in surface) / total
        return Skin(depth, change / 2 if len(surface) == 4 else change)

    def _nearest(self, u: float, v: float, row: int, column: int) -> Skin | None:
        """Return the skin at the nearest filled point within SEARCH cells: the last of a thin edge."""
        top, left = max(row - SEARCH, 0), max(column - SEARCH, 0)
        window = self.numbers[top : row + SEARCH + 2, left : column + SEARCH + 2]
        filled_rows, filled_columns = np.nonzero(window != NO_SKIN)
        if not len(filled_rows):
            return None
        away = (filled_columns + left - u) ** 2 + (filled_rows + top - v) ** 2
        nearest = int(np.argmin(away))
        number = int(window[filled_rows[nearest], filled_columns[nearest]])
        return Skin(self.offset + self.scale * number, self.jump)
