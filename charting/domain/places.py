"""Places: a point of a drawing, a point of the body, and how far a finger may miss.

All in millimetres of the reference figure. What is not a finite number, or lies farther away than any body
reaches, is refused where it arises and never travels on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

from pydantic import ConfigDict

from charting.domain.errors import NotAPlace

FARTHEST = 10_000.0
"""No place lies farther than this from its frame's origin, in mm on each axis; none is a quarter as long."""


@dataclass(frozen=True, slots=True)
class ViewPoint:
    """A point of a drawing, in the view frame: ``x`` mm to the right, ``y`` mm down.

    Raises NotAPlace if a coordinate is not a finite number within FARTHEST.

    >>> ViewPoint(12.5, 80)
    ViewPoint(x=12.5, y=80.0)
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    x: float
    y: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", coordinate("x", self.x))
        object.__setattr__(self, "y", coordinate("y", self.y))


@dataclass(frozen=True, slots=True)
class BodyPoint:
    """A point of the body, in the body frame (LPS): mm to the patient's left, backward and upward.

    Raises NotAPlace if a coordinate is not a finite number within FARTHEST.

    >>> BodyPoint(-75, 0, 10).mirrored()
    BodyPoint(x=75.0, y=0.0, z=10.0)
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    x: float
    y: float
    z: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", coordinate("x", self.x))
        object.__setattr__(self, "y", coordinate("y", self.y))
        object.__setattr__(self, "z", coordinate("z", self.z))

    def mirrored(self) -> BodyPoint:
        """Return the same place on the other side of the body."""
        return BodyPoint(0.0 - self.x, self.y, self.z)  # 0.0 - x, not -x: the midline has one zero


def coordinate(name: str, value: object) -> float:
    """Return the number of millimetres that ``value`` states, or raise NotAPlace.

    >>> coordinate("x", 3)
    3.0
    """
    mm = _finite(name, value)
    if abs(mm) > FARTHEST:
        raise NotAPlace(f"{name} is {mm:g} mm, farther than {FARTHEST:g} mm from the origin")
    return mm + 0.0  # one zero: a table does not tell -0.0 from 0.0, and a document would


def distance(name: str, value: object) -> float:
    """Return the length in millimetres, 0 or more, that ``value`` states, or raise NotAPlace.

    >>> distance("reach", 7.5)
    7.5
    """
    mm = coordinate(name, value)
    if mm < 0:
        raise NotAPlace(f"{name} is {mm:g} mm, and a distance is 0 or more")
    return mm


def _finite(name: str, value: object) -> float:
    # float first: asking whether a class counts as Real takes most of the time of making a point
    if type(value) is not float and (isinstance(value, bool) or not isinstance(value, Real)):
        raise NotAPlace(f"{name} is {value!r}, not a number of millimetres")
    try:
        mm = float(value)
    except OverflowError:
        raise NotAPlace(f"{name} is too large to be a place") from None
    if not math.isfinite(mm):
        raise NotAPlace(f"{name} is {mm}, not a finite number of millimetres")
    return mm
