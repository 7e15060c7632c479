"""Which half of the patient."""

from __future__ import annotations

from enum import StrEnum


class Laterality(StrEnum):
    """Right, left or midline: the patient's, never the screen's.

    >>> Laterality("right").mirrored(), Laterality.RIGHT.letter
    (<Laterality.LEFT: 'left'>, 'R')
    """

    RIGHT = "right"
    LEFT = "left"
    MIDLINE = "midline"

    def mirrored(self) -> Laterality:
        """Return the other side; the midline is its own mirror."""
        match self:
            case Laterality.RIGHT:
                return Laterality.LEFT
            case Laterality.LEFT:
                return Laterality.RIGHT
            case Laterality.MIDLINE:
                return Laterality.MIDLINE

    @property
    def letter(self) -> str:
        """R or L as it stands on a chart; nothing for the midline."""
        return {Laterality.RIGHT: "R", Laterality.LEFT: "L", Laterality.MIDLINE: ""}[self]
